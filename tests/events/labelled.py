"""The labelled set: families of articles that are easily taken for one event, and their pairs.

A family is one hard case: articles of one event in different words, beside articles of other events
in similar words. Every two articles of a family are a pair. `open/*.txt` and `sealed/*.txt` hold
them, three lines an article (label | UTC time | provider | topic; title; excerpt); equal labels are
one event. The rule was made with the open half; the sealed one was written before it was read.
`second/*.txt` are families of another hand, written after the rule by somebody who did not know it.
`third/*.txt` are of a third hand, written in the same blindness; a fifth field, the language, lets
pairs across two languages be told from those in one. Its own head says more.
`open/newsrooms.txt` is open too and tells languages; it is read apart, for it is harder:
what is asked of the open half was asked of the families before it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path

from bot.domain.article import Article, DateSource, Provider, RelatedStory

HERE = Path(__file__).parent
HALVES = {False: HERE / "open", True: HERE / "sealed"}
SECOND = HERE / "second"
THIRD = HERE / "third"
NEWSROOMS = HERE / "open" / "newsrooms.txt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two articles, and whether a person says that they tell one event."""

    one: Article
    other: Article
    is_same: bool
    languages: frozenset[str]
    """The languages that the two are in: one or two; empty in a set that does not tell them."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """An article, the label of its event in the family, and its language if the set tells it."""

    label: str
    article: Article
    language: str | None


def pairs(*, sealed: bool) -> tuple[Pair, ...]:
    """Give the pairs of one half. A whole family is in one half: it shares articles and words."""
    return pairs_in(HALVES[sealed])


def pairs_in(place: Path) -> tuple[Pair, ...]:
    """Give the pairs of the families in a folder, or in one file."""
    return tuple(
        Pair(
            one=one.article,
            other=other.article,
            is_same=one.label == other.label,
            languages=frozenset(filter(None, (one.language, other.language))),
        )
        for members in _families(place)
        for one, other in combinations(members, 2)
    )


def articles() -> tuple[Article, ...]:
    """Give every article of the set."""
    return tuple(
        member.article
        for folder in HALVES.values()
        for members in _families(folder)
        for member in members
    )


def _families(place: Path) -> Iterator[list[Labelled]]:
    files = [place] if place.is_file() else sorted(set(place.glob("*.txt")) - {NEWSROOMS})
    for file in files:
        for text in file.read_text(encoding="utf-8").split("## ")[1:]:
            name, *lines = (line for line in text.splitlines() if line.strip())
            threes = zip(lines[::3], lines[1::3], lines[2::3], strict=True)
            yield [_article(name, number, three) for number, three in enumerate(threes)]


def _article(family: str, number: int, three: tuple[str, str, str]) -> Labelled:
    head, title, text = three
    label, time, provider, topic, *language = head.split(" | ")
    excerpt, _, related = text.partition(" | related=")
    # The address tells nothing of the family: it must not help.
    name = hashlib.blake2b(f"{family} {number}".encode(), digest_size=5).hexdigest()
    host = hashlib.blake2b(provider.encode(), digest_size=4).hexdigest()
    article = Article(
        path=f"{name}.md",
        title=title,
        excerpt=excerpt,
        dated_at=datetime.fromisoformat(time).replace(tzinfo=UTC),
        date_source=DateSource.FIELD,
        web_url=f"https://{host}.example/{name}",
        provider=Provider(name=provider),
        topics=(topic,),
        related=(RelatedStory(title=related),) if related else (),
    )
    return Labelled(label, article, language[0] if language else None)
