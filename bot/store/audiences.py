"""Audiences: the chats of a slot by wish and history, grouped as they are read.

A million subscriptions as objects would be a gigabyte. Chats that are alike are told apart by the
text of their columns; only the first of each group becomes a subscription.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast, overload

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.article import StoryKey
from bot.domain.sends import SendId
from bot.domain.subscription import ChatId, Subscription
from bot.store.bulk import stream_plain
from bot.store.database import Database, in_parts
from bot.store.received import Address, history_of, of_send, stories_on
from bot.store.schema import AWAKE, chats, deliveries, subscriptions
from bot.store.wishes import from_row, select, told_apart_by

AT_ONCE = 10_000
"""Rows between two turns of other tasks: some milliseconds."""
_BETWEEN = "\x1e"
"""Stands between a wish and a history; neither holds it."""
_one = subscriptions.c


class Addresses(Sequence[Address]):
    """Chats with their threads, sixteen bytes each."""

    def __init__(self) -> None:
        self._chats = array("q")
        self._threads = array("q")

    def add(self, chat_id: int, thread_id: int) -> None:
        """Add one."""
        self._chats.append(chat_id)
        self._threads.append(thread_id)

    def extend(self, others: Addresses) -> None:
        """Add those of others."""
        self._chats.extend(others._chats)
        self._threads.extend(others._threads)

    def __len__(self) -> int:
        return len(self._chats)

    @overload
    def __getitem__(self, at: int) -> Address: ...

    @overload
    def __getitem__(self, at: slice) -> Sequence[Address]: ...

    def __getitem__(self, at: int | slice) -> Address | Sequence[Address]:
        """Give one, or several."""
        if isinstance(at, slice):
            return cast("list[Address]", [*zip(self._chats[at], self._threads[at], strict=True)])
        return ChatId(self._chats[at]), self._threads[at]

    def __iter__(self) -> Iterator[Address]:
        # A million of them: no step in Python for each.
        return cast("Iterator[Address]", zip(self._chats, self._threads, strict=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class Alike:
    """Chats with one wish and one history."""

    subscription: Subscription
    received: frozenset[StoryKey]
    addresses: Addresses = field(default_factory=Addresses)


class Audiences:
    """Reads whom a slot is for, alike chats together."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def keeping(
        self, due: Mapping[str, datetime], now: datetime, *, unserved_by: SendId | None = None
    ) -> tuple[Alike, ...]:
        """Give the active subscriptions that a slot of their hours is for, grouped.

        `due` names the slot of each hours key. Left out are those that pause over it, and those
        that have kept these hours for a shorter time (but not by a clock that was ahead), as
        `domain.timetable.is_for` says. `unserved_by`: and those that have a delivery of this send.
        """
        groups: dict[str, Addresses] = {}
        async with self._db.reading() as connection:
            for keys in in_parts(sorted(due)):
                by_slot: dict[datetime, list[str]] = {}
                for key in keys:
                    by_slot.setdefault(due[key], []).append(key)
                for slot, those in by_slot.items():
                    await _read(connection, groups, _is_due(those, slot, now, unserved_by))
            return await _alike(connection, groups)


async def _read(
    connection: AsyncConnection,
    groups: dict[str, Addresses],
    is_due: sa.ColumnElement[bool],
) -> None:
    history = history_of(_one.chat_id, _one.thread_id)
    # One text and not two: each is made, hashed and thrown away a million times.
    told_apart = told_apart_by().op("||")(_BETWEEN).op("||")(sa.func.coalesce(history, ""))
    query = (
        sa.select(_one.chat_id, _one.thread_id, told_apart)
        .join(chats, chats.c.id == _one.chat_id)
        .where(is_due, chats.c.state == AWAKE)
        .order_by(_one.chat_id, _one.thread_id)
    )
    async for rows in stream_plain(connection, query, size=AT_ONCE):
        for chat_id, thread_id, told in rows:
            group = groups.get(told)
            if group is None:
                group = groups[told] = Addresses()
            group.add(chat_id, thread_id)


def _is_due(
    keys: Sequence[str], slot: datetime, now: datetime, unserved_by: SendId | None
) -> sa.ColumnElement[bool]:
    """Say that a slot of these hours is for a subscription."""
    is_due: sa.ColumnElement[bool] = (
        _one.is_active
        & _one.schedule_key.in_(keys)
        & (_one.paused_until.is_(None) | (_one.paused_until <= slot))
        & (_one.hours_since.is_(None) | (_one.hours_since < slot) | (_one.hours_since > now))
    )
    if unserved_by is None:
        return is_due
    row = deliveries.alias("served").c
    is_served = sa.exists().where(
        row.chat_id == _one.chat_id, row.thread_id == _one.thread_id, *of_send(row, unserved_by)
    )
    return is_due & ~is_served


async def _alike(connection: AsyncConnection, groups: Mapping[str, Addresses]) -> tuple[Alike, ...]:
    told: list[tuple[str, str, Addresses]] = []
    for text, addresses in groups.items():
        wish, _, places = text.rpartition(_BETWEEN)
        told.append((wish, places, addresses))
    stories = await stories_on(connection, {places for _, places, _ in told})
    firsts: dict[str, Address] = {}
    for wish, _, addresses in told:
        firsts.setdefault(wish, addresses[0])
    read = await _subscriptions(connection, list(firsts.values()))
    known = {text: (read[first], read[first].wish) for text, first in firsts.items()}
    found: dict[tuple[object, frozenset[StoryKey]], Alike] = {}
    for wish, places, addresses in told:
        (subscription, same), received = known[wish], stories[places]
        one = found.get((same, received))
        if one is None:
            found[same, received] = Alike(
                subscription=subscription, received=received, addresses=addresses
            )
        else:  # alike by other digests, or by other columns
            one.addresses.extend(addresses)
    return tuple(found.values())


async def _subscriptions(
    connection: AsyncConnection, addresses: Sequence[Address]
) -> dict[Address, Subscription]:
    found: dict[Address, Subscription] = {}
    wanted = set(addresses)
    for part in in_parts(addresses):
        query = select().where(_one.chat_id.in_([chat_id for chat_id, _ in part]))
        rows: Any = await connection.execute(query)
        for row in rows:
            address = (ChatId(row.chat_id), row.thread_id)
            if address in wanted:
                found[address] = from_row(row)
    return found
