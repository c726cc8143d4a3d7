"""The column types that both databases share: moments, words, JSON, row numbers."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects import sqlite
from sqlalchemy.types import TypeDecorator, TypeEngine

_SQLITE = sqlite.dialect()
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
MAX_KEY_BYTES = 2000
_carefully = json.JSONEncoder(separators=(",", ":")).encode
_BEYOND_ASCII = re.compile("[^\x00-\x7f]+")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")

RowNumber = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
"""A row id; SQLite numbers rows by itself only when the type is spelled INTEGER."""


class Moment(TypeDecorator[datetime]):
    """An aware moment, read back in UTC: a timestamp, on SQLite whole microseconds since 1970.

    Integers sort, compare and index as moments do, which text with its zones does not. A naive
    datetime is refused with ValueError.
    """

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> TypeEngine[Any]:
        """Choose the type that the database itself has."""
        if dialect.name == "sqlite":
            return dialect.type_descriptor(sa.BigInteger())
        return dialect.type_descriptor(sa.DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> Any:
        """Write a moment."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone")
        return (value - EPOCH) // _MICROSECOND if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any | None, dialect: sa.Dialect) -> datetime | None:
        """Read a moment."""
        if value is None:
            return None
        if isinstance(value, datetime):
            return value.astimezone(UTC)
        return EPOCH + timedelta(microseconds=value)


class Words(TypeDecorator[str]):
    """Text from strangers; what no database takes (NUL, lone surrogates) becomes U+FFFD."""

    impl = sa.Text()
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: sa.Dialect) -> str | None:
        """Write text."""
        return None if value is None else storable(value)

    def process_result_value(self, value: str | None, dialect: sa.Dialect) -> str | None:
        """Read text."""
        return value


def _encoded(value: Any) -> str:
    """Write a JSON value in ASCII: orjson takes a tenth of the time, and not every string."""
    try:
        text = orjson.dumps(value).decode()
    except TypeError:  # half of a surrogate pair, a number beyond 64 bits
        return _carefully(value)
    return text if text.isascii() else _BEYOND_ASCII.sub(_escaped, text)


def _escaped(found: re.Match[str]) -> str:
    return _carefully(found[0])[1:-1]


class Json(TypeDecorator[Any]):
    """A JSON value as ASCII text: alike on both databases, and any Python string survives it.

    PostgreSQL's own types refuse NUL and lone surrogates, and we never look inside by SQL.
    """

    impl = sa.Text()
    cache_ok = True

    def process_bind_param(self, value: Any | None, dialect: sa.Dialect) -> str | None:
        """Write a value; None becomes NULL."""
        return None if value is None else _encoded(value)

    def process_result_value(self, value: str | None, dialect: sa.Dialect) -> Any:
        """Read a value."""
        return None if value is None else json.loads(value)


class Key(Words):
    """Words that stand in an index, with a bound on their length.

    PostgreSQL refuses index entries beyond 2,704 bytes; longer words keep their beginning and
    are told apart by a hash of the whole.
    """

    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: sa.Dialect) -> str | None:
        """Write a key."""
        return None if value is None else bounded(storable(value))


def converted_at_once(kind: TypeEngine[Any], values: Sequence[Any]) -> Sequence[Any] | None:
    """Give the values of a column as they are written to SQLite; None: each must be looked at.

    One look at all of them together tells that texts hold nothing odd, as nearly always.
    """
    if isinstance(kind, Words):
        texts = [value for value in values if value is not None]
        fit = not isinstance(kind, Key) or max(map(len, texts), default=0) * 4 <= MAX_KEY_BYTES
        return values if fit and _is_storable("".join(texts)) else None
    if isinstance(kind, Moment):
        if values.count(values[0]) == len(values):
            return [kind.process_bind_param(values[0], _SQLITE)] * len(values)
        return None
    # The driver writes True and False as numbers by itself.
    return values if isinstance(kind, sa.Boolean) else None


def _is_storable(text: str) -> bool:
    """Whether `storable` leaves a text as it is."""
    if "\x00" in text:
        return False
    try:
        return text.isascii() or bool(text.encode())
    except UnicodeEncodeError:
        return False


def bounded(key: str) -> str:
    """Give a key as `Key` stores it."""
    if len(key) * 4 <= MAX_KEY_BYTES:
        return key
    content = key.encode()
    if len(content) <= MAX_KEY_BYTES:
        return key
    start = content[: MAX_KEY_BYTES - 41].decode(errors="ignore")
    return f"{start}#{hashlib.blake2b(content, digest_size=20).hexdigest()}"


def storable(text: str) -> str:
    """Give `text` as `Words` stores it."""
    if text.isascii():
        return text.replace("\x00", "\ufffd")
    return _UNSTORABLE.sub("\ufffd", text)
