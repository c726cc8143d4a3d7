"""Dates in words, coarse on purpose: a digest that waits a while must not become wrong.

English is written here, the way a newspaper does; other languages through Babel, as Unicode's CLDR
knows them. Babel is loaded by the first date in another language.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from bot.domain.languages import DEFAULT_LANGUAGE, N_
from bot.rendering.phrases import ENGLISH, Phrases

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
# Note: the day in the head of a digest: Tuesday 17 November. %(day)s is "17 November", declined
DAY = N_("%(weekday)s %(day)s")


def warm_up() -> None:
    """Load what dates in other languages need: it takes a while, and may be done in a thread."""
    import babel.dates
    import babel.numbers
    import babel.units  # noqa: F401


def coarse_date(moment: datetime, *, now: datetime, zone: str, phrases: Phrases = ENGLISH) -> str:
    """Say on which day it was, seen from `now` in `zone`.

    today, yesterday, the weekday within the last six days, else `17 Sep`, in another year
    `17 Sep 2020`. A moment in the future by up to a day is today: clocks and zones differ.
    """
    _ = phrases
    day, today = _local(moment, zone).date(), _local(now, zone).date()
    age = (today - day).days
    if age == 0 or (age < 0 and moment - now <= timedelta(days=1)):
        return _("today")
    if age == 1:
        return _("yesterday")
    if 1 < age < 7:
        return weekday(day, phrases)
    return _short(day, phrases, has_year=day.year != today.year)


def day_of(now: datetime, *, zone: str, phrases: Phrases = ENGLISH) -> str:
    """Say the day as a newspaper's head does: `Tuesday 17 November`."""
    return _full(_local(now, zone).date(), phrases)


def weekday(day: date, phrases: Phrases = ENGLISH) -> str:
    """Name the day of the week."""
    if phrases.language == DEFAULT_LANGUAGE:
        return WEEKDAYS[day.weekday()]
    from babel.dates import format_date

    return format_date(day, "cccc", locale=phrases.language)


def span_of(
    since: datetime | None, until: datetime | None, *, zone: str, phrases: Phrases = ENGLISH
) -> str:
    """Say a time in whole days: `21 November 2026`, `March 2021`, `2020`, `since 16 Nov 2026`.

    `until` is the first moment after it; empty when there is neither.
    """
    _ = phrases
    first = None if since is None else _local(since, zone).date()
    last = None if until is None else _local(until - timedelta(seconds=1), zone).date()
    if first is None or last is None:
        if first is not None:
            return _("since %(day)s", day=_short(first, phrases))
        return _("until %(day)s", day=_short(last, phrases)) if last is not None else ""
    if first == last:
        return _full(first, phrases, has_year=True)
    begins, ends = first.day == 1, (last + timedelta(days=1)).day == 1
    if begins and ends and first.year == last.year:
        if first.month == last.month:
            return _month(first, phrases)
        if (first.month, last.month) == (1, 12):
            return str(first.year)
    return _interval(first, last, phrases)


def time_of_day(moment: datetime, *, now: datetime, zone: str, phrases: Phrases = ENGLISH) -> str:
    """Say when it is or was: `14:02` today, else `22 Nov 14:02`, in another year with the year."""
    local, today = _local(moment, zone), _local(now, zone)
    if local.date() == today.date():
        return f"{local:%H:%M}"
    day = _short(local.date(), phrases, has_year=local.year != today.year)
    return f"{day} {local:%H:%M}"


def length_in_words(length: timedelta, phrases: Phrases = ENGLISH) -> str:
    """Say how long something takes: `40 s`, `47 min`, `2 h`, `2 h 15 min`."""
    seconds = round(length.total_seconds())
    if seconds < 60:
        return _unit(max(seconds, 0), "second", phrases)
    minutes = round(seconds / 60)
    hours, rest = divmod(minutes, 60)
    if not hours:
        return _unit(minutes, "minute", phrases)
    whole = _unit(hours, "hour", phrases)
    return f"{whole}{phrases.space}{_unit(rest, 'minute', phrases)}" if rest else whole


def place_of(zone: str, phrases: Phrases = ENGLISH) -> str:
    """Name the city that a time zone is named after; `UTC` stays."""
    name = zone.rpartition("/")[2].replace("_", " ")
    if phrases.language == DEFAULT_LANGUAGE or zone == "UTC" or zone.startswith("Etc/"):
        return name
    from babel.dates import get_timezone_location

    try:
        known = _zone(zone)
    except (KeyError, ValueError, OSError):  # a zone of a newer list than ours, or none at all
        return name
    return get_timezone_location(known, locale=phrases.language, return_city=True) or name


def _short(day: date, phrases: Phrases, *, has_year: bool = True) -> str:
    if phrases.language == DEFAULT_LANGUAGE:
        month = MONTHS[day.month - 1][:3]
        return f"{day.day} {month} {day.year}" if has_year else f"{day.day} {month}"
    from babel.dates import format_skeleton

    skeleton = "yMMMd" if has_year else "MMMd"
    return format_skeleton(skeleton, day, locale=phrases.language)


def _full(day: date, phrases: Phrases, *, has_year: bool = False) -> str:
    if phrases.language == DEFAULT_LANGUAGE:
        named = f"{WEEKDAYS[day.weekday()]} {day.day} {MONTHS[day.month - 1]}"
        return f"{named} {day.year}" if has_year else named
    from babel.dates import format_date, format_skeleton

    if has_year:
        return format_date(day, "full", locale=phrases.language)
    named = format_date(day, "EEEE", locale=phrases.language)
    return phrases(DAY, weekday=named, day=format_skeleton("MMMMd", day, locale=phrases.language))


def _month(day: date, phrases: Phrases) -> str:
    if phrases.language == DEFAULT_LANGUAGE:
        return f"{MONTHS[day.month - 1]} {day.year}"
    from babel.dates import format_skeleton

    return format_skeleton("yMMMM", day, locale=phrases.language)


def _interval(first: date, last: date, phrases: Phrases) -> str:
    if phrases.language != DEFAULT_LANGUAGE:
        from babel.dates import format_interval

        return format_interval(first, last, "yMMMd", locale=phrases.language)
    start = _short(first, phrases)
    if first.year == last.year:
        start = str(first.day) if first.month == last.month else start.rpartition(" ")[0]
    return f"{start} to {_short(last, phrases)}"


def _unit(count: int, unit: str, phrases: Phrases) -> str:
    if phrases.language == DEFAULT_LANGUAGE:
        return f"{count} {_UNITS[unit]}"
    from babel.units import format_unit

    return format_unit(count, f"duration-{unit}", length="short", locale=phrases.language)


_UNITS = {"second": "s", "minute": "min", "hour": "h"}


def _local(moment: datetime, zone: str) -> datetime:
    try:
        return moment.astimezone(_zone(zone))
    except OverflowError:  # the first or last day of the calendar, hours from its edge
        return moment


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
