"""Times to come, as people write them: `tomorrow at eight`, `morgen um 8`, `через 2 часа`."""

from __future__ import annotations

import itertools
import re
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from threading import Lock
from typing import Any
from zoneinfo import ZoneInfo

from bot.domain.languages import INTERFACE_LANGUAGES
from bot.search import aheadwords
from bot.search.calendar import with_dates
from bot.search.clock import PARTS_OF_DAY, clock_in, listed, named, part_of_day, plain, whole

MOST_CHARACTERS = 80
MOST_DIGITS = 3
USUAL = time(8)
"""When nobody says at what time of the day."""

_ISO = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_reading = Lock()


def moment_ahead(words: str, *, now: datetime, zone: str, language: str = "en") -> datetime | None:
    """Read the next moment that words name in `zone`, in any language of the bot; None: none.

    A time alone is today's or, when that has passed, tomorrow's; a day alone is meant at 8:00.
    Blocks for a moment at first: the library takes its time to load.
    """
    if len(words) > MOST_CHARACTERS:
        return None
    local = now.astimezone(ZoneInfo(zone))
    text = plain(with_dates(words, local.date()))
    if not text:
        return None
    length = _length(text)
    if length is not None:
        return now + length
    text = _UNTIL.sub("", text).removesuffix(" तक")
    text, part = part_of_day(text)
    clock, rest = clock_in(text, part)
    at = clock or PARTS_OF_DAY.get(part)
    if at is None and not rest:
        return None
    day = _day(rest, local, language) if rest else None
    if rest and day is None:
        return None
    found = _instant(day or local.date(), at or USUAL, zone)
    if found <= now and day is None:
        found = _instant(local.date() + timedelta(days=1), at or USUAL, zone)
    return found if found > now else None


def _length(text: str) -> timedelta | None:
    """Read `in 2 hours`: a number with a unit, and a word for later."""
    words = text.split()
    units = (
        (int(one), _UNIT_WORDS[unit])
        for one, unit in itertools.pairwise(words)
        if one.isdigit() and unit in _UNIT_WORDS and len(one) <= MOST_DIGITS
    )
    found = next(units, None)
    if found is None or not any(whole(phrase).search(text) for phrase in _LATER_WORDS):
        return None
    number, unit = found
    return timedelta(**{unit: number})


def _day(text: str, local: datetime, language: str) -> date | None:
    if _ISO.fullmatch(text):
        day = date.fromisoformat(text)
        return day if day >= local.date() else None
    for phrases, days in ((_AFTER_WORDS, 2), (_TOMORROW_WORDS, 1), (_TODAY_WORDS, 0)):
        if text in phrases:
            return local.date() + timedelta(days=days)
    read = _library(text, local, language)
    if read is None:
        return None
    day = read.date()
    return day if day >= local.date() else None


def _library(text: str, local: datetime, language: str) -> datetime | None:
    base = local.replace(tzinfo=None, second=0, microsecond=0)
    with _reading:
        for languages in ((language,), INTERFACE_LANGUAGES):
            read = _parser(tuple(languages), base).get_date_data(text)
            if read.date_obj is not None:
                found: datetime = read.date_obj.replace(tzinfo=None)
                return found
    return None


@lru_cache(maxsize=8)
def _parser(languages: tuple[str, ...], base: datetime) -> Any:
    from dateparser.date import DateDataParser  # type: ignore[import-untyped]

    return DateDataParser(
        languages=list(languages),
        settings={
            "RELATIVE_BASE": base,
            "PREFER_DATES_FROM": "future",
            "DATE_ORDER": "DMY",
        },
    )


def _instant(day: date, at: time, zone: str) -> datetime:
    return datetime.combine(day, at, ZoneInfo(zone)).astimezone(UTC)


_UNTIL = re.compile(rf"^(?:{'|'.join(map(re.escape, listed(aheadwords.UNTIL)))})\s+")
_UNIT_WORDS: dict[str, str] = named(aheadwords.UNITS)
_TODAY_WORDS, _TOMORROW_WORDS, _AFTER_WORDS = (
    frozenset(listed(text))
    for text in (aheadwords.TODAY, aheadwords.TOMORROW, aheadwords.AFTER_TOMORROW)
)
_LATER_WORDS = tuple(named({"": aheadwords.LATER}))
