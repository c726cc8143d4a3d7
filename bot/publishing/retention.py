"""Retention: what ended long ago is forgotten, a little at a time, while all else goes on."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from datetime import timedelta

from bot.domain.clock import Clock
from bot.errors import StoreError
from bot.publishing.notices import Notices, store_trouble
from bot.store.retention import Retention as RetentionRows

logger = logging.getLogger(__name__)

BATCH = 500
"""Rows per transaction: a few milliseconds in which nobody else writes."""
PAUSE_SECONDS = 0.1
"""Between two batches: most of the time is others'."""
EVERY_SECONDS = 3600.0


class Retention:
    """Keeps the database from growing without end; `keep`: how long ended sends stay whole."""

    def __init__(
        self, *, rows: RetentionRows, keep: timedelta, notices: Notices, clock: Clock
    ) -> None:
        self._rows = rows
        self._keep = keep
        self._notices = notices
        self._clock = clock
        self._stop = asyncio.Event()

    def stop(self) -> None:
        """End `run` after the batch that it is at."""
        self._stop.set()

    async def run(self) -> None:
        """Forget what is old, now and every hour, until `stop`."""
        while not self._stop.is_set():
            try:
                await self.once()
            except StoreError as error:
                await self._notices.tell("store", store_trouble(error))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(EVERY_SECONDS):
                    await self._stop.wait()

    async def once(self) -> int:
        """Forget everything that is old enough; gives the number of batches."""
        batches = 0
        now = self._clock.now()
        before = now - self._keep
        while not self._stop.is_set() and await self._rows.shrink(
            before=before, now=now, limit=BATCH
        ):
            batches += 1
            await self._clock.sleep(PAUSE_SECONDS)
        await self._rows.tidy(before=before)
        if batches:
            logger.info("old deliveries shrunk to counts", extra={"batches": batches})
        return batches
