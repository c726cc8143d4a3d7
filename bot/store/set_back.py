"""What a clock that was ahead left in the deliveries, once it is set back."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from bot.store.database import Database
from bot.store.schema import PENDING, deliveries


class SetBack:
    """Mends the moments that deliveries wait for."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def release(self, now: datetime) -> int:
        """Let go at `now` what was made, and was due, in a future that did not come.

        What was given a moment by hand and has not been tried keeps it. Gives the number of rows.
        """
        row = deliveries.c
        was_due = (row.due_at <= row.created_at) | row.sending_at.is_not(None)
        async with self._db.writing() as connection:
            result = await connection.execute(
                sa.update(deliveries)
                .where(row.state == PENDING, row.due_at > now, row.created_at > now, was_due)
                .values(due_at=now)
            )
            return result.rowcount
