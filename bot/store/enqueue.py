"""The bulk steps of a digest's life: a row per chat and message, and the end of all rows."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.delivery import RECEIVED, DigestId, State
from bot.domain.pacing import Priority
from bot.domain.subscription import ChatId
from bot.store import schema
from bot.store.chats import is_silent
from bot.store.database import in_parts
from bot.store.schema import (
    AWAKE,
    PENDING,
    SENDING,
    articles,
    deliveries,
    digest_messages,
    digest_stories,
    digests,
    drafts,
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
    if not await connection.scalar(sa.select(sa.exists().where(_message.digest_id == digest_id))):
        return 0
    count = 0
    same = _same(priority, due_at, now)
    for thread_id, chats in _by_thread(recipients).items():
        for part in in_parts(chats, CHATS_AT_ONCE):
            awake = await _awake(connection, part)
            rows = _rows(connection.dialect.name, digest_id, awake, thread_id, racing)
            names = ("digest_id", "chat_id", "thread_id", *same)
            insert = sa.insert(deliveries).from_select(
                names, rows.add_columns(*same.values()), include_defaults=False
            )
            count += (await connection.execute(insert)).rowcount
    return count


async def enqueue_many(
    connection: AsyncConnection,
    digests: Sequence[tuple[DigestId, Sequence[tuple[ChatId, int]]]],
    *,
    priority: Priority,
    due_at: datetime,
    now: datetime,
) -> None:
    """Make the pending rows of many digests that go to different chats, as `enqueue` does.

    All in the order of the unique index, by chat: digest by digest it would take five times as
    long.
    """
    dialect = connection.dialect.name
    for part in _by_chat(digests):
        chosen = _pairs(dialect, part)
        rows = (
            sa.select(chosen.c.digest_id, chosen.c.chat_id, chosen.c.thread_id)
            .select_from(
                chosen.outerjoin(digest_messages, _message.digest_id == chosen.c.digest_id)
            )
            .where(~is_silent(chosen.c.chat_id), _message.digest_id.is_not(None))
        )
        if dialect != "sqlite":
            rows = rows.order_by(chosen.c.number, _message.position)
        same = _same(priority, due_at, now)
        insert = sa.insert(deliveries).from_select(
            ("digest_id", "chat_id", "thread_id", *same),
            rows.add_columns(*same.values()),
            include_defaults=False,
        )
        await connection.execute(insert)


def _by_chat(
    digests: Sequence[tuple[DigestId, Sequence[tuple[ChatId, int]]]],
) -> Iterator[list[tuple[int, int, int]]]:
    """Give chats, threads and digests in the order of chats, so many at once.

    As numbers in arrays: a million tuples would be a hundred megabytes.
    """
    chats, threads, numbers = array("q"), array("q"), array("q")
    for digest_id, recipients in digests:
        for chat_id, thread_id in dict.fromkeys(recipients):
            chats.append(chat_id)
            threads.append(thread_id)
            numbers.append(digest_id)
    order = array("q", sorted(range(len(chats)), key=chats.__getitem__))
    for start in range(0, len(order), CHATS_AT_ONCE):
        part = order[start : start + CHATS_AT_ONCE]
        yield [(chats[at], threads[at], numbers[at]) for at in part]


def _pairs(dialect: str, part: Sequence[tuple[int, int, int]]) -> sa.Subquery:
    """Give chats, threads and digests as rows out of bound values."""
    names = ("chat_id", "thread_id", "digest_id")
    if dialect == "sqlite":
        text = orjson.dumps(part).decode()
        each: Any = sa.func.json_each(sa.literal(text)).table_valued("key", "value", name="each")
        columns = [
            sa.type_coerce(
                sa.func.json_extract(each.c.value, f"$[{number}]"), sa.BigInteger()
            ).label(name)
            for number, name in enumerate(names)
        ]
        return sa.select(*columns, each.c.key.label("number")).subquery("chosen")
    arrays = [
        sa.literal(list(column), postgresql.ARRAY(sa.BigInteger()))
        for column in zip(*part, strict=True)
    ]
    each = sa.func.unnest(*arrays).table_valued(*names, with_ordinality="number", name="each")
    each = each.render_derived()
    columns = [sa.type_coerce(each.c[name], sa.BigInteger()).label(name) for name in names]
    return sa.select(*columns, each.c.number.label("number")).subquery("chosen")


def _same(priority: Priority, due_at: datetime, now: datetime) -> dict[str, Any]:
    """Give the columns that are alike in all new rows."""
    return {
        "position": _message.position,
        "resend_of": sa.literal(0),
        "resends": sa.literal(0),
        "state": sa.literal(State.PENDING.value),
        "priority": sa.literal(int(priority)),
        "due_at": sa.literal(due_at, deliveries.c.due_at.type),
        "created_at": sa.literal(now, deliveries.c.created_at.type),
    }


def _by_thread(recipients: Sequence[tuple[ChatId, int]]) -> dict[int, list[ChatId]]:
    """Give each thread's chats, each once, in the order of the unique index.

    To store them in any other order takes five times as long.
    """
    threads: defaultdict[int, set[ChatId]] = defaultdict(set)
    for chat_id, thread_id in recipients:
        threads[thread_id].add(chat_id)
    return {thread_id: sorted(chats) for thread_id, chats in threads.items()}


async def _awake(connection: AsyncConnection, chats: Sequence[ChatId]) -> Sequence[ChatId]:
    """Leave out the chats that must not be written to; `chats` go up.

    Those between the ends are looked up at once: few sleep, and to ask the table about each of a
    million chats would take as long as half of storing their rows.
    """
    own = schema.chats.c
    asleep = sa.select(own.id).where(own.state != AWAKE, own.id.between(chats[0], chats[-1]))
    silent = frozenset(await connection.scalars(asleep))
    return [chat_id for chat_id in chats if chat_id not in silent] if silent else chats


def _rows(
    dialect: str,
    digest_id: DigestId,
    chats: Sequence[ChatId],
    thread_id: int,
    racing: Sequence[DigestId],
) -> sa.Select[Any]:
    """Multiply chats with a digest's messages."""
    chosen = _chosen(dialect, chats)
    rows = (
        sa.select(
            sa.literal(digest_id, sa.BigInteger()),
            chosen.c.chat_id,
            sa.literal(thread_id, sa.BigInteger()),
        )
        # An outer join, so that the chats are the outer loop: then nothing has to be sorted.
        .select_from(chosen.outerjoin(digest_messages, _message.digest_id == digest_id))
        .where(*_unraced(digest_id, racing, chosen.c.chat_id, thread_id))
    )
    return rows if dialect == "sqlite" else rows.order_by(chosen.c.number, _message.position)


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


_message = digest_messages.c


def _chosen(dialect: str, chats: Sequence[ChatId]) -> sa.Subquery:
    """Give chats as rows (chat_id, number) out of one bound value."""
    each: Any
    if dialect == "sqlite":
        text = orjson.dumps(chats).decode()
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
    """Note when stories that a digest brought to anybody were posted and how hot then, once."""
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
        .values(
            posted_at=now,
            posted_heat=sa.select(sa.func.max(articles.c.heat))
            .where(articles.c.story_key == stories.c.story_key)
            .scalar_subquery(),
        )
    )


async def drop_digests(connection: AsyncConnection, digest_ids: Sequence[DigestId]) -> int:
    """Delete digests that have no deliveries, with what they say; give the number of rows."""
    count = 0
    for part in in_parts(digest_ids):
        # A kill between an approval and the end of its draft leaves the draft.
        await connection.execute(sa.delete(drafts).where(drafts.c.digest_id.in_(part)))
        for column in (digest_messages.c.digest_id, digest_stories.c.digest_id, digests.c.id):
            gone = await connection.execute(sa.delete(column.table).where(column.in_(part)))
            count += gone.rowcount
    return count
