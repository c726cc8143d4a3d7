"""Events: articles about one happening share a line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bot.domain.article import Article
from bot.domain.urls import canonical_url


def groups(articles: Sequence[Article]) -> tuple[tuple[Article, ...], ...]:
    """Split articles into events, each and all in the order given.

    Two articles belong together when they have one story key, or when one lists the other (or
    both list the same page) as related. Belonging is passed on.
    """
    leader = list(range(len(articles)))

    def find(number: int) -> int:
        while leader[number] != number:
            leader[number] = leader[leader[number]]
            number = leader[number]
        return number

    known: dict[str, int] = {}
    for number, article in enumerate(articles):
        for key in _keys(article):
            other = known.setdefault(key, number)
            first, second = sorted((find(other), find(number)))
            leader[second] = first
    members: dict[int, list[Article]] = {}
    for number, article in enumerate(articles):
        members.setdefault(find(number), []).append(article)
    return tuple(tuple(group) for group in members.values())


def _keys(article: Article) -> Iterable[str]:
    yield article.story_key
    for url in (article.web_url, article.original_url, *article.amp_urls):
        key = canonical_url(url) if url else None
        if key is not None:
            yield key
    for related in article.related:
        key = canonical_url(related.url) if related.url else None
        if key is not None:
            yield key
