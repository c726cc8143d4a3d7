"""The walk: the best matches, found without looking at all of them.

Matches are read newest first, in steps that grow, and scored inside SQLite: a step is one row for
Python, so that a thread that is busy with something else is waited for once and not at every row.
As what is older can only be worth less, the walk ends when the best that could still come would
not be among the best so far. Words in titles are walked first by themselves: they fill the page
early, and what has them in the text alone must be fresh to come near.
"""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.search import ranking
from bot.search.expressions import Clause, all_of, any_of, in_title
from bot.search.files import LAST_NUMBER, NUMBER_BITS
from bot.search.rows import LISTED, Row, best_first, best_of
from bot.search.scoring import SCORE, bounds, scoring

FIRST_STEP = 100
FIRST_IN_TITLES = 32
GROWTH = 4
MOST_WALKED = 10_000
"""Matches that are looked at in one walk: beyond it the oldest are left out of the order."""
FEW = 300
GUESSED_WRONG = 1.5
"""So many times FEW are still read in one go when a guess said FEW: to begin again costs more."""
MOST_SHOWN = 300
"""Rows that are all read, so that their stories can be counted and not only guessed."""
MOST_FINISHED = 300
"""Matches below which looking at all of them is faster than walking among them."""
MOST_POOLED = 2_000
MOST_NEEDED = 20_000
PROBED = 100
SMALL = 2 * MOST_FINISHED
"""Rows of a step that are ordered here, in less time than by SQLite."""
DAY = 86_400

# In the table of words the newest stand first: see `files`.
_MATCHES = """
    SELECT a.number AS number, a.keys AS keys, {score}
      FROM text CROSS JOIN article a ON a.number = (1 << 62) - text.rowid
     WHERE text MATCH ? AND text.rowid BETWEEN (1 << 62) - ? AND (1 << 62) - ?
     ORDER BY text.rowid
     LIMIT ?
"""
_SMALL_STEP = "SELECT count(*), min(number), {listed} FROM ({matches})"
_STEP = """
WITH step AS MATERIALIZED ({matches})
SELECT (SELECT count(*) FROM step), (SELECT min(number) FROM step), {listed}
  FROM (SELECT * FROM step ORDER BY score DESC, number DESC LIMIT ?)
"""
_POOL = """
SELECT {listed} FROM (
    SELECT a.number, a.keys, {score}
      FROM (SELECT number, sum(weight) AS weight FROM ({parts})
             GROUP BY number HAVING count(*) >= ?) found
      JOIN article a ON a.number = found.number
     WHERE found.number IN (SELECT (1 << 62) - rowid FROM text WHERE text MATCH ?
                             ORDER BY rowid LIMIT ?)
     ORDER BY score DESC, a.number DESC
     LIMIT ?)
"""
_PART = """
SELECT number, ? AS weight FROM (
    SELECT (1 << 62) - rowid AS number FROM text
     WHERE text MATCH ? AND rowid BETWEEN (1 << 62) - ? AND (1 << 62) - ?
     ORDER BY rowid LIMIT ?)
"""
_PROBE = """
SELECT count(*), (1 << 62) - max(row) FROM (
    SELECT rowid AS row FROM text WHERE text MATCH ? ORDER BY rowid LIMIT ?)
"""
_ALL = "SELECT coalesce(sum(articles), 0) FROM language"
_BETWEEN = """
SELECT (SELECT count(*) FROM article WHERE number BETWEEN ? AND ?)
       + (SELECT coalesce(sum(articles), 0) FROM day WHERE day > ? AND day <= ?)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What the walk looks for: the clauses, all of them, among what the filters let through.

    `first` and `last` are the numbers between which a time lies.
    """

    clauses: tuple[Clause, ...]
    filters: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    first: int = 0
    last: int = LAST_NUMBER
    now: float
    half_life: float

    @property
    def expression(self) -> str:
        """Write it for FTS5."""
        clauses = (clause.expression for clause in self.clauses)
        return all_of((*clauses, *self.filters), without=self.without)

    @property
    def literal(self) -> str | None:
        """Write it for FTS5 without topics that keywords named; None when none did."""
        if not any(clause.is_keyword and clause.rows for clause in self.clauses):
            return None
        clauses = (
            clause.literal if clause.is_keyword and clause.rows else clause.expression
            for clause in self.clauses
        )
        return all_of((*clauses, *self.filters), without=self.without)

    @property
    def in_titles(self) -> str:
        """Write it for FTS5, with every clause in the title or a topic."""
        titles = in_title(" AND ".join(clause.expression for clause in self.clauses))
        return all_of((titles, *self.filters), without=self.without)

    @property
    def in_some_title(self) -> str:
        """Write it for FTS5, with at least one clause in the title or a topic."""
        clauses = [clause.expression for clause in self.clauses]
        return all_of((in_title(any_of(clauses)), *clauses, *self.filters), without=self.without)


@dataclass(slots=True, kw_only=True)
class Pool:
    """The best matches; `is_whole`: all there are. Else `seen` lie between `lowest` and the end."""

    rows: list[Row] = field(default_factory=list)
    is_whole: bool = False
    seen: int = 0
    lowest: int = 0


@dataclass(frozen=True, slots=True)
class _Step:
    count: int
    lowest: int
    is_last: bool


class Walker:
    """Walks for one question over one state of the index."""

    def __init__(self, connection: sqlite3.Connection, question: Question) -> None:
        self._connection = connection
        self._question = question
        counts = counts_of(connection, question.clauses)
        weights = weights_of(connection, counts) if question.clauses else ()
        # Where few can match, one step over all of them is faster than three walks among them.
        self._is_rare = bool(counts) and _together(connection, counts) <= FEW
        self._scoring = scoring(question.clauses, weights, is_literal=False)
        self._literal_scoring = scoring(question.clauses, weights, is_literal=True)
        self._bound, self._bound_in_some = bounds(question.clauses, weights)
        self._rows: dict[int, Row] = {}

    def best(self, wanted: int) -> Pool:
        """Give the best rows, at least as many as wanted where there are as many."""
        question = self._question
        if question.literal is not None:
            self._literally(question.literal, wanted)
        seen, lowest, is_through = self._begin(wanted)
        bound = ranking.IN_TEXT if question.clauses else 1.0
        if question.clauses and not is_through:
            self._stream(question.in_titles, question.last, self._bound, wanted)
        if len(question.clauses) > 1 and not is_through:
            self._stream(question.in_some_title, question.last, self._bound_in_some, wanted)
        size = FIRST_STEP
        while not is_through and seen < MOST_WALKED:
            if self._is_settled(lowest, bound, wanted):
                break
            size *= GROWTH
            step = self._step(question.expression, lowest - 1, size, wanted)
            seen += step.count
            is_through = step.is_last
            lowest = step.lowest
        rows = self._ordered()
        is_whole = is_through and len(rows) >= seen
        return Pool(rows=rows, is_whole=is_whole, seen=seen, lowest=0 if is_through else lowest)

    def _begin(self, wanted: int) -> tuple[int, int, bool]:
        """Look at the newest, and at all others too when these are few."""
        question = self._question
        step = self._whole(wanted) if self._is_rare else None
        if step is None:
            step = self._step(
                question.expression, question.last, FIRST_STEP, wanted, shown=MOST_SHOWN
            )
        if step.is_last:
            return step.count, step.lowest, True
        expected = estimate(
            self._connection, step.count, step.lowest, question.first, question.last
        )
        if expected > MOST_FINISHED:
            return step.count, step.lowest, False
        size = 2 * MOST_FINISHED
        last = step.lowest - 1
        rest = self._step(question.expression, last, size, wanted, shown=MOST_SHOWN)
        return step.count + rest.count, rest.lowest, rest.is_last

    def _whole(self, wanted: int) -> _Step | None:
        """Look at all in one go; None: too many."""
        question = self._question
        size = int(FEW * GUESSED_WRONG) + 1
        step = self._step(question.expression, question.last, size, wanted, shown=MOST_SHOWN)
        if step.is_last:
            return step
        self._rows.clear()
        return None

    def _stream(self, expression: str, last: int, bound: float, wanted: int) -> None:
        size, seen = max(FIRST_IN_TITLES, wanted), 0
        while seen < MOST_WALKED:
            step = self._step(expression, last, size, wanted)
            seen += step.count
            if step.is_last or self._is_settled(step.lowest, bound, wanted):
                return
            last = step.lowest - 1
            size *= GROWTH

    def _literally(self, expression: str, wanted: int) -> None:
        """Walk what has the keywords themselves: it is worth more than its topic tells."""
        usual, self._scoring = self._scoring, self._literal_scoring
        self._stream(expression, self._question.last, self._bound, max(wanted, FIRST_STEP))
        self._scoring = usual

    def _step(self, expression: str, last: int, size: int, wanted: int, *, shown: int = 0) -> _Step:
        """Look at so many rows; gives the wanted best of them, all where there are few to show."""
        size, most = min(size, MOST_WALKED), max(wanted, 1)
        question = self._question
        score, scored = self._scoring
        values = (*scored, question.now, question.half_life, expression, last, question.first)
        if size <= SMALL:
            statement, values = _SMALL_STEP, (*values, size)
        else:
            statement, values = _STEP, (*values, size, max(most, shown))
        count, lowest, *listed = self._connection.execute(
            statement.format(matches=_MATCHES.format(score=score), listed=LISTED), values
        ).fetchone()
        for row in best_of(listed, shown if most < count <= shown else most):
            known = self._rows.get(row.number)
            if known is None or known < row:
                self._rows[row.number] = row
        return _Step(count, lowest or 0, count < size)

    def _is_settled(self, lowest: int, bound: float, wanted: int) -> bool:
        """Whether nothing older can come among the wanted."""
        if len(self._rows) < wanted:
            return False
        worst = sorted([row.score for row in self._rows.values()], reverse=True)[wanted - 1]
        question = self._question
        second = lowest >> NUMBER_BITS
        most = ranking.most(bound, second, now=question.now, half_life=question.half_life)
        return most < worst

    def _ordered(self) -> list[Row]:
        return best_first(self._rows.values())


def pooled(
    connection: sqlite3.Connection, question: Question, *, needed: str, at_least: int
) -> Pool:
    """Give what holds so many of the clauses, and `needed`, among the newest of each clause."""
    weights = weights_of(connection, counts_of(connection, question.clauses))
    values: list[object] = [question.now, question.half_life]
    for clause, weight in zip(question.clauses, weights, strict=True):
        expression = all_of((clause.expression, *question.filters), without=question.without)
        values += [weight, expression, question.last, question.first, MOST_POOLED]
    values += [at_least, needed, MOST_NEEDED, MOST_POOLED]
    score = SCORE.format(relevance="found.weight * found.weight")
    parts = " UNION ALL ".join(_PART for _ in question.clauses)
    listed = connection.execute(
        _POOL.format(score=score, parts=parts, listed=LISTED), values
    ).fetchone()
    rows = best_of(listed)
    return Pool(rows=rows, is_whole=len(rows) < MOST_POOLED, seen=len(rows))


def counts_of(connection: sqlite3.Connection, clauses: Sequence[Clause]) -> tuple[float, ...]:
    """Count what each clause matches, about; a single one is not worth the question."""
    if len(clauses) < 2:
        return ()
    return tuple(matches(connection, clause.expression) for clause in clauses)


def weights_of(connection: sqlite3.Connection, counts: Sequence[float]) -> tuple[float, ...]:
    """Weigh clauses by how rare they are; the weights make 1. No counts: the only clause."""
    if not counts:
        return (1.0,)
    whole = articles_between(connection, 0, LAST_NUMBER)
    rarities = [math.log(2 + whole / max(count, 1)) for count in counts]
    total = sum(rarities)
    return tuple(rarity / total for rarity in rarities)


def _together(connection: sqlite3.Connection, counts: Sequence[float]) -> float:
    """Guess how many match all clauses, as if none had to do with another."""
    whole = max(articles_between(connection, 0, LAST_NUMBER), 1)
    return whole * math.prod(count / whole for count in counts)


def matches(connection: sqlite3.Connection, expression: str) -> float:
    """Count what matches, by how close together the newest lie where it is many."""
    count, lowest = connection.execute(_PROBE, (expression, PROBED)).fetchone()
    if count < PROBED:
        return float(count)
    return estimate(connection, count, lowest, 0, LAST_NUMBER)


def estimate(
    connection: sqlite3.Connection, seen: int, lowest: int, first: int, last: int
) -> float:
    """Guess how many match between two numbers when `seen` do between `lowest` and the end."""
    walked = articles_between(connection, max(lowest, first), last)
    return seen * articles_between(connection, first, last) / max(walked, 1)


def articles_between(connection: sqlite3.Connection, first: int, last: int) -> int:
    """Count articles: those of the first day one by one, then whole days."""
    if first <= 0 and last >= LAST_NUMBER:
        return int(connection.execute(_ALL).fetchone()[0])
    day = (first >> NUMBER_BITS) // DAY
    next_day = ((day + 1) * DAY) << NUMBER_BITS
    row = connection.execute(
        _BETWEEN, (first, min(last, next_day - 1), day, (last >> NUMBER_BITS) // DAY)
    ).fetchone()
    return int(row[0])


def seconds(moment: datetime, half_life: timedelta) -> tuple[float, float]:
    """Give what scores are counted with."""
    return moment.timestamp(), max(half_life.total_seconds(), 1.0)
