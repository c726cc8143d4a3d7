"""Values of a roster as files hold them: what each may be, and what is wrong with others."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, time
from enum import Enum
from typing import Any

from bot.domain.languages import interface_language
from bot.domain.rules import Weights
from bot.domain.sections import Section
from bot.domain.timetable import is_zone

MAX_ID = 2**52
"""Ids of Telegram need up to 52 bits."""
MAX_SIZE = 30
MAX_CAP = 1000
MAX_WORDS = 1000
"""Names and words in one list."""


class Unfit(Exception):
    """A value that cannot be taken: what is wrong with it, and the mend."""

    def __init__(self, problem: str, mend: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.mend = mend


def number(least: int, most: int, mend: str) -> Callable[[Any], int]:
    """Give a reader of whole numbers in a range; `mend` says what is wanted."""

    def read(value: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise Unfit(f"{_shown(value)} is not such a number", mend)
        return value

    return read


def chat_number(value: Any) -> int:
    """Read the number of a chat."""
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < abs(value) < MAX_ID:
        raise Unfit(f"{_shown(value)} is no chat", "the number that /id tells in that chat")
    return value


def yes_no(value: Any) -> bool:
    """Read yes or no."""
    if not isinstance(value, bool):
        raise Unfit(f"{_shown(value)} is neither yes nor no", "write yes or no")
    return value


def text(value: Any) -> str:
    """Read any text."""
    if not isinstance(value, str):
        raise Unfit(f"{_shown(value)} is no text", "write it as text")
    return value


def names(value: Any) -> tuple[str, ...]:
    """Read a list of names or words, each once."""
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise Unfit(f"{_shown(value)} is no list of names", "as in: tea; coffee")
    if len(value) > MAX_WORDS:
        raise Unfit(f"{len(value)} names", f"at most {MAX_WORDS}")
    return tuple(value)


def one_of(kinds: type[Enum]) -> Callable[[Any], Any]:
    """Give a reader of the values of an enumeration."""
    names = [kind.value for kind in kinds]

    def read(value: Any) -> Any:
        if value not in names:
            raise Unfit(f"there is no {_shown(value)}", f"one of {', '.join(names)}")
        return kinds(value)

    return read


def moment(value: Any) -> datetime:
    """Read a moment with its zone, as ISO 8601 has it."""
    mend = "as in 2026-11-22T18:00:00+00:00"
    try:
        moment = datetime.fromisoformat(text(value))
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise Unfit(f"{_shown(value)} is no moment", mend) from None


def times(value: Any) -> tuple[time, ...]:
    """Read times of a day."""
    return tuple(sorted({_clock(one) for one in names(value)}))


def _clock(text: str) -> time:
    try:
        read = time.fromisoformat(text)
    except ValueError:
        read = None
    if read is None or len(text) != 5 or read.second or read.tzinfo:
        raise Unfit(f"{_shown(text)} is no time of day", "as in 08:00") from None
    return read


def days(value: Any) -> frozenset[int]:
    """Read days of the week; 0 is Monday."""
    days = text(value)
    if not days or not set(days) <= set("1234567"):
        raise Unfit(f"{_shown(days)} are no days", "1 for Monday to 7 for Sunday, as in 12345")
    return frozenset(map(int, days))


def zone(value: Any) -> str:
    """Read a time zone of the tz database."""
    name = text(value)
    if not is_zone(name):
        raise Unfit(f"there is no time zone {_shown(name)}", "as in Europe/Lisbon")
    return name


def quiet(value: Any) -> tuple[time, time]:
    """Read the beginning and the end of quiet hours."""
    begin, dash, end = text(value).partition("-")
    if not dash:
        raise Unfit(f"{_shown(value)} are no quiet hours", "as in 22:00-07:00")
    return _clock(begin), _clock(end)


def language(value: Any) -> str:
    """Read a language that the bot speaks."""
    if interface_language(text(value)) != value:
        raise Unfit(f"{_shown(value)} is no language of the bot", "as in en, pt or zh")
    return str(value)


def code(value: Any) -> str:
    """Read the code of any language."""
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,35}", text(value)):
        raise Unfit(f"{_shown(value)} is no language", "as in en or pt-br")
    return str(value)


def sections(value: Any) -> tuple[Section, ...]:
    """Read sections with their budgets."""
    try:
        return tuple(
            Section(kinds=tuple(map(text, kinds)), budget=budget, heading=text(heading))
            for kinds, budget, heading in value
        )
    except (TypeError, ValueError, Unfit):
        mend = 'as in [[["video","course"],2,"Watch"]]'
        raise Unfit(f"{_shown(value)} are no sections", mend) from None


def weights(value: Any) -> Weights:
    """Read weights; those left out are the usual ones."""
    try:
        return Weights(**{name: float(number) for name, number in value.items()})
    except (TypeError, ValueError, AttributeError):
        raise Unfit(f"{_shown(value)} are no weights", 'as in {"freshness": 2.0}') from None


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:59]}…"
