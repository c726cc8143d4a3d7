"""Recalls: sent stories that their publisher has withdrawn, and what became of each message."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.article import StoryId, StoryKey
from bot.domain.delivery import DeliveryId, DigestId, State
from bot.domain.message import SEND_MESSAGE, SEND_RICH, Message
from bot.domain.recall import Recall, RecallOutcome, RecallResult, RecallState
from bot.domain.rich import as_list
from bot.domain.subscription import ChatId, UserId
from bot.store.database import Database, Row
from bot.store.message_rows import message_from_json, message_from_row
from bot.store.schema import (
    articles,
    deliveries,
    digest_messages,
    digest_stories,
    is_open,
    recall_results,
    recalls,
    stories,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SentMessage:
    """A message that shows the story, in one chat."""

    delivery: DeliveryId
    digest: DigestId
    chat_id: ChatId
    message: Message
    message_ids: tuple[int, ...]


FIRST = DeliveryId(0)


class Recalls:
    """Every recall; results are rows, so that one goes on where it was cut off."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def find(self, *, now: datetime) -> None:
        """Note the sent stories that are withdrawn and were not noted before.

        A story is withdrawn when every file that tells it is.
        """
        other = articles.alias("other")
        query = (
            sa.select(articles.c.story_key, sa.func.min(articles.c.title).label("title"))
            .where(
                sa.literal_column("articles.is_removed", sa.Boolean()),
                ~sa.exists().where(other.c.story_key == articles.c.story_key, ~other.c.is_removed),
                ~sa.exists().where(recalls.c.story_key == articles.c.story_key),
                _is_sent(articles.c.story_key),
            )
            .group_by(articles.c.story_key)
        )
        async with self._db.reading() as connection:
            if not (await connection.execute(query.limit(1))).all():
                return
        async with self._db.writing() as connection:
            for row in (await connection.execute(query)).all():
                insert = self._db.insert(recalls).on_conflict_do_nothing()
                values = {
                    "story_key": row.story_key,
                    "title": row.title,
                    "state": RecallState.ASKED.value,
                    "asked_at": now,
                }
                await connection.execute(insert, values)

    async def untold(self) -> tuple[Recall, ...]:
        """Give the recalls that operators have not heard of yet."""
        async with self._db.reading() as connection:
            return await _recalls(connection, recalls.c.told_at.is_(None))

    async def told(self, key: StoryKey, *, now: datetime) -> None:
        """Note that operators were told."""
        async with self._db.writing() as connection:
            change = sa.update(recalls).where(recalls.c.story_key == key)
            await connection.execute(change.values(told_at=now))

    async def open(self) -> tuple[Recall, ...]:
        """Give the recalls that wait for a decision or run, oldest first."""
        states = [RecallState.ASKED.value, RecallState.RUNNING.value]
        async with self._db.reading() as connection:
            return await _recalls(connection, recalls.c.state.in_(states))

    async def get(self, story: StoryId) -> Recall | None:
        """Give the recall of a story; None when there is none."""
        async with self._db.reading() as connection:
            found = await _recalls(connection, stories.c.story_id == story)
            return found[0] if found else None

    async def decide(
        self, story: StoryId, state: RecallState, *, by: UserId | None, now: datetime
    ) -> bool:
        """Begin a recall, or leave the story; False when that was decided already.

        What was left can still be recalled.
        """
        before = [RecallState.ASKED.value]
        if state is RecallState.RUNNING:
            before.append(RecallState.LEFT.value)
        key = sa.select(stories.c.story_key).where(stories.c.story_id == story)
        change = (
            sa.update(recalls)
            .where(recalls.c.story_key.in_(key), recalls.c.state.in_(before))
            .values(state=state.value, begun_at=now, begun_by=by)
        )
        async with self._db.writing() as connection:
            return (await connection.execute(change)).rowcount > 0

    async def pending(
        self, key: StoryKey, *, limit: int, after: DeliveryId = FIRST
    ) -> tuple[SentMessage, ...]:
        """Give sent messages that show the story and were not looked at yet, in order.

        `after` spares passing over all that was done before that delivery.
        """
        places = _places_of(key)
        row, place = deliveries.c, places.c
        query = (
            sa.select(
                *(row.id, row.digest_id, row.chat_id, row.message_ids, row.override_message),
                *(digest_messages.c.method, digest_messages.c.parameters),
                *(digest_messages.c.stories, digest_messages.c.follows),
            )
            .select_from(
                deliveries.join(
                    places,
                    (row.digest_id == place.digest_id) & (row.position == place.position),
                ).join(
                    digest_messages,
                    (digest_messages.c.digest_id == place.digest_id)
                    & (digest_messages.c.position == place.position),
                )
            )
            .where(
                row.state == State.SENT.value,
                row.id > after,
                ~sa.exists().where(
                    recall_results.c.story_key == key, recall_results.c.delivery_id == row.id
                ),
            )
            .order_by(row.id)
            .limit(limit)
        )
        async with self._db.reading() as connection:
            return tuple(map(_sent_message, await connection.execute(query)))

    async def recalled_in(self, digest: DigestId) -> dict[StoryKey, StoryId]:
        """Give the stories of a digest that are being recalled, or were."""
        states = [RecallState.RUNNING.value, RecallState.DONE.value]
        query = (
            sa.select(stories.c.story_key, stories.c.story_id)
            .join(recalls, recalls.c.story_key == stories.c.story_key)
            .join(digest_stories, digest_stories.c.story_key == stories.c.story_key)
            .where(digest_stories.c.digest_id == digest, recalls.c.state.in_(states))
        )
        async with self._db.reading() as connection:
            rows = await connection.execute(query)
            return {StoryKey(row.story_key): StoryId(row.story_id) for row in rows}

    async def is_on_its_way(self, key: StoryKey) -> bool:
        """Whether messages that show the story are not sent yet."""
        row, place = deliveries.c, digest_stories.c
        query = (
            sa.select(row.id)
            .join(
                digest_stories,
                (row.digest_id == place.digest_id) & (row.position == place.position),
            )
            .where(place.story_key == key, is_open(row.state))
            .limit(1)
        )
        async with self._db.reading() as connection:
            return await connection.scalar(query) is not None

    async def note(self, key: StoryKey, results: Sequence[RecallResult], *, now: datetime) -> None:
        """Note what became of messages."""
        if not results:
            return
        insert = self._db.insert(recall_results).on_conflict_do_nothing()
        values = [
            {
                "story_key": key,
                "delivery_id": one.delivery,
                "outcome": one.outcome.value,
                "reason": one.reason,
                "at": now,
            }
            for one in results
        ]
        async with self._db.writing() as connection:
            await connection.execute(insert, values)

    async def finish(self, key: StoryKey, *, now: datetime) -> Recall | None:
        """Close a running recall and give its account; None when it was closed already."""
        change = (
            sa.update(recalls)
            .where(recalls.c.story_key == key, recalls.c.state == RecallState.RUNNING.value)
            .values(state=RecallState.DONE.value, done_at=now)
        )
        async with self._db.writing() as connection:
            if not (await connection.execute(change)).rowcount:
                return None
            return (await _recalls(connection, recalls.c.story_key == key))[0]


def _places_of(key: StoryKey) -> sa.Subquery:
    """Name the messages that show a story, and those of its digests that name none.

    The pictures above a list are such messages: what they show is of all its stories.
    """
    place, message = digest_stories.c, digest_messages.c
    told = sa.select(place.digest_id, place.position).where(place.story_key == key)
    other = digest_stories.alias("other")
    wordless = sa.select(message.digest_id, message.position).where(
        message.digest_id.in_(sa.select(place.digest_id).where(place.story_key == key)),
        ~sa.exists().where(
            other.c.digest_id == message.digest_id, other.c.position == message.position
        ),
    )
    return sa.union(told, wordless).subquery("places")


def _is_sent(key: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    """Say that somebody has got a message that shows the story, or is about to."""
    row, place = deliveries.c, digest_stories.c
    states = [State.SENT.value, State.PENDING.value, State.SENDING.value]
    return (
        sa.exists()
        .select_from(
            digest_stories.join(
                deliveries,
                (row.digest_id == place.digest_id) & (row.position == place.position),
            )
        )
        .where(place.story_key == key, row.state.in_(states))
        .correlate(articles)
    )


async def _recalls(
    connection: AsyncConnection, condition: sa.ColumnElement[bool]
) -> tuple[Recall, ...]:
    query = (
        sa.select(*recalls.c, stories.c.story_id)
        .join(stories, stories.c.story_key == recalls.c.story_key)
        .where(condition)
        .order_by(recalls.c.asked_at, recalls.c.story_key)
    )
    rows = (await connection.execute(query)).all()
    return tuple([await _recall(connection, row) for row in rows])


async def _recall(connection: AsyncConnection, row: Row) -> Recall:
    mine = recall_results.c.story_key == row.story_key
    counted = sa.select(recall_results.c.outcome, sa.func.count()).where(mine)
    counts = (await connection.execute(counted.group_by(recall_results.c.outcome))).all()
    why = sa.select(recall_results.c.reason).where(mine, recall_results.c.reason.is_not(None))
    reasons = (await connection.scalars(why.distinct().limit(5))).all()
    return Recall(
        story_key=StoryKey(row.story_key),
        story_id=StoryId(row.story_id),
        title=row.title,
        state=RecallState(row.state),
        asked_at=row.asked_at,
        begun_by=None if row.begun_by is None else UserId(row.begun_by),
        counts={RecallOutcome(outcome): count for outcome, count in counts},
        reasons=tuple(sorted(reasons)),
    )


def _sent_message(row: Row) -> SentMessage:
    return SentMessage(
        delivery=DeliveryId(row.id),
        digest=DigestId(row.digest_id),
        chat_id=ChatId(row.chat_id),
        message=_as_sent(row),
        message_ids=tuple(row.message_ids or ()),
    )


def _as_sent(row: Row) -> Message:
    """Give a message as it stands in the chat.

    Of a list in several parts, which stands in for a rich message, the row keeps the last alone.
    """
    written = message_from_row(row)
    if row.override_message is None:
        return written
    sent = message_from_json(row.override_message)
    is_list = written.method == SEND_RICH and sent.method == SEND_MESSAGE
    return as_list(written) if is_list and len(row.message_ids or ()) > 1 else sent
