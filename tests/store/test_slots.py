"""Slots: one process wins, and what was started and not finished is known after a kill."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from bot.store.database import Database
from bot.store.slots import Slots, SlotState
from tests.store.conftest import OpenDatabase
from tests.support.store_values import MINUTE, NOW

KEY = "times:08:00,18:00:Europe/Berlin"
HOUR = timedelta(hours=1)


async def test_of_many_takers_one_wins(open_database: OpenDatabase) -> None:
    processes = [Slots(open_database()) for _ in range(3)]
    won = await asyncio.gather(*(slots.take([(KEY, NOW)], NOW) for slots in processes * 2))
    assert sorted(won, key=len) == [frozenset()] * 5 + [{(KEY, NOW)}]
    several = [(KEY, NOW), ("third", NOW), (KEY, NOW + 9 * HOUR)]
    assert await processes[1].take(several, NOW) == frozenset(several[1:])
    assert await processes[0].take([("another", NOW)], NOW)
    assert await processes[0].take([(KEY, NOW + HOUR)], NOW)


async def test_a_slot_is_finished_once(db: Database) -> None:
    slots = Slots(db)
    await slots.finish([(KEY, NOW)], SlotState.DONE)
    await slots.take([(KEY, NOW)], NOW)
    assert [(slot.schedule_key, slot.due_at) for slot in await slots.unfinished()] == [(KEY, NOW)]
    await slots.finish([(KEY, NOW), (KEY, NOW + HOUR)], SlotState.EMPTY, "nothing new")
    assert await slots.unfinished() == ()
    assert not await slots.take([(KEY, NOW)], NOW)


async def test_an_unfinished_slot_is_taken_over_by_one(open_database: OpenDatabase) -> None:
    one, two = Slots(open_database()), Slots(open_database())
    await one.take([(KEY, NOW)], NOW)
    (slot,) = await two.unfinished()
    won = await asyncio.gather(*(s.take_over(slot, NOW + MINUTE) for s in (one, two)))
    assert sorted(won) == [False, True]
    (again,) = await one.unfinished()
    assert again.taken_at == NOW + MINUTE
    await one.finish([(KEY, NOW)], SlotState.DONE)
    assert not await two.take_over(again, NOW + HOUR)


async def test_missed_slots_are_recorded_beside_those_that_somebody_has(db: Database) -> None:
    slots = Slots(db)
    assert await slots.newest(KEY, until=NOW) is None
    await slots.take([(KEY, NOW)], NOW)
    await slots.record_missed(
        [(KEY, moment) for moment in (NOW - HOUR, NOW, NOW + HOUR)], NOW + HOUR, "machine was off"
    )
    await slots.record_missed([], NOW)
    assert [slot.due_at for slot in await slots.unfinished()] == [NOW]
    assert await slots.newest(KEY, until=NOW + HOUR) == NOW + HOUR
    assert await slots.newest(KEY, until=NOW + HOUR / 2) == NOW
    assert not await slots.take([(KEY, NOW - HOUR)], NOW)


async def test_what_sent_nothing_in_a_future_that_did_not_come_is_forgotten(db: Database) -> None:
    slots = Slots(db)
    await slots.record_missed(
        [(KEY, NOW), (KEY, NOW + HOUR), ("times:other", NOW + HOUR)], NOW + 3 * HOUR
    )
    for hours in (2, 3):
        await slots.take([(KEY, NOW + hours * HOUR)], NOW + hours * HOUR)
    await slots.finish([(KEY, NOW + 2 * HOUR)], SlotState.EMPTY)
    assert await slots.forget_after(NOW) == 3
    assert await slots.forget_after(NOW) == 0
    assert not await slots.take([(KEY, NOW)], NOW)
    assert await slots.take([(KEY, NOW + HOUR)], NOW)
    (started,) = [slot for slot in await slots.unfinished() if slot.due_at == NOW + 3 * HOUR]
    assert await slots.drop(started)
    assert not await slots.drop(started)
    assert await slots.take([("times:other", NOW + HOUR)], NOW)
