"""Values: what is plainly meant for a page of the settings panel, though nobody tapped to write."""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache

from bot.domain.panel import View
from bot.publishing.zones import is_zone_name
from bot.search.clock import clock, stretch

LONGEST = 80
"""Characters: what is longer is no value."""
_HALVES = re.compile(r"(?<![^\W\d_])[ap](?:\.m\.?|m)(?!\w)", re.IGNORECASE)
_CLOCKS = re.compile(r"[\d:.,;\s\-\u2013\u2014\u2212]+")
_DAYS = re.compile(r"[\d.\-]+")


def is_value(view: View, words: str, *, language: str, now: datetime) -> bool:
    """Whether words look like a value for a page, right or wrong, and like no question.

    Topics and words to follow are never told from a question.
    """
    words = words.strip()
    if not words or len(words) > LONGEST:
        return False
    match view:
        case View.TIMES | View.FIRST_HOUR | View.QUIET:
            if not _has_digit(words):
                return False
            is_clock = stretch if view is View.QUIET else clock
            if all(is_clock(part) for part in apart(words, language).split(",")):
                return True  # "8 Uhr"
            return _CLOCKS.fullmatch(apart(_HALVES.sub(" ", words), language)) is not None
        case View.PAUSE:
            return _DAYS.fullmatch(words) is not None and _has_digit(words)
        case View.ZONE:
            return is_zone_name(words, language=language, now=now)
    return False


def apart(words: str, language: str) -> str:
    """Put a comma where the language, or English, has its word for *and*: `7:30 and 18`."""
    is_plain = not any(one.isalpha() for one in words)
    return words if is_plain else _ands(language).sub(", ", words)


@lru_cache(maxsize=16)
def _ands(language: str) -> re.Pattern[str]:
    from babel import Locale  # many megabytes of names: only for who types a value

    found = {
        Locale.parse(one).list_patterns["standard"]["2"].format("", "").strip()
        for one in ("en", language.replace("-", "_"))
    }
    written = "|".join(re.escape(one) for one in sorted(found))
    return re.compile(rf"(?<![^\W\d_])(?:{written})(?![^\W\d_])", re.IGNORECASE)


def _has_digit(words: str) -> bool:
    return any(one.isdigit() for one in words)
