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
from bot.domain.throttle import Throttle


class Priority(IntEnum):
    """Who goes first; smaller is sooner."""

    ANSWER = 0
    OPERATOR = 1
    FLASH = 2
    DIGEST = 3


ROUNDING = 1e-6
"""Calls: whoever has waited as told may go, though a sum of fractions fell short by a hair."""
TOGETHER = 5.0
"""Seconds within which the waits that several chats are told have one cause: the whole bot."""
SLOWED_CHATS = 2
"""So many chats told to wait together: the server allows less than we believe."""
PAUSING_CHATS = 3
"""So many: nobody sends until the last of them may."""
GATHER_SECONDS = 0.1
GATHERED_CALLS = 4.0
"""Whoever sends to many asks for permits that often at most, or for so many at once: each asking
is a transaction, which costs more than the call that it is for. Both are far below the burst."""
NO_CHAT = ChatId(0)
"""Calls that put no message into a chat are counted for it: they take a place of the whole bot."""
FEW_CHATS = 256
"""Idle chats are forgotten when there are twice as many as after the last time, and these."""
STARS_A_MESSAGE = 0.1
"""Price of a message beyond the free pace (Bot API FAQ, paid broadcasts)."""


@dataclass(frozen=True, slots=True)
class Grant:
    """The answer to who asks for a permit: granted when there is nothing to wait for."""

    wait: float = 0.0
    """Seconds until it is worth asking again."""
    is_for_all: bool = False
    """Nobody else of this priority may go earlier."""
    is_paid: bool = False
    """Granted beyond the free pace: the call costs Stars."""


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

    def leak_at(self, rate: float, now: float) -> None:
        """Leak at another rate from now on."""
        self.level = self._level(now)
        self.at = now
        self.rate = rate

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
    paid_per_second: float = 0.0
    """Messages a second in all while Stars are paid for them; 0: they are not."""

    def of_chat(self, chat_id: ChatId) -> tuple[float, float]:
        """Give the rate per second and the burst of one chat; private ids are positive."""
        if chat_id > 0:
            return self.private_per_second, self.private_burst
        return (self.shared_per_minute - self.shared_burst) / 60, self.shared_burst


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """How long a send takes until the last message has left us, and what it costs at most."""

    duration: timedelta = timedelta(0)
    stars: float = 0.0


def estimate(
    messages: Mapping[ChatId, int], limits: Limits, *, payable: int | None = None
) -> Estimate:
    """Estimate a send of so many messages per chat; `payable`: how many may cost Stars (all).

    The slowest of all chats together and of the single chat with most to get decides.
    """
    if not messages:
        return Estimate()
    total = sum(messages.values())
    slowest = max(_chat_time(chat_id, count, limits) for chat_id, count in messages.items())
    queued = max(total - limits.burst + limits.reserve, 0.0)
    paid = 0.0
    if limits.paid_per_second > limits.per_second:
        quickest = max(queued / limits.paid_per_second, slowest)
        paid = max(queued - quickest * limits.per_second, 0.0)
        paid = paid if payable is None else min(paid, float(max(payable, 0)))
    overall = max((queued - paid) / limits.per_second, 0.0)
    return Estimate(
        duration=timedelta(seconds=max(overall, slowest)),
        stars=round(paid * STARS_A_MESSAGE, 1),
    )


def sending_time(messages: Mapping[ChatId, int], limits: Limits) -> timedelta:
    """Estimate how long it takes until the last of so many messages per chat has left us."""
    return estimate(messages, limits).duration


def _chat_time(chat_id: ChatId, count: int, limits: Limits) -> float:
    rate, burst = limits.of_chat(chat_id)
    return max(count - burst, 0.0) / rate


class Pace:
    """Grants permits; `now` is any clock in seconds that never goes back."""

    def __init__(self, limits: Limits, *, now: float) -> None:
        self._limits = limits
        self._overall = Bucket(limits.per_second, limits.burst, limits.burst, now)
        beyond = max(limits.paid_per_second - limits.per_second, 0.0)
        self._paid = Bucket(beyond, beyond / 10, beyond / 10, now) if beyond else None
        self._chats: dict[ChatId, Bucket] = {}
        self._paused: dict[ChatId, float] = {}
        self._all_paused_until = now
        self._recent_slow_downs: list[tuple[float, ChatId]] = []
        self._few = FEW_CHATS
        self.throttle = Throttle()

    def wait(self, chat_id: ChatId, *, now: float, priority: Priority, cost: int = 1) -> float:
        """Tell for how many seconds a call to this chat must wait; 0.0 means it may go now."""
        return max(
            self.chat_wait(chat_id, now=now, cost=cost),
            self.overall_wait(now=now, priority=priority),
        )

    def chat_wait(self, chat_id: ChatId, *, now: float, cost: int = 1) -> float:
        """Tell for how many seconds this chat's own limits hold a call."""
        chat = self._chats.get(chat_id)
        pause = self._paused.get(chat_id, now) - now
        return max(0.0, pause, chat.wait(now, min(cost, chat.size)) if chat else 0.0)

    def overall_wait(self, *, now: float, priority: Priority) -> float:
        """Tell for how many seconds any call of this priority must wait."""
        held_back = 0.0 if priority <= Priority.OPERATOR else self._limits.reserve
        self._ease(now)
        # Of an album only one place is asked for, or single messages would always pass it; all of
        # it is counted when it goes.
        return max(0.0, self._all_paused_until - now, self._overall.wait(now, 1 + held_back))

    def rate(self, *, now: float, is_paid: bool) -> float:
        """Tell how many calls a second may begin at present."""
        self._ease(now)
        return self._overall.rate + (self._paid.rate if is_paid and self._paid is not None else 0.0)

    def gathering(self, *, now: float, is_paid: bool) -> float:
        """Tell for how many seconds it pays to let permits gather, once there is none."""
        return min(GATHER_SECONDS, GATHERED_CALLS / self.rate(now=now, is_paid=is_paid))

    def paid_wait(self, *, now: float, cost: int = 1) -> float | None:
        """Tell for how many seconds a call that costs Stars must wait; None: none may."""
        if self._paid is None:
            return None
        return max(0.0, self._all_paused_until - now, self._paid.wait(now, cost))

    def take(self, chat_id: ChatId, *, now: float, cost: int = 1, is_paid: bool = False) -> None:
        """Note that a call to this chat goes out now."""
        overall = self._paid if is_paid and self._paid is not None else self._overall
        overall.add(now, cost)
        if chat_id == NO_CHAT:
            return
        bucket = self._chats.get(chat_id)
        if bucket is None:
            bucket = self._chats[chat_id] = self._new_bucket(chat_id, now)
        bucket.add(now, cost)
        if len(self._chats) > self._few:
            self._sweep(now)

    def prime(self, sends: Iterable[tuple[ChatId, float, int]]) -> None:
        """Remember calls from before a restart: chat, time on this clock and cost, oldest first."""
        for chat_id, at, cost in sends:
            bucket = self._chats.get(chat_id)
            if bucket is None:
                bucket = self._chats[chat_id] = self._new_bucket(chat_id, at)
            bucket.add(at, cost)

    def slow_down(self, chat_id: ChatId, seconds: float, *, now: float) -> None:
        """Obey a 429: this chat waits.

        Two chats within five seconds: the server allows less than we believe, and we go slower.
        Three: everything pauses.
        """
        until = now + seconds
        self._paused[chat_id] = max(self._paused.get(chat_id, until), until)
        recent = [(at, chat) for at, chat in self._recent_slow_downs if now - at <= TOGETHER]
        recent.append((now, chat_id))
        self._recent_slow_downs = recent
        chats = len({chat for _, chat in recent})
        if chats >= SLOWED_CHATS:
            self.throttle.lower(now)
        if chats >= PAUSING_CHATS:
            self._all_paused_until = max(self._all_paused_until, until)

    def pauses(self, now: float) -> tuple[float, dict[ChatId, float]]:
        """Give the seconds that everybody and that single chats still have to wait."""
        chats = {chat: until - now for chat, until in self._paused.items() if until > now}
        return max(self._all_paused_until - now, 0.0), chats

    def resume(self, everybody: float, chats: Mapping[ChatId, float], *, now: float) -> None:
        """Take over pauses from before a restart, as `pauses` gave them."""
        self._all_paused_until = max(self._all_paused_until, now + everybody)
        for chat_id, seconds in chats.items():
            self._paused[chat_id] = max(self._paused.get(chat_id, now), now + seconds)

    def _ease(self, now: float) -> None:
        """Leak as fast as the server has let through of late."""
        if self.throttle.is_open and self._overall.rate == self._limits.per_second:
            return
        rate = self._limits.per_second * self.throttle.share(now)
        if rate != self._overall.rate:
            self._overall.leak_at(rate, now)
            if self._paid is not None:
                paid = self._limits.paid_per_second - self._limits.per_second
                self._paid.leak_at(paid * self.throttle.share(now), now)

    def _new_bucket(self, chat_id: ChatId, now: float) -> Bucket:
        rate, burst = self._limits.of_chat(chat_id)
        return Bucket(rate, burst, 0.0, now)

    def _sweep(self, now: float) -> None:
        """Forget chats that are idle, so that memory does not grow with the readers."""
        self._chats = {c: b for c, b in self._chats.items() if b.wait(now, b.size) > 0.0}
        self._paused = {c: until for c, until in self._paused.items() if until > now}
        self._few = 2 * len(self._chats) + FEW_CHATS
