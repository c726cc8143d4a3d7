"""The real clock; everything that needs the time is handed one."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime


class SystemClock:
    """The machine's time, always aware and in UTC."""

    def now(self) -> datetime:
        """Tell the present moment in UTC."""
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        """Wait `seconds`; zero or less only lets others run."""
        await asyncio.sleep(max(seconds, 0.0))
