"""Timetables: which hours chats keep, up to when their slots were looked at, when to look again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.columns import EPOCH
from bot.store.database import Database, Row, in_parts
from bot.store.schema import subscriptions, timetables

STANDING = ""
"""The key of the publication's own hours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimetableRow:
    """Hours that chats keep (`hours_key`), and the schedule that they are (None: not known yet).

    Slots up to `looked_at` were found; the next can start at `next_at`.
    """

    hours_key: str
    slot_key: str | None
    looked_at: datetime
    next_at: datetime


class Timetables:
    """A row for all chats with alike hours; to find what is due costs no look at the chats."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def ensure(self, hours_key: str, now: datetime) -> None:
        """Keep a row for these hours from now on; one that is there stays as it is."""
        async with self._db.reading() as connection:
            if await connection.scalar(sa.select(_is(hours_key))):
                return
        async with self._db.writing() as connection:
            await keep(connection, self._db, hours_key, since=now)

    async def looked_at(self, hours_key: str) -> datetime | None:
        """Say up to when the slots of these hours were looked at; None when nobody keeps them."""
        query = sa.select(timetables.c.looked_at).where(timetables.c.hours_key == hours_key)
        async with self._db.reading() as connection:
            moment: datetime | None = await connection.scalar(query)
        return moment

    async def due(self, now: datetime) -> tuple[TimetableRow, ...]:
        """Give those whose next slot can start, or that are new, in the order of their keys."""
        query = _select().where(timetables.c.next_at <= now).order_by(timetables.c.hours_key)
        return await self._rows(query)

    async def all(self) -> tuple[TimetableRow, ...]:
        """Give all of them, in the order of their keys."""
        return await self._rows(_select().order_by(timetables.c.hours_key))

    async def of_slot(self, slot_key: str) -> tuple[str, ...]:
        """Give the keys of the hours that are this schedule."""
        query = sa.select(timetables.c.hours_key).where(timetables.c.slot_key == slot_key)
        async with self._db.reading() as connection:
            return tuple(await connection.scalars(query.order_by(timetables.c.hours_key)))

    async def next_at(self) -> datetime | None:
        """Give the earliest moment at which anything can start; None when there are no hours."""
        async with self._db.reading() as connection:
            moment: datetime | None = await connection.scalar(
                sa.select(sa.func.min(timetables.c.next_at))
            )
        return moment

    async def save(self, rows: Sequence[TimetableRow]) -> None:
        """Replace what is known of these hours; rows that have gone stay gone."""
        change = (
            sa.update(timetables)
            .where(timetables.c.hours_key == sa.bindparam("key"))
            .values({name: sa.bindparam(name) for name in ("slot_key", "looked_at", "next_at")})
        )
        values = [
            {
                "key": row.hours_key,
                "slot_key": row.slot_key,
                "looked_at": row.looked_at,
                "next_at": row.next_at,
            }
            for row in rows
        ]
        if values:
            async with self._db.writing() as connection:
                await connection.execute(change, values)

    async def look_anew(self, now: datetime) -> None:
        """Let everything be looked at again, from `now` where a look lies ahead of it."""
        row = timetables.c
        async with self._db.writing() as connection:
            await connection.execute(sa.update(timetables).values(next_at=EPOCH))
            ahead = sa.update(timetables).where(row.looked_at > now)
            await connection.execute(ahead.values(looked_at=now))

    async def drop_unused(self, hours_keys: Iterable[str]) -> None:
        """Drop those of the hours that no subscription keeps, ended ones among them."""
        keys = [key for key in hours_keys if key != STANDING]
        if not keys:
            return
        is_used = sa.exists().where(subscriptions.c.schedule_key == timetables.c.hours_key)
        async with self._db.writing() as connection:
            for part in in_parts(keys):
                await connection.execute(
                    sa.delete(timetables).where(timetables.c.hours_key.in_(part), ~is_used)
                )

    async def _rows(self, query: sa.Select[Any]) -> tuple[TimetableRow, ...]:
        async with self._db.reading() as connection:
            return tuple(_from_row(row) for row in await connection.execute(query))


async def keep(
    connection: AsyncConnection, db: Database, hours_key: str, *, since: datetime
) -> None:
    """Keep a row for these hours inside another's transaction; one that is there stays."""
    insert = db.insert(timetables).values(hours_key=hours_key, looked_at=since, next_at=EPOCH)
    await connection.execute(insert.on_conflict_do_nothing())


def _is(hours_key: str) -> sa.Exists:
    return sa.exists().where(timetables.c.hours_key == hours_key)


def _select() -> sa.Select[Any]:
    row = timetables.c
    return sa.select(row.hours_key, row.slot_key, row.looked_at, row.next_at)


def _from_row(row: Row) -> TimetableRow:
    return TimetableRow(
        hours_key=row.hours_key,
        slot_key=row.slot_key,
        looked_at=row.looked_at,
        next_at=row.next_at,
    )
