"""Drafts: the post that an operator is working on, one each, and where it is shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NewType

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.delivery import DigestId
from bot.domain.message import DigestHash
from bot.domain.subscription import ChatId, UserId
from bot.store.database import Database, Row
from bot.store.digest_rows import DigestState, NewDigest, Recipient, insert_digest
from bot.store.enqueue import drop_digests
from bot.store.schema import digests, drafts

DraftId = NewType("DraftId", int)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredDraft:
    """A draft as it was stored.

    Every change makes a new `version` with a digest of its own. `panel_id` and `preview_ids` are
    messages in the owner's private chat; the previews show the digest of `shown_hash`. `awaits`
    says what a reply to the panel means.
    """

    id: DraftId
    owner: UserId
    version: int
    digest_id: DigestId
    hash: DigestHash
    sheet: Mapping[str, Any]
    addresses: tuple[Recipient, ...]
    awaits: str
    panel_id: int | None
    preview_ids: tuple[int, ...]
    shown_hash: str
    changed_at: datetime


class Drafts:
    """The drafts that are being worked on; sent and dropped ones are gone."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def of(self, owner: UserId) -> StoredDraft | None:
        """Give an operator's draft; None when there is none that can still be sent."""
        async with self._db.reading() as connection:
            return await _one(connection, drafts.c.owner == owner)

    async def begin(
        self,
        owner: UserId,
        new: NewDigest,
        *,
        sheet: Mapping[str, Any],
        addresses: Sequence[Recipient],
        now: datetime,
    ) -> StoredDraft:
        """Make an operator's draft; one that there was is dropped. Its messages are taken over."""
        async with self._db.writing() as connection:
            query = sa.select(drafts.c.panel_id, drafts.c.preview_ids, drafts.c.shown_hash)
            old = (await connection.execute(query.where(drafts.c.owner == owner))).one_or_none()
            await _drop(connection, drafts.c.owner == owner)
            digest_id = await insert_digest(connection, new, DigestState.PREPARED, now=now)
            values = {
                "owner": owner,
                "version": 1,
                "digest_id": digest_id,
                "sheet": dict(sheet),
                "addresses": [list(address) for address in addresses],
                "panel_id": old.panel_id if old is not None else None,
                "preview_ids": old.preview_ids if old is not None else [],
                "shown_hash": old.shown_hash if old is not None else "",
                "changed_at": now,
            }
            await connection.execute(sa.insert(drafts).values(**values))
            made = await _one(connection, drafts.c.owner == owner)
        assert made is not None  # noqa: S101 - it was inserted in this transaction
        return made

    async def change(
        self,
        draft: StoredDraft,
        new: NewDigest,
        *,
        sheet: Mapping[str, Any],
        addresses: Sequence[Recipient],
        now: datetime,
    ) -> StoredDraft | None:
        """Make the next version; None, and nothing happens, when this is not the newest."""
        async with self._db.writing() as connection:
            mine = (drafts.c.id == draft.id) & (drafts.c.version == draft.version)
            won = sa.update(drafts).where(mine).values(version=draft.version + 1)
            if not (await connection.execute(won)).rowcount:
                return None
            digest_id = await insert_digest(connection, new, DigestState.PREPARED, now=now)
            values = {
                "digest_id": digest_id,
                "sheet": dict(sheet),
                "addresses": [list(address) for address in addresses],
                "awaits": "",
                "changed_at": now,
            }
            change = sa.update(drafts).where(drafts.c.id == draft.id)
            await connection.execute(change.values(**values))
            await _drop_unsent(connection, [draft.digest_id])
            return await _one(connection, drafts.c.id == draft.id)

    async def shown(
        self,
        draft: StoredDraft,
        *,
        panel_id: int | None,
        preview_ids: Sequence[int],
        shown_hash: str,
    ) -> None:
        """Note in which messages a draft is shown."""
        values = {
            "panel_id": panel_id,
            "preview_ids": list(preview_ids),
            "shown_hash": shown_hash,
        }
        async with self._db.writing() as connection:
            change = sa.update(drafts).where(drafts.c.id == draft.id).values(**values)
            await connection.execute(change)

    async def await_words(self, draft: StoredDraft, what: str) -> None:
        """Note what the next reply to the panel means; empty: a story to add."""
        async with self._db.writing() as connection:
            change = sa.update(drafts).where(drafts.c.id == draft.id).values(awaits=what)
            await connection.execute(change)

    async def close(self, draft: StoredDraft) -> bool:
        """Forget a draft, with its digest unless that was sent; False when it is gone already."""
        async with self._db.writing() as connection:
            return await _drop(connection, drafts.c.id == draft.id)

    async def forget(self, *, before: datetime) -> int:
        """Forget what nobody has worked on since; give their number."""
        async with self._db.writing() as connection:
            old = list(
                await connection.scalars(sa.select(drafts.c.id).where(drafts.c.changed_at < before))
            )
            for number in old:
                await _drop(connection, drafts.c.id == number)
            return len(old)


async def _one(
    connection: AsyncConnection, condition: sa.ColumnElement[bool]
) -> StoredDraft | None:
    query = (
        sa.select(*drafts.c, digests.c.hash)
        .join(digests, digests.c.id == drafts.c.digest_id)
        # A kill between the approval and the closing leaves a draft that was sent.
        .where(condition, digests.c.state == DigestState.PREPARED.value)
    )
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else _from_row(row)


async def _drop(connection: AsyncConnection, condition: sa.ColumnElement[bool]) -> bool:
    gone = await connection.scalars(
        sa.delete(drafts).where(condition).returning(drafts.c.digest_id)
    )
    ids = [DigestId(number) for number in gone.all()]
    await _drop_unsent(connection, ids)
    return bool(ids)


async def _drop_unsent(connection: AsyncConnection, ids: Sequence[DigestId]) -> None:
    unsent = sa.select(digests.c.id).where(
        digests.c.id.in_(ids), digests.c.state == DigestState.PREPARED.value
    )
    await drop_digests(connection, [DigestId(one) for one in await connection.scalars(unsent)])


def _from_row(row: Row) -> StoredDraft:
    return StoredDraft(
        id=DraftId(row.id),
        owner=UserId(row.owner),
        version=row.version,
        digest_id=DigestId(row.digest_id),
        hash=DigestHash(row.hash),
        sheet=row.sheet,
        addresses=tuple((ChatId(chat_id), thread_id) for chat_id, thread_id in row.addresses),
        awaits=row.awaits,
        panel_id=row.panel_id,
        preview_ids=tuple(row.preview_ids),
        shown_hash=row.shown_hash,
        changed_at=row.changed_at,
    )
