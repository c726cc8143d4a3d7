"""FTS5 expressions from clauses: the only place that writes their syntax.

Nothing typed by anybody reaches an expression except as words of `words.py`, in quotes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from bot.domain.topic import Topic, TopicTree
from bot.search import marks
from bot.search.languages import Stems
from bot.search.query import Span, is_keyword
from bot.search.words import is_unspaced, typed_words, words_of

MIN_PREFIX = 2
MOST_IN_A_ROW = 24
"""Words of one phrase that are looked for: more tell no more, and each costs time."""
MOST_MARKS_SCORED = 24
"""A topic with more below it is recognised by its words alone when matches are ordered."""


def phrase(words: Iterable[str]) -> str:
    """Ask for words in a row."""
    return '"' + " ".join(words) + '"'


def any_of(expressions: Iterable[str]) -> str:
    """Ask for at least one."""
    return "(" + " OR ".join(expressions) + ")"


def all_of(expressions: Iterable[str], *, without: Iterable[str] = ()) -> str:
    """Ask for every one and for none of `without`."""
    wanted = "(" + " AND ".join(expressions) + ")"
    unwanted = tuple(without)
    return f"{wanted} NOT {any_of(unwanted)}" if unwanted else wanted


def in_title(expression: str) -> str:
    """Ask for it in the title and the marks alone."""
    return f"{{title marks}} : ({expression})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """One thing that was asked for.

    `typed` are the words as they were typed, `words` the same folded; `rows` are the stems to
    find in a row, one for every language in which they differ; `is_open`: the last word may be
    meant as a beginning, of which `completions` are the stems. `topic` and `marks` stand for the
    topic that it names, `is_keyword`: by one of its keywords.
    """

    typed: tuple[str, ...]
    words: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    is_open: bool = False
    completions: tuple[str, ...] = ()
    topic: Topic | None = None
    marks: tuple[str, ...] = ()
    is_keyword: bool = False

    @property
    def expression(self) -> str:
        """Match the words in any language, and the topic."""
        return any_of((*self._worded(), *(phrase((mark,)) for mark in self.marks)))

    @property
    def literal(self) -> str:
        """Match the words alone."""
        return any_of(self._worded())

    @property
    def by_topic(self) -> Clause:
        """Match what is filed under the topic, whatever its words; as it is when none is named."""
        return replace(self, rows=(), completions=()) if self.marks else self

    @property
    def stems(self) -> tuple[str, ...]:
        """Give all single words that match."""
        return (*dict.fromkeys(stem for row in self.rows for stem in row), *self.completions)

    @property
    def title_needles(self) -> tuple[str, ...]:
        """Give the texts of which one stands in the head of an article with it in the title."""
        end = "" if self._is_character else " "
        rows = [f" {' '.join(row)}{end}" for row in self.rows]
        return (*rows, *(f" {stem} " for stem in self.completions))

    @property
    def topic_needles(self) -> tuple[str, ...]:
        """Give the texts of which one stands in the head of an article filed under the topic."""
        return tuple(f" {mark} " for mark in self.marks[:MOST_MARKS_SCORED])

    @property
    def _is_character(self) -> bool:
        """Whether it is one character of a script without spaces: it begins pairs."""
        return len(self.words) == 1 and len(self.words[0]) == 1 and is_unspaced(self.words[0])

    def _worded(self) -> Iterable[str]:
        end = " *" if self._is_character else ""
        for row in self.rows:
            yield phrase(row) + end
        for stem in self.completions:
            yield phrase((stem,))


def clause_of(
    span: Span, topics: TopicTree, *, stems: Stems, languages: Sequence[str], is_last: bool
) -> Clause:
    """Make the clause of one or more words in a row; the last word may be a beginning."""
    text = " ".join(span.words)
    typed = typed_words(text)[:MOST_IN_A_ROW]
    rows = (tuple(stems.of(typed, language)) for language in languages)
    words = words_of(text)[:MOST_IN_A_ROW]
    last = words[-1] if words else ""
    return Clause(
        typed=span.words,
        words=words,
        rows=tuple(dict.fromkeys(row for row in rows if row)),
        is_open=is_last and len(last) >= MIN_PREFIX and not is_unspaced(last),
        topic=span.topic,
        marks=marks.topic_family(span.topic.name, topics) if span.topic else (),
        is_keyword=span.topic is not None and is_keyword(text, span.topic),
    )
