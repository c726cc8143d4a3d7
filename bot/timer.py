"""The alarm clock: the only importer of APScheduler. It wakes; rows decide what is due.

APScheduler drops what is late and forgets its jobs with the process, so nothing may depend on a
single alarm: a heartbeat looks again, whatever the alarm did.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.date import DateTrigger
from apscheduler.triggers.interval import IntervalTrigger

Action = Callable[[], Awaitable[None]]


class Timer:
    """Calls actions at moments and at intervals; an action never runs twice at once."""

    def __init__(self) -> None:
        self._scheduler = AsyncIOScheduler(
            timezone="UTC",
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )

    def start(self) -> None:
        """Start waking; must be called in the running loop."""
        self._scheduler.start()

    def stop(self) -> None:
        """Wake nobody any more; running actions go on."""
        self._scheduler.shutdown(wait=False)

    def every(self, interval: timedelta, name: str, action: Action) -> None:
        """Call `action` every `interval`."""
        self._scheduler.add_job(
            action,
            IntervalTrigger(seconds=interval.total_seconds(), timezone="UTC"),
            id=name,
            replace_existing=True,
        )

    def at(self, moment: datetime, name: str, action: Action) -> None:
        """Call `action` once at `moment`; replaces an earlier alarm of the same name."""
        self._scheduler.add_job(
            action, DateTrigger(run_date=moment, timezone="UTC"), id=name, replace_existing=True
        )
