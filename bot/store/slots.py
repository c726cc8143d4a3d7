"""Slots: due moments of schedules, each of which one process wins."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.sends import SendId
from bot.store.database import Database, Row, in_parts
from bot.store.schema import STARTED, slots

SlotPlace = tuple[str, datetime]
"""The key of a schedule, and one of its due moments."""
SLOTS_AT_ONCE = 500
"""Slots per statement."""


class SlotState(Enum):
    """What became of a slot."""

    STARTED = "started"
    DONE = "done"
    MISSED = "missed"
    EMPTY = "empty"
    """There was nothing to say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One due moment of one schedule."""

    schedule_key: str
    due_at: datetime
    state: SlotState
    taken_at: datetime
    note: str = ""
    send_id: SendId | None = None
    """The send that a part of its digests is stored for; None: none is."""

    @property
    def place(self) -> SlotPlace:
        """Name it."""
        return self.schedule_key, self.due_at


class Slots:
    """The record of what was due and what became of it."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def take(self, wanted: Sequence[SlotPlace], now: datetime) -> frozenset[SlotPlace]:
        """Win slots; gives those that nobody had, neither another process nor this one."""
        won: set[SlotPlace] = set()
        async with self._db.writing() as connection:
            for part in in_parts(wanted, SLOTS_AT_ONCE):
                rows = [
                    {
                        "schedule_key": key,
                        "due_at": due_at,
                        "state": SlotState.STARTED.value,
                        "taken_at": now,
                    }
                    for key, due_at in part
                ]
                insert = self._db.insert(slots).values(rows).on_conflict_do_nothing()
                taken = await connection.execute(
                    insert.returning(slots.c.schedule_key, slots.c.due_at)
                )
                won.update((row.schedule_key, row.due_at) for row in taken)
        return frozenset(won)

    async def take_over(self, slot: Slot, now: datetime) -> bool:
        """Win a slot that another process took and did not finish; False when it moved on."""
        async with self._db.writing() as connection:
            result = await connection.execute(
                sa.update(slots)
                .where(
                    is_place(slot.schedule_key, slot.due_at),
                    slots.c.state == SlotState.STARTED.value,
                    slots.c.taken_at == slot.taken_at,
                )
                .values(taken_at=now)
            )
            return result.rowcount > 0

    async def finish(self, ended: Iterable[SlotPlace], state: SlotState, note: str = "") -> None:
        """Note what became of started slots that stored no digest; finished ones stay as they are.

        A slot with digests is finished by the transaction that stores the last of them.
        """
        async with self._db.writing() as connection:
            for place in ended:
                await finish(connection, place, state, note)

    async def newest(self, schedule_key: str, *, until: datetime) -> datetime | None:
        """Give the newest slot up to `until` that was taken or missed; None when there is none."""
        query = sa.select(sa.func.max(slots.c.due_at)).where(
            slots.c.schedule_key == schedule_key, slots.c.due_at <= until
        )
        async with self._db.reading() as connection:
            newest: datetime | None = await connection.scalar(query)
        return newest

    async def forget_after(self, moment: datetime) -> int:
        """Drop the slots after `moment` that sent nothing; gives their number.

        Such rows come of a clock that was ahead and was set back: those slots are still to come.
        """
        sent_nothing = (slots.c.due_at > moment) & slots.c.state.in_(
            (SlotState.MISSED.value, SlotState.EMPTY.value)
        )
        async with self._db.reading() as connection:  # there are hardly ever any: no write lock
            if not await connection.scalar(sa.select(sa.exists().where(sent_nothing))):
                return 0
        async with self._db.writing() as connection:
            result = await connection.execute(sa.delete(slots).where(sent_nothing))
            return result.rowcount

    async def drop(self, slot: Slot) -> bool:
        """Drop a started slot that has stored nothing; False when it moved on."""
        async with self._db.writing() as connection:
            result = await connection.execute(
                sa.delete(slots).where(
                    is_place(slot.schedule_key, slot.due_at),
                    slots.c.state == SlotState.STARTED.value,
                    slots.c.taken_at == slot.taken_at,
                )
            )
            return result.rowcount > 0

    async def record_missed(
        self, missed: Iterable[SlotPlace], now: datetime, note: str = ""
    ) -> None:
        """Note slots that nobody took in time; those that somebody has stay as they are."""
        rows = [
            {
                "schedule_key": key,
                "due_at": moment,
                "state": SlotState.MISSED.value,
                "taken_at": now,
                "note": note,
            }
            for key, moment in missed
        ]
        if rows:
            async with self._db.writing() as connection:
                insert = self._db.insert(slots).on_conflict_do_nothing()
                await connection.execute(insert, rows)

    async def unfinished(self) -> tuple[Slot, ...]:
        """Give the slots that were taken and not finished, oldest first.

        After a kill they must be done again. Where several processes deliver, one that was
        taken just now may be in another's hands: `take_over` decides.
        """
        query = (
            sa.select(
                *(slots.c.schedule_key, slots.c.due_at, slots.c.state, slots.c.taken_at),
                *(slots.c.note, slots.c.send_id),
            )
            .where(slots.c.state == STARTED)
            .order_by(slots.c.due_at, slots.c.schedule_key)
        )
        async with self._db.reading() as connection:
            return tuple(_from_row(row) for row in await connection.execute(query))


async def finish(
    connection: AsyncConnection, place: SlotPlace, state: SlotState, note: str
) -> bool:
    """Finish a started slot inside another's transaction; False when it is finished already."""
    result = await connection.execute(
        sa.update(slots)
        .where(is_place(*place), slots.c.state == SlotState.STARTED.value)
        .values(state=state.value, note=note)
    )
    return result.rowcount > 0


def is_place(schedule_key: str, due_at: datetime) -> sa.ColumnElement[bool]:
    """Say which row a slot is."""
    return (slots.c.schedule_key == schedule_key) & (slots.c.due_at == due_at)


def _from_row(row: Row) -> Slot:
    return Slot(
        schedule_key=row.schedule_key,
        due_at=row.due_at,
        state=SlotState(row.state),
        taken_at=row.taken_at,
        note=row.note,
        send_id=None if row.send_id is None else SendId(row.send_id),
    )
