"""Understood: what the bot took a question for, and why it found nothing, in words for people."""

from __future__ import annotations

from collections.abc import Iterable

from bot.domain.topic import folded
from bot.rendering.dates import span_of
from bot.search.query import Query
from bot.search.ranking import Found


def understood(query: Query, found: Found, *, zone: str) -> tuple[str, ...]:
    """Say what was taken for a time, a topic, a source or a kind, and what is missing."""
    asked = folded(query.text)
    topics = [f"topic {name}" for name in found.topics if folded(name) not in asked]
    parts = [
        span_of(found.since, found.until, zone=zone),
        *topics[:2],
        *map(_filter, found.filters),
        *(f"without {term}" for term in query.without),
    ]
    if found.not_then:
        parts.append(f"nothing of that time ({', '.join(found.not_then)}), so from any")
    elif found.is_partial:
        parts.append("some of these words")
    return tuple(part for part in parts if part)


def reasons(query: Query, found: Found, *, zone: str) -> tuple[str, ...]:
    """Say why nothing was found, where that is more than that there is nothing."""
    told: list[str] = []
    when = span_of(found.since, found.until, zone=zone)
    if when:
        told.append(f"I looked for {when}.")
    if found.is_narrow:
        told.append(f"There is something without {' '.join(found.filters)}.")
    elif len(query.words) + len(query.phrases) > 1:
        if found.why:
            told.append(f"No story has {_listed(found.why)}.")
        elif not query.without:
            told.append("There are stories with these words, but none with enough of them.")
    elif found.filters:
        told.append(f"No story is {_listed_plainly(map(_filter, found.filters))}.")
    if query.without:
        told.append(f"Stories with {_listed(query.without)} were left out.")
    return tuple(told)


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
