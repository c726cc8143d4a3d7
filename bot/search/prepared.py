"""Prepared: what the index keeps of an article, made ready without touching the index."""

from __future__ import annotations

import hashlib
import math
import zlib
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from bot.domain.article import Article, StoryKey
from bot.domain.topic import folded
from bot.domain.urls import canonical_url
from bot.search import marks
from bot.search.files import NUMBER_BITS
from bot.search.languages import Stems, detected
from bot.search.ranking import worth
from bot.search.words import indexed_words, plain

LATEST_SECOND = 2**42
MOST_KEYS = 24
"""Pages of related coverage by which an article can join others."""
LARGEST_HEAT = 10**6
FIELD = "\n"
SMALL = 2_000
"""Bytes below which packing would save little."""


@dataclass(slots=True, kw_only=True)
class Prepared:
    """One article, ready for the tables; `digest` changes when its words or marks do.

    `columns` are what FTS5 gets: the stems of the title, those of the rest, the marks. `words`
    are the distinct words in small letters, in `language`.
    """

    path: str
    path_key: int
    second: int
    log_heat: float | None
    worth: int
    head: str
    keys: tuple[int, ...]
    topics: str
    words: frozenset[str]
    language: str
    columns: tuple[str, str, str]
    digest: int

    @property
    def story(self) -> int:
        """The hash of the story key: it stands first among the keys."""
        return self.keys[0]

    def packed(self) -> str | bytes:
        """Write the columns for keeping: FTS5 must see them again to forget them."""
        text = FIELD.join(self.columns)
        return text if len(text) < SMALL else zlib.compress(text.encode(), 1)


def unpacked(data: str | bytes) -> list[str]:
    """Read the columns that `Prepared.packed` wrote."""
    text = data if isinstance(data, str) else zlib.decompress(data).decode()
    return text.split(FIELD)


def can_be_found(article: Article) -> bool:
    """Whether an article has what a reader needs: a title and a link, and is not withdrawn."""
    return bool(article.title.strip()) and article.link is not None and not article.is_removed


def prepared(article: Article, *, stems: Stems, language: str | None) -> Prepared:
    """Prepare an article; `language` None: told from its words."""
    title = indexed_words(article.title)
    body = indexed_words(article.excerpt)
    spoken = language or detected(title + body)
    for name in (*article.topics, article.source or ""):
        body += _name_words(name)
    if article.body:
        body += indexed_words(plain(article.body))
    names = _topic_names(article.topics)
    topics = [marks.topic(name) for name in names]
    filed = (marks.ALL, *topics, *marks.kinds(article), *marks.providers(article))
    columns = (
        " ".join(stems.of(title, spoken)),
        " ".join(stems.of(body, spoken)),
        " ".join(filed),
    )
    heat = None if article.heat is None else max(min(article.heat, LARGEST_HEAT), -LARGEST_HEAT)
    return Prepared(
        path=article.path,
        path_key=hashed(article.path),
        second=second_of(article),
        log_heat=math.log2(heat) if heat is not None and heat > 0 else None,
        worth=worth(heat, article.quality),
        head=f" {' '.join((columns[0], *topics))} ",
        keys=_keys(article),
        topics="\n".join(names),
        words=frozenset(title).union(body),
        language=spoken,
        columns=columns,
        digest=hashed(FIELD.join((spoken, *columns))),
    )


def number_of(second: int, path_key: int) -> int:
    """Give the number that an article gets unless it is taken.

    Those without a date, which may be many, spread over the first twelve days of 1970.
    """
    bits = NUMBER_BITS if second else 2 * NUMBER_BITS
    return (second << NUMBER_BITS) | (path_key & ((1 << bits) - 1))


def second_of(article: Article) -> int:
    """Give the date in seconds since 1970; 0 without one, or before."""
    if article.dated_at is None:
        return 0
    return min(max(int(article.dated_at.timestamp()), 0), LATEST_SECOND)


def hashed(text: str) -> int:
    """Give 63 bits that stand for a text."""
    data = text.encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest()) >> 1


@lru_cache(maxsize=20_000)
def _name_words(name: str) -> list[str]:
    return indexed_words(name)


@lru_cache(maxsize=20_000)
def _topic_names(topics: tuple[str, ...]) -> tuple[str, ...]:
    clean = (name.encode(errors="replace").decode() for name in topics)
    names = dict.fromkeys(" ".join(folded(name).split()) for name in clean)
    names.pop("", None)
    return tuple(names)


def _keys(article: Article) -> tuple[int, ...]:
    """Hash what makes it one event with others: its own pages, and those it lists as related."""
    found = {article.story_key: None}
    for url in dict.fromkeys((article.original_url, *article.amp_urls)):
        _take(url, found)
    for related in article.related:
        _take(related.url, found)
    return tuple(hashed(key) for key in islice(found, MOST_KEYS))


def _take(url: str | None, found: dict[StoryKey, None]) -> None:
    key = canonical_url(url) if url else None
    if key is not None:
        found[StoryKey(key)] = None
