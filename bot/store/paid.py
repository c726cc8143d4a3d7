"""What was paid for: messages beyond the free pace, counted per day of UTC."""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.database import Database
from bot.store.schema import paid_days


async def add_paid(db: Database, connection: AsyncConnection, now: datetime, count: int) -> None:
    """Count messages on their day; below 0: messages that were counted and did not cost."""
    insert = db.insert(paid_days).values(day=_day(now), messages=max(count, 0))
    total = paid_days.c.messages + count
    await connection.execute(
        insert.on_conflict_do_update(
            index_elements=["day"],
            # What is given back after midnight was counted on the day before.
            set_={"messages": sa.case((total < 0, 0), else_=total)},
        )
    )


async def paid_on(connection: AsyncConnection, now: datetime) -> int:
    """Give the count of the day."""
    query = sa.select(paid_days.c.messages).where(paid_days.c.day == _day(now))
    return await connection.scalar(query) or 0


def _day(now: datetime) -> str:
    return now.astimezone(UTC).date().isoformat()
