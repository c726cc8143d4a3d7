"""Lets calls wait for the one pace of the whole bot, people before broadcasts."""

from __future__ import annotations

import asyncio
import heapq
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta

from bot.domain.pacing import Limits, Pace, Priority
from bot.domain.subscription import ChatId

SLACK = timedelta(seconds=0.5)
"""Added to what a 429 says: the server rounds to whole seconds, and a call that comes too early
may prolong the ban."""
_SHORTEST_NAP = 0.001
_NO_WAIT = 1e-6
"""Waits below this are rounding."""


@dataclass(slots=True, eq=False)
class _Waiter:
    chat_id: ChatId
    priority: Priority
    cost: int
    turn: int
    granted: asyncio.Future[None]

    @property
    def rank(self) -> tuple[int, int]:
        return (self.priority, self.turn)


class PacedCalls:
    """Grants permits in order of priority, then of asking; belongs to one running event loop.

    Who waits for its own chat stands aside, so that others pass; who waits for the whole bot
    stands in one queue. Nothing runs while nobody waits, and otherwise one sleeping task.
    """

    def __init__(
        self,
        limits: Limits | None = None,
        *,
        time: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._time = time
        self._sleep = sleep
        self._pace = Pace(limits or Limits(), now=self._time())
        self._turns = 0
        self._queue: list[tuple[tuple[int, int], _Waiter]] = []
        self._aside: list[tuple[float, int, _Waiter]] = []
        self._alarm: asyncio.Task[None] | None = None
        self._alarm_at = 0.0

    async def permit(self, chat_id: ChatId, priority: Priority, cost: int = 1) -> None:
        """Wait until `cost` calls may go to this chat, and count them as gone."""
        self._turns += 1
        granted = asyncio.get_running_loop().create_future()
        waiter = _Waiter(chat_id, priority, cost, self._turns, granted)
        heapq.heappush(self._queue, (waiter.rank, waiter))
        self._pump()
        # A waiter that is cancelled stays in its heap, and is passed over when its time comes.
        await granted

    def try_take(self, chat_id: ChatId, priority: Priority, cost: int = 1) -> float:
        """Take a permit without waiting: 0.0 when granted, else the seconds to come back after.

        Nobody of the same or a better priority who waits for the whole bot is overtaken.
        """
        self._pump()
        now = self._time()
        wait = self._pace.wait(chat_id, now=now, priority=priority, cost=cost)
        if self._queue and self._queue[0][1].priority <= priority:
            ahead = self._pace.overall_wait(now=now, priority=self._queue[0][1].priority)
            wait = max(wait, ahead, _SHORTEST_NAP)
        if wait > _NO_WAIT:
            return wait
        self._pace.take(chat_id, now=now, cost=cost)
        return 0.0

    def overall_wait(self, priority: Priority) -> float:
        """Tell the seconds until any call of this priority may go, whatever its chat."""
        return self._pace.overall_wait(now=self._time(), priority=priority)

    def slow_down(self, chat_id: ChatId, retry_after: timedelta) -> None:
        """Obey a 429: this chat waits, and everybody when several chats are told so at once."""
        pause = (retry_after + SLACK).total_seconds()
        self._pace.slow_down(chat_id, pause, now=self._time())

    def prime(self, sends: Iterable[tuple[ChatId, timedelta]]) -> None:
        """Remember calls from before the start: chat and how long ago, the oldest first."""
        now = self._time()
        self._pace.prime((chat_id, now - ago.total_seconds()) for chat_id, ago in sends)

    def close(self) -> None:
        """Let nobody wait any more: who still does is cancelled."""
        for waiter in [entry[-1] for entry in self._queue] + [entry[-1] for entry in self._aside]:
            waiter.granted.cancel()
        self._queue.clear()
        self._aside.clear()
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None

    def _pump(self) -> None:
        """Grant what can be granted now, and see to it that somebody looks again in time."""
        nap = self._grant()
        if nap is None:
            return
        wake_at = self._time() + nap
        if self._alarm is not None:
            if self._alarm_at <= wake_at:
                return
            self._alarm.cancel()
        self._alarm_at = wake_at
        self._alarm = asyncio.create_task(self._ring(nap), name="pace")

    async def _ring(self, nap: float) -> None:
        await self._sleep(nap)
        self._alarm = None
        self._pump()

    def _grant(self) -> float | None:
        """Grant in order; give the seconds until it is worth looking again, None for nobody."""
        now = self._time()
        self._call_back(now)
        nap: float | None = None
        while self._queue:
            waiter = self._queue[0][1]
            if waiter.granted.done():
                heapq.heappop(self._queue)
                continue
            wait = self._pace.wait(
                waiter.chat_id, now=now, priority=waiter.priority, cost=waiter.cost
            )
            if wait <= _NO_WAIT:
                heapq.heappop(self._queue)
                self._pace.take(waiter.chat_id, now=now, cost=waiter.cost)
                waiter.granted.set_result(None)
                continue
            overall = self._pace.overall_wait(now=now, priority=waiter.priority)
            if wait <= overall:
                # The whole bot must wait. Whoever comes later is no better off.
                nap = overall
                break
            heapq.heappop(self._queue)
            heapq.heappush(self._aside, (now + wait, waiter.turn, waiter))
        if self._aside:
            until = self._aside[0][0] - now
            nap = until if nap is None else min(nap, until)
        return None if nap is None else max(nap, _SHORTEST_NAP)

    def _call_back(self, now: float) -> None:
        """Let those queue again whose chat may be ready."""
        while self._aside and (self._aside[0][0] <= now or self._aside[0][2].granted.done()):
            waiter = heapq.heappop(self._aside)[2]
            if not waiter.granted.done():
                heapq.heappush(self._queue, (waiter.rank, waiter))
