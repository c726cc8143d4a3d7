"""The ledger: what is to be sent, what is in flight, what became of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.article import StoryKey
from bot.domain.delivery import (
    Delivery,
    DeliveryId,
    DigestId,
    Settlement,
    State,
    UncertainPolicy,
)
from bot.domain.message import Message
from bot.domain.quick import quick
from bot.domain.subscription import NO_THREAD, ChatId
from bot.store import claims, settling
from bot.store.at_once import Step, fetch, one_by_one
from bot.store.claims import Found
from bot.store.database import Database, in_parts
from bot.store.message_rows import message_from_json, message_from_row
from bot.store.paid import add_paid, paid_on
from bot.store.received import Address, received_by
from bot.store.replies import with_replies
from bot.store.schema import (
    OPEN,
    PENDING,
    SENDING,
    chats,
    deliveries,
    digest_messages,
    digests,
    is_open,
    was_tried,
)
from bot.store.send_rows import ask, obey, own_priority

_make_delivery = quick(Delivery)
_STATES = {state.value: state for state in State}
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
        """Give rows that may be sent now, the most urgent and the oldest digest first.

        At most `limit`, and of each chat and thread only one row: the first in the order of
        priority, digest and position, and none while another of the same chat and thread is in
        flight. Chats that are not awake have none. Nothing is changed: `mark_sending` decides who
        sends.
        """
        values = {"now": now, "most": limit, "skipped": sorted(skip_chats)}
        async with self._db.reading() as connection:
            rows = await fetch(connection, claims.due(), values)
            found = list(map(Found._make, rows))
            of_chat = {(row.chat_id, row.thread_id): row for row in reversed(found)}
            first = [row for row in found if of_chat[row.chat_id, row.thread_id] is row]
            messages = await self._messages_of(connection, first)
            messages = await with_replies(connection, first, messages)
        return tuple(_from_row(row, message) for row, message in zip(first, messages, strict=True))

    async def mark_sending(
        self,
        ids: Collection[DeliveryId],
        *,
        now: datetime,
        owner: str | None = None,
        lease_until: datetime | None = None,
        paid: int = 0,
    ) -> frozenset[DeliveryId]:
        """Put pending rows in flight, durably, and count the attempt; give those that were won.

        The others were taken, cancelled or settled meanwhile and must not be sent. `paid` of them
        cost Stars, and count towards the day.
        """
        of_all = {"at": now, "by": owner, "until": lease_until}
        steps = [
            Step(claims.mark_sending(), {"ids": part, **of_all}) for part in in_parts(sorted(ids))
        ]
        if not paid:
            rows = await self._db.write_at_once(steps)
        else:
            async with self._db.writing() as connection:
                rows = await one_by_one(connection, steps)
                await add_paid(self._db, connection, now, paid)
        return frozenset(DeliveryId(number) for part in rows for (number,) in part)

    async def settle(
        self, settlements: Sequence[Settlement], *, now: datetime, unpaid: int = 0
    ) -> None:
        """Note what became of rows in flight, with everything that follows, in one transaction.

        Rows that are not in flight (any more) stay as they are. A resend is a new pending row.
        `unpaid` of them were to cost Stars, and did not: they were not sent.
        """
        if not settlements:
            return
        if not unpaid and all(map(settling.is_plainly_sent, settlements)):
            await self._db.write_at_once([settling.step_of_sent(settlements, now)])
            return
        async with self._db.writing() as connection:
            await settling.settle(connection, settlements, now)
            if unpaid:
                await add_paid(self._db, connection, now, -unpaid)

    async def abandon_in_flight(
        self,
        *,
        now: datetime,
        owner: str | None = None,
        uncertain: UncertainPolicy = UncertainPolicy.RESEND,
        besides: Collection[DeliveryId] = (),
    ) -> tuple[Delivery, ...]:
        """Give up rows in flight that nobody will settle: they become uncertain.

        Without an owner: on SQLite all of them (one process delivers, and it has just started),
        on PostgreSQL those whose lease ran out. With one: this owner's, whatever their lease.
        Rows `besides` stay: whoever asks is at work on them.
        Gives the uncertain rows; under `RESEND` each has a new pending one (unless many kills
        came before: a message that ends the process must not fill a chat).
        """
        row = deliveries.c
        condition = row.state == SENDING
        if owner is not None:
            condition &= row.owner == owner
        elif not self._db.is_sqlite:
            condition &= row.lease_until.is_(None) | (row.lease_until <= now)
        if besides:
            condition &= row.id.not_in(sorted(besides))
        is_lost = was_tried(row) & condition
        async with self._db.reading() as connection:
            if await connection.scalar(sa.select(row.id).where(is_lost).limit(1)) is None:
                return ()
        async with self._db.writing() as connection:
            result = await connection.execute(
                sa.update(deliveries)
                .where(is_lost)
                .values(
                    state=State.UNCERTAIN.value,
                    reason=_CUT_OFF,
                    settled_at=now,
                    owner=None,
                    lease_until=None,
                )
                .returning(*claims.COLUMNS)
            )
            rows = sorted(map(Found._make, result))  # by their numbers
            if uncertain is UncertainPolicy.RESEND:
                again = [
                    DeliveryId(found.id)
                    for found in rows
                    if found.resends < MAX_RESENDS_AFTER_KILLS
                ]
                await settling.resend(connection, again, now)
                await obey(connection, {DigestId(found.digest_id) for found in rows}, now)
            if uncertain is UncertainPolicy.ASK:
                await ask(connection, [DeliveryId(found.id) for found in rows], now)
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

    async def recent_sends(self, *, since: datetime) -> tuple[tuple[ChatId, datetime, int], ...]:
        """Give the chat, time and messages of every call begun at or after `since`, oldest first.

        A call that has not been settled, or failed, counts as one message.
        """
        row = deliveries.c
        query = (
            sa.select(row.chat_id, row.sending_at, row.message_ids)
            .where(row.sending_at >= since)
            .order_by(row.sending_at, row.id)
        )
        async with self._db.reading() as connection:
            found = await connection.execute(query)
            return tuple((ChatId(one), at, len(ids or (0,))) for one, at, ids in found)

    async def keeping_to_lists(
        self, chat_ids: Iterable[ChatId], *, since: datetime
    ) -> frozenset[ChatId]:
        """Name those among the chats that have refused a rich message at or after `since`."""
        query = sa.select(chats.c.id).where(
            chats.c.id.in_(list(chat_ids)), chats.c.rich_refused_at >= since
        )
        async with self._db.reading() as connection:
            return frozenset(ChatId(one) for one in await connection.scalars(query))

    async def paid_today(self, now: datetime) -> int:
        """Count the messages that cost Stars on this day (of UTC)."""
        async with self._db.reading() as connection:
            return await paid_on(connection, now)

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
        row = deliveries.c
        running = sa.select(digests.c.id).where(digests.c.state == OPEN)
        query = sa.select(sa.func.count(row.id)).where(
            row.digest_id.in_(running), is_open(row.state)
        )
        async with self._db.reading() as connection:
            return await connection.scalar(query) or 0

    async def next_due_at(self) -> datetime | None:
        """Tell when the next pending row is due; None when there is none.

        May be past: such a row waits for another of its chat.
        """
        row = deliveries.c
        soonest = (
            sa.select(sa.func.min(row.due_at))
            .where(row.digest_id == digests.c.id, row.state == PENDING)
            .scalar_subquery()
        )
        query = sa.select(sa.func.min(soonest)).where(claims.is_running(digests.c))
        async with self._db.reading() as connection:
            found: datetime | None = await connection.scalar(query)
        return found

    async def _messages_of(
        self, connection: AsyncConnection, rows: Sequence[Found]
    ) -> list[Message]:
        """Give the message of each row: its own form if it was reshaped, else the digest's."""
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
            message.follows,
        ).where(message.digest_id.in_(part))
        for row in await connection.execute(query):
            found[row.digest_id, row.position] = message_from_row(row)
    return found


def _from_row(row: Found, message: Message) -> Delivery:
    return _make_delivery(
        id=DeliveryId(row.id),
        digest_id=DigestId(row.digest_id),
        chat_id=ChatId(row.chat_id),
        thread_id=row.thread_id,
        position=row.position,
        priority=own_priority(row.priority),
        state=_STATES[row.state],
        due_at=row.due_at,
        attempts=row.attempts,
        created_at=row.created_at,
        is_reshaped=row.is_reshaped,
        has_own_form=row.override_message is not None,
        message=message,
        message_ids=tuple(row.message_ids or ()),
        reason=row.reason,
        resend_of=DeliveryId(row.resend_of) if row.resend_of else None,
        resends=row.resends,
    )
