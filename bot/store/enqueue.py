"""The bulk steps of a digest's life: a row per chat and message, and the end of all rows."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Collection, Container, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.delivery import RECEIVED, DigestId, State
from bot.domain.pacing import Priority
from bot.domain.sends import SendId
from bot.domain.subscription import ChatId
from bot.store import schema
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
FEW_RACED = 20_000
"""Stories of racing digests, times their chats, that are looked through in memory."""
_STORING = 0x6761_7A65_7474_6503
"""Key of the PostgreSQL advisory lock of those who store deliveries."""
_BITS = 10
"""A row's chat and digest share one number of 63 bits: a chat's id has 52 and a sign."""
_DIGESTS = 1 << _BITS


@dataclass(frozen=True, slots=True)
class Addressed:
    """A digest, the number of its messages, the stories in them, and who gets it."""

    digest_id: DigestId
    message_count: int
    stories: Set[str]
    recipients: Sequence[tuple[ChatId, int]]


@dataclass(frozen=True, slots=True)
class _Alike:
    """What is alike in all rows that are made at once."""

    priority: Priority
    due_at: datetime
    created_at: datetime


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

    Chats that must not be written to are left out, and a chat that is named twice gets one row. So
    are chats that received one of its stories by a `racing` digest, of which its composer could not
    know.
    """
    own = digest_messages.c
    said = sa.select(own.position).where(own.digest_id == digest_id).order_by(own.position)
    positions = list(await connection.scalars(said))
    count = 0
    alike = _Alike(priority, due_at, now)
    threads = await asyncio.to_thread(_by_thread, recipients) if positions else {}
    for thread_id, chats in threads.items():
        for part in in_parts(chats, CHATS_AT_ONCE):
            awake = await _awake(connection, part)
            numbers = [chat_id << _BITS for chat_id in awake]
            rows = _Rows(digest_id, thread_id, positions, numbers)
            count += await _insert(connection, rows, alike, racing)
    return count


async def enqueue_many(
    connection: AsyncConnection,
    digests: Sequence[Addressed],
    *,
    priority: Priority,
    due_at: datetime,
    now: datetime,
    already: Mapping[tuple[int, int], Set[str]] | None = None,
) -> None:
    """Make the pending rows of many digests that go to different chats, as `enqueue` does.

    `already`: the stories that chats have received by racing digests. `digests` go up: some
    hundred at once, in the order of their chats. The index by chat is then walked once and not
    gone through for each row, and the other one grows at its end only.
    """
    silent = await _silent(connection)
    alike = _Alike(priority, due_at, now)
    parts = _packed(digests, silent, already or {})
    # Made apart from the event loop: so many take a hundredth of a second.
    while rows := await asyncio.to_thread(next, parts, None):
        await _insert(connection, rows, alike)


@dataclass(frozen=True, slots=True)
class _Rows:
    """Rows of digests with alike positions, in one thread.

    Each number is a chat and a digest (counted from `first`); each has a row for every position.
    """

    first: DigestId
    thread_id: int
    positions: Sequence[int]
    numbers: Sequence[int]


def _packed(
    digests: Sequence[Addressed],
    silent: Container[int],
    already: Mapping[tuple[int, int], Set[str]],
) -> Iterator[_Rows]:
    """Put the rows of many digests into few numbers, by chat."""
    packed: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
    first, count = DigestId(0), 0
    for one in digests:
        digest_id, chats = one.digest_id, set(one.recipients)
        if packed and (count + len(chats) > CHATS_AT_ONCE or digest_id >= first + _DIGESTS):
            yield from _rows_of(first, packed)
            packed.clear()
            count = 0
        if not packed:
            first = digest_id
        count += len(chats)
        if already:
            chats -= {chat for chat in already.keys() & chats if already[chat] & one.stories}
        for chat_id, thread_id in chats:
            if chat_id not in silent:
                packed[thread_id, one.message_count].append(chat_id << _BITS | digest_id - first)
    yield from _rows_of(first, packed)


def _rows_of(first: DigestId, packed: Mapping[tuple[int, int], Collection[int]]) -> Iterator[_Rows]:
    for (thread_id, messages), numbers in packed.items():
        for part in in_parts(sorted(numbers), CHATS_AT_ONCE):
            yield _Rows(first, thread_id, range(messages), part)


async def _insert(
    connection: AsyncConnection, rows: _Rows, alike: _Alike, racing: Sequence[DigestId] = ()
) -> int:
    """Make rows by one statement: the database takes them in a third of the time of single ones."""
    source = _each(connection.dialect.name, rows.numbers, "each")
    number = sa.type_coerce(source.c.value, sa.BigInteger())
    digest_id = sa.literal(rows.first, sa.BigInteger()) + number.op("&")(_DIGESTS - 1)
    chat_id = number.op(">>")(sa.literal(_BITS, sa.Integer()))
    values = {
        "thread_id": rows.thread_id,
        "resend_of": 0,
        "resends": 0,
        "state": State.PENDING.value,
        "priority": int(alike.priority),
        "due_at": alike.due_at,
        "created_at": alike.created_at,
    }
    same = (sa.literal(value, deliveries.c[name].type) for name, value in values.items())
    conditions = _unraced(digest_id, racing, chat_id, rows.thread_id)
    if len(rows.positions) == 1:
        position: sa.ColumnElement[int] = sa.literal(rows.positions[0], sa.Integer())
        query = sa.select(digest_id, chat_id, position, *same).select_from(source)
    else:  # all that a chat gets lies together, and leaves together
        places = _each(connection.dialect.name, rows.positions, "place")
        position = sa.type_coerce(places.c.value, sa.Integer())
        query = (
            sa.select(digest_id, chat_id, position, *same)
            .select_from(source.join(places, sa.true()))
            .order_by(number, position)
        )
    insert = sa.insert(deliveries).from_select(
        ("digest_id", "chat_id", "position", *values),
        query.where(*conditions),
        include_defaults=False,
    )
    return (await connection.execute(insert)).rowcount


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
    silent = await _silent(connection, own.id.between(chats[0], chats[-1]))
    return [chat_id for chat_id in chats if chat_id not in silent] if silent else chats


async def _silent(connection: AsyncConnection, *among: sa.ColumnElement[bool]) -> frozenset[ChatId]:
    """Give the chats that must not be written to."""
    own = schema.chats.c
    asleep = sa.select(own.id).where(own.state != AWAKE, *among)
    return frozenset(await connection.scalars(asleep))


def _each(dialect: str, numbers: Sequence[int], name: str) -> sa.TableValuedAlias:
    """Give numbers as rows out of one bound value, in their order."""
    if dialect == "sqlite":
        text = sa.literal(orjson.dumps(list(numbers)).decode())
        return sa.func.json_each(text).table_valued("value", name=name)
    array = sa.literal(list(numbers), postgresql.ARRAY(sa.BigInteger()))
    return sa.func.unnest(array).table_valued("value", name=name).render_derived()


async def wait_in_line(connection: AsyncConnection) -> None:
    """Let those who store deliveries do so one after the other, also on PostgreSQL.

    Then whoever stores later sees all that was stored before, and rows are numbered in that order.
    """
    if connection.dialect.name == "postgresql":
        await connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_STORING)))


async def newest_delivery(connection: AsyncConnection) -> int:
    """Number the newest delivery, 0 when there is none."""
    return await connection.scalar(sa.select(sa.func.max(deliveries.c.id))) or 0


async def racing_digests(
    connection: AsyncConnection, as_of: int, *, apart_from: SendId | None = None
) -> tuple[DigestId, ...]:
    """Give the digests that got deliveries after the one numbered `as_of`, but not one send's."""
    row = deliveries.c
    # The sum: to tell digests apart SQLite would walk along the index by digest, all of it.
    query = sa.select(row.digest_id + 0).where(row.id > as_of).distinct()
    if apart_from is not None:
        own = digests.alias("own")
        theirs = sa.exists().where(own.c.id == row.digest_id, own.c.send_id == apart_from)
        query = query.where(~theirs)
    return tuple(DigestId(number) for number in await connection.scalars(query))


async def raced(
    connection: AsyncConnection, racing: Sequence[DigestId]
) -> Mapping[tuple[int, int], Set[str]] | None:
    """Tell which stories chats received by racing digests; None: by too many for a look each."""
    row, place = deliveries.alias("raced").c, digest_stories.c
    found: dict[tuple[int, int], set[str]] = {}
    count = 0
    for part in in_parts(racing):
        query = (
            sa.select(row.chat_id, row.thread_id, place.story_key)
            .join(
                digest_stories,
                (place.digest_id == row.digest_id) & (place.position == row.position),
            )
            .where(row.digest_id.in_(part), row.state.in_([state.value for state in RECEIVED]))
            .limit(FEW_RACED + 1 - count)
        )
        for chat_id, thread_id, story_key in await connection.execute(query):
            found.setdefault((chat_id, thread_id), set()).add(story_key)
            count += 1
        if count > FEW_RACED:
            return None
    return found


def _unraced(
    digest_id: sa.ColumnElement[int],
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
            row.c.digest_id.in_(racing),
            row.c.digest_id != digest_id,
            row.c.chat_id == chat_id,
            row.c.thread_id == thread_id,
            row.c.state.in_([state.value for state in RECEIVED]),
        )
        .correlate_except(row, theirs, ours)
    )
    return (~shared,)


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
