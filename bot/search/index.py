"""The index: what can be asked of it, and the order in which it tries to understand a question.

One connection behind a lock; any thread may call it, one at a time. It holds nothing that the
articles do not hold: when its file is missing, old or damaged it begins empty, and the caller
fills it again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from threading import RLock

from bot.domain.article import Article
from bot.domain.topic import Topic, TopicTree, folded
from bot.search import expressions
from bot.search.answer import MOST_RANKED, Answer
from bot.search.expressions import Clause
from bot.search.query import Query, Span, spans, topic_of
from bot.search.ranking import Found, folded_hits, hotness
from bot.search.spelling import corrected, forms
from bot.search.tables import Tables
from bot.search.words import is_asking, is_unspaced


class Index:
    """Finds articles by words and topics; see the module for threads and durability."""

    def __init__(self, path: Path | None = None) -> None:
        """Open the index in a file, or in memory."""
        self._lock = RLock()
        self._tables = Tables(path)

    def close(self) -> None:
        """Close it; a file stays."""
        with self._lock:
            self._tables.close()

    @property
    def article_count(self) -> int:
        """Count the articles that can be found; 0: new, and to be filled."""
        with self._lock:
            return self._tables.article_count()

    def replace(self, articles: Iterable[Article], gone: Iterable[str] = ()) -> None:
        """Take in articles by their paths, in place of what was known, and forget the gone.

        All or nothing. Withdrawn articles and those without title or link cannot be found.
        """
        latest = {article.path: article for article in articles}
        with self._lock:
            self._tables.replace(latest.values(), gone=[p for p in gone if p not in latest])

    def search(
        self,
        query: Query,
        *,
        topics: TopicTree,
        now: datetime,
        half_life: timedelta,
        limit: int,
        offset: int = 0,
    ) -> Found:
        """Answer a question, best first; the same page for the same index, query and time.

        Tried in this order until something is found: all of it; all of it, the last word taken
        for the beginning of a longer one; all of it with unknown words replaced by the nearest
        known ones; any of the topics named in it, without one half of its words.
        """
        with self._lock:
            answer = self._answer(query, topics)
            return answer.page(now=now, half_life=half_life, limit=limit, offset=offset)

    def by_topic(
        self,
        name: str,
        *,
        topics: TopicTree,
        now: datetime,
        half_life: timedelta,
        limit: int,
        offset: int = 0,
    ) -> Found:
        """Give a topic's stories and those of the topics below it, by freshness × heat."""
        topic = topic_of(name, topics) or Topic(name=name)
        marks = expressions.topic_marks(topic.name, topics)
        if not marks:
            return Found(total=0)
        clause = Clause(typed=(name,), words=(), topic=topic, marks=marks)
        with self._lock:
            answer = Answer(self._tables, (clause,), (), topics_only=True)
            return answer.page(now=now, half_life=half_life, limit=limit, offset=offset)

    def latest(self, limit: int, offset: int = 0, *, now: datetime | None = None) -> Found:
        """Give the newest stories by the source's date; with `now` none of a date to come."""
        until = None if now is None else int(now.timestamp())
        with self._lock:
            rows = self._tables.newest(stories=limit + offset, until=until)
            total = self._tables.story_count(until=until)
        hits = folded_hits((float(row.dated_at or 0), row) for row in rows)
        return Found(total=total, hits=hits[offset : offset + limit])

    def hot(self, *, now: datetime, half_life: timedelta, limit: int, offset: int = 0) -> Found:
        """Give the hottest stories: heat, halved for every `half_life` of age.

        Chosen among the newest with any heat: what is older has cooled down.
        """
        with self._lock:
            rows = self._tables.heated(limit=MOST_RANKED)
        hits = folded_hits((hotness(row, now=now, half_life=half_life), row) for row in rows)
        return Found(total=len(hits), hits=hits[offset : offset + limit])

    def topic_counts(self, topics: TopicTree, since: datetime | None = None) -> Mapping[str, int]:
        """Count the stories of every topic by folded name, each story once, parents with theirs.

        `since`: only those dated then or later. Topics without a story are left out.
        """
        moment = None if since is None else int(since.timestamp())
        with self._lock:
            filed = self._tables.filed(since=moment)
        above = _Ancestors(topics)
        per_story: dict[bytes, set[str]] = {}
        for story_key, names in filed:
            per_story.setdefault(story_key, set()).update(above.of(names))
        return Counter(name for names in per_story.values() for name in names)

    def _answer(self, query: Query, topics: TopicTree) -> Answer:
        if query.is_empty:
            return Answer(self._tables, (), ())
        clauses = self._clauses(query.words, query.phrases, topics)
        without = self._clauses(query.without, (), topics)
        answer = Answer(self._tables, clauses, without)
        if answer.is_empty and any(clause.is_open for clause in clauses):
            answer = Answer(self._tables, clauses, without, is_loose=True)
        if answer.is_empty:
            words, corrections = self._corrected(query.words, topics)
            if corrections:
                clauses = self._clauses(words, query.phrases, topics)
                answer = Answer(self._tables, clauses, without, corrections=corrections)
        if answer.is_empty:
            answer = self._partial(answer)
        return answer

    def _clauses(
        self, words: Sequence[str], phrases: Sequence[str], topics: TopicTree
    ) -> tuple[Clause, ...]:
        rows = spans(tuple(words), topics)
        found = [
            expressions.clause_of(row, topics, is_last=number == len(rows) - 1)
            for number, row in enumerate(rows)
        ]
        found.extend(
            expressions.clause_of(Span((phrase,)), topics, is_last=False) for phrase in phrases
        )
        return tuple(
            replace(clause, forms=forms(self._tables, clause.words[0]))
            if len(clause.words) == 1
            else clause
            for clause in found
        )

    def _corrected(
        self, words: Sequence[str], topics: TopicTree
    ) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
        """Replace every word that no article holds and no topic is called by."""
        better: list[str] = []
        pairs: list[tuple[str, str]] = []
        for row in spans(tuple(words), topics):
            for word in row.words:
                used = word if row.topic else corrected(self._tables, word, topics)
                better.append(used)
                if used != word:
                    pairs.append((word, used))
        return tuple(better), tuple(pairs)

    def _partial(self, answer: Answer) -> Answer:
        """Ask for any of the topics that were named, else for half of the words that tell."""
        parts = [part for clause in answer.clauses for part in _parts(clause)]
        telling = [part for part in parts if part.topic or not is_asking(part.words)]
        named = [part for part in telling if part.topic]
        held = [part for part in telling if self._tables.match_count(part.exact)]
        if len(parts) < 2 or not held:
            return answer
        return Answer(
            self._tables,
            tuple(held),
            answer.without,
            corrections=answer.corrections,
            at_least=1 if named else _enough(telling),
        )


def _enough(clauses: Sequence[Clause]) -> int:
    """Tell how many of the clauses make a partial match: half, or a third of mere pairs."""
    share = 3 if any(clause.words and is_unspaced(clause.words[0]) for clause in clauses) else 2
    return max(len(clauses) // share, 1)


def _parts(clause: Clause) -> tuple[Clause, ...]:
    """Take a sentence without spaces apart: each of its pairs may be the word that counts."""
    if clause.topic or len(clause.words) < 3 or not is_unspaced(clause.words[0]):
        return (clause,)
    return tuple(Clause(typed=(word,), words=(word,)) for word in dict.fromkeys(clause.words))


class _Ancestors:
    """Remembers for each set of topic names all the topics that count it."""

    def __init__(self, topics: TopicTree) -> None:
        self._topics = topics
        self._known: dict[str, frozenset[str]] = {}
        self._above: dict[str, set[str]] = {}
        for topic in topics.topics:
            for member in topics.family(topic.name):
                self._above.setdefault(member, set()).add(folded(topic.name))

    def of(self, names: str) -> frozenset[str]:
        """Give the folded names for a row's topics, one name a line."""
        if names not in self._known:
            found: set[str] = set()
            for name in filter(None, names.split("\n")):
                key = self._topics.canonical(name)
                found |= {key} | self._above.get(key, set())
            self._known[names] = frozenset(found)
        return self._known[names]
