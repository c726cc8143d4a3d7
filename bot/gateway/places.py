"""Which chats were offered to whom a moment ago: who taps again costs no further look-ups."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.domain.subscription import UserId
from bot.rendering.settings import Named

KEPT = timedelta(minutes=1)
MOST = 1000


class KnownPlaces:
    """Nothing here outlives the program or gives a right: each tap on a chat is asked about."""

    def __init__(self) -> None:
        self._known: dict[UserId, tuple[datetime, tuple[Named, ...]]] = {}

    def of(self, person: UserId, now: datetime) -> tuple[Named, ...] | None:
        """Give what somebody was offered; None when it was too long ago."""
        at, places = self._known.get(person, (now, None))
        return places if places is not None and abs(now - at) < KEPT else None

    def keep(self, person: UserId, places: tuple[Named, ...], now: datetime) -> None:
        """Remember what somebody is offered."""
        self._known.pop(person, None)
        while len(self._known) >= MOST:
            del self._known[next(iter(self._known))]
        self._known[person] = (now, places)
