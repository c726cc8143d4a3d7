"""How much one person may ask: up to a limit, then told once, then silence for a while."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum


class Verdict(Enum):
    """What becomes of something that a person asks."""

    ANSWER = "answer"
    TELL = "tell"
    """Too much: say so, this once."""
    SILENCE = "silence"


@dataclass(slots=True)
class _Asker:
    answered: deque[datetime] = field(default_factory=deque)
    rests_until: datetime | None = None
    asked_at: datetime | None = None


class Limit:
    """Lets each person have `count` answers in any `window`; who wants more rests for `rest`.

    What is asked during the rest neither counts nor prolongs it. For each person a clock that
    goes back is taken to stand still.
    """

    def __init__(
        self,
        *,
        count: int = 30,
        window: timedelta = timedelta(seconds=30),
        rest: timedelta = timedelta(seconds=30),
    ) -> None:
        self._count = count
        self._window = window
        self._rest = rest
        self._askers: dict[int, _Asker] = {}
        self._now: datetime | None = None
        self._swept_at: datetime | None = None

    def ask(self, person: int, now: datetime) -> Verdict:
        """Decide about one thing that a person asks at `now`: when it was said, not answered."""
        self._now = now if self._now is None else max(self._now, now)
        self._sweep(self._now)
        asker = self._askers.setdefault(person, _Asker())
        now = asker.asked_at = now if asker.asked_at is None else max(asker.asked_at, now)
        if asker.rests_until is not None:
            if now < asker.rests_until:
                return Verdict.SILENCE
            asker.rests_until = None
        while asker.answered and now - asker.answered[0] >= self._window:
            asker.answered.popleft()
        if len(asker.answered) < self._count:
            asker.answered.append(now)
            return Verdict.ANSWER
        asker.rests_until = now + self._rest
        return Verdict.TELL

    def rest_of(self, person: int, now: datetime) -> timedelta:
        """Say for how long a person gets no answer yet."""
        asker = self._askers.get(person)
        if asker is None or asker.rests_until is None:
            return timedelta(0)
        return max(asker.rests_until - now, timedelta(0))

    def __len__(self) -> int:
        """Count the people who are remembered."""
        return len(self._askers)

    def _sweep(self, now: datetime) -> None:
        """Forget who has been quiet, so that memory does not grow with the readers."""
        if self._swept_at is not None and now - self._swept_at < self._window:
            return
        self._swept_at = now
        self._askers = {
            person: asker for person, asker in self._askers.items() if not self._is_idle(asker, now)
        }

    def _is_idle(self, asker: _Asker, now: datetime) -> bool:
        if asker.rests_until is not None and now < asker.rests_until:
            return False
        return not asker.answered or now - asker.answered[-1] >= self._window
