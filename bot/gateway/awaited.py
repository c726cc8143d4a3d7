"""What people were asked to write: remembered for a while, by the chat and the person."""

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


class AwaitedWords:
    """Nothing here outlives the program: who is asked after a restart taps again."""

    def __init__(self) -> None:
        self._awaited: dict[tuple[int, int, int], Awaited] = {}

    def ask(self, place: Place, person: int, awaited: Awaited) -> None:
        """Wait for what somebody writes next in a chat."""
        key = (place.chat_id, place.thread_id, person)
        self._awaited.pop(key, None)
        while len(self._awaited) >= MOST:
            del self._awaited[next(iter(self._awaited))]
        self._awaited[key] = awaited

    def get(self, place: Place, person: int, now: datetime) -> Awaited | None:
        """Give what somebody was asked for in a chat; None when that is too long ago."""
        awaited = self._awaited.get((place.chat_id, place.thread_id, person))
        if awaited is None or abs(now - awaited.at) > PATIENCE:
            return None
        return awaited

    def leave(self, place: Place, person: int) -> None:
        """Wait no more."""
        self._awaited.pop((place.chat_id, place.thread_id, person), None)
