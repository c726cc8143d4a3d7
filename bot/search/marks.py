"""Marks: the index's own words, which say how an article is filed and never stand in a text."""

from __future__ import annotations

import hashlib
from functools import lru_cache

from bot.domain.facts import Facts
from bot.domain.topic import TopicTree
from bot.search.words import words_of

START = "\ue000"
"""Begins every mark; `words.py` lets no such character through."""
ALL = f"{START}all"
"""Every article bears it, so that a filter alone can be walked like a word."""
MOST_PARTS = 6


def topic(name: str) -> str:
    """Mark what is filed under the topic of this folded name."""
    return _mark("t", name)


def topic_family(name: str, topics: TopicTree) -> tuple[str, ...]:
    """Give the marks of a topic and of all below it, in every spelling that articles may use."""
    family = topics.family(name)
    return tuple(sorted(topic(key) for key in family | topics.spellings(family) if key))


def kinds(facts: Facts) -> tuple[str, ...]:
    """Mark the type of an article, and its category."""
    return _kinds(facts.get("kind", "article"), facts.get("category") or "")


@lru_cache(maxsize=5_000)
def _kinds(*names: str) -> tuple[str, ...]:
    named = (_singular(name) for name in names)
    return tuple(dict.fromkeys(_mark("k", word) for word in named if word))


def providers(*names: str) -> tuple[str, ...]:
    """Mark each word of the provider's name and domain."""
    words = (word for name in dict.fromkeys(names) for word in _parts(name))
    return tuple(dict.fromkeys(_mark("p", word) for word in words))


def of_kind(typed: str) -> tuple[str, ...]:
    """Give the mark that `type:` asks for; none when nothing was typed that could be one."""
    word = _singular(typed)
    return (_mark("k", word),) if word else ()


def of_provider(typed: str) -> tuple[str, ...]:
    """Give the marks that `from:` asks for, all of them."""
    return tuple(_mark("p", word) for word in _parts(typed))


def _parts(name: str) -> tuple[str, ...]:
    clean = name.encode(errors="replace").decode().casefold().removeprefix("www.")
    # A domain's words are its labels: the splitter would take `b.b.c.` for initials.
    return words_of(clean.replace(".", " "))[:MOST_PARTS]


def _singular(word: str) -> str:
    return "".join(words_of(word.encode(errors="replace").decode())).removesuffix("s")


@lru_cache(maxsize=20_000)
def _mark(space: str, name: str) -> str:
    digest = hashlib.blake2b(name.encode(errors="replace"), digest_size=6).hexdigest()
    return f"{START}{space}{digest}"
