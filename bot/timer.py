"""The alarm clock: the only importer of APScheduler. It wakes; rows decide what is due.

APScheduler drops what is late, forgets its jobs with the process, and reckons by the wall clock,
which may be set back while it waits. So nothing may depend on a single alarm: heartbeats look
again, whatever the alarm did, and they are measured by a clock that is never set.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.date import DateTrigger

from bot.clock import SystemClock
from bot.domain.clock import Clock

logger = logging.getLogger(__name__)

Action = Callable[[], Awaitable[None]]


class Timer:
    """Calls actions at moments of `clock` and at intervals."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._scheduler = AsyncIOScheduler(
            timezone="UTC",
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )
        self._beats: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Start waking; must be called in the running loop."""
        self._scheduler.start()

    async def stop(self) -> None:
        """Wake nobody any more; actions that run are cancelled."""
        self._scheduler.shutdown(wait=False)
        for beat in self._beats:
            beat.cancel()
        await asyncio.gather(*self._beats, return_exceptions=True)

    def every(self, interval: timedelta, name: str, action: Action) -> None:
        """Call `action` again and again with pauses of `interval` between two calls."""
        self._beats.append(asyncio.create_task(self._beat(interval, action), name=name))

    def at(self, moment: datetime, name: str, action: Action) -> None:
        """Call `action` once at `moment`; replaces an earlier alarm of the same name."""
        away = max(moment - self._clock.now(), timedelta(0))
        self._scheduler.add_job(
            action,
            DateTrigger(run_date=SystemClock().now() + away, timezone="UTC"),
            id=name,
            replace_existing=True,
        )

    async def _beat(self, interval: timedelta, action: Action) -> None:
        while True:
            await self._clock.sleep(interval.total_seconds())
            try:
                await action()
            except Exception:  # the next beat may be luckier
                logger.exception("a heartbeat failed")
