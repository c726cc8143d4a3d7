"""Replies: which message of a chat a new one follows, looked up when it is about to be sent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.article import StoryKey
from bot.domain.delivery import State
from bot.domain.earlier import FIRST_WITH_ADDRESSES, address_of, linked_back
from bot.domain.message import Message, replying_to
from bot.domain.subscription import ChatId
from bot.store.claims import Found
from bot.store.database import in_parts
from bot.store.schema import articles, deliveries, digest_stories, digests

Place = tuple[int, int]


async def with_replies(
    connection: AsyncConnection, rows: Sequence[Found], messages: Sequence[Message]
) -> list[Message]:
    """Let those messages that follow a story reply to where it last came to the chat of their row.

    Where it never came, or nobody knows the message any more, they reply to nothing.
    """
    if all(message.follows is None for message in messages):
        return list(messages)
    updates = await _updates(connection, rows, messages)
    chats: defaultdict[StoryKey, set[int]] = defaultdict(set)
    for row, message in zip(rows, messages, strict=True):
        if message.follows is not None:
            for key in (message.follows, *updates.get(row.digest_id, {}).values()):
                chats[key].add(row.chat_id)
    found = {key: await _brought(connection, key, ids) for key, ids in chats.items()}
    following = []
    for row, message in zip(rows, messages, strict=True):
        if message.follows is not None:
            place = (row.chat_id, row.thread_id)
            message = replying_to(message, found[message.follows].get(place))
            if row.override_message is None:
                numbers = {
                    url: found[key].get(place)
                    for url, key in updates.get(row.digest_id, {}).items()
                    if key != message.follows
                }
                message = linked_back(message, _addresses(ChatId(row.chat_id), numbers))
        following.append(message)
    return following


def _addresses(chat_id: ChatId, numbers: Mapping[str, int | None]) -> dict[str, str]:
    found = {url: address_of(chat_id, one) for url, one in numbers.items() if one is not None}
    return {url: address for url, address in found.items() if address is not None}


async def _updates(
    connection: AsyncConnection, rows: Sequence[Found], messages: Sequence[Message]
) -> dict[int, dict[str, StoryKey]]:
    """Give what each of several updates of a digest follows, by its link.

    Only of digests for chats in which messages have addresses.
    """
    ids = {
        row.digest_id
        for row, message in zip(rows, messages, strict=True)
        if message.follows is not None and row.chat_id < FIRST_WITH_ADDRESSES
    }
    if not ids:
        return {}
    query = sa.select(digests.c.id, digests.c["items"]).where(digests.c.id.in_(ids))
    told = {
        row.id: {
            item["url"]: item["reasons"]["update_of"]
            for item in row._mapping["items"]
            if item.get("url") and item.get("reasons", {}).get("update_of")
        }
        for row in await connection.execute(query)
    }
    paths = {path for updates in told.values() for path in updates.values()}
    if len(paths) < 2:
        return {}
    known = sa.select(articles.c.path, articles.c.story_key).where(articles.c.path.in_(paths))
    keys = {row.path: StoryKey(row.story_key) for row in await connection.execute(known)}
    return {
        digest: {url: keys[path] for url, path in updates.items() if path in keys}
        for digest, updates in told.items()
    }


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
