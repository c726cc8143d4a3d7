"""Files of subscriptions: CSV for spreadsheets, JSON for programs; read and written row by row.

CSV: the first line names the columns. Lists are written `tea; coffee`, or as JSON where a name
would not survive that. Text that a spreadsheet would take for a formula gets an apostrophe in
front, and loses it when it is read. JSON: a list of objects, one on a line, without what is empty.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from typing import Any, TextIO

from rapidfuzz import fuzz, process

from bot.domain.roster import RosterRow
from bot.domain.roster_columns import COLUMNS, Fault, Kind, row_of, values_of
from bot.errors import SettingsError

MAX_ROW = 1_000_000
"""Characters of one row."""
_CHUNK = 64 * 1024
_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_GUARDED = re.compile(r"'+[=+\-@\t\r]")
_NOT_UTF8 = re.compile("[\udc80-\udcff]")


@dataclass(frozen=True, slots=True)
class Read:
    """A row of a file: its line, and the subscription, or what is wrong with it."""

    line: int
    row: RosterRow | None
    faults: tuple[Fault, ...] = ()


# Writing


def csv_header() -> str:
    """Give the line that names the columns."""
    return _csv_line(list(COLUMNS))


def csv_line(row: RosterRow) -> str:
    """Give a row as a line of CSV."""
    values = values_of(row)
    return _csv_line([_cell(COLUMNS[name].kind, value) for name, value in values.items()])


def json_object(row: RosterRow) -> str:
    """Give a row as a JSON object, on one line and in ASCII."""
    return json.dumps({name: value for name, value in values_of(row).items() if value is not None})


def _csv_line(cells: Sequence[str]) -> str:
    out = StringIO()
    csv.writer(out, lineterminator="\r\n").writerow(cells)
    return out.getvalue()


def _cell(kind: Kind, value: Any) -> str:
    if value is None:
        return ""
    match kind:
        case Kind.NUMBER:
            return str(value)
        case Kind.YES_NO:
            return "yes" if value else "no"
        case Kind.JSON:
            return json.dumps(value)
        case Kind.LIST:
            text = "; ".join(value)
            is_plain = text.isprintable() and _listed(text) == value and not text.startswith("[")
            return _guarded(text) if is_plain else json.dumps(value)
    return _guarded(value)


def _guarded(text: str) -> str:
    return f"'{text}" if _FORMULA.match(text) else text


def _unguarded(text: str) -> str:
    return text[1:] if _GUARDED.match(text) else text


def _listed(text: str) -> list[str]:
    return [name for name in (part.strip() for part in text.split(";")) if name]


# Reading


def rows_in(stream: TextIO) -> Iterator[Read]:
    """Read a file of either form. Raises SettingsError when it is neither.

    `stream` must be opened with `newline=""` and `errors="surrogateescape"`.
    """
    text = _Lookahead(stream)
    first = text.peek().lstrip("\ufeff \t\r\n")[:1]
    if not first:
        raise SettingsError(["the file is empty: the first line names the columns, chat_id first"])
    yield from (_json_rows(text) if first in "[{" else _csv_rows(text))


class _Lookahead:
    """A stream whose beginning can be looked at before it is read."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._seen = stream.read(_CHUNK).removeprefix("\ufeff")

    def peek(self) -> str:
        return self._seen

    def read(self) -> str:
        seen, self._seen = self._seen, ""
        return seen or self._stream.read(_CHUNK)

    def lines(self) -> Iterator[str]:
        rest = ""
        while chunk := self.read():
            # Only these end a line of CSV: not what else Unicode knows.
            *lines, rest = (rest + chunk).split("\n")
            yield from (f"{line}\n" for line in lines)
        if rest:
            yield rest


def _csv_rows(text: _Lookahead) -> Iterator[Read]:
    head = text.peek().partition("\n")[0]
    reader = csv.reader(_bounded(text), delimiter=";" if _is_by_semicolon(head) else ",")
    try:
        names = [name.strip().lower() for name in next(reader, [])]
    except csv.Error as error:
        raise SettingsError([f"line 1 cannot be read: {error}"]) from error
    if "chat_id" not in names:
        raise SettingsError(
            [
                "line 1 names no column chat_id: is this a file of `gazette export`? "
                f"The columns are {', '.join(COLUMNS)}"
            ]
        )
    if len(set(names)) < len(names):
        raise SettingsError(["line 1 names a column twice"])
    unknown = _unknown(names)
    if unknown:
        yield Read(1, None, unknown)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            yield Read(line, None, (Fault(None, f"cannot be read: {error}", "mend the quotes"),))
            return
        if cells is None:
            return
        if cells:
            yield _csv_row(line, names, cells)


def _bounded(text: _Lookahead) -> Iterator[str]:
    csv.field_size_limit(MAX_ROW)
    yield from text.lines()


def _is_by_semicolon(head: str) -> bool:
    """Whether a spreadsheet of a country with decimal commas has written this."""
    return ";" in head and "," not in head


def _csv_row(line: int, names: Sequence[str], cells: Sequence[str]) -> Read:
    if len(cells) != len(names):
        fault = Fault(
            None, f"has {len(cells)} values, line 1 names {len(names)} columns", "mend the commas"
        )
        return Read(line, None, (fault,))
    if any(_NOT_UTF8.search(cell) for cell in cells):
        return Read(line, None, (Fault(None, "is not UTF-8", "save the file as UTF-8"),))
    values: dict[str, Any] = {}
    faults: list[Fault] = []
    for name, cell in zip(names, cells, strict=True):
        if name not in COLUMNS or not cell:
            continue
        value = _value(COLUMNS[name].kind, name, cell)
        if isinstance(value, Fault):
            faults.append(value)
        else:
            values[name] = value
    return _read(line, values, faults)


def _value(kind: Kind, name: str, cell: str) -> Any:
    """Read a cell as the JSON value that it stands for; a Fault when it is none."""
    bare = cell.strip()
    if kind is Kind.TEXT:
        return _unguarded(cell)
    if not bare:
        return None
    match kind:
        case Kind.NUMBER:
            if not re.fullmatch(r"[+-]?\d{1,20}", bare, re.ASCII):
                return Fault(name, f"{bare[:40]!r} is no whole number", "only digits")
            return int(bare)
        case Kind.YES_NO:
            word = bare.lower()
            if word not in _WORDS:
                return Fault(name, f"{bare[:40]!r} is neither yes nor no", "write yes or no")
            return _WORDS[word]
        case Kind.WORD:
            return _unguarded(bare)
        case Kind.LIST if not bare.startswith("["):
            return _listed(_unguarded(bare))
    try:
        return json.loads(bare)
    except (ValueError, RecursionError):
        return Fault(name, f"{bare[:40]!r} is no JSON", "mend the brackets and quotes")


_WORDS = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}


def _json_rows(text: _Lookahead) -> Iterator[Read]:
    """Read objects one after the other, in a list or bare."""
    scanner, decoder = _Scanner(text), json.JSONDecoder()
    named: set[str] = set()
    while scanner.skip():
        line = scanner.line
        try:
            value = scanner.take(decoder)
        except ValueError as error:
            fault = Fault(None, f"is no JSON: {error}", "mend it; nothing behind it was read")
            yield Read(line, None, (fault,))
            return
        if not scanner.is_utf8:
            yield Read(line, None, (Fault(None, "is not UTF-8", "save the file as UTF-8"),))
            continue
        if not isinstance(value, dict):
            yield Read(line, None, (Fault(None, "is no object", 'as in {"chat_id": 7}'),))
            continue
        unknown = tuple(fault for fault in _unknown(list(value)) if fault.key not in named)
        named.update(fault.key for fault in unknown if fault.key)
        if unknown:
            yield Read(line, None, unknown)
        yield _read(line, value, ())


class _Scanner:
    """Finds where values begin, without holding more than one of them."""

    def __init__(self, text: _Lookahead) -> None:
        self._text = text
        self._buffer = ""
        self._at = 0
        self.line = 1
        self.is_utf8 = True
        """Whether the last value was read as it stands."""

    def skip(self) -> bool:
        """Go on to the next value; False at the end."""
        while True:
            while self._at < len(self._buffer) and self._buffer[self._at] in " \t\r\n,[]":
                self._advance(self._at + 1)
            if self._at < len(self._buffer):
                return True
            if not self._more():
                return False

    def take(self, decoder: json.JSONDecoder) -> Any:
        """Read the value that begins here. Raises ValueError."""
        while True:
            try:
                value, end = decoder.raw_decode(self._buffer, self._at)
            except RecursionError:
                raise ValueError("nested too deep") from None
            except ValueError as error:
                if len(self._buffer) - self._at > MAX_ROW or not self._more():
                    raise ValueError(str(error).partition(":")[0]) from None
                continue
            # A number at the end of what is here may go on.
            if end == len(self._buffer) and not isinstance(value, dict) and self._more():
                continue
            self.is_utf8 = _NOT_UTF8.search(self._buffer, self._at, end) is None
            self._advance(end)
            return value

    def _more(self) -> bool:
        chunk = self._text.read()
        self._buffer, self._at = self._buffer[self._at :] + chunk, 0
        return bool(chunk)

    def _advance(self, to: int) -> None:
        self.line += self._buffer.count("\n", self._at, to)
        self._at = to


def _read(line: int, values: Mapping[str, Any], faults: Sequence[Fault]) -> Read:
    row, more = row_of({name: values[name] for name in values if name in COLUMNS})
    named = {fault.key for fault in faults}
    all_faults = (*faults, *(fault for fault in more if fault.key not in named))
    return Read(line, None if all_faults else row, all_faults)


def _unknown(names: Sequence[str]) -> tuple[Fault, ...]:
    faults = []
    for name in names:
        if name not in COLUMNS:
            near = process.extractOne(name, list(COLUMNS), scorer=fuzz.ratio, score_cutoff=60)
            mend = f"did you mean {near[0]}?" if near else "leave it out"
            faults.append(Fault(name[:60] or "(no name)", "is no column, and was not read", mend))
    return tuple(faults)
