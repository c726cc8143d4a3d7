"""Hours in words: times, days, zones, quiet hours and moments, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time
from functools import lru_cache
from zoneinfo import ZoneInfo

from bot.rendering.dates import day_of, place_of
from bot.rendering.phrases import ENGLISH, Phrases
from bot.rendering.style import Style

EVERY_DAY = frozenset(range(1, 8))
WORKDAYS = frozenset(range(1, 6))


def moment_in_words(moment: datetime, *, style: Style, zone: str) -> str:
    """Say when something comes: `today at 18:00, Lisbon time`."""
    _ = style.phrases
    local, today = (one.astimezone(ZoneInfo(zone)) for one in (moment, style.now))
    at = f"{local:%H:%M}"
    place = city(zone, _)
    days = (local.date() - today.date()).days
    if days == 0:
        return _("today at %(at)s (%(place)s)", at=at, place=place)
    if days == 1:
        return _("tomorrow at %(at)s (%(place)s)", at=at, place=place)
    day = day_of(moment, zone=zone, phrases=_)
    return _("on %(day)s at %(at)s (%(place)s)", day=day, at=at, place=place)


def times_in_words(
    times: Iterable[time] | None, days: frozenset[int], zone: str, _: Phrases
) -> str:
    """Say times and days: `08:00, 18:00 · Monday to Friday · Lisbon`."""
    at = _("the publication’s times") if times is None else _.listed(f"{t:%H:%M}" for t in times)
    return " · ".join((at, days_in_words(days, _), city(zone, _)))


def days_in_words(days: frozenset[int], _: Phrases) -> str:
    """Say days of the week: `every day`, `Monday to Friday`, `Sat, Sun`."""
    if days == EVERY_DAY:
        return _("every day")
    if days == WORKDAYS:
        return _("Monday to Friday")
    names = day_names(_.language)
    return _.listed(names[day - 1] for day in sorted(days))


def quiet_in_words(quiet: tuple[time, time] | None, _: Phrases) -> str:
    """Say quiet hours: `22:00-07:00`."""
    if quiet is None:
        return _("none")
    return f"{quiet[0]:%H:%M}\u2013{quiet[1]:%H:%M}"


def city(zone: str, _: Phrases = ENGLISH) -> str:
    """Name a zone by its place: `New York`, `UTC+3`."""
    if zone.startswith("Etc/GMT") and zone[7:8] in ("+", "-"):
        return f"UTC{'-' if zone[7] == '+' else '+'}{zone[8:]}"
    return place_of(zone, _)


@lru_cache(maxsize=16)
def day_names(language: str) -> tuple[str, ...]:
    """Give the short names of the days of the week, Monday first."""
    if language == "en":
        return ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
    from babel.dates import get_day_names  # most processes never need it

    found = get_day_names("abbreviated", context="stand-alone", locale=language)
    return tuple(str(found[day]) for day in range(7))
