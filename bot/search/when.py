"""One date of a question: a day, a month, a year, a stretch behind us. No "since", no "until"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from threading import Lock

from bot.search import timewords
from bot.search.days import (
    FIRST_YEAR,
    LAST_YEAR,
    MOST_UNITS,
    Days,
    back,
    days_of,
    last_month,
    last_weekday,
    named,
)

LONGEST_DATE = 5
ENGLISH = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
_ISO = re.compile(r"(\d{4})[-/](\d{1,2})(?:[-/](\d{1,2}))?")
_DOTTED = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")
_SLASHED = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
_YEAR = re.compile(r"(?:19[7-9]|20\d)\d")
_YEARS = re.compile(rf"({_YEAR.pattern})[-–—/]({_YEAR.pattern})")
_DAY = re.compile(r"(\d{1,2})(?:st|nd|rd|th|er|º|ª|\.)?")
_LOCATIVE = re.compile(r"^\w+ [dt][ae]$")
_COUNT = re.compile(r"\d{1,3}")


def relative_at(folded: Sequence[str]) -> tuple[int, str] | None:
    """Find the longest row of words that says "today", "last week" or the like."""
    for length in range(min(len(folded), timewords.LONGEST), 0, -1):
        name = timewords.RELATIVE.get(" ".join(folded[:length]))
        if name:
            return length, name
    return None


def date_at(
    folded: Sequence[str], words: Sequence[str], today: date, *, has_context: bool
) -> tuple[int, Days | None]:
    """Read a date at the beginning of words: how many words it takes, and the days.

    `has_context`: a word before it says that a date follows, so a month or a weekday alone is one.
    """
    if relative := relative_at(folded):
        return relative[0], named(relative[1], today)
    for read in (_counted, _numeric, _with_month):
        length, found = read(folded, words, today)
        if found:
            return length, found
    if not folded:
        return 0, None
    is_behind = len(folded) > 1 and folded[1] in timewords.AT_BEHIND
    if is_behind or has_context:
        length, found = _in_context(folded, today)
        return length + (is_behind and found is not None), found
    if _LOCATIVE.search(folded[0]):  # Mart'ta, Ocak'ta
        return _in_context([folded[0].partition(" ")[0]], today)
    return 0, None


def _in_context(folded: Sequence[str], today: date) -> tuple[int, Days | None]:
    """Read what is a date only behind "in", "since", "last": a month or a weekday alone."""
    word = folded[0]
    if word in timewords.WEEKDAYS:
        return 1, last_weekday(today, timewords.WEEKDAYS[word])
    if word in timewords.MONTHS:
        return 1, last_month(today, timewords.MONTHS[word])
    return 0, None


def _counted(folded: Sequence[str], _: Sequence[str], today: date) -> tuple[int, Days | None]:
    """Read "last 3 days", "two days ago", "vor 3 Tagen", "3 derniers jours", "past hour"."""
    if len(folded) > 2 and _count(folded[0]) and folded[1] in timewords.RECENT:
        folded = (folded[1], folded[0], *folded[2:])
    if len(folded) > 1 and folded[0] in timewords.RECENT and _unit(folded[1]) == "hour":
        return 2, Days(None, None, hours=1)
    for at in range(min(len(folded) - 1, 4)):
        unit, count = _unit(folded[at + 1]), _count(folded[at])
        if not (unit and count):
            continue
        before = " ".join(folded[:at])
        for words_behind in (2, 1) if at == 0 else (0,):
            said = " ".join(folded[2 : 2 + words_behind]) if words_behind else before
            if said in timewords.RECENT or said in timewords.AGO:
                is_ago = said not in timewords.RECENT
                return at + 2 + words_behind, _back(today, count, unit, is_ago=is_ago)
    return 0, None


def _count(word: str) -> int:
    """Read a number in digits or in words; 0: it is none."""
    number = int(word) if _COUNT.fullmatch(word) else timewords.NUMBERS.get(word, 0)
    return number if number <= MOST_UNITS else 0


def _unit(word: str) -> str | None:
    return timewords.UNITS.get(word)


def _back(today: date, count: int, unit: str, *, is_ago: bool) -> Days:
    if unit == "hour":
        return Days(None, None, hours=count)
    day = back(today, count, unit)
    return Days(day, day + timedelta(days=1) if is_ago else None)


def _numeric(_: Sequence[str], words: Sequence[str], __: date) -> tuple[int, Days | None]:
    """Read 2020-09-17, 2020-09, 17.9.2020, 17/9/2020, 2020, 2019-2021."""
    word = words[0].strip("?!,;:()[]") if words else ""
    if match := _ISO.fullmatch(word):
        year, month, day = (int(part) if part else None for part in match.groups())
        return 1, days_of(year, month, day)
    if match := _DOTTED.fullmatch(word):
        return 1, days_of(int(match[3]), int(match[2]), int(match[1]))
    if match := _SLASHED.fullmatch(word):
        # The day comes first in most of the world; where that is no day, an American wrote it.
        one, other, year = (int(part) for part in match.groups())
        return 1, days_of(year, other, one) or days_of(year, one, other)
    if match := _YEARS.fullmatch(word):
        first, last = (days_of(int(year), None, None) for year in match.groups())
        return (1, first.to(last, again=timedelta(0))) if first and last else (0, None)
    alone = word.rstrip(".")
    return (1, days_of(int(alone), None, None)) if _YEAR.fullmatch(alone) else (0, None)


def _with_month(folded: Sequence[str], _: Sequence[str], today: date) -> tuple[int, Days | None]:
    """Read a month's name beside a year or a day: march 2021, 17 марта, 3 de mayo de 2020."""
    for length in range(min(len(folded), LONGEST_DATE), 1, -1):
        row = folded[:length]
        if row[0] in timewords.LINKS or row[-1] in timewords.LINKS:
            continue
        months = sum(word in timewords.MONTHS for word in row)
        others = [w for w in row if w not in timewords.MONTHS and w not in timewords.LINKS]
        if months != 1 or not others or not all(map(_is_day_or_year, others)):
            continue
        found = read_absolute(" ".join(map(_in_english, row)), today)
        if found:
            return length, found
    return 0, None


def _is_day_or_year(word: str) -> bool:
    if _YEAR.fullmatch(word):
        return True
    match = _DAY.fullmatch(word)
    return bool(match and 1 <= int(match[1]) <= 31)


def _in_english(word: str) -> str:
    if word in timewords.MONTHS:
        return ENGLISH[timewords.MONTHS[word] - 1]
    match = _DAY.fullmatch(word)
    return match[1] if match else "" if word in timewords.LINKS else word


_reading = Lock()


@lru_cache(maxsize=1000)
def read_absolute(text: str, today: date) -> Days | None:
    """Read a date with a month's name, the last such before today."""
    # The library takes its time to load, and is rarely asked.
    from dateparser.date import DateDataParser  # type: ignore[import-untyped]

    base = datetime.combine(today, time(12))
    with _reading:
        parser = DateDataParser(
            languages=["en"],
            settings={
                "RELATIVE_BASE": base,
                "PREFER_DATES_FROM": "past",
                "PREFER_DAY_OF_MONTH": "first",
                "PREFER_MONTH_OF_YEAR": "first",
                "DATE_ORDER": "DMY",
            },
        )
        read = parser.get_date_data(text)
    if read.date_obj is None or not FIRST_YEAR <= read.date_obj.year <= LAST_YEAR:
        return None
    day = read.date_obj.date()
    return days_of(day.year, day.month, day.day if read.period == "day" else None)
