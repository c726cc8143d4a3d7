"""An answer: the articles that match a question's clauses, and their order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta

from bot.search import expressions
from bot.search.expressions import Clause
from bot.search.ranking import Found, Row, folded_hits, freshness, relevance, warmth
from bot.search.tables import Tables

MOST_RANKED = 10_000
"""Matches that are ranked, the newest first: words that stand in half of a large archive match
hundreds of thousands of articles, and the tail of them is too old to come out on top."""


class Answer:
    """The rows that match clauses, with what their ranking needs.

    `is_loose`: the last word may be the beginning of a longer one. `at_least` not None: so many
    of the clauses are enough, a named topic among them.
    """

    def __init__(
        self,
        tables: Tables,
        clauses: tuple[Clause, ...],
        without: tuple[Clause, ...],
        *,
        corrections: tuple[tuple[str, str], ...] = (),
        at_least: int | None = None,
        topics_only: bool = False,
        is_loose: bool = False,
    ) -> None:
        self.clauses = clauses
        self.without = without
        self.corrections = corrections
        self._tables = tables
        self._at_least = at_least
        self._topics_only = topics_only
        self._is_loose = is_loose
        self._rows = self._matching() if clauses else ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing matches."""
        return not self._rows

    def page(self, *, now: datetime, half_life: timedelta, limit: int, offset: int) -> Found:
        """Rank the rows and give one page of the stories."""
        hits = folded_hits(self._scored(now=now, half_life=half_life))
        return Found(
            total=len(hits),
            hits=hits[offset : offset + limit],
            corrected=self.corrections if hits else (),
            topics=tuple(clause.topic.name for clause in self.clauses if clause.topic),
            is_partial=bool(hits) and self._at_least is not None,
        )

    def _matching(self) -> tuple[Row, ...]:
        unwanted = [clause.exact for clause in self.without]
        if self._topics_only:
            wanted = [clause.by_topic or clause.exact for clause in self.clauses]
        else:
            wanted = [clause.loose if self._is_loose else clause.exact for clause in self.clauses]
        if self._at_least is None:
            return self._tables.matches(
                expressions.all_of(wanted, without=unwanted), limit=MOST_RANKED
            )
        named = [clause.by_topic for clause in self.clauses if clause.by_topic]
        needed = expressions.any_of(named or wanted)
        some = expressions.all_of([needed], without=unwanted)
        rows = self._tables.matches(some, limit=MOST_RANKED)
        counts: Counter[int] = Counter()
        for expression in wanted:
            counts.update(self._tables.numbers(expression, limit=MOST_RANKED))
        return tuple(row for row in rows if counts[row.number] >= self._at_least)

    def _scored(self, *, now: datetime, half_life: timedelta) -> Iterable[tuple[float, Row]]:
        best = max((row.text for row in self._rows), default=0.0)
        filed = self._filed()
        for row in self._rows:
            fits = relevance(
                row.text,
                best=best,
                topic_share=filed[row.number] / max(len(self.clauses), 1),
            )
            fresh = freshness(row.dated_at, now=now, half_life=half_life)
            yield fits * fresh * warmth(row.heat), row

    def _filed(self) -> Counter[int]:
        """Count for each row the named topics that it is filed under."""
        counts: Counter[int] = Counter()
        for clause in self.clauses:
            if clause.by_topic and self._rows:
                counts.update(self._tables.numbers(clause.by_topic, limit=MOST_RANKED))
        return counts
