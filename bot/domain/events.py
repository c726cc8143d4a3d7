"""Events: articles about one happening share a line."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from bot.domain.article import Article
from bot.domain.concepts import part_of
from bot.domain.likeness import (
    FARTHEST,
    SAME_EVENT,
    TELLING,
    Judged,
    judged,
    likeness,
    shared_terms,
)
from bot.domain.terms import Rarity, Terms
from bot.domain.urls import canonical_url

LARGEST_EVENT = 40
"""A page that more articles name than this is no event: a front page, a series."""
TITLE_WORDS = 4
"""A shorter title names no story: `Weather`, `The week in pictures`."""
MOST_HOLDERS = 40
"""A term that more articles hold brings none together: it would compare all with all."""
WORTH_COMPARING, FEW_HOLDERS = 2, 6
"""Telling terms that two articles must share to be compared; one that so few hold is enough."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tie:
    """Why two articles tell one event: `by` their pages (`related`) or their `words`."""

    by: str
    score: float | None = None
    shared: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Links:
    """Which of many articles belong together; computed once, asked for any part of them.

    Articles tied by their pages are one knot, named by its first path; knots alike by words are
    neighbours, with their score.
    """

    knots: Mapping[str, str] = field(default_factory=dict)
    neighbours: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    ties: Mapping[tuple[str, str], Tie] = field(default_factory=dict)

    def groups(self, articles: Sequence[Article]) -> tuple[tuple[Article, ...], ...]:
        """Split articles into events, each and all in the order given.

        Around the knot that is most like the others its neighbours gather, then around the next.
        Every knot of an event is like its middle one: a chain of weak links joins nothing.
        """
        knots = [self.knots.get(article.path, article.path) for article in articles]
        middle = self._middles(frozenset(knots))
        members: dict[str, list[Article]] = {}
        for article, knot in zip(articles, knots, strict=True):
            members.setdefault(middle[knot], []).append(article)
        return tuple(tuple(group) for group in members.values())

    def tie(self, one: Article, other: Article) -> Tie | None:
        """Tell what joins two articles; None when only the middle of their event does."""
        knots = (self.knots.get(one.path, one.path), self.knots.get(other.path, other.path))
        if knots[0] == knots[1]:
            return Tie(by="related")
        return self.ties.get(_both(*knots))

    def _middles(self, knots: frozenset[str]) -> dict[str, str]:
        """Give for each knot the one that its event gathers around."""
        near = {
            knot: {other: score for other, score in found.items() if other in knots}
            for knot in knots
            if (found := self.neighbours.get(knot))
        }
        strength = {knot: sum(sorted(found.values())) for knot, found in near.items()}
        middle: dict[str, str] = {}
        for knot in sorted(near, key=lambda knot: (-strength[knot], knot)):
            if knot in middle:
                continue
            for other in (knot, *near[knot]):
                middle.setdefault(other, knot)
        return {knot: middle.get(knot, knot) for knot in knots}


def links(articles: Iterable[Article]) -> Links:
    """Find which articles belong together. The order given does not matter.

    Pages tie: one story key, or one lists the other (its address or its title) or both list the
    same page as related; such ties are passed on. Words tie those that are alike (`likeness`);
    such ties are not. How rare a word is comes from these articles.
    """
    ordered = sorted(articles, key=lambda article: article.path)
    knots = _tied_by_pages(ordered)
    read = {article.path: judged(article) for article in ordered}
    rarity = Rarity(one.terms for one in read.values())
    neighbours: defaultdict[str, dict[str, float]] = defaultdict(dict)
    ties: dict[tuple[str, str], Tie] = {}
    for one, other in _worth_comparing(read, rarity):
        first, second = knots[one], knots[other]
        if first == second:
            continue
        score = round(likeness(read[one], read[other], rarity), 6)
        if score < SAME_EVENT or score < neighbours[first].get(second, SAME_EVENT):
            continue
        neighbours[first][second] = neighbours[second][first] = score
        shared = shared_terms(read[one], read[other], rarity)
        ties[_both(first, second)] = Tie(by="words", score=score, shared=shared)
    return Links(knots=knots, neighbours=dict(neighbours), ties=ties)


def groups(articles: Sequence[Article]) -> tuple[tuple[Article, ...], ...]:
    """Split articles into events, each and all in the order given."""
    return links(articles).groups(articles)


def _both(one: str, other: str) -> tuple[str, str]:
    return (one, other) if one < other else (other, one)


def _tied_by_pages(articles: Sequence[Article]) -> dict[str, str]:
    """Give for each path the first path of its knot."""
    leader = {article.path: article.path for article in articles}

    def find(path: str) -> str:
        while leader[path] != path:
            leader[path] = leader[leader[path]]
            path = leader[path]
        return path

    def join(one: str, other: str) -> None:
        first, second = sorted((find(one), find(other)))
        leader[second] = first

    by_story: dict[str, str] = {}
    by_page: defaultdict[str, list[str]] = defaultdict(list)
    for article in articles:
        join(article.path, by_story.setdefault(article.story_key, article.path))
        for page in _pages(article):
            by_page[page].append(article.path)
    for paths in by_page.values():
        if len(paths) <= LARGEST_EVENT:
            for path in paths[1:]:
                join(paths[0], path)
    for one, other in _listed_by_title(articles):
        join(one, other)
    return {path: find(path) for path in leader}


def _pages(article: Article) -> frozenset[str]:
    urls = (article.web_url, article.original_url, *article.amp_urls)
    keys = {canonical_url(url) for url in (*urls, *(r.url for r in article.related)) if url}
    return frozenset((article.story_key, *(key for key in keys if key is not None)))


def _listed_by_title(articles: Sequence[Article]) -> Iterator[tuple[str, str]]:
    """Give an article that lists a title as related, and each article of its time that bears it."""
    listing = [article for article in articles if article.related]
    if not listing:
        return
    by_title: defaultdict[str, list[Article]] = defaultdict(list)
    for article in articles:
        by_title[_plain(article.title)].append(article)
    for article in listing:
        for title in {_plain(related.title) for related in article.related}:
            if len(title.split()) < TITLE_WORDS or len(by_title.get(title, ())) > LARGEST_EVENT:
                continue
            for other in by_title.get(title, ()):
                if _are_near(article, other):
                    yield article.path, other.path


def _plain(title: str) -> str:
    return " ".join(title.casefold().split())


def _are_near(one: Article, other: Article) -> bool:
    if one.dated_at is None or other.dated_at is None:
        return True
    return abs(one.dated_at - other.dated_at) <= FARTHEST


def _worth_comparing(read: Mapping[str, Judged], rarity: Rarity) -> Iterator[tuple[str, str]]:
    """Give the pairs of paths that share enough telling terms and lie near in time."""
    holders: defaultdict[str, list[str]] = defaultdict(list)
    for path, one in read.items():
        shared: Counter[str] = Counter()
        for term in _telling(one.terms, rarity):
            shared.update(holders[term])
            if rarity.counts[term] <= FEW_HOLDERS:
                shared.update(holders[term])
            holders[term].append(path)
        for other, count in shared.items():
            if count >= WORTH_COMPARING and _are_near(one.article, read[other].article):
                yield other, path


def _telling(terms: Terms, rarity: Rarity) -> Iterator[str]:
    for term, part in terms.text.items():
        if 1 < rarity.counts[term] <= MOST_HOLDERS and rarity.weight(term, part) >= TELLING:
            yield term
    for concept in terms.concepts:
        is_shared = 1 < rarity.counts[concept] <= MOST_HOLDERS
        if is_shared and rarity.weight(concept, part_of(concept)) >= TELLING:
            yield concept
