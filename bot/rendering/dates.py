"""Dates in words, coarse on purpose: a digest that waits a while must not become wrong."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def coarse_date(moment: datetime, *, now: datetime, zone: str) -> str:
    """Say on which day it was, seen from `now` in `zone`.

    today, yesterday, the weekday within the last six days, else `17 Sep`, in another year
    `17 Sep 2020`. A moment in the future by up to a day is today: clocks and zones differ.
    """
    day, today = _local(moment, zone).date(), _local(now, zone).date()
    age = (today - day).days
    if age == 0 or (age < 0 and moment - now <= timedelta(days=1)):
        return "today"
    if age == 1:
        return "yesterday"
    if 1 < age < 7:
        return WEEKDAYS[day.weekday()]
    month = MONTHS[day.month - 1][:3]
    return f"{day.day} {month}" if day.year == today.year else f"{day.day} {month} {day.year}"


def day_of(now: datetime, *, zone: str) -> str:
    """Say the day as a newspaper's head does: `Tuesday 17 November`."""
    day = _local(now, zone)
    return f"{WEEKDAYS[day.weekday()]} {day.day} {MONTHS[day.month - 1]}"


def span_of(since: datetime | None, until: datetime | None, *, zone: str) -> str:
    """Say a time in whole days: `21 November 2026`, `March 2021`, `2020`, `since 16 Nov 2026`.

    `until` is the first moment after it; empty when there is neither.
    """
    first = None if since is None else _local(since, zone).date()
    last = None if until is None else _local(until - timedelta(seconds=1), zone).date()
    if first is None or last is None:
        return f"since {_short(first)}" if first else f"until {_short(last)}" if last else ""
    if first == last:
        return f"{WEEKDAYS[first.weekday()]} {first.day} {MONTHS[first.month - 1]} {first.year}"
    begins, ends = first.day == 1, (last + timedelta(days=1)).day == 1
    if begins and ends and first.year == last.year:
        if first.month == last.month:
            return f"{MONTHS[first.month - 1]} {first.year}"
        if (first.month, last.month) == (1, 12):
            return str(first.year)
    start = _short(first)
    if first.year == last.year:
        start = str(first.day) if first.month == last.month else start.rpartition(" ")[0]
    return f"{start} to {_short(last)}"


def _short(day: date) -> str:
    return f"{day.day} {MONTHS[day.month - 1][:3]} {day.year}"


def time_of_day(moment: datetime, *, now: datetime, zone: str) -> str:
    """Say when it is or was: `14:02` today, else `22 Nov 14:02`, in another year with the year."""
    local, today = _local(moment, zone), _local(now, zone)
    if local.date() == today.date():
        return f"{local:%H:%M}"
    day = f"{local.day} {MONTHS[local.month - 1][:3]}"
    if local.year != today.year:
        day += f" {local.year}"
    return f"{day} {local:%H:%M}"


def length_in_words(length: timedelta) -> str:
    """Say how long something takes: `40 s`, `47 min`, `2 h`, `2 h 15 min`."""
    seconds = round(length.total_seconds())
    if seconds < 60:
        return f"{max(seconds, 0)} s"
    minutes = round(seconds / 60)
    hours, rest = divmod(minutes, 60)
    if not hours:
        return f"{minutes} min"
    return f"{hours} h {rest} min" if rest else f"{hours} h"


def _local(moment: datetime, zone: str) -> datetime:
    try:
        return moment.astimezone(_zone(zone))
    except OverflowError:  # the first or last day of the calendar, hours from its edge
        return moment


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
