"""An answer: what a question means to this index, and the page of it that was asked for."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, tzinfo

from rapidfuzz.distance import OSA

from bot.domain.topic import TopicTree
from bot.search import dates, expressions, lists, marks, vocabulary, walk
from bot.search.asking import is_asking
from bot.search.dates import Dated
from bot.search.expressions import Clause
from bot.search.files import LAST_NUMBER, NUMBER_BITS
from bot.search.languages import Stems, likeliest
from bot.search.pages import best_pool, folded_page
from bot.search.query import Query, Span, spans, topic_words
from bot.search.ranking import Found
from bot.search.walk import Pool, Question, pooled, seconds
from bot.search.words import is_unspaced, words_of

MOST_LANGUAGES = 6
"""In so many languages the other forms of a word are looked for."""
MOST_BESIDE = 3
"""Words of a question among which a mistyped one is recognised."""
_NOWHERE = "\ue000nowhere"


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What every answer is given from: the topics, the time, and where its page lies."""

    topics: TopicTree
    now: datetime
    zone: tzinfo
    half_life: timedelta
    limit: int
    offset: int

    @property
    def wanted(self) -> int:
        """Count the stories up to the end of the page."""
        return max(self.limit, 0) + max(self.offset, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One way to understand a question."""

    clauses: tuple[Clause, ...]
    corrected: tuple[tuple[str, str], ...] = ()
    dated: Dated = field(default_factory=lambda: Dated(rest=()))
    is_partial: bool = False
    not_then: tuple[str, ...] = ()
    """The words of a time at which there was nothing."""
    at_least: int | None = None
    """So many of the clauses are enough; None: all of them."""
    needed: tuple[Clause, ...] = ()
    """Of which one must be there, when not all are."""


class Asking:
    """Understands one question over one state of the index, and answers it."""

    def __init__(
        self, connection: sqlite3.Connection, *, stems: Stems, setting: Setting, query: Query
    ) -> None:
        self._connection = connection
        self._stems = stems
        self._setting = setting
        self._query = query
        self._known_spans: dict[tuple[str, ...], tuple[Span, ...]] = {}
        self._languages = _languages(connection)
        self._filters, self._unwanted = _filters(query)
        self._without = tuple(
            clause.expression for clause in self._clauses(query.without, (), is_open=False)
        )

    def found(self) -> Found:
        """Answer; tried in this order until something is found.

        All of it; the last word taken for the beginning of a longer one; unknown words replaced
        by the nearest known ones; dates taken for words; at another time; any of the topics named
        in it, without one half of its words.
        """
        query = self._query
        when = self._when()
        first = self._reading(self._telling(when), dated=when)
        if not first.clauses and not self._filters and not when.is_dated:
            return Found(total=0)
        for reading in self._readings(first):
            pool = self._pool(reading)
            if pool.rows:
                return self._page(reading, pool)
        return Found(
            total=0,
            topics=_topics(first),
            filters=tuple(map(str, query.filters)),
            since=when.since,
            until=when.until,
            dated_by=when.typed,
            why=self._missing(first.clauses),
            is_narrow=self._is_narrow(first),
        )

    def _readings(self, first: Reading) -> Iterator[Reading]:
        yield first
        is_open = any(clause.is_open for clause in first.clauses)
        if is_open:
            yield replace(first, clauses=tuple(map(self._completed, first.clauses)))
        best = self._corrected(first)
        if best is not first:
            yield best
        if first.dated.is_dated:
            # In a row: "last" here and "week" there would be no answer.
            phrases = (*self._query.phrases, *first.dated.typed)
            yield Reading(clauses=self._clauses(first.dated.rest, phrases))
            if first.clauses:
                yield _at_any_time(replace(best, is_partial=True))
        partial = self._partial(best)
        if partial is not None:
            yield partial
            if first.dated.is_dated:
                yield _at_any_time(partial)

    def _when(self) -> Dated:
        """Take out the words that say when; a topic's name is none, whatever it says."""
        rest: list[str] = []
        loose: list[str] = []
        found: list[Dated] = []
        for span in (*self._spans(self._query.words), Span((), None)):
            if span.words and span.topic is None:
                loose += span.words
                continue
            if loose:
                read = dates.dated(loose, now=self._setting.now, zone=self._setting.zone)
                found.append(read)
                rest += read.rest
                loose = []
            rest += span.words
        firsts = [one.since for one in found if one.since]
        ends = [one.until for one in found if one.until]
        return Dated(
            rest=tuple(word for word in rest if words_of(word)),
            typed=tuple(word for one in found for word in one.typed),
            since=max(firsts, default=None),
            until=min(ends, default=None),
        )

    def _telling(self, when: Dated) -> tuple[str, ...]:
        """Leave out "what happened" and "news" where a time or a source says what is asked for."""
        is_said = when.is_dated or bool(self._filters)
        row = self._spans(when.rest)
        is_framed = all(span.topic is None and is_asking(_folded(span)) for span in row)
        return () if is_said and is_framed and not self._query.phrases else when.rest

    def _reading(self, words: Sequence[str], *, dated: Dated) -> Reading:
        return Reading(clauses=self._clauses(words, self._query.phrases), dated=dated)

    def _clauses(
        self, words: Sequence[str], phrases: Sequence[str], *, is_open: bool = True
    ) -> tuple[Clause, ...]:
        rows = self._spans(tuple(words))
        found = [(span, is_open and number == len(rows)) for number, span in enumerate(rows, 1)]
        found += [(Span((phrase,)), False) for phrase in phrases]
        clauses = (self._clause(span, is_last=is_last) for span, is_last in found)
        return tuple(clause for clause in clauses if clause.rows or clause.marks)

    def _spans(self, words: tuple[str, ...]) -> tuple[Span, ...]:
        """Split words into spans, once: most ways to read a question share them."""
        known = self._known_spans.get(words)
        if known is None:
            known = self._known_spans[words] = spans(words, self._setting.topics)
        return known

    def _clause(self, span: Span, *, is_last: bool) -> Clause:
        """Make a clause in the languages that are written so, and of the word as it stands."""
        languages = likeliest(span.words, self._languages)[:MOST_LANGUAGES]
        topics = self._setting.topics
        clause = expressions.clause_of(
            span, topics, stems=self._stems, languages=languages, is_last=is_last
        )
        if len(clause.words) != 1 or len(self._languages) <= MOST_LANGUAGES:
            return clause
        known = vocabulary.stems_of(self._connection, clause.words[0])
        rows = (*clause.rows, *((stem,) for stem in known))
        return replace(clause, rows=tuple(dict.fromkeys(rows)))

    def _completed(self, clause: Clause) -> Clause:
        """Let the last word be the beginning of longer ones."""
        if not clause.is_open:
            return clause
        stems = vocabulary.completions(self._connection, clause.words[-1])
        if len(clause.words) == 1:
            return replace(clause, completions=stems)
        rows = ((*row[:-1], stem) for row in clause.rows for stem in stems)
        return replace(clause, rows=(*clause.rows, *rows))

    def _corrected(self, reading: Reading) -> Reading:
        """Replace every word that no article holds and no topic is called by."""
        better: list[str] = []
        pairs: list[tuple[str, str]] = []
        beside = [one.expression for one in reading.clauses if self._is_held(one)]
        for row in self._spans(reading.dated.rest):
            for word in row.words:
                used = word if row.topic else self._nearest(word, beside)
                better.append(used)
                if used != word:
                    pairs.append((word, used))
        if not pairs:
            return reading
        clauses = self._clauses(better, self._query.phrases)
        return replace(reading, clauses=clauses, corrected=tuple(pairs))

    def _nearest(self, word: str, beside: list[str]) -> str:
        parts = words_of(word)
        if len(parts) != 1 or not vocabulary.is_correctable(parts[0]) or is_unspaced(parts[0]):
            return word
        (clause,) = self._clauses((word,), (), is_open=False) or (None,)
        if clause is None or self._is_held(clause):
            return word
        others = topic_words(self._setting.topics)
        if parts[0] in others:
            return word
        near = vocabulary.nearest(self._connection, parts[0], others)
        return self._likeliest(parts[0], near, others, beside) or word

    def _likeliest(
        self, typed: str, near: Sequence[str], others: Collection[str], beside: list[str]
    ) -> str | None:
        """Choose among words equally near.

        What stands beside the other words comes first, then the longer (letters are left out
        sooner than added), then the frequent.
        """
        ranked: list[tuple[tuple[float, ...], str, str]] = []
        for word in near:
            stems = vocabulary.stems_of(self._connection, word)
            expression = expressions.any_of(expressions.phrase((stem,)) for stem in stems)
            count = walk.matches(self._connection, expression) if stems else 0.0
            if not count and word not in others:
                continue
            together = expressions.all_of((expression, *beside[:MOST_BESIDE])) if stems else ""
            company = walk.matches(self._connection, together) if stems and beside else 0.0
            slips = (OSA.distance(typed, word), word[0] != typed[0])
            rank = (*slips, not company, -len(word), -company, -count)
            ranked.append((rank, word, expression))
        if not ranked:
            return None
        _, best, expression = min(ranked)
        if best not in others:
            beside.append(expression)
        return best

    def _partial(self, reading: Reading) -> Reading | None:
        """Ask for any of the topics that were named, else for half of the words that tell."""
        parts = [part for clause in reading.clauses for part in _parts(clause)]
        telling = [part for part in parts if part.topic or not is_asking(part.words)]
        named = [part for part in telling if part.topic]
        held = [part for part in telling if self._is_held(part)]
        if len(parts) < 2 or not held:
            return None
        return replace(
            reading,
            clauses=tuple(held),
            is_partial=True,
            at_least=1 if named else _enough(telling),
            needed=tuple(part.by_topic for part in named) or tuple(held),
        )

    def _question(self, reading: Reading) -> Question:
        now, half_life = seconds(self._setting.now, self._setting.half_life)
        filters = self._filters
        if not reading.clauses and not filters:
            filters = (expressions.phrase((marks.ALL,)),)
        since, until = reading.dated.since, reading.dated.until
        return Question(
            clauses=reading.clauses,
            filters=filters,
            without=(*self._without, *self._unwanted),
            first=_number(since) if since else 0,
            last=_number(until) - 1 if until else LAST_NUMBER,
            now=now,
            half_life=half_life,
        )

    def _pool(self, reading: Reading) -> Pool:
        question = self._question(reading)
        if reading.at_least is not None:
            needed = expressions.any_of(clause.expression for clause in reading.needed)
            return pooled(self._connection, question, needed=needed, at_least=reading.at_least)
        return best_pool(self._connection, question, self._setting.wanted)

    def _page(self, reading: Reading, pool: Pool) -> Found:
        setting = self._setting
        stems = [stem for clause in reading.clauses for stem in clause.stems]
        forms = vocabulary.forms(self._connection, stems)
        pairs = (stem for stem in stems if is_unspaced(stem))
        page = folded_page(
            self._connection,
            pool,
            limit=setting.limit,
            offset=setting.offset,
            matched=tuple(dict.fromkeys((*forms, *pairs))),
        )
        total, is_exact = page.total, pool.is_whole
        if not is_exact:
            total = max(total, lists.estimate(self._connection, self._question(reading), pool))
        return Found(
            total=total,
            hits=page.hits,
            total_is_exact=is_exact,
            corrected=reading.corrected,
            topics=_topics(reading),
            filters=tuple(map(str, self._query.filters)),
            since=reading.dated.since,
            until=reading.dated.until,
            dated_by=reading.dated.typed,
            is_partial=reading.is_partial,
            not_then=reading.not_then,
        )

    def _missing(self, clauses: Sequence[Clause]) -> tuple[str, ...]:
        """Name the words that nothing holds."""
        return tuple(" ".join(one.typed) for one in clauses if not self._is_held(one))

    def _is_held(self, clause: Clause) -> bool:
        return _matches(self._connection, clause.expression)

    def _is_narrow(self, reading: Reading) -> bool:
        if not self._query.filters or not reading.clauses:
            return False
        clauses = (clause.expression for clause in reading.clauses)
        return _matches(self._connection, expressions.all_of(clauses, without=self._without))


def _folded(span: Span) -> tuple[str, ...]:
    return tuple(part for word in span.words for part in words_of(word))


def _matches(connection: sqlite3.Connection, expression: str) -> bool:
    found = connection.execute(
        "SELECT rowid FROM text WHERE text MATCH ? LIMIT 1", (expression,)
    ).fetchone()
    return found is not None


def _languages(connection: sqlite3.Connection) -> tuple[str, ...]:
    rows = connection.execute("SELECT code FROM language ORDER BY articles DESC, code")
    return tuple(code for (code,) in rows) or ("en",)


def _filters(query: Query) -> tuple[tuple[str, ...], tuple[str, ...]]:
    wanted: list[str] = []
    unwanted: list[str] = []
    for one in query.filters:
        own = marks.of_kind(one.value) if one.key == "type" else marks.of_provider(one.value)
        expression = expressions.all_of(expressions.phrase((mark,)) for mark in own or (_NOWHERE,))
        (wanted if one.is_wanted else unwanted).append(expression)
    return tuple(wanted), tuple(unwanted)


def _number(moment: datetime) -> int:
    return max(int(moment.timestamp()), 0) << NUMBER_BITS


def _at_any_time(reading: Reading) -> Reading:
    return replace(reading, dated=Dated(rest=()), not_then=reading.dated.typed)


def _topics(reading: Reading) -> tuple[str, ...]:
    named = (clause.topic.name for clause in reading.clauses if clause.topic)
    return tuple(dict.fromkeys(named))


def _enough(clauses: Sequence[Clause]) -> int:
    """Tell how many of the clauses make a partial match: half, or a third of mere pairs."""
    share = 3 if any(clause.words and is_unspaced(clause.words[0]) for clause in clauses) else 2
    return max(len(clauses) // share, 1)


def _parts(clause: Clause) -> tuple[Clause, ...]:
    """Take a sentence without spaces apart: each of its pairs may be the word that counts."""
    if clause.topic or len(clause.words) < 3 or not is_unspaced(clause.words[0]):
        return (clause,)
    return tuple(
        Clause(typed=(word,), words=(word,), rows=((word,),))
        for word in dict.fromkeys(clause.words)
    )
