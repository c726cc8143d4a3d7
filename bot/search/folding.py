"""Folding: matches of one event share one hit."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence

from bot.search.rows import KEY, Row
from bot.search.vocabulary import as_json

LARGEST_EVENT = 40
"""A page that more articles name than this is no event: a front page, a series."""
MOST_ALSO = 12


class Folder:
    """Folds rows of one answer; remembers which pages too many articles share."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._is_shared: dict[str, bool] = {}

    def leaders(self, rows: Iterable[Row]) -> tuple[Row, ...]:
        """Keep of rows in order the first of every event.

        A row belongs to the first leader before it that has a page in common with it. What comes
        later never changes what was kept: pages of an answer join.
        """
        seen: set[str] = set()
        leaders: list[Row] = []
        for row in rows:
            if len(row.keys) == KEY:  # as most: no related page
                if row.keys not in seen:
                    seen.add(row.keys)
                    leaders.append(row)
                continue
            pages = row.pages
            story, *others = pages
            common = (key for key in others if key in seen)
            if story in seen or any(self._joins(key) for key in common):
                continue
            seen.update(pages)
            leaders.append(row)
        return tuple(leaders)

    def also(self, rows: Sequence[Row]) -> dict[int, tuple[str, ...]]:
        """Give for each row the paths of other articles of its event, one for every story."""
        keys = [int(key, 16) for row in rows for key in row.pages]
        found = self._connection.execute(
            "SELECT e.key, a.number, a.story, a.path FROM event e JOIN article a USING (number)"
            " WHERE e.key IN (SELECT value FROM json_each(?)) ORDER BY a.number DESC LIMIT ?",
            (as_json(keys), LARGEST_EVENT * max(len(rows), 1)),
        ).fetchall()
        by_key: dict[str, list[tuple[int, int, bytes]]] = {}
        for key, number, story, path in found:
            by_key.setdefault(f"{key:016X}", []).append((number, story, path))
        return {row.number: self._others(row, by_key) for row in rows}

    def _others(self, row: Row, by_key: dict[str, list[tuple[int, int, bytes]]]) -> tuple[str, ...]:
        stories = {int(row.story, 16)}
        paths: list[str] = []
        for key in row.pages:
            others = by_key.get(key, ())
            if len(others) > LARGEST_EVENT:
                continue
            for _, story, path in others:
                if story not in stories:
                    stories.add(story)
                    paths.append(path.decode("utf-8", "surrogatepass"))
        return tuple(paths[:MOST_ALSO])

    def _joins(self, key: str) -> bool:
        if key not in self._is_shared:
            (count,) = self._connection.execute(
                "SELECT count(*) FROM (SELECT 1 FROM event WHERE key = ? LIMIT ?)",
                (int(key, 16), LARGEST_EVENT + 1),
            ).fetchone()
            self._is_shared[key] = count > LARGEST_EVENT
        return not self._is_shared[key]
