"""Dates in questions: words that say when, in every interface language.

Words that are ordinary words as well (march, may, Sunday) count as dates only beside something
that makes them one: a year, a day, "in", "since", "last". Everything is told from the `now` and
the time zone that are handed in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from threading import Lock

from bot.search import timewords
from bot.search.chinese import in_chinese
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
from bot.search.words import folded_word, typed_words

LONGEST_DATE = 5
MOST_BEFORE = 3
"""Small words before a date: "in den letzten 7 Tagen"."""
ENGLISH = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
_ISO = re.compile(r"(\d{4})[-/](\d{1,2})(?:[-/](\d{1,2}))?")
_DOTTED = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")
_SLASHED = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
_YEAR = re.compile(r"(?:19[7-9]|20\d)\d")
_DAY = re.compile(r"(\d{1,2})(?:st|nd|rd|th|er|º|ª|\.)?")
_ABLATIVE = re.compile(r"['’]?[dt][ae]n$")
_LOCATIVE = re.compile(r"^\w+ [dt][ae]$")
_COUNT = re.compile(r"\d{1,3}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dated:
    """A question's words without those that say when; `typed` are these, None when none do."""

    rest: tuple[str, ...]
    typed: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None

    @property
    def is_dated(self) -> bool:
        """Whether any word said when."""
        return bool(self.typed)


def dated(words: Sequence[str], *, now: datetime, zone: tzinfo) -> Dated:
    """Take the words that say when out of a question. Never fails."""
    today = now.astimezone(zone).date()
    rest: list[str] = []
    typed: list[str] = []
    days = Days(None, None)
    words = [_with_plain_digits(word) for word in words]
    for part, found in _parts(words, today):
        if found is None:
            rest.append(part)
        else:
            typed.append(part)
            days = days.both(found)
    return Dated(
        rest=tuple(rest),
        typed=tuple(typed),
        since=_midnight(days.first, zone),
        until=_midnight(days.end, zone),
    )


def _parts(words: Sequence[str], today: date) -> Iterator[tuple[str, Days | None]]:
    folded = [_folded(word) for word in words]
    at = 0
    while at < len(words):
        length, found = _at(folded[at:], words[at:], today)
        if found is None:
            length = 1
            yield from in_chinese(words[at], today)
        else:
            while at + length < len(words) and folded[at + length] in timewords.YEAR_MARKS:
                length += 1
            yield " ".join(words[at : at + length]), found
        at += length


def _at(folded: Sequence[str], words: Sequence[str], today: date) -> tuple[int, Days | None]:
    """Read a date at the beginning of words: how many words it takes, and the days."""
    if folded[0] in timewords.SINCE:
        skipped = 1 + (len(folded) > 1 and folded[1] in timewords.ARTICLES)
        length, found = _date(folded[skipped:], words[skipped:], today, has_context=True)
        if found and found.first:
            return length + skipped, Days(found.first, None)
    if folded[0] in timewords.UNTIL:
        length, found = _until(folded, words, today)
        if found:
            return length, found
    if folded[0] in timewords.AT:
        for skipped in range(1, min(len(folded), MOST_BEFORE) + 1):
            is_plain = folded[skipped - 1] not in timewords.ONLY_ARTICLES
            length, found = _date(folded[skipped:], words[skipped:], today, has_context=is_plain)
            if found:
                return length + skipped, found
            if skipped == len(folded) or folded[skipped] not in timewords.BETWEEN:
                break
    return _behind(folded, words, today) or _date(folded, words, today, has_context=False)


def _until(folded: Sequence[str], words: Sequence[str], today: date) -> tuple[int, Days | None]:
    """Read a date behind "before" or "until"; the last day of "until" is one of them."""
    if _relative(folded):  # "avant hier" is a day of its own
        return 0, None
    skipped = 1
    while skipped < min(len(folded), MOST_BEFORE) and folded[skipped] in timewords.SMALL_WORDS:
        skipped += 1
    length, found = _date(folded[skipped:], words[skipped:], today, has_context=True)
    end = found and (found.first if folded[0] in timewords.BEFORE else found.end)
    return (length + skipped, Days(None, end)) if end else (0, None)


def _behind(folded: Sequence[str], words: Sequence[str], today: date) -> tuple[int, Days] | None:
    """Read a date with "since", "before" or "until" behind it, as Turkish and Hindi have it."""
    for end in range(1, min(len(folded), LONGEST_DATE + 1)):
        length, side = _side(folded[end:])
        if not length:
            continue
        row = [*folded[: end - 1], _ABLATIVE.sub("", folded[end - 1])]
        bare = [*words[: end - 1], _ABLATIVE.sub("", words[end - 1])]
        for those, typed in ((folded[:end], words[:end]), (row, bare)):
            read, found = _date(those, typed, today, has_context=True)
            if read == end and found and found.first and found.end:
                days = {
                    "since": Days(found.first, None),
                    "before": Days(None, found.first),
                    "until": Days(None, found.end),
                }
                return end + length, days[side]
    return None


def _side(folded: Sequence[str]) -> tuple[int, str]:
    """Tell which side of a date a word behind it asks for, and how many words that takes."""
    for length in (2, 1):
        said = " ".join(folded[:length])
        if said in timewords.UNTIL_BEHIND:
            return length, "before" if said in timewords.BEFORE_BEHIND else "until"
    return (1, "since") if folded[0] in timewords.SINCE_BEHIND else (0, "")


def _relative(folded: Sequence[str]) -> tuple[int, str] | None:
    """Find the longest row of words that says "today", "last week" or the like."""
    for length in range(min(len(folded), timewords.LONGEST), 0, -1):
        name = timewords.RELATIVE.get(" ".join(folded[:length]))
        if name:
            return length, name
    return None


def _date(
    folded: Sequence[str], words: Sequence[str], today: date, *, has_context: bool
) -> tuple[int, Days | None]:
    if relative := _relative(folded):
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
    """Read "last 3 days", "3 days ago", "vor 3 Tagen", "3 derniers jours"."""
    if len(folded) > 2 and _COUNT.fullmatch(folded[0]) and folded[1] in timewords.RECENT:
        folded = (folded[1], folded[0], *folded[2:])
    for at in range(min(len(folded) - 1, 4)):
        unit = timewords.UNITS.get(folded[at + 1])
        if not (unit and _COUNT.fullmatch(folded[at]) and 0 < int(folded[at]) <= MOST_UNITS):
            continue
        count = int(folded[at])
        before = " ".join(folded[:at])
        day = back(today, count, unit)
        for words_behind in (2, 1) if at == 0 else (0,):
            said = " ".join(folded[2 : 2 + words_behind]) if words_behind else before
            if said in timewords.RECENT:
                return at + 2 + words_behind, Days(day, None)
            if said in timewords.AGO:
                return at + 2 + words_behind, Days(day, day + timedelta(days=1))
    return 0, None


def _numeric(_: Sequence[str], words: Sequence[str], __: date) -> tuple[int, Days | None]:
    """Read 2020-09-17, 2020-09, 17.9.2020, 17/9/2020, 2020."""
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


def _midnight(day: date | None, zone: tzinfo) -> datetime | None:
    return None if day is None else datetime.combine(day, time(), tzinfo=zone)


def _with_plain_digits(word: str) -> str:
    if word.isascii() or not any(map(str.isdecimal, word)):
        return word
    return "".join(str(int(sign)) if sign.isdecimal() else sign for sign in word)


def _folded(word: str) -> str:
    # "12th" and "2021." must stay one word; an apostrophe parts words as it does in the tables.
    bare = word.strip('?!,;:()[]{}"“”')
    return " ".join(folded_word(part) for part in typed_words(bare))
