"""Replies: which message of a chat a new one follows, looked up when it is about to be sent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.article import StoryKey
from bot.domain.delivery import State
from bot.domain.message import Message, replying_to
from bot.store.database import Row, in_parts
from bot.store.schema import deliveries, digest_stories

Place = tuple[int, int]


async def with_replies(
    connection: AsyncConnection, rows: Sequence[Row], messages: Sequence[Message]
) -> list[Message]:
    """Let those messages that follow a story reply to where it last came to the chat of their row.

    Where it never came, or nobody knows the message any more, they reply to nothing.
    """
    chats: defaultdict[StoryKey, set[int]] = defaultdict(set)
    for row, message in zip(rows, messages, strict=True):
        if message.follows is not None:
            chats[message.follows].add(row.chat_id)
    if not chats:
        return list(messages)
    found = {key: await _brought(connection, key, ids) for key, ids in chats.items()}
    return [
        message
        if message.follows is None
        else replying_to(message, found[message.follows].get((row.chat_id, row.thread_id)))
        for row, message in zip(rows, messages, strict=True)
    ]


async def _brought(connection: AsyncConnection, key: StoryKey, chats: set[int]) -> dict[Place, int]:
    """Give the first number of the newest message that brought a story, by chat and thread."""
    row, place = deliveries.c, digest_stories.c
    brought: dict[Place, int] = {}
    for part in in_parts(sorted(chats)):
        query = sa.select(row.id, row.chat_id, row.thread_id, row.message_ids).where(
            # From the few rows of a chat to the story, not from the story to all its rows.
            sa.exists().where(
                place.digest_id == row.digest_id,
                place.position == row.position,
                place.story_key == key,
            ),
            row.chat_id.in_(part),
            row.state == State.SENT.value,
            row.message_ids.is_not(None),
        )
        # Sorted here: to sort there SQLite would walk along all rows instead.
        for _, chat_id, thread_id, ids in sorted((await connection.execute(query)).all()):
            if ids:
                brought[chat_id, thread_id] = ids[0]
    return brought
