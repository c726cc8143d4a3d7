"""What people were asked to write: remembered for a while, by chat and person or by the panel."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from bot.domain.callback import decoded
from bot.domain.panel import Ask, asked
from bot.domain.subscription import ChatId
from bot.errors import StoreError
from bot.publishing.preferences import Place
from bot.store.awaited import AwaitedRow, AwaitedRows

logger = logging.getLogger(__name__)

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
    """What somebody was asked for is stored and outlives the program; pages that only stand in a
    chat do not.

    In private the person's next words are awaited; where several people write, an answer to the
    panel, whoever gives it (administrators may be anonymous). Rights are asked for later. A
    database in trouble costs the memory over a restart, and nothing else.
    """

    def __init__(self, rows: AwaitedRows) -> None:
        self._rows = rows
        self._is_loaded = False
        self._loading = asyncio.Lock()
        self._awaited: dict[tuple[ChatId, int], Awaited] = {}
        self._shown: dict[ChatId, Awaited] = {}

    async def ask(self, place: Place, awaited: Awaited) -> None:
        """Wait for words."""
        await self._load(awaited.at)
        key = _key(place, awaited.message_id)
        _keep(self._awaited, key, awaited)
        row = AwaitedRow(
            chat_id=key[0],
            panel_id=key[1],
            message_id=awaited.message_id,
            ask=awaited.ask.callback.encoded(),
            is_last=awaited.is_last,
            at=awaited.at,
        )
        try:
            await self._rows.put(row)
        except StoreError:
            logger.warning("awaited words not stored", extra={"chat": place.chat_id})

    def show(self, place: Place, page: Awaited) -> None:
        """Remember the page that a private chat looks at."""
        if not place.is_shared:
            _keep(self._shown, place.chat_id, page)

    def shown(self, place: Place, now: datetime) -> Awaited | None:
        """Give the page that a private chat looks at; None when it has for too long."""
        page = None if place.is_shared else self._shown.get(place.chat_id)
        return None if page is None or abs(now - page.at) > PATIENCE else page

    async def get(self, place: Place, replied: int | None, now: datetime) -> Awaited | None:
        """Give what is awaited; `replied`: the message that the words answer, if any.

        None when nothing was asked for, or too long ago.
        """
        await self._load(now)
        awaited = self._awaited.get(_key(place, replied))
        if awaited is None or abs(now - awaited.at) > PATIENCE:
            return None
        return awaited

    async def leave(self, place: Place, message_id: int, now: datetime) -> None:
        """Wait no more for what a panel asked for."""
        await self._load(now)
        key = _key(place, message_id)
        if self._awaited.pop(key, None) is None:
            return
        try:
            await self._rows.drop(*key)
        except StoreError:
            logger.warning("awaited words not dropped", extra={"chat": place.chat_id})

    async def _load(self, now: datetime) -> None:
        """Read once what was asked for before the program began."""
        async with self._loading:
            if self._is_loaded:
                return
            try:
                rows = await self._rows.since(now - PATIENCE)
            except StoreError:
                logger.warning("awaited words not read")
                return
            self._is_loaded = True
        for row in rows[-MOST:]:
            ask = asked(callback) if (callback := decoded(row.ask, parts=2)) else None
            if ask is not None:
                self._awaited[row.chat_id, row.panel_id] = Awaited(
                    ask=ask, message_id=row.message_id, at=row.at, is_last=row.is_last
                )


def _keep(kept: dict[Key, Awaited], key: Key, awaited: Awaited) -> None:
    kept.pop(key, None)
    while len(kept) >= MOST:
        del kept[next(iter(kept))]
    kept[key] = awaited


def _key(place: Place, message_id: int | None) -> tuple[ChatId, int]:
    """A private chat has one person."""
    return (place.chat_id, (message_id or -1) if place.is_shared else 0)
