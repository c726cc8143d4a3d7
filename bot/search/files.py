"""The index's file: its tables, its connections, and what happens when it is damaged.

An article's number is the seconds of its date « 20 plus some bits of its path: walking the
numbers downwards gives the newest first without sorting, in FTS5 too.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock, RLock

import Stemmer  # type: ignore[import-not-found]

from bot.errors import StoreError
from bot.search.manners import Manners

VERSION = f"6 {Stemmer.version()}"
"""The form of these tables and of the words in them; another one means: begin anew."""
NUMBER_BITS = 20
CACHE = -8_000
"""KiB, negative: SQLite's way to say so."""
MAPPED = 2**31
PAGE = 8192
LONGEST_WAL = 64 * 2**20
DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}

_SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE article (
    number INTEGER PRIMARY KEY,
    path_key INTEGER NOT NULL,
    story INTEGER NOT NULL,
    worth INTEGER NOT NULL,
    log_heat REAL,
    is_double INTEGER NOT NULL DEFAULT 0,
    head TEXT NOT NULL,
    keys BLOB NOT NULL,
    path BLOB NOT NULL,
    topics TEXT NOT NULL,
    digest INTEGER NOT NULL
);
CREATE UNIQUE INDEX article_by_path ON article (path_key);
CREATE INDEX article_double ON article (number) WHERE is_double;
CREATE INDEX article_by_topics ON article (topics) WHERE topics <> '' AND NOT is_double;
CREATE TABLE words (number INTEGER PRIMARY KEY, language TEXT NOT NULL, packed NOT NULL);
CREATE TABLE event (key INTEGER, number INTEGER, PRIMARY KEY (key, number)) WITHOUT ROWID;
CREATE TABLE day (day INTEGER PRIMARY KEY, articles INTEGER NOT NULL);
CREATE TABLE language (code TEXT PRIMARY KEY, articles INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE word (word TEXT, stem TEXT, PRIMARY KEY (word, stem)) WITHOUT ROWID;
CREATE INDEX word_by_stem ON word (stem);
CREATE TABLE part (part INTEGER, word TEXT, PRIMARY KEY (part, word)) WITHOUT ROWID;
CREATE VIRTUAL TABLE text USING fts5(
    title, body, marks, content = '', columnsize = 0, tokenize = 'ascii'
);
"""


class File:
    """Hands out connections: to a file one writer and as many readers as ask at once.

    Readers of a file see the last commit while the writer works (WAL). An index in memory has
    one connection for all, one at a time.
    """

    def __init__(self, path: Path | None) -> None:
        self.manners = Manners()
        self._path = path
        self._writing = RLock()
        self._guard = Lock()
        self._idle: list[sqlite3.Connection] = []
        self._age = 0
        with _translated():
            self._writer = _opened(path)

    @property
    def age(self) -> int:
        """Tell one file from the one that took its place."""
        return self._age

    def close(self) -> None:
        """Close every connection that is not in use; a file stays."""
        with self._writing:
            self._forget_readers()
            self._writer.close()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection for one answer, all of it from the same state of the index."""
        if self._path is None:
            with self._writing, _translated():
                yield self._writer
            return
        with self._mending(), self.manners.asking():
            connection, age = self._lent()
            try:
                connection.execute("BEGIN")
                yield connection
            finally:
                with suppress(sqlite3.Error):
                    connection.rollback()
                self._take_back(connection, age)

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Lend the writing connection for one transaction; all or nothing."""
        with self._writing, self._mending():
            self._writer.execute("BEGIN IMMEDIATE")
            with self._writer:
                yield self._writer

    @contextmanager
    def _mending(self) -> Iterator[None]:
        """Begin anew when the file turns out to be damaged, and say so once as an error."""
        try:
            yield
        except sqlite3.DatabaseError as error:
            # The low byte is the kind; FTS5 reports damage as SQLITE_CORRUPT_VTAB.
            if self._path is not None and _code(error) & 0xFF in DAMAGED:
                with _translated():
                    self._begin_anew(self._path)
                raise StoreError("search index: damaged; it begins anew") from error
            raise StoreError(f"search index: {error}") from error

    def _begin_anew(self, path: Path) -> None:
        with self._writing:
            self._forget_readers()
            self._writer.close()
            _discard(path)
            self._writer = _opened(path)

    def _forget_readers(self) -> None:
        with self._guard:
            self._age += 1
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def _lent(self) -> tuple[sqlite3.Connection, int]:
        with self._guard:
            if self._idle:
                return self._idle.pop(), self._age
            age = self._age
        return _connected(self._path), age

    def _take_back(self, connection: sqlite3.Connection, age: int) -> None:
        with self._guard:
            if age == self._age:
                self._idle.append(connection)
                return
        connection.close()


def _code(error: sqlite3.Error) -> int:
    return getattr(error, "sqlite_errorcode", 0) or 0


def _opened(path: Path | None) -> sqlite3.Connection:
    try:
        return _prepared(path)
    except sqlite3.DatabaseError as error:
        if path is None or isinstance(error, sqlite3.OperationalError):
            raise  # locked, not writable: throwing the file away would not help
        _discard(path)
        return _prepared(path)


def _connected(path: Path | None) -> sqlite3.Connection:
    connection = sqlite3.connect(
        ":memory:" if path is None else path,
        isolation_level=None,
        check_same_thread=False,
        timeout=5,
    )
    with _closed_on_error(connection):
        connection.execute(f"PRAGMA cache_size = {CACHE}")
        connection.execute(f"PRAGMA mmap_size = {MAPPED}")
    return connection


def _prepared(path: Path | None) -> sqlite3.Connection:
    connection = _connected(path)
    with _closed_on_error(connection):
        _prepare(connection)
    return connection


@contextmanager
def _closed_on_error(connection: sqlite3.Connection) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error:
        connection.close()
        raise


def _prepare(connection: sqlite3.Connection) -> None:
    connection.execute(f"PRAGMA page_size = {PAGE}")
    # A lost index is rebuilt, so it need not survive a power cut, only our own end.
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute(f"PRAGMA journal_size_limit = {LONGEST_WAL}")
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    if not tables:
        connection.executescript(f"BEGIN IMMEDIATE; {_SCHEMA}")
        connection.execute("INSERT INTO meta VALUES ('version', ?)", (VERSION,))
        connection.execute("COMMIT")
    _require_version(connection)
    connection.execute("SELECT count(*) FROM (SELECT 1 FROM article LIMIT 1)").fetchone()
    connection.execute("SELECT count(*) FROM text WHERE text MATCH '\"a\"'").fetchone()


def _require_version(connection: sqlite3.Connection) -> None:
    known = connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'meta'").fetchone()
    row = known and connection.execute("SELECT value FROM meta WHERE key = 'version'").fetchone()
    if not row or row[0] != VERSION:
        raise sqlite3.DatabaseError("an index of another form")


def _discard(path: Path) -> None:
    for suffix in ("", "-wal", "-shm", "-journal"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise StoreError(f"search index: {error}") from error
