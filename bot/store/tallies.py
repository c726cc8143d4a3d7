"""How much was asked in a day, in numbers alone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from bot.store.database import Database
from bot.store.schema import tallies


class Tallies:
    """Counts by day (of UTC) and kind of what people do."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def add(self, counts: Mapping[str, int], now: datetime) -> None:
        """Add to today's counts."""
        insert = self._db.insert(tallies)
        more = insert.on_conflict_do_update(
            index_elements=["day", "what"],
            set_={"number": tallies.c.number + insert.excluded.number},
        )
        day = f"{now.astimezone(UTC):%Y-%m-%d}"
        rows = [{"day": day, "what": what, "number": n} for what, n in sorted(counts.items())]
        async with self._db.writing() as connection:
            await connection.execute(more, rows)
