"""The bulk steps of a digest's life: a row per chat and message, and the end of all rows."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.delivery import RECEIVED, DigestId, State
from bot.domain.pacing import Priority
from bot.domain.subscription import ChatId
from bot.store.chats import is_silent
from bot.store.database import in_parts
from bot.store.schema import (
    PENDING,
    SENDING,
    deliveries,
    digest_messages,
    digest_stories,
    stories,
)

CHATS_AT_ONCE = 20_000
"""Chats per statement: long enough to be fast, short enough for other tasks to have their turn."""


async def enqueue(
    connection: AsyncConnection,
    digest_id: DigestId,
    recipients: Sequence[tuple[ChatId, int]],
    *,
    priority: Priority,
    due_at: datetime,
    now: datetime,
    racing: Sequence[DigestId] = (),
) -> int:
    """Make a pending row for every chat and message of a digest; give their number.

    The database multiplies chats with messages itself: a million rows cost no Python. Chats that
    must not be written to are left out, and a chat that is named twice gets one row. So are chats
    that received one of its stories by a `racing` digest, of which its composer could not know.
    """
    count = 0
    threads: dict[int, list[ChatId]] = {}
    for chat_id, thread_id in dict.fromkeys(recipients):
        threads.setdefault(thread_id, []).append(chat_id)
    message = digest_messages.c
    for thread_id, chats in threads.items():
        for part in in_parts(chats, CHATS_AT_ONCE):
            chosen = _chosen(connection.dialect.name, part)
            rows = (
                sa.select(
                    message.digest_id,
                    chosen.c.chat_id,
                    sa.literal(thread_id, sa.BigInteger()),
                    message.position,
                    sa.literal(0),
                    sa.literal(0),
                    sa.literal(State.PENDING.value),
                    sa.literal(int(priority)),
                    sa.literal(due_at, deliveries.c.due_at.type),
                    sa.literal(now, deliveries.c.created_at.type),
                )
                .select_from(chosen.join(digest_messages, sa.true()))
                .where(
                    message.digest_id == digest_id,
                    ~is_silent(chosen.c.chat_id),
                    *_unraced(digest_id, racing, chosen.c.chat_id, thread_id),
                )
                .order_by(chosen.c.number, message.position)
            )
            insert = sa.insert(deliveries).from_select(_ENQUEUED, rows, include_defaults=False)
            count += (await connection.execute(insert)).rowcount
    return count


async def racing_digests(connection: AsyncConnection, as_of: int) -> tuple[DigestId, ...]:
    """Give the digests that got deliveries after the one numbered `as_of`."""
    row = deliveries.c
    query = sa.select(row.digest_id).where(row.id > as_of).distinct()
    return tuple(DigestId(number) for number in await connection.scalars(query))


def _unraced(
    digest_id: DigestId,
    racing: Sequence[DigestId],
    chat_id: sa.ColumnElement[Any],
    thread_id: int,
) -> tuple[sa.ColumnElement[bool], ...]:
    """Say that a chat received none of the digest's stories by the racing digests."""
    if not racing:
        return ()
    row = deliveries.alias("raced")
    theirs = digest_stories.alias("theirs")
    ours = digest_stories.alias("ours")
    shared = (
        sa.exists()
        .select_from(
            row.join(
                theirs,
                (theirs.c.digest_id == row.c.digest_id) & (theirs.c.position == row.c.position),
            ).join(ours, ours.c.story_key == theirs.c.story_key)
        )
        .where(
            ours.c.digest_id == digest_id,
            row.c.digest_id.in_([other for other in racing if other != digest_id]),
            row.c.chat_id == chat_id,
            row.c.thread_id == thread_id,
            row.c.state.in_([state.value for state in RECEIVED]),
        )
        .correlate_except(row, theirs, ours)
    )
    return (~shared,)


_ENQUEUED = (
    "digest_id",
    "chat_id",
    "thread_id",
    "position",
    "resend_of",
    "resends",
    "state",
    "priority",
    "due_at",
    "created_at",
)


def _chosen(dialect: str, chats: Sequence[ChatId]) -> sa.Subquery:
    """Give chats as rows (chat_id, number) out of one bound value."""
    each: Any
    if dialect == "sqlite":
        text = json.dumps(chats, separators=(",", ":"))
        each = sa.func.json_each(sa.literal(text)).table_valued("key", "value", name="each")
        chat_id, number = each.c.value, each.c.key
    else:
        numbers = sa.literal(list(chats), postgresql.ARRAY(sa.BigInteger()))
        each = sa.func.unnest(numbers).table_valued(
            "chat_id", with_ordinality="number", name="each"
        )
        each = each.render_derived()
        chat_id, number = each.c.chat_id, each.c.number
    columns = (
        sa.type_coerce(chat_id, sa.BigInteger()).label("chat_id"),
        number.label("number"),
    )
    return sa.select(*columns).subquery("chosen")


def has_open_rows(digest_id: sa.ColumnElement[int]) -> sa.ColumnElement[bool]:
    """Say that a digest has deliveries that are not final."""
    row = deliveries.alias("open_row")
    # Two seeks in the index by digest and state; OR and IN would read every row of the digest.
    return sa.or_(
        *(
            sa.exists().where(row.c.digest_id == digest_id, row.c.state == state)
            for state in (PENDING, SENDING)
        )
    )


async def stamp_posted(connection: AsyncConnection, digest_id: DigestId, now: datetime) -> None:
    """Note the time of posting at the stories that a digest brought to anybody, once."""
    place = digest_stories.c
    sent = sa.exists().where(
        deliveries.c.digest_id == place.digest_id,
        deliveries.c.position == place.position,
        deliveries.c.state == State.SENT.value,
    )
    keys = sa.select(place.story_key).where(place.digest_id == digest_id, sent)
    await connection.execute(
        sa.update(stories)
        .where(stories.c.story_key.in_(keys), stories.c.posted_at.is_(None))
        .values(posted_at=now)
    )
