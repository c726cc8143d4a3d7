"""Timetables: what of all the schedules that chats keep is due, found without a look at chats."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from bot.domain.schedule import Due, due
from bot.domain.subscription import Hours, Subscription
from bot.domain.timetable import Timetable, hours_of, served
from bot.publishing.publication import Publication
from bot.store.slots import Slots as SlotRows
from bot.store.timetables import STANDING, TimetableRow
from bot.store.timetables import Timetables as Rows

_NEVER = datetime(9999, 1, 1, tzinfo=UTC)
_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a look at one row found: its slot to start and those it missed; the row afterwards."""

    row: TimetableRow
    table: Timetable
    due: Due


class Timetables:
    """Looks at the rows whose moment has come, and keeps them."""

    def __init__(self, *, publication: Publication, rows: Rows, slots: SlotRows) -> None:
        self._publication = publication
        self._rows = rows
        self._slots = slots

    async def refresh(self, now: datetime, *, is_first: bool) -> None:
        """Look at everything anew: after a start, or when the clock was set back.

        At the first look it is also seen which hours are other schedules than before, because the
        settings have changed: those start now.
        """
        await self._rows.look_anew(now)
        if not is_first:
            return
        await self._rows.ensure(STANDING, now)
        rows = await self._rows.all()
        changed = await asyncio.to_thread(self._changed, rows, now)
        for number, row in enumerate(changed):
            if row.hours_key == STANDING and rows[0].slot_key is None and row.slot_key is not None:
                # Before there was a table of them, the newest slot said up to where was looked.
                newest = await self._slots.newest(row.slot_key, until=now)
                changed[number] = replace(row, looked_at=newest or row.looked_at)
        await self._rows.save(changed)

    def _changed(self, rows: Iterable[TimetableRow], now: datetime) -> list[TimetableRow]:
        changed = []
        for row in rows:
            key = self._publication.timetable(hours_of(row.hours_key)).key
            if row.slot_key is None:
                changed.append(replace(row, slot_key=key))
            elif row.slot_key != key:
                changed.append(replace(row, slot_key=key, looked_at=now))
        return changed

    async def look(self, now: datetime) -> tuple[Found, ...]:
        """Find what is due; `note` must follow once it is taken."""
        rows = await self._rows.due(now)
        # After a long absence it is thousands of moments, and there may be thousands of rows.
        return await asyncio.to_thread(self._looked, rows, now) if rows else ()

    def _looked(self, rows: Sequence[TimetableRow], now: datetime) -> tuple[Found, ...]:
        return tuple(self._look(row, now) for row in rows)

    def _look(self, row: TimetableRow, now: datetime) -> Found:
        plan = self._publication
        table = plan.timetable(hours_of(row.hours_key))
        since = min(row.looked_at, now)
        found = due(
            table.schedule, since=since, now=now, late_limit=plan.late_limit, quiet=table.quiet
        )
        is_quiet = table.quiet is not None and table.quiet.until(now) is not None
        after = replace(
            row,
            slot_key=table.key,
            looked_at=since if is_quiet else now,
            next_at=table.next_start(now, since=since) or _NEVER,
        )
        return Found(row=after, table=table, due=found)

    async def note(self, found: Sequence[Found]) -> None:
        """Keep what a look has found out: what it found is not found again."""
        await self._rows.save([one.row for one in found])

    async def next_at(self) -> datetime | None:
        """Give the next moment to look; None when nothing will ever be due."""
        moment = await self._rows.next_at()
        return None if moment is None or moment >= _NEVER else moment

    async def of_slot(self, slot_key: str) -> tuple[str, ...]:
        """Give the keys of the hours that are this schedule."""
        return await self._rows.of_slot(slot_key)

    async def drop_unused(self, hours_keys: Iterable[str]) -> None:
        """Forget those of these hours that nobody keeps."""
        await self._rows.drop_unused(hours_keys)

    async def since(self, hours: Hours, now: datetime) -> datetime:
        """Say from when new hours count, for somebody who has kept these until `now`."""
        looked = await self._rows.looked_at(hours.key)
        if looked is None:
            return now
        return served(self._publication.timetable(hours), looked=looked, now=now)

    async def next_start(self, wish: Subscription, now: datetime) -> datetime | None:
        """Say when the next digest of a subscription starts, if there is anything to say then.

        Never before `now`; None when it never starts.
        """
        table = self._publication.timetable(wish.hours)
        looked = await self._rows.looked_at(wish.hours.key)
        since = now if looked is None else min(looked, now)
        if wish.hours_since is not None and wish.hours_since <= now:
            since = wish.hours_since if looked is None else max(since, wish.hours_since)
        if wish.paused_until is not None:
            since = max(since, wish.paused_until - _INSTANT)
        slot = table.schedule.after(since)
        if slot is None:
            return None
        start = max(slot, now)
        held = table.quiet.until(start) if table.quiet is not None else None
        return held or start
