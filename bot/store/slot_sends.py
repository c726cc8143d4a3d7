"""The sends of slots: stored slice by slice, so that others can write while a large one grows.

A slice is some whole digests with all their deliveries, in one transaction. The first makes the
send and writes its id to the slots, the last finishes them. Until then they are unfinished: after a
kill whoever takes them over goes on for those who have no delivery of that send (`of_send`).
"""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.delivery import DigestId
from bot.domain.sends import SendId
from bot.store.database import Database
from bot.store.digest_rows import NewDigest, store_open
from bot.store.enqueue import newest_delivery, racing_digests, wait_in_line
from bot.store.received import Address, of_send
from bot.store.schema import STARTED, deliveries, slots
from bot.store.send_rows import CANCELLED, grow, make_whole
from bot.store.slots import SlotPlace, SlotState, is_place

OTHERS_LOOK_AFTER = 0.1
"""Seconds. Another process that waits to write on SQLite looks so often whether it may."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Slots that are ours until somebody else takes them over, and how far their send is."""

    places: Sequence[SlotPlace]
    taken_at: datetime
    """What stands in their rows: whoever takes them over writes another moment there."""
    send_id: SendId | None = None
    """None: nothing of it is stored yet."""
    as_of: int = 0
    """The delivery up to which it is known what others have stored meanwhile."""
    racing: tuple[DigestId, ...] = ()
    """Digests that others have stored since its readers' histories were read."""
    note: str = ""
    """What the slots' rows shall say of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A slice that is stored."""

    hold: Hold
    """For the next one."""
    ids: tuple[DigestId, ...]
    seconds: float
    """How long others could not write."""


class SlotSends:
    """Stores what slots bring."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self.pause = OTHERS_LOOK_AFTER if db.is_sqlite else 0.0
        """Seconds to leave between two slices."""

    async def add(
        self, hold: Hold, new: Sequence[NewDigest], *, to_come: int, now: datetime, at: datetime
    ) -> Stored | None:
        """Store the next digests of a slot's send with all their deliveries, in one transaction.

        `to_come`: how many deliveries follow after these; 0 finishes the slots. `now`: the moment
        for which they were composed; `at`: the present one.

        None, and nothing is stored: somebody else has the slots, or the send was cancelled, which
        finishes them. A paused send grows on, and stays paused. Chats that must not be written to
        get no row, nor those that others have sent one of these stories meanwhile.
        """
        async with self._db.writing() as connection:
            begun = time.monotonic()
            await wait_in_line(connection)
            send = None
            if hold.send_id is not None:
                send = await grow(connection, hold.send_id, to_come)
                if send is None:
                    await _end(connection, hold, SlotState.DONE, CANCELLED, at)
                    return None
            others = await racing_digests(connection, hold.as_of, apart_from=hold.send_id)
            racing = tuple(sorted({*hold.racing, *others}))
            # Digests of many schedules that are due at once carry the newest of their slots.
            slot = max(hold.places, key=lambda place: place[1])
            ids = await store_open(connection, new, slot=slot, racing=racing, now=now, growing=send)
            send_id = SendId(ids[0]) if send is None else send.id
            if not await _keep(connection, hold, send_id, at):
                await connection.rollback()
                return None
            kept = replace(
                hold,
                taken_at=at,
                send_id=send_id,
                racing=racing,
                as_of=await newest_delivery(connection),
            )
            if to_come:
                if send is None:
                    await grow(connection, send_id, to_come)
            else:
                await _end(connection, kept, SlotState.DONE, hold.note, at)
        return Stored(hold=kept, ids=ids, seconds=time.monotonic() - begun)

    async def end(self, hold: Hold, state: SlotState, note: str, *, at: datetime) -> None:
        """Finish slots of which nothing more will be stored; their send is whole."""
        async with self._db.writing() as connection:
            await wait_in_line(connection)
            await _end(connection, hold, state, note, at)

    async def served(self, send_id: SendId, among: Collection[Address]) -> frozenset[Address]:
        """Give those of a few chats that have a delivery of a send."""
        row = deliveries.c
        query = sa.select(row.chat_id, row.thread_id).where(
            row.chat_id.in_([chat_id for chat_id, _ in among]), *of_send(row, send_id)
        )
        async with self._db.reading() as connection:
            found = await connection.execute(query.distinct())
            return frozenset((chat_id, thread_id) for chat_id, thread_id in found)


async def _keep(connection: AsyncConnection, hold: Hold, send_id: SendId, at: datetime) -> bool:
    """Note on its slots how far a send is; False when somebody else has taken one of them over."""
    ours = (slots.c.state == STARTED) & (slots.c.taken_at == hold.taken_at)
    change = sa.update(slots).values(taken_at=at, send_id=send_id)
    if hold.send_id is not None:
        kept = await connection.execute(change.where(ours, slots.c.send_id == send_id))
        return kept.rowcount == len(hold.places)
    for place in hold.places:
        kept = await connection.execute(change.where(ours, is_place(*place)))
        if not kept.rowcount:
            return False
    return True


async def _end(
    connection: AsyncConnection, hold: Hold, state: SlotState, note: str, at: datetime
) -> None:
    assert hold.send_id is not None  # noqa: S101 - asked for only where there is one
    await connection.execute(
        sa.update(slots)
        .where(
            slots.c.state == STARTED,
            slots.c.taken_at == hold.taken_at,
            slots.c.send_id == hold.send_id,
        )
        .values(state=state.value, note=note)
    )
    await make_whole(connection, hold.send_id, at)
