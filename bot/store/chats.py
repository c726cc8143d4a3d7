"""What happens to a chat's rows when the chat changes; used inside others' transactions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.delivery import State
from bot.domain.subscription import Chat, ChatId, ChatKind, ChatState
from bot.store.database import Row
from bot.store.schema import AWAKE, PENDING, chats, deliveries, metadata, subscriptions


async def set_state(
    connection: AsyncConnection, chat_id: ChatId, state: ChatState, reason: str, now: datetime
) -> None:
    """Change a chat's state; one that is not awake loses the rows that wait for it.

    They become `cancelled`, which does not count as received: the stories come with a later
    digest, and no digest stays open for a chat that may never come back.
    """
    await connection.execute(
        sa.update(chats)
        .where(chats.c.id == chat_id)
        .values(state=state.value, state_reason=reason or None, state_at=now)
    )
    if state is not ChatState.AWAKE:
        await _cancel(
            connection, deliveries.c.chat_id == chat_id, reason=f"chat {state.value}", now=now
        )


async def shut_thread(
    connection: AsyncConnection,
    chat_id: ChatId,
    thread_id: int,
    *,
    is_closed: bool,
    reason: str,
    now: datetime,
) -> None:
    """Hold the order of a closed thread, or end that of a deleted one; what waits is cancelled."""
    row = subscriptions.c
    values: dict[str, Any] = {"shut_at": now}
    if not is_closed:
        values = {"is_active": False, "ended_at": now}
    change = sa.update(subscriptions).where(row.chat_id == chat_id, row.thread_id == thread_id)
    await connection.execute(change.where(row.is_active).values(values))
    theirs = (deliveries.c.chat_id == chat_id) & (deliveries.c.thread_id == thread_id)
    await _cancel(connection, theirs, reason=reason, now=now)


async def move(connection: AsyncConnection, old: ChatId, new: ChatId, now: datetime) -> None:
    """Replace a chat's id everywhere; where both ids have a row, the new one's stays."""
    if old == new:
        return
    await _move_chat(connection, old, new, now)
    await _move_subscriptions(connection, old, new)
    await _move_deliveries(connection, old, new, now)
    for table in metadata.sorted_tables:
        if "chat_id" in table.c and table not in (subscriptions, deliveries):
            await _move_rows(connection, table, old, new)
    await connection.execute(sa.delete(chats).where(chats.c.id == old))


async def _move_chat(connection: AsyncConnection, old: ChatId, new: ChatId, now: datetime) -> None:
    """Make the new chat from the old one, as a supergroup: groups move to nothing else."""
    copied = [c for c in chats.c if c.name not in ("id", "kind", "state", "state_at")]
    values = sa.select(
        sa.literal(new, sa.BigInteger()),
        sa.literal(ChatKind.SUPERGROUP.value),
        sa.literal(ChatState.AWAKE.value),
        sa.literal(now, chats.c.state_at.type),
        *copied,
    ).where(chats.c.id == old, ~sa.exists().where(_alias.c.id == new))
    names = ["id", "kind", "state", "state_at", *(c.name for c in copied)]
    await connection.execute(sa.insert(chats).from_select(names, values))


async def _move_subscriptions(connection: AsyncConnection, old: ChatId, new: ChatId) -> None:
    theirs = subscriptions.alias()
    has_both = sa.exists().where(
        theirs.c.chat_id == new, theirs.c.thread_id == subscriptions.c.thread_id
    )
    ours = subscriptions.c.chat_id == old
    await connection.execute(sa.update(subscriptions).where(ours, ~has_both).values(chat_id=new))
    await connection.execute(sa.delete(subscriptions).where(ours))


async def _move_rows(
    connection: AsyncConnection, table: sa.Table, old: ChatId, new: ChatId
) -> None:
    """Move what else a chat has, such as its saved stories and its votes."""
    theirs, ours = table.alias(), table.c.chat_id == old
    rest = [column.name for column in table.primary_key if column.name != "chat_id"]
    has_both = sa.exists().where(
        theirs.c.chat_id == new, *(theirs.c[name] == table.c[name] for name in rest)
    )
    await connection.execute(sa.update(table).where(ours, ~has_both).values(chat_id=new))
    await connection.execute(sa.delete(table).where(ours))


async def _move_deliveries(
    connection: AsyncConnection, old: ChatId, new: ChatId, now: datetime
) -> None:
    theirs = deliveries.alias()
    ours = deliveries.c.chat_id == old
    same = ("thread_id", "digest_id", "position", "resend_of")
    has_both = sa.exists().where(
        theirs.c.chat_id == new, *(theirs.c[name] == deliveries.c[name] for name in same)
    )
    # The numbers of the old group's messages mean other messages in the new one.
    await connection.execute(
        sa.update(deliveries)
        .where(ours, deliveries.c.state == State.SENT.value)
        .values(message_ids=None)
    )
    # A row in flight is settled by its id and may move; what is left under the old id is history.
    await connection.execute(sa.update(deliveries).where(ours, ~has_both).values(chat_id=new))
    await _cancel(connection, ours, reason=f"moved to chat {new}, which has it", now=now)


async def _cancel(
    connection: AsyncConnection, condition: sa.ColumnElement[bool], *, reason: str, now: datetime
) -> None:
    await connection.execute(
        sa.update(deliveries)
        .where(condition, deliveries.c.state == PENDING)
        .values(state=State.CANCELLED.value, reason=reason, settled_at=now)
    )


def is_silent(chat_id: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    """Say that we must not write to a chat; one we know nothing of may be written to."""
    return sa.exists().where(_alias.c.id == chat_id, _alias.c.state != AWAKE)


def chat_from_row(row: Row) -> Chat:
    """Read a chat."""
    return Chat(
        id=ChatId(row.id),
        kind=ChatKind(row.kind),
        title=row.title,
        username=row.username,
        language=row.language,
        state=ChatState(row.state),
    )


_alias = chats.alias("chat")
