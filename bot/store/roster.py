"""All subscriptions, out and in, in parts: a million of them cost no memory."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.roster import Known, RosterRow, Verdict, comparable, verdict
from bot.domain.subscription import Chat, ChatId, ChatKind, ChatState, Subscription
from bot.store.database import Database, Row, in_parts
from bot.store.schema import chats, subscriptions
from bot.store.timetables import keep
from bot.store.wishes import from_row, select, wishes

AT_ONCE = 1000
"""Rows of one transaction: a running bot waits for it some ten milliseconds at most."""

Place = tuple[int, int]
Stored = tuple[Known, Subscription | None]


class Roster:
    """Every subscription, with its chat."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def count(self) -> int:
        """Count the subscriptions, ended ones and mere wishes among them."""
        async with self._db.reading() as connection:
            query = sa.select(sa.func.count()).select_from(subscriptions)
            return await connection.scalar(query) or 0

    async def rows(self) -> AsyncIterator[Sequence[RosterRow]]:
        """Give all rows as they are at one moment, in parts, by chat and thread."""
        query = (
            select()
            .add_columns(
                *(chats.c.title, chats.c.username, chats.c.state, subscriptions.c.ended_at)
            )
            .order_by(subscriptions.c.chat_id, subscriptions.c.thread_id)
        )
        async with self._db.reading() as connection:
            async for part in (await connection.stream(query)).partitions(AT_ONCE):
                yield [_row(row) for row in part]

    async def take(
        self,
        rows: Sequence[RosterRow],
        *,
        now: datetime,
        is_updating: bool = False,
        is_dry: bool = False,
    ) -> list[Verdict]:
        """Take rows of a file, in one transaction; gives what became of each, in order.

        `is_dry`: only say what would become of them.
        """
        if is_dry:
            async with self._db.reading() as connection:
                return _judged(rows, await _known(connection, rows), is_updating=is_updating)
        async with self._db.writing() as connection:
            known = await _known(connection, rows)
            verdicts = _judged(rows, dict(known), is_updating=is_updating)
            judged = list(zip(rows, verdicts, strict=True))
            added = [row for row, what in judged if what is Verdict.ADDED]
            places = {_place(row): known.get(_place(row), (Known.NOTHING, None)) for row in added}
            new = [row for row in added if places[_place(row)][0] is Known.NOTHING]
            begun = [row for row in added if places[_place(row)][0] is Known.WISHES]
            await self._insert(connection, new, now)
            await self._begin(connection, begun, now)
            updated = [row for row, what in judged if what is Verdict.UPDATED]
            await self._replace(connection, updated)
            await self._keep_hours(connection, (*added, *updated), now)
            return verdicts

    async def _insert(
        self, connection: AsyncConnection, rows: Sequence[RosterRow], now: datetime
    ) -> None:
        if not rows:
            return
        seen = {row.chat.id: _chat_values(row.chat, now) for row in rows}
        await connection.execute(
            self._db.insert(chats).on_conflict_do_nothing(), list(seen.values())
        )
        await connection.execute(
            sa.insert(subscriptions), [_subscription_values(row, now) for row in rows]
        )

    async def _begin(
        self, connection: AsyncConnection, rows: Sequence[RosterRow], now: datetime
    ) -> None:
        """Begin the digest of those who have wishes here already: these stay."""
        for row in rows:
            await connection.execute(
                sa.update(subscriptions)
                .where(_is(row))
                .values(is_active=True, created_at=row.subscription.created_at or now)
            )

    async def _replace(self, connection: AsyncConnection, rows: Sequence[RosterRow]) -> None:
        for row in rows:
            values = wishes(row.subscription)
            await connection.execute(sa.update(subscriptions).where(_is(row)).values(**values))

    async def _keep_hours(
        self, connection: AsyncConnection, rows: Sequence[RosterRow], now: datetime
    ) -> None:
        """Have the slots of their hours looked for, from now on: what is past is not sent."""
        for key in sorted({row.subscription.hours.key for row in rows}):
            await keep(connection, self._db, key, since=now)


def _judged(
    rows: Sequence[RosterRow], known: dict[Place, Stored], *, is_updating: bool
) -> list[Verdict]:
    """Decide about rows one after the other: the same place twice is known the second time."""
    verdicts: list[Verdict] = []
    for row in rows:
        what, stored = known.get(_place(row), (Known.NOTHING, None))
        wanted = comparable(row.subscription)
        is_same = stored is not None and comparable(stored) == wanted
        decided = verdict(row, what, is_same=is_same, is_updating=is_updating)
        verdicts.append(decided)
        if decided is Verdict.ADDED:
            active = row.subscription.is_active
            state = Known.SUBSCRIBED if active else _inactive(row.ended_at)
            known[_place(row)] = (state, stored or row.subscription)
        elif decided is Verdict.UPDATED:
            known[_place(row)] = (what, row.subscription)
    return verdicts


async def _known(connection: AsyncConnection, rows: Sequence[RosterRow]) -> dict[Place, Stored]:
    """Give what is stored about the places of these rows."""
    found: dict[Place, Stored] = {}
    threads: dict[int, set[int]] = {}
    for row in rows:
        threads.setdefault(row.chat.id, set()).add(row.subscription.thread_id)
    for part in in_parts(sorted(threads)):
        forgotten = sa.select(chats.c.id).where(
            chats.c.id.in_(part), chats.c.forgotten_at.is_not(None)
        )
        for chat_id in await connection.scalars(forgotten):
            found |= {(chat_id, one): (Known.FORGOTTEN, None) for one in threads[chat_id]}
        query = select().add_columns(subscriptions.c.ended_at)
        for stored in await connection.execute(query.where(subscriptions.c.chat_id.in_(part))):
            place = (stored.chat_id, stored.thread_id)
            if place not in found:
                state = Known.SUBSCRIBED if stored.is_active else _inactive(stored.ended_at)
                found[place] = (state, from_row(stored))
    return found


def _inactive(ended_at: datetime | None) -> Known:
    return Known.WISHES if ended_at is None else Known.ENDED


def _place(row: RosterRow) -> Place:
    return row.chat.id, row.subscription.thread_id


def _is(row: RosterRow) -> sa.ColumnElement[bool]:
    chat_id, thread_id = _place(row)
    return (subscriptions.c.chat_id == chat_id) & (subscriptions.c.thread_id == thread_id)


def _row(row: Row) -> RosterRow:
    return RosterRow(
        chat=Chat(
            id=ChatId(row.chat_id),
            kind=ChatKind(row.kind),
            title=row.title,
            username=row.username,
            state=ChatState(row.state),
            language=row.spoken,
        ),
        subscription=from_row(row),
        ended_at=row.ended_at,
    )


def _chat_values(chat: Chat, now: datetime) -> dict[str, Any]:
    return {
        "id": chat.id,
        "kind": chat.kind.value,
        "title": chat.title,
        "username": chat.username,
        "language": chat.language,
        "state": chat.state.value,
        "state_at": now,
        "created_at": now,
    }


def _subscription_values(row: RosterRow, now: datetime) -> dict[str, Any]:
    subscription = row.subscription
    return {
        "chat_id": subscription.chat_id,
        "thread_id": subscription.thread_id,
        "is_active": subscription.is_active,
        "created_at": subscription.created_at or now,
        "ended_at": row.ended_at,
        **wishes(subscription),
    }
