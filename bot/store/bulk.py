"""Many rows at once: on SQLite straight to the driver, with the statement and types of Core.

SQLAlchemy builds and converts a dictionary of parameters for every row; for the tens of thousands
of rows of an import that costs more than SQLite itself.
"""

from __future__ import annotations

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
    columns = [_converted(statement, name, rows, connection.dialect) for name in ordered]
    await connection.exec_driver_sql(str(compiled), list(zip(*columns, strict=True)))


def _converted(
    statement: sa.Insert, name: str, rows: Sequence[Mapping[str, Any]], dialect: sa.Dialect
) -> list[Any]:
    kind = statement.table.c[name].type
    convert: Convert | None = kind.dialect_impl(dialect).bind_processor(dialect)
    values = [row[name] for row in rows]
    return values if convert is None else [convert(value) for value in values]
