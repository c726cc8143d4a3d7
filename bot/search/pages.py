"""Pages: the stories of the best rows, and one page of them."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass

from bot.search import ranking, vocabulary
from bot.search.folding import Folder
from bot.search.ranking import Hit
from bot.search.walk import Pool, Question, Walker


def best_pool(connection: sqlite3.Connection, question: Question, stories: int) -> Pool:
    """Give the best rows of a question, as many as hold so many stories if there are."""
    walker = Walker(connection, question)
    rows = stories + stories // 4 + 5
    while True:
        pool = walker.best(rows)
        is_short = len(Folder(connection).leaders(pool.rows[:rows])) < stories
        if pool.is_whole or not is_short or len(pool.rows) < rows:
            return pool
        rows *= 2


@dataclass(frozen=True, slots=True)
class Page:
    """Hits of one page, and the stories of all the rows that are known."""

    hits: tuple[Hit, ...]
    total: int


def folded_page(
    connection: sqlite3.Connection,
    pool: Pool,
    *,
    limit: int,
    offset: int,
    shown: Callable[[int], float] = ranking.shown,
    matched: tuple[str, ...] = (),
) -> Page:
    """Fold rows into stories and give one page of them.

    `shown` writes their scores; `matched` goes into every hit.
    """
    folder = Folder(connection)
    leaders = folder.leaders(pool.rows)
    rows = leaders[max(offset, 0) :][: max(limit, 0)]
    paths = dict(
        connection.execute(
            "SELECT number, path FROM article WHERE number IN (SELECT value FROM json_each(?))",
            (vocabulary.as_json(row.number for row in rows),),
        ).fetchall()
    )
    also = folder.also(rows)
    hits = (
        Hit(
            path=paths[row.number].decode("utf-8", "surrogatepass"),
            score=shown(row.score),
            also=also[row.number],
            matched=matched,
        )
        for row in rows
        if row.number in paths
    )
    return Page(tuple(hits), len(leaders))
