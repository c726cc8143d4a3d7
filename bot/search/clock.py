"""Times of the day as people write them: `8 Uhr 30`, `٨ مساءً`, `half past seven`, `22 bis 7`.

All languages of the bot at once: a word that is a time in one of them is none in another.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import time
from functools import lru_cache
from typing import Any

from bot.search import aheadwords

MOST_CHARACTERS = 60
PARTS_OF_DAY = {"morning": time(8), "noon": time(12), "afternoon": time(15), "evening": time(19)}
_LATER_HALF = ("afternoon", "evening")

_CLOCK = re.compile(
    r"(?<![\d.:/-])(?P<h>\d{1,2})(?:[:.h](?P<m>\d{2}))?\s*(?P<half>a\.?m\.?|p\.?m\.?)?(?![\d:/-])",
    re.IGNORECASE,
)
_DASH = re.compile(r"\s*[-\u2013\u2014\u2212~\uff5e]\s*")
_HAN = re.compile("[\u4e00-\u9fff]")


def clock(words: str) -> time | None:
    """Read words that are one time of the day and nothing else; None for all others."""
    text = plain(words)
    if not text or len(text) > MOST_CHARACTERS:
        return None
    if text in _MIDNIGHT_WORDS:
        return time(0)
    text, part = part_of_day(text)
    at, rest = clock_in(text, part)
    if rest:
        return None
    return at or PARTS_OF_DAY.get(part)


def stretch(words: str) -> tuple[time, time] | None:
    """Read a part of the day: `22:00-07:00`, `from 10 pm to 7`, `22 Uhr bis 7 Uhr`."""
    text = plain(words).removesuffix(" तक")  # Hindi says "from 22 to 7" as 22 से 7 तक
    for word in _FROM_WORDS:
        if text.startswith(f"{word} "):
            text = text[len(word) :].strip()
            break
    for parts in _divided(text):
        begin, end = clock(parts[0]), clock(parts[1])
        if begin is not None and end is not None and begin != end:
            return begin, end
    return None


def _divided(text: str) -> Iterable[tuple[str, str]]:
    if len(parts := _DASH.split(text)) == 2:
        yield parts[0], parts[1]
    for word in _TO_WORDS:
        if len(parts := whole(word).split(text)) >= 2 and parts[0].strip():
            yield parts[0], parts[1]


def plain(words: str) -> str:
    """Give a text with plain digits, spaces between Chinese words, and numbers as digits."""
    text = unicodedata.normalize("NFC", " ".join(words.casefold().split())).strip(" .!?،。")
    text = text.replace("\uff1a", ":")
    text = "".join(str(int(one)) if one.isdecimal() else one for one in text)
    text = " ".join(_UNSPACED_WORDS.sub(r" \g<0> ", text).split())
    text = _BEFORE_NUMBER.sub("", text)
    return _NUMBER.sub(lambda found: str(_NUMBER_WORDS[found[1]]), text)


def part_of_day(text: str) -> tuple[str, str]:
    """Take the part of the day out of a text; `tonight` leaves today."""
    for phrase, part in _PART_WORDS.items():
        if whole(phrase).search(text):
            rest = whole(phrase).sub(" today " if phrase in _TONIGHT_WORDS else " ", text, count=1)
            # "mañana" alone is tomorrow; "por la mañana" is gone by then.
            return " ".join(rest.split()), part
    return text, ""


def clock_in(text: str, part: str) -> tuple[time | None, str]:
    """Take the time of the day out of a text; `part` tells the eights of a day apart."""
    text = _with_minutes(text)
    found = [one for one in _CLOCK.finditer(text) if int(one["h"]) <= 24]
    if not found:
        return None, without_small_words(text)
    best = next((one for one in found if one["m"] or one["half"]), found[-1])
    hour, minute = int(best["h"]), int(best["m"] or 0)
    half = (best["half"] or "").replace(".", "").lower()
    if minute > 59 or (half and not 1 <= hour <= 12):
        return None, text
    if half:
        hour = hour % 12 + (12 if half == "pm" else 0)
    elif part in _LATER_HALF and hour < 12:
        hour += 12
    rest = f"{text[: best.start()]} {text[best.end() :]}"
    return time(hour % 24, minute), without_small_words(rest)


def _with_minutes(text: str) -> str:
    """Write minutes and halves that stand in words behind a colon: `8 uhr 30`, `halb 8`."""
    text = _HOUR_AND_MINUTES.sub(r"\1:\2", text)
    text = _HALF_LATER.sub(lambda found: f"{found['before'] or found['behind']}:30", text)
    return _HALF_EARLIER.sub(lambda found: f"{(int(found[1]) - 1) % 12 or 12}:30", text)


def without_small_words(text: str) -> str:
    """Leave out the words that stand beside a time and say nothing."""
    for phrase in _SMALL_WORDS:
        text = whole(phrase).sub(" ", text)
    return " ".join(text.split()).strip(" ,;")


def listed(text: str) -> tuple[str, ...]:
    """Give the words of a table's entry as they are compared."""
    parts = (unicodedata.normalize("NFC", part.strip().casefold()) for part in text.split(";"))
    return tuple(dict.fromkeys(filter(None, parts)))


@lru_cache(maxsize=1024)
def whole(phrase: str) -> re.Pattern[str]:
    """Make the pattern of a phrase that stands by itself."""
    return re.compile(rf"(?<!\w){re.escape(phrase)}(?!\w)")


def named(tables: Mapping[Any, str]) -> dict[str, Any]:
    """Name each word's table, longer words first: they are looked for first."""
    pairs = [(word, name) for name, text in tables.items() for word in listed(text)]
    return dict(sorted(pairs, key=lambda pair: -len(pair[0])))


def _any_of(words: Iterable[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


_NUMBER_WORDS: dict[str, int] = named(dict(enumerate(aheadwords.NUMBERS, 1)))
_PART_WORDS: dict[str, str] = named(aheadwords.PARTS_OF_DAY)
_TONIGHT_WORDS = frozenset(listed(aheadwords.TONIGHT))
_MIDNIGHT_WORDS = frozenset(listed(aheadwords.MIDNIGHT))
_SMALL_WORDS = tuple(named({"": aheadwords.BESIDE_CLOCK}))
_FROM_WORDS = tuple(named({"": aheadwords.FROM}))
_TO_WORDS = tuple(named({"": aheadwords.TO}))
_HALVES = (*listed(aheadwords.BEFORE_HALF), *listed(aheadwords.BEHIND_HALF))
_SPOKEN_WORDS = (
    *(_NUMBER_WORDS | _PART_WORDS),
    *(*_SMALL_WORDS, *_MIDNIGHT_WORDS, *_HALVES, *_TO_WORDS, *_FROM_WORDS),
    *(word for entry in aheadwords.UNITS.values() for word in listed(entry)),
    *listed(f"{aheadwords.TODAY}; {aheadwords.TOMORROW}; {aheadwords.AFTER_TOMORROW}"),
    *listed(aheadwords.LATER),
)
_UNSPACED_WORDS = re.compile(_any_of({word for word in _SPOKEN_WORDS if _HAN.match(word)}))
# Turkish says when with an ending: sekizde.
_NUMBER = re.compile(rf"(?<!\w)({'|'.join(map(re.escape, _NUMBER_WORDS))})(?:'?[dt][ea])?(?!\w)")
# "um 8" is German for at eight; "um" alone is a Portuguese one.
_BEFORE_NUMBER = re.compile(
    rf"(?<!\w)um (?=\d|(?:{_any_of([*_NUMBER_WORDS, *listed(aheadwords.HALF_TO)])})(?!\w))"
)
_HOURS = _any_of(listed(aheadwords.HOUR_BEHIND))
_HOUR_AND_MINUTES = re.compile(
    rf"(?<![\d.:/-])(\d{{1,2}})\s*(?:{_HOURS})\s*(\d{{2}})(?:\s*分)?(?![\d:/-])"
)
_HALF_LATER = re.compile(
    rf"(?<![\w:])(?:(?:{_any_of(listed(aheadwords.BEFORE_HALF))}) (?P<before>\d{{1,2}})"
    rf"|(?P<behind>\d{{1,2}})\s*(?:(?:{_HOURS})\s*)?(?:{_any_of(listed(aheadwords.BEHIND_HALF))}))"
    r"(?![\w:])"
)
_HALF_EARLIER = re.compile(
    rf"(?<!\w)(?:{_any_of(listed(aheadwords.HALF_TO))}) (\d{{1,2}})(?![\w:])"
)
