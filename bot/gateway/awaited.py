"""What people were asked to write: remembered for a while, by chat and person or by the panel."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from bot.domain.panel import Ask
from bot.domain.subscription import ChatId
from bot.publishing.preferences import Place

Key = TypeVar("Key")

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
    is_asked: bool = True
    """Somebody tapped to write. False: the page only stands there, and takes plain values."""


class AwaitedWords:
    """Nothing here outlives the program: who is asked after a restart taps again.

    In private the person's next words are awaited; where several people write, an answer to the
    panel, whoever gives it (administrators may be anonymous). Rights are asked for later.
    """

    def __init__(self) -> None:
        self._awaited: dict[tuple[int, int], Awaited] = {}
        self._shown: dict[ChatId, Awaited] = {}

    def ask(self, place: Place, awaited: Awaited) -> None:
        """Wait for words."""
        _keep(self._awaited, _key(place, awaited.message_id), awaited)

    def show(self, place: Place, page: Awaited) -> None:
        """Remember the page that a private chat looks at."""
        if not place.is_shared:
            _keep(self._shown, place.chat_id, page)

    def shown(self, place: Place, now: datetime) -> Awaited | None:
        """Give the page that a private chat looks at; None when it has for too long."""
        page = None if place.is_shared else self._shown.get(place.chat_id)
        return None if page is None or abs(now - page.at) > PATIENCE else page

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


def _keep(kept: dict[Key, Awaited], key: Key, awaited: Awaited) -> None:
    kept.pop(key, None)
    while len(kept) >= MOST:
        del kept[next(iter(kept))]
    kept[key] = awaited


def _key(place: Place, message_id: int | None) -> tuple[int, int]:
    """A private chat has one person."""
    return (place.chat_id, (message_id or -1) if place.is_shared else 0)
