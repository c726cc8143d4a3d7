"""Days of the calendar in a text, written as ISO dates: `24.12.`, `24 de diciembre`, `12月24日`.

The next one is meant where no year is told, and the next such day of the week.
"""

from __future__ import annotations

import re
from datetime import date, timedelta

from bot.search.timewords import MONTHS, WEEKDAYS
from bot.search.words import folded_word

_FIGURES = re.compile(
    r"(?<![\d.:/-])(\d{1,2})([./])(\d{1,2})(?:\2(\d{4}|\d{2})?)?(?P<end>\.?)(?![\d:/-])"
)
_HAN = re.compile(r"(?:(\d{4})\s*年\s*)?(\d{1,2})\s*月\s*(\d{1,2})\s*[日号號]?")
_HAN_DAYS = "一二三四五六日天"
_HAN_WEEKDAY = re.compile(f"(?:星期|周|週|礼拜|禮拜)([{_HAN_DAYS}])")
_TOKEN = re.compile(r"\d+|[^\W\d_]+(?:['’-][^\W\d_]+)*")


def with_dates(words: str, today: date) -> str:
    """Write the days that a text names as ISO dates; all else stays as it is."""
    text = "".join(str(int(one)) if one.isdecimal() else one for one in words)
    text = _HAN.sub(lambda found: _iso(found[3], found[2], found[1], today, found[0]), text)
    text = _HAN_WEEKDAY.sub(
        lambda found: f" {_on_weekday(min(_HAN_DAYS.index(found[1]), 6), today)} ", text
    )
    text = _FIGURES.sub(lambda found: _in_figures(found, today), text)
    return _with_names(text, today)


def _in_figures(found: re.Match[str], today: date) -> str:
    """Read `24.12.`, `24.12.2026`, `24/12`; `7.30` is a time of the day."""
    is_dated = found[4] or found[2] == "/" or found[0].endswith(".") or int(found[3]) == 0
    if not is_dated and not (int(found[1]) > 23 and 1 <= int(found[3]) <= 12):
        return found[0]
    return _iso(found[1], found[3], found[4], today, found[0])


def _with_names(text: str, today: date) -> str:
    """Read `24 december`, `december 24`, `24 de diciembre de 2026`, and days of the week."""
    tokens = list(_TOKEN.finditer(text))
    for place, token in enumerate(tokens):
        folded = folded_word(token[0].casefold())
        month = MONTHS.get(folded)
        if month is None:
            continue
        before = [one for one in tokens[max(place - 2, 0) : place] if one[0].isdigit()]
        behind = [one for one in tokens[place + 1 : place + 4] if one[0].isdigit()]
        days = [one for one in (*before, *behind[:1]) if 1 <= int(one[0]) <= 31]
        years = [one for one in behind if len(one[0]) == 4]
        if not days:
            continue
        day = before[-1] if before and before[-1] in days else days[0]
        parts = [token, day, *years[:1]]
        begin, end = min(one.start() for one in parts), max(one.end() for one in parts)
        year = years[0][0] if years else None
        written = _iso(day[0], str(month), year, today, text[begin:end])
        return f"{text[:begin]}{written}{text[end:].removeprefix('.')}"
    for token in tokens:
        weekday = WEEKDAYS.get(folded_word(token[0].casefold()))
        if weekday is not None:
            written = _on_weekday(weekday, today)
            return f"{text[: token.start()]}{written}{text[token.end() :]}"
    return text


def _on_weekday(weekday: int, today: date) -> str:
    return (today + timedelta(days=(weekday - today.weekday() - 1) % 7 + 1)).isoformat()


def _iso(day: str, month: str, year: str | None, today: date, written: str) -> str:
    """Write a date; what is none stays as it was written."""
    try:
        if year is not None:
            number = int(year) + (2000 if len(year) == 2 else 0)
            return f" {date(number, int(month), int(day)).isoformat()} "
        for number in range(today.year, today.year + 9):  # for the 29th of February
            try:
                found = date(number, int(month), int(day))
            except ValueError:
                continue
            if found >= today:
                return f" {found.isoformat()} "
    except (ValueError, OverflowError):
        pass
    return written
