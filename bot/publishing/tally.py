"""Counts what people do: how much, never who or what. Written down now and then."""

from __future__ import annotations

import logging
from collections import Counter

from bot.domain.clock import Clock
from bot.errors import StoreError
from bot.store.tallies import Tallies

logger = logging.getLogger(__name__)

MESSAGES, QUESTIONS, TAPS, INLINE = "messages", "questions", "taps", "inline"


class Tally:
    """Counts in memory; a kill loses what was counted since the last `write`."""

    def __init__(self, rows: Tallies, *, clock: Clock) -> None:
        self._rows = rows
        self._clock = clock
        self._counts: Counter[str] = Counter()

    def count(self, what: str) -> None:
        """Count one more."""
        self._counts[what] += 1

    async def write(self) -> None:
        """Add what was counted to the day's numbers; a store in trouble gets it the next time."""
        if not self._counts:
            return
        counted, self._counts = self._counts, Counter()
        try:
            await self._rows.add(counted, self._clock.now())
        except StoreError:
            self._counts.update(counted)
            logger.warning("what was asked was not counted", exc_info=True)
