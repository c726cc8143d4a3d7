"""The rows of sends and what follows from them for deliveries; used inside others' transactions.

The digests of a paused send are *held*: their priority is HELD lower, so that a claim does not
walk to them. Their deliveries that were tried before are held too, so that they stand in nobody's
way. What is in flight stays as it is; what comes back pending, or is made anew, is held (or
cancelled) by `obey`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.delivery import DeliveryId, DigestId, State
from bot.domain.digest import DigestKind
from bot.domain.pacing import Priority
from bot.domain.sends import SendId, SendState
from bot.store.database import in_parts
from bot.store.schema import (
    HELD,
    OPEN,
    PENDING,
    STARTED,
    deliveries,
    digests,
    sends,
    slots,
    was_tried,
)

CANCELLED = "the send was cancelled"


@dataclass(frozen=True, slots=True)
class Growing:
    """A send that more digests are stored for; `is_held`: somebody has paused it."""

    id: SendId
    is_held: bool


async def begin_send(
    connection: AsyncConnection,
    send_id: SendId,
    *,
    kind: DigestKind,
    title: str,
    priority: Priority,
    due_at: datetime | None,
    now: datetime,
) -> None:
    """Make the send of digests that have just got their deliveries; it has the first one's id.

    It is whole, unless `grow` says that there is more to come.
    """
    await connection.execute(
        sa.insert(sends).values(
            id=send_id,
            kind=kind.value,
            state=SendState.RUNNING.value,
            priority=int(priority),
            title=title,
            due_at=due_at,
            started_at=now,
            changed_at=now,
        )
    )


async def add_to_send(
    connection: AsyncConnection, send_id: SendId, digest_ids: Sequence[DigestId]
) -> None:
    """Note of digests which send they belong to."""
    for part in in_parts(digest_ids):
        change = sa.update(digests).where(digests.c.id.in_(part)).values(send_id=send_id)
        await connection.execute(change)


async def close_sends(
    connection: AsyncConnection, digest_ids: Sequence[DigestId], now: datetime
) -> None:
    """Note which sends are through, now that these digests are, and keep their counts."""
    ids: set[int] = set()
    for part in in_parts(digest_ids):
        query = sa.select(digests.c.send_id).where(
            digests.c.id.in_(part), digests.c.send_id.is_not(None)
        )
        ids.update((await connection.scalars(query.distinct())).all())
    await _close(connection, sorted(ids), now)


async def grow(connection: AsyncConnection, send_id: SendId, to_come: int) -> Growing | None:
    """Note how many deliveries of a send are still to be stored; None when it was cancelled.

    Whoever pauses it waits from here on until this transaction ends, and holds its digests, too.
    """
    change = (
        sa.update(sends)
        .where(
            sends.c.id == send_id,
            sends.c.state.in_([SendState.RUNNING.value, SendState.PAUSED.value]),
            sends.c.done_at.is_(None),
        )
        .values(to_come=to_come)
    )
    row = (await connection.execute(change.returning(sends.c.state))).one_or_none()
    return None if row is None else Growing(send_id, row.state == SendState.PAUSED.value)


async def make_whole(connection: AsyncConnection, send_id: SendId, now: datetime) -> None:
    """Note that nothing more will be stored for a send, unless a slot of it is unfinished."""
    unfinished = sa.exists().where(slots.c.send_id == send_id, slots.c.state == STARTED)
    await connection.execute(
        sa.update(sends).where(sends.c.id == send_id, ~unfinished).values(to_come=None)
    )
    await _close(connection, [send_id], now)


async def _close(connection: AsyncConnection, send_ids: Iterable[int], now: datetime) -> None:
    still_open = digests.alias("still_open")
    for send_id in send_ids:
        is_open = sa.exists().where(still_open.c.send_id == send_id, still_open.c.state == OPEN)
        is_through = (
            (sends.c.id == send_id)
            & sends.c.done_at.is_(None)
            & sends.c.to_come.is_(None)
            & ~is_open
        )
        # Its digests end one by one; to count all rows at the end of each would take ever longer.
        if await connection.scalar(sa.select(sends.c.id).where(is_through)) is None:
            continue
        counts = await counts_of(connection, SendId(send_id))
        ended = sa.case(
            (sends.c.state == SendState.CANCELLED.value, sends.c.state),
            else_=SendState.DONE.value,
        )
        await connection.execute(
            sa.update(sends)
            .where(is_through)
            .values(
                state=ended,
                done_at=now,
                counts={state.value: count for state, count in counts.items()},
            )
        )


async def counts_of(connection: AsyncConnection, send_id: SendId) -> Mapping[State, int]:
    """Count a send's deliveries by state."""
    row = deliveries.c
    query = (
        sa.select(row.state, sa.func.count())
        .where(row.digest_id.in_(digests_of(send_id)))
        .group_by(row.state)
    )
    return {State(state): count for state, count in await connection.execute(query)}


def digests_of(send_id: SendId) -> sa.Select[tuple[int]]:
    """Give the ids of a send's digests."""
    return sa.select(digests.c.id).where(digests.c.send_id == send_id)


async def hold(connection: AsyncConnection, send_id: SendId) -> None:
    """Take the digests of a send out of the claim's walk; those already so stay."""
    await _shift(connection, send_id, HELD)


@cache  # a handful of numbers
def own_priority(stored: int) -> Priority:
    """Read the priority of a digest or a delivery, whether it is held or not."""
    return Priority(stored % HELD)


async def release(connection: AsyncConnection, send_id: SendId) -> None:
    """Undo `hold`."""
    await _shift(connection, send_id, -HELD)


async def _shift(connection: AsyncConnection, send_id: SendId, by: int) -> None:
    row, digest = deliveries.c, digests.c
    await connection.execute(
        sa.update(digests)
        .where(digest.send_id == send_id, _moves(digest.priority, by))
        .values(priority=digest.priority + by)
    )
    await connection.execute(
        sa.update(deliveries)
        .where(row.digest_id.in_(digests_of(send_id)), row.state == PENDING, was_tried(row))
        .where(_moves(row.priority, by))
        .values(priority=row.priority + by)
    )


def _moves(priority: sa.ColumnElement[int], by: int) -> sa.ColumnElement[bool]:
    return priority < HELD if by > 0 else priority >= HELD


async def obey(
    connection: AsyncConnection, digest_ids: Collection[DigestId], now: datetime
) -> None:
    """Hold the pending deliveries of paused sends, and cancel those of cancelled ones."""
    row = deliveries.c
    for part in in_parts(sorted(digest_ids)):
        pending = (row.digest_id.in_(part), row.state == PENDING)
        await connection.execute(
            sa.update(deliveries)
            .where(*pending, was_tried(row), row.priority < HELD, _is(SendState.PAUSED))
            .values(priority=row.priority + HELD)
        )
        await connection.execute(
            sa.update(deliveries)
            .where(*pending, _is(SendState.CANCELLED))
            .values(state=State.CANCELLED.value, reason=CANCELLED, settled_at=now)
        )


async def ask(connection: AsyncConnection, ids: Collection[DeliveryId], now: datetime) -> None:
    """Leave uncertain deliveries to an operator's decision; of a cancelled send none is sent."""
    row = deliveries.c
    for part in in_parts(sorted(ids)):
        await connection.execute(
            sa.update(deliveries)
            .where(
                row.id.in_(part),
                row.state == State.UNCERTAIN.value,
                ~_is(SendState.CANCELLED),
            )
            .values(undecided_since=now)
        )


def _is(state: SendState) -> sa.ColumnElement[bool]:
    """Say that a delivery's send is in a state."""
    digest = digests.alias("its_digest")
    return (
        sa.exists()
        .select_from(digest.join(sends, sends.c.id == digest.c.send_id))
        .where(digest.c.id == deliveries.c.digest_id, sends.c.state == state.value)
        .correlate(deliveries)
    )
