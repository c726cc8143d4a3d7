"""Understood: what the bot took a question for, and why it found nothing, in words for people."""

from __future__ import annotations

from collections.abc import Iterable

from bot.domain.topic import folded
from bot.rendering.dates import span_of
from bot.search.query import Query, without_marks
from bot.search.ranking import Found
from bot.search.words import is_asking, words_of


def understood(query: Query, found: Found, *, heading: str, zone: str) -> tuple[str, ...]:
    """Say what was taken for a time, a topic, a source or a kind, and what is missing.

    What the heading above it says already is not repeated.
    """
    said = folded(heading)
    topics = [f"topic {name}" for name in found.topics if folded(name) not in said]
    parts = [
        span_of(found.since, found.until, zone=zone),
        *topics[:2],
        *map(_filter, found.filters),
        *(f"without {term}" for term in query.without),
    ]
    if found.not_then:
        parts.append(f"nothing for “{' '.join(found.not_then)}”, so of any time")
    elif found.is_partial:
        parts.append("some of these words")
    return tuple(part for part in parts if part)


def reasons(query: Query, found: Found, *, zone: str) -> tuple[str, ...]:
    """Say why nothing was found, where that is more than that there is nothing."""
    told: list[str] = []
    when = span_of(found.since, found.until, zone=zone)
    typed = " ".join(found.dated_by)
    missing = _telling(found.why)
    if when and folded(when) != folded(typed):
        told.append(f"I took “{typed}” for {when}.")
    if found.is_narrow:
        told.append(f"There is something without {' '.join(found.filters)}.")
    elif len(query.words) + len(query.phrases) > 1:
        if missing:
            told.append(f"No story has {_listed(missing)}.")
        elif not query.without and not found.dated_by:
            told.append("There are stories with these words, but none with enough of them.")
    elif found.filters:
        told.append(f"No story is {_listed_plainly(map(_filter, found.filters))}.")
    if query.without:
        told.append(f"Stories with {_listed(query.without)} were left out.")
    return tuple(told)


def _telling(words: Iterable[str]) -> tuple[str, ...]:
    """Leave out the words that only frame a question, and the marks around the others."""
    return tuple(without_marks(word) for word in words if not is_asking(words_of(word)))


def _filter(text: str) -> str:
    is_wanted, text = not text.startswith("-"), text.removeprefix("-")
    key, _, value = text.partition(":")
    value = value.strip('"')
    if key == "from":
        return f"from {value}" if is_wanted else f"not from {value}"
    return f"of type {value}" if is_wanted else f"not of type {value}"


def _listed(words: Iterable[str]) -> str:
    return _listed_plainly(f"“{word}”" for word in words)


def _listed_plainly(words: Iterable[str]) -> str:
    *others, last = words
    return f"{', '.join(others)} or {last}" if others else last
