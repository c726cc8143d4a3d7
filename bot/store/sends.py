"""Sends: what is on its way, what became of it, and the switches that hold it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.delivery import DeliveryId, DigestId, State
from bot.domain.digest import OF_ONE_CHAT, DigestKind
from bot.domain.sends import RATE_SPAN, Doubt, Send, SendId, SendState
from bot.domain.subscription import ChatId, UserId
from bot.store.database import Database, Row, in_parts
from bot.store.digest_rows import DigestState
from bot.store.schema import NOBODYS_CHAT, PENDING, chats, deliveries, digests, sends
from bot.store.send_rows import CANCELLED, counts_of, digests_of, hold, obey, release
from bot.store.settling import PLACE, resend

OPEN_STATES = (SendState.RUNNING.value, SendState.PAUSED.value)


class Sends:
    """Every send, running or ended. `as_of` guards a change: the `changed_at` that was seen."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def get(self, send_id: SendId, *, now: datetime) -> Send | None:
        """Give a send with its counts; None when there is none with this id."""
        async with self._db.reading() as connection:
            query = sa.select(*_COLUMNS).where(sends.c.id == send_id)
            row = (await connection.execute(query)).one_or_none()
            return None if row is None else await _send(connection, row, now)

    async def listed(self, *, now: datetime, ended: int) -> tuple[Send, ...]:
        """Give what is running, paused or to be decided, oldest first, then so many that ended.

        The newest end comes first. What is one reader's alone (a first digest, one that was asked
        for, a reminder) is only listed when it is held up.
        """
        undecided = _is_undecided(sends.c.id)
        is_ones = sends.c.kind.in_([kind.value for kind in OF_ONE_CHAT])
        live = (
            sends.c.done_at.is_(None) & (~is_ones | (sends.c.state == SendState.PAUSED.value))
            | undecided
        )
        past = sends.c.done_at.is_not(None) & ~undecided & ~is_ones
        async with self._db.reading() as connection:
            query = sa.select(*_COLUMNS).where(live).order_by(sends.c.id)
            rows = list(await connection.execute(query))
            query = sa.select(*_COLUMNS).where(past).order_by(sends.c.done_at.desc()).limit(ended)
            rows += await connection.execute(query)
            return tuple([await _send(connection, row, now) for row in rows])

    async def ids_of(self, digest_ids: Collection[DigestId]) -> dict[DigestId, SendId]:
        """Tell which sends digests belong to."""
        found: dict[DigestId, SendId] = {}
        query = sa.select(digests.c.id, digests.c.send_id).where(digests.c.send_id.is_not(None))
        async with self._db.reading() as connection:
            for part in in_parts(sorted(digest_ids)):
                for row in await connection.execute(query.where(digests.c.id.in_(part))):
                    found[DigestId(row.id)] = SendId(row.send_id)
        return found

    async def doubts(self, send_id: SendId, *, limit: int) -> tuple[Doubt, ...]:
        """Give uncertain deliveries of a send that were not sent again, undecided ones first."""
        row = deliveries.c
        again = deliveries.alias("again")
        query = (
            sa.select(
                *(row.digest_id, row.chat_id, row.settled_at, row.reason, row.undecided_since),
                *(chats.c.title, chats.c.username),
            )
            .join_from(deliveries, chats, chats.c.id == row.chat_id, isouter=True)
            .where(
                row.digest_id.in_(digests_of(send_id)),
                row.state == State.UNCERTAIN.value,
                row.chat_id != NOBODYS_CHAT,
                ~sa.exists().where(
                    again.c.resend_of == row.id,
                    *(again.c[name] == row[name] for name in PLACE),
                ),
            )
            .order_by(row.undecided_since.is_(None), row.settled_at, row.id)
            .limit(limit)
        )
        async with self._db.reading() as connection:
            return tuple(_doubt(found) for found in await connection.execute(query))

    async def pause(
        self,
        send_id: SendId,
        *,
        now: datetime,
        by: UserId | None = None,
        alarm: str | None = None,
        as_of: datetime | None = None,
    ) -> bool:
        """Hold a running send: nothing of it is claimed from now on; False when it is not so."""
        async with self._db.writing() as connection:
            values = {"state": SendState.PAUSED.value, "alarm": alarm}
            running = (SendState.RUNNING.value,)
            if not await _change(connection, send_id, running, values, now, by, as_of):
                return False
            await hold(connection, send_id)
        return True

    async def resume(
        self,
        send_id: SendId,
        *,
        now: datetime,
        by: UserId | None = None,
        as_of: datetime | None = None,
    ) -> bool:
        """Let a paused send go on exactly where it stopped; False when it is not paused."""
        async with self._db.writing() as connection:
            values = {"state": SendState.RUNNING.value, "alarm": None}
            paused = (SendState.PAUSED.value,)
            if not await _change(connection, send_id, paused, values, now, by, as_of):
                return False
            await release(connection, send_id)
        return True

    async def cancel(
        self,
        send_id: SendId,
        *,
        now: datetime,
        by: UserId | None = None,
        as_of: datetime | None = None,
    ) -> bool:
        """Cancel what is pending, at once; what is in flight ends as it ends.

        Of what is uncertain nothing is sent again. False when the send has ended.
        """
        async with self._db.writing() as connection:
            # What is not stored yet never will be: whoever stores it looks here before each slice.
            values = {"state": SendState.CANCELLED.value, "alarm": None, "to_come": None}
            if not await _change(connection, send_id, OPEN_STATES, values, now, by, as_of):
                return False
            row = deliveries.c
            theirs = row.digest_id.in_(digests_of(send_id))
            await connection.execute(
                sa.update(deliveries)
                .where(theirs, row.state == PENDING)
                .values(state=State.CANCELLED.value, reason=CANCELLED, settled_at=now)
            )
            await connection.execute(
                sa.update(deliveries)
                .where(theirs, row.undecided_since.is_not(None))
                .values(undecided_since=None)
            )
        return True

    async def decide(
        self,
        send_id: SendId,
        *,
        again: bool,
        now: datetime,
        shown: tuple[int, datetime] | None = None,
    ) -> int:
        """Send undecided messages once more, or leave them as they are; give their number.

        `shown` binds the decision to what its maker saw: so many of them, the newest undecided
        since that moment. 0, and nothing happens, when they are not those any more.
        """
        row = deliveries.c
        condition = row.digest_id.in_(digests_of(send_id)) & row.undecided_since.is_not(None)
        if shown is not None:
            condition &= row.undecided_since <= shown[1]
        async with self._db.writing() as connection:
            found = await connection.execute(
                sa.update(deliveries)
                .where(condition)
                .values(undecided_since=None)
                .returning(row.id, row.digest_id)
            )
            decided = sorted((DeliveryId(one.id), DigestId(one.digest_id)) for one in found)
            if shown is not None and len(decided) != shown[0]:
                await connection.rollback()
                return 0
            if again and decided:
                await resend(connection, [delivery_id for delivery_id, _ in decided], now)
                await _reopen(connection, send_id, {digest_id for _, digest_id in decided}, now)
        return len(decided)


async def _change(
    connection: AsyncConnection,
    send_id: SendId,
    states: Sequence[str],
    values: Mapping[str, Any],
    now: datetime,
    by: UserId | None,
    as_of: datetime | None,
) -> bool:
    """Change a send that is in one of these states and not through; False when it is not so."""
    condition = (sends.c.id == send_id) & sends.c.state.in_(states) & sends.c.done_at.is_(None)
    if as_of is not None:
        condition &= sends.c.changed_at == as_of
    change = sa.update(sends).where(condition)
    result = await connection.execute(change.values(changed_at=now, changed_by=by, **values))
    return result.rowcount > 0


async def _reopen(
    connection: AsyncConnection, send_id: SendId, digest_ids: Collection[DigestId], now: datetime
) -> None:
    """Let ended digests and their send run again, for there are new deliveries."""
    for part in in_parts(sorted(digest_ids)):
        await connection.execute(
            sa.update(digests)
            .where(digests.c.id.in_(part), digests.c.state == DigestState.DONE.value)
            .values(state=DigestState.OPEN.value, done_at=None)
        )
    await connection.execute(
        sa.update(sends)
        .where(sends.c.id == send_id, sends.c.state == SendState.DONE.value)
        .values(state=SendState.RUNNING.value, done_at=None, counts=None, changed_at=now)
    )
    await obey(connection, digest_ids, now)


_COLUMNS = (
    sends.c.id,
    sends.c.kind,
    sends.c.state,
    sends.c.title,
    sends.c.due_at,
    sends.c.started_at,
    sends.c.changed_at,
    sends.c.done_at,
    sends.c.alarm,
    sends.c.counts,
    sends.c.to_come,
)


def _is_undecided(send_id: sa.ColumnElement[int]) -> sa.ColumnElement[bool]:
    """Say that somebody has to decide about a send; the walk is along the few such rows."""
    theirs = (
        sa.select(digests.c.send_id)
        .join_from(deliveries, digests, digests.c.id == deliveries.c.digest_id)
        .where(deliveries.c.undecided_since.is_not(None))
    )
    return send_id.in_(theirs)


async def _send(connection: AsyncConnection, row: Row, now: datetime) -> Send:
    """Complete a row: counts that are not kept yet, and what changes by the second."""
    send_id = SendId(row.id)
    delivery = deliveries.c
    theirs = delivery.digest_id.in_(digests_of(send_id))
    undecided = await connection.execute(
        sa.select(sa.func.count(), sa.func.max(delivery.undecided_since)).where(
            theirs, delivery.undecided_since.is_not(None)
        )
    )
    doubts, doubtful_until = undecided.one()
    recent = 0
    if row.done_at is None:
        # Not by digest: the few calls of the last moments are found by their time.
        theirs = (delivery.digest_id + 0).in_(digests_of(send_id))
        query = sa.select(sa.func.count()).where(theirs, delivery.sending_at >= now - RATE_SPAN)
        recent = await connection.scalar(query) or 0
    if row.counts is not None:
        counts: Mapping[State, int] = {State(name): n for name, n in row.counts.items()}
    else:
        counts = await counts_of(connection, send_id)
    return Send(
        id=send_id,
        kind=DigestKind(row.kind),
        state=SendState(row.state),
        title=row.title,
        due_at=row.due_at,
        started_at=row.started_at,
        changed_at=row.changed_at,
        done_at=row.done_at,
        alarm=row.alarm,
        counts=counts,
        to_come=row.to_come or 0,
        recent=recent,
        undecided=doubts,
        undecided_until=doubtful_until,
    )


def _doubt(row: Row) -> Doubt:
    name = f"@{row.username}" if row.username else row.title
    return Doubt(
        digest_id=DigestId(row.digest_id),
        chat_id=ChatId(row.chat_id),
        chat=name or str(row.chat_id),
        since=row.settled_at,
        reason=row.reason or "",
        is_undecided=row.undecided_since is not None,
    )
