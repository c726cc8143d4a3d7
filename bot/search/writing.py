"""Writing: articles in, articles out, one transaction for a batch."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from bot.search.files import LAST_NUMBER, NUMBER_BITS
from bot.search.manners import Manners
from bot.search.prepared import Prepared, hashed, number_of
from bot.search.rows import damaged
from bot.search.vocabulary import as_json

DAY = 86_400
MOST_NEIGHBOURS = 4096

_DOUBLES = """
UPDATE article SET is_double = NOT is_double WHERE number IN (
    SELECT number FROM (
        SELECT a.number, a.is_double, min(a.number) OVER (PARTITION BY a.story) AS first
          FROM json_each(?) CROSS JOIN event e ON e.key = value
               CROSS JOIN article a ON a.number = e.number AND a.story = e.key)
     WHERE (number <> first) <> is_double)
"""


@dataclass(frozen=True, slots=True)
class _Known:
    kept: int
    number: int
    digest: int
    story: int


@dataclass(slots=True)
class _Changes:
    """What a batch adds to the counts."""

    days: Counter[int] = field(default_factory=Counter)
    languages: Counter[str] = field(default_factory=Counter)
    stories: set[int] = field(default_factory=set)


class Batch:
    """One batch on its way into the tables; used once."""

    def __init__(self, connection: sqlite3.Connection, manners: Manners) -> None:
        self._connection = connection
        self._manners = manners
        self._changes = _Changes()

    def write(self, articles: Collection[Prepared], gone: Iterable[str]) -> None:
        """Take in articles of distinct paths in place of what was known, and forget others."""
        path_keys = {article.path_key for article in articles} | {hashed(path) for path in gone}
        known = self._known(path_keys)
        here = {article.path_key for article in articles}
        same: list[tuple[int, Prepared]] = []
        new: list[Prepared] = []
        lost = [known[path_key] for path_key in known.keys() - here]
        for article in articles:
            before = known.get(article.path_key)
            if before and _is_same(before, article):
                same.append((before.number, article))
                self._changes.stories |= {before.story, article.story}
                continue
            if before:
                lost.append(before)
            new.append(article)
        self._forget(sorted(lost, key=lambda row: row.number))
        self._refresh(same)
        self._add(new)
        self._heat(articles)
        self._count()

    def _known(self, path_keys: Collection[int]) -> dict[int, _Known]:
        rows = self._connection.execute(
            "SELECT path_key, id, number, digest, story FROM kept JOIN article USING (number)"
            " WHERE path_key IN (SELECT value FROM json_each(?))",
            (as_json(path_keys),),
        )
        return {path_key: _Known(*values) for path_key, *values in rows}

    def _forget(self, rows: Sequence[_Known]) -> None:
        if not rows:
            return
        numbers = as_json(row.number for row in rows)
        chosen = "number IN (SELECT value FROM json_each(?))"
        ids = as_json(row.kept for row in rows)
        kept = self._connection.execute(
            "SELECT language, number, title, body, marks FROM kept"
            " WHERE id IN (SELECT value FROM json_each(?))",
            (ids,),
        ).fetchall()
        for language, number, *_ in kept:
            self._tally(number, language, sign=-1)
        self._write_all(
            "INSERT INTO text (text, rowid, title, body, marks) VALUES ('delete', ?, ?, ?, ?)",
            sorted([(LAST_NUMBER - number, *words) for _, number, *words in kept]),
        )
        self._connection.execute(
            "DELETE FROM kept WHERE id IN (SELECT value FROM json_each(?))", (ids,)
        )
        self._forget_events(numbers)
        self._connection.execute(f"DELETE FROM article WHERE {chosen}", (numbers,))  # noqa: S608
        self._changes.stories |= {row.story for row in rows}

    def _forget_events(self, numbers: str) -> None:
        rows = self._connection.execute(
            "SELECT number, keys FROM article WHERE number IN (SELECT value FROM json_each(?))",
            (numbers,),
        ).fetchall()
        self._write_all(
            "DELETE FROM event WHERE key = ? AND number = ?",
            [(key, number) for number, keys in rows for key in unpacked_keys(keys)],
        )

    def _write_all(self, statement: str, rows: Sequence[tuple[object, ...]]) -> None:
        for part in self._manners.in_parts(rows):
            self._connection.executemany(statement, part)

    def _refresh(self, rows: Sequence[tuple[int, Prepared]]) -> None:
        """Take in what may change without a word of the text: heat, quality, related pages."""
        numbers = as_json(number for number, _ in rows)
        if not rows:
            return
        before = dict(
            self._connection.execute(
                "SELECT number, keys FROM article WHERE number IN (SELECT value FROM json_each(?))",
                (numbers,),
            ).fetchall()
        )
        if not before.keys() >= {number for number, _ in rows}:
            raise damaged()
        moved = [(n, a) for n, a in rows if before[n] != packed_keys(a.keys)]
        self._write_all(
            "DELETE FROM event WHERE key = ? AND number = ?",
            [(key, n) for n, _ in moved for key in unpacked_keys(before[n])],
        )
        self._write_all(
            "INSERT OR IGNORE INTO event VALUES (?, ?)", [(k, n) for n, a in moved for k in a.keys]
        )
        self._write_all(
            "UPDATE article SET story = ?, worth = ?, log_heat = ?, keys = ? WHERE number = ?",
            [(a.story, a.worth, a.log_heat, packed_keys(a.keys), n) for n, a in rows],
        )

    def _add(self, articles: Iterable[Prepared]) -> None:
        rows = self._numbered(articles)
        self._changes.stories |= self._shared([article.story for _, article in rows])
        self._write_all(
            "INSERT INTO article (number, story, worth, log_heat, head, keys, path, topics)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    number,
                    a.story,
                    a.worth,
                    a.log_heat,
                    a.head,
                    packed_keys(a.keys),
                    a.path.encode("utf-8", "surrogatepass"),
                    a.topics,
                )
                for number, a in rows
            ],
        )
        self._write_all(
            "INSERT INTO kept (number, path_key, digest, language, title, body, marks)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            [(number, a.path_key, a.digest, a.language, *a.columns) for number, a in rows],
        )
        self._write_all(
            "INSERT INTO text (rowid, title, body, marks) VALUES (?, ?, ?, ?)",
            # FTS5 wants them ascending, or it writes a piece for each.
            [(LAST_NUMBER - number, *a.columns) for number, a in reversed(rows)],
        )
        self._write_all(
            "INSERT OR IGNORE INTO event VALUES (?, ?)",
            sorted([(key, number) for number, a in rows for key in a.keys]),
        )
        for number, article in rows:
            self._tally(number, article.language, sign=1)

    def _shared(self, stories: Sequence[int]) -> set[int]:
        """Give those of the stories to come that have other files: among them, or here already."""
        here = self._connection.execute(
            "SELECT value FROM json_each(?) WHERE EXISTS (SELECT 1 FROM event WHERE key = value)",
            (as_json(set(stories)),),
        )
        twice = {story for story, count in Counter(stories).items() if count > 1}
        return {story for (story,) in here} | twice

    def _numbered(self, articles: Iterable[Prepared]) -> list[tuple[int, Prepared]]:
        """Give every article its number, the next free one where two would have the same."""
        wanted = sorted(
            ((number_of(a.second, a.path_key), a.path, a) for a in articles),
            key=lambda row: row[:2],
        )
        taken = {
            number
            for (number,) in self._connection.execute(
                "SELECT number FROM article WHERE number IN (SELECT value FROM json_each(?))",
                (as_json(number for number, _, _ in wanted),),
            )
        }
        rows = []
        for number, _, article in wanted:
            while number in taken:
                number = self._free_after(number)
            taken.add(number)
            rows.append((number, article))
        return sorted(rows, key=lambda row: row[0])

    def _free_after(self, number: int) -> int:
        number += 1
        while self._connection.execute(
            "SELECT 1 FROM article WHERE number = ?", (number,)
        ).fetchone():
            number += 1
        return number

    def _tally(self, number: int, language: str, *, sign: int) -> None:
        self._changes.days[(number >> NUMBER_BITS) // DAY] += sign
        self._changes.languages[language] += sign

    def _heat(self, articles: Iterable[Prepared]) -> None:
        """Keep the largest heat that ever was: it bounds what is old."""
        hottest = max((a.log_heat for a in articles if a.log_heat is not None), default=None)
        if hottest is not None:
            self._connection.execute(
                "INSERT INTO meta VALUES ('hottest', ?)"
                " ON CONFLICT (key) DO UPDATE SET value = max(value, excluded.value)",
                (hottest,),
            )

    def _count(self) -> None:
        changes = self._changes
        _sum(self._connection, "day", "day", changes.days)
        _sum(self._connection, "language", "code", changes.languages)
        # Of several files of one story all but one count as doubles; it does not matter which.
        if changes.stories:
            self._connection.execute(_DOUBLES, (as_json(changes.stories),))


def packed_keys(keys: Sequence[int]) -> bytes:
    """Write keys in one value, the story's first."""
    return b"".join([key.to_bytes(8) for key in keys])


def unpacked_keys(data: bytes) -> tuple[int, ...]:
    """Read what `packed_keys` wrote."""
    return tuple(int.from_bytes(data[at : at + 8]) for at in range(0, len(data), 8))


def _is_same(before: _Known, article: Prepared) -> bool:
    wanted = number_of(article.second, article.path_key)
    return before.digest == article.digest and 0 <= before.number - wanted < MOST_NEIGHBOURS


def _sum(
    connection: sqlite3.Connection,
    table: str,
    key: str,
    deltas: Mapping[int, int] | Mapping[str, int],
) -> None:
    rows = [(value, delta) for value, delta in deltas.items() if delta]
    connection.executemany(
        f"INSERT INTO {table} VALUES (?, ?) ON CONFLICT ({key})"  # noqa: S608
        " DO UPDATE SET articles = articles + excluded.articles",
        rows,
    )
    connection.execute(f"DELETE FROM {table} WHERE articles <= 0")  # noqa: S608
