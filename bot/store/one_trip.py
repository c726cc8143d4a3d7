"""SQLite's driver with one trip to its thread for a statement, where it makes four.

aiosqlite keeps each connection in a thread. SQLAlchemy asks there for a cursor, has it execute,
fetches the rows and closes the cursor, each time waiting for the thread: for short statements that
costs more than the statement. Here the whole of it is one call. What else a connection does, and
cursors of the server's side, go SQLAlchemy's own way.
"""

from __future__ import annotations

import collections
import sqlite3
from typing import Any

import aiosqlite
from sqlalchemy.connectors.asyncio import AsyncAdapt_dbapi_connection
from sqlalchemy.dialects.sqlite.aiosqlite import (
    AsyncAdapt_aiosqlite_connection,
    AsyncAdapt_aiosqlite_cursor,
    AsyncAdapt_aiosqlite_dbapi,
)


class _Cursor(AsyncAdapt_aiosqlite_cursor):
    """Holds what a statement gave; there is nothing behind it that stays open."""

    __slots__ = ("_description", "_lastrowid", "_rowcount", "arraysize")

    def __init__(self, adapt_connection: AsyncAdapt_dbapi_connection) -> None:
        # Not the base's: it would open a cursor at once.
        self._adapt_connection = adapt_connection
        self._connection = adapt_connection._connection
        self._rows = collections.deque()
        self._description: Any = None
        self._rowcount = -1
        self._lastrowid: Any = None
        self.arraysize = 1

    @property
    def description(self) -> Any:
        """The columns of the rows; None when there are none."""
        return self._description

    @property
    def rowcount(self) -> int:
        """How many rows were changed; -1: not known."""
        return self._rowcount

    @property
    def lastrowid(self) -> Any:
        """The key of the last row that was inserted."""
        return self._lastrowid

    def close(self) -> None:
        """Forget the rows that were not asked for."""
        self._rows.clear()

    async def _async_soft_close(self) -> None:
        """Nothing is open."""

    async def _execute_async(self, operation: Any, parameters: Any) -> None:
        await self._at_once("execute", operation, () if parameters is None else parameters)

    async def _executemany_async(self, operation: Any, seq_of_parameters: Any) -> None:
        await self._at_once("executemany", operation, seq_of_parameters)

    async def _at_once(self, how: str, operation: str, parameters: Any) -> None:
        connection: Any = self._connection
        async with self._adapt_connection._execute_mutex:
            done = await connection._execute(_run, connection._conn, how, operation, parameters)
        self._description, self._rowcount, self._lastrowid, rows = done
        self._rows = collections.deque(rows)


def _run(connection: sqlite3.Connection, how: str, operation: str, parameters: Any) -> Any:
    """Say one statement, in the connection's thread."""
    cursor = connection.cursor()
    try:
        getattr(cursor, how)(operation, parameters)
        rows = cursor.fetchall() if cursor.description else ()
        return cursor.description, cursor.rowcount, cursor.lastrowid, rows
    finally:
        cursor.close()


class _Connection(AsyncAdapt_aiosqlite_connection):
    __slots__ = ()

    _cursor_cls = _Cursor

    def rollback(self) -> None:
        """Undo what was begun; SQLAlchemy asks for it also where nothing was."""
        connection: Any = self._connection
        if connection._connection is not None and connection.in_transaction:
            super().rollback()


class OneTrip(AsyncAdapt_aiosqlite_dbapi):
    """What `create_async_engine` takes as `module`."""

    def __init__(self) -> None:
        super().__init__(aiosqlite, sqlite3)

    def connect(self, *args: Any, **options: Any) -> AsyncAdapt_aiosqlite_connection:
        """Connect as the driver does."""
        made = super().connect(*args, **options)
        return _Connection(self, made._connection)
