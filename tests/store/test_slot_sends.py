"""The send of a slot grows slice by slice: as operators see it, steer it, and as others store."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
import sqlalchemy as sa

from bot.domain.delivery import DigestId, Sent, State, settle
from bot.domain.digest import DigestKind
from bot.domain.sends import Send, SendState
from bot.domain.subscription import ChatId
from bot.store.database import Database
from bot.store.deliveries import Deliveries
from bot.store.digest_rows import MANY, NewDigest
from bot.store.digests import Digests
from bot.store.sends import Sends
from bot.store.slot_sends import Hold, SlotSends, Stored
from bot.store.slots import Slots, SlotState
from tests.store.conftest import OpenDatabase
from tests.support.store_values import (
    ANNA,
    BEN,
    CLEO,
    MINUTE,
    NOW,
    a_digest,
    in_flight,
    new_digest,
)

PLACES = [("morning", NOW), ("own hours", NOW)]
HOLD = Hold(places=PLACES, taken_at=NOW, note="three digests")


async def taken(db: Database) -> Hold:
    await Slots(db).take(PLACES, NOW)
    return HOLD


async def added(db: Database, hold: Hold, *new: NewDigest, to_come: int = 0) -> Stored:
    stored = await SlotSends(db).add(hold, new, to_come=to_come, now=NOW, at=hold.taken_at + MINUTE)
    assert stored is not None
    return stored


async def carried(db: Database) -> list[ChatId]:
    """Send all that may go, and close what is through; give who got it."""
    ledger = Deliveries(db)
    got: list[ChatId] = []
    while due := await ledger.due(now=NOW, limit=50):
        await ledger.mark_sending([one.id for one in due], now=NOW)
        ends = [settle(in_flight(one), Sent(message_ids=(1,)), now=NOW) for one in due]
        await ledger.settle(ends, now=NOW)
        got += [one.chat_id for one in due]
    await Digests(db).finish_done(NOW)
    return got


async def shown(db: Database, stored: Stored) -> Send:
    assert stored.hold.send_id is not None
    send = await Sends(db).get(stored.hold.send_id, now=NOW)
    assert send is not None
    return send


async def test_a_growing_send_is_shown_whole_and_not_through_before_its_last_slice(
    db: Database,
) -> None:
    first = await added(db, await taken(db), new_digest(to=[ANNA]), to_come=3)
    send = await shown(db, first)
    assert (send.total, send.open, send.settled, send.to_come) == (4, 4, 0, 3)
    assert await carried(db) == [ANNA], "the courier begins with the first slice"
    send = await shown(db, first)
    assert (send.total, send.open, send.settled, send.is_through) == (4, 3, 1, False)
    assert send.time_left(NOW + MINUTE, per_second=1) is not None
    (listed,) = await Sends(db).listed(now=NOW, ended=0)
    assert listed.id == send.id
    second = await added(db, first.hold, new_digest(to=[BEN]), to_come=2)
    assert len(await Slots(db).unfinished()) == 2
    third = await added(db, second.hold, new_digest(("mate",), ("tea",), to=[CLEO]))
    assert await Slots(db).unfinished() == ()
    send = await shown(db, third)
    assert (send.total, send.open, send.is_through) == (4, 3, False)
    assert await carried(db) == [BEN, CLEO, CLEO]
    send = await shown(db, third)
    assert (send.state, send.counts) == (SendState.DONE, {State.SENT: 4})
    async with db.reading() as connection:
        notes = await connection.scalars(sa.text("SELECT note FROM slots"))
        assert set(notes) == {"three digests"}


async def test_a_send_whose_rows_were_sent_before_it_was_whole_is_through_at_its_end(
    db: Database,
) -> None:
    first = await added(db, await taken(db), new_digest(to=[ANNA]), to_come=1)
    await carried(db)
    await SlotSends(db).end(first.hold, SlotState.DONE, "nothing to say", at=NOW)
    send = await shown(db, first)
    assert (send.state, send.total) == (SendState.DONE, 1)
    assert await Slots(db).unfinished() == ()


async def test_one_slot_that_ends_leaves_the_send_growing_out_of_another(db: Database) -> None:
    first = await added(db, await taken(db), new_digest(to=[ANNA]), to_come=1)
    await carried(db)
    one, other = (replace(first.hold, places=[place]) for place in PLACES)
    unfinished = {slot.place: slot for slot in await Slots(db).unfinished()}
    later = NOW + 9 * MINUTE
    assert await Slots(db).take_over(unfinished[PLACES[0]], later)
    await SlotSends(db).end(replace(one, taken_at=later), SlotState.DONE, "", at=later)
    assert not (await shown(db, first)).is_through
    assert (await added(db, other, new_digest(to=[BEN]))).ids
    assert await carried(db) == [BEN]
    assert (await shown(db, first)).is_through


async def test_a_paused_send_grows_on_and_nothing_of_it_goes_until_it_is_resumed(
    db: Database,
) -> None:
    first = await added(db, await taken(db), new_digest(to=[ANNA]), to_come=MANY + 1)
    assert first.hold.send_id is not None
    assert await Sends(db).pause(first.hold.send_id, now=NOW)
    few = await added(db, first.hold, new_digest(to=[BEN]), to_come=MANY)
    many = [new_digest(to=[ChatId(chat)]) for chat in range(1, MANY + 1)]
    last = await added(db, few.hold, *many)
    assert await carried(db) == []
    send = await shown(db, last)
    assert (send.state, send.open) == (SendState.PAUSED, MANY + 2)
    assert await Sends(db).resume(send.id, now=NOW)
    assert len(await carried(db)) == MANY + 2
    assert (await shown(db, last)).is_through


async def test_a_send_that_was_cancelled_grows_no_more_and_its_slots_are_finished(
    db: Database,
) -> None:
    first = await added(db, await taken(db), new_digest(to=[ANNA]), to_come=2)
    await carried(db)
    assert first.hold.send_id is not None
    assert await Sends(db).cancel(first.hold.send_id, now=NOW)
    more = await SlotSends(db).add(first.hold, [new_digest(to=[BEN])], to_come=1, now=NOW, at=NOW)
    assert more is None
    assert await Slots(db).unfinished() == ()
    send = await shown(db, first)
    assert (send.state, send.counts, send.is_through) == (
        SendState.CANCELLED,
        {State.SENT: 1},
        True,
    )


@pytest.mark.parametrize("slices", [0, 1])
async def test_who_has_lost_the_slots_to_another_process_stores_no_more(
    open_database: OpenDatabase, slices: int
) -> None:
    db = open_database()
    hold = await taken(db)
    if slices:
        hold = (await added(db, hold, new_digest(to=[ANNA]), to_come=2)).hold
    later = NOW + 9 * MINUTE
    other = Slots(open_database())
    assert all([await other.take_over(slot, later) for slot in await other.unfinished()])
    late = await SlotSends(db).add(hold, [new_digest(to=[BEN])], to_come=1, now=NOW, at=NOW)
    assert late is None
    ours = replace(hold, taken_at=later)
    await added(open_database(), ours, new_digest(to=[CLEO]))
    assert await carried(db) == [ANNA, CLEO][1 - slices :]


@pytest.mark.parametrize("many", [False, True])
async def test_what_others_store_between_two_slices_comes_to_nobody_twice(
    db: Database, many: bool
) -> None:
    """Somebody asks for a digest of their own while the slot grows; the slot knew nothing of it."""
    rest = [new_digest((f"a{n}",), to=[ChatId(n)]) for n in range(1, MANY)] if many else []
    first = await added(db, await taken(db), new_digest(("tea",), to=[ANNA]), to_come=2)
    asked = replace(new_digest(("tea",), to=[BEN, CLEO]), kind=DigestKind.ASKED, as_of=0)
    assert await Digests(db).store([asked], now=NOW)
    later = replace(a_digest(("tea",)), items=())
    second = await added(
        db,
        first.hold,
        NewDigest(digest=later, recipients=[(BEN, 0), (ChatId(50), 0), (BEN, 7)]),
        *rest,
        to_come=1,
    )
    third = await added(db, second.hold, new_digest(("tea",), to=[CLEO, ChatId(51)]))
    stored = [*first.ids, *second.ids, *third.ids]
    got = [await _chats_of(db, digest_id) for digest_id in stored]
    assert got[0] == {(ANNA, 0)}
    assert got[1] == {(ChatId(50), 0), (BEN, 7)}, "his thread is another address"
    assert got[-1] == {(ChatId(51), 0)}
    assert sum(map(len, got)) == 4 + len(rest)


async def test_a_post_to_very_many_does_not_race_with_itself(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Too many racing messages for a look at each: the database compares them digest by digest."""
    monkeypatch.setattr("bot.store.enqueue.FEW_RACED", 3)
    hold = await taken(db)
    everybody = [ChatId(n) for n in range(1, MANY + 1)]
    await Digests(db).store([new_digest(("tea",), to=everybody[::2])], now=NOW)
    new = [new_digest(("tea", f"a{n}"), to=[n]) for n in everybody]
    stored = await added(db, hold, *new)
    got = [await _chats_of(db, digest_id) for digest_id in stored.ids]
    assert [len(chats) for chats in got] == [0, 1] * (MANY // 2)


async def _chats_of(db: Database, digest_id: DigestId) -> set[tuple[int, int]]:
    query = sa.text("SELECT chat_id, thread_id FROM deliveries WHERE digest_id = :digest")
    async with db.reading() as connection:
        rows = await connection.execute(query, {"digest": digest_id})
        return {(chat_id, thread_id) for chat_id, thread_id in rows}


async def test_two_processes_that_store_for_one_chat_at_once_send_it_a_story_once(
    open_database: OpenDatabase,
) -> None:
    """Each has read the chat's history before the other stored."""
    db = open_database()
    hold = await taken(db)
    asked = [
        replace(new_digest(("tea",), to=[BEN]), kind=DigestKind.ASKED, as_of=0) for _ in range(4)
    ]
    await asyncio.gather(
        SlotSends(open_database()).add(
            hold, [new_digest(("tea",), to=[BEN])], to_come=0, now=NOW, at=NOW
        ),
        *(Digests(open_database()).store([one], now=NOW) for one in asked),
    )
    assert await Deliveries(db).open_count() == 1


# PostgreSQL plans by the size of the table, which is small here.
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_what_a_slice_looks_up_does_not_grow_with_the_ledger(db: Database) -> None:
    """To walk along all deliveries for each slice took ten times as long as storing them."""
    first = await added(db, await taken(db), new_digest(to=[ANNA]), to_come=1)
    statements: list[tuple[str, object]] = []

    def note(_c: object, _cursor: object, text: str, values: object, *_: object) -> None:
        if text.startswith(("SELECT", "UPDATE")):
            statements.append((text, values))

    engine = db._writer.sync_engine
    sa.event.listen(engine, "before_cursor_execute", note)
    await added(db, first.hold, new_digest(to=[BEN]))
    sa.event.remove(engine, "before_cursor_execute", note)
    assert any("digest_id" in text for text, _ in statements)
    async with db.reading() as connection:
        for text, values in statements:
            plan = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", values)  # type: ignore[arg-type]
            steps = [row.detail for row in plan]
            assert not [one for one in steps if one.startswith("SCAN deliveries")], text
