"""Telegram's flood limits: what is sent too fast waits a little, then is refused."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from datetime import timedelta

from bot.sandbox.chats import Chat
from bot.sandbox.clock import Clock
from bot.sandbox.errors import too_many_requests


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """`count` messages in any stretch of `period`."""

    count: int
    period: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class FloodLimits:
    """What one bot may send; the numbers are those of Telegram's FAQ for bots."""

    overall: Allowance = Allowance(count=30, period=timedelta(seconds=1))
    # One message a second, with the short bursts that Telegram lets pass.
    private: Allowance = Allowance(count=3, period=timedelta(seconds=3))
    group: Allowance = Allowance(count=20, period=timedelta(minutes=1))
    # The server waits this long by itself before it says 429.
    hidden_wait: timedelta = timedelta(seconds=8)


class _Window:
    """The moments at which the last messages under one allowance were or will be let through."""

    __slots__ = ("_allowance", "_moments")

    def __init__(self, allowance: Allowance) -> None:
        self._allowance = allowance
        self._moments: deque[float] = deque(maxlen=allowance.count)

    def free_at(self, now: float, count: int) -> float:
        """The earliest moment at which `count` more messages fit."""
        over = len(self._moments) + count - self._allowance.count
        if over <= 0 or not self._moments:
            return now
        oldest = self._moments[min(over, len(self._moments)) - 1]
        return max(now, oldest + self._allowance.period.total_seconds())

    def take(self, moment: float, count: int) -> None:
        self._moments.extend([moment] * count)


class Flood:
    """The limits of one bot, measured with the clock that was handed in."""

    def __init__(self, limits: FloodLimits | None, clock: Clock) -> None:
        self._limits = limits
        self._clock = clock
        self._windows: dict[object, _Window] = {}

    async def admit(self, chat: Chat, *, count: int = 1) -> None:
        """Let `count` messages to `chat` through, after a silent wait or not at all."""
        if self._limits is None:
            return
        small = chat.kind == "private"
        allowance = self._limits.private if small else self._limits.group
        await self._pass(
            [self._window("all", self._limits.overall), self._window(chat.id, allowance)], count
        )

    async def admit_edit(self, chat: Chat) -> None:
        """Let an edit in `chat` through: groups and channels limit them as they do sends."""
        if self._limits is None or chat.kind == "private":
            return
        await self._pass([self._window(("edits", chat.id), self._limits.group)], 1)

    def _window(self, key: object, allowance: Allowance) -> _Window:
        return self._windows.setdefault(key, _Window(allowance))

    async def _pass(self, windows: list[_Window], count: int) -> None:
        if self._limits is None:
            return
        now = self._clock.now().timestamp()
        moment = max(window.free_at(now, count) for window in windows)
        wait = moment - now
        if wait > self._limits.hidden_wait.total_seconds():
            raise too_many_requests(math.ceil(wait))
        for window in windows:
            window.take(moment, count)
        if wait > 0:
            await self._clock.sleep(wait)
