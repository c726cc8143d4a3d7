"""Moments that people name: `18:30`, `tomorrow 9:00`, `friday 18:00`, `2026-11-28 18:00`. Pure."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

LATEST = timedelta(days=7)
"""Nothing is planned for later: by then its stories are too old."""
MOST_OFFERED = 8
_USUAL = (time(8), time(12), time(18))
_SPOKEN = re.compile(
    r"(?:(?P<day>(?!at\b)[a-z]+|\d{4}-\d{2}-\d{2})[ ,t]+)?(?:at )?(?P<h>\d{1,2})[:.](?P<m>\d{2})"
)
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def spoken_moment(words: str, *, now: datetime, zone: str) -> datetime | None:
    """Read the next moment that the words name in `zone`, later than `now`; None when unreadable.

    A time alone is today's or, when that has passed, tomorrow's. A full ISO time may bear an
    offset. It may lie further ahead than anything can be planned.
    """
    text = " ".join(words.strip().split())
    local = now.astimezone(ZoneInfo(zone))
    found = _SPOKEN.fullmatch(text.lower())
    if found is None:
        return _iso(text, zone)
    try:
        at = time(int(found["h"]), int(found["m"]))
        day = _day(found["day"], local.date())
    except ValueError:
        return None
    if day is not None:
        return _instant(day, at, zone)
    if found["day"]:
        return _on_weekday(found["day"], at, now=now, zone=zone)
    today = _instant(local.date(), at, zone)
    return today if today > now else _instant(local.date() + timedelta(days=1), at, zone)


def offered_moments(now: datetime, *, zone: str) -> tuple[datetime, ...]:
    """Give moments to choose from, soonest first: the next full hours, then usual times."""
    local = now.astimezone(ZoneInfo(zone))
    hour = now - timedelta(
        minutes=local.minute, seconds=local.second, microseconds=local.microsecond
    )
    hours = [hour + timedelta(hours=number) for number in (1, 2, 3)]
    days = [local.date() + timedelta(days=number) for number in range(3)]
    usual = [_instant(day, at, zone) for day in days for at in _USUAL]
    later = [moment for moment in usual if moment > hours[-1]]
    return tuple([*hours, *later][:MOST_OFFERED])


def _day(word: str | None, today: date) -> date | None:
    if word is None:
        return None
    if word[0].isdigit():
        return date.fromisoformat(word)
    return {"today": today, "tomorrow": today + timedelta(days=1)}.get(word)


def _on_weekday(word: str, at: time, *, now: datetime, zone: str) -> datetime | None:
    days = [number for number, name in enumerate(_DAYS) if len(word) > 2 and name.startswith(word)]
    if not days:
        return None
    today = now.astimezone(ZoneInfo(zone)).date()
    first = today + timedelta(days=(days[0] - today.weekday()) % 7)
    moment = _instant(first, at, zone)
    return moment if moment > now else _instant(first + timedelta(days=7), at, zone)


def _instant(day: date, at: time, zone: str) -> datetime:
    return datetime.combine(day, at, ZoneInfo(zone)).astimezone(UTC)


def _iso(text: str, zone: str) -> datetime | None:
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        return None
    if read.tzinfo is None:
        read = read.replace(tzinfo=ZoneInfo(zone))
    try:
        return read.astimezone(UTC)
    except OverflowError:
        return None
