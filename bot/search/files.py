"""The index's file: its tables, its connections, and what happens when it is lost.

An article's number is the seconds of its date « 20 plus some bits of its path: walking the
numbers downwards gives the newest first without sorting. FTS5 walks upwards, twice as fast: in
the table of words an article stands in the row LAST_NUMBER - number.
"""

from __future__ import annotations

import logging
import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock, RLock

import Stemmer  # type: ignore[import-not-found]

from bot.errors import IndexLost, StoreError
from bot.search.manners import Manners

logger = logging.getLogger(__name__)

VERSION = f"11 {Stemmer.version()}"
"""The form of these tables and of the words in them; another one means: begin anew."""
NUMBER_BITS = 20
LAST_NUMBER = 2**62
"""No number is larger."""
CACHE = -8_000
WRITING_CACHE = -32_000
"""KiB, negative: SQLite's way to say so. A batch changes pages all over the index."""
MOST_LOGGED = 2_000
"""Pages in the log of changes before they are moved into the file, each only once."""
MAPPED = 2**31
PAGE = 16384
LONGEST_WAL = 64 * 2**20
DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
DAMAGED_WORDS = ("decode to UTF-8", "invalid fts5 file format", "no such table", "no such column")
"""What SQLite says of damage without a number for it; what we ask for is always there."""
UNWRITABLE = {
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_CANTOPEN,
}
BOOT = Path("/proc/sys/kernel/random/boot_id")
"""Names the time since the machine was switched on; not every system has it."""

# Articles come in the order of paths and stand in that of dates: a batch changes pages all over
# that table. What only serves to forget them again is kept apart, in the order in which it came;
# FTS5 keeps no text of its own.
_SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE article (
    number INTEGER PRIMARY KEY,
    story INTEGER NOT NULL,
    worth INTEGER NOT NULL,
    log_heat REAL,
    is_double INTEGER NOT NULL DEFAULT 0,
    head TEXT NOT NULL,
    keys BLOB NOT NULL,
    path BLOB NOT NULL,
    topics TEXT NOT NULL
);
CREATE TABLE kept (
    id INTEGER PRIMARY KEY,
    number INTEGER NOT NULL,
    path_key INTEGER NOT NULL,
    digest INTEGER NOT NULL,
    language TEXT NOT NULL,
    title TEXT NOT NULL,
    body TEXT NOT NULL,
    marks TEXT NOT NULL
);
CREATE UNIQUE INDEX kept_by_path ON kept (path_key);
CREATE INDEX article_double ON article (number) WHERE is_double;
CREATE INDEX article_by_topics ON article (topics) WHERE topics <> '' AND NOT is_double;
CREATE TABLE event (key INTEGER, number INTEGER, PRIMARY KEY (key, number)) WITHOUT ROWID;
CREATE TABLE day (day INTEGER PRIMARY KEY, articles INTEGER NOT NULL);
CREATE TABLE language (code TEXT PRIMARY KEY, articles INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE topic (name BLOB PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE word (word TEXT, stem TEXT, PRIMARY KEY (word, stem)) WITHOUT ROWID;
CREATE INDEX word_by_stem ON word (stem);
CREATE TABLE fresh (
    id INTEGER PRIMARY KEY, length INTEGER NOT NULL, count INTEGER NOT NULL, words TEXT NOT NULL
);
CREATE TABLE part (part INTEGER, word TEXT, PRIMARY KEY (part, word)) WITHOUT ROWID;
CREATE VIRTUAL TABLE text USING fts5(
    title, body, marks, content = '', columnsize = 0, tokenize = 'ascii'
);
INSERT INTO text (text, rank) VALUES ('hashsize', 8000000);
"""


class File:
    """Hands out connections: to a file one writer and as many readers as ask at once.

    Readers of a file see the last commit while the writer works (WAL). An index in memory has
    one connection for all, one at a time. `form` names what else than these tables decides on the
    content: a file of another form begins anew. So does one that is damaged, while it is open too;
    where it cannot be written any more the index goes on in memory. IndexLost says so once.
    """

    def __init__(self, path: Path | None, *, form: str = "") -> None:
        self.manners = Manners()
        self._path = path
        self._form = f"{VERSION} {form}"
        self._writing = RLock()
        self._guard = Lock()
        self._idle: list[sqlite3.Connection] = []
        self._age = 0
        self._was_damaged = False
        with _translated():
            self._writer = _opened(path, self._form)
            self._place = _place(path)

    @property
    def age(self) -> int:
        """Tell one file from the one that took its place."""
        return self._age

    def close(self) -> None:
        """Close every connection that is not in use; a file stays."""
        with self._writing:
            self._forget_readers()
            if self._path is not None:
                with suppress(sqlite3.Error):
                    _leave_in_order(self._writer)
            self._writer.close()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection for one answer, all of it from the same state of the index."""
        path = self._path
        if path is None:
            with self._writing, _translated():
                yield self._writer
            return
        with self._mending(), self.manners.asking():
            connection, age = self._lent(path)
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
            self._require_place()
            self._writer.execute("BEGIN IMMEDIATE")
            with self._writer:
                yield self._writer

    def begin_anew(self) -> None:
        """Throw everything away."""
        with self._writing, _translated():
            self._replace_by(self._path)

    @contextmanager
    def _mending(self) -> Iterator[None]:
        """Begin anew when the file turns out to be lost, and say so once as an error."""
        age = self._age
        try:
            yield
        except (sqlite3.DatabaseError, UnicodeDecodeError, zlib.error) as error:
            is_damaged = _is_damage(error)
            if self._path is None or not (is_damaged or _code(error) in UNWRITABLE):
                raise StoreError(f"search index: {error}") from error
            with _translated():
                self._give_up(age, is_damaged=is_damaged, why=str(error))
            raise IndexLost(f"search index: {error}; it begins anew") from error

    def _give_up(self, age: int, *, is_damaged: bool, why: str) -> None:
        with self._writing:
            if age != self._age:
                return  # somebody else has met the same
            where = {"path": str(self._path), "why": why}
            if is_damaged and not self._was_damaged:
                self._was_damaged = True  # a disk that damages it again is not asked for more
                logger.warning("the search index is damaged and begins anew", extra=where)
                with suppress(sqlite3.Error, OSError):
                    self._replace_by(self._path)
                    return
            logger.warning("the search index goes on in memory, not in its file", extra=where)
            self._replace_by(None)

    def _replace_by(self, path: Path | None) -> None:
        """Begin an empty index, in a file or in memory, in place of the one that there is."""
        self._forget_readers()
        self._writer.close()
        if path is not None:
            _discard(path)
        self._path = path
        self._writer = _opened(path, self._form)
        self._place = _place(path)

    def _forget_readers(self) -> None:
        with self._guard:
            self._age += 1
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def _lent(self, path: Path) -> tuple[sqlite3.Connection, int]:
        with self._guard:
            if self._idle:
                return self._idle.pop(), self._age
            age = self._age
        self._require_place()
        return _connected(path), age

    def _take_back(self, connection: sqlite3.Connection, age: int) -> None:
        with self._guard:
            if age == self._age:
                self._idle.append(connection)
                return
        connection.close()

    def _require_place(self) -> None:
        """Treat a file that was deleted or exchanged under us as damaged."""
        if self._place != _place(self._path):
            error = sqlite3.DatabaseError("its file is gone")
            error.sqlite_errorcode = sqlite3.SQLITE_NOTADB
            raise error


def _discard(path: Path) -> None:
    """Remove an index's file, and what SQLite keeps beside it."""
    for suffix in ("", "-wal", "-shm", "-journal"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def _is_damage(error: Exception) -> bool:
    """Whether the tables cannot hold what we have written: SQLite says so, or their content does.

    A text that is no UTF-8 and a row that must not be there are signs of it, too.
    """
    if isinstance(error, UnicodeDecodeError | zlib.error | sqlite3.IntegrityError):
        return True
    return _code(error) in DAMAGED or any(words in str(error) for words in DAMAGED_WORDS)


def _code(error: Exception) -> int:
    """Give the kind of an error: its low byte. FTS5 reports damage as SQLITE_CORRUPT_VTAB."""
    return (getattr(error, "sqlite_errorcode", 0) or 0) & 0xFF


def _place(path: Path | None) -> tuple[int, int] | None:
    """Tell one file from another of the same name."""
    if path is None:
        return None
    with suppress(OSError):
        status = path.stat()
        return status.st_dev, status.st_ino
    return None


def _opened(path: Path | None, form: str) -> sqlite3.Connection:
    try:
        return _prepared(path, form)
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
        # Nobody has asked anything yet: a plain error is a table that is not as we made it. Where
        # the file is locked or not writable it would not help to throw it away.
        is_ours = _is_damage(error) or _code(error) == sqlite3.SQLITE_ERROR
        if path is None or (isinstance(error, sqlite3.OperationalError) and not is_ours):
            raise
        logger.info("the search index begins anew", extra={"why": str(error)})
        _discard(path)
        return _prepared(path, form)


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


def _prepared(path: Path | None, form: str) -> sqlite3.Connection:
    connection = _connected(path)
    with _closed_on_error(connection):
        _prepare(connection, form)
    return connection


@contextmanager
def _closed_on_error(connection: sqlite3.Connection) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error:
        connection.close()
        raise


def _prepare(connection: sqlite3.Connection, form: str) -> None:
    boot = _boot()
    connection.execute(f"PRAGMA page_size = {PAGE}")
    # A lost index is rebuilt, so it need not survive a power cut, only our own end: what a cut
    # leaves is told by the time of its opening, where the system names it.
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute(f"PRAGMA synchronous = {'OFF' if boot else 'NORMAL'}")
    connection.execute(f"PRAGMA journal_size_limit = {LONGEST_WAL}")
    connection.execute(f"PRAGMA cache_size = {WRITING_CACHE}")
    connection.execute(f"PRAGMA wal_autocheckpoint = {MOST_LOGGED}")
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    if not tables:
        connection.executescript(f"BEGIN IMMEDIATE; {_SCHEMA}")
        connection.execute("INSERT INTO meta VALUES ('form', ?)", (form,))
        connection.execute("COMMIT")
    _require(connection, form, boot)
    connection.execute("SELECT count(*) FROM (SELECT 1 FROM article LIMIT 1)").fetchone()
    connection.execute("SELECT rowid FROM text WHERE text MATCH '\"a\"' LIMIT 1").fetchone()
    connection.execute("INSERT OR REPLACE INTO meta VALUES ('opened', ?)", (boot,))


def _require(connection: sqlite3.Connection, form: str, boot: str) -> None:
    known = connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'meta'").fetchone()
    said = dict(connection.execute("SELECT key, value FROM meta").fetchall()) if known else {}
    if said.get("form") != form:
        raise sqlite3.DatabaseError("an index of another form")
    if said.get("opened", boot) != boot:
        raise sqlite3.DatabaseError("the machine went down while it was open")


def _leave_in_order(connection: sqlite3.Connection) -> None:
    """Bring everything to the disk, and note that nothing is left to lose."""
    connection.execute("PRAGMA synchronous = FULL")
    (is_blocked, _, _) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if not is_blocked:
        connection.execute("DELETE FROM meta WHERE key = 'opened'")


def _boot() -> str:
    with suppress(OSError):
        return BOOT.read_text(encoding="ascii").strip()
    return ""


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise StoreError(f"search index: {error}") from error
