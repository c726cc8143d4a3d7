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

from bot.search import timewords
from bot.search.chinese import in_chinese
from bot.search.days import Days
from bot.search.spans import span_at
from bot.search.when import LONGEST_DATE, date_at, relative_at
from bot.search.words import folded_word, typed_words

MOST_BEFORE = 3
"""Small words before a date: "in den letzten 7 Tagen"."""
_ABLATIVE = re.compile(r"['’]?[dt][ae]n$")


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
    since, until = _midnight(days.first, zone), _midnight(days.end, zone)
    if days.hours:
        ago = now - timedelta(hours=days.hours)
        if until and ago >= until:  # "2019 last hour" asks for both
            since, until = since or ago, None
        else:
            since = max(since, ago) if since else ago
    return Dated(
        rest=tuple(rest),
        typed=tuple(typed),
        since=since,
        until=until,
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
    length, found = span_at(folded, words, today)
    if found:
        return length, found
    if folded[0] in timewords.SINCE:
        length, found = _since(folded, words, today)
        if found:
            return length, found
    if folded[0] in timewords.UNTIL:
        length, found = _until(folded, words, today)
        if found:
            return length, found
    if folded[0] in timewords.AT:
        for skipped in range(1, min(len(folded), MOST_BEFORE) + 1):
            is_plain = folded[skipped - 1] not in timewords.ONLY_ARTICLES
            length, found = date_at(folded[skipped:], words[skipped:], today, has_context=is_plain)
            if found:
                return length + skipped, found
            if skipped == len(folded) or folded[skipped] not in timewords.BETWEEN:
                break
    return _behind(folded, words, today) or date_at(folded, words, today, has_context=False)


def _since(folded: Sequence[str], words: Sequence[str], today: date) -> tuple[int, Days | None]:
    for skipped in range(1, min(len(folded), MOST_BEFORE) + 1):
        length, found = date_at(folded[skipped:], words[skipped:], today, has_context=True)
        if found and found.first:
            return length + skipped, Days(found.first, None)
        if skipped == len(folded) or folded[skipped] not in timewords.BETWEEN:
            break
    return 0, None


def _until(folded: Sequence[str], words: Sequence[str], today: date) -> tuple[int, Days | None]:
    """Read a date behind "before" or "until"; the last day of "until" is one of them."""
    if relative_at(folded):  # "avant hier" is a day of its own
        return 0, None
    skipped = 1
    while skipped < min(len(folded), MOST_BEFORE) and folded[skipped] in timewords.SMALL_WORDS:
        skipped += 1
    length, found = date_at(folded[skipped:], words[skipped:], today, has_context=True)
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
            read, found = date_at(those, typed, today, has_context=True)
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
