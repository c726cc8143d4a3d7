"""The ledger: what is to be sent, what is in flight, what became of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.article import StoryKey
from bot.domain.delivery import (
    Delivery,
    DeliveryId,
    DigestId,
    Reaction,
    Settlement,
    State,
    UncertainPolicy,
)
from bot.domain.message import Message
from bot.domain.pacing import Priority
from bot.domain.subscription import NO_THREAD, ChatId, ChatState
from bot.store.chats import is_silent, move, set_state
from bot.store.database import Database, Row, in_parts
from bot.store.message_rows import message_from_json, message_from_row, message_json
from bot.store.received import Address, received_by
from bot.store.schema import PENDING, SENDING, deliveries, digest_messages, is_open

_CUT_OFF = "cut off between sending and hearing back"
_MESSAGES_KEPT = 1000
"""Messages that are remembered between claims: a broadcast is few messages and many rows."""


MAX_RESENDS_AFTER_KILLS = 20


class Deliveries:
    """The rows of the ledger, and every step that one may take."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._messages: dict[tuple[int, int], Message] = {}

    async def due(
        self, *, now: datetime, limit: int, skip_chats: Collection[ChatId] = ()
    ) -> tuple[Delivery, ...]:
        """Give rows that may be sent now, most urgent first, then longest due; at most `limit`.

        Of each chat and thread only one row: the first in the order of priority, digest and
        position, and none while another of the same chat and thread is in flight. Chats that are
        not awake have none. Nothing is changed: `mark_sending` decides who sends.
        """
        values = {"now": now, "most": limit, "skipped": sorted(skip_chats)}
        async with self._db.reading() as connection:
            rows = sorted((await connection.execute(_due(), values)).all(), key=_urgency)[:limit]
            messages = await self._messages_of(connection, rows)
        return tuple(_from_row(row, message) for row, message in zip(rows, messages, strict=True))

    async def mark_sending(
        self,
        ids: Collection[DeliveryId],
        *,
        now: datetime,
        owner: str | None = None,
        lease_until: datetime | None = None,
    ) -> frozenset[DeliveryId]:
        """Put pending rows in flight, durably, and count the attempt; give those that were won.

        The others were taken, cancelled or settled meanwhile and must not be sent.
        """
        won: set[DeliveryId] = set()
        async with self._db.writing() as connection:
            for part in in_parts(sorted(ids)):
                values = {"ids": part, "at": now, "by": owner, "until": lease_until}
                result = await connection.execute(_MARK_SENDING, values)
                won.update(DeliveryId(number) for number in result.scalars())
        return frozenset(won)

    async def settle(self, settlements: Sequence[Settlement], *, now: datetime) -> None:
        """Note what became of rows in flight, with everything that follows, in one transaction.

        Rows that are not in flight (any more) stay as they are. A resend is a new pending row.
        """
        if not settlements:
            return
        async with self._db.writing() as connection:
            await connection.execute(_SETTLE, [_settled(one, now) for one in settlements])
            resent = [one.delivery.id for one in settlements if one.resend]
            await _resend(connection, resent, now)
            for one in settlements:
                await _react(connection, one, now)

    async def abandon_in_flight(
        self,
        *,
        now: datetime,
        owner: str | None = None,
        uncertain: UncertainPolicy = UncertainPolicy.RESEND,
    ) -> tuple[Delivery, ...]:
        """Give up rows in flight that nobody will settle: they become uncertain.

        Without an owner: on SQLite all of them (one process delivers, and it has just started),
        on PostgreSQL those whose lease ran out. With one: this owner's, whatever their lease.
        Gives the uncertain rows; under `RESEND` each has a new pending one (unless many kills
        came before: a message that ends the process must not fill a chat).
        """
        row = deliveries.c
        condition = row.state == SENDING
        if owner is not None:
            condition &= row.owner == owner
        elif not self._db.is_sqlite:
            condition &= row.lease_until.is_(None) | (row.lease_until <= now)
        async with self._db.writing() as connection:
            result = await connection.execute(
                sa.update(deliveries)
                .where(is_open(row.state), condition)
                .values(
                    state=State.UNCERTAIN.value,
                    reason=_CUT_OFF,
                    settled_at=now,
                    owner=None,
                    lease_until=None,
                )
                .returning(*_COLUMNS)
            )
            rows = sorted(result.all(), key=lambda found: found.id)
            if uncertain is UncertainPolicy.RESEND:
                again = [found.id for found in rows if found.resends < MAX_RESENDS_AFTER_KILLS]
                await _resend(connection, again, now)
            messages = await self._messages_of(connection, rows)
        return tuple(_from_row(row, message) for row, message in zip(rows, messages, strict=True))

    async def received(
        self, chat_id: ChatId, thread_id: int = NO_THREAD, *, since: datetime | None = None
    ) -> frozenset[StoryKey]:
        """Give the stories that one chat has received, of rows made at or after `since`."""
        address = (chat_id, thread_id)
        return (await self.received_by([address], since=since))[address]

    async def received_by(
        self, addresses: Iterable[Address], *, since: datetime | None = None
    ) -> dict[Address, frozenset[StoryKey]]:
        """Give for each address (chat and thread) the stories that it has received.

        Addresses that received the same messages share one set: ten thousand chats with one
        history cost the memory of one.
        """
        async with self._db.reading() as connection:
            return await received_by(connection, list(dict.fromkeys(addresses)), since)

    async def recent_sends(self, *, since: datetime) -> tuple[tuple[ChatId, datetime], ...]:
        """Give the chat and time of every message begun at or after `since`, oldest first.

        An album is as many messages as it has pictures.
        """
        row = deliveries.c
        query = (
            sa.select(row.chat_id, row.sending_at, row.message_ids)
            .where(row.sending_at >= since)
            .order_by(row.sending_at, row.id)
        )
        async with self._db.reading() as connection:
            found = await connection.execute(query)
            return tuple(
                (ChatId(chat_id), at)
                for chat_id, at, message_ids in found
                for _ in message_ids or (None,)
            )

    async def reasons(self, digest_ids: Sequence[DigestId]) -> tuple[str, ...]:
        """Give what Telegram said where it refused messages of these digests, each once."""
        query = (
            sa.select(deliveries.c.reason)
            .where(
                deliveries.c.digest_id.in_(digest_ids),
                deliveries.c.state == State.REFUSED.value,
                deliveries.c.reason.is_not(None),
            )
            .distinct()
            .order_by(deliveries.c.reason)
        )
        async with self._db.reading() as connection:
            return tuple(await connection.scalars(query))

    async def newest(self) -> int:
        """Number the newest row, 0 when there is none: a mark in the order of the ledger."""
        async with self._db.reading() as connection:
            return await connection.scalar(sa.select(sa.func.max(deliveries.c.id))) or 0

    async def open_count(self) -> int:
        """Count the rows that are not final."""
        query = sa.select(sa.func.count()).select_from(deliveries)
        async with self._db.reading() as connection:
            return await connection.scalar(query.where(is_open(deliveries.c.state))) or 0

    async def next_due_at(self) -> datetime | None:
        """Tell when the next pending row is due; None when there is none.

        May be past: such a row waits for another of its chat.
        """
        row = deliveries.c
        soonest = [
            sa.select(sa.func.min(row.due_at).label("due_at")).where(
                row.state == PENDING, row.priority == int(priority)
            )
            for priority in Priority
        ]
        either = sa.union_all(*soonest).subquery()
        async with self._db.reading() as connection:
            found: datetime | None = await connection.scalar(
                sa.select(sa.func.min(either.c.due_at))
            )
        return found

    async def _messages_of(self, connection: AsyncConnection, rows: Iterable[Row]) -> list[Message]:
        """Give the message of each row: its own form if it was reshaped, else the digest's."""
        rows = list(rows)
        places = {(row.digest_id, row.position) for row in rows if row.override_message is None}
        messages = {place: self._messages[place] for place in places if place in self._messages}
        missing = {digest_id for digest_id, _ in places - messages.keys()}
        if missing:
            read = await _read_messages(connection, missing)
            messages |= read
            self._messages |= read
            while len(self._messages) > _MESSAGES_KEPT:
                del self._messages[next(iter(self._messages))]
        return [
            messages[row.digest_id, row.position]
            if row.override_message is None
            else message_from_json(row.override_message)
            for row in rows
        ]


_COLUMNS = (
    deliveries.c.id,
    deliveries.c.digest_id,
    deliveries.c.chat_id,
    deliveries.c.thread_id,
    deliveries.c.position,
    deliveries.c.state,
    deliveries.c.priority,
    deliveries.c.due_at,
    deliveries.c.attempts,
    deliveries.c.created_at,
    deliveries.c.is_reshaped,
    deliveries.c.override_message,
    deliveries.c.message_ids,
    deliveries.c.reason,
    deliveries.c.resend_of,
    deliveries.c.resends,
)

_PLACE = ("chat_id", "thread_id", "digest_id", "position")

_MARK_SENDING = (
    sa.update(deliveries)
    .where(deliveries.c.id.in_(sa.bindparam("ids", expanding=True)), deliveries.c.state == PENDING)
    .values(
        state=State.SENDING.value,
        attempts=deliveries.c.attempts + 1,
        sending_at=sa.bindparam("at"),
        owner=sa.bindparam("by"),
        lease_until=sa.bindparam("until"),
    )
    .returning(deliveries.c.id)
)

_SETTLE = (
    sa.update(deliveries)
    .where(deliveries.c.id == sa.bindparam("row_id"), deliveries.c.state == SENDING)
    .values(
        state=sa.bindparam("new_state"),
        due_at=sa.bindparam("new_due_at"),
        attempts=sa.bindparam("new_attempts"),
        settled_at=sa.bindparam("new_settled_at"),
        is_reshaped=sa.bindparam("new_is_reshaped"),
        override_message=sa.bindparam("new_override_message"),
        message_ids=sa.bindparam("new_message_ids"),
        reason=sa.bindparam("new_reason"),
        owner=None,
        lease_until=None,
    )
)


@cache
def _due() -> sa.CompoundSelect[Any]:
    """Build the claim once: building costs twenty times what running it does.

    One walk per priority along the partial index; a single walk would step over every row of an
    urgent digest that is not due yet.
    """
    return sa.union_all(*(sa.select(_due_at(one).subquery()) for one in Priority))


def _due_at(priority: Priority) -> sa.Select[Any]:
    row = deliveries.c
    other = deliveries.alias("other")
    order = ("priority", "digest_id", "position", "id")
    comes_first = sa.tuple_(*(other.c[name] for name in order)) < sa.tuple_(
        *(row[name] for name in order)
    )
    must_wait = sa.exists().where(
        other.c.chat_id == row.chat_id,
        other.c.thread_id == row.thread_id,
        is_open(other.c.state),
        other.c.id != row.id,
        (other.c.state == SENDING) | comes_first,
    )
    return (
        sa.select(*_COLUMNS)
        .where(
            row.state == PENDING,
            row.priority == int(priority),
            row.due_at <= sa.bindparam("now"),
            row.chat_id.not_in(sa.bindparam("skipped", expanding=True)),
            ~is_silent(row.chat_id),
            ~must_wait,
        )
        .order_by(row.due_at, row.id)
        .limit(sa.bindparam("most", type_=sa.Integer()))
    )


def _urgency(row: Row) -> tuple[int, datetime, int]:
    return (row.priority, row.due_at, row.id)


async def _read_messages(
    connection: AsyncConnection, digest_ids: set[int]
) -> dict[tuple[int, int], Message]:
    """Give the messages of digests, by digest and position."""
    message = digest_messages.c
    found: dict[tuple[int, int], Message] = {}
    for part in in_parts(sorted(digest_ids)):
        query = sa.select(
            message.digest_id,
            message.position,
            message.method,
            message.parameters,
            message.stories,
        ).where(message.digest_id.in_(part))
        for row in await connection.execute(query):
            found[row.digest_id, row.position] = message_from_row(row)
    return found


def _settled(settlement: Settlement, now: datetime) -> dict[str, Any]:
    delivery = settlement.delivery
    return {
        "row_id": delivery.id,
        "new_state": delivery.state.value,
        "new_due_at": delivery.due_at,
        "new_attempts": delivery.attempts,
        "new_settled_at": now if delivery.state.is_final else None,
        "new_is_reshaped": delivery.is_reshaped,
        "new_override_message": message_json(delivery.message) if delivery.is_reshaped else None,
        "new_message_ids": list(delivery.message_ids) or None,
        "new_reason": delivery.reason,
    }


async def _resend(connection: AsyncConnection, ids: Sequence[DeliveryId], now: datetime) -> None:
    """Make one new row for each uncertain one; the unique key lets no second one in."""
    row = deliveries.c
    again = deliveries.alias("again")
    kept = (*_PLACE, "priority", "created_at", "is_reshaped", "override_message")
    for part in in_parts(ids):
        values = sa.select(
            row.id,
            row.resends + 1,
            sa.literal(State.PENDING.value),
            sa.literal(now, row.due_at.type),
            *(row[name] for name in kept),
        ).where(
            row.id.in_(part),
            row.state == State.UNCERTAIN.value,
            ~is_silent(row.chat_id),
            ~sa.exists().where(
                again.c.resend_of == row.id, *(again.c[name] == row[name] for name in _PLACE)
            ),
        )
        names = ("resend_of", "resends", "state", "due_at", *kept)
        insert = sa.insert(deliveries).from_select(names, values.order_by(row.id))
        await connection.execute(insert)


async def _react(connection: AsyncConnection, settlement: Settlement, now: datetime) -> None:
    """Change the chat, where an outcome says so."""
    delivery = settlement.delivery
    reason = delivery.reason or ""
    match settlement.reaction:
        case Reaction.SLEEP_CHAT:
            await set_state(connection, delivery.chat_id, ChatState.ASLEEP, reason, now)
        case Reaction.PAUSE_CHAT:
            await set_state(connection, delivery.chat_id, ChatState.PAUSED, reason, now)
        case Reaction.MOVE_CHAT if settlement.new_chat_id is not None:
            # The settled value bears the new id already; the row still has the old one.
            row = deliveries.c
            old = await connection.scalar(sa.select(row.chat_id).where(row.id == delivery.id))
            if old is not None:
                await move(connection, ChatId(old), settlement.new_chat_id, now)
        case _:
            pass


def _from_row(row: Row, message: Message) -> Delivery:
    return Delivery(
        id=DeliveryId(row.id),
        digest_id=DigestId(row.digest_id),
        chat_id=ChatId(row.chat_id),
        thread_id=row.thread_id,
        position=row.position,
        state=State(row.state),
        due_at=row.due_at,
        attempts=row.attempts,
        created_at=row.created_at,
        is_reshaped=row.is_reshaped,
        message=message,
        message_ids=tuple(row.message_ids or ()),
        reason=row.reason,
        resend_of=DeliveryId(row.resend_of) if row.resend_of else None,
        resends=row.resends,
    )
