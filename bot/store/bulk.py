"""Many rows at once: on SQLite straight to the driver, with the statements and types of Core.

SQLAlchemy builds and converts a dictionary of parameters for every row that is written, and an
object for every row that is read; for the hundred thousands of rows of an import or a look at all
stamps that costs more than SQLite itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.compiler import SQLCompiler

from bot.store.columns import Json, converted_at_once

Convert = Callable[[Any], Any]


class BulkInsert:
    """An INSERT for many rows; each row holds a value for each of `names`, in their order."""

    def __init__(self, statement: sa.Insert, names: Sequence[str]) -> None:
        self._statement = statement
        self._names = tuple(names)
        self._text = ""
        """What the driver of SQLite is told, once it has been asked for."""

    async def run(self, connection: AsyncConnection, rows: Sequence[tuple[Any, ...]]) -> None:
        """Insert the rows."""
        if not rows:
            return
        if connection.dialect.name != "sqlite":
            named = [dict(zip(self._names, row, strict=True)) for row in rows]
            await connection.execute(self._statement, named)
            return
        # A thousand rows take some milliseconds: too long for the event loop.
        values = await asyncio.to_thread(self._converted, rows, connection.dialect)
        self._text = self._text or self._compiled(connection.dialect)
        await connection.exec_driver_sql(self._text, values)

    def _compiled(self, dialect: sa.Dialect) -> str:
        compiled = self._statement.compile(dialect=dialect, column_keys=self._names)
        assert isinstance(compiled, SQLCompiler)  # noqa: S101 - an INSERT is nothing else
        assert tuple(compiled.positiontup or ()) == self._names  # noqa: S101 - as in the table
        return str(compiled)

    def _converted(
        self, rows: Sequence[tuple[Any, ...]], dialect: sa.Dialect
    ) -> list[tuple[Any, ...]]:
        columns = self._statement.table.c
        given = zip(self._names, zip(*rows, strict=True), strict=True)
        parts = [_column(columns[name], values, dialect) for name, values in given]
        return list(zip(*parts, strict=True))


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


async def stream_plain(
    connection: AsyncConnection, query: sa.Select[Any], *, size: int
) -> AsyncIterator[Sequence[Sequence[Any]]]:
    """Run a query and give its rows as the database has them, `size` at a time."""
    if connection.dialect.name != "sqlite":
        async for part in (await connection.stream(query)).partitions(size):
            yield part
        return
    compiled = query.compile(
        dialect=connection.dialect, compile_kwargs={"render_postcompile": True}
    )
    assert isinstance(compiled, SQLCompiler)  # noqa: S101 - a SELECT is nothing else
    values = [_bound(compiled, name) for name in compiled.positiontup or ()]
    raw = await connection.get_raw_connection()
    driver: Any = raw.driver_connection
    async with driver.execute(str(compiled), values) as cursor:
        while rows := await cursor.fetchmany(size):
            yield rows


async def next_numbers(connection: AsyncConnection, table: sa.Table, count: int) -> list[int]:
    """Take so many new row numbers of a table, inside a transaction that writes.

    On SQLite nobody else writes meanwhile: rows with these numbers must follow in it.
    """
    if connection.dialect.name == "sqlite":
        sequence = sa.table("sqlite_sequence", sa.column("name"), sa.column("seq"))
        query = sa.select(sequence.c.seq).where(sequence.c.name == table.name)
        last = int(await connection.scalar(query) or 0)
        return list(range(last + 1, last + 1 + count))
    name = sa.func.pg_get_serial_sequence(table.name, "id")
    number = sa.func.nextval(sa.cast(name, postgresql.REGCLASS()))
    series = sa.func.generate_series(1, count).table_valued("n")
    return [int(one) for one in await connection.scalars(sa.select(number).select_from(series))]


def _written_once(kind: Json, values: Sequence[Any], dialect: sa.Dialect) -> Sequence[Any]:
    """Write JSON values out; rows that say the same share one."""
    texts: dict[int, str | None] = {}
    for value in values:
        if id(value) not in texts:
            texts[id(value)] = kind.process_bind_param(value, dialect)
    return [texts[id(value)] for value in values]


def _bound(compiled: SQLCompiler, name: str) -> Any:
    convert = compiled._bind_processors.get(name)  # the types of Core, as a statement has them
    value = compiled.params[name]
    return convert(value) if callable(convert) else value


def _column(
    column: sa.ColumnClause[Any], values: Sequence[Any], dialect: sa.Dialect
) -> Sequence[Any]:
    """Convert the values of one column, all of them at once where that can be."""
    at_once = converted_at_once(column.type, values)
    if at_once is not None:
        return at_once
    if isinstance(column.type, Json):
        return _written_once(column.type, values, dialect)
    convert: Convert | None = column.type.dialect_impl(dialect).bind_processor(dialect)
    return values if convert is None else [convert(value) for value in values]
