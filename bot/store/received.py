"""What a chat has received: the memory behind "never twice"."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.article import StoryKey
from bot.domain.delivery import RECEIVED
from bot.domain.subscription import ChatId
from bot.store.database import in_parts
from bot.store.schema import deliveries, digest_stories, stories

Place = tuple[int, int]
"""A digest's id and the position of one of its messages."""
Address = tuple[ChatId, int]
"""A chat and a thread of it (0: none)."""

_RECEIVED = [state.value for state in RECEIVED]


async def received_by(
    connection: AsyncConnection, addresses: list[Address], since: datetime | None
) -> dict[Address, frozenset[StoryKey]]:
    """Give for each address the stories on messages that were sent, or are on their way.

    A story on a message that was refused or cancelled has not been received.
    """
    places = await _places(connection, addresses, since)
    stories = await _stories(connection, {p for found in places.values() for p in found})
    sets: dict[frozenset[Place], frozenset[StoryKey]] = {}
    result: dict[Address, frozenset[StoryKey]] = {}
    for address in addresses:
        history = frozenset(places.get(address, ()))
        if history not in sets:
            sets[history] = frozenset(key for place in history for key in stories.get(place, ()))
        result[address] = sets[history]
    return result


async def _places(
    connection: AsyncConnection, addresses: list[Address], since: datetime | None
) -> dict[Address, set[Place]]:
    """Give the messages that count as received, by address."""
    row = deliveries.c
    found: dict[Address, set[Place]] = {}
    for chats in in_parts(list(dict.fromkeys(chat_id for chat_id, _ in addresses))):
        query = sa.select(row.chat_id, row.thread_id, row.digest_id, row.position).where(
            row.chat_id.in_(chats), row.state.in_(_RECEIVED)
        )
        if since is not None:
            query = query.where(row.created_at >= since)
        async for part in (await connection.stream(query)).partitions(10_000):
            for chat_id, thread_id, digest_id, position in part:
                found.setdefault((chat_id, thread_id), set()).add((digest_id, position))
    return found


async def _stories(connection: AsyncConnection, places: set[Place]) -> dict[Place, list[StoryKey]]:
    """Give the stories that stand on each message.

    Retired ones are left out: nobody gets them again, and chats whose rows are gone must not
    differ from those whose rows are still there.
    """
    story = digest_stories.c
    is_retired = sa.exists().where(
        stories.c.story_key == story.story_key, stories.c.retired_at.is_not(None)
    )
    found: dict[Place, list[StoryKey]] = {}
    for digests in in_parts(sorted({digest_id for digest_id, _ in places})):
        query = sa.select(story.digest_id, story.position, story.story_key).where(~is_retired)
        for digest_id, position, key in await connection.execute(
            query.where(story.digest_id.in_(digests))
        ):
            found.setdefault((digest_id, position), []).append(StoryKey(key))
    return found
