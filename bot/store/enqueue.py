"""The bulk steps of a digest's life: a row per chat and message, and the end of all rows."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Container, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.compiler import SQLCompiler

from bot.domain.delivery import RECEIVED, DigestId, State
from bot.domain.pacing import Priority
from bot.domain.sends import SendId
from bot.domain.subscription import ChatId
from bot.store import schema
from bot.store.bulk import as_stored
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
_OWN = ("digest_id", "chat_id", "thread_id", "position")
"""What a row has for itself among the rows of many digests."""


@dataclass(frozen=True, slots=True)
class Addressed:
    """A digest, the number of its messages, the stories in them, and who gets it."""

    digest_id: DigestId
    message_count: int
    stories: Set[str]
    recipients: Sequence[tuple[ChatId, int]]


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
    digests: Sequence[Addressed],
    *,
    priority: Priority,
    due_at: datetime,
    now: datetime,
    already: Mapping[tuple[int, int], Set[str]] | None = None,
) -> None:
    """Make the pending rows of many digests that go to different chats, as `enqueue` does.

    `already`: the stories that chats have received by racing digests.

    Digest by digest: their index grows at its end only, and the other one, by chat, is the
    smaller part of the work as long as the memory of the database holds it. On SQLite row by row,
    which it takes in half the time that it needs for rows out of a query.
    """
    silent = await _silent(connection)
    same = _same(priority, due_at, now)
    del same["position"]
    is_sqlite = connection.dialect.name == "sqlite"
    text = _one_row(connection.dialect, _alike(priority, due_at, now)) if is_sqlite else ""
    parts = _rows_of(digests, silent, already or {})
    # Made apart from the event loop: so many take a hundredth of a second.
    while part := await asyncio.to_thread(next, parts, None):
        if is_sqlite:
            await connection.exec_driver_sql(text, part)
            continue
        chosen = _unnested(part)
        insert = postgresql.insert(deliveries).from_select(
            (*_OWN, *same),
            sa.select(*(chosen.c[name] for name in _OWN), *same.values()),
            include_defaults=False,
        )
        await connection.execute(insert.on_conflict_do_nothing())


def _rows_of(
    digests: Sequence[Addressed],
    silent: Container[int],
    already: Mapping[tuple[int, int], Set[str]],
) -> Iterator[list[tuple[int, int, int, int]]]:
    """Give what is a row's own (`_OWN`), many at once; chats in the order of the unique index."""
    rows: list[tuple[int, int, int, int]] = []
    for one in digests:
        digest_id, count = one.digest_id, one.message_count
        for part in in_parts(one.recipients, CHATS_AT_ONCE):
            chats = set(part)
            if already:
                chats -= {chat for chat in already.keys() & chats if already[chat] & one.stories}
            rows += [
                (digest_id, chat_id, thread_id, position)
                for chat_id, thread_id in sorted(chats)
                if chat_id not in silent
                for position in range(count)
            ]
            if len(rows) >= CHATS_AT_ONCE:
                yield rows
                rows = []
    if rows:
        yield rows


def _one_row(dialect: sa.Dialect, alike: Mapping[str, Any]) -> str:
    """Write out the INSERT of one row for SQLite: what is alike in all of them stands in it."""
    own: dict[str, Any] = {name: sa.bindparam(name) for name in _OWN}
    fixed: dict[str, Any] = {
        name: sa.literal_column(repr(as_stored(deliveries.c[name], value, dialect)))
        for name, value in alike.items()
    }  # numbers, and a state that is a word of ours
    # A chat that is named twice has its row already.
    insert = sqlite.insert(deliveries).values({**own, **fixed}).on_conflict_do_nothing()
    compiled = insert.compile(dialect=dialect)
    assert isinstance(compiled, SQLCompiler)  # noqa: S101 - an INSERT is nothing else
    assert tuple(compiled.positiontup or ()) == _OWN  # noqa: S101 - as in the table
    return str(compiled)


def _unnested(part: Sequence[tuple[int, ...]]) -> sa.TableValuedAlias:
    """Give rows out of bound values, a column each, on PostgreSQL."""
    arrays = (
        sa.literal(list(column), postgresql.ARRAY(sa.BigInteger()))
        for column in zip(*part, strict=True)
    )
    return sa.func.unnest(*arrays).table_valued(*_OWN, name="each").render_derived()


def _alike(priority: Priority, due_at: datetime, now: datetime) -> dict[str, Any]:
    """Give what is alike in all new rows, in the order of the table."""
    return {
        "resend_of": 0,
        "resends": 0,
        "state": State.PENDING.value,
        "priority": int(priority),
        "due_at": due_at,
        "created_at": now,
    }


def _same(priority: Priority, due_at: datetime, now: datetime) -> dict[str, Any]:
    """Give the columns that new rows have beside digest, chat and thread, inside a query."""
    alike = _alike(priority, due_at, now)
    literals = {name: sa.literal(value, deliveries.c[name].type) for name, value in alike.items()}
    return {"position": _message.position, **literals}


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
