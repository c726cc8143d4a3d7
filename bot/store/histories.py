"""Histories: when and with what a story came to a chat, for whoever asks why."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.domain.article import StoryKey
from bot.domain.delivery import RECEIVED, DigestId
from bot.domain.subscription import ChatId
from bot.store.database import Database, in_parts
from bot.store.schema import deliveries, digest_stories, digests

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
        """Give the last message of a digest that a chat has received; None when there is none."""
        query = (
            _arrivals(chat_id, thread_id)
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
