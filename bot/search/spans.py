"""Spans of dates in questions: from March to May 2021, between 2019 and 2021, Monday to Friday."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from bot.search import timewords
from bot.search.days import Days
from bot.search.when import LONGEST_DATE, date_at

_DASHES = frozenset("-–—")
_YEAR = re.compile(r"(?:19[7-9]|20\d)\d\.?")
_DAY = re.compile(r"\d{1,2}(?:st|nd|rd|th|er|º|ª|\.)?")
WEEK, YEAR = timedelta(days=7), timedelta(days=365)


def span_at(folded: Sequence[str], words: Sequence[str], today: date) -> tuple[int, Days | None]:
    """Read a span at the beginning of words: how many words it takes, and the days.

    Behind "from" or "between" each end may be a month or a weekday alone; without them both must
    be dates by themselves, and "and" parts two dates as it does in any list of words.
    """
    opening = int(folded[0] in timewords.FROM)
    begin = opening
    while opening and begin < min(len(folded), 3) and folded[begin] in timewords.SMALL_WORDS:
        begin += 1
    for link in range(begin + 1, min(len(folded) - 1, begin + LONGEST_DATE + 1)):
        is_to = folded[link] in timewords.TO or words[link] in _DASHES
        if not (is_to or folded[link] in timewords.AND):
            continue
        start = link + 1
        while start < min(len(folded) - 1, link + 3) and folded[start] in timewords.SMALL_WORDS:
            start += 1
        has_context = bool(opening)
        length, last = date_at(folded[start:], words[start:], today, has_context=has_context)
        if last is None:
            continue
        end = start + length
        behind = _closing(folded[end:])
        if not (opening or behind or is_to):
            continue
        found = _first(folded[begin:link], folded[start:end], today, has_context=has_context)
        both = found and found.to(last, again=_again(folded[begin:link], folded[start:end]))
        if both:
            return end + behind, both
    return 0, None


def _closing(folded: Sequence[str]) -> int:
    """Count the words by which Turkish and Hindi close a span."""
    for length in (2, 1):
        if " ".join(folded[:length]) in timewords.BETWEEN_BEHIND:
            return length
    return 0


def _first(
    row: Sequence[str], last: Sequence[str], today: date, *, has_context: bool
) -> Days | None:
    """Read the first date of two, which may leave its year or month to the second."""
    for words in _completed(row, last):
        length, found = date_at(words, words, today, has_context=has_context)
        if found and length == len(words):
            return found
    return None


def _completed(row: Sequence[str], last: Sequence[str]) -> Iterator[Sequence[str]]:
    if len(row) == 1 and _DAY.fullmatch(row[0]):
        yield [*row, *(word for word in last if not _DAY.fullmatch(word))]
    years = [word for word in last if _YEAR.fullmatch(word)]
    if years and not any(map(_YEAR.fullmatch, row)):
        yield [*row, years[-1]]
    yield row


def _again(row: Sequence[str], last: Sequence[str]) -> timedelta:
    """Tell how long before a date that is named without its year is again."""
    if any(map(_YEAR.fullmatch, (*row, *last))):
        return timedelta(0)
    if any(word in timewords.MONTHS for word in row):
        return YEAR
    return WEEK if any(word in timewords.WEEKDAYS for word in row) else timedelta(0)
