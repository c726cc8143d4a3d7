"""Times of the day and days of the week, read as people write them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import time

from bot.domain.schedule import EVERY_DAY

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_TIME = re.compile(r"^(\d{1,2}):(\d{2})$", re.ASCII)
_SEPARATORS = re.compile(r"[\s,;]+")


@dataclass(frozen=True, slots=True)
class WeekTimes:
    """Local times, and the ISO weekdays that they are for."""

    times: tuple[time, ...]
    days: frozenset[int] = EVERY_DAY


def read_times(value: str) -> WeekTimes:
    """Read times such as `08:00,18:30`, or `mon-fri 08:00` with the days in front.

    Raises ValueError with words for whoever wrote it.
    """
    times: set[time] = set()
    days: set[int] = set()
    wrong = []
    for part in filter(None, _SEPARATORS.split(value)):
        at, of_week = _time(part), _days(part)
        if at is not None:
            times.add(at)
        elif of_week and not times:
            days |= of_week
        else:
            wrong.append(part)
    if wrong or not times:
        named = ", ".join(map(repr, wrong)) or "no time"
        raise ValueError(
            f"{named}: times look like 08:00,18:30 or mon-fri 08:00,18:30 (the days come first and "
            "are those of all times; DIGEST_CRON can say more)"
        )
    return WeekTimes(tuple(sorted(times)), frozenset(days) or EVERY_DAY)


def read_stretch(value: str) -> tuple[time, time] | None:
    """Read begin and end of a stretch of the day such as `22:00-07:00`; None for `off`.

    Raises ValueError with words for whoever wrote it.
    """
    if value.strip().lower() in ("off", "none"):
        return None
    begin, _, end = (part.strip() for part in value.partition("-"))
    first, last = _time(begin), _time(end)
    if first is None or last is None or first == last:
        raise ValueError(f"{value!r} is no stretch of the day such as 22:00-07:00")
    return first, last


def _time(text: str) -> time | None:
    found = _TIME.match(text)
    if found is None or int(found[1]) > 23 or int(found[2]) > 59:
        return None
    return time(int(found[1]), int(found[2]))


def _days(text: str) -> frozenset[int]:
    """Give the ISO weekdays of `mon` or `fri-mon`; none for anything else."""
    first, _, last = text.lower().partition("-")
    if first not in _DAYS or (last or first) not in _DAYS:
        return frozenset()
    begin, end = _DAYS.index(first), _DAYS.index(last or first)
    return frozenset((begin + n) % 7 + 1 for n in range((end - begin) % 7 + 1))
