"""FTS5 expressions from clauses: the only place that writes their syntax.

Nothing typed by anybody reaches an expression except as words of `words.py`, in quotes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from bot.domain.topic import Topic, TopicTree, folded
from bot.search.query import Span
from bot.search.words import is_unspaced, words_of

MARK = "\ue000"
"""Begins the index's own words; `words.py` lets no such character through."""
MIN_PREFIX = 2


def topic_mark(name: str) -> str:
    """Give the indexed word that says: filed under the topic of this folded name."""
    digest = hashlib.blake2b(name.encode(errors="replace"), digest_size=8).hexdigest()
    return f"{MARK}{digest}"


def topic_marks(name: str, topics: TopicTree) -> tuple[str, ...]:
    """Give the marks of a topic and of all below it, in every spelling that articles may use."""
    family = topics.family(name)
    names = set(family)
    for topic in topics.topics:
        for spelling in topic.spellings:
            key = folded(spelling)
            if topics.canonical(spelling) in family:
                names.add(key)
    return tuple(sorted(topic_mark(key) for key in names if key))


def phrase(words: Iterable[str]) -> str:
    """Ask for words in a row."""
    return '"' + " ".join(words) + '"'


def any_of(expressions: Iterable[str]) -> str:
    """Ask for at least one."""
    return "(" + " OR ".join(expressions) + ")"


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """One thing that was asked for.

    `typed` are the words as they were typed; `words` the same as indexed; `is_open`: the last of
    them may be meant as a beginning; `forms` the known forms of a single word; `topic` and `marks`
    stand for the topic that it names.
    """

    typed: tuple[str, ...]
    words: tuple[str, ...]
    is_open: bool = False
    forms: tuple[str, ...] = ()
    topic: Topic | None = None
    marks: tuple[str, ...] = ()

    @property
    def exact(self) -> str:
        """Match the words, their other forms and the topic.

        One character of a script without spaces begins the pairs that it stands in.
        """
        is_character = len(self.words) == 1 and len(self.words[0]) == 1
        end = " *" if is_character and is_unspaced(self.words[0]) else ""
        return any_of((phrase(self.words) + end, *self._more()))

    @property
    def loose(self) -> str:
        """Match as `exact`, and words that only begin like the last one."""
        if not self.is_open:
            return self.exact
        return any_of((phrase(self.words) + " *", *self._more()))

    @property
    def by_topic(self) -> str | None:
        """Match what is filed under the topic; None when the clause names none."""
        return any_of(phrase((mark,)) for mark in self.marks) if self.marks else None

    def _more(self) -> Iterable[str]:
        for word in (*self.forms, *self.marks):
            yield phrase((word,))


def clause_of(span: Span, topics: TopicTree, *, is_last: bool) -> Clause:
    """Make the clause of one or more words in a row; the last word may be a beginning."""
    words = words_of(" ".join(span.words))
    last = words[-1]
    return Clause(
        typed=span.words,
        words=words,
        is_open=is_last and len(last) >= MIN_PREFIX and not is_unspaced(last),
        topic=span.topic,
        marks=topic_marks(span.topic.name, topics) if span.topic else (),
    )


def all_of(clauses: Iterable[str], *, without: Iterable[str] = ()) -> str:
    """Ask for every clause and for none of `without`."""
    wanted = "(" + " AND ".join(clauses) + ")"
    unwanted = tuple(without)
    return f"{wanted} NOT {any_of(unwanted)}" if unwanted else wanted
