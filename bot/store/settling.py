"""The end of a call as rows: what became of a delivery, and everything that follows from it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.delivery import Delivery, DeliveryId, Reaction, Settlement, State
from bot.domain.subscription import ChatId, ChatState
from bot.store.at_once import Step, one_by_one
from bot.store.chats import is_silent, move, set_state, shut_thread
from bot.store.database import in_parts
from bot.store.message_rows import message_json
from bot.store.schema import AWAKE, NOBODYS_CHAT, SENDING, chats, deliveries
from bot.store.send_rows import ask, obey

PLACE = ("chat_id", "thread_id", "digest_id", "position")
"""What a row and its resends have in common; the unique index begins so."""
_IN_FLIGHT = (deliveries.c.id == sa.bindparam("row_id"), deliveries.c.state == SENDING)

# Nearly every row ends so; the short statement costs half of the long one.
_SENT = (
    sa.update(deliveries)
    .where(*_IN_FLIGHT)
    .values(
        state=State.SENT.value,
        settled_at=sa.bindparam("new_settled_at"),
        message_ids=sa.bindparam("new_message_ids"),
        owner=None,
        lease_until=None,
    )
)

_SETTLE = (
    sa.update(deliveries)
    .where(*_IN_FLIGHT)
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


async def settle(
    connection: AsyncConnection, settlements: Sequence[Settlement], now: datetime
) -> None:
    """Note what became of rows in flight; those that are not in flight any more stay."""
    sent = [one for one in settlements if is_plainly_sent(one)]
    if sent:
        await one_by_one(connection, [step_of_sent(sent, now)])
    others = [one for one in settlements if not is_plainly_sent(one)]
    if others:
        await connection.execute(_SETTLE, [_settled(one, now) for one in others])
        await resend(connection, [one.delivery.id for one in others if one.resend], now)
        for one in others:
            await _react(connection, one, now)
        await ask(connection, [one.delivery.id for one in others if one.asks], now)
        again = {one.delivery.digest_id for one in others if one.resend or _is_pending(one)}
        await obey(connection, again, now)


def step_of_sent(settlements: Sequence[Settlement], now: datetime) -> Step:
    """Note the ends of rows that were plainly sent."""
    rows = (one.delivery for one in settlements)
    values = [
        {
            "row_id": row.id,
            "new_settled_at": now,
            "new_message_ids": list(row.message_ids) or None,
        }
        for row in rows
    ]
    return Step(_SENT, values)


def is_plainly_sent(settlement: Settlement) -> bool:
    """Whether nothing follows from an end but that the row is sent."""
    delivery = settlement.delivery
    return delivery.state is State.SENT and delivery.reason is None and not delivery.has_own_form


def _is_pending(settlement: Settlement) -> bool:
    return settlement.delivery.state is State.PENDING


def _settled(settlement: Settlement, now: datetime) -> dict[str, Any]:
    delivery = settlement.delivery
    return {
        "row_id": delivery.id,
        "new_state": delivery.state.value,
        "new_due_at": delivery.due_at,
        "new_attempts": delivery.attempts,
        "new_settled_at": now if delivery.state.is_final else None,
        "new_is_reshaped": delivery.is_reshaped,
        "new_override_message": message_json(delivery.message) if delivery.has_own_form else None,
        "new_message_ids": list(delivery.message_ids) or None,
        "new_reason": delivery.reason,
    }


async def resend(connection: AsyncConnection, ids: Sequence[DeliveryId], now: datetime) -> None:
    """Make one new row for each uncertain one; the unique key lets no second one in.

    It has the time of the first call: what was tried before goes before what was not.
    """
    row = deliveries.c
    again = deliveries.alias("again")
    kept = (
        *(*PLACE, "priority", "created_at", "sending_at"),
        *("is_reshaped", "override_message"),
    )
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
            row.chat_id != NOBODYS_CHAT,
            ~is_silent(row.chat_id),
            ~sa.exists().where(
                again.c.resend_of == row.id, *(again.c[name] == row[name] for name in PLACE)
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
        case Reaction.SLEEP_CHAT if await _has_come_back(connection, delivery):
            pass
        case Reaction.SLEEP_CHAT:
            await set_state(connection, delivery.chat_id, ChatState.ASLEEP, reason, now)
        case Reaction.PAUSE_CHAT:
            await set_state(connection, delivery.chat_id, ChatState.PAUSED, reason, now)
        case Reaction.KEEP_TO_LIST:
            await connection.execute(
                sa.update(chats).where(chats.c.id == delivery.chat_id).values(rich_refused_at=now)
            )
        case Reaction.SHUT_THREAD | Reaction.END_THREAD:
            is_closed = settlement.reaction is Reaction.SHUT_THREAD
            place = (delivery.chat_id, delivery.thread_id)
            await shut_thread(connection, *place, is_closed=is_closed, reason=reason, now=now)
        case Reaction.MOVE_CHAT if settlement.new_chat_id is not None:
            # The settled value bears the new id already; the row still has the old one.
            row = deliveries.c
            old = await connection.scalar(sa.select(row.chat_id).where(row.id == delivery.id))
            if old is not None:
                await move(connection, ChatId(old), settlement.new_chat_id, now)
        case _:
            pass


async def _has_come_back(connection: AsyncConnection, delivery: Delivery) -> bool:
    """Tell whether a chat woke after the call began that says it is gone: that is old news then.

    Ends are committed in groups; who unblocks us and presses Start is quicker at times.
    """
    begun_at = sa.select(deliveries.c.sending_at).where(deliveries.c.id == delivery.id)
    query = sa.select(chats.c.id).where(
        chats.c.id == delivery.chat_id,
        chats.c.state == AWAKE,
        chats.c.state_at > begun_at.scalar_subquery(),
    )
    return await connection.scalar(query) is not None
