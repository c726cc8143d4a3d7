"""Prepared: what the index keeps of an article, made ready without touching the index."""

from __future__ import annotations

import hashlib
import math
import zlib
from dataclasses import dataclass

from bot.domain.article import Article
from bot.domain.topic import folded
from bot.domain.urls import canonical_url
from bot.search import marks
from bot.search.files import NUMBER_BITS
from bot.search.languages import Stems, detected
from bot.search.ranking import worth
from bot.search.words import indexed_words, is_unspaced, plain

LATEST_SECOND = 2**42
MOST_KEYS = 24
"""Pages of related coverage by which an article can join others."""
LARGEST_HEAT = 10**6
_FIELD = "\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """The words of an article: `title` and `body` as in the article but in small letters.

    `marks` are the index's own words: topics, kind, provider.
    """

    title: str
    body: str
    marks: str
    language: str

    def packed(self) -> bytes:
        """Shrink it for keeping: FTS5 must see the same words again to forget them."""
        return zlib.compress(_FIELD.join((self.title, self.body, self.marks)).encode(), 1)

    @classmethod
    def unpacked(cls, data: bytes, language: str) -> Text:
        """Read what `packed` gave."""
        title, body, own = zlib.decompress(data).decode().split(_FIELD)
        return cls(title=title, body=body, marks=own, language=language)

    def indexed(self, stems: Stems) -> tuple[str, str, str]:
        """Give the columns as FTS5 gets them."""
        title = stems.of(self.title.split(), self.language)
        body = stems.of(self.body.split(), self.language)
        return " ".join(title), " ".join(body), self.marks

    def vocabulary(self) -> set[str]:
        """Give the distinct words that can be meant, completed or corrected."""
        words = {*self.title.split(), *self.body.split()}
        return {word for word in words if len(word) > 1 and not is_unspaced(word)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """One article, ready for the tables; `digest` changes when its words or marks do."""

    path: str
    path_key: int
    second: int
    heat: int | None
    log_heat: float | None
    worth: int
    head: str
    keys: tuple[int, ...]
    topics: str
    text: Text
    columns: tuple[str, str, str]
    digest: int

    @property
    def story(self) -> int:
        """The hash of the story key: it stands first among the keys."""
        return self.keys[0]


def can_be_found(article: Article) -> bool:
    """Whether an article has what a reader needs: a title and a link, and is not withdrawn."""
    return bool(article.title.strip()) and article.link is not None and not article.is_removed


def prepared(article: Article, *, stems: Stems, language: str | None) -> Prepared:
    """Prepare an article; `language` None: told from its words."""
    title = indexed_words(article.title)
    body = indexed_words(article.excerpt)
    spoken = language or detected([*title, *body])
    for topic in article.topics:
        body += indexed_words(topic)
    body += indexed_words(article.source or "")
    if article.body:
        body += indexed_words(plain(article.body))
    names = _topic_names(article)
    topics = [marks.topic(name) for name in names]
    text = Text(
        title=" ".join(title),
        body=" ".join(body),
        marks=" ".join((marks.ALL, *topics, *marks.kinds(article), *marks.providers(article))),
        language=spoken,
    )
    columns = text.indexed(stems)
    heat = None if article.heat is None else max(min(article.heat, LARGEST_HEAT), -LARGEST_HEAT)
    return Prepared(
        path=article.path,
        path_key=hashed(article.path),
        second=second_of(article),
        heat=heat,
        log_heat=math.log2(heat) if heat is not None and heat > 0 else None,
        worth=worth(heat, article.quality),
        head=f" {' '.join((columns[0], *topics))} ",
        keys=_keys(article),
        topics="\n".join(names),
        text=text,
        columns=columns,
        digest=hashed("\n".join((spoken, text.title, text.body, text.marks))),
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


def _topic_names(article: Article) -> tuple[str, ...]:
    clean = (name.encode(errors="replace").decode() for name in article.topics)
    names = dict.fromkeys(" ".join(folded(name).split()) for name in clean)
    names.pop("", None)
    return tuple(names)


def _keys(article: Article) -> tuple[int, ...]:
    """Hash what makes it one event with others: its own pages, and those it lists as related."""
    found = {hashed(article.story_key): None}
    urls = [article.web_url, article.original_url, *article.amp_urls]
    urls += [related.url for related in article.related]
    for url in urls:
        key = canonical_url(url) if url else None
        if key is not None:
            found[hashed(key)] = None
    return tuple(found)[:MOST_KEYS]
