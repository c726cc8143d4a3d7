"""The clock that a sandbox is handed, and the one that it hands out."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Protocol

FARTHEST = timedelta(days=3_660)
"""How far from the right time the handed out one may be set, either way."""


class Clock(Protocol):
    """What the sandbox asks of a clock; the real one and those of tests fit."""

    def now(self) -> datetime:
        """Tell the present moment, aware and in UTC."""

    async def sleep(self, seconds: float) -> None:
        """Wait `seconds`."""


class MachineClock:
    """The clock of the machine that the bot runs on, as far as the sandbox is asked: it can jump.

    The sandbox itself keeps the right time, as Telegram does when a bot's machine goes wrong.
    Waiting is not changed by a jump, as in any operating system.
    """

    def __init__(self, right: Clock) -> None:
        self._right = right
        self.ahead = timedelta(0)
        """How far it is ahead of the right time; below zero: behind."""

    def now(self) -> datetime:
        """Tell what this clock shows, aware and in UTC."""
        return self._right.now() + self.ahead

    async def sleep(self, seconds: float) -> None:
        """Wait `seconds`."""
        await self._right.sleep(seconds)

    def jump(self, by: timedelta) -> None:
        """Go on or back; raises ValueError when that is beyond `FARTHEST`."""
        if abs(self.ahead + by) > FARTHEST:
            raise ValueError(f"the clock may be wrong by {FARTHEST.days} days at most")
        self.ahead += by
