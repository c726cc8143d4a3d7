"""A short transaction that is always the same, in one trip to SQLite's thread.

What is said for every group of messages costs more on its way than in the database: SQLAlchemy
prepares each value of each row, and begins, executes, commits and returns the connection one after
the other. Here the statements of Core are written out once, and the driver gets all of it together.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.compiler import SQLCompiler

_SQLITE = sqlite.dialect()
Rows = list[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Step:
    """A statement, built once and said often, with the values of its parameters.

    Several sets of values are for statements that give no rows.
    """

    statement: sa.Executable
    values: Mapping[str, Any] | Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Told:
    """What SQLite's driver is told for a step."""

    text: str
    parameters: Sequence[Any]
    is_many: bool


def told(step: Step) -> Told:
    """Write a step out for SQLite's driver."""
    compiled, values = _compiled(step.statement), step.values
    names = compiled.positiontup or ()
    if isinstance(values, Mapping):
        lists = {one.key: values[one.key] for one in compiled.post_compile_params}
        text = _text(step.statement, tuple((name, len(one)) for name, one in lists.items()))
        parts = (
            lists[name] if name in lists else _column(compiled, name, [values]) for name in names
        )
        return Told(text, list(chain.from_iterable(parts)), is_many=False)
    columns = [_column(compiled, name, values) for name in names]
    return Told(str(compiled), list(zip(*columns, strict=True)), is_many=True)


@lru_cache(maxsize=16)
def _compiled(statement: sa.Executable) -> SQLCompiler:
    compiled = statement.compile(dialect=_SQLITE)  # type: ignore[attr-defined]
    assert isinstance(compiled, SQLCompiler)  # noqa: S101 - no statement of ours is another
    return compiled


@lru_cache(maxsize=256)
def _text(statement: sa.Executable, sizes: tuple[tuple[str, int], ...]) -> str:
    """Give the words of a statement whose lists have so many values."""
    compiled = _compiled(statement)
    values: dict[str, Any] = dict.fromkeys(compiled.positiontup or ())
    values |= {name: [0] * count for name, count in sizes}
    return compiled.construct_expanded_state(values).statement


def _column(compiled: SQLCompiler, name: str, rows: Sequence[Mapping[str, Any]]) -> Sequence[Any]:
    """Give one parameter of all rows; what is the same in all of them is converted once."""
    convert: Callable[[Any], Any] | None = compiled._bind_processors.get(name)  # type: ignore[assignment]
    values = [row[name] for row in rows] if name in rows[0] else [compiled.params[name]] * len(rows)
    if convert is None:
        return values
    if all(value is values[0] for value in values):
        return [convert(values[0])] * len(rows)
    return [convert(value) for value in values]


def transact(connection: sqlite3.Connection, begin: str, steps: Sequence[Told]) -> list[Rows]:
    """Run one transaction in the connection's thread; gives the rows of each step."""
    connection.execute(begin)
    try:
        rows = [_run(connection, step) for step in steps]
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return rows


def _run(connection: sqlite3.Connection, step: Told) -> Rows:
    if step.is_many:
        connection.executemany(step.text, step.parameters)
        return []
    return connection.execute(step.text, step.parameters).fetchall()


async def fetch(
    connection: AsyncConnection, query: sa.Select[Any], values: Mapping[str, Any]
) -> Rows:
    """Run a query that is built once and said often; gives its rows.

    On SQLite a column is converted at once, and what stands in many of its rows only once.
    """
    if connection.dialect.name != "sqlite":
        return [tuple(row) for row in await connection.execute(query, values)]
    step = told(Step(query, values))
    result = await connection.exec_driver_sql(step.text, tuple(step.parameters))
    columns = zip(_converters(query), zip(*result, strict=True), strict=False)
    return list(zip(*(_read(convert, column) for convert, column in columns), strict=True))


@lru_cache(maxsize=16)
def _converters(query: sa.Select[Any]) -> tuple[Callable[[Any], Any] | None, ...]:
    kinds = (column.type.dialect_impl(_SQLITE) for column in query.selected_columns)
    return tuple(kind.result_processor(_SQLITE, None) for kind in kinds)


def _read(convert: Callable[[Any], Any] | None, column: Sequence[Any]) -> Sequence[Any]:
    if convert is None:
        return column
    known = {value: convert(value) for value in set(column)}
    return [known[value] for value in column]


async def one_by_one(connection: AsyncConnection, steps: Sequence[Step]) -> list[Rows]:
    """Run the same within a transaction of SQLAlchemy's."""
    rows: list[Rows] = []
    for step in steps:
        result = await connection.execute(step.statement, step.values)
        rows.append([tuple(row) for row in result] if result.returns_rows else [])
    return rows
