"""Dates in Chinese, whose time words stand in sentences without spaces."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

from bot.search.days import (
    MOST_UNITS,
    Days,
    back,
    days_of,
    last_month,
    last_weekday,
    named,
)

_NUMBER = r"\d{1,3}|[一二两三四五六七八九十]{1,3}"
_UNIT = "天|周|个星期|星期|个月|年|个?小时"
_PATTERN = re.compile(
    r"(?:(?<![现存正实内所])在)?(?P<from>自从|自|从)?(?:"
    r"(?P<which>上个?|本|这个?)?(?:周|星期|礼拜)(?P<weekday>[一二三四五六日天])"
    r"|(?P<name>今天|昨天|前天|本周|本週|这周|這週|这星期|上周|上週|上星期|上个星期|本月|这个月|上个月|上月|今年|去年)"
    r"|(?P<year>\d{4})年(?:(?P<month>\d{1,2})月(?:(?P<day>\d{1,2})[日号])?)?"
    rf"|(?:最近|过去|近)(?P<count>{_NUMBER})(?P<unit>{_UNIT})"
    rf"|(?P<ago>{_NUMBER})(?P<back>{_UNIT})前"
    r"|(?P<alone>1[0-2]|[1-9]|十[一二]?|[一二三四五六七八九])月"
    r"(?:(?P<date>\d{1,2})[日号]|份|(?=的|以来|至今|$))"
    r")(?:(?P<since>以来|至今)|(?P<before>之前|以前))?的?"
)
_NAMES = {
    "今天": "today",
    "昨天": "yesterday",
    "前天": "day before yesterday",
    "本周": "this week",
    "本週": "this week",
    "這週": "this week",
    "这周": "this week",
    "这星期": "this week",
    "上周": "last week",
    "上週": "last week",
    "上星期": "last week",
    "上个星期": "last week",
    "本月": "this month",
    "这个月": "this month",
    "上个月": "last month",
    "上月": "last month",
    "今年": "this year",
    "去年": "last year",
}
_UNITS = {
    "天": "day",
    "周": "week",
    "个星期": "week",
    "星期": "week",
    "个月": "month",
    "年": "year",
    "小时": "hour",
    "个小时": "hour",
}
_TO = frozenset(("到", "至", "-", "–", "—"))
_DIGITS = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_WEEK = "一二三四五六日"


def in_chinese(word: str, today: date) -> Iterator[tuple[str, Days | None]]:
    """Take the time words out of a word of Chinese; what is left stays words."""
    if word.isascii():
        yield word, None
        return
    place = 0
    held: tuple[str, Days, Days] | None = None
    for match in _PATTERN.finditer(word):
        days = _days(match, today)
        if days is None:
            continue
        gap = word[place : match.start()]
        place = match.end()
        both = held and gap in _TO and held[2].to(days, again=timedelta(0))
        if held and both:
            held = (f"{held[0]}{gap}{match[0]}", both, both)
            continue
        if held:
            yield held[:2]
        if gap:
            yield gap, None
        held = (match[0], _on_its_side(match, days), days)
    if held:
        yield held[:2]
    if word[place:]:
        yield word[place:], None


def _on_its_side(match: re.Match[str], days: Days) -> Days:
    if match["before"] and days.first:
        return Days(None, days.first)
    return Days(days.first, None) if match["from"] or match["since"] else days


def _days(match: re.Match[str], today: date) -> Days | None:
    if match["weekday"]:
        weekday = _WEEK.index(match["weekday"].replace("天", "日"))
        return _weekday(match["which"] or "", weekday, today)
    if match["name"]:
        return named(_NAMES[match["name"]], today)
    if match["count"]:
        return _back(match["count"], match["unit"], today)
    if match["ago"]:
        found = _back(match["ago"], match["back"], today)
        return Days(found.first, found.first + timedelta(days=1)) if found.first else found
    if match["alone"]:
        return _in_month(_number(match["alone"]), match["date"], today)
    parts = (int(match[name]) if match[name] else None for name in ("month", "day"))
    return days_of(int(match["year"]), *parts)


def _in_month(month: int, day: str | None, today: date) -> Days | None:
    found = last_month(today, month)
    if not day or found.first is None:
        return found
    return days_of(found.first.year, month, int(day))


def _weekday(which: str, weekday: int, today: date) -> Days:
    if not which:
        return last_weekday(today, weekday)
    monday = today - timedelta(days=today.weekday() + 7 * which.startswith("上"))
    day = monday + timedelta(days=weekday)
    return Days(day, day + timedelta(days=1))


def _back(count: str, unit: str, today: date) -> Days:
    number = min(_number(count), MOST_UNITS)
    if _UNITS[unit] == "hour":
        return Days(None, None, hours=number)
    return Days(back(today, number, _UNITS[unit]), None)


def _number(text: str) -> int:
    """Read a number up to 99, in digits or in words."""
    if text.isdecimal():
        return int(text)
    tens, ten, ones = text.rpartition("十")
    if not ten:
        return _DIGITS.get(text[-1], 1)
    return 10 * _DIGITS.get(tens[-1:], 1) + _DIGITS.get(ones[:1], 0)
