"""Single values worth remembering, such as the offset of the last update."""

from __future__ import annotations

import sqlalchemy as sa

from bot.store.database import Database
from bot.store.schema import meta


class Meta:
    """Named text values."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def get(self, key: str) -> str | None:
        """Give a value; None when it was never set."""
        async with self._db.reading() as connection:
            query = sa.select(meta.c.value).where(meta.c.key == key)
            found: str | None = await connection.scalar(query)
        return found

    async def set(self, key: str, value: str) -> None:
        """Set a value, instead of an earlier one."""
        async with self._db.writing() as connection:
            insert = self._db.insert(meta).values(key=key, value=value)
            await connection.execute(
                insert.on_conflict_do_update(
                    index_elements=["key"], set_={"value": insert.excluded.value}
                )
            )
