"""Prepared: what the index keeps of an article, made ready without touching the index."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache, partial
from hashlib import blake2b
from itertools import islice
from typing import NamedTuple

from bot.domain.facts import Facts, link_of, moment_of, story_key_of
from bot.domain.topic import folded
from bot.domain.urls import canonical_url, host_of
from bot.search import marks
from bot.search.files import NUMBER_BITS
from bot.search.languages import Learned, detected
from bot.search.ranking import worth
from bot.search.words import indexed_words, plain

# Looked up once: an article takes seven of them.
_digested = partial(blake2b, digest_size=8)
_number = int.from_bytes
LATEST_SECOND = 2**42
MOST_KEYS = 24
"""Pages of related coverage by which an article can join others."""
LARGEST_HEAT = 10**6


@dataclass(slots=True)
class Prepared:
    """One article, ready for the tables; `digest` changes when its words or marks do.

    `columns` are what FTS5 gets: the stems of the title, those of the rest, the marks. The
    story key's hash is the first of `keys`.
    """

    path: str
    path_key: int
    second: int
    log_heat: float | None
    worth: int
    head: str
    keys: tuple[int, ...]
    topics: str
    language: str
    columns: tuple[str, str, str]
    digest: int

    @property
    def story(self) -> int:
        """The hash of the story key: it stands first among the keys."""
        return self.keys[0]


def can_be_found(facts: Facts) -> bool:
    """Whether an article has what a reader needs: a title and a link, and is not withdrawn."""
    return (
        not facts.get("is_removed") and bool(facts["title"].strip()) and link_of(facts) is not None
    )


def prepared(facts: Facts, *, stems: Learned, language: str | None) -> Prepared:
    """Prepare an article; `language` None: told from its words."""
    get, path = facts.get, facts["path"]
    headline, excerpt = facts["title"], get("excerpt", "")
    title, body = indexed_words(headline), indexed_words(excerpt)
    is_ascii = headline.isascii() and excerpt.isascii()
    spoken = language or detected(title, body, is_ascii=is_ascii)
    filed, shown = _filed(tuple(get("topics", ()))), _shown(*_names(facts))
    body += filed.words
    body += shown.words
    if markup := get("body"):
        body += indexed_words(plain(markup))
    first, second = " ".join(stems.of(title, spoken)), " ".join(stems.of(body, spoken))
    third = " ".join((filed.marks, *marks.kinds(facts), *shown.marks))
    log_heat, worth = _weight(get("heat"), get("quality"))
    return Prepared(
        path,
        hashed(path),
        second_of(moment_of(get("dated_at"))),
        log_heat,
        worth,
        f" {first} {filed.marks_of_topics}",
        _keys(facts),
        filed.topics,
        spoken,
        (first, second, third),
        hashed(f"{spoken}\n{first}\n{second}\n{third}"),
    )


def number_of(second: int, path_key: int) -> int:
    """Give the number that an article gets unless it is taken.

    Those without a date, which may be many, spread over the first twelve days of 1970.
    """
    bits = NUMBER_BITS if second else 2 * NUMBER_BITS
    return (second << NUMBER_BITS) | (path_key & ((1 << bits) - 1))


def second_of(moment: datetime | None) -> int:
    """Give a date in seconds since 1970; 0 without one, or before."""
    if moment is None:
        return 0
    return min(max(int(moment.timestamp()), 0), LATEST_SECOND)


def hashed(text: str) -> int:
    """Give 63 bits that stand for a text."""
    return _number(_digested(text.encode("utf-8", "surrogatepass")).digest()) >> 1


@lru_cache(maxsize=10_000)
def _weight(heat: int | None, quality: int | None) -> tuple[float | None, int]:
    """Give the logarithm of the heat, and what heat and quality are worth."""
    if heat is None:
        return None, worth(None, quality)
    heat = max(min(heat, LARGEST_HEAT), -LARGEST_HEAT)
    return math.log2(heat) if heat > 0 else None, worth(heat, quality)


def _names(facts: Facts) -> tuple[str, str]:
    """Give the name and the domain of the provider; without one the host of the link."""
    provider = facts.get("provider")
    if provider is None:
        return host_of(link_of(facts)) or "", ""
    return provider.get("name") or "", provider.get("domain") or ""


class _Shown(NamedTuple):
    """What the provider adds: the words of its name, and its marks."""

    words: list[str]
    marks: tuple[str, ...]


@lru_cache(maxsize=20_000)
def _shown(name: str, domain: str) -> _Shown:
    return _Shown(_name_words(name or domain), marks.providers(name, domain))


@lru_cache(maxsize=20_000)
def _name_words(name: str) -> list[str]:
    return indexed_words(name)


class _Filed(NamedTuple):
    """What being filed under topics adds: words, marks, and the folded names, one a line."""

    words: list[str]
    marks: str
    marks_of_topics: str
    topics: str


@lru_cache(maxsize=20_000)
def _filed(topics: tuple[str, ...]) -> _Filed:
    names = dict.fromkeys(map(_folded_name, topics))
    names.pop("", None)
    filed = [marks.topic(name) for name in names]
    words = [word for name in topics for word in _name_words(name)]
    of_topics = "".join([f"{mark} " for mark in filed])
    return _Filed(words, " ".join((marks.ALL, *filed)), of_topics, "\n".join(names))


@lru_cache(maxsize=20_000)
def _folded_name(name: str) -> str:
    return " ".join(folded(name.encode(errors="replace").decode()).split())


def _keys(facts: Facts) -> tuple[int, ...]:
    """Hash what makes it one event with others: its own pages, and those it lists as related."""
    get = facts.get
    found: dict[str, None] = {story_key_of(facts): None}
    original_url = get("original_url")
    urls = [*get("amp_urls", ()), *[one.get("url") for one in get("related", ())]]
    if original_url != get("web_url"):
        urls.insert(0, original_url)
    for url in urls:
        if url and (key := canonical_url(url)) is not None:
            found[key] = None
    return tuple([hashed(key) for key in islice(found, MOST_KEYS)])
