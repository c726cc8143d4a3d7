"""Words of queries that do not fit into a button: the button bears their id."""

from __future__ import annotations

import hashlib
from datetime import datetime

import sqlalchemy as sa

from bot.store.columns import storable
from bot.store.database import Database
from bot.store.schema import queries


class Queries:
    """Stored words; the same words have the same id."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def keep(self, words: str, *, now: datetime) -> str:
        """Store words and give their id: 16 of `[0-9a-f]`."""
        words = storable(words)
        query_id = hashlib.blake2b(words.encode(), digest_size=8).hexdigest()
        async with self._db.writing() as connection:
            insert = self._db.insert(queries).on_conflict_do_nothing()
            row = {"id": query_id, "words": words, "created_at": now}
            await connection.execute(insert, row)
        return query_id

    async def words(self, query_id: str) -> str | None:
        """Give the words of an id; None when we never gave it."""
        query = sa.select(queries.c.words).where(queries.c.id == storable(query_id))
        async with self._db.reading() as connection:
            found: str | None = await connection.scalar(query)
        return found
