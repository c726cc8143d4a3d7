"""Digests: what was chosen and written, stored once and sent as it stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.article import StoryKey
from bot.domain.delivery import DigestId, State
from bot.domain.digest import DigestKind
from bot.domain.message import DigestHash, Message
from bot.domain.pacing import Priority
from bot.domain.sends import SendId
from bot.domain.subscription import ChatId, UserId
from bot.store.alerts import mark_alerted
from bot.store.database import Database, Row
from bot.store.digest_rows import DigestState, NewDigest, Recipient, insert_digest, store_open
from bot.store.enqueue import enqueue, has_open_rows, racing_digests, stamp_posted, wait_in_line
from bot.store.message_rows import message_from_row
from bot.store.schema import OPEN, deliveries, digest_messages, digests
from bot.store.send_rows import add_to_send, begin_send, close_sends, own_priority


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredDigest:
    """A digest as it was stored; `items` have the form that `gazette preview --json` prints."""

    id: DigestId
    hash: DigestHash
    kind: DigestKind
    state: DigestState
    priority: Priority
    schedule_key: str | None
    due_at: datetime | None
    made_by: UserId | None
    approved_by: UserId | None
    created_at: datetime
    items: tuple[Mapping[str, Any], ...]
    messages: tuple[Message, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How many deliveries of a digest are in which state; states without any are left out."""

    digest_id: DigestId
    kind: DigestKind
    created_at: datetime
    counts: Mapping[State, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """Count the deliveries, resends among them."""
        return sum(self.counts.values())

    @property
    def open(self) -> int:
        """Count the deliveries that are not final."""
        return sum(count for state, count in self.counts.items() if not state.is_final)


class Digests:
    """Every digest that was prepared or sent."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def store(
        self,
        new: Sequence[NewDigest],
        *,
        now: datetime,
        alert: StoryKey | None = None,
    ) -> tuple[DigestId, ...]:
        """Store digests with all their deliveries in one transaction; those of slots: `SlotSends`.

        `alert`: the story that they are a flash or a follow-up of, which is marked with them.

        Stores nothing and gives () when that is marked already: another process, or this one
        before a restart, has stored its digests. Chats that must not be written to get no row.
        """
        known = [one.as_of for one in new if one.as_of is not None]
        async with self._db.writing() as connection:
            await wait_in_line(connection)
            racing = await racing_digests(connection, min(known)) if known else ()
            if alert is not None and not await mark_alerted(connection, alert, new[0].kind, now):
                return ()
            return await store_open(connection, new, racing=racing, now=now)

    async def prepare(self, new: NewDigest, *, now: datetime) -> DigestId:
        """Store a digest without deliveries, for a person to look at; its recipients are unused."""
        async with self._db.writing() as connection:
            return await insert_digest(connection, new, DigestState.PREPARED, now=now)

    async def approve(
        self,
        digest_id: DigestId,
        digest_hash: DigestHash,
        *,
        recipients: Sequence[Recipient],
        by: UserId,
        now: datetime,
        as_of: int | None = None,
        due_at: datetime | None = None,
    ) -> int:
        """Send a prepared digest as it stands; give the number of deliveries.

        `as_of` guards the recipients as `NewDigest.as_of` does; `due_at` None: now.

        0, and nothing happens, when it is not prepared any more (sent by another tap, cancelled),
        when the hash is another digest's, or when there is nobody to send it to.
        """
        async with self._db.writing() as connection:
            await wait_in_line(connection)
            racing = () if as_of is None else await racing_digests(connection, as_of)
            values = {"state": DigestState.OPEN.value, "approved_by": by, "due_at": due_at}
            row = await _take_prepared(connection, digest_id, digest_hash, values)
            if row is None:
                return 0
            count = await enqueue(
                connection,
                digest_id,
                recipients,
                priority=Priority(row.priority),
                due_at=row.due_at or now,
                now=now,
                racing=racing,
            )
            if count == 0:
                await connection.rollback()
                return 0
            items = row._mapping["items"]
            send_id = SendId(digest_id)
            await add_to_send(connection, send_id, (digest_id,))
            await begin_send(
                connection,
                send_id,
                kind=DigestKind(row.kind),
                title=str(items[0]["title"]) if items else "",
                priority=Priority(row.priority),
                due_at=row.due_at,
                now=now,
            )
            return count

    async def get(self, digest_id: DigestId) -> StoredDigest | None:
        """Give a digest; None when there is none with this id."""
        async with self._db.reading() as connection:
            return await _get(connection, digest_id)

    async def of_message(self, chat_id: ChatId, message_id: int) -> tuple[StoredDigest, int] | None:
        """Tell which digest stands in a message of a chat, and which position of it."""
        # A chat's history is short enough to look through; LIKE only spares reading the rest.
        query = (
            sa.select(deliveries.c.digest_id, deliveries.c.position, deliveries.c.message_ids)
            .where(
                deliveries.c.chat_id == chat_id,
                sa.type_coerce(deliveries.c.message_ids, sa.Text()).like(f"%{message_id}%"),
            )
            .order_by(deliveries.c.id.desc())
        )
        async with self._db.reading() as connection:
            for row in (await connection.execute(query)).all():
                if message_id in row.message_ids:
                    digest = await _get(connection, DigestId(row.digest_id))
                    return None if digest is None else (digest, row.position)
        return None

    async def progress(self, digest_id: DigestId) -> Progress | None:
        """Count a digest's deliveries per state; None when there is no such digest."""
        async with self._db.reading() as connection:
            found = await _progress(connection, digests.c.id == digest_id)
        return found[0] if found else None

    async def running(self) -> tuple[Progress, ...]:
        """Give the progress of every digest that is being sent, oldest first."""
        async with self._db.reading() as connection:
            return await _progress(connection, digests.c.state == OPEN)

    async def finish_done(self, now: datetime) -> tuple[Progress, ...]:
        """Close the open digests whose deliveries are all final, and give their counts.

        Stories that were sent in them get their `posted_at`, once.
        """
        is_done = (digests.c.state == OPEN) & ~has_open_rows(digests.c.id)
        async with self._db.reading() as connection:
            if (await connection.execute(sa.select(digests.c.id).where(is_done))).first() is None:
                return ()
        async with self._db.writing() as connection:
            query = sa.select(digests.c.id).where(is_done).order_by(digests.c.id)
            ids = list(await connection.scalars(query))
            done: list[Progress] = []
            for digest_id in ids:
                change = sa.update(digests).where(digests.c.id == digest_id, is_done)
                values = {"state": DigestState.DONE.value, "done_at": now}
                if (await connection.execute(change.values(**values))).rowcount:
                    await stamp_posted(connection, digest_id, now)
                    done.extend(await _progress(connection, digests.c.id == digest_id))
            await close_sends(connection, [one.digest_id for one in done], now)
            return tuple(done)


async def _take_prepared(
    connection: AsyncConnection,
    digest_id: DigestId,
    digest_hash: DigestHash,
    values: Mapping[str, Any],
) -> Row | None:
    result = await connection.execute(
        sa.update(digests)
        .where(
            digests.c.id == digest_id,
            digests.c.hash == digest_hash,
            digests.c.state == DigestState.PREPARED.value,
        )
        .values(**values)
        .returning(digests.c.priority, digests.c.due_at, digests.c.kind, digests.c["items"])
    )
    return result.one_or_none()


async def _get(connection: AsyncConnection, digest_id: DigestId) -> StoredDigest | None:
    query = sa.select(
        digests.c.id,
        digests.c.hash,
        digests.c.kind,
        digests.c.state,
        digests.c.priority,
        digests.c.schedule_key,
        digests.c.due_at,
        digests.c.made_by,
        digests.c.approved_by,
        digests.c.created_at,
        digests.c["items"],
    ).where(digests.c.id == digest_id)
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        return None
    messages = (
        sa.select(
            digest_messages.c.method,
            digest_messages.c.parameters,
            digest_messages.c.stories,
            digest_messages.c.follows,
        )
        .where(digest_messages.c.digest_id == digest_id)
        .order_by(digest_messages.c.position)
    )
    return _from_row(row, tuple(map(message_from_row, await connection.execute(messages))))


def _from_row(row: Row, messages: tuple[Message, ...]) -> StoredDigest:
    return StoredDigest(
        id=DigestId(row.id),
        hash=DigestHash(row.hash),
        kind=DigestKind(row.kind),
        state=DigestState(row.state),
        priority=own_priority(row.priority),
        schedule_key=row.schedule_key,
        due_at=row.due_at,
        made_by=None if row.made_by is None else UserId(row.made_by),
        approved_by=None if row.approved_by is None else UserId(row.approved_by),
        created_at=row.created_at,
        items=tuple(row._mapping["items"]),
        messages=messages,
    )


async def _progress(
    connection: AsyncConnection, condition: sa.ColumnElement[bool]
) -> tuple[Progress, ...]:
    query = (
        sa.select(
            digests.c.id,
            digests.c.kind,
            digests.c.created_at,
            deliveries.c.state,
            sa.func.count(deliveries.c.id).label("rows"),
        )
        .join_from(digests, deliveries, deliveries.c.digest_id == digests.c.id, isouter=True)
        .where(condition)
        .group_by(digests.c.id, digests.c.kind, digests.c.created_at, deliveries.c.state)
        .order_by(digests.c.id)
    )
    found: dict[int, Progress] = {}
    for row in await connection.execute(query):
        counts = {} if row.state is None else {State(row.state): row.rows}
        before = found.get(row.id)
        found[row.id] = Progress(
            digest_id=DigestId(row.id),
            kind=DigestKind(row.kind),
            created_at=row.created_at,
            counts={**(before.counts if before else {}), **counts},
        )
    return tuple(found.values())
