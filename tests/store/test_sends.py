"""Sends: held, let go, cancelled and decided on, whatever is in flight and whoever asks."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.domain.delivery import (
    Delivery,
    Outcome,
    Sent,
    State,
    UncertainPolicy,
    settle,
)
from bot.domain.digest import DigestKind
from bot.domain.pacing import Priority
from bot.domain.sends import SendId, SendState
from bot.domain.subscription import UserId
from bot.errors import OutcomeUnknown, SlowDown, Unreachable
from bot.store.database import Database
from bot.store.deliveries import Deliveries
from bot.store.digest_rows import NewDigest
from bot.store.digests import Digests
from bot.store.sends import Sends
from bot.store.subscriptions import Subscriptions
from tests.store.conftest import OpenDatabase
from tests.support.store_values import (
    ANNA,
    BEN,
    CLEO,
    MINUTE,
    NOW,
    SECOND,
    a_chat,
    in_flight,
    new_digest,
)

OMAR = UserId(501)
SENT = Sent(message_ids=(1,))
CUT = OutcomeUnknown("read timeout")


async def stored(db: Database, *new: NewDigest) -> SendId:
    """Store digests as one send."""
    return SendId((await Digests(db).store(new, now=NOW))[0])


async def taken(db: Database, limit: int = 99) -> tuple[Delivery, ...]:
    """Put what is due within the hour in flight."""
    ledger = Deliveries(db)
    due = await ledger.due(now=NOW + 60 * MINUTE, limit=limit)
    won = await ledger.mark_sending([one.id for one in due], now=NOW)
    return tuple(in_flight(one) for one in due if one.id in won)


async def ended(
    db: Database,
    rows: Sequence[Delivery],
    outcome: Outcome = SENT,
    policy: UncertainPolicy = UncertainPolicy.RESEND,
) -> None:
    """Settle rows with one outcome."""
    ends = [settle(row, outcome, now=NOW, uncertain=policy) for row in rows]
    await Deliveries(db).settle(ends, now=NOW)
    await Digests(db).finish_done(NOW)


async def counts(db: Database, send_id: SendId) -> dict[State, int]:
    send = await Sends(db).get(send_id, now=NOW)
    assert send is not None
    return dict(send.counts)


async def state(db: Database, send_id: SendId) -> SendState:
    send = await Sends(db).get(send_id, now=NOW)
    assert send is not None
    return send.state


async def test_the_digests_of_one_slot_are_one_send(db: Database) -> None:
    send_id = await stored(db, new_digest(["tea"], to=[ANNA, BEN]), new_digest(["mate"], to=[CLEO]))
    other = await stored(db, new_digest(["coffee"]))
    listed = await Sends(db).listed(now=NOW, ended=9)
    assert [(one.id, one.total, one.title) for one in listed] == [
        (send_id, 3, "Tea"),
        (other, 1, "Coffee"),
    ]
    while rows := await taken(db):
        await ended(db, rows)
    first, second = await Sends(db).listed(now=NOW, ended=9)
    assert {first.id, second.id} == {send_id, other}
    assert all(one.state is SendState.DONE and one.done_at == NOW for one in (first, second))


async def test_what_is_paused_is_not_claimed_and_holds_nobody(db: Database) -> None:
    sends = Sends(db)
    held = await stored(db, new_digest(["tea"], ["mate"], to=[ANNA, BEN]))
    assert await sends.pause(held, now=NOW, by=OMAR)
    assert await taken(db) == ()
    later = await stored(db, new_digest(["coffee"], to=[ANNA]))
    (row,) = await taken(db)
    assert (row.chat_id, row.message.text) == (ANNA, "coffee")
    await ended(db, [row])
    assert await state(db, later) is SendState.DONE
    assert await counts(db, held) == {State.PENDING: 4}


async def test_a_held_digest_can_be_looked_up_as_any_other(db: Database) -> None:
    send_id = await stored(db, new_digest(["tea"], to=[ANNA, BEN]))
    digests, sends = Digests(db), Sends(db)
    anna, ben = await taken(db)
    await ended(db, [anna], Sent(message_ids=(41,)))
    assert await sends.pause(send_id, now=NOW)
    await ended(db, [ben], SlowDown(SECOND))
    for _ in ("paused", "cancelled"):
        found = await digests.of_message(ANNA, 41)  # as /why does, or a recall
        assert found is not None
        assert found[0].priority is Priority.DIGEST
        await sends.cancel(send_id, now=NOW)


async def test_the_rows_of_a_send_are_not_counted_at_the_end_of_each_of_its_digests(
    db: Database,
) -> None:
    """A slot of many audiences is many digests: each end would read all rows of the slot."""
    counted: list[str] = []

    def note(_c: object, _cursor: object, text: str, *_: object) -> None:
        if "count(" in text and "FROM digests" in text and "GROUP BY deliveries.state" in text:
            counted.append(text)

    send_id = await stored(db, *(new_digest([name]) for name in ("tea", "mate", "coffee")))
    engines = {db._reader.sync_engine, db._writer.sync_engine}
    for engine in engines:
        sa.event.listen(engine, "before_cursor_execute", note)
    while rows := await taken(db, limit=1):
        await ended(db, rows)
    for engine in engines:
        sa.event.remove(engine, "before_cursor_execute", note)
    assert len([text for text in counted if "send_id" in text]) == 1
    assert await counts(db, send_id) == {State.SENT: 3}


async def test_a_row_that_was_looked_at_before_the_pause_is_not_taken_after_it(
    db: Database,
) -> None:
    send_id = await stored(db, new_digest(["tea"]))
    (row,) = await Deliveries(db).due(now=NOW, limit=9)
    await Sends(db).pause(send_id, now=NOW)
    assert await Deliveries(db).mark_sending([row.id], now=NOW) == frozenset()


async def test_it_goes_on_exactly_where_it_stopped(db: Database) -> None:
    sends = Sends(db)
    send_id = await stored(db, new_digest(["tea"], ["mate"], ["coffee"], to=[ANNA, BEN]))
    first = await taken(db)
    await sends.pause(send_id, now=NOW)
    await ended(db, first[:1])
    await ended(db, first[1:], Unreachable("refused"))  # in flight when it was paused
    assert await taken(db) == ()
    assert await Deliveries(db).next_due_at() is None
    await sends.resume(send_id, now=NOW)
    texts: dict[int, list[str]] = {ANNA: [], BEN: []}
    while rows := await taken(db):
        for row in rows:
            texts[row.chat_id].append(row.message.text)
        await ended(db, rows)
    assert texts == {ANNA: ["mate", "coffee"], BEN: ["tea", "mate", "coffee"]}
    assert await counts(db, send_id) == {State.SENT: 6}


async def test_a_pause_outlives_a_restart_and_another_process_may_end_it(
    open_database: OpenDatabase,
) -> None:
    bot = open_database()
    send_id = await stored(bot, new_digest(["tea"], to=[ANNA, BEN]))
    (first, *_) = await taken(bot, limit=1)
    command_line = open_database()
    assert await Sends(command_line).pause(send_id, now=NOW)
    restarted = open_database()
    await Deliveries(restarted).abandon_in_flight(now=NOW + MINUTE * 10)
    assert await counts(restarted, send_id) == {State.UNCERTAIN: 1, State.PENDING: 2}
    assert await taken(restarted) == (), "the resend waits with the others"
    assert await Sends(command_line).resume(send_id, now=NOW)
    assert {one.chat_id for one in await taken(restarted)} == {ANNA, BEN}
    assert first.chat_id in (ANNA, BEN)


async def test_cancelling_ends_what_waits_at_once_and_touches_nothing_in_flight(
    db: Database,
) -> None:
    sends = Sends(db)
    send_id = await stored(db, new_digest(["tea"], to=[ANNA, BEN, CLEO]), new_digest(["mate"]))
    rows = await taken(db, limit=3)
    assert await sends.cancel(send_id, now=NOW, by=OMAR)
    assert await counts(db, send_id) == {State.SENDING: 3, State.CANCELLED: 1}
    await ended(db, rows[:1])
    await ended(db, rows[1:2], SlowDown(timedelta(seconds=9)))
    await ended(db, rows[2:], CUT)
    assert await counts(db, send_id) == {State.SENT: 1, State.UNCERTAIN: 1, State.CANCELLED: 3}
    assert await taken(db) == ()
    send = await sends.get(send_id, now=NOW)
    assert send is not None
    assert (send.state, send.done_at, send.open) == (SendState.CANCELLED, NOW, 0)


async def test_what_was_cancelled_has_not_been_received(db: Database) -> None:
    send_id = await stored(db, new_digest(["tea"]))
    await Sends(db).cancel(send_id, now=NOW)
    assert await Deliveries(db).received(ANNA) == frozenset()


async def test_what_has_ended_can_be_neither_held_nor_cancelled(db: Database) -> None:
    sends = Sends(db)
    send_id = await stored(db, new_digest(["tea"]))
    assert not await sends.resume(send_id, now=NOW)
    await ended(db, await taken(db))
    assert not await sends.pause(send_id, now=NOW)
    assert not await sends.cancel(send_id, now=NOW)
    assert not await sends.pause(SendId(99), now=NOW)
    assert await state(db, send_id) is SendState.DONE


async def test_a_change_is_bound_to_what_its_maker_saw(db: Database) -> None:
    sends = Sends(db)
    send_id = await stored(db, new_digest(["tea"]))
    assert await sends.pause(send_id, now=NOW + SECOND, as_of=NOW)
    assert await sends.resume(send_id, now=NOW + 2 * SECOND)
    assert not await sends.pause(send_id, now=NOW + 3 * SECOND, as_of=NOW)
    assert not await sends.cancel(send_id, now=NOW + 3 * SECOND, as_of=NOW + SECOND)
    assert await state(db, send_id) is SendState.RUNNING


async def undecided(db: Database, *names: str, to: int = 3) -> SendId:
    """Make a send whose messages to the first `to` chats are uncertain and to be decided."""
    send_id = await stored(db, new_digest(*([name] for name in names), to=[ANNA, BEN, CLEO][:to]))
    await ended(db, await taken(db), CUT, UncertainPolicy.ASK)
    return send_id


async def test_an_undecided_message_does_not_hold_the_next_one_of_its_chat(db: Database) -> None:
    send_id = await undecided(db, "tea", "mate", to=1)
    assert await counts(db, send_id) == {State.UNCERTAIN: 1, State.PENDING: 1}
    (row,) = await taken(db)
    assert row.message.text == "mate"
    await ended(db, [row])
    send = await Sends(db).get(send_id, now=NOW)
    assert send is not None
    assert (send.state, send.undecided, send.undecided_until) == (SendState.DONE, 1, NOW)
    assert [one.id for one in await Sends(db).listed(now=NOW, ended=0)] == [send_id]


async def test_of_several_decisions_at_once_one_counts(open_database: OpenDatabase) -> None:
    db = open_database()
    send_id = await undecided(db, "tea")
    desks = [Sends(open_database()) for _ in range(4)]
    decided = await asyncio.gather(
        *(desk.decide(send_id, again=True, now=NOW, shown=(3, NOW)) for desk in desks)
    )
    assert sorted(decided) == [0, 0, 0, 3]
    assert await counts(db, send_id) == {State.UNCERTAIN: 3, State.PENDING: 3}
    assert await state(db, send_id) is SendState.RUNNING
    again = await taken(db)
    assert {one.resends for one in again} == {1}
    await ended(db, again)
    assert await state(db, send_id) is SendState.DONE
    assert await Sends(db).decide(send_id, again=True, now=NOW) == 0


@pytest.mark.parametrize("shown", [(2, NOW), (4, NOW), (3, NOW - SECOND)])
async def test_a_decision_about_other_messages_than_there_are_does_nothing(
    db: Database, shown: tuple[int, object]
) -> None:
    send_id = await undecided(db, "tea")
    assert await Sends(db).decide(send_id, again=True, now=NOW, shown=shown) == 0  # type: ignore[arg-type]
    send = await Sends(db).get(send_id, now=NOW)
    assert send is not None
    assert send.undecided == 3


async def test_what_became_uncertain_after_the_look_waits_for_its_own_decision(
    db: Database,
) -> None:
    send_id = await stored(db, new_digest(["tea"], to=[ANNA, BEN]))
    anna, ben = await taken(db)
    await ended(db, [anna], CUT, UncertainPolicy.ASK)
    late = settle(ben, CUT, now=NOW + SECOND, uncertain=UncertainPolicy.ASK)
    await Deliveries(db).settle([late], now=NOW + SECOND)
    assert await Sends(db).decide(send_id, again=False, now=NOW, shown=(1, NOW)) == 1
    send = await Sends(db).get(send_id, now=NOW)
    assert send is not None
    assert (send.undecided, send.undecided_until) == (1, NOW + SECOND)


async def test_left_is_left_and_shown_as_such(db: Database) -> None:
    await Subscriptions(db).see_chat(a_chat(ANNA, title="Anna", username=None), NOW)
    send_id = await undecided(db, "tea", to=2)
    doubts = await Sends(db).doubts(send_id, limit=9)
    assert [(one.chat, one.is_undecided, one.since) for one in doubts] == [
        ("Anna", True, NOW),
        (str(BEN), True, NOW),
    ]
    assert await Sends(db).decide(send_id, again=False, now=NOW) == 2
    assert await taken(db) == ()
    assert [one.is_undecided for one in await Sends(db).doubts(send_id, limit=9)] == [False, False]
    assert await state(db, send_id) is SendState.DONE


async def test_a_cancelled_send_asks_nobody(db: Database) -> None:
    send_id = await stored(db, new_digest(["tea"], ["mate"], to=[ANNA, BEN]))
    anna, ben = await taken(db)
    await ended(db, [anna], CUT, UncertainPolicy.ASK)
    await Sends(db).cancel(send_id, now=NOW)
    await ended(db, [ben], CUT, UncertainPolicy.ASK)
    assert await Sends(db).decide(send_id, again=True, now=NOW) == 0
    assert await counts(db, send_id) == {State.UNCERTAIN: 2, State.CANCELLED: 2}


async def test_what_a_kill_cut_off_is_asked_about(open_database: OpenDatabase) -> None:
    db = open_database()
    send_id = await stored(db, new_digest(["tea"]))
    await taken(db)
    restarted = Deliveries(open_database())
    late = NOW + 10 * MINUTE
    await restarted.abandon_in_flight(now=late, uncertain=UncertainPolicy.ASK)
    send = await Sends(db).get(send_id, now=late)
    assert send is not None
    assert (send.undecided, send.undecided_until) == (1, late)


async def test_a_new_readers_first_digest_is_listed_only_when_it_is_held(db: Database) -> None:
    sends = Sends(db)
    first = new_digest(["tea"], kind=DigestKind.FIRST, priority=Priority.FLASH)
    send_id = await stored(db, first)
    assert await sends.listed(now=NOW, ended=9) == ()
    await sends.pause(send_id, now=NOW)
    assert [one.id for one in await sends.listed(now=NOW, ended=9)] == [send_id]


async def test_the_rate_is_that_of_the_last_moments(db: Database) -> None:
    send_id = await stored(db, new_digest(["tea"], to=[ANNA, BEN, CLEO]))
    await taken(db)
    send = await Sends(db).get(send_id, now=NOW + 10 * SECOND)
    assert send is not None
    assert send.recent == 3
    send = await Sends(db).get(send_id, now=NOW + 10 * MINUTE)
    assert send is not None
    assert send.recent == 0
