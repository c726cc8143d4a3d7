"""Chats and their subscriptions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.article import StoryKey
from bot.domain.subscription import NO_THREAD, Chat, ChatId, ChatKind, ChatState, Subscription
from bot.store.alerts import had
from bot.store.chats import chat_from_row, move, set_state
from bot.store.database import Database
from bot.store.schema import chats, subscriptions
from bot.store.timetables import keep
from bot.store.wishes import from_row as _from_row
from bot.store.wishes import select as _select
from bot.store.wishes import stream
from bot.store.wishes import wishes as _wishes


class Subscriptions:
    """Who wants what; a chat is known from the moment it was first seen."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def see_chat(self, chat: Chat, now: datetime) -> None:
        """Note a chat's kind, names and language; the state of a known chat stays as it is.

        A language that is not seen this time stays as it was.
        """
        async with self._db.writing() as connection:
            insert = self._new_chat(chat, now)
            names = {name: insert.excluded[name] for name in ("kind", "title", "username")}
            if chat.language is not None:
                names["language"] = insert.excluded.language
            await connection.execute(
                insert.on_conflict_do_update(index_elements=["id"], set_=names)
            )

    async def chat(self, chat_id: ChatId) -> Chat | None:
        """Give a chat; None when it was never seen."""
        found = await self._chats(_chat().where(chats.c.id == chat_id))
        return found[0] if found else None

    async def shared_chats(self, *, limit: int) -> tuple[Chat, ...]:
        """Give groups and channels that may be written to, those seen last first."""
        row = chats.c
        is_shared = (row.kind != ChatKind.PRIVATE.value) & (row.state == ChatState.AWAKE.value)
        query = _chat().where(is_shared).order_by(row.created_at.desc(), row.id)
        return await self._chats(query.limit(limit))

    async def chat_named(self, username: str) -> Chat | None:
        """Give the chat of a public @name, as it was last seen; None when it was never seen."""
        name = username.lower().removeprefix("@")
        found = await self._chats(_chat().where(sa.func.lower(chats.c.username) == name).limit(1))
        return found[0] if found else None

    async def _chats(self, query: sa.Select[Any]) -> tuple[Chat, ...]:
        async with self._db.reading() as connection:
            return tuple(chat_from_row(row) for row in await connection.execute(query))

    async def subscribe(self, subscription: Subscription, now: datetime) -> None:
        """Begin a subscription, or begin it anew with these wishes; the chat becomes awake."""
        chat = Chat(id=subscription.chat_id, kind=subscription.chat_kind)
        async with self._db.writing() as connection:
            await connection.execute(self._new_chat(chat, now).on_conflict_do_nothing())
            await _wake(connection, chat.id, now)
            await _know_again(connection, chat.id)
            insert = self._db.insert(subscriptions).values(
                chat_id=subscription.chat_id,
                thread_id=subscription.thread_id,
                is_active=True,
                created_at=now,
                **_wishes(subscription),
            )
            again = {
                name: insert.excluded[name]
                for name in (*_wishes(subscription), "created_at", "is_active")
            }
            await connection.execute(
                insert.on_conflict_do_update(
                    index_elements=["chat_id", "thread_id"],
                    set_={**again, "ended_at": None, "shut_at": None},
                )
            )

            await self._keep_hours(connection, subscription, now)

    async def unsubscribe(self, chat_id: ChatId, thread_id: int, now: datetime) -> bool:
        """End a subscription; its wishes are kept for a return. False when there was none."""
        async with self._db.writing() as connection:
            result = await connection.execute(
                sa.update(subscriptions)
                .where(_is(chat_id, thread_id), subscriptions.c.is_active)
                .values(is_active=False, ended_at=now)
            )
            return result.rowcount > 0

    async def get(self, chat_id: ChatId, thread_id: int = NO_THREAD) -> Subscription | None:
        """Give a subscription, also one that has ended; None when there never was one."""
        async with self._db.reading() as connection:
            query = _select().where(_is(chat_id, thread_id))
            row = (await connection.execute(query)).one_or_none()
        return None if row is None else _from_row(row)

    async def update(self, subscription: Subscription, now: datetime) -> bool:
        """Replace the wishes of a subscription, active or not; False when there is none."""
        async with self._db.writing() as connection:
            result = await connection.execute(
                sa.update(subscriptions)
                .where(_is(subscription.chat_id, subscription.thread_id))
                .values(**_wishes(subscription))
            )
            if result.rowcount:
                await self._keep_hours(connection, subscription, now)
            return result.rowcount > 0

    async def wish(self, subscription: Subscription, now: datetime) -> None:
        """Keep the wishes of a chat; one that never subscribed does not subscribe by that."""
        chat = Chat(id=subscription.chat_id, kind=subscription.chat_kind)
        async with self._db.writing() as connection:
            await connection.execute(self._new_chat(chat, now).on_conflict_do_nothing())
            insert = self._db.insert(subscriptions).values(
                chat_id=subscription.chat_id,
                thread_id=subscription.thread_id,
                is_active=False,
                created_at=now,
                **_wishes(subscription),
            )
            wishes = {name: insert.excluded[name] for name in _wishes(subscription)}
            await connection.execute(
                insert.on_conflict_do_update(index_elements=["chat_id", "thread_id"], set_=wishes)
            )
            await self._keep_hours(connection, subscription, now)

    async def has_subscribed(self, chat_id: ChatId, thread_id: int = NO_THREAD) -> bool:
        """Whether there is a subscription, or ever was one; wishes alone are none."""
        begun = subscriptions.c.is_active | subscriptions.c.ended_at.is_not(None)
        query = sa.select(sa.exists().where(_is(chat_id, thread_id), begun))
        async with self._db.reading() as connection:
            return bool(await connection.scalar(query))

    async def active(self, now: datetime | None = None) -> tuple[Subscription, ...]:
        """Give the active subscriptions of chats that are awake, by chat and thread.

        Those that pause at `now` are left out; None: they are among them.
        """
        query = _active().order_by(*_IN_ORDER)
        return await self._found(query if now is None else query.where(_is_not_paused(now)))

    async def wanting_flash(self, now: datetime) -> tuple[Subscription, ...]:
        """Give those of `active` that want a flash: `wants_flash`; the others are not read."""
        by_kind = chats.c.kind == ChatKind.CHANNEL.value
        wants = subscriptions.c.has_flash
        query = _active().where(_is_not_paused(now), wants.is_(True) | (wants.is_(None) & by_kind))
        return await self._found(query.order_by(*_IN_ORDER))

    async def following_up(self, key: StoryKey, now: datetime) -> tuple[Subscription, ...]:
        """Give those of `active` that have had a story and take more of it: `takes_follow_ups`."""
        takes = subscriptions.c.has_flash
        has_had = sa.tuple_(*_IN_ORDER).in_(had(key))
        query = _active().where(_is_not_paused(now), takes.is_(None) | takes.is_(True), has_had)
        return await self._found(query.order_by(*_IN_ORDER))

    async def _found(self, query: sa.Select[Any]) -> tuple[Subscription, ...]:
        found: list[Subscription] = []
        async with self._db.reading() as connection:
            async for part in stream(connection, query):
                found.extend(part)
        return tuple(found)

    async def _keep_hours(
        self, connection: AsyncConnection, subscription: Subscription, now: datetime
    ) -> None:
        """Have the slots of its hours looked for, from the moment at which they were chosen."""
        since = min(subscription.hours_since or now, now)
        await keep(connection, self._db, subscription.hours.key, since=since)

    async def set_chat_state(
        self, chat_id: ChatId, state: ChatState, reason: str, now: datetime
    ) -> None:
        """Put a chat to sleep or pause it (what waits for it is cancelled), or wake it."""
        async with self._db.writing() as connection:
            await set_state(connection, chat_id, state, reason, now)

    async def wake(self, chat_id: ChatId, now: datetime) -> None:
        """Note that a chat takes messages again; nothing happens to one that is awake."""
        async with self._db.writing() as connection:
            await _wake(connection, chat_id, now)

    async def reopen(self, chat_id: ChatId, thread_id: int) -> None:
        """Note that a thread is open (again); nothing happens to one that was not held."""
        async with self._db.writing() as connection:
            await connection.execute(
                sa.update(subscriptions)
                .where(_is(chat_id, thread_id), subscriptions.c.shut_at.is_not(None))
                .values(shut_at=None)
            )

    async def move_chat(self, old: ChatId, new: ChatId, now: datetime) -> None:
        """Replace a chat's id everywhere, in one transaction; a second time changes nothing."""
        async with self._db.writing() as connection:
            await move(connection, old, new, now)

    def _new_chat(self, chat: Chat, now: datetime) -> Any:
        return self._db.insert(chats).values(
            id=chat.id,
            kind=chat.kind.value,
            title=chat.title,
            username=chat.username,
            language=chat.language,
            state=chat.state.value,
            state_at=now,
            created_at=now,
        )


async def _wake(connection: AsyncConnection, chat_id: ChatId, now: datetime) -> None:
    await connection.execute(
        sa.update(chats)
        .where(chats.c.id == chat_id, chats.c.state != ChatState.AWAKE.value)
        .values(state=ChatState.AWAKE.value, state_reason=None, state_at=now)
    )


async def _know_again(connection: AsyncConnection, chat_id: ChatId) -> None:
    """Note that a chat that had asked to be forgotten has subscribed by itself."""
    await connection.execute(
        sa.update(chats)
        .where(chats.c.id == chat_id, chats.c.forgotten_at.is_not(None))
        .values(forgotten_at=None)
    )


_IN_ORDER = (subscriptions.c.chat_id, subscriptions.c.thread_id)


def _chat() -> sa.Select[Any]:
    row = chats.c
    return sa.select(row.id, row.kind, row.title, row.username, row.language, row.state)


def _active() -> sa.Select[Any]:
    return _select().where(
        subscriptions.c.is_active,
        subscriptions.c.shut_at.is_(None),
        chats.c.state == ChatState.AWAKE.value,
    )


def _is_not_paused(now: datetime) -> sa.ColumnElement[bool]:
    paused = subscriptions.c.paused_until
    return paused.is_(None) | (paused <= now)


def _is(chat_id: ChatId, thread_id: int) -> sa.ColumnElement[bool]:
    return (subscriptions.c.chat_id == chat_id) & (subscriptions.c.thread_id == thread_id)
