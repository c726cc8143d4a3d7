"""Days: stretches of whole days, and the arithmetic of a calendar."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

FIRST_YEAR, LAST_YEAR = 1970, 2099
MOST_UNITS = 400
"""Days, weeks, months or years that can be counted back."""


@dataclass(frozen=True, slots=True)
class Days:
    """Whole days: from the first to before `end`; None: no end on that side.

    `hours` is the last so many of them instead, up to now; 0: days.
    """

    first: date | None
    end: date | None
    hours: int = 0

    def both(self, other: Days) -> Days:
        """Give the days that are in both."""
        hours = min(filter(None, (self.hours, other.hours)), default=0)
        firsts = [day for day in (self.first, other.first) if day]
        ends = [day for day in (self.end, other.end) if day]
        first, end = max(firsts, default=None), min(ends, default=None)
        if first and end and first >= end:  # "2019 2021" asks for both
            first, end = min(firsts), max(ends)
        if first and end and first >= end:  # "since 2021 before 2020": what was said last counts
            return other
        return Days(first, end, hours)

    def to(self, other: Days, *, again: timedelta) -> Days | None:
        """Give all days from these to the others; `again` is how long before these are again.

        "From Friday to Monday" said on a Sunday means Friday a week ago; "2021 to 2019" is the
        other way round. None when one of them is no stretch of days.
        """
        if not (self.first and self.end and other.first and other.end):
            return None
        if self.first < other.end:
            return Days(self.first, max(self.end, other.end))
        if again:
            return Days(self.first - again, other.end)
        return Days(other.first, self.end)


def named(name: str, today: date) -> Days:
    """Give the days of today, yesterday, this or last week, weekend, month, year."""
    if name in ("today", "yesterday", "day before yesterday"):
        count = ("today", "yesterday", "day before yesterday").index(name)
        day = today - timedelta(days=count)
        return Days(day, day + timedelta(days=1))
    which, unit = name.split()
    if unit == "week":
        monday = today - timedelta(days=today.weekday() + 7 * (which == "last"))
        return Days(monday, monday + timedelta(days=7))
    if unit == "weekend":  # this one has begun, or it is the one before this week
        saturday = last_weekday(today, 5).first or today
        begun = saturday - timedelta(days=7 * (which == "last" and today.weekday() >= 5))
        return Days(begun, begun + timedelta(days=2))
    if unit == "month":
        return month_of(*_months_back(today, int(which == "last")))
    year = today.year - (which == "last")
    return Days(date(year, 1, 1), date(year + 1, 1, 1))


def last_weekday(today: date, weekday: int) -> Days:
    """Give the last such day before or on today; 0 is Monday."""
    day = today - timedelta(days=(today.weekday() - weekday) % 7)
    return Days(day, day + timedelta(days=1))


def last_month(today: date, month: int) -> Days:
    """Give the last such month that has begun."""
    return month_of(today.year if month <= today.month else today.year - 1, month)


def back(today: date, count: int, unit: str) -> date:
    """Give the day so many units before today."""
    if unit in ("day", "week"):
        return today - timedelta(days=count * (7 if unit == "week" else 1))
    year, month = _months_back(today, count * (12 if unit == "year" else 1))
    return date(year, month, min(today.day, 28))


def days_of(year: int | None, month: int | None, day: int | None) -> Days | None:
    """Give a day, a month or a year; None when there is no such, or not in our time."""
    if year is None or not FIRST_YEAR <= year <= LAST_YEAR:
        return None
    if month is None:
        return Days(date(year, 1, 1), date(year + 1, 1, 1))
    if not 1 <= month <= 12:
        return None
    if day is None:
        return month_of(year, month)
    try:
        first = date(year, month, day)
    except ValueError:
        return None
    return Days(first, first + timedelta(days=1))


def month_of(year: int, month: int) -> Days:
    """Give a month."""
    return Days(date(year, month, 1), date(year + month // 12, month % 12 + 1, 1))


def _months_back(today: date, count: int) -> tuple[int, int]:
    months = today.year * 12 + today.month - 1 - count
    return months // 12, months % 12 + 1
