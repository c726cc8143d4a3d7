"""Alerts as rows: which stories were flashed or followed up, and how many that day."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.article import StoryKey
from bot.domain.delivery import State
from bot.domain.digest import DigestKind
from bot.domain.subscription import ChatId
from bot.store.database import Database
from bot.store.schema import articles, deliveries, digest_stories, sends, stories

Address = tuple[ChatId, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hotter:
    """A story that was sent: its heat then, and now."""

    story_key: StoryKey
    heat: int
    before: int


class Alerts:
    """Finds stories to alert of; they are marked in the transaction that stores the alert."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def flashable(self, *, heat: int, since: datetime) -> tuple[StoryKey, ...]:
        """Give fresh stories at least so hot that were not flashed, hottest first.

        Those that were there before the program first looked have passed nothing while it did.
        """
        query = (
            sa.select(articles.c.story_key, sa.func.max(articles.c.heat).label("heat"))
            .join(stories, stories.c.story_key == articles.c.story_key)
            .where(
                articles.c.dated_at >= since,
                articles.c.heat >= heat,
                ~articles.c.is_removed,
                stories.c.flashed_at.is_(None),
                stories.c.first_seen_at.is_not(None),
                stories.c.retired_at.is_(None),
            )
            .group_by(articles.c.story_key)
            .order_by(sa.desc("heat"), articles.c.story_key)
        )
        async with self._db.reading() as connection:
            return tuple(StoryKey(row.story_key) for row in await connection.execute(query))

    async def hotter(self, *, since: datetime, dated: datetime, heat: int) -> tuple[Hotter, ...]:
        """Give stories sent since then, at least so hot now, that were not followed up."""
        now_hot = sa.func.max(articles.c.heat)
        query = (
            sa.select(articles.c.story_key, now_hot.label("heat"), stories.c.posted_heat)
            .join(stories, stories.c.story_key == articles.c.story_key)
            .where(
                articles.c.dated_at >= dated,
                articles.c.heat >= heat,
                ~articles.c.is_removed,
                stories.c.posted_at >= since,
                stories.c.posted_heat.is_not(None),
                stories.c.followed_up_at.is_(None),
                stories.c.retired_at.is_(None),
            )
            .group_by(articles.c.story_key, stories.c.posted_heat)
            .order_by(sa.desc("heat"), articles.c.story_key)
        )
        async with self._db.reading() as connection:
            return tuple(
                Hotter(story_key=StoryKey(row.story_key), heat=row.heat, before=row.posted_heat)
                for row in await connection.execute(query)
            )

    async def had_by(self, key: StoryKey, *, among: Collection[ChatId]) -> frozenset[Address]:
        """Give those of a few chats that a message with this story has reached."""
        query = had(key).where(deliveries.c.chat_id.in_(among)).distinct()
        async with self._db.reading() as connection:
            return frozenset(
                (ChatId(chat_id), thread_id)
                for chat_id, thread_id in await connection.execute(query)
            )

    async def count(self, kind: DigestKind, *, since: datetime) -> int:
        """Count the alerts of a kind that were sent since then."""
        query = sa.select(sa.func.count()).where(
            sends.c.kind == kind.value, sends.c.started_at >= since
        )
        async with self._db.reading() as connection:
            return await connection.scalar(query) or 0


def had(key: StoryKey) -> sa.Select[Any]:
    """Ask for chat and thread of every message with this story that has arrived."""
    row, place = deliveries.c, digest_stories.c
    return (
        sa.select(row.chat_id, row.thread_id)
        .join(
            digest_stories,
            (row.digest_id == place.digest_id) & (row.position == place.position),
        )
        .where(place.story_key == key, row.state == State.SENT.value)
    )


async def mark_alerted(
    connection: AsyncConnection, key: StoryKey, kind: DigestKind, now: datetime
) -> bool:
    """Mark a story as flashed or followed up; False when it was so already."""
    column = stories.c.flashed_at if kind is DigestKind.FLASH else stories.c.followed_up_at
    change = sa.update(stories).where(stories.c.story_key == key, column.is_(None))
    return (await connection.execute(change.values({column.name: now}))).rowcount > 0
