"""Histories: when and with what a story came to a chat, for whoever asks why."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.domain.article import StoryKey
from bot.domain.delivery import RECEIVED, DigestId
from bot.domain.digest import DigestKind
from bot.domain.replay import Past, told_as_stored
from bot.domain.subscription import ChatId
from bot.store.database import Database, in_parts
from bot.store.schema import chats, deliveries, digest_stories, digests

_RECEIVED = [state.value for state in RECEIVED]
_row, _story = deliveries.c, digest_stories.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A story's coming to a chat: when, in which digest, and that digest's account of its lines.

    `at` is when its message was sent, else when it was stored. `items` have the form that
    `gazette preview --json` prints.
    """

    digest_id: DigestId
    position: int
    at: datetime
    items: tuple[Mapping[str, Any], ...]


class Histories:
    """Looks into the ledger for one chat at a time."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def newest(self, chat_id: ChatId, thread_id: int) -> Arrival | None:
        """Give the last message of a digest that a chat has received; None when there is none.

        A reminder is none.
        """
        query = (
            _arrivals(chat_id, thread_id)
            .where(digests.c.kind != DigestKind.REMINDER.value)
            .order_by(_row.digest_id.desc(), _row.position.desc(), _row.id.desc())
            .limit(1)
        )
        async with self._db.reading() as connection:
            row = (await connection.execute(query)).one_or_none()
        return None if row is None else _arrival(row)

    async def arrivals(
        self, chat_id: ChatId, thread_id: int, keys: Collection[StoryKey]
    ) -> dict[StoryKey, Arrival]:
        """Give for each of these stories that a chat has received when it came first."""
        found: dict[StoryKey, Arrival] = {}
        query = (
            _arrivals(chat_id, thread_id)
            .add_columns(_story.story_key)
            .join(
                digest_stories,
                (_story.digest_id == _row.digest_id) & (_story.position == _row.position),
            )
            .order_by(_row.id)
        )
        async with self._db.reading() as connection:
            for part in in_parts(sorted(keys)):
                of_these = query.where(_story.story_key.in_(part))
                for row in await connection.execute(of_these):
                    found.setdefault(StoryKey(row.story_key), _arrival(row))
        return found

    async def past(
        self, chat_id: ChatId, thread_id: int, *, since: datetime
    ) -> tuple[tuple[Past, ...], frozenset[StoryKey]]:
        """Give the digests that a chat has received since then, oldest first.

        Beside them every story that it received before.
        """
        query = (
            sa.select(_row.digest_id, digests.c.kind, digests.c.created_at, _story.story_key)
            .select_from(
                deliveries.join(digests, digests.c.id == _row.digest_id).join(
                    digest_stories,
                    (_story.digest_id == _row.digest_id) & (_story.position == _row.position),
                )
            )
            .where(_row.chat_id == chat_id, _row.thread_id == thread_id, _row.state.in_(_RECEIVED))
            .order_by(digests.c.created_at, _row.digest_id)
        )
        before: set[StoryKey] = set()
        kinds: dict[int, tuple[datetime, str]] = {}
        keys: dict[int, set[StoryKey]] = {}
        async with self._db.reading() as connection:
            for row in await connection.execute(query):
                if row.created_at < since:
                    before.add(StoryKey(row.story_key))
                    continue
                kinds[row.digest_id] = (row.created_at, row.kind)
                keys.setdefault(row.digest_id, set()).add(StoryKey(row.story_key))
            items: dict[int, Any] = {}
            for part in in_parts(list(kinds)):
                told = sa.select(digests.c.id, digests.c["items"].label("told"))
                found = await connection.execute(told.where(digests.c.id.in_(part)))
                items.update((one.id, one.told) for one in found)
        past = tuple(
            Past(
                at=at,
                lines=tuple(map(told_as_stored, items[number])),
                keys=frozenset(keys[number]),
                is_by_hand=kind in (DigestKind.MANUAL.value, DigestKind.REMINDER.value),
            )
            for number, (at, kind) in kinds.items()
        )
        return past, frozenset(before)

    async def chat_named(self, name: int | str) -> ChatId | None:
        """Find a chat by its number or its @name; None when it was never seen."""
        is_it = (
            chats.c.id == name
            if isinstance(name, int)
            else sa.func.lower(chats.c.username) == name.removeprefix("@").lower()
        )
        async with self._db.reading() as connection:
            found = await connection.scalar(sa.select(chats.c.id).where(is_it).limit(1))
        return None if found is None else ChatId(found)

    async def most_served(self, *, since: datetime) -> tuple[ChatId, int] | None:
        """Find the chat (and its thread) that has received most since then; None for nobody."""
        query = (
            sa.select(_row.chat_id, _row.thread_id)
            .where(_row.created_at >= since, _row.state.in_(_RECEIVED))
            .group_by(_row.chat_id, _row.thread_id)
            .order_by(sa.func.count(sa.distinct(_row.digest_id)).desc(), _row.chat_id)
            .limit(1)
        )
        async with self._db.reading() as connection:
            found = (await connection.execute(query)).one_or_none()
        return None if found is None else (ChatId(found.chat_id), found.thread_id)


def _arrivals(chat_id: ChatId, thread_id: int) -> sa.Select[Any]:
    at = sa.func.coalesce(_row.settled_at, _row.created_at)
    return (
        sa.select(
            _row.digest_id,
            _row.position,
            sa.type_coerce(at, _row.created_at.type).label("at"),
            digests.c["items"].label("told"),
        )
        .select_from(deliveries.join(digests, digests.c.id == _row.digest_id))
        .where(_row.chat_id == chat_id, _row.thread_id == thread_id, _row.state.in_(_RECEIVED))
    )


def _arrival(row: Any) -> Arrival:
    return Arrival(
        digest_id=DigestId(row.digest_id), position=row.position, at=row.at, items=tuple(row.told)
    )
