"""Timetables: a chat's hours upon the publication's, and what of them is still to come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.domain.schedule import QuietHours, Schedule, next_start
from bot.domain.subscription import Hours, Subscription

_INSTANT = timedelta(microseconds=1)
_MOST_DAYS = 800
"""Days to look ahead for one that is wanted; a cron line can be due on 29 February alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OnDays:
    """The moments of a schedule that fall on some days of a zone."""

    schedule: Schedule
    zone: str
    days: frozenset[int]

    @property
    def key(self) -> str:
        """Name it by what it says."""
        return f"{self.schedule.key}@{''.join(str(day) for day in sorted(self.days))}"

    def after(self, moment: datetime) -> datetime | None:
        """Give the first moment later than `moment` on a wanted day; None when there is none."""
        zone = ZoneInfo(self.zone)
        due = self.schedule.after(moment)
        for _ in range(_MOST_DAYS):
            if due is None:
                return None
            local = due.astimezone(zone)
            if local.isoweekday() in self.days:
                return due
            tomorrow = datetime.combine(local.date() + timedelta(days=1), time(0), tzinfo=zone)
            due = self.schedule.after(max(tomorrow - _INSTANT, due))
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Timetable:
    """When somebody's slots are due and when they are held; `key` names it in slot rows.

    `zone` is that of its wall clock.
    """

    schedule: Schedule
    quiet: QuietHours | None
    zone: str
    key: str

    def next_start(self, after: datetime, *, since: datetime | None = None) -> datetime | None:
        """Give the next moment later than `after` at which a digest starts; None for never.

        `since`: up to where slots have been looked at, where some may still wait.
        """
        return next_start(self.schedule, after=after, quiet=self.quiet, since=since)


def served(table: Timetable, *, looked: datetime, now: datetime) -> datetime:
    """Give the moment from which new hours count, when hours are changed at `now`.

    `looked`: up to which moment the slots of the old hours were looked at. A slot that is due and
    has not been started, because hours are quiet or the machine is late, is not lost: the moment
    before it. Otherwise `now`, so that new hours fetch nothing from the past.
    """
    pending = table.schedule.after(min(looked, now))
    return now if pending is None or pending > now else pending - _INSTANT


def is_for(wish: Subscription, slot: datetime, now: datetime) -> bool:
    """Whether a slot of its hours is for a subscription: it keeps them so long, and does not pause.

    Hours that were chosen after `now` were chosen by a clock that was ahead: they count.
    """
    if wish.paused_until is not None and slot < wish.paused_until:
        return False
    return wish.hours_since is None or wish.hours_since < slot or wish.hours_since > now


def hours_of(key: str) -> Hours:
    """Read the hours that a key names (`Hours.key`). Raises ValueError for any other text."""
    values = dict(part.split("=", 1) for part in key.split(";")) if key else {}
    times, days, quiet = (values.get(name) for name in ("times", "days", "quiet"))
    begin, _, end = (quiet or "").partition("-")
    return Hours(
        times=tuple(map(time.fromisoformat, times.split(","))) if times else None,
        days=frozenset(map(int, days)) if days else None,
        zone=values.get("zone"),
        quiet=(time.fromisoformat(begin), time.fromisoformat(end)) if quiet else None,
    )


def is_zone(name: str) -> bool:
    """Whether this is the name of a time zone, as it is spelled."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True
