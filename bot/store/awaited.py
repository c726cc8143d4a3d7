"""Pages of the settings panel that wait for something to be written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.domain.subscription import ChatId
from bot.store.database import Database
from bot.store.schema import awaited

KEPT = timedelta(hours=1)
"""Rows are asked for within minutes; older ones are dropped with the next one that comes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AwaitedRow:
    """A page that waits; `panel_id` is 0 where one person writes, else the panel to be answered.

    `ask` is the callback data that says which page; `is_last`: one answer did not fit already.
    """

    chat_id: ChatId
    panel_id: int
    message_id: int
    ask: str
    is_last: bool
    at: datetime


class AwaitedRows:
    """One for each private chat, one for each panel elsewhere."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def since(self, at: datetime) -> list[AwaitedRow]:
        """Give what was asked for at or after a moment, in that order."""
        row = awaited.c
        query = sa.select(
            row.chat_id, row.panel_id, row.message_id, row.ask, row.is_last, row.at
        ).where(row.at >= at)
        async with self._db.reading() as connection:
            found = await connection.execute(query.order_by(row.at, row.chat_id, row.panel_id))
            return [AwaitedRow(**one._mapping) for one in found]

    async def put(self, row: AwaitedRow) -> None:
        """Wait for words, instead of what was waited for there."""
        values = {
            "message_id": row.message_id,
            "ask": row.ask,
            "is_last": row.is_last,
            "at": row.at,
        }
        insert = self._db.insert(awaited).values(
            chat_id=row.chat_id, panel_id=row.panel_id, **values
        )
        async with self._db.writing() as connection:
            await connection.execute(sa.delete(awaited).where(awaited.c.at < row.at - KEPT))
            await connection.execute(
                insert.on_conflict_do_update(index_elements=["chat_id", "panel_id"], set_=values)
            )

    async def drop(self, chat_id: ChatId, panel_id: int) -> None:
        """Wait no more."""
        theirs = (awaited.c.chat_id == chat_id, awaited.c.panel_id == panel_id)
        async with self._db.writing() as connection:
            await connection.execute(sa.delete(awaited).where(*theirs))
