"""Which files still have to say that their story was published, and which say so through us."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

import sqlalchemy as sa

from bot.domain.article import StoryKey, story_id
from bot.domain.delivery import State
from bot.domain.subscription import ChatId
from bot.store.database import Database, in_parts
from bot.store.schema import articles, deliveries, digest_stories, meta, stories

_UNFINISHED = "write_back:"
"""Begins the keys in `meta` of stories whose files are being changed."""


class WriteBacks:
    """The stories whose files we mark; each is begun, and ends done or undone.

    From `begin` on a story's flag counts as ours (`stories.written_back_at`), so that nobody who
    reads the file ever takes it for the publisher's. What was begun stays listed until `end`.
    """

    def __init__(self, db: Database) -> None:
        self._db = db

    async def due(self, chats: Collection[ChatId], *, since: datetime) -> tuple[StoryKey, ...]:
        """Give the stories that reached one of the chats at or after `since` and are not marked.

        Neither those whose files all say so by themselves, nor withdrawn ones, nor those begun.
        """
        row, place = deliveries.c, digest_stories.c
        unmarked = sa.exists().where(
            articles.c.story_key == stories.c.story_key,
            articles.c.marked_published.is_not(sa.true()),
            articles.c.is_removed.is_not(sa.true()),
        )
        found: dict[StoryKey, None] = {}
        async with self._db.reading() as connection:
            for part in in_parts(sorted(chats)):
                query = (
                    sa.select(place.story_key)
                    .distinct()
                    .join_from(
                        deliveries,
                        digest_stories,
                        (place.digest_id == row.digest_id) & (place.position == row.position),
                    )
                    .join(stories, stories.c.story_key == place.story_key)
                    .where(
                        row.chat_id.in_(part),
                        row.state == State.SENT.value,
                        row.settled_at >= since,
                        stories.c.written_back_at.is_(None),
                        unmarked,
                    )
                    .order_by(place.story_key)
                )
                found.update((StoryKey(key), None) for key in await connection.scalars(query))
        return tuple(found)

    async def paths(self, keys: Iterable[StoryKey]) -> dict[str, StoryKey]:
        """Give the files of stories, each with its story, but for withdrawn ones."""
        found: dict[str, StoryKey] = {}
        async with self._db.reading() as connection:
            for part in in_parts(list(keys)):
                query = (
                    sa.select(articles.c.path, articles.c.story_key)
                    .where(articles.c.story_key.in_(part), articles.c.is_removed.is_not(sa.true()))
                    .order_by(articles.c.path)
                )
                for path, key in await connection.execute(query):
                    found[path] = StoryKey(key)
        return found

    async def begin(self, keys: Collection[StoryKey], *, now: datetime) -> None:
        """Count the stories' flags as ours from now on, and list them, in one transaction."""
        if not keys:
            return
        async with self._db.writing() as connection:
            for part in in_parts(list(keys)):
                await connection.execute(
                    sa.update(stories)
                    .where(stories.c.story_key.in_(part), stories.c.written_back_at.is_(None))
                    .values(written_back_at=now)
                )
                insert = self._db.insert(meta).on_conflict_do_nothing()
                await connection.execute(
                    insert, [{"key": _listed(key), "value": key} for key in part]
                )

    async def unfinished(self) -> tuple[StoryKey, ...]:
        """Give the stories that were begun and have not ended, as after a kill."""
        query = sa.select(meta.c.value).where(meta.c.key.startswith(_UNFINISHED, autoescape=True))
        async with self._db.reading() as connection:
            found = await connection.scalars(query.order_by(meta.c.key))
            return tuple(StoryKey(key) for key in found)

    async def end(self, done: Collection[StoryKey], undone: Collection[StoryKey] = ()) -> None:
        """Strike stories off the list; the flags of `undone` are not ours after all."""
        if not done and not undone:
            return
        async with self._db.writing() as connection:
            for part in in_parts(list(undone)):
                await connection.execute(
                    sa.update(stories)
                    .where(stories.c.story_key.in_(part))
                    .values(written_back_at=None)
                )
            for listed in in_parts([_listed(key) for key in (*done, *undone)]):
                await connection.execute(sa.delete(meta).where(meta.c.key.in_(listed)))


def _listed(key: StoryKey) -> str:
    return f"{_UNFINISHED}{story_id(key)}"
