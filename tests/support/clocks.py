"""Clocks for tests."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.clock import SystemClock


@dataclass(frozen=True)
class StandingClock:
    """It is always the same moment; pauses are real ones."""

    moment: datetime

    def now(self) -> datetime:
        return self.moment

    async def sleep(self, seconds: float) -> None:
        await SystemClock().sleep(seconds)
