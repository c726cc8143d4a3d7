"""When digests are due: pure arithmetic on local wall clocks, right across clock changes."""

from __future__ import annotations

from collections import deque
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


def _instant(day: date, at: time, zone: ZoneInfo, *, fold: int = 0) -> datetime:
    """Give the instant of a wall-clock time: of two the first (fold 0), the end of a gap."""
    local = datetime.combine(day, at.replace(fold=fold), tzinfo=zone)
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
class QuietHours:
    """The hours of each local day in which no digest starts; across midnight if `end` is earlier.

    Both times are of the wall clock; in the fold of a clock change they are quiet each time that
    the clock shows them.
    """

    begin: time
    end: time
    zone: str

    def __post_init__(self) -> None:
        if self.begin == self.end:
            raise ValueError("quiet hours begin and end at the same time")

    def around(self, moment: datetime) -> tuple[datetime, datetime] | None:
        """Give begin and end, in UTC, of the quiet hours that hold `moment`; None outside."""
        for begin, end in self._stretches(moment, moment):
            if begin <= moment < end:
                return begin, end
        return None

    def until(self, moment: datetime) -> datetime | None:
        """Give the end of the quiet hours that hold `moment`, in UTC; None outside."""
        found = self.around(moment)
        return None if found is None else found[1]

    def within(self, since: datetime, until: datetime) -> timedelta:
        """Tell how much of the time from `since` to `until` is quiet."""
        parts = (
            min(end, until) - max(begin, since) for begin, end in self._stretches(since, until)
        )
        return sum((max(part, timedelta(0)) for part in parts), start=timedelta(0))

    def _stretches(self, since: datetime, until: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Give all that may touch the time from `since` to `until`, in order, apart."""
        zone = ZoneInfo(self.zone)
        nights = timedelta(days=int(self.end < self.begin))
        # Two days more on either side: a clock change can leave out a whole day.
        day = since.astimezone(zone).date() - timedelta(days=2)
        last = until.astimezone(zone).date() + timedelta(days=2)
        open_: tuple[datetime, datetime] | None = None
        while day <= last:
            begin = _instant(day, self.begin, zone)
            end = _instant(day + nights, self.end, zone, fold=1)
            if open_ is not None and begin <= open_[1]:  # a clock change between them
                open_ = (open_[0], max(open_[1], end))
            else:
                if open_ is not None:
                    yield open_
                open_ = (begin, end)
            day += timedelta(days=1)
        if open_ is not None:
            yield open_


def lateness(due_at: datetime, *, now: datetime, quiet: QuietHours | None) -> timedelta:
    """Tell how late a slot would start at `now`; quiet hours are not counted."""
    late = now - due_at
    return late if quiet is None or late <= timedelta(0) else late - quiet.within(due_at, now)


def next_start(
    schedule: Schedule,
    *,
    after: datetime,
    quiet: QuietHours | None,
    since: datetime | None = None,
) -> datetime | None:
    """Give the first moment later than `after` at which a slot starts, in UTC; None for never.

    Slots of the quiet hours start at their end, also those that wait at `after`: all of these quiet
    hours, and what came before them but after `since`, up to where slots have been looked at.
    """
    if quiet is None:
        return schedule.after(after)
    held = quiet.around(after)
    if held is None:
        slot = schedule.after(after)
        return None if slot is None else quiet.until(slot) or slot
    waiting = held[0] - timedelta(microseconds=1)
    slot = schedule.after(waiting if since is None else min(since, waiting))
    if slot is None:
        return None
    start = max(slot, after)
    return quiet.until(start) or start


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """What a look at a schedule finds: the slot to start, and those that are only recorded."""

    start: datetime | None
    missed: tuple[datetime, ...] = ()


def due(
    schedule: Schedule,
    *,
    since: datetime,
    now: datetime,
    late_limit: timedelta,
    quiet: QuietHours | None = None,
) -> Due:
    """Find the slots in (`since`, `now`]: the newest starts if it is not later than `late_limit`.

    Several missed slots merge into that one; older ones and too late ones are only recorded. In
    quiet hours nothing is found: whoever looks again at their end finds all of it.
    """
    if quiet is not None and quiet.until(now) is not None:
        return Due(start=None)
    since = max(since, now - max(LOOK_BACK, late_limit))
    moments = tuple(_moments(schedule, since=since, until=now))
    if not moments:
        return Due(start=None)
    newest = moments[-1]
    if lateness(newest, now=now, quiet=quiet) > late_limit:
        return Due(start=None, missed=moments)
    return Due(start=newest, missed=moments[:-1])


LOOK_BACK = timedelta(days=8)
"""Slots before that are not even recorded: after a year off the start must not take minutes."""
MOST_MISSED = 1000
"""Slots recorded at once; a machine that was off for a week needs no row for each minute."""


def _moments(schedule: Schedule, *, since: datetime, until: datetime) -> Iterator[datetime]:
    found: deque[datetime] = deque(maxlen=MOST_MISSED)
    moment = schedule.after(since)
    while moment is not None and moment <= until:
        found.append(moment)
        moment = schedule.after(moment)
    return iter(found)
