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
from bot.search.words import folded_word, typed_words

FIRST_YEAR, LAST_YEAR = 1970, 2099
MOST_UNITS = 400
LONGEST_DATE = 5
ENGLISH = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
_ISO = re.compile(r"(\d{4})[-/](\d{1,2})(?:[-/](\d{1,2}))?")
_DOTTED = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")
_YEAR = re.compile(r"(?:19[7-9]|20\d)\d")
_DAY = re.compile(r"(\d{1,2})(?:st|nd|rd|th|er|º|ª|\.)?")
_ABLATIVE = re.compile(r"['’]?[dt][ae]n$")
_COUNT = re.compile(r"\d{1,3}")
# Time words of Chinese stand in sentences without spaces.
_CHINESE = re.compile(
    r"(?P<from>自从|自|从)?(?:(?P<name>今天|昨天|前天|本周|这周|这星期|上周|上星期|本月|这个月|上个月"
    r"|今年|去年)|(?P<year>\d{4})年(?:(?P<month>\d{1,2})月(?:(?P<day>\d{1,2})[日号])?)?"
    r"|(?:最近|过去)(?P<count>\d{1,3})(?P<unit>天|周|个月|年))(?P<since>以来|至今)?的?"
)
_CHINESE_NAMES = {
    "今天": "today",
    "昨天": "yesterday",
    "前天": "day before yesterday",
    "本周": "this week",
    "这周": "this week",
    "这星期": "this week",
    "上周": "last week",
    "上星期": "last week",
    "本月": "this month",
    "这个月": "this month",
    "上个月": "last month",
    "今年": "this year",
    "去年": "last year",
}
_CHINESE_UNITS = {"天": "day", "周": "week", "个月": "month", "年": "year"}


@dataclass(frozen=True, slots=True)
class Days:
    """Whole days: from the first to before `end`; None: no end on that side."""

    first: date | None
    end: date | None

    def both(self, other: Days) -> Days:
        """Give the days that are in both."""
        firsts = [day for day in (self.first, other.first) if day]
        ends = [day for day in (self.end, other.end) if day]
        first, end = max(firsts, default=None), min(ends, default=None)
        if first and end and first >= end:  # "2019 2021" asks for both
            return Days(min(firsts), max(ends))
        return Days(first, end)


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
            yield from _chinese(words[at], today)
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
    if folded[0] in timewords.AT:
        length, found = _date(folded[1:], words[1:], today, has_context=True)
        if found:
            return length + 1, found
    return _since_behind(folded, words, today) or _date(folded, words, today, has_context=False)


def _since_behind(
    folded: Sequence[str], words: Sequence[str], today: date
) -> tuple[int, Days] | None:
    """Read a date with "since" behind it, as Turkish and Hindi have it."""
    for end in range(1, min(len(folded), LONGEST_DATE + 1)):
        if folded[end] not in timewords.SINCE_BEHIND:
            continue
        row = [*folded[: end - 1], _ABLATIVE.sub("", folded[end - 1])]
        bare = [*words[: end - 1], _ABLATIVE.sub("", words[end - 1])]
        for those, typed in ((folded[:end], words[:end]), (row, bare)):
            length, found = _date(those, typed, today, has_context=True)
            if length == end and found and found.first:
                return end + 1, Days(found.first, None)
    return None


def _date(
    folded: Sequence[str], words: Sequence[str], today: date, *, has_context: bool
) -> tuple[int, Days | None]:
    for length in range(min(len(folded), timewords.LONGEST), 0, -1):
        name = timewords.RELATIVE.get(" ".join(folded[:length]))
        if name:
            return length, named(name, today)
    for read in (_counted, _numeric, _with_month):
        length, found = read(folded, words, today)
        if found:
            return length, found
    if folded and has_context:
        return _in_context(folded, today)
    return 0, None


def _in_context(folded: Sequence[str], today: date) -> tuple[int, Days | None]:
    """Read what is a date only behind "in", "since", "last": a month or a weekday alone."""
    word = folded[0]
    if word in timewords.WEEKDAYS:
        back = (today.weekday() - timewords.WEEKDAYS[word]) % 7
        day = today - timedelta(days=back)
        return 1, Days(day, day + timedelta(days=1))
    if word in timewords.MONTHS:
        month = timewords.MONTHS[word]
        year = today.year if month <= today.month else today.year - 1
        return 1, _month(year, month)
    return 0, None


def _counted(folded: Sequence[str], _: Sequence[str], today: date) -> tuple[int, Days | None]:
    """Read "last 3 days", "3 days ago", "vor 3 Tagen"."""
    for at in range(min(len(folded) - 1, 4)):
        unit = timewords.UNITS.get(folded[at + 1])
        if not (unit and _COUNT.fullmatch(folded[at]) and 0 < int(folded[at]) <= MOST_UNITS):
            continue
        count = int(folded[at])
        before = " ".join(folded[:at])
        behind = folded[at + 2] if at + 2 < len(folded) else ""
        day = back(today, count, unit)
        if (at == 0 and behind in timewords.RECENT) or before in timewords.RECENT:
            return at + 2 + (at == 0), Days(day, None)
        if (at == 0 and behind in timewords.AGO) or before in timewords.AGO:
            return at + 2 + (at == 0), Days(day, day + timedelta(days=1))
    return 0, None


def _numeric(_: Sequence[str], words: Sequence[str], __: date) -> tuple[int, Days | None]:
    """Read 2020-09-17, 2020-09, 17.9.2020, 2020."""
    word = words[0].strip("?!,;:()[]") if words else ""
    if match := _ISO.fullmatch(word):
        year, month, day = (int(part) if part else None for part in match.groups())
        return 1, _days(year, month, day)
    if match := _DOTTED.fullmatch(word):
        return 1, _days(int(match[3]), int(match[2]), int(match[1]))
    alone = word.rstrip(".")
    return (1, _days(int(alone), None, None)) if _YEAR.fullmatch(alone) else (0, None)


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
    return _days(day.year, day.month, day.day if read.period == "day" else None)


def _chinese(word: str, today: date) -> Iterator[tuple[str, Days | None]]:
    """Take the time words out of a word of Chinese; what is left stays words."""
    if word.isascii():
        yield word, None
        return
    place = 0
    for match in _CHINESE.finditer(word):
        found = _chinese_days(match, today)
        if found is None:
            continue
        if word[place : match.start()]:
            yield word[place : match.start()], None
        is_since = match["from"] or match["since"]
        yield match[0], Days(found.first, None) if is_since else found
        place = match.end()
    if word[place:]:
        yield word[place:], None


def _chinese_days(match: re.Match[str], today: date) -> Days | None:
    if match["name"]:
        return named(_CHINESE_NAMES[match["name"]], today)
    if match["count"]:
        count = min(int(match["count"]), MOST_UNITS)
        return Days(back(today, count, _CHINESE_UNITS[match["unit"]]), None)
    month, day = match["month"], match["day"]
    return _days(int(match["year"]), int(month) if month else None, int(day) if day else None)


def named(name: str, today: date) -> Days:
    """Give the days of today, yesterday, this or last week, month, year."""
    if name in ("today", "yesterday", "day before yesterday"):
        count = ("today", "yesterday", "day before yesterday").index(name)
        day = today - timedelta(days=count)
        return Days(day, day + timedelta(days=1))
    which, unit = name.split()
    if unit == "week":
        monday = today - timedelta(days=today.weekday() + 7 * (which == "last"))
        return Days(monday, monday + timedelta(days=7))
    if unit == "month":
        return _month(*_months_back(today, int(which == "last")))
    return Days(*(date(today.year - (which == "last") + more, 1, 1) for more in (0, 1)))


def back(today: date, count: int, unit: str) -> date:
    """Give the day so many units before today."""
    if unit in ("day", "week"):
        return today - timedelta(days=count * (7 if unit == "week" else 1))
    year, month = _months_back(today, count * (12 if unit == "year" else 1))
    return date(year, month, min(today.day, 28))


def _days(year: int | None, month: int | None, day: int | None) -> Days | None:
    if year is None or not FIRST_YEAR <= year <= LAST_YEAR:
        return None
    if month is None:
        return Days(date(year, 1, 1), date(year + 1, 1, 1))
    if not 1 <= month <= 12:
        return None
    if day is None:
        return _month(year, month)
    try:
        first = date(year, month, day)
    except ValueError:
        return None
    return Days(first, first + timedelta(days=1))


def _month(year: int, month: int) -> Days:
    return Days(date(year, month, 1), date(year + month // 12, month % 12 + 1, 1))


def _months_back(today: date, count: int) -> tuple[int, int]:
    months = today.year * 12 + today.month - 1 - count
    return months // 12, months % 12 + 1


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
