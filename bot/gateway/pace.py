"""Lets calls wait for the one pace of the whole bot, people before broadcasts."""

from __future__ import annotations

import asyncio
import heapq
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from bot.domain.pacing import Grant, Limits, Pace, Priority
from bot.domain.subscription import ChatId

SLACK = timedelta(seconds=0.5)
"""Added to what a 429 says: the server rounds to whole seconds, and a call that comes too early
may prolong the ban."""
_SHORTEST_NAP = 0.001
_NO_WAIT = 1e-6
"""Waits below this are rounding."""
_GRANTED = Grant()
_GRANTED_PAID = Grant(is_paid=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lessons:
    """What Telegram has told us: seconds to wait, and the share that was too much, how long ago."""

    everybody: float = 0.0
    chats: Mapping[ChatId, float] = field(default_factory=dict)
    throttle: tuple[float, float] | None = None

    def as_json(self) -> dict[str, Any]:
        """Write it down."""
        chats = list(self.chats.items())
        return {"all": self.everybody, "chats": chats, "throttle": self.throttle}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Lessons:
        """Read what `as_json` wrote. Raises ValueError, KeyError and TypeError for other things."""
        throttle = value["throttle"]
        return cls(
            everybody=float(value["all"]),
            chats={ChatId(chat): float(seconds) for chat, seconds in value["chats"]},
            throttle=None if throttle is None else (float(throttle[0]), float(throttle[1])),
        )


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
        self._gathered_at = self._time()
        self.may_pay: Callable[[int], bool] | None = None
        """Asks whether so many messages may cost Stars, and counts them; None: none may."""
        self.on_slow_down: Callable[[], None] = lambda: None
        """Hears that there is something to remember across a restart."""

    async def permit(self, chat_id: ChatId, priority: Priority, cost: int = 1) -> None:
        """Wait until `cost` calls may go to this chat, and count them as gone."""
        self._turns += 1
        granted = asyncio.get_running_loop().create_future()
        waiter = _Waiter(chat_id, priority, cost, self._turns, granted)
        heapq.heappush(self._queue, (waiter.rank, waiter))
        self._pump()
        # A waiter that is cancelled stays in its heap, and is passed over when its time comes.
        await granted

    def try_take(self, chat_id: ChatId, priority: Priority, cost: int = 1) -> Grant:
        """Take a permit without waiting, or tell how long it is not worth asking again.

        Nobody of the same or a better priority who waits for the whole bot is overtaken, but by
        calls that cost Stars: those are no part of the free pace. Once there is no permit, a few
        may gather before it is worth asking again: who sends to many takes them together.
        """
        if self._queue or self._aside:
            self._pump()
        now = self._time()
        alone = self._pace.chat_wait(chat_id, now=now, cost=cost)
        if alone > _NO_WAIT:
            return Grant(alone)
        if now < self._gathered_at and priority > Priority.OPERATOR:
            return Grant(self._gathered_at - now, is_for_all=True)
        wait = self._pace.overall_wait(now=now, priority=priority)
        if self._queue and self._queue[0][1].priority <= priority:
            ahead = self._pace.overall_wait(now=now, priority=self._queue[0][1].priority)
            wait = max(wait, ahead, _SHORTEST_NAP)
        if wait <= _NO_WAIT:
            self._pace.take(chat_id, now=now, cost=cost)
            return _GRANTED
        return self._paid(chat_id, now, cost, wait)

    def _paid(self, chat_id: ChatId, now: float, cost: int, free_wait: float) -> Grant:
        wait = self._pace.paid_wait(now=now, cost=cost)
        if wait is None or self.may_pay is None:
            return self._not_yet(now, free_wait)
        if wait > _NO_WAIT:
            return self._not_yet(now, min(wait, free_wait), is_paid=True)
        if not self.may_pay(cost):
            return self._not_yet(now, free_wait)
        self._pace.take(chat_id, now=now, cost=cost, is_paid=True)
        return _GRANTED_PAID

    def _not_yet(self, now: float, wait: float, *, is_paid: bool = False) -> Grant:
        gathering = max(wait, self._pace.gathering(now=now, is_paid=is_paid))
        self._gathered_at = now + gathering
        return Grant(gathering, is_for_all=True)

    @property
    def rate(self) -> float:
        """The calls a second that may begin at present, those for Stars among them."""
        return self._pace.rate(now=self._time(), is_paid=self.may_pay is not None)

    def overall_wait(self, priority: Priority) -> float:
        """Tell the seconds until any call of this priority may go, whatever its chat."""
        return self._pace.overall_wait(now=self._time(), priority=priority)

    def slow_down(self, chat_id: ChatId, retry_after: timedelta) -> None:
        """Obey a 429: this chat waits, and everybody when several chats are told so at once."""
        pause = (retry_after + SLACK).total_seconds()
        self._pace.slow_down(chat_id, pause, now=self._time())
        self.on_slow_down()

    def is_told_to_wait(self, chat_id: ChatId) -> bool:
        """Whether Telegram has asked for a rest, of this chat or of everybody, that is not over."""
        everybody, chats = self._pace.pauses(self._time())
        return everybody > 0.0 or chat_id in chats

    def answered(self, seconds: float) -> None:
        """Hear how long a call took: a server that is asked for too much answers late."""
        self._pace.throttle.answered(seconds, now=self._time())

    def prime(self, sends: Iterable[tuple[ChatId, timedelta, int]]) -> None:
        """Remember calls from before the start: chat, how long ago and cost, the oldest first."""
        now = self._time()
        self._pace.prime((chat_id, now - ago.total_seconds(), cost) for chat_id, ago, cost in sends)

    def remembered(self) -> Lessons:
        """Give what Telegram has told us of late, to outlive a restart."""
        now = self._time()
        everybody, chats = self._pace.pauses(now)
        return Lessons(
            everybody=everybody, chats=chats, throttle=self._pace.throttle.remembered(now)
        )

    def remember(self, lessons: Lessons, *, ago: timedelta) -> None:
        """Take over what an earlier process was told so long ago."""
        now, past = self._time(), max(ago.total_seconds(), 0.0)
        chats = {chat: seconds - past for chat, seconds in lessons.chats.items()}
        self._pace.resume(
            lessons.everybody - past,
            {chat: seconds for chat, seconds in chats.items() if seconds > 0},
            now=now,
        )
        if lessons.throttle is not None:
            top, seconds = lessons.throttle
            self._pace.throttle.remember(top, seconds + past, now=now)

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
