"""When digests are due: pure arithmetic on local wall clocks, right across clock changes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

EVERY_DAY = frozenset(range(1, 8))
"""ISO weekdays: Monday is 1, Sunday is 7."""


class Schedule(Protocol):
    """Names the moments at which something is due."""

    @property
    def key(self) -> str:
        """Name the schedule in slot rows; alike schedules have one key."""
        ...

    def after(self, moment: datetime) -> datetime | None:
        """Give the first due moment later than `moment`, in UTC; None when there is none."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """The same local times on chosen days.

    In the gap of a clock change a slot fires at the first moment after it; in the fold, once,
    at the first of the two.
    """

    times: tuple[time, ...]
    zone: str
    days: frozenset[int] = EVERY_DAY

    @property
    def key(self) -> str:
        """Name the schedule by what it says."""
        times = ",".join(sorted({f"{t:%H:%M}" for t in self.times}))
        days = "" if self.days == EVERY_DAY else "@" + "".join(str(d) for d in sorted(self.days))
        return f"times:{times}{days}:{self.zone}"

    def after(self, moment: datetime) -> datetime | None:
        """Give the first due moment later than `moment`, in UTC."""
        if not self.times or not self.days:
            return None
        zone = ZoneInfo(self.zone)
        # A slot in a gap is due after it, which may be the next local day (gaps at midnight).
        first = moment.astimezone(zone).date() - timedelta(days=1)
        for number in range(10):
            day = first + timedelta(days=number)
            if day.isoweekday() not in self.days:
                continue
            due = sorted(_instant(day, at, zone) for at in self.times)
            for instant in due:
                if instant > moment:
                    return instant
        return None


def _instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    """Give the instant of a wall-clock time: the first of two, the end of a gap."""
    local = datetime.combine(day, at, tzinfo=zone)  # fold=0: the first of two
    instant = local.astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) == local.replace(tzinfo=None):
        return instant
    # The wall clock never showed this time: find the moment at which it jumped over it.
    before = instant - timedelta(days=1)
    after = instant + timedelta(days=1)
    wall = local.replace(tzinfo=None)
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) / 2
        if middle.astimezone(zone).replace(tzinfo=None) < wall:
            before = middle
        else:
            after = middle
    return after.replace(microsecond=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """What a look at a schedule finds: the slot to start, and those that are only recorded."""

    start: datetime | None
    missed: tuple[datetime, ...] = ()


def due(schedule: Schedule, *, since: datetime, now: datetime, late_limit: timedelta) -> Due:
    """Find the slots in (`since`, `now`]: the newest starts if it is not later than `late_limit`.

    Several missed slots merge into that one; older ones and too late ones are only recorded.
    """
    moments = tuple(_moments(schedule, since=since, until=now))
    if not moments:
        return Due(start=None)
    newest = moments[-1]
    if now - newest > late_limit:
        return Due(start=None, missed=moments)
    return Due(start=newest, missed=moments[:-1])


MOST_MISSED = 1000
"""Slots looked back at; a machine that was off for a year needs no row for each minute."""


def _moments(schedule: Schedule, *, since: datetime, until: datetime) -> Iterator[datetime]:
    found: list[datetime] = []
    moment = schedule.after(since)
    while moment is not None and moment <= until:
        found.append(moment)
        if len(found) > MOST_MISSED:
            found.pop(0)
        moment = schedule.after(moment)
    return iter(found)
