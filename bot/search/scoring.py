"""Scores of matches, written as SQL: SQLite then needs Python for the best of them only."""

from __future__ import annotations

from collections.abc import Sequence

from bot.search import ranking
from bot.search.expressions import Clause

SCORE = (
    "CAST(1e6 * a.worth * ({relevance})"
    " / (1.0 + max(? - (a.number >> 20), 0) / ?) AS INTEGER) AS score"
)
"""Of a row of `article a`, for a moment and a half-life in seconds."""


def bounds(clauses: Sequence[Clause], weights: Sequence[float]) -> tuple[float, float]:
    """Bound the relevance of anything, and of what has not every clause in title or topics."""
    if not clauses:
        return 1.0, 1.0
    tops = [ranking.FILED_AND_IN_TITLE if clause.marks else ranking.IN_TITLE for clause in clauses]
    bound = sum(weight * top for weight, top in zip(weights, tops, strict=True))
    gap = min(weight * (top - ranking.IN_TEXT) for weight, top in zip(weights, tops, strict=True))
    return bound, bound - gap


def scoring(
    clauses: Sequence[Clause], weights: Sequence[float], *, is_literal: bool
) -> tuple[str, list[object]]:
    """Write the score of a row of `article a` as SQL, with the values for its marks.

    `is_literal`: the rows are known to have the keywords themselves.
    """
    terms: list[str] = []
    values: list[object] = []
    for clause, weight in zip(clauses, weights, strict=True):
        title, filed = clause.title_needles, clause.topic_needles
        values.append(weight)
        cases = []
        if filed:
            worth = f"{_filed(clause, is_literal=is_literal)}"
            values += filed
            if title:
                best = ranking.FILED_AND_IN_TITLE
                worth = f"CASE WHEN {_stands(title)} THEN {best} ELSE {worth} END"
                values += title
            cases.append(f"WHEN {_stands(filed)} THEN {worth}")
        if title:
            cases.append(f"WHEN {_stands(title)} THEN {ranking.IN_TITLE}")
            values += title
        terms.append(f"? * (CASE {' '.join(cases)} ELSE {ranking.IN_TEXT} END)")
    relevance = " + ".join(terms) or "1.0"
    return SCORE.format(relevance=relevance), values


def _filed(clause: Clause, *, is_literal: bool) -> float:
    if not clause.is_keyword or not clause.rows:
        return ranking.FILED
    return ranking.FILED_AND_IN_TEXT if is_literal else ranking.FILED_BY_KEYWORD


def _stands(needles: Sequence[str]) -> str:
    return " OR ".join("instr(a.head, ?)" for _ in needles)
