"""The ids that Telegram gave to uploaded pictures: each serves every later chat and restart."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from bot.store.database import Database
from bot.store.schema import file_ids


class FileIds:
    """File ids of one bot; another bot's ids mean nothing to it."""

    def __init__(self, db: Database, *, bot_id: int) -> None:
        self._db = db
        self._bot_id = bot_id

    async def get(self, picture: str) -> str | None:
        """Give the file id of a picture; None when it was never uploaded."""
        query = sa.select(file_ids.c.file_id).where(self._is(picture))
        async with self._db.reading() as connection:
            found: str | None = await connection.scalar(query)
        return found

    async def put(self, picture: str, file_id: str, *, now: datetime) -> None:
        """Remember the file id of a picture, instead of an older one."""
        async with self._db.writing() as connection:
            insert = self._db.insert(file_ids).values(
                bot_id=self._bot_id, picture=picture, file_id=file_id, used_at=now
            )
            newer = {name: insert.excluded[name] for name in ("file_id", "used_at")}
            await connection.execute(
                insert.on_conflict_do_update(index_elements=["bot_id", "picture"], set_=newer)
            )

    async def forget(self, picture: str) -> None:
        """Drop a file id that Telegram does not take any more."""
        async with self._db.writing() as connection:
            await connection.execute(sa.delete(file_ids).where(self._is(picture)))

    def _is(self, picture: str) -> sa.ColumnElement[bool]:
        return (file_ids.c.bot_id == self._bot_id) & (file_ids.c.picture == picture)
