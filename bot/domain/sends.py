"""A send: the digests of one slot or one post on their way, as operators see and steer them.

```
running ⇄ paused        running | paused ──▶ cancelled
running | paused ──every delivery is final──▶ done
```
A send that is done runs again when an operator has uncertain messages sent once more.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import NewType

from bot.domain.delivery import DigestId, Outcome, Settlement, State
from bot.domain.digest import DigestKind
from bot.domain.subscription import ChatId
from bot.errors import ChatGone

SendId = NewType("SendId", int)
"""The id of a send is that of its first digest."""

RATE_SPAN = timedelta(seconds=20)
"""The rate is that of so long; a single pause that Telegram asks for does not make it jump."""
FEWEST_CALLS = 5
"""Fewer calls tell no rate: then the pace that is allowed stands for it."""

BURST_SPAN = timedelta(minutes=5)
BURST_CALLS = 40
BURST_CHATS = 10
BURST_SHARE = 0.5
"""An error burst: of the last BURST_CALLS calls within BURST_SPAN at least this share failed, in
BURST_CHATS different chats or more. Half of them is far above what single chats ever do."""


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NOT_FOUND = "chat not found"
_MICROSECOND = timedelta(microseconds=1)
_NUMBERS = re.compile(r"([0-9]{1,18})\.([0-9]{1,17})\.([0-9]{1,9})")


class SendState(Enum):
    """How far a send is, and whether somebody holds it."""

    RUNNING = "running"
    PAUSED = "paused"
    CANCELLED = "cancelled"
    DONE = "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class Send:
    """A send with its counts; states of deliveries without any are left out."""

    id: SendId
    kind: DigestKind
    state: SendState
    title: str
    """The headline of its first story."""
    due_at: datetime | None
    """The slot's moment, or the time before which it must not start."""
    started_at: datetime
    changed_at: datetime
    """When it was last paused, resumed, cancelled or begun: what a button is bound to."""
    done_at: datetime | None = None
    alarm: str | None = None
    """Why it paused by itself."""
    counts: Mapping[State, int] = field(default_factory=dict)
    to_come: int = 0
    """Deliveries that are still being stored."""
    recent: int = 0
    """Calls that were begun within RATE_SPAN."""
    undecided: int = 0
    """Uncertain messages that an operator is asked about."""
    undecided_until: datetime | None = None
    """When the newest of them became so."""

    @property
    def total(self) -> int:
        """Count the deliveries, resends and those to come among them."""
        return sum(self.counts.values()) + self.to_come

    @property
    def open(self) -> int:
        """Count the deliveries that are not final."""
        stored = sum(count for state, count in self.counts.items() if not state.is_final)
        return stored + self.to_come

    @property
    def settled(self) -> int:
        """Count the deliveries that are final."""
        return self.total - self.open

    @property
    def is_through(self) -> bool:
        """Whether nothing more will be sent unless somebody decides so."""
        return self.done_at is not None

    def rate(self, now: datetime) -> float | None:
        """Give the calls a second of the last moments; None when there were too few to tell."""
        begun = max(self.started_at, self.changed_at, min(self.due_at or self.started_at, now))
        span = min(RATE_SPAN, now - begun)
        if self.recent < FEWEST_CALLS or span < timedelta(seconds=1):
            return None
        return self.recent / span.total_seconds()

    def time_left(self, now: datetime, *, per_second: float) -> timedelta | None:
        """Estimate how long it takes until the last reader has it; None unless it is running.

        `per_second` is the pace that is allowed, for as long as no rate is known.
        """
        if self.is_through or self.state is not SendState.RUNNING:
            return None
        waits = max((self.due_at or now) - now, timedelta(0))
        return waits + timedelta(seconds=self.open / (self.rate(now) or per_second))


def is_alarming(settlement: Settlement, outcome: Outcome) -> bool:
    """Whether the end of a call speaks for a mistake of ours or of the server, not of one chat.

    A chat that blocked us is its own affair; that many cannot be found means a wrong token or a
    wrong database (Bot API: `chat not found` also says "never met"). What is tried again by
    itself is no reason to hold everything, and a token that is refused stops everything anyway.
    """
    match outcome:
        case ChatGone():
            return _NOT_FOUND in str(outcome).lower()
        case _:
            return settlement.delivery.state in (State.REFUSED, State.UNCERTAIN)


@dataclass(frozen=True, slots=True)
class _Call:
    at: datetime
    chat_id: ChatId
    is_bad: bool
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Burst:
    """An error burst of one send: how many of the last calls failed, and with which words."""

    failures: int
    calls: int
    words: str
    """What was said most often."""
    lost: frozenset[ChatId] = field(repr=False)
    """Chats that could not be found: as many at once it was not the chats' doing."""

    @property
    def reason(self) -> str:
        """Say it in one line."""
        return f"{self.failures} of the last {self.calls} calls failed: {self.words}"


class Bursts:
    """Looks at the ends of calls and tells when a send had better stop. Arithmetic only."""

    def __init__(self) -> None:
        self._calls: dict[SendId, deque[_Call]] = {}

    def saw(
        self, send: SendId, settlement: Settlement, outcome: Outcome, *, now: datetime
    ) -> Burst | None:
        """Take the end of a call; give the burst that it completes, once."""
        if not settlement.delivery.state.is_final:
            return None  # it comes again
        calls = self._calls.setdefault(send, deque(maxlen=BURST_CALLS))
        is_bad = is_alarming(settlement, outcome)
        chat_id = settlement.delivery.chat_id
        calls.append(_Call(now, chat_id, is_bad, str(outcome) if is_bad else ""))
        if not is_bad:
            return None
        while now - calls[0].at > BURST_SPAN:
            calls.popleft()
        bad = [call for call in calls if call.is_bad]
        chats = frozenset(call.chat_id for call in bad)
        if len(chats) < BURST_CHATS or len(bad) < BURST_SHARE * len(calls):
            return None
        burst = Burst(
            failures=len(bad),
            calls=len(calls),
            words=max((call.words for call in bad), key=[call.words for call in bad].count),
            lost=frozenset(call.chat_id for call in bad if _NOT_FOUND in call.words.lower()),
        )
        del self._calls[send]  # whoever resumes it starts with a clean slate
        return burst

    def forget(self, send: SendId) -> None:
        """Drop what is known of a send that has ended."""
        self._calls.pop(send, None)


class Step(Enum):
    """What a button of the operators' panels asks for."""

    LIST = "l"
    SHOW = "o"
    PAUSE = "p"
    RESUME = "r"
    CANCEL = "c"
    """Ask whether it is meant."""
    REALLY = "x"
    """Cancel."""
    AGAIN = "a"
    """Send the undecided messages once more."""
    LEAVE = "v"
    """Leave them as they are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A step and what its maker saw: a tap on anything older must do nothing.

    `as_of` is the `changed_at` of the send, for decisions the moment of the newest undecided
    message; `count` is how many those were.
    """

    step: Step
    send: SendId = SendId(0)
    as_of: datetime = _EPOCH
    count: int = 0

    def encoded(self) -> tuple[str, ...]:
        """Write it as the arguments of a button."""
        if self.step is Step.LIST:
            return (self.step.value,)
        numbers = (self.send, (self.as_of - _EPOCH) // _MICROSECOND, self.count)
        return (self.step.value, ".".join(map(str, numbers)))


def wish_of(arguments: Sequence[str]) -> Wish | None:
    """Read the arguments of a button; None when we never wrote them so."""
    try:
        step = Step(arguments[0]) if arguments else None
    except ValueError:
        return None
    if step is Step.LIST and len(arguments) == 1:
        return Wish(step=step)
    numbers = _NUMBERS.fullmatch(arguments[1]) if len(arguments) == 2 else None
    if step is None or step is Step.LIST or numbers is None:
        return None
    send, as_of, count = map(int, numbers.groups())
    return Wish(step=step, send=SendId(send), as_of=_EPOCH + as_of * _MICROSECOND, count=count)


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """An uncertain delivery, as operators are shown it."""

    digest_id: DigestId
    chat_id: ChatId
    chat: str
    """The chat's @name or title; its number when neither is known."""
    since: datetime
    reason: str
    is_undecided: bool
