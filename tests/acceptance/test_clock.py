"""The running program and a clock that stops, jumps ahead and is set back."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.domain.pacing import Limits
from bot.parts import Options
from bot.sandbox.chats import Chat
from bot.sandbox.state import Sandbox
from tests.support.world import TOKEN, World, stories, text_of, world

MORNING = datetime(2026, 11, 22, 7, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)
BEAT = timedelta(seconds=20)
"""How often the program looks by itself."""


class HandClock:
    """Two hands: the wall clock, which may be set, and time that passes while the machine is on.

    Waiting is for the second one, as in any operating system.
    """

    def __init__(self, now: datetime) -> None:
        self.wall = now
        self.passed = timedelta(0)
        self.naps: Counter[float] = Counter()
        self._sleepers: list[tuple[timedelta, asyncio.Event]] = []

    def now(self) -> datetime:
        return self.wall

    async def sleep(self, seconds: float) -> None:
        self.naps[seconds] += 1
        waker = asyncio.Event()
        self._sleepers.append((self.passed + timedelta(seconds=seconds), waker))
        await waker.wait()

    def run(self, length: timedelta) -> None:
        """Let time pass as it should."""
        self.wall += length
        self.passed += length
        for until, waker in self._sleepers:
            if until <= self.passed:
                waker.set()
        self._sleepers = [(until, waker) for until, waker in self._sleepers if not waker.is_set()]

    def set(self, by: timedelta) -> None:
        """Set the wall clock, or let the machine sleep: no time passes for programs."""
        self.wall += by


@contextlib.asynccontextmanager
async def at_work(
    folder: Path, clock: HandClock, **settings: Any
) -> AsyncIterator[tuple[World, Chat]]:
    sandbox = Sandbox(TOKEN, clock=clock)
    channel = sandbox.add_channel("News", username="clock_news")
    given = {"CHANNELS": "@clock_news", "DIGEST_TIMES": "08:00,18:00", "DIGEST_SIZE": "2"}
    fresh = stories(12, now=clock.now())
    async with world(
        folder, articles=fresh, sandbox=sandbox, clock=clock, settings=given | settings
    ) as w:
        yield w, channel


async def beat(w: World, clock: HandClock, length: timedelta = BEAT) -> None:
    """Let the program's own heartbeat come, and everything that it starts."""
    naps = clock.naps[BEAT.total_seconds()]
    clock.run(length)

    async def sleeps_again() -> bool:
        return clock.naps[BEAT.total_seconds()] > naps

    await w.stored(sleeps_again)
    await w.settled()


@pytest.mark.long
async def test_the_heartbeat_finds_a_slot_though_no_alarm_rings(tmp_path: Path) -> None:
    clock = HandClock(MORNING)
    async with at_work(tmp_path, clock) as (w, channel):
        await beat(w, clock)
        assert w.ours(channel) == ()
        clock.set(HOUR / 2)  # a laptop that was shut for half an hour
        await beat(w, clock)
        assert len(w.ours(channel)) == 1
        await beat(w, clock)
        assert len(w.ours(channel)) == 1


async def test_a_laptop_that_slept_over_several_slots_sends_one_digest(tmp_path: Path) -> None:
    clock = HandClock(MORNING)
    async with at_work(tmp_path, clock, DIGEST_TIMES="08:00,09:00,10:00") as (w, channel):
        clock.set(3 * HOUR)
        await beat(w, clock)
        assert len(w.ours(channel)) == 1
        clock.set(timedelta(days=2))  # 10:30 again, half an hour late
        await beat(w, clock)
        assert len(w.ours(channel)) == 2
        clock.set(6 * HOUR)
        await beat(w, clock)
        assert len(w.ours(channel)) == 2


async def test_the_operator_hears_of_what_came_too_late_and_of_a_clock_that_is_set(
    tmp_path: Path,
) -> None:
    clock = HandClock(MORNING)
    async with at_work(tmp_path, clock, OPERATORS="501") as (w, channel):
        omar = w.sandbox.add_person("Omar", user_id=501)
        await w.ask(omar, "/start")
        clock.set(5 * HOUR)
        await beat(w, clock)
        await w.until(lambda: "The digest of Sunday 08:00 was not started" in text_of(w.last(omar)))
        clock.set(-5 * HOUR)
        await beat(w, clock)
        await w.until(lambda: "clock was ahead" in text_of(w.last(omar)))
        clock.set(HOUR)
        await beat(w, clock)
        assert len(w.ours(channel)) == 1


async def test_a_clock_that_is_set_back_doubles_nothing(tmp_path: Path) -> None:
    clock = HandClock(MORNING)
    async with at_work(tmp_path, clock) as (w, channel):
        clock.set(HOUR)
        await beat(w, clock)
        assert len(w.ours(channel)) == 1
        for _ in range(3):
            clock.set(-HOUR)
            await beat(w, clock)
            clock.set(HOUR)
            await beat(w, clock)
        assert len(w.ours(channel)) == 1
        clock.set(9.5 * HOUR)
        await beat(w, clock)
        assert len(w.ours(channel)) == 2
        texts = [text_of(one) for one in w.ours(channel)]
        for number in (1, 2, 3, 4):
            assert sum(f"Tea story number {number}" in text for text in texts) == 1


@pytest.mark.long
async def test_a_clock_that_was_a_year_ahead_costs_no_digest(tmp_path: Path) -> None:
    """The battery of a clock is empty: the program starts in another year, then time is right."""
    clock = HandClock(MORNING)
    async with at_work(tmp_path, clock, MAX_AGE="900d") as (w, channel):
        clock.set(timedelta(days=365))
        await beat(w, clock)
        clock.set(timedelta(days=-365))
        await beat(w, clock)
        assert w.ours(channel) == ()
        clock.set(HOUR)
        await beat(w, clock)
        assert len(w.ours(channel)) == 1
        clock.set(9.5 * HOUR)
        await beat(w, clock)
        assert len(w.ours(channel)) == 2


async def test_a_slot_of_the_quiet_hours_comes_at_their_end_with_what_is_due_then(
    tmp_path: Path,
) -> None:
    clock = HandClock(MORNING - 12 * HOUR)  # 19:30
    times = {"DIGEST_TIMES": "20:00,23:00,03:00,07:00", "QUIET_HOURS": "22:00-07:00"}
    async with at_work(tmp_path, clock, **times, OPERATORS="501") as (w, channel):
        clock.set(HOUR)
        await beat(w, clock)
        assert len(w.ours(channel)) == 1
        omar = w.sandbox.add_person("Omar", user_id=501)
        w.say(omar, "/start")
        clock.set(timedelta(hours=3, minutes=30))  # midnight
        await beat(w, clock)
        clock.set(4 * HOUR)
        await beat(w, clock)
        assert len(w.ours(channel)) == 1
        w.say(omar, "/post")
        await w.until(lambda: any("Your post" in text_of(one) for one in w.ours(omar)))
        assert "Quiet hours last until 07:00" in text_of(w.last(omar))
        clock.wall = MORNING - HOUR / 2
        await beat(w, clock)
        assert len(w.ours(channel)) == 2
        await beat(w, clock)
        assert len(w.ours(channel)) == 2
        answer = await w.ask(w.reader, "/subscribe")
        assert "at 20:00" in text_of(answer)


async def test_a_start_in_the_quiet_hours_keeps_what_falls_into_them(tmp_path: Path) -> None:
    clock = HandClock(MORNING.replace(hour=22, minute=30))
    times = {"DIGEST_TIMES": "23:00", "QUIET_HOURS": "22:00-07:00"}
    async with at_work(tmp_path, clock, **times) as (w, channel):
        answer = await w.ask(w.reader, "/subscribe")
        assert "the next at 07:00 UTC tomorrow" in text_of(answer)
        clock.set(8.5 * HOUR)
        await beat(w, clock)
        assert len(w.ours(channel)) == 1


@pytest.mark.long
async def test_what_waits_for_telegram_does_not_wait_for_a_future_that_did_not_come(
    tmp_path: Path,
) -> None:
    clock = HandClock(MORNING)
    async with at_work(tmp_path, clock) as (w, channel):
        asked_to_wait = w.sandbox.faults.add("429", method="sendMessage", retry_after=1)
        clock.set(HOUR)
        clock.run(BEAT)
        await asked_to_wait.reached.wait()

        async def is_pending() -> bool:
            return await w.gazette.ledger.deliveries.next_due_at() is not None

        await w.stored(is_pending)
        clock.set(timedelta(days=-1))
        await beat(w, clock)
        assert len(w.ours(channel)) == 1


class SetClock(HandClock):
    """Waits as the real clock does; the wall clock alone is set by hand."""

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


@pytest.mark.long
async def test_after_a_start_with_the_clock_set_back_the_pace_is_the_usual_one(
    tmp_path: Path,
) -> None:
    """What was sent in a future that did not come holds up nobody."""
    clock = SetClock(MORNING)
    sandbox = Sandbox(TOKEN, clock=clock)
    options = Options(limits=Limits(), rescan_every=HOUR)
    told: dict[str, Any] = {"sandbox": sandbox, "clock": clock, "options": options}
    fresh = stories(9, now=MORNING)
    settings = {"DIGEST_LAYOUT": "cards", "DIGEST_SIZE": "4"}
    async with world(tmp_path, articles=fresh, settings=settings, **told) as w:
        await w.ask(w.reader, "/subscribe")
        await w.until(lambda: len(w.ours(w.reader)) == 5)
        await w.settled()
    clock.set(timedelta(days=-2))
    async with world(tmp_path, settings=settings, **told) as w:
        await w.ask(w.reader, "/id")
        assert len(w.ours(w.reader)) == 6
