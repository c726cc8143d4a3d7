"""What people were asked to write: remembered for a while, by chat and person or by the panel."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.panel import Ask
from bot.publishing.preferences import Place

PATIENCE = timedelta(minutes=10)
"""After that, written words are a question again."""
MOST = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Awaited:
    """A page of the settings panel waits for words; the panel is this message."""

    ask: Ask
    message_id: int
    at: datetime
    is_last: bool = False
    """One answer did not fit already: after another one, words are questions again."""


class AwaitedWords:
    """Nothing here outlives the program: who is asked after a restart taps again.

    In private the person's next words are awaited; where several people write, an answer to the
    panel, whoever gives it (administrators may be anonymous). Rights are asked for later.
    """

    def __init__(self) -> None:
        self._awaited: dict[tuple[int, int], Awaited] = {}

    def ask(self, place: Place, awaited: Awaited) -> None:
        """Wait for words."""
        key = _key(place, awaited.message_id)
        self._awaited.pop(key, None)
        while len(self._awaited) >= MOST:
            del self._awaited[next(iter(self._awaited))]
        self._awaited[key] = awaited

    def get(self, place: Place, replied: int | None, now: datetime) -> Awaited | None:
        """Give what is awaited; `replied`: the message that the words answer, if any.

        None when nothing was asked for, or too long ago.
        """
        awaited = self._awaited.get(_key(place, replied))
        if awaited is None or abs(now - awaited.at) > PATIENCE:
            return None
        return awaited

    def leave(self, place: Place, message_id: int) -> None:
        """Wait no more for what a panel asked for."""
        self._awaited.pop(_key(place, message_id), None)


def _key(place: Place, message_id: int | None) -> tuple[int, int]:
    """A private chat has one person."""
    return (place.chat_id, (message_id or -1) if place.is_shared else 0)
