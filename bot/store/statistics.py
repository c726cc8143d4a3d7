"""Numbers over the whole database: how many read, what was sent, what they follow."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.delivery import State
from bot.domain.digest import DigestKind
from bot.domain.subscription import ChatState
from bot.store.database import Database
from bot.store.schema import (
    articles,
    chats,
    deliveries,
    digest_stories,
    sends,
    subscriptions,
    tallies,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TopStory:
    """A story, and how many chats got it."""

    key: str
    title: str | None
    chats: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistics:
    """Numbers as they are now, and of what happened since a moment.

    `readers` counts subscriptions by kind of chat and state of it. `topics` and `muted` count the
    subscriptions that follow or mute a topic. `deliveries` are messages by what became of them,
    `asked` what people did, by kind; days of UTC count whole there.
    """

    readers: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    new: int = 0
    gone: int = 0
    forgotten: int = 0
    asleep_since: int = 0
    sends: Mapping[str, int] = field(default_factory=dict)
    deliveries: Mapping[str, int] = field(default_factory=dict)
    stories: tuple[TopStory, ...] = ()
    asked: Mapping[str, int] = field(default_factory=dict)
    topics: tuple[tuple[str, int], ...] = ()
    muted: tuple[tuple[str, int], ...] = ()


async def statistics(db: Database, *, since: datetime, most: int) -> Statistics:
    """Count everything at one moment; lists have at most `most` entries, the largest first."""
    async with db.reading() as connection:
        followed, muted = await _topics(connection, most)
        return Statistics(
            readers=await _readers(connection),
            new=await _count(
                connection, subscriptions.c.is_active, subscriptions.c.created_at >= since
            ),
            gone=await _count(connection, subscriptions.c.ended_at >= since),
            forgotten=await _count(connection, chats.c.forgotten_at >= since),
            asleep_since=await _count(
                connection,
                chats.c.state == ChatState.ASLEEP.value,
                chats.c.state_at >= since,
                chats.c.forgotten_at.is_(None),
            ),
            sends=await _sends(connection, since),
            deliveries=await _deliveries(connection, since),
            stories=await _stories(connection, since, most),
            asked=await _asked(connection, since),
            topics=followed,
            muted=muted,
        )


async def _readers(connection: AsyncConnection) -> dict[str, dict[str, int]]:
    query = (
        sa.select(chats.c.kind, chats.c.state, sa.func.count())
        .join(subscriptions, subscriptions.c.chat_id == chats.c.id)
        .where(subscriptions.c.is_active)
        .group_by(chats.c.kind, chats.c.state)
        .order_by(chats.c.kind, chats.c.state)
    )
    found: dict[str, dict[str, int]] = {}
    for kind, state, number in await connection.execute(query):
        found.setdefault(kind, {})[state] = number
    return found


async def _count(connection: AsyncConnection, *conditions: sa.ColumnElement[bool]) -> int:
    query = sa.select(sa.func.count()).where(*conditions)
    return await connection.scalar(query) or 0


async def _sends(connection: AsyncConnection, since: datetime) -> dict[str, int]:
    query = (
        sa.select(sends.c.kind, sa.func.count())
        .where(sends.c.started_at >= since)
        .group_by(sends.c.kind)
    )
    counts = {kind: number for kind, number in await connection.execute(query)}
    return {kind.value: counts[kind.value] for kind in DigestKind if kind.value in counts}


async def _deliveries(connection: AsyncConnection, since: datetime) -> dict[str, int]:
    """Count messages; of sends that have shrunk, from what was kept of them."""
    query = (
        sa.select(deliveries.c.state, sa.func.count())
        .where(deliveries.c.created_at >= since)
        .group_by(deliveries.c.state)
    )
    counts: Counter[str] = Counter(
        {state: number for state, number in await connection.execute(query)}
    )
    shrunk = sa.select(sends.c.counts).where(
        sends.c.started_at >= since, sends.c.shrunk_at.is_not(None)
    )
    for kept in await connection.scalars(shrunk):
        counts.update(kept or {})
    return {state.value: counts[state.value] for state in State if counts[state.value]}


async def _stories(connection: AsyncConnection, since: datetime, most: int) -> tuple[TopStory, ...]:
    row, place = deliveries.c, digest_stories.c
    # Few messages of digests stand for many deliveries: these are counted first.
    sent = (
        sa.select(row.digest_id, row.position, sa.func.count().label("chats"))
        .where(row.state == State.SENT.value, row.created_at >= since)
        .group_by(row.digest_id, row.position)
        .subquery("sent")
    )
    number = sa.func.sum(sent.c.chats)
    query = (
        sa.select(place.story_key, number.label("chats"))
        .join(sent, (sent.c.digest_id == place.digest_id) & (sent.c.position == place.position))
        .where(place.is_lead)
        .group_by(place.story_key)
        .order_by(number.desc(), place.story_key)
        .limit(most)
    )
    found = (await connection.execute(query)).all()
    keys = [one.story_key for one in found]
    named = sa.select(articles.c.story_key, sa.func.min(articles.c.title))
    named = named.where(articles.c.story_key.in_(keys)).group_by(articles.c.story_key)
    titles = {key: title for key, title in await connection.execute(named)}
    return tuple(
        TopStory(key=one.story_key, title=titles.get(one.story_key), chats=int(one.chats))
        for one in found
    )


async def _asked(connection: AsyncConnection, since: datetime) -> dict[str, int]:
    day = f"{since.astimezone(UTC):%Y-%m-%d}"
    query = (
        sa.select(tallies.c.what, sa.func.sum(tallies.c.number))
        .where(tallies.c.day >= day)
        .group_by(tallies.c.what)
        .order_by(tallies.c.what)
    )
    return {what: int(number) for what, number in await connection.execute(query)}


async def _topics(
    connection: AsyncConnection, most: int
) -> tuple[tuple[tuple[str, int], ...], ...]:
    """Count who follows and who mutes what: alike wishes are one row."""
    counted = []
    for column in (subscriptions.c.followed, subscriptions.c.muted):
        query = sa.select(column, sa.func.count()).where(subscriptions.c.is_active)
        names: Counter[str] = Counter()
        async for row in await connection.stream(query.group_by(column)):
            for name in row[0]:
                names[name] += row[1]
        first = sorted(names.items(), key=lambda one: (-one[1], one[0]))
        counted.append(tuple(first[:most]))
    return tuple(counted)
