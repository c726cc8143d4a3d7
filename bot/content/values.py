"""Single values in the type that is wanted; what does not fit is noted and left out."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, Protocol

from bot.content.findings import Findings, Key

MAX_NUMBER = 1_000_000
"""Heat, quality and pixels stay far below; databases take it everywhere."""

EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)
"""Dates outside are slips of the pen, and would overflow when a length of time is added."""

LONGEST = timedelta(days=366)
"""No course or video lasts longer, and databases count seconds in 32 bits."""

_WHOLE = re.compile(r"[+-]?[0-9]{1,18}(?:\.0*)?", re.ASCII)
_DURATION = re.compile(
    r"P(?=.)(?:(\d{1,8})W)?(?:(\d{1,8})D)?"
    r"(?:T(?=.)(?:(\d{1,8})H)?(?:(\d{1,8})M)?(?:(\d{1,8}(?:\.\d{1,8})?)S)?)?",
    re.ASCII | re.IGNORECASE,
)
_UNSEEN = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ud800-\udfff]")
_YES = frozenset({"true", "yes", "on", "y", "1"})
_NO = frozenset({"false", "no", "off", "n", "0", ""})

_WRITE_DATE = "write UTC as 2020-09-17T01:49:00Z"


def one_line(text: str) -> str:
    """Make one line of a text: no control characters, every run of white space one space."""
    if text.isprintable():  # then the only white space is the space
        if "  " not in text and text[:1] != " " and text[-1:] != " ":
            return text
    else:
        text = _UNSEEN.sub("", text)
    return " ".join(text.split())


def kind_of(value: object) -> str:
    """Name the type of a value in plain words."""
    match value:
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case str():
            return "text"
        case date():
            return "a date"
        case dict():
            return "a mapping"
        case list():
            return "a list"
        case _:
            return "empty"


def whole_number(value: object) -> int | None:
    """Read 49, 49.0 and "49"; None for everything else, booleans among it."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return int(value) if math.isfinite(value) and value.is_integer() else None
    if isinstance(value, str) and _WHOLE.fullmatch(value.strip()):
        return int(value.strip().partition(".")[0])
    return None


def moment(value: object) -> datetime | None:
    """Read a date with or without time, also as text, as UTC; None for everything else.

    Without a zone it is UTC; without a time it is midnight.
    """
    try:
        if isinstance(value, str):
            value = datetime.fromisoformat(value.strip())
        elif isinstance(value, date) and not isinstance(value, datetime):
            value = datetime(value.year, value.month, value.day, tzinfo=UTC)
        if not isinstance(value, datetime):
            return None
        aware = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return aware if EARLIEST <= aware < LATEST else None


def duration(value: object) -> timedelta | None:
    """Read an ISO 8601 duration of weeks, days, hours, minutes and seconds, up to LONGEST."""
    found = _DURATION.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        return None
    weeks, days, hours, minutes = (int(part or 0) for part in found.groups()[:4])
    seconds = float(found[5] or 0)
    length = timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
    return length if length <= LONGEST else None


def as_flag(value: object) -> bool | None:
    """Read true and false, also written as words in quotes; None for everything else."""
    if isinstance(value, bool):
        return value
    word = str(value).strip().casefold() if isinstance(value, str | int) else None
    if word in _YES:
        return True
    return False if word in _NO else None


class Document(Protocol):
    """What is asked about values beside the values."""

    def written(self, key: Key) -> str | None:
        """Give a single value as it is written in the file, None for a list or mapping."""


class Part:
    """One mapping of a file; hands out its values and notes what is wrong with them."""

    __slots__ = ("_at", "_document", "_findings", "values")

    def __init__(
        self, values: Mapping[str, Any], document: Document, findings: Findings, *, at: Key = ()
    ) -> None:
        self.values = values
        self._document = document
        self._findings = findings
        self._at = at

    def note(self, name: str, problem: str, mend: str) -> None:
        """Note what is wrong with the value called `name`."""
        self._findings.add((*self._at, name), problem, mend)

    def text(self, name: str) -> str | None:
        """Give a text as one line; None without one. A bare number or date is read as written."""
        value = self.values.get(name)
        if type(value) is str:
            return one_line(value) or None
        return None if value is None else self._text(value, (*self._at, name))

    def texts(self, name: str) -> tuple[str, ...]:
        """Give a list of texts without repetition; one text is split at its commas."""
        value = self.values.get(name)
        if value is None:
            return ()
        at = (*self._at, name)
        if isinstance(value, str):
            if value.strip():
                self._findings.add(at, "this is one text, not a list", "write one item a line: - …")
            value = value.split(",")
        elif not isinstance(value, list):
            self._findings.add(
                at, f"this is {kind_of(value)}, not a list", "write one item a line: - …"
            )
            return ()
        found: dict[str, None] = {}
        for index, item in enumerate(value):
            if item is None:
                self._findings.add((*at, index), "an item of the list is empty", "remove it")
                continue
            text = one_line(item) if type(item) is str else self._text(item, (*at, index))
            if text:
                found[text] = None
        return tuple(found)

    def url(self, name: str) -> str | None:
        """Give an address as it is written, without the space around it."""
        value = self.values.get(name)
        if isinstance(value, str):
            return value.strip() or None
        if value is not None:
            self.note(name, f"this is {kind_of(value)}, not an address", "write the whole URL")
        return None

    def number(self, name: str) -> int | None:
        """Give a whole number from 0 to MAX_NUMBER; below 0 counts as 0."""
        value = self.values.get(name)
        if value is None or (type(value) is int and 0 <= value <= MAX_NUMBER):
            return value
        number = whole_number(value)
        if number is None:
            self.note(name, f"this is {_not_whole(value)}", "write a whole number such as 49")
        elif number > MAX_NUMBER:
            self.note(name, "the number is too large", f"write at most {MAX_NUMBER}")
            return None
        elif number < 0:
            self.note(name, "the number is below 0; it is read as 0", "write 0 or more")
            return 0
        return number

    def size(self, name: str) -> int | None:
        """Give a number of pixels above 0."""
        number = self.number(name)
        if number == 0:
            self.note(name, "a picture cannot be 0 pixels wide or high", "remove it, or correct it")
            return None
        return number

    def moment(self, name: str) -> datetime | None:
        """Give a moment in UTC."""
        value = self.values.get(name)
        if value is None or value == "":
            return None
        if type(value) is datetime and value.tzinfo is UTC and EARLIEST <= value < LATEST:
            return value
        found = moment(value)
        if found is None:
            is_date = isinstance(value, date)
            problem = "the date lies outside 1970 to 2199" if is_date else "this is not a date"
            self.note(name, problem, _WRITE_DATE)
        return found

    def duration(self, name: str) -> timedelta | None:
        """Give a length of time."""
        value = self.values.get(name)
        if value is None:
            return None
        found = duration(value)
        if found is None:
            self.note(
                name, "this is not a length of time", "write ISO 8601 such as PT46M46S or P1DT2H"
            )
        return found

    def flag(self, name: str) -> bool | None:
        """Give true or false; words in quotes are read, and noted."""
        value = self.values.get(name)
        if value is None or isinstance(value, bool):
            return value
        found = as_flag(value)
        self.note(
            name, f"this is {kind_of(value)}, not true or false", "write true or false, unquoted"
        )
        return found

    def part(self, name: str, *, short: str) -> Part | None:
        """Give a mapping; a text alone stands for a mapping with the one key `short`."""
        value = self.values.get(name)
        return None if value is None else self._part(value, (*self._at, name), short)

    def parts(self, name: str, *, short: str) -> tuple[Part, ...]:
        """Give a list of mappings; a text stands for a mapping with the one key `short`."""
        value = self.values.get(name)
        if value is None:
            return ()
        at = (*self._at, name)
        if not isinstance(value, list):
            found = self._part(value, at, short)
            if found is not None:
                self._findings.add(
                    at, "this is one item, not a list", "put it into a list: begin with - "
                )
            return (found,) if found is not None else ()
        parts = [self._part(item, (*at, index), short) for index, item in enumerate(value)]
        return tuple([part for part in parts if part is not None])

    def _part(self, value: object, at: Key, short: str) -> Part | None:
        if isinstance(value, dict):
            return Part(value, self._document, self._findings, at=at)
        if isinstance(value, str) and value.strip():
            return Part({short: value}, self._document, self._findings, at=at)
        self._findings.add(
            at, f"this is {kind_of(value)}, not a mapping", f"write `{short}: …` and so on"
        )
        return None

    def _text(self, value: object, at: Key) -> str | None:
        if not isinstance(value, str):
            written = self._document.written(at)
            if written is None or isinstance(value, dict | list):
                self._findings.add(at, f"this is {kind_of(value)}, not text", "write a text")
                return None
            self._findings.add(
                at, f"this is {kind_of(value)}; it is read as text", "put it in double quotes"
            )
            value = written
        return one_line(value) or None


def _not_whole(value: object) -> str:
    what = "a broken number" if isinstance(value, float) else kind_of(value)
    return f"{what}, not a whole number"
