"""The clock that a sandbox is handed."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """What the sandbox asks of a clock; the real one and those of tests fit."""

    def now(self) -> datetime:
        """Tell the present moment, aware and in UTC."""

    async def sleep(self, seconds: float) -> None:
        """Wait `seconds`."""
