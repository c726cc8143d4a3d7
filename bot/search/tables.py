"""The index's tables: SQLite with FTS5, in memory or in a disposable file.

An article's number is the seconds of its date « 20 plus a running number: walking the numbers
downwards gives the newest first without sorting, in FTS5 too.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.domain.article import Article, StoryKey
from bot.domain.topic import folded
from bot.errors import StoreError
from bot.search.expressions import MARK, topic_mark
from bot.search.ranking import Row
from bot.search.words import indexed, plain

VERSION = 1
"""Counts the forms of these tables and of the words in them; another one means: begin anew."""
NUMBER_BITS = 20
NUMBER_MASK = (1 << NUMBER_BITS) - 1
LATEST_SECOND = 2**42
CACHE = -8_000
"""KiB, negative: SQLite's way to say so."""

_SCHEMA = f"""
CREATE TABLE article (
    number INTEGER PRIMARY KEY,
    path BLOB NOT NULL UNIQUE,
    story_key BLOB NOT NULL,
    dated_at INTEGER,
    heat INTEGER,
    topics TEXT NOT NULL
);
CREATE VIRTUAL TABLE text USING fts5(
    title, topics, excerpt, provider, body, marks, tokenize = 'ascii', prefix = '3'
);
CREATE VIRTUAL TABLE vocabulary USING fts5vocab(text, 'row');
PRAGMA user_version = {VERSION};
"""
# Title, topics, excerpt, provider, body; the marks count by themselves (`ranking.relevance`).
_MATCHES = """
SELECT a.number, a.path, a.story_key, a.dated_at, a.heat,
       -bm25(text, 10.0, 5.0, 3.0, 2.0, 1.0, 0.0)
  FROM text JOIN article a ON a.number = text.rowid
 WHERE text MATCH ?
 ORDER BY text.rowid DESC
 LIMIT ?
"""
_NUMBERS = "SELECT rowid FROM text WHERE text MATCH ? ORDER BY rowid DESC LIMIT ?"
_NEWEST = """
SELECT number, path, story_key, dated_at, heat
  FROM article
 WHERE number < ?
 ORDER BY number DESC
"""
_HEATED = """
SELECT number, path, story_key, dated_at, heat
  FROM article
 WHERE heat > 0
 ORDER BY number DESC
 LIMIT ?
"""


class Tables:
    """The statements; raises StoreError when SQLite fails. Not locked: the index does that."""

    def __init__(self, path: Path | None) -> None:
        with _translated():
            self._connection = _opened(path)
        self._next = self.article_count()

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def replace(self, articles: Collection[Article], *, gone: Iterable[str]) -> None:
        """Take in articles with distinct paths and forget others, in one transaction."""
        found = sorted(
            (article for article in articles if _can_be_found(article)),
            key=lambda article: (_second(article), article.path),
        )
        with _translated(), self._connection as connection:
            connection.execute("BEGIN IMMEDIATE")
            for path in (*gone, *(article.path for article in articles)):
                self._forget(path)
            for article in found:
                self._add(article)

    def article_count(self) -> int:
        """Count the articles."""
        return self._count("SELECT count(*) FROM article")

    def story_count(self, *, until: int | None = None) -> int:
        """Count the stories dated up to a second."""
        return self._count(
            "SELECT count(DISTINCT story_key) FROM article WHERE number < ?", _end(until)
        )

    def match_count(self, expression: str) -> int:
        """Count the articles that match an expression."""
        return self._count("SELECT count(*) FROM text WHERE text MATCH ?", expression)

    def matches(self, expression: str, *, limit: int) -> tuple[Row, ...]:
        """Give the articles that match, the newest first."""
        with _translated():
            return tuple(_row(r) for r in self._connection.execute(_MATCHES, (expression, limit)))

    def numbers(self, expression: str, *, limit: int) -> tuple[int, ...]:
        """Give the numbers of the articles that match, the newest first."""
        with _translated():
            return tuple(n for (n,) in self._connection.execute(_NUMBERS, (expression, limit)))

    def newest(self, *, stories: int, until: int | None = None) -> tuple[Row, ...]:
        """Give the newest articles, as many as hold that many stories."""
        rows: list[Row] = []
        keys: set[StoryKey] = set()
        with _translated():
            for values in self._connection.execute(_NEWEST, (_end(until),)):
                row = _row(values)
                keys.add(row.story_key)
                if len(keys) > stories:
                    break
                rows.append(row)
        return tuple(rows)

    def heated(self, *, limit: int) -> tuple[Row, ...]:
        """Give the articles with any heat, the newest first."""
        with _translated():
            return tuple(_row(values) for values in self._connection.execute(_HEATED, (limit,)))

    def filed(self, *, since: int | None) -> tuple[tuple[bytes, str], ...]:
        """Give story key and folded topic names, one a line, of the articles dated since."""
        start = 0 if since is None else max(since, 0) << NUMBER_BITS
        with _translated():
            return tuple(
                self._connection.execute(
                    "SELECT story_key, topics FROM article WHERE number >= ? AND topics <> ''",
                    (start,),
                )
            )

    def words_between(self, first: str, end: str) -> tuple[str, ...]:
        """Give the indexed words from `first` to before `end`."""
        with _translated():
            return tuple(
                word
                for (word,) in self._connection.execute(
                    "SELECT term FROM vocabulary WHERE term >= ? AND term < ?", (first, end)
                )
            )

    def words(self) -> dict[str, int]:
        """Give every indexed word with the number of articles that hold it."""
        with _translated():
            return {
                word: count
                for word, count in self._connection.execute("SELECT term, doc FROM vocabulary")
                if not word.startswith(MARK)
            }

    def _count(self, statement: str, *values: object) -> int:
        with _translated():
            count: int = self._connection.execute(statement, values).fetchone()[0]
        return count

    def _forget(self, path: str) -> None:
        found = self._connection.execute(
            "DELETE FROM article WHERE path = ? RETURNING number", (_bytes(path),)
        ).fetchall()
        self._connection.executemany("DELETE FROM text WHERE rowid = ?", found)

    def _add(self, article: Article) -> None:
        names = dict.fromkeys(folded(_clean(name)) for name in article.topics)
        names.pop("", None)
        number = self._free_number(_second(article))
        self._connection.execute(
            "INSERT INTO article VALUES (?, ?, ?, ?, ?, ?)",
            (
                number,
                _bytes(article.path),
                _bytes(article.story_key),
                None if article.dated_at is None else _second(article),
                None if article.heat is None else max(min(article.heat, 10**9), -(10**9)),
                "\n".join(" ".join(name.split()) for name in names),
            ),
        )
        self._connection.execute(
            "INSERT INTO text (rowid, title, topics, excerpt, provider, body, marks)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                number,
                indexed(article.title),
                indexed(" . ".join(article.topics)),
                indexed(article.excerpt),
                indexed(article.source or ""),
                indexed(plain(article.body)),
                " ".join(topic_mark(name) for name in names),
            ),
        )

    def _free_number(self, second: int) -> int:
        self._next += 1
        number = (second << NUMBER_BITS) | (self._next & NUMBER_MASK)
        while self._connection.execute(
            "SELECT 1 FROM article WHERE number = ?", (number,)
        ).fetchone():
            number += 1
        return number


def _can_be_found(article: Article) -> bool:
    return bool(article.title.strip()) and article.link is not None and not article.is_removed


def _second(article: Article) -> int:
    """Give the date in seconds since 1970; 0 without one, or before."""
    if article.dated_at is None:
        return 0
    return min(max(int(article.dated_at.timestamp()), 0), LATEST_SECOND)


def _end(until: int | None) -> int:
    return 2**63 - 1 if until is None else (max(until, 0) + 1) << NUMBER_BITS


def _row(values: tuple[int, bytes, bytes, int | None, int | None, *tuple[float, ...]]) -> Row:
    number, path, story_key, dated_at, heat, *text = values
    return Row(
        number=number,
        path=path.decode("utf-8", "surrogatepass"),
        story_key=StoryKey(story_key.decode("utf-8", "surrogatepass")),
        dated_at=dated_at,
        heat=heat,
        text=max(text[0], 0.0) if text else 0.0,
    )


def _bytes(text: str) -> bytes:
    """File names need not be UTF-8; SQLite's texts must be."""
    return text.encode("utf-8", "surrogatepass")


def _clean(name: str) -> str:
    return name.encode(errors="replace").decode()


def _opened(path: Path | None) -> sqlite3.Connection:
    if path is None:
        return _prepared(_connected(":memory:"))
    connection = _connected(path)
    try:
        return _prepared(connection)
    except sqlite3.DatabaseError as error:
        connection.close()
        if isinstance(error, sqlite3.OperationalError):
            raise  # locked, not writable: throwing the file away would not help
        _discard(path)
        return _prepared(_connected(path))


def _connected(path: Path | str) -> sqlite3.Connection:
    return sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=5)


def _prepared(connection: sqlite3.Connection) -> sqlite3.Connection:
    connection.execute(f"PRAGMA cache_size = {CACHE}")
    # A lost index is rebuilt, so it need not survive a power cut, only our own end.
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = OFF")
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    if tables and version != VERSION:
        raise sqlite3.DatabaseError(f"an index of form {version}")
    if not tables:
        connection.executescript(_SCHEMA)
    connection.execute("SELECT count(*) FROM article").fetchone()
    return connection


def _discard(path: Path) -> None:
    for suffix in ("", "-wal", "-shm", "-journal"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise StoreError(f"search index: {error}") from error
