"""What readers think of single stories: votes, saved stories, reminders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.article import StoryId, StoryKey
from bot.domain.leaning import MOST_VOTES, Source, Vote, leanings
from bot.domain.rules import Leaning
from bot.domain.subscription import ChatId
from bot.store.database import Database
from bot.store.digest_rows import NewDigest, store_open
from bot.store.enqueue import wait_in_line
from bot.store.schema import reminders, saved, subscriptions, votes
from bot.store.wishes import leanings_json


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedStory:
    """A story that was saved, as it was then; `wording` is looked through."""

    story: StoryKey
    story_id: StoryId
    title: str
    source: str
    url: str | None
    wording: str
    saved_at: datetime
    remind_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminder:
    """A story that comes again at a time."""

    chat_id: ChatId
    story: StoryKey
    story_id: StoryId
    due_at: datetime


class Taste:
    """Votes with what they sum up to, saved stories and reminders of chats."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def vote(self, chat_id: ChatId, vote: Vote, now: datetime) -> frozenset[Leaning]:
        """Note a vote (0 points: take it back), and what all votes of the chat sum up to now.

        A later vote on a story takes the place of an earlier one.
        """
        async with self._db.writing() as connection:
            await _put(self._db, connection, chat_id, [vote], now)
            return await _sum_up(connection, chat_id)

    async def vote_all(self, chat_id: ChatId, given: Sequence[Vote], now: datetime) -> None:
        """Note votes on the stories of one message; taps on one of them stand."""
        if not given:
            return
        async with self._db.writing() as connection:
            tapped = sa.select(votes.c.story_key).where(
                votes.c.chat_id == chat_id, votes.c.source == Source.TAP.value
            )
            theirs = set(await connection.scalars(tapped))
            left = [vote for vote in given if vote.story not in theirs]
            await _put(self._db, connection, chat_id, left, now)
            await _sum_up(connection, chat_id)

    async def points(self, chat_id: ChatId, story: StoryKey) -> int:
        """Give what a chat has said about a story; 0 for nothing."""
        query = sa.select(votes.c.points).where(
            votes.c.chat_id == chat_id, votes.c.story_key == story
        )
        async with self._db.reading() as connection:
            return await connection.scalar(query) or 0

    async def save(self, chat_id: ChatId, story: SavedStory) -> bool:
        """Save a story; False when it was saved before."""
        values = {
            "chat_id": chat_id,
            "story_key": story.story,
            "story_id": story.story_id,
            "title": story.title,
            "source": story.source,
            "url": story.url,
            "wording": story.wording,
            "saved_at": story.saved_at,
        }
        async with self._db.writing() as connection:
            insert = self._db.insert(saved).values(**values).on_conflict_do_nothing()
            return (await connection.execute(insert)).rowcount > 0

    async def drop(self, chat_id: ChatId, story_id: StoryId) -> bool:
        """Save a story no longer, and drop its reminder; False when it was not saved."""
        async with self._db.writing() as connection:
            for table in (reminders, saved):
                gone = await connection.execute(
                    sa.delete(table).where(table.c.chat_id == chat_id, table.c.story_id == story_id)
                )
            return gone.rowcount > 0

    async def is_saved(self, chat_id: ChatId, story: StoryKey) -> bool:
        """Whether a chat has saved a story."""
        is_it = (saved.c.chat_id == chat_id) & (saved.c.story_key == story)
        async with self._db.reading() as connection:
            return bool(await connection.scalar(sa.select(sa.exists().where(is_it))))

    async def saved(
        self, chat_id: ChatId, words: Sequence[str] = (), *, limit: int, offset: int
    ) -> tuple[tuple[SavedStory, ...], int]:
        """Give saved stories, the newest first, and how many there are.

        `words` are folded: each must stand somewhere in title, source or topics.
        """
        condition = saved.c.chat_id == chat_id
        for word in words:
            condition &= saved.c.wording.contains(word, autoescape=True)
        columns = [
            saved.c.story_key, saved.c.story_id, saved.c.title, saved.c.source, saved.c.url,
            saved.c.wording, saved.c.saved_at, reminders.c.due_at,
        ]  # fmt: skip
        both = (reminders.c.chat_id == saved.c.chat_id) & (
            reminders.c.story_key == saved.c.story_key
        )
        query = (
            sa.select(*columns)
            .select_from(saved.outerjoin(reminders, both))
            .where(condition)
            .order_by(saved.c.saved_at.desc(), saved.c.story_key)
            .limit(limit)
            .offset(offset)
        )
        async with self._db.reading() as connection:
            total = await connection.scalar(
                sa.select(sa.func.count()).select_from(saved).where(condition)
            )
            rows = (await connection.execute(query)).all()
        found = tuple(
            SavedStory(
                story=StoryKey(row.story_key),
                story_id=StoryId(row.story_id),
                title=row.title,
                source=row.source,
                url=row.url,
                wording=row.wording,
                saved_at=row.saved_at,
                remind_at=row.due_at,
            )
            for row in rows
        )
        return found, total or 0

    async def remind(self, reminder: Reminder, now: datetime) -> None:
        """Have a story come again at a time; another time takes the place of an earlier one."""
        async with self._db.writing() as connection:
            insert = self._db.insert(reminders).values(
                chat_id=reminder.chat_id,
                story_key=reminder.story,
                story_id=reminder.story_id,
                due_at=reminder.due_at,
                created_at=now,
            )
            await connection.execute(
                insert.on_conflict_do_update(
                    index_elements=["chat_id", "story_key"],
                    set_={"due_at": insert.excluded.due_at},
                )
            )

    async def forget_reminder(self, chat_id: ChatId, story_id: StoryId) -> bool:
        """Drop a reminder; False when there is none."""
        async with self._db.writing() as connection:
            gone = await connection.execute(
                sa.delete(reminders).where(
                    reminders.c.chat_id == chat_id, reminders.c.story_id == story_id
                )
            )
            return gone.rowcount > 0

    async def due(self, now: datetime, *, limit: int) -> tuple[Reminder, ...]:
        """Give the reminders that are due, the longest overdue first."""
        query = (
            sa.select(
                reminders.c.chat_id,
                reminders.c.story_key,
                reminders.c.story_id,
                reminders.c.due_at,
            )
            .where(reminders.c.due_at <= now)
            .order_by(reminders.c.due_at, reminders.c.chat_id)
            .limit(limit)
        )
        async with self._db.reading() as connection:
            rows = (await connection.execute(query)).all()
        return tuple(
            Reminder(
                chat_id=ChatId(row.chat_id),
                story=StoryKey(row.story_key),
                story_id=StoryId(row.story_id),
                due_at=row.due_at,
            )
            for row in rows
        )

    async def next_due(self) -> datetime | None:
        """Say when the next reminder is due; None when there is none."""
        query = sa.select(reminders.c.due_at).order_by(reminders.c.due_at).limit(1)
        async with self._db.reading() as connection:
            found: datetime | None = await connection.scalar(query)
        return found

    async def ring(self, reminder: Reminder, new: NewDigest | None, now: datetime) -> bool:
        """Turn a reminder into a message that will be delivered, in one transaction.

        False, and nothing happens, when it is none any more: another process was quicker, or it
        was changed. `new` None: the story is gone, and so is the reminder.
        """
        async with self._db.writing() as connection:
            gone = await connection.execute(
                sa.delete(reminders).where(
                    reminders.c.chat_id == reminder.chat_id,
                    reminders.c.story_key == reminder.story,
                    reminders.c.due_at == reminder.due_at,
                )
            )
            if not gone.rowcount:
                return False
            if new is not None:
                await wait_in_line(connection)
                await store_open(connection, [new], now=now)
            return True


async def _put(
    db: Database,
    connection: AsyncConnection,
    chat_id: ChatId,
    given: Sequence[Vote],
    now: datetime,
) -> None:
    for vote in given:
        if vote.points == 0:
            await connection.execute(
                sa.delete(votes).where(votes.c.chat_id == chat_id, votes.c.story_key == vote.story)
            )
            continue
        insert = db.insert(votes).values(
            chat_id=chat_id,
            story_key=vote.story,
            points=vote.points,
            source=vote.source.value,
            topics=list(vote.topics),
            provider=vote.provider,
            changed_at=now,
        )
        names = ("points", "source", "topics", "provider", "changed_at")
        await connection.execute(
            insert.on_conflict_do_update(
                index_elements=["chat_id", "story_key"],
                set_={name: insert.excluded[name] for name in names},
            )
        )


async def _sum_up(connection: AsyncConnection, chat_id: ChatId) -> frozenset[Leaning]:
    """Write what a chat's votes sum up to into its subscriptions; forget the oldest beyond."""
    query = (
        sa.select(votes)
        .where(votes.c.chat_id == chat_id)
        .order_by(votes.c.changed_at.desc(), votes.c.story_key)
    )
    rows = (await connection.execute(query)).all()
    for row in rows[MOST_VOTES:]:
        await connection.execute(
            sa.delete(votes).where(votes.c.chat_id == chat_id, votes.c.story_key == row.story_key)
        )
    found = leanings(
        Vote(
            story=StoryKey(row.story_key),
            points=row.points,
            source=Source(row.source),
            topics=tuple(row.topics),
            provider=row.provider,
        )
        for row in rows[:MOST_VOTES]
    )
    change = sa.update(subscriptions).where(subscriptions.c.chat_id == chat_id)
    await connection.execute(change.values(leanings=leanings_json(found) or None))
    return found
