"""One pace for the whole bot: how long a call must wait. Arithmetic only, in seconds.

Limits of the Bot API FAQ: about 30 messages a second over all chats, one a second to a private
chat, 20 a minute to a group or channel. A bucket leaks at its rate and holds a burst. A new pace
starts with the overall bucket full and is primed with what went out before, so that a restart
never begins with a burst.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import IntEnum

from bot.domain.subscription import ChatId


class Priority(IntEnum):
    """Who goes first; smaller is sooner."""

    ANSWER = 0
    OPERATOR = 1
    FLASH = 2
    DIGEST = 3


ROUNDING = 1e-6
"""Calls: whoever has waited as told may go, though a sum of fractions fell short by a hair."""


@dataclass(slots=True)
class Bucket:
    """A leaky bucket: `level` calls are in it, it leaks `rate` a second and holds `size`."""

    rate: float
    size: float
    level: float
    at: float

    def wait(self, now: float, cost: float = 1.0) -> float:
        """Tell for how many seconds `cost` calls must wait; 0.0 means they fit now."""
        over = self._level(now) + cost - self.size
        return over / self.rate if over > ROUNDING else 0.0

    def add(self, now: float, cost: float = 1.0) -> None:
        """Note that `cost` calls went out."""
        self.level = self._level(now) + cost
        self.at = now

    def _level(self, now: float) -> float:
        return max(self.level - max(now - self.at, 0.0) * self.rate, 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What the server allows; counts per second and per minute, bursts in calls."""

    per_second: float = 30.0
    burst: float = 28.0
    reserve: float = 8.0
    """Places of the overall burst that only answers and operators may take."""
    private_per_second: float = 1.0
    private_burst: float = 3.0
    shared_per_minute: float = 20.0
    shared_burst: float = 3.0
    """A group or channel gets three messages at once; they count towards its minute."""

    def of_chat(self, chat_id: ChatId) -> tuple[float, float]:
        """Give the rate per second and the burst of one chat; private ids are positive."""
        if chat_id > 0:
            return self.private_per_second, self.private_burst
        return (self.shared_per_minute - self.shared_burst) / 60, self.shared_burst


def sending_time(messages: Mapping[ChatId, int], limits: Limits) -> timedelta:
    """Estimate how long it takes until the last of so many messages per chat has left us.

    The slowest of all chats together and of the single chat with most to get decides.
    """
    if not messages:
        return timedelta(0)
    overall = max(sum(messages.values()) - limits.burst + limits.reserve, 0.0) / limits.per_second
    slowest = max(_chat_time(chat_id, count, limits) for chat_id, count in messages.items())
    return timedelta(seconds=max(overall, slowest))


def _chat_time(chat_id: ChatId, count: int, limits: Limits) -> float:
    rate, burst = limits.of_chat(chat_id)
    return max(count - burst, 0.0) / rate


class Pace:
    """Grants permits; `now` is any clock in seconds that never goes back."""

    def __init__(self, limits: Limits, *, now: float) -> None:
        self._limits = limits
        self._overall = Bucket(limits.per_second, limits.burst, limits.burst, now)
        self._chats: dict[ChatId, Bucket] = {}
        self._paused: dict[ChatId, float] = {}
        self._all_paused_until = now
        self._recent_slow_downs: list[tuple[float, ChatId]] = []
        self._swept_at = now

    def wait(self, chat_id: ChatId, *, now: float, priority: Priority, cost: int = 1) -> float:
        """Tell for how many seconds a call to this chat must wait; 0.0 means it may go now."""
        held_back = 0.0 if priority <= Priority.OPERATOR else self._limits.reserve
        chat = self._chats.get(chat_id)
        waits = (
            self._all_paused_until - now,
            self._paused.get(chat_id, now) - now,
            # Of an album only one place is asked for, or single messages would always pass it;
            # all of it is counted when it goes.
            self._overall.wait(now, 1 + held_back),
            chat.wait(now, min(cost, chat.size)) if chat else 0.0,
        )
        return max(0.0, *waits)

    def overall_wait(self, *, now: float, priority: Priority) -> float:
        """Tell for how many seconds any call of this priority must wait."""
        held_back = 0.0 if priority <= Priority.OPERATOR else self._limits.reserve
        return max(0.0, self._all_paused_until - now, self._overall.wait(now, 1 + held_back))

    def take(self, chat_id: ChatId, *, now: float, cost: int = 1) -> None:
        """Note that a call to this chat goes out now."""
        self._overall.add(now, cost)
        bucket = self._chats.get(chat_id)
        if bucket is None:
            bucket = self._chats[chat_id] = self._new_bucket(chat_id, now)
        bucket.add(now, cost)
        self._sweep(now)

    def prime(self, sends: Iterable[tuple[ChatId, float]]) -> None:
        """Remember calls from before a restart: chat and time on this clock, oldest first."""
        for chat_id, at in sends:
            bucket = self._chats.get(chat_id)
            if bucket is None:
                bucket = self._chats[chat_id] = self._new_bucket(chat_id, at)
            bucket.add(at)

    def slow_down(self, chat_id: ChatId, seconds: float, *, now: float) -> None:
        """Obey a 429: this chat waits; three chats within five seconds pause everything."""
        until = now + seconds
        self._paused[chat_id] = max(self._paused.get(chat_id, until), until)
        recent = [(at, chat) for at, chat in self._recent_slow_downs if now - at <= 5.0]
        recent.append((now, chat_id))
        self._recent_slow_downs = recent
        if len({chat for _, chat in recent}) >= 3:
            self._all_paused_until = max(self._all_paused_until, until)

    def _new_bucket(self, chat_id: ChatId, now: float) -> Bucket:
        rate, burst = self._limits.of_chat(chat_id)
        return Bucket(rate, burst, 0.0, now)

    def _sweep(self, now: float) -> None:
        """Forget chats that are idle, so that memory does not grow with the readers."""
        if now - self._swept_at < 10.0:
            return
        self._swept_at = now
        self._chats = {c: b for c, b in self._chats.items() if b.wait(now, b.size) > 0.0}
        self._paused = {c: until for c, until in self._paused.items() if until > now}
