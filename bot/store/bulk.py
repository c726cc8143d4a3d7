"""Many rows at once: on SQLite straight to the driver, with the statements and types of Core.

SQLAlchemy builds and converts a dictionary of parameters for every row that is written, and an
object for every row that is read; for the hundred thousands of rows of an import or a look at all
stamps that costs more than SQLite itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.compiler import SQLCompiler

Convert = Callable[[Any], Any]


async def insert_many(
    connection: AsyncConnection, statement: sa.Insert, rows: Sequence[Mapping[str, Any]]
) -> None:
    """Run an INSERT for every row; the rows name the same columns in the same order."""
    if not rows:
        return
    if connection.dialect.name != "sqlite":
        await connection.execute(statement, rows)
        return
    names = list(rows[0])
    compiled = statement.compile(dialect=connection.dialect, column_keys=names)
    assert isinstance(compiled, SQLCompiler)  # noqa: S101 - an INSERT is nothing else
    ordered = compiled.positiontup or []
    # A thousand rows take some milliseconds: too long for the event loop.
    values = await asyncio.to_thread(_values, statement, ordered, rows, connection.dialect)
    await connection.exec_driver_sql(str(compiled), values)


async def fetch_plain(
    connection: AsyncConnection, query: sa.Select[Any]
) -> Sequence[Sequence[Any]]:
    """Run a query and give its rows as the database has them: no type converts a value."""
    if connection.dialect.name != "sqlite":
        return [*await connection.execute(query)]
    compiled = query.compile(dialect=connection.dialect)
    assert isinstance(compiled, SQLCompiler)  # noqa: S101 - a SELECT is nothing else
    values = [compiled.params[name] for name in compiled.positiontup or ()]
    raw = await connection.get_raw_connection()
    driver: Any = raw.driver_connection
    rows: list[tuple[Any, ...]] = await driver.execute_fetchall(str(compiled), values)
    return rows


def _values(
    statement: sa.Insert,
    names: Sequence[str],
    rows: Sequence[Mapping[str, Any]],
    dialect: sa.Dialect,
) -> list[tuple[Any, ...]]:
    columns = [_converted(statement, name, rows, dialect) for name in names]
    return list(zip(*columns, strict=True))


def _converted(
    statement: sa.Insert, name: str, rows: Sequence[Mapping[str, Any]], dialect: sa.Dialect
) -> list[Any]:
    kind = statement.table.c[name].type
    convert: Convert | None = kind.dialect_impl(dialect).bind_processor(dialect)
    values = [row[name] for row in rows]
    return values if convert is None else [convert(value) for value in values]
