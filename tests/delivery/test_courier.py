"""What the courier promises beyond single errors: order, pace, priorities, Stars, few in flight."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.domain.delivery import State, UncertainPolicy
from bot.domain.message import Draft, Message, Text
from bot.domain.pacing import Limits, Priority
from bot.domain.subscription import ChatId
from bot.gateway.pace_memory import PaceMemory
from bot.gateway.transport import READ_TIMEOUT
from bot.store.digest_rows import NewDigest
from bot.store.schema import deliveries as table
from tests.support.office import GENEROUS, Office, office
from tests.support.store_values import a_digest


def text(words: str) -> Message:
    return Draft(text=Text(words)).finished()


def readers(desk: Office, count: int) -> list[int]:
    people = [desk.sandbox.add_person(f"Reader {number}") for number in range(count)]
    for person in people:
        desk.sandbox.say(person, person, "Hello")
    return [person.id for person in people]


def texts(desk: Office, chat: int) -> list[str]:
    return [str(one.get("text")) for one in desk.shown(chat)]


async def test_messages_leave_in_order_whatever_goes_wrong_on_the_way(tmp_path: Path) -> None:
    words = [f"Part {number} of it" for number in range(6)]
    async with office(tmp_path) as desk:
        chats = readers(desk, 12)
        for number, effect in enumerate(("429", "500", "cut-after", "502", "malformed") * 2):
            chat = chats[number]
            desk.sandbox.faults.add(effect, chat_id=chat, method="sendMessage", retry_after=2)
        desk.sandbox.faults.answer(400, "Bad Request: message is too long", chat_id=chats[10])
        await desk.post(*map(text, words), to=chats)
        for _ in range(4):
            await asyncio.wait({asyncio.ensure_future(desk.done())}, timeout=0.3)
            desk.clock.move(5)
            desk.courier.wake()
        await desk.done()
        for chat in chats:
            seen = texts(desk, chat)
            assert list(dict.fromkeys(seen))[-5:] == words[-5:]
            assert seen == sorted(seen, key=lambda one: words.index(one) if one in words else 0)


async def test_no_more_rows_are_in_flight_than_allowed(tmp_path: Path) -> None:
    async with office(tmp_path, policy=lambda one: replace(one, max_in_flight=7)) as desk:
        chats = readers(desk, 40)
        fault = desk.sandbox.faults.add("silent", method="sendMessage", times=None)
        await desk.post(text("Tea"), to=chats)
        await desk.sandbox.wait_for(lambda: fault.hits == 7)
        states = [(await desk.states(chat))[0] for chat in chats]
        assert states.count("sending") == 7
        assert desk.courier.in_flight == 7
        desk.sandbox.faults.remove(fault)
        await desk.done()


async def test_no_more_rows_are_in_flight_than_pace_and_round_trip_need(tmp_path: Path) -> None:
    """The burst alone would let all of them go at once, to be uncertain if we are killed now."""
    thirty = replace(GENEROUS, per_second=30, burst=500)
    async with office(tmp_path, limits=thirty) as desk:
        chats = readers(desk, 60)
        fault = desk.sandbox.faults.add("silent", method="sendMessage", times=None)
        await desk.post(text("Tea"), to=chats)
        await desk.sandbox.wait_for(lambda: fault.hits >= 1)
        assert desk.courier.in_flight <= 15  # 30 a second, a quarter of a second, and as much again
        await desk.sandbox.wait_for(lambda: fault.hits >= 40)  # the longer it takes, the more
        desk.sandbox.faults.remove(fault)
        await desk.done()
        assert all(len(desk.shown(chat)) == 1 for chat in chats)


async def test_a_call_that_is_not_answered_in_time_is_uncertain_and_nobody_waits_for_it(
    tmp_path: Path,
) -> None:
    assert READ_TIMEOUT >= 30, "Telegram itself waits up to 8 s, and answers then"
    skipping = UncertainPolicy.SKIP
    async with office(tmp_path, read_timeout=0.3, uncertain=skipping) as desk:
        ann, ben = desk.ann.id, desk.ben.id
        desk.sandbox.faults.add("silent", method="sendMessage", chat_id=ann)
        await desk.post(text("Tea"), text("Mate"), to=[ann, ben])
        await desk.done()
        assert await desk.states(ann) == ["uncertain", "sent"]
        assert await desk.states(ben) == ["sent", "sent"]
        assert texts(desk, ann) == ["Tea", "Mate"], "taken, and not sent a second time"
        assert "no answer in 0.3 s" in str((await desk.reasons(ann))[0])


async def test_rows_in_flight_that_nobody_carries_are_found_while_the_program_runs(
    tmp_path: Path,
) -> None:
    """On PostgreSQL a killed process's rows are lost only when their lease ends, after a start."""
    async with office(tmp_path) as desk:
        ann, ben = desk.ann.id, desk.ben.id
        tomorrow = desk.clock.now() + timedelta(days=1)
        new = NewDigest(digest=a_digest(("tea",)), recipients=((ChatId(ann), 0),), due_at=tomorrow)
        await desk.ledger.digests.store([new], now=desk.clock.now())
        (row,) = await desk.ledger.deliveries.due(now=tomorrow, limit=9)
        await desk.ledger.deliveries.mark_sending([row.id], now=desk.clock.now(), owner="gone")
        fault = desk.sandbox.faults.add("silent", method="sendMessage", chat_id=ben)
        await desk.post(text("Mate"), to=[ben])
        while not desk.courier.in_flight:
            await asyncio.sleep(0.005)
        desk.clock.move(60)
        desk.courier.wake()
        await desk.until_states(ann, State.UNCERTAIN, State.SENT)
        assert await desk.states(ben) == ["sending"], "that one is carried"
        assert texts(desk, ann) == ["tea"]
        assert "1 message was cut off" in desk.told[0]
        fault.release()


async def test_a_start_on_a_full_disk_waits_until_there_is_room(tmp_path: Path) -> None:
    async with office(tmp_path) as desk:
        ann, database = desk.ann.id, desk.ledger.database
        ledger = desk.ledger.deliveries

        async def kill_and_fill() -> None:
            new = NewDigest(digest=a_digest(("tea",)), recipients=((ChatId(ann), 0),))
            await desk.ledger.digests.store([new], now=desk.clock.now())
            (row,) = await ledger.due(now=desk.clock.now(), limit=9)
            await ledger.mark_sending([row.id], now=desk.clock.now(), owner="gone")
            async with database.writing() as connection:
                await connection.exec_driver_sql(
                    "CREATE TRIGGER full BEFORE UPDATE ON deliveries "
                    "BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END"
                )

        await desk.restart(kill_and_fill)
        while not desk.told:
            await asyncio.sleep(0.005)
        assert await desk.states(ann) == ["sending"]
        async with database.writing() as connection:
            await connection.exec_driver_sql("DROP TRIGGER full")
        desk.courier.wake()
        await desk.until_states(ann, State.UNCERTAIN, State.SENT)
        assert desk.disabled == []


async def test_what_expires_is_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with office(tmp_path) as desk:
        soon = desk.clock.now() + timedelta(minutes=1)
        to = ((ChatId(desk.ann.id), 0),)
        new = NewDigest(digest=a_digest(("tea",)), recipients=to, due_at=soon)
        await desk.ledger.digests.store([new], now=desk.clock.now())
        async with desk.ledger.database.writing() as connection:  # a day of trying
            await connection.execute(sa.update(table).values(attempts=400))
        desk.sandbox.faults.add("500", method="sendMessage", chat_id=desk.ann.id)
        desk.clock.move(60)
        desk.courier.wake()
        await desk.until_states(desk.ann.id, State.EXPIRED)
        await desk.done()
        assert desk.told == [
            "Messages that could not be sent for a day are given up "
            "(Internal Server Error: restart): /sends shows how many."
        ]
    assert "delivery expired" in caplog.text


async def test_the_urgent_overtakes_a_broadcast_that_waits_for_its_pace(tmp_path: Path) -> None:
    slow = replace(GENEROUS, per_second=10, burst=10, reserve=4)
    async with office(tmp_path, limits=slow) as desk:
        chats = readers(desk, 30)
        await desk.post(text("Digest"), to=chats)
        await desk.until_states(chats[0], State.SENT)
        flash = NewDigest(
            digest=a_digest(("tea",)),
            recipients=((ChatId(chats[-1]), 0),),
            priority=Priority.FLASH,
        )
        await desk.ledger.digests.store([flash], now=desk.clock.now())
        desk.courier.wake()
        while "tea" not in texts(desk, chats[-1]):
            desk.clock.move(0.05)
            await asyncio.sleep(0.005)
        assert sum("Digest" in texts(desk, chat) for chat in chats) < len(chats)
        assert texts(desk, chats[-1])[0] == "tea"
        while await desk.ledger.deliveries.open_count():
            desk.clock.move(0.2)
            await asyncio.sleep(0.005)


async def test_stars_are_paid_up_to_the_limit_of_the_day_and_never_beyond(tmp_path: Path) -> None:
    limits = replace(GENEROUS, per_second=5, burst=5, reserve=1, paid_per_second=1000)
    async with office(tmp_path, limits=limits, stars_a_day=2) as desk:
        chats = readers(desk, 40)
        await desk.post(text("Tea"), to=chats)
        while await desk.ledger.deliveries.open_count():
            desk.clock.move(0.1)
            await asyncio.sleep(0.005)
        sends = [call for call in desk.sandbox.calls if call.method == "sendMessage"]
        paid = [call for call in sends if call.parameters.get("allow_paid_broadcast")]
        assert (len(sends), len(paid)) == (40, 20)
        assert await desk.ledger.deliveries.paid_today(desk.clock.now()) == 20


async def test_what_was_not_sent_costs_nothing(tmp_path: Path) -> None:
    limits = replace(GENEROUS, per_second=5, burst=5, reserve=5, paid_per_second=1000)
    async with office(tmp_path, limits=limits, stars_a_day=2) as desk:
        desk.sandbox.faults.add("403", chat_id=desk.ann.id, method="sendMessage")
        await desk.post(text("Tea"), to=[desk.ann.id, desk.ben.id])
        while await desk.ledger.deliveries.open_count():
            desk.clock.move(0.1)
            await asyncio.sleep(0.005)
        assert await desk.ledger.deliveries.paid_today(desk.clock.now()) == 1


async def test_a_restart_remembers_what_telegram_asked_for(tmp_path: Path) -> None:
    limits = Limits()
    async with office(tmp_path, limits=limits) as desk:
        memory = PaceMemory(
            desk.pace, meta=desk.ledger.meta, deliveries=desk.ledger.deliveries, clock=desk.clock
        )
        chats = readers(desk, 3)
        for chat in chats:
            desk.sandbox.faults.add("429", chat_id=chat, method="sendMessage", retry_after=40)
        await desk.post(text("Tea"), to=chats)
        for chat in chats:
            await desk.until_states(chat, State.PENDING)
        while desk.pace.overall_wait(Priority.ANSWER) == 0:
            await asyncio.sleep(0.005)
        await memory.close()
        desk.clock.move(10)
        restarted = type(desk.pace)(limits, time=desk.clock.time, sleep=desk.clock.sleep)
        again = PaceMemory(
            restarted, meta=desk.ledger.meta, deliveries=desk.ledger.deliveries, clock=desk.clock
        )
        await again.recall()
        assert 30 < restarted.overall_wait(Priority.ANSWER) <= 31
        assert restarted.remembered().throttle is not None
