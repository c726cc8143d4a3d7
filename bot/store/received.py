"""What a chat has received: the memory behind "never twice"."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.article import StoryKey
from bot.domain.delivery import RECEIVED
from bot.domain.sends import SendId
from bot.domain.subscription import ChatId
from bot.store.database import in_parts
from bot.store.schema import (
    deliveries,
    digest_stories,
    digests,
    stories,
    subscriptions,
    was_not_received,
)

Place = tuple[int, int]
"""A digest's id and the position of one of its messages."""
Address = tuple[ChatId, int]
"""A chat and a thread of it (0: none)."""

_RECEIVED = [state.value for state in RECEIVED]
_PLACES = 2**16
"""More than the messages of any digest: a place is one number."""


async def received_by(
    connection: AsyncConnection, addresses: list[Address], since: datetime | None
) -> dict[Address, frozenset[StoryKey]]:
    """Give for each address the stories on messages that were sent, or are on their way.

    A story on a message that was refused or cancelled has not been received.
    """
    histories = await _histories(connection, addresses, since)
    sets = await stories_on(connection, {"", *histories.values()})
    return {address: sets[histories.get(address, "")] for address in addresses}


async def stories_on(
    connection: AsyncConnection, histories: Collection[str]
) -> dict[str, frozenset[StoryKey]]:
    """Give the stories of histories, which are texts that `history_of` gave; "" has none."""
    places = {text: _read(text) for text in histories}
    stories = await _stories(connection, {place for found in places.values() for place in found})
    return {
        text: frozenset(key for place in found for key in stories.get(place, ()))
        for text, found in places.items()
    }


def history_of(
    chat_id: sa.ColumnElement[int], thread_id: sa.ColumnElement[int]
) -> sa.ColumnElement[str]:
    """Give the messages that a chat has received as one text, inside a query over chats.

    What stands in the index by chat is nearly always all of it: only where one of its rows was not
    received are they looked at, which lie all over the table.
    """
    row = deliveries.c
    missed = deliveries.alias("missed").c
    has_missed = sa.exists().where(
        missed.chat_id == chat_id, missed.thread_id == thread_id, was_not_received(missed)
    )
    every = sa.select(_joined()).where(row.chat_id == chat_id, row.thread_id == thread_id)
    had = every.where(row.state.in_(_RECEIVED))
    return sa.case(
        (has_missed.correlate(subscriptions), had.correlate(subscriptions).scalar_subquery()),
        else_=every.correlate(subscriptions).scalar_subquery(),
    )


def _joined() -> sa.ColumnElement[str]:
    row = deliveries.c
    place = sa.cast(row.digest_id, sa.BigInteger()) * _PLACES + row.position
    return sa.func.aggregate_strings(sa.cast(place, sa.Text()), ",")


def of_send(row: Any, send_id: SendId) -> tuple[sa.ColumnElement[bool], ...]:
    """Say that a delivery belongs to a send; for rows that are found by their chat.

    By number first: the send's are the chat's last, so few or none are looked at. The sum keeps
    the database from looking for each of ten thousand digests in each chat.
    """
    theirs = sa.select(digests.c.id).where(digests.c.send_id == send_id)
    return row.digest_id >= send_id, (row.digest_id + 0).in_(theirs)


async def _histories(
    connection: AsyncConnection, addresses: list[Address], since: datetime | None
) -> dict[Address, str]:
    """Give the messages that count as received, by address, each address's as one text.

    The database joins them: ninety days of ten thousand chats are a million rows, and nearly all
    chats have one of a few histories, which is read once.
    """
    row, joined = deliveries.c, _joined()
    found: dict[Address, str] = {}
    for chats in in_parts(list(dict.fromkeys(chat_id for chat_id, _ in addresses))):
        query = (
            sa.select(row.chat_id, row.thread_id, joined)
            .where(row.chat_id.in_(chats), row.state.in_(_RECEIVED))
            .group_by(row.chat_id, row.thread_id)
        )
        if since is not None:
            query = query.where(row.created_at >= since)
        for chat_id, thread_id, text in await connection.execute(query):
            found[chat_id, thread_id] = text
    return found


def _read(history: str) -> frozenset[Place]:
    numbers = map(int, history.split(",")) if history else ()
    return frozenset(divmod(number, _PLACES) for number in numbers)


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
    for part in in_parts(sorted({digest_id for digest_id, _ in places})):
        query = sa.select(story.digest_id, story.position, story.story_key).where(~is_retired)
        for digest_id, position, key in await connection.execute(
            query.where(story.digest_id.in_(part))
        ):
            found.setdefault((digest_id, position), []).append(StoryKey(key))
    return found
