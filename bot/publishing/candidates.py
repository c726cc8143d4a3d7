"""Candidates: the stories that a post by hand could hold: by the rules, by words, by name."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.domain.article import Article, StoryId, StoryKey
from bot.domain.digest import Item
from bot.domain.events import groups
from bot.domain.selection import RECEIVED, RETIRED, Choice, Known, choose, choose_first
from bot.domain.subscription import Subscription
from bot.domain.urls import canonical_url
from bot.publishing.catalogue import Catalogue
from bot.publishing.publication import Publication
from bot.search.query import Query
from bot.store.articles import Articles

MOST_FOUND = 100
"""Stories looked at for the words of an operator: those that were sent already are left out."""
MOST_RANKED = 60
"""Stories that are offered in place of others."""
WITHDRAWN = "withdrawn by its publisher"

_STORY_ID = re.compile(r"[0-9a-f]{12}")
_LINK = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_FILE = re.compile(r"\S+\.(?:md|markdown)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What words found: stories that may be posted, and why others may not.

    `is_named`: the words were the name of one story, not a question.
    """

    items: tuple[Item, ...] = ()
    left: Counter[str]
    is_named: bool = False


class Candidates:
    """Finds stories for a post. `received` are those that any of its chats has had."""

    def __init__(
        self, *, publication: Publication, articles: Articles, catalogue: Catalogue
    ) -> None:
        self._publication = publication
        self._articles = articles
        self._catalogue = catalogue

    async def chosen(
        self, wish: Subscription, *, received: frozenset[StoryKey], now: datetime
    ) -> Choice:
        """Choose by the publication's rules, as a digest would."""
        topics = self._catalogue.topics
        rules = self._publication.rules_for(wish, topics)
        library = await self._articles.known(since=now - rules.max_age)
        choosing = choose if received else choose_first

        def work() -> Choice:
            return choosing(library, rules, topics=topics, received=received, now=now)

        return await asyncio.to_thread(work)

    async def ranked(
        self,
        wish: Subscription,
        *,
        received: frozenset[StoryKey],
        without: frozenset[StoryKey],
        now: datetime,
    ) -> tuple[Item, ...]:
        """Give all that could be posted, best first, without caps and without these stories."""
        topics = self._catalogue.topics
        rules = replace(
            self._publication.rules_for(wish, topics),
            size=MOST_RANKED + len(without),
            provider_cap=MOST_FOUND,
            topic_cap=MOST_FOUND,
            sections=(),
        )
        library = await self._articles.known(since=now - rules.max_age)

        def work() -> tuple[Item, ...]:
            choice = choose(library, rules, topics=topics, received=received, now=now)
            return tuple(one for one in choice.items if without.isdisjoint(one.story_keys))

        return (await asyncio.to_thread(work))[:MOST_RANKED]

    async def found(self, words: str, *, received: frozenset[StoryKey], now: datetime) -> Found:
        """Find stories by a link, an id, the path of a file or by search, best first.

        One line per event.
        """
        named = _named(words.strip())
        if named is not None:
            known = await self._best_of(named)
            return _found([known] if known else [], received, words=words, is_named=True)
        query = Query.parse(words)
        if query.is_empty:
            return Found(left=Counter())
        hits = await asyncio.to_thread(
            self._catalogue.index.search,
            query,
            topics=self._catalogue.topics,
            now=now,
            half_life=self._publication.rules.half_life,
            limit=MOST_FOUND,
            zone=ZoneInfo(self._publication.zone),
        )
        articles = await self._articles.by_paths(hit.path for hit in hits.hits)
        scores = {hit.path: hit.score for hit in hits.hits}
        there = [articles[hit.path] for hit in hits.hits if hit.path in articles]
        return _found(there, received, words=query.text, scores=scores)

    async def by_id(
        self, story: str, *, received: frozenset[StoryKey]
    ) -> tuple[Item | None, str | None]:
        """Give the story with this id, or why it cannot be posted."""
        known = await self._articles.by_story_id(StoryId(story)) if is_story_id(story) else None
        if known is None:
            return None, "it is not in the library any more"
        why_not = unfit(known, received)
        return (None, why_not) if why_not else (_asked(known, words=story), None)

    async def withdrawn(self, keys: Collection[StoryKey]) -> frozenset[StoryKey]:
        """Give those of the stories that their publisher has withdrawn."""
        known = await self._articles.by_story_keys(keys)
        return frozenset(key for key, one in known.items() if one.article.is_removed)

    async def _best_of(self, named: _Name) -> Known | None:
        match named:
            case ("id", story):
                return await self._articles.by_story_id(StoryId(story))
            case ("path", path):
                return (await self._articles.by_paths([path])).get(path)
            case (_, link):
                key = StoryKey(canonical_url(link) or "")
                return (await self._articles.by_story_keys([key])).get(key)


_Name = tuple[str, str]


def _named(words: str) -> _Name | None:
    """Tell what the words name: an id, a link or a path; None: they are a question."""
    if _LINK.fullmatch(words):
        return ("link", words if "://" in words else f"https://{words}")
    if _STORY_ID.fullmatch(words):
        return ("id", words)
    return ("path", words) if _FILE.fullmatch(words) else None


def is_story_id(text: str) -> bool:
    """Whether this can be the id of a story."""
    return _STORY_ID.fullmatch(text) is not None


def unfit(known: Known, received: frozenset[StoryKey]) -> str | None:
    """Say why a story cannot be posted, also by hand; None: it can."""
    article = known.article
    if article.is_removed:
        return WITHDRAWN
    if not article.title:
        return "no title"
    if article.link is None:
        return "no usable link"
    if article.story_key in received:
        return RECEIVED
    return RETIRED if known.is_retired else None


def _found(
    there: Sequence[Known],
    received: frozenset[StoryKey],
    *,
    words: str,
    scores: dict[str, float] | None = None,
    is_named: bool = False,
) -> Found:
    reasons = {known.article.path: unfit(known, received) for known in there}
    left = Counter(reason for reason in reasons.values() if reason is not None)
    fit = {known.article.path: known for known in there if reasons[known.article.path] is None}
    items = tuple(
        _asked(fit[lead.path], words=words, also=others, score=(scores or {}).get(lead.path, 0.0))
        for lead, *others in groups([known.article for known in fit.values()])
    )
    return Found(items=items, left=left, is_named=is_named)


def _asked(known: Known, *, words: str, also: Sequence[Article] = (), score: float = 0.0) -> Item:
    reasons = {"because": ["asked for"], "words": words}
    return Item(article=known.article, also=tuple(also), score=score, reasons=reasons)
