"""Times to come, as people write them: `tomorrow at eight`, `morgen um 8`, `через 2 часа`."""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from threading import Lock
from typing import Any
from zoneinfo import ZoneInfo

from bot.domain.languages import INTERFACE_LANGUAGES
from bot.search import aheadwords

MOST_CHARACTERS = 80
MOST_DIGITS = 3
USUAL = time(8)
"""When nobody says at what time of the day."""
PARTS_OF_DAY = {"morning": time(8), "noon": time(12), "evening": time(19)}

_CLOCK = re.compile(
    r"(?<![\d.:/-])(?P<h>\d{1,2})(?:[:.h](?P<m>\d{2}))?\s*(?P<half>a\.?m\.?|p\.?m\.?)?(?![\d:/-])",
    re.IGNORECASE,
)
_HAN = re.compile("[\u4e00-\u9fff]")
_reading = Lock()


def moment_ahead(words: str, *, now: datetime, zone: str, language: str = "en") -> datetime | None:
    """Read the next moment that words name in `zone`, in any language of the bot; None: none.

    A time alone is today's or, when that has passed, tomorrow's; a day alone is meant at 8:00.
    Blocks for a moment at first: the library takes its time to load.
    """
    text = _plain(words)
    if not text or len(text) > MOST_CHARACTERS:
        return None
    local = now.astimezone(ZoneInfo(zone))
    length = _length(text)
    if length is not None:
        return now + length
    text, part = _part_of_day(text)
    clock, rest, is_half_told = _clock(text)
    at = clock or (PARTS_OF_DAY[part] if part else None)
    if at is None and not rest:
        return None
    if clock is not None and part == "evening" and clock.hour < 12 and not is_half_told:
        at = clock.replace(hour=clock.hour + 12)
    day = _day(rest, local, language) if rest else None
    if rest and day is None:
        return None
    found = _instant(day or local.date(), at or USUAL, zone)
    if found <= now and day is None:
        found = _instant(local.date() + timedelta(days=1), at or USUAL, zone)
    return found if found > now else None


def _plain(words: str) -> str:
    """Give a text with plain digits, spaces between Chinese words, and numbers as digits."""
    text = unicodedata.normalize("NFC", " ".join(words.casefold().split())).strip(" .!?،。")
    text = "".join(str(int(one)) if one.isdecimal() else one for one in text)
    text = " ".join(_UNSPACED_WORDS.sub(r" \g<0> ", text).split())
    return _NUMBER.sub(lambda found: str(_NUMBER_WORDS[found[1]]), text)


def _length(text: str) -> timedelta | None:
    """Read `in 2 hours`: a number with a unit, and a word for later."""
    words = text.split()
    units = (
        (int(one), _UNIT_WORDS[unit])
        for one, unit in itertools.pairwise(words)
        if one.isdigit() and unit in _UNIT_WORDS and len(one) <= MOST_DIGITS
    )
    found = next(units, None)
    if found is None or not any(_whole(phrase).search(text) for phrase in _LATER_WORDS):
        return None
    number, unit = found
    return timedelta(**{unit: number})


def _part_of_day(text: str) -> tuple[str, str]:
    """Take the part of the day out of a text; `tonight` leaves today."""
    for phrase, part in _PART_WORDS.items():
        if _whole(phrase).search(text):
            rest = _whole(phrase).sub(" today " if phrase in _TONIGHT_WORDS else " ", text, count=1)
            # "mañana" alone is tomorrow; "por la mañana" is gone by then.
            return " ".join(rest.split()), part
    return text, ""


def _clock(text: str) -> tuple[time | None, str, bool]:
    """Take the time of the day out of a text; also whether it says am or pm."""
    found = [one for one in _CLOCK.finditer(text) if int(one["h"]) <= 24]
    if not found:
        return None, _without_small_words(text), False
    best = next((one for one in found if one["m"] or one["half"]), found[-1])
    hour, minute = int(best["h"]), int(best["m"] or 0)
    half = (best["half"] or "").replace(".", "").lower()
    if half == "pm" and hour < 12:
        hour += 12
    elif half == "am" and hour == 12:
        hour = 0
    if minute > 59:
        return None, text, False
    rest = f"{text[: best.start()]} {text[best.end() :]}"
    return time(hour % 24, minute), _without_small_words(rest), bool(half)


def _without_small_words(text: str) -> str:
    for phrase in _SMALL_WORDS:
        text = _whole(phrase).sub(" ", text)
    return " ".join(text.split()).strip(" ,;")


def _day(text: str, local: datetime, language: str) -> date | None:
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


def _listed(text: str) -> tuple[str, ...]:
    parts = (unicodedata.normalize("NFC", part.strip().casefold()) for part in text.split(";"))
    return tuple(dict.fromkeys(filter(None, parts)))


@lru_cache(maxsize=1024)
def _whole(phrase: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(phrase)}(?!\w)")


def _named(tables: Mapping[Any, str]) -> dict[str, Any]:
    """Name each word's table, longer words first: they are looked for first."""
    pairs = [(word, name) for name, text in tables.items() for word in _listed(text)]
    return dict(sorted(pairs, key=lambda pair: -len(pair[0])))


_NUMBER_WORDS: dict[str, int] = _named(dict(enumerate(aheadwords.NUMBERS, 1)))
_PART_WORDS: dict[str, str] = _named(aheadwords.PARTS_OF_DAY)
_UNIT_WORDS: dict[str, str] = _named(aheadwords.UNITS)
_TONIGHT_WORDS, _TODAY_WORDS, _TOMORROW_WORDS, _AFTER_WORDS = (
    frozenset(_listed(text))
    for text in (
        aheadwords.TONIGHT,
        aheadwords.TODAY,
        aheadwords.TOMORROW,
        aheadwords.AFTER_TOMORROW,
    )
)
_SMALL_WORDS = tuple(_named({"": aheadwords.BESIDE_CLOCK}))
_LATER_WORDS = tuple(_named({"": aheadwords.LATER}))
_ALL_WORDS = (
    *(_NUMBER_WORDS | _PART_WORDS | _UNIT_WORDS),
    *(_TODAY_WORDS | _TOMORROW_WORDS | _AFTER_WORDS),
    *(*_SMALL_WORDS, *_LATER_WORDS),
)
_UNSPACED_WORDS = re.compile(
    "|".join(
        sorted({re.escape(word) for word in _ALL_WORDS if _HAN.match(word)}, key=len, reverse=True)
    )
)
# Turkish says when with an ending: sekizde.
_NUMBER = re.compile(rf"(?<!\w)({'|'.join(map(re.escape, _NUMBER_WORDS))})(?:'?[dt][ea])?(?!\w)")
