"""The rows of digests that are stored: what they say, and who gets them, as one send."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.delivery import DigestId
from bot.domain.digest import Digest, DigestKind, Item
from bot.domain.message import DigestHash
from bot.domain.pacing import Priority
from bot.domain.sends import SendId
from bot.domain.subscription import ChatId, UserId
from bot.store.bulk import BulkInsert, next_numbers
from bot.store.database import in_parts
from bot.store.enqueue import Addressed, enqueue, enqueue_many, raced
from bot.store.message_rows import message_rows, story_rows
from bot.store.schema import HELD, digest_messages, digest_stories, digests
from bot.store.send_rows import Growing, add_to_send, begin_send
from bot.store.slots import SlotPlace

MANY = 20
"""From so many digests on it pays to store them together."""
MANY_AT_ONCE = 500
"""Digests per statement: their words take some megabytes."""
_OF_MESSAGE = ("digest_id", "position", "method", "parameters", "stories", "follows")
_OF_STORY = ("digest_id", "position", "story_key", "is_lead")
_OF_DIGEST = (
    *("id", "hash", "kind", "state", "priority", "schedule_key", "due_at", "items"),
    *("message_count", "made_by", "created_at", "send_id"),
)
DIGESTS = BulkInsert(sa.insert(digests), _OF_DIGEST)
MESSAGES = BulkInsert(sa.insert(digest_messages), _OF_MESSAGE)
STORIES = BulkInsert(sa.insert(digest_stories), _OF_STORY)

Recipient = tuple[ChatId, int]
"""A chat and a thread of it (0: none)."""


class DigestState(Enum):
    """How far a digest is; `done`: every delivery is final."""

    PREPARED = "prepared"
    OPEN = "open"
    DONE = "done"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDigest:
    """A digest to be stored; `due_at` None: its messages may leave at once."""

    digest: Digest
    recipients: Sequence[Recipient] = ()
    kind: DigestKind = DigestKind.SLOT
    priority: Priority = Priority.DIGEST
    made_by: UserId | None = None
    due_at: datetime | None = None
    as_of: int | None = None
    """The newest delivery when its chats' histories were read (`Deliveries.newest`): chats that
    received one of its stories since then get no row. None: nobody else stores digests."""


async def store_open(
    connection: AsyncConnection,
    new: Sequence[NewDigest],
    *,
    now: datetime,
    slot: SlotPlace | None = None,
    racing: Sequence[DigestId] = (),
    growing: Growing | None = None,
) -> tuple[DigestId, ...]:
    """Store digests with all their deliveries as one send, inside another's transaction.

    `growing`: the send that they are added to. None: they are one of their own.
    """
    if not new:
        return ()
    common = _Common(slot=slot, now=now, is_held=growing is not None and growing.is_held)
    send_id = None if growing is None else growing.id
    already = await raced(connection, racing) if len(new) >= MANY else None
    if already is not None:
        ids = await _store_many(connection, new, common, send_id=send_id, already=already)
    else:
        ids = await _store_few(connection, new, common, racing=racing)
        await add_to_send(connection, send_id or SendId(ids[0]), ids)
    if growing is None:
        await begin_send(
            connection,
            SendId(ids[0]),
            kind=new[0].kind,
            title=_title(new[0].digest),
            priority=new[0].priority,
            due_at=slot[1] if slot is not None else new[0].due_at,
            now=now,
        )
    return tuple(ids)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Common:
    """What digests that are stored together have in common."""

    slot: SlotPlace | None
    now: datetime
    is_held: bool = False
    """Their send is paused."""


async def _store_few(
    connection: AsyncConnection,
    new: Sequence[NewDigest],
    common: _Common,
    *,
    racing: Sequence[DigestId],
) -> list[DigestId]:
    ids: list[DigestId] = []
    for one in new:
        digest_id = await _insert(connection, one, DigestState.OPEN, common)
        await enqueue(
            connection,
            digest_id,
            one.recipients,
            priority=one.priority,
            due_at=one.due_at or common.now,
            now=common.now,
            racing=racing,
        )
        ids.append(digest_id)
    return ids


async def _store_many(
    connection: AsyncConnection,
    new: Sequence[NewDigest],
    common: _Common,
    *,
    send_id: SendId | None,
    already: Mapping[tuple[int, int], Set[str]],
) -> list[DigestId]:
    """Store many digests with few statements: ten thousand audiences are one slot."""
    ids: list[DigestId] = []
    said: dict[int, _Said] = {}
    for part in in_parts(new, MANY_AT_ONCE):
        ids += map(DigestId, await next_numbers(connection, digests, len(part)))
        own = ids[-len(part) :]
        # Some hundred digests take longer than the event loop may be kept.
        rows, messages, stories = await asyncio.to_thread(
            _rows, part, own, send_id or SendId(ids[0]), common, said
        )
        await DIGESTS.run(connection, rows)
        await MESSAGES.run(connection, messages)
        await STORIES.run(connection, stories)
    addressed = [
        Addressed(
            number,
            len(one.digest.messages),
            said[id(one.digest)].story_keys if already else frozenset(),
            one.recipients,
        )
        for number, one in zip(ids, new, strict=True)
    ]
    await enqueue_many(
        connection,
        addressed,
        priority=new[0].priority,
        due_at=new[0].due_at or common.now,
        now=common.now,
        already=already,
    )
    return ids


_Values = list[tuple[Any, ...]]


def _rows(
    new: Sequence[NewDigest],
    ids: Sequence[DigestId],
    send: SendId,
    common: _Common,
    said: dict[int, _Said],
) -> tuple[_Values, _Values, _Values]:
    """Give the rows of digests, of their messages and of the stories on these.

    `said` has what is in rows already, by the digest's `id`: audiences that get the same share it.
    """
    digest_rows: _Values = []
    messages: _Values = []
    stories: _Values = []
    for digest_id, one in zip(ids, new, strict=True):
        words = said.get(id(one.digest))
        if words is None:
            words = said[id(one.digest)] = _said(one.digest)
        row = {
            **_digest_row(one, DigestState.OPEN, words, common),
            "id": digest_id,
            "send_id": send,
        }
        digest_rows.append(tuple(map(row.__getitem__, _OF_DIGEST)))
        messages += ((digest_id, *values) for values in words.messages)
        stories += ((digest_id, *values) for values in words.stories)
    return digest_rows, messages, stories


async def insert_digest(
    connection: AsyncConnection,
    new: NewDigest,
    state: DigestState,
    *,
    now: datetime,
) -> DigestId:
    """Store a digest and what it says, without deliveries."""
    return await _insert(connection, new, state, _Common(slot=None, now=now))


async def _insert(
    connection: AsyncConnection, new: NewDigest, state: DigestState, common: _Common
) -> DigestId:
    digest = new.digest
    row = _digest_row(new, state, _said(digest), common)
    insert = sa.insert(digests).values(**row).returning(digests.c.id)
    digest_id = DigestId((await connection.execute(insert)).scalar_one())
    for table, rows in (
        (digest_messages, message_rows(digest_id, digest)),
        (digest_stories, story_rows(digest_id, digest)),
    ):
        if rows:
            await connection.execute(sa.insert(table), rows)
    return digest_id


@dataclass(frozen=True, slots=True)
class _Said:
    """What a digest says, in rows: the values of `_OF_MESSAGE` and `_OF_STORY` after its id."""

    hash: DigestHash
    items: list[dict[str, Any]]
    messages: _Values
    stories: _Values

    @property
    def story_keys(self) -> frozenset[str]:
        """Which stories it shows."""
        at = _OF_STORY.index("story_key") - 1
        return frozenset(story[at] for story in self.stories)


def _said(digest: Digest) -> _Said:
    nobody = DigestId(0)
    return _Said(
        hash=digest.hash,
        items=[_item_json(item) for item in digest.items],
        messages=[tuple(map(row.get, _OF_MESSAGE[1:])) for row in message_rows(nobody, digest)],
        stories=[tuple(map(row.get, _OF_STORY[1:])) for row in story_rows(nobody, digest)],
    )


def _digest_row(new: NewDigest, state: DigestState, said: _Said, common: _Common) -> dict[str, Any]:
    schedule_key, slot_due_at = common.slot or (None, None)
    return {
        "hash": said.hash,
        "kind": new.kind.value,
        "state": state.value,
        "priority": int(new.priority) + (HELD if common.is_held else 0),
        "schedule_key": schedule_key,
        "due_at": slot_due_at or new.due_at,
        "items": said.items,
        "message_count": len(new.digest.messages),
        "made_by": new.made_by,
        "created_at": common.now,
    }


def _title(digest: Digest) -> str:
    return digest.items[0].article.title if digest.items else ""


def _item_json(item: Item) -> dict[str, Any]:
    article = item.article
    reasons = {name: value for name, value in item.reasons.items() if name != "event"}
    return {
        "path": article.path,
        "title": article.title,
        "url": article.link,
        "score": item.score,
        "reasons": reasons,
        "event": [other.path for other in item.also],
        "story_id": article.story_id,
    }
