"""Why: what became of stories in one chat, and what its next digest would hold."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot.domain.article import Article, StoryId, story_id
from bot.domain.clock import Clock
from bot.domain.message import Message
from bot.domain.selection import Choice, Known, Pool
from bot.domain.subscription import Subscription
from bot.publishing.catalogue import Catalogue
from bot.publishing.channels import Channels
from bot.publishing.outlook import Outlook
from bot.publishing.preferences import Place
from bot.publishing.publication import Publication
from bot.rendering import accounts, whys
from bot.rendering.style import Style
from bot.rendering.whys import Fate
from bot.search.query import Query
from bot.store.articles import Articles
from bot.store.deliveries import Deliveries
from bot.store.digests import StoredDigest
from bot.store.histories import Arrival, Histories
from bot.store.subscriptions import Subscriptions

MOST_STORIES = 3
"""Stories that are told of for words."""
MOST_CHANNELS = 3
"""Channels whose choices an operator is told of beside the own chat's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Who asks: the chat, how messages look there, and whether figures are wanted."""

    place: Place
    style: Style
    in_full: bool = False


class Whys:
    """Accounts for choices; what is asked of the library runs in worker threads."""

    def __init__(
        self,
        *,
        publication: Publication,
        catalogue: Catalogue,
        articles: Articles,
        subscriptions: Subscriptions,
        deliveries: Deliveries,
        histories: Histories,
        channels: Channels,
        outlook: Outlook,
        clock: Clock,
    ) -> None:
        self._publication = publication
        self._catalogue = catalogue
        self._articles = articles
        self._subscriptions = subscriptions
        self._deliveries = deliveries
        self._histories = histories
        self._channels = channels
        self._outlook = outlook
        self._clock = clock

    async def digest(self, digest: StoredDigest, position: int, reader: Reader) -> Message:
        """Tell why the stories of one message of a digest came."""
        here = digest.messages[position].stories
        ids = {story_id(key) for key in here}
        items = [item for item in digest.items if item.get("story_id") in ids]
        arrivals = await self._histories.arrivals(
            reader.place.chat_id, reader.place.thread_id, here
        )
        times = [one.at for one in arrivals.values() if one.digest_id == digest.id]
        return _of_digest(items or digest.items, min(times, default=digest.created_at), reader)

    async def last(self, reader: Reader) -> Message:
        """Tell why the stories of the chat's last digest came; what would come where none has."""
        place = reader.place
        newest = await self._histories.newest(place.chat_id, place.thread_id)
        if newest is None:
            return await self.next_digest(reader)
        return _of_digest(newest.items, newest.at, reader)

    async def words(self, words: str, reader: Reader) -> Message:
        """Tell what became of the stories that words find best."""
        now = self._clock.now()
        found = await asyncio.to_thread(
            self._catalogue.index.search,
            Query.parse(words),
            topics=self._catalogue.topics,
            now=now,
            half_life=self._publication.rules.half_life,
            limit=MOST_STORIES,
            zone=ZoneInfo(self._publication.zone),
        )
        paths = [hit.path for hit in found.hits]
        known = await self._articles.by_paths(paths)
        asked = [known[path] for path in paths if path in known]
        if not asked:
            return whys.nothing(words=words, style=reader.style)
        return await self._of_stories(asked, words, reader, now)

    async def story(self, story: StoryId, reader: Reader) -> Message | None:
        """Tell what became of one story; None when there is none (any more)."""
        known = await self._articles.by_story_id(story)
        return None if known is None else await self._of_stories([known], "", reader)

    async def next_digest(self, reader: Reader) -> Message:
        """Tell what the chat's next digest would hold if it came now, and what is left out."""
        choice = await self._choice(reader.place, (), self._clock.now())
        fates = [
            _of(item.article, place=number, reasons=item.reasons, score=item.score)
            for number, item in enumerate(choice.items, start=1)
        ]
        left = [(reason, len(group)) for reason, group in accounts.by_reason(choice.left)]
        return whys.of_next(fates, left, style=reader.style, in_full=reader.in_full)

    async def _of_stories(
        self, asked: Sequence[Known], words: str, reader: Reader, now: datetime | None = None
    ) -> Message:
        now = now or self._clock.now()
        groups = [("", await self._fates(asked, reader.place, now))]
        if reader.in_full:  # an operator asks for the publication, too
            for chat in (await self._channels.chats())[:MOST_CHANNELS]:
                name = f"@{chat.username}" if chat.username else chat.title or str(chat.id)
                place = Place(chat_id=chat.id, kind=chat.kind)
                groups.append((name, await self._fates(asked, place, now)))
        return whys.of_stories(groups, words=words, style=reader.style, in_full=reader.in_full)

    async def _fates(self, asked: Sequence[Known], place: Place, now: datetime) -> list[Fate]:
        keys = [known.article.story_key for known in asked]
        arrivals = await self._histories.arrivals(place.chat_id, place.thread_id, keys)
        choice = await self._choice(place, asked, now)
        return [
            _fate(known.article, arrivals.get(known.article.story_key), choice) for known in asked
        ]

    async def _choice(self, place: Place, asked: Iterable[Known], now: datetime) -> Choice:
        """Choose as the next digest of a chat would, with what was asked for in the library."""
        stored = await self._subscriptions.get(place.chat_id, place.thread_id)
        wish = stored or Subscription(
            chat_id=place.chat_id, thread_id=place.thread_id, chat_kind=place.kind
        )
        topics = self._catalogue.topics
        rules = self._publication.rules_for(wish, topics)
        library = {
            known.article.path: known
            for known in (*await self._articles.known(since=now - rules.max_age), *asked)
        }
        address = (place.chat_id, place.thread_id)
        received = (await self._deliveries.received_by([address]))[address]

        links = await self._outlook.links()

        def choosing() -> Choice:
            pool = Pool(library.values(), topics=topics, now=now, events=links)
            choose = pool.choose if received else pool.choose_first
            return choose(rules, received=received)

        return await asyncio.to_thread(choosing)


def _fate(article: Article, arrival: Arrival | None, choice: Choice) -> Fate:
    """Tell of one story: how it came, where it would stand, or why it would not."""
    if arrival is not None:
        return _came(article, arrival)
    for number, item in enumerate(choice.items, start=1):
        if item.article.path == article.path:
            return _of(article, place=number, reasons=item.reasons, score=item.score)
        if article.path in {other.path for other in item.also}:
            return _of(article, beside=item.article.title)
    left = next(one for one in choice.left if one.article.path == article.path)
    return _of(article, left=left.reason, reasons=left.reasons, score=left.score)


def _came(article: Article, arrival: Arrival) -> Fate:
    for item in arrival.items:
        if item.get("story_id") == article.story_id or item["path"] == article.path:
            return _of(article, came_at=arrival.at, reasons=item["reasons"], score=item["score"])
        if article.path in item["event"]:
            return _of(article, came_at=arrival.at, beside=item["title"])
    return _of(article, came_at=arrival.at)


def _of(article: Article, **what: Any) -> Fate:
    return Fate(title=article.title, url=article.link, path=article.path, **what)


def _of_digest(items: Sequence[Mapping[str, Any]], at: datetime, reader: Reader) -> Message:
    fates = [
        Fate(
            title=item["title"],
            url=item["url"],
            came_at=at,
            reasons=item["reasons"],
            score=item["score"],
            path=item["path"],
        )
        for item in items
    ]
    return whys.of_digest(fates, came_at=at, style=reader.style, in_full=reader.in_full)
