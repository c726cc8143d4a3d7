"""The door to the database: its address, its connections, its one writer, its failures."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, Final, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.util import greenlet_spawn

from bot.errors import SettingsError, StoreError
from bot.store.at_once import Rows, Step, one_by_one, told, transact
from bot.store.compiled import CompiledStatements
from bot.store.one_trip import OneTrip

BUSY_TIMEOUT_SECONDS = 10
"""How long one process waits for another's write on SQLite before it gives up."""
READERS = 4
"""Connections that read at once; on SQLite each is a thread."""
WAL_ATTEMPTS = 20
"""How often the change of a new file to WAL is tried; each waits for the others' transactions."""
MAX_IN_LIST = 1000
"""Values in one IN list: far below every limit, and the statement stays small."""

_WRITING = (
    "page_size=8192",
    "journal_mode=WAL",
    f"cache_size=-{32 * 1024}",
    "wal_autocheckpoint=4000",
)
"""What the writer of an SQLite file asks for: 32 MiB each for pages and for the log. An import
changes pages all over the indexes; with SQLite's usual 2 and 4 MiB each would be written often.
Of articles of two kilobytes a page of SQLite's usual size holds one and stays half empty; an older
file keeps its pages."""

_BEGIN_WRITING: Final = "BEGIN IMMEDIATE"

STATEMENTS: Final = CompiledStatements()
"""What this process has compiled, for all its databases."""
_ALIKE: Final[dict[str, Any]] = {
    "hide_parameters": True,
    "execution_options": {"compiled_cache": STATEMENTS},
}
"""What every engine is told."""

Insert = sqlite.Insert | postgresql.Insert
Row = sa.Row[*tuple[Any, ...]]
Value = TypeVar("Value")


class Database:
    """One database, SQLite or PostgreSQL, behind one set of statements."""

    def __init__(
        self, *, reader: AsyncEngine, writer: AsyncEngine, path: Path | None, name: str
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._one_writer = asyncio.Lock() if path is not None else None
        self.name = name
        """Names it for people, without a password."""
        self.path = path
        """The file of an SQLite database; None on PostgreSQL."""

    @classmethod
    def open(cls, url: str, *, folder: Path) -> Database:
        """Prepare the database at `url`; a relative SQLite path is below `folder`.

        Nothing is connected yet. Raises SettingsError for an address that cannot be used; the
        sentence never repeats the address, for it may hold a password.
        """
        parsed = _parsed(url)
        if parsed.get_backend_name() == "sqlite":
            return cls._open_sqlite(parsed, folder)
        target = _for_asyncpg(parsed)
        engine = create_async_engine(target, pool_pre_ping=True, pool_size=READERS + 1, **_ALIKE)
        port = f":{parsed.port}" if parsed.port else ""
        where = f"the database {parsed.database or ''} on {parsed.host or 'this machine'}{port}"
        return cls(reader=engine, writer=engine, path=None, name=where)

    @classmethod
    def _open_sqlite(cls, url: URL, folder: Path) -> Database:
        if not url.database or url.database == ":memory:" or url.query:
            raise SettingsError(
                ["DATABASE_URL: SQLite needs the name of a file, as in sqlite:///gazette.db"]
            )
        path = folder.absolute() / url.database
        target = URL.create("sqlite+aiosqlite", database=str(path))
        # Without an isolation level the driver begins nothing by itself: we say BEGIN.
        arguments = {"isolation_level": None, "timeout": BUSY_TIMEOUT_SECONDS}
        alike = {**_ALIKE, "module": OneTrip(), "connect_args": arguments}
        writer = create_async_engine(target, pool_size=1, max_overflow=0, **alike)
        reader = create_async_engine(target, pool_size=READERS, **alike)
        # A transaction that reads first and writes later fails at once when another process
        # wrote in between; IMMEDIATE takes the write lock at the start and waits for it.
        _on_sqlite(writer, path, begin=_BEGIN_WRITING, pragmas=_WRITING)
        _on_sqlite(reader, path, begin="BEGIN", pragmas=("query_only=ON",))
        return cls(reader=reader, writer=writer, path=path, name=f"the database {path}")

    @property
    def is_sqlite(self) -> bool:
        """Whether it is a file of this machine."""
        return self.path is not None

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """Look at one moment of the database; nothing can be changed through it on SQLite."""
        with self.told():
            async with self._reader.connect() as connection:
                yield connection

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """Open one transaction: committed at the end of the block, undone by any error.

        On SQLite the writers of this process wait in line for each other, so that none of them
        runs into the busy timeout.
        """
        if self._one_writer is None:
            with self.told():
                async with self._writer.begin() as connection:
                    yield connection
            return
        async with self._one_writer:
            with self.told():
                async with self._writer.begin() as connection:
                    yield connection

    async def write_at_once(self, steps: Sequence[Step]) -> list[Rows]:
        """Run one short transaction, on SQLite in a single trip to its thread.

        Gives the rows of each step; on SQLite as they are stored: no type converts a value.
        """
        if self._one_writer is None:
            async with self.writing() as connection:
                return await one_by_one(connection, steps)
        written_out = [told(step) for step in steps]
        async with self._one_writer:
            with self.told():
                borrowed = await self._writer.raw_connection()
                try:
                    driver: Any = borrowed.driver_connection
                    rows: list[Rows] = await driver._execute(
                        transact, driver._conn, _BEGIN_WRITING, written_out
                    )
                finally:
                    await greenlet_spawn(borrowed.close)
        return rows

    @asynccontextmanager
    async def holding(self) -> AsyncIterator[AsyncConnection]:
        """Keep one connection outside any transaction, for what lives as long as it does.

        The block may be a whole run of the bot: its errors pass through as they are.
        """
        with self.told():
            connection = await self._reader.connect()
            await connection.execution_options(isolation_level="AUTOCOMMIT")
        try:
            yield connection
        finally:
            with self.told():
                await connection.close()

    async def close(self) -> None:
        """Close every connection."""
        await self._reader.dispose()
        if self._writer is not self._reader:
            await self._writer.dispose()

    def insert(self, table: sa.Table) -> Insert:
        """Begin an INSERT that may say ON CONFLICT."""
        return sqlite.insert(table) if self.is_sqlite else postgresql.insert(table)

    @contextmanager
    def told(self) -> Iterator[None]:
        """Turn failures of the database and its drivers into StoreError."""
        try:
            yield
        except (sa.exc.SQLAlchemyError, sqlite3.Error, OSError) as error:
            raise StoreError(f"{self.name} {_sentence(error)}") from error


def in_parts(values: Sequence[Value], size: int = MAX_IN_LIST) -> Iterator[Sequence[Value]]:
    """Cut a sequence into runs of at most `size`."""
    return (values[start : start + size] for start in range(0, len(values), size))


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url)
    except (sa.exc.ArgumentError, ValueError):
        parsed = None
    backend = parsed.drivername.partition("+")[0] if parsed is not None else ""
    if parsed is None or backend not in ("sqlite", "postgresql", "postgres"):
        raise SettingsError(
            [
                "DATABASE_URL: not an address such as sqlite:///gazette.db"
                " or postgresql://user:password@host/name"
            ]
        )
    return parsed.set(drivername="sqlite" if backend == "sqlite" else "postgresql")


def _for_asyncpg(url: URL) -> URL:
    """Name the driver, and say `sslmode`, PostgreSQL's usual word, as the driver does."""
    query = dict(url.query)
    mode = query.pop("sslmode", None)
    if mode is not None:
        query["ssl"] = mode
    return url.set(drivername="postgresql+asyncpg", query=query)


def _on_sqlite(engine: AsyncEngine, path: Path, *, begin: str, pragmas: Iterable[str]) -> None:
    """Say what every connection of an SQLite engine begins with."""
    settings = ("synchronous=FULL", "foreign_keys=ON", *pragmas)

    @sa.event.listens_for(engine.sync_engine, "do_connect")
    def _connecting(*_: object) -> None:
        # The driver's thread reports a file that cannot be opened also after the loop has ended,
        # as an error that nobody can catch: better to know before.
        if not path.parent.is_dir():
            raise StoreError(f"the database {path} cannot be opened: its folder is missing")
        if path.exists() and not os.access(path, os.R_OK | os.W_OK):
            raise StoreError(f"the database {path} cannot be opened: it belongs to somebody else")

    @sa.event.listens_for(engine.sync_engine, "connect")
    def _connected(connection: DBAPIConnection, _record: object) -> None:
        try:
            for setting in settings:
                _set(connection, setting)
        except BaseException:
            connection.close()  # the pool does not know it yet
            raise

    @sa.event.listens_for(engine.sync_engine, "begin")
    def _begun(connection: sa.Connection) -> None:
        connection.exec_driver_sql(begin)


def _set(connection: DBAPIConnection, setting: str) -> None:
    """Make a setting of a connection.

    The change to WAL does not wait for other connections as everything else does; a transaction
    that does nothing waits for it.
    """
    cursor = connection.cursor()
    try:
        for _ in range(WAL_ATTEMPTS):
            try:
                cursor.execute(f"PRAGMA {setting}")
                return
            except sqlite3.OperationalError as error:
                if "locked" not in str(error):
                    raise
            cursor.execute("BEGIN EXCLUSIVE")
            cursor.execute("COMMIT")
        cursor.execute(f"PRAGMA {setting}")
    finally:
        cursor.close()


def _sentence(error: Exception) -> str:
    """Say what a failure means, without statements, values or passwords."""
    cause = getattr(error, "orig", None) or error
    text = str(cause).casefold()
    for sign, meaning in _MEANINGS.items():
        if sign in text:
            return meaning
    if isinstance(cause, OSError) or getattr(error, "connection_invalidated", False):
        return "cannot be reached"
    if isinstance(error, sa.exc.IntegrityError | sqlite3.IntegrityError):
        return "refused a change that contradicts what it holds"
    return f"failed ({type(cause).__name__})"


_MEANINGS = {
    "database is locked": "is locked by another process",
    "disk is full": "cannot grow: the disk is full",
    "unable to open": "cannot be opened: the folder is missing or not ours",
    "readonly": "cannot be written: it is read-only",
    "not a database": "is not an SQLite file",
    "malformed": "is damaged",
    "no such table": "has no tables of this version: run `gazette migrate`",
    'relation "': "has no tables of this version: run `gazette migrate`",
    "password authentication": "refuses the user name or the password",
    "does not exist": "or the user it is asked for does not exist",
    "too many connections": "has no connection left",
}
