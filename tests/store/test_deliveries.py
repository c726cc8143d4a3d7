"""The ledger: who is due, who sends, and what is known after any end."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.domain.delivery import Delivery, Outcome, Sent, State, UncertainPolicy, settle
from bot.domain.pacing import Priority
from bot.domain.subscription import ChatState
from bot.errors import (
    Aspect,
    ChatGone,
    ChatMoved,
    ChatPaused,
    OutcomeUnknown,
    Refused,
    SlowDown,
    Unfit,
    Unreachable,
)
from bot.store.database import Database
from bot.store.deliveries import Deliveries
from bot.store.digest_rows import NewDigest
from bot.store.digests import Digests
from bot.store.schema import deliveries as table
from bot.store.subscriptions import Subscriptions
from tests.store.conftest import OpenDatabase
from tests.support.store_values import (
    ANNA,
    BEN,
    CLEO,
    GROUP,
    MINUTE,
    NOW,
    SECOND,
    SUPERGROUP,
    a_chat,
    an_article,
    in_flight,
    new_digest,
)

TEA, COFFEE, MATE = (an_article(name).story_key for name in ("tea", "coffee", "mate"))


async def take(db: Database, **rest: object) -> tuple[Delivery, ...]:
    """Put everything that is due in flight."""
    deliveries = Deliveries(db)
    due = await deliveries.due(now=NOW, limit=99)
    won = await deliveries.mark_sending([one.id for one in due], now=NOW, **rest)  # type: ignore[arg-type]
    return tuple(in_flight(one) for one in due if one.id in won)


async def end(db: Database, rows: Sequence[Delivery], outcome: Outcome) -> None:
    """Settle rows with one outcome."""
    settlements = [settle(row, outcome, now=NOW) for row in rows]
    await Deliveries(db).settle(settlements, now=NOW)


async def states(db: Database) -> list[tuple[int, int, str]]:
    """Give chat, position and state of every row, in order of rows."""
    query = sa.select(table.c.chat_id, table.c.position, table.c.state).order_by(table.c.id)
    async with db.reading() as connection:
        return [(row.chat_id, row.position, row.state) for row in await connection.execute(query)]


async def test_messages_of_one_chat_leave_in_order(db: Database) -> None:
    await Digests(db).store([new_digest(["tea"], ["mate"], to=[ANNA, BEN])], now=NOW)
    first = await take(db)
    assert [(one.chat_id, one.position) for one in first] == [(ANNA, 0), (BEN, 0)]
    assert await take(db) == ()
    await end(db, first[:1], Sent(message_ids=(1,)))
    assert [(one.chat_id, one.position) for one in await take(db)] == [(ANNA, 1)]


async def test_a_due_row_bears_its_whole_message(db: Database) -> None:
    new = new_digest(["tea", "mate"])
    await Digests(db).store([new], now=NOW)
    (row,) = await Deliveries(db).due(now=NOW, limit=9)
    assert row.message == new.digest.messages[0]
    assert (row.state, row.attempts, row.due_at, row.created_at) == (State.PENDING, 0, NOW, NOW)
    assert row.resend_of is None


async def test_the_urgent_go_first_and_one_chat_gets_one_at_a_time(db: Database) -> None:
    digests = Digests(db)
    await digests.store([new_digest(["tea"], ["mate"], to=[ANNA, BEN])], now=NOW)
    in_hand = await take(db)
    urgent = new_digest(["coffee"], to=[CLEO, ANNA], priority=Priority.ANSWER)
    await digests.store([urgent], now=NOW)
    assert [one.chat_id for one in await Deliveries(db).due(now=NOW, limit=9)] == [CLEO]
    await end(db, in_hand, Sent(message_ids=(1,)))
    due = await Deliveries(db).due(now=NOW, limit=9)
    assert [(one.chat_id, one.message.text) for one in due] == [
        (ANNA, "coffee"),
        (CLEO, "coffee"),
        (BEN, "mate"),
    ]


async def test_due_keeps_to_its_limit_and_leaves_chats_out(db: Database) -> None:
    await Digests(db).store([new_digest(to=[ANNA, BEN, CLEO])], now=NOW)
    deliveries = Deliveries(db)
    assert [one.chat_id for one in await deliveries.due(now=NOW, limit=2)] == [ANNA, BEN]
    due = await deliveries.due(now=NOW, limit=2, skip_chats={ANNA, BEN})
    assert [one.chat_id for one in due] == [CLEO]
    assert await deliveries.due(now=NOW - SECOND, limit=9) == ()


async def test_of_many_processes_one_sends_a_row(open_database: OpenDatabase) -> None:
    processes = [Deliveries(open_database()) for _ in range(3)]
    await Digests(open_database()).store([new_digest(to=[ANNA, BEN, CLEO])], now=NOW)
    ids = [one.id for one in await processes[0].due(now=NOW, limit=9)]
    won = await asyncio.gather(*(one.mark_sending(ids, now=NOW) for one in processes))
    assert sorted(number for numbers in won for number in numbers) == sorted(ids)


async def test_every_outcome_is_settled_as_decided(db: Database) -> None:
    await Digests(db).store([new_digest(to=[ANNA, BEN, CLEO])], now=NOW)
    anna, ben, cleo = await take(db)
    await end(db, [anna], Sent(message_ids=(7, 8)))
    await end(db, [ben], SlowDown(timedelta(seconds=30)))
    await end(db, [cleo], Unreachable("refused"))
    deliveries = Deliveries(db)
    assert await deliveries.next_due_at() == NOW + timedelta(seconds=2)
    assert [one.chat_id for one in await deliveries.due(now=NOW + 3 * SECOND, limit=9)] == [CLEO]
    waiting = await deliveries.due(now=NOW + 30 * SECOND, limit=9)
    assert [(one.chat_id, one.attempts, one.reason) for one in waiting] == [
        (CLEO, 1, "refused"),
        (BEN, 0, "retry after 30 s"),
    ]
    assert await deliveries.open_count() == 2
    found = await Digests(db).of_message(ANNA, 8)
    assert found is not None


async def test_a_final_row_stays_as_it_is(db: Database) -> None:
    await Digests(db).store([new_digest()], now=NOW)
    (row,) = await take(db)
    await end(db, [row], Sent(message_ids=(1,)))
    await end(db, [row], OutcomeUnknown("late"))
    await end(db, [row], Refused("later"))
    assert await states(db) == [(ANNA, 0, "sent")]
    assert await Deliveries(db).mark_sending([row.id], now=NOW) == frozenset()


async def test_a_reshaped_message_is_sent_in_its_new_form_also_when_resent(db: Database) -> None:
    new = new_digest()
    photo = replace(
        new.digest.messages[0], method="sendPhoto", parameters={"photo": "x", "caption": "Tea"}
    )
    digest = replace(new.digest, messages=(photo,))
    await Digests(db).store([replace(new, digest=digest)], now=NOW)
    await end(db, await take(db), Unfit(Aspect.PICTURE, "too small"))
    (row,) = await take(db)
    assert row.is_reshaped
    assert (row.message.method, row.message.text) == ("sendMessage", "Tea")
    assert row.message.stories == photo.stories
    await end(db, [row], OutcomeUnknown("read timeout"))
    (again,) = await take(db)
    assert (again.message, again.is_reshaped) == (row.message, True)


async def test_an_uncertain_row_stays_and_is_resent_in_its_place(db: Database) -> None:
    await Digests(db).store([new_digest(["tea"], ["mate"])], now=NOW)
    (row,) = await take(db)
    for _ in range(2):
        await end(db, [row], OutcomeUnknown("read timeout"))
    assert await states(db) == [
        (ANNA, 0, "uncertain"),
        (ANNA, 1, "pending"),
        (ANNA, 0, "pending"),
    ]
    (resent,) = await Deliveries(db).due(now=NOW, limit=9)
    assert (resent.resend_of, resent.position, resent.attempts) == (row.id, 0, 0)
    assert resent.resends == row.resends + 1
    assert resent.created_at == row.created_at


async def test_what_was_in_flight_at_a_kill_is_uncertain_and_resent_once(
    open_database: OpenDatabase,
) -> None:
    db = open_database()
    await Digests(db).store([new_digest(["tea"], ["mate"], to=[ANNA, BEN])], now=NOW)
    anna, ben = await take(db, owner="killed", lease_until=NOW)
    await end(db, [ben], Sent(message_ids=(1,)))
    restarted = Deliveries(open_database())
    (lost,) = await restarted.abandon_in_flight(now=NOW)
    assert (lost.id, lost.state, lost.message) == (anna.id, State.UNCERTAIN, anna.message)
    assert lost.reason == "cut off between sending and hearing back"
    assert await restarted.abandon_in_flight(now=NOW) == ()
    due = await restarted.due(now=NOW, limit=9)
    assert [(one.chat_id, one.position, one.resend_of) for one in due] == [
        (BEN, 1, None),
        (ANNA, 0, anna.id),
    ]
    # The killed process was only slow: what it hears now changes nothing.
    await end(db, [anna], Sent(message_ids=(2,)))
    assert (ANNA, 0, "uncertain") in await states(db)


async def test_only_what_nobody_carries_is_given_up_and_not_before_its_lease_ends(
    db: Database,
) -> None:
    await Digests(db).store([new_digest(["tea"], to=[ANNA, BEN])], now=NOW)
    anna, ben = await take(db, owner="killed", lease_until=NOW + MINUTE)
    ledger = Deliveries(db)
    if not db.is_sqlite:
        assert await ledger.abandon_in_flight(now=NOW, besides={ben.id}) == ()
    (lost,) = await ledger.abandon_in_flight(now=NOW + 2 * MINUTE, besides={ben.id})
    assert lost.id == anna.id
    assert (BEN, 0, "sending") in await states(db)


async def test_uncertain_rows_are_not_resent_where_nothing_may_come_twice(db: Database) -> None:
    await Digests(db).store([new_digest()], now=NOW)
    await take(db, owner="me")
    deliveries = Deliveries(db)
    assert await deliveries.abandon_in_flight(now=NOW, owner="another") == ()
    abandoned = await deliveries.abandon_in_flight(
        now=NOW, owner="me", uncertain=UncertainPolicy.SKIP
    )
    assert len(abandoned) == 1
    assert await deliveries.open_count() == 0


async def test_with_several_machines_a_lease_that_still_runs_is_respected(db: Database) -> None:
    await Digests(db).store([new_digest()], now=NOW)
    await take(db, owner="another", lease_until=NOW + MINUTE)
    deliveries = Deliveries(db)
    early = await deliveries.abandon_in_flight(now=NOW)
    # One process delivers on SQLite: what is in flight at its start has nobody.
    assert len(early) == (1 if db.is_sqlite else 0)
    assert len(early + await deliveries.abandon_in_flight(now=NOW + MINUTE)) == 1


async def test_a_chat_that_is_gone_sleeps_and_what_waits_for_it_is_cancelled(db: Database) -> None:
    subscriptions = Subscriptions(db)
    for chat_id in (ANNA, BEN):
        await subscriptions.see_chat(a_chat(chat_id), NOW)
    await Digests(db).store([new_digest(["tea"], ["mate"], to=[ANNA, BEN])], now=NOW)
    anna, ben = await take(db)
    await end(db, [anna], ChatGone("bot was blocked by the user"))
    await end(db, [ben], ChatPaused("no rights"))
    assert await states(db) == [
        (ANNA, 0, "refused"),
        (ANNA, 1, "cancelled"),
        (BEN, 0, "refused"),
        (BEN, 1, "cancelled"),
    ]
    chats = [await subscriptions.chat(chat_id) for chat_id in (ANNA, BEN)]
    assert [chat.state for chat in chats if chat] == [ChatState.ASLEEP, ChatState.PAUSED]
    assert len(await Digests(db).finish_done(NOW)) == 1


async def test_a_chat_that_came_back_after_the_call_began_stays_awake(db: Database) -> None:
    """Ends are committed in groups: the news that it was gone may be older than its return."""
    subscriptions = Subscriptions(db)
    await subscriptions.see_chat(a_chat(ANNA), NOW)
    await Digests(db).store([new_digest(["tea"], ["mate"], to=[ANNA])], now=NOW)
    (first,) = await take(db)
    await subscriptions.set_chat_state(ANNA, ChatState.ASLEEP, "blocked", NOW)
    await subscriptions.wake(ANNA, NOW + MINUTE)
    await end(db, [first], ChatGone("bot was blocked by the user"))
    chat = await subscriptions.chat(ANNA)
    assert chat is not None
    assert chat.state is ChatState.AWAKE
    await Digests(db).store([new_digest(["maple"], to=[ANNA])], now=NOW)
    later = NOW + 2 * MINUTE
    (second,) = await Deliveries(db).due(now=later, limit=9)
    await Deliveries(db).mark_sending([second.id], now=later)
    await end(db, [in_flight(second)], ChatGone("bot was blocked by the user"))
    chat = await subscriptions.chat(ANNA)
    assert chat is not None
    assert chat.state is ChatState.ASLEEP


async def test_a_sleeping_chat_gets_no_resend(db: Database) -> None:
    subscriptions = Subscriptions(db)
    await subscriptions.see_chat(a_chat(ANNA), NOW)
    await Digests(db).store([new_digest()], now=NOW)
    rows = await take(db)
    await subscriptions.set_chat_state(ANNA, ChatState.ASLEEP, "blocked", NOW)
    await end(db, rows, OutcomeUnknown("read timeout"))
    assert await states(db) == [(ANNA, 0, "uncertain")]


async def test_a_group_that_moved_gets_the_message_under_its_new_id(db: Database) -> None:
    await Subscriptions(db).see_chat(a_chat(GROUP), NOW)
    await Digests(db).store([new_digest(["tea"], ["mate"], to=[GROUP])], now=NOW)
    await Digests(db).store([new_digest(["coffee"], to=[GROUP])], now=NOW)
    await end(db, await take(db), ChatMoved(SUPERGROUP))
    assert {chat_id for chat_id, _, _ in await states(db)} == {SUPERGROUP}
    texts = []
    while rows := await take(db):
        texts += [(one.chat_id, one.message.text) for one in rows]
        await end(db, rows, Sent(message_ids=(1,)))
    assert texts == [(SUPERGROUP, "tea"), (SUPERGROUP, "mate"), (SUPERGROUP, "coffee")]


async def test_what_was_refused_has_not_been_received(db: Database) -> None:
    digests, deliveries = Digests(db), Deliveries(db)
    await digests.store([new_digest(["tea", "coffee"], ["mate"], to=[ANNA, BEN])], now=NOW)
    assert await deliveries.received(ANNA) == {TEA, COFFEE, MATE}
    anna, ben = await take(db)
    assert await deliveries.received(ANNA) == {TEA, COFFEE, MATE}
    await end(db, [anna], Refused("no"))
    await end(db, [ben], OutcomeUnknown("read timeout"))
    assert await deliveries.received_by([(ANNA, 0), (BEN, 0), (ANNA, 7), (CLEO, 0)]) == {
        (ANNA, 0): {MATE},
        (BEN, 0): {TEA, COFFEE, MATE},
        (ANNA, 7): frozenset(),
        (CLEO, 0): frozenset(),
    }
    assert await deliveries.received(BEN, since=NOW + SECOND) == frozenset()


async def test_other_stories_of_an_event_are_received_with_its_line(db: Database) -> None:
    new = new_digest(["tea"], ["mate"])
    tea, mate = new.digest.items
    with_others = replace(mate, also=(an_article("coffee"),))
    digest = replace(new.digest, items=(tea, with_others))
    await Digests(db).store([replace(new, digest=digest)], now=NOW)
    await end(db, await take(db), Sent(message_ids=(1,)))
    assert await Deliveries(db).received(ANNA) == {TEA, COFFEE, MATE}
    await end(db, await take(db), Refused("no"))
    assert await Deliveries(db).received(ANNA) == {TEA}


async def test_a_prepared_digest_has_not_been_received(db: Database) -> None:
    await Digests(db).prepare(new_digest(), now=NOW)
    assert await Deliveries(db).received(ANNA) == frozenset()


async def test_alike_histories_are_one_set(db: Database) -> None:
    chats = tuple((ANNA + number, 0) for number in range(1100))
    await Digests(db).store(
        [NewDigest(digest=new_digest().digest, recipients=chats)],  # type: ignore[arg-type]
        now=NOW,
    )
    found = await Deliveries(db).received_by(chats)  # type: ignore[arg-type]
    assert len(found) == 1100
    assert len({id(history) for history in found.values()}) == 1


async def test_recent_calls_are_told_oldest_first_whatever_became_of_them(db: Database) -> None:
    await Digests(db).store([new_digest(to=[ANNA, BEN, CLEO])], now=NOW)
    deliveries = Deliveries(db)
    due = await deliveries.due(now=NOW, limit=9)
    for number, one in enumerate(reversed(due)):
        await deliveries.mark_sending([one.id], now=NOW + number * SECOND)
    await end(db, [in_flight(due[0])], Refused("no"))
    assert await deliveries.recent_sends(since=NOW + SECOND) == (
        (BEN, NOW + SECOND, 1),
        (ANNA, NOW + 2 * SECOND, 1),
    )


async def test_an_empty_ledger_has_nothing_due(db: Database) -> None:
    deliveries = Deliveries(db)
    assert await deliveries.due(now=NOW, limit=9) == ()
    assert await deliveries.next_due_at() is None
    assert await deliveries.open_count() == 0
    await deliveries.settle([], now=NOW)


# PostgreSQL plans by the size of the table, which is small here.
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_claim_walks_along_the_partial_indexes(db: Database) -> None:
    """With a table scan in it a claim would grow with the history."""
    statements: list[tuple[str, object]] = []

    def note(_c: object, _cursor: object, text: str, values: object, *_: object) -> None:
        statements.append((text, values))

    engine = db._reader.sync_engine
    sa.event.listen(engine, "before_cursor_execute", note)
    await Deliveries(db).due(now=NOW, limit=50, skip_chats=[ANNA])
    await Deliveries(db).open_count()
    await Digests(db).finish_done(NOW)
    sa.event.remove(engine, "before_cursor_execute", note)
    async with db.reading() as connection:
        for text, values in statements:
            if text.startswith("BEGIN"):
                continue
            plan = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", values)  # type: ignore[arg-type]
            steps = [row.detail for row in plan]
            assert not [step for step in steps if "SCAN deliveries" in step and "INDEX" not in step]
            assert not [step for step in steps if "SCAN other" in step or "SCAN open_row" in step]
            assert not [step for step in steps if "TEMP B-TREE" in step], steps
