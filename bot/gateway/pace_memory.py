"""What the pace must know after a restart: what went out of late, and what Telegram asked for."""

from __future__ import annotations

import asyncio
import json
import logging
from datetime import datetime, timedelta

from bot.domain.clock import Clock
from bot.errors import StoreError
from bot.gateway.pace import Lessons, PacedCalls
from bot.store.deliveries import Deliveries
from bot.store.meta import Meta

logger = logging.getLogger(__name__)

PRIMED_WITH = timedelta(minutes=1)
"""What went out in the last minute before the start counts towards the limits after it."""
_KEY = "pace"


class PaceMemory:
    """Lets the pace outlive the process; a restart must not begin where the last one was stopped.

    What Telegram asks for is written down at once. A store in trouble costs the memory only.
    """

    def __init__(
        self, pace: PacedCalls, *, meta: Meta, deliveries: Deliveries, clock: Clock
    ) -> None:
        self._pace = pace
        self._meta = meta
        self._deliveries = deliveries
        self._clock = clock
        self._writing: asyncio.Task[None] | None = None
        self._is_newer = False
        pace.on_slow_down = self.note

    async def recall(self) -> None:
        """Take over what an earlier process has sent and was told. Raises StoreError."""
        now = self._clock.now()
        sends = await self._deliveries.recent_sends(since=now - PRIMED_WITH)
        # A clock that was set back leaves sends in a future that did not come: they are no guide.
        self._pace.prime((chat_id, now - at, cost) for chat_id, at, cost in sends if at <= now)
        text = await self._meta.get(_KEY)
        if text is not None:
            try:
                noted = json.loads(text)
                at = datetime.fromisoformat(noted["at"])
                self._pace.remember(Lessons.from_json(noted), ago=max(now - at, timedelta(0)))
            except (ValueError, KeyError, TypeError):
                logger.warning("what was noted of the pace cannot be read")

    def note(self) -> None:
        """Write down what Telegram asked for, soon."""
        self._is_newer = True
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write(), name="pace memory")

    async def close(self) -> None:
        """Wait until everything is written down."""
        if self._writing is not None:
            await self._writing

    async def _write(self) -> None:
        while self._is_newer:
            self._is_newer = False
            noted = {"at": self._clock.now().isoformat(), **self._pace.remembered().as_json()}
            try:
                await self._meta.set(_KEY, json.dumps(noted))
            except StoreError:
                logger.warning("the pace was not noted", exc_info=True)
