"""The alarm clock: moments of the clock that was handed in, and heartbeats."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime, timedelta

import pytest

from bot.timer import Timer

LONG_AGO = datetime(2020, 2, 29, 12, tzinfo=UTC)
SOON = timedelta(milliseconds=20)


class StandingClock:
    """Stands still; waiting lets others run."""

    def now(self) -> datetime:
        return LONG_AGO

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0)


async def test_an_alarm_rings_at_a_moment_of_the_clock_that_was_handed_in() -> None:
    timer = Timer(StandingClock())
    timer.start()
    rung: asyncio.Queue[str] = asyncio.Queue()

    async def ring() -> None:
        rung.put_nowait("rung")

    async def ring_late() -> None:
        rung.put_nowait("replaced")

    timer.at(LONG_AGO + SOON, "slot", ring_late)
    timer.at(LONG_AGO + SOON, "slot", ring)
    timer.at(LONG_AGO - timedelta(days=9), "missed", ring)
    async with asyncio.timeout(10):
        assert [await rung.get(), await rung.get()] == ["rung", "rung"]
    assert rung.empty()
    await timer.stop()


async def test_a_heartbeat_goes_on_after_a_failure_and_ends_with_the_timer(
    caplog: pytest.LogCaptureFixture,
) -> None:
    timer = Timer(StandingClock())
    timer.start()
    beats = 0
    enough = asyncio.Event()

    async def beat() -> None:
        nonlocal beats
        beats += 1
        if beats == 3:
            enough.set()
        raise ValueError("out of step")

    with caplog.at_level(logging.CRITICAL, logger="bot.timer"):
        timer.every(timedelta(seconds=20), "heart", beat)
        async with asyncio.timeout(10):
            await enough.wait()
        await timer.stop()
    seen = beats
    for _ in range(5):
        await asyncio.sleep(0)
    assert beats == seen
