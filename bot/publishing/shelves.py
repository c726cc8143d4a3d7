"""Shelves: the lists of stories that can be asked for, each known by the button of its pages."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.domain.callback import VERSION, Action, Callback, fits
from bot.domain.clock import Clock
from bot.domain.languages import N_
from bot.domain.selection import is_hot
from bot.domain.topic import Topic, folded
from bot.publishing.catalogue import Catalogue
from bot.publishing.publication import Publication
from bot.rendering.answers import MAX_PAGE
from bot.rendering.phrases import COMMA, Phrases
from bot.search.index import Index
from bot.search.query import Query
from bot.search.ranking import Found
from bot.store.articles import Articles
from bot.store.queries import Queries

MOST_HOT = 25
"""Stories on the hot list: what comes after them is not hot."""
FEWEST_HOT = 10
"""So many are on it even when fewer are hot."""
# Note: above the stories that were found: what was searched, and what was mistyped
YOU_WROTE = N_("%(words)s (you wrote %(typed)s)")
_LONGEST_ID = "f" * 12

Find = Callable[[int, int], Found]
"""Gives a page of stories for a limit and an offset. Blocks: it is called in a thread."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """A list of stories that can be paged."""

    heading: str
    callback: Callback
    """Asks for its first page."""
    find: Find
    topic: Topic | None = None
    typed: str = ""
    """What somebody wrote instead of the topic's name, where that was a slip."""
    query: Query | None = None
    """What was asked, in words."""

    def page_callback(self, page: int) -> Callback:
        """Ask for a page of it."""
        return replace(self.callback, arguments=(str(page), *self.callback.arguments[1:]))

    @property
    def is_hottest(self) -> bool:
        """Whether its stories are the hottest there are."""
        return self.callback.action is Action.HOT

    def heading_over(self, found: Found, _: Phrases) -> str:
        """Say what was searched, and what was typed where that was a slip."""
        if self.callback.action in (Action.LATEST, Action.HOT):
            return _(self.heading)  # ours; all others are what somebody asked for
        if self.typed:
            return _(YOU_WROTE, words=self.heading, typed=self.typed)
        slipped = slips(found)
        if not slipped:
            return self.heading
        heading = self.heading
        for typed, used in slipped:
            heading = used.join(re.split(rf"(?<!\w){re.escape(typed)}(?!\w)", heading))
        named = [name for name in found.topics if folded(name) == folded(heading)]
        typed = _(COMMA).join(dict.fromkeys(typed for typed, _used in slipped))
        return _(YOU_WROTE, words=named[0] if named else heading, typed=typed)


class Shelves:
    """Makes shelves; what is on them is looked up page by page."""

    def __init__(
        self,
        *,
        catalogue: Catalogue,
        articles: Articles,
        queries: Queries,
        publication: Publication,
        clock: Clock,
    ) -> None:
        self._catalogue = catalogue
        self._articles = articles
        self._queries = queries
        self._publication = publication
        self._clock = clock

    async def of(self, callback: Callback) -> Shelf | None:
        """Find the shelf that a button asks for; None when we never made such a button."""
        match callback:
            case Callback(Action.LATEST):
                return self.latest()
            case Callback(Action.HOT):
                return await self.hot()
            case Callback(Action.TOPIC, (_, key)):
                topic = self._catalogue.topics.find(key)
                if topic is not None:
                    return await self.topic(topic)
                return await self.question(Query.parse(key))
            case Callback(Action.QUERY, (_, words)):
                return await self.question(Query.parse(words))
            case Callback(Action.STORED_QUERY, (_, query_id)):
                stored = await self._queries.words(query_id)
                return None if stored is None else await self.question(Query.parse(stored))
        return None

    def latest(self) -> Shelf:
        """Shelve everything, the newest first."""
        index, now = self._catalogue.index, self._clock.now()
        return Shelf(
            heading=N_("Latest"),
            callback=Callback(Action.LATEST, ("1",)),
            find=lambda limit, offset: index.latest(limit, offset, now=now),
        )

    async def hot(self) -> Shelf:
        """Shelve what is hot, or the hottest stories when hardly anything is."""
        index, now, half_life = self._basis()
        found = await asyncio.to_thread(index.hot, now=now, half_life=half_life, limit=MOST_HOT)
        known = await self._articles.by_paths(hit.path for hit in found.hits)
        hits = tuple(hit for hit in found.hits if hit.path in known)
        rules = self._publication.rules
        hot = tuple(hit for hit in hits if is_hot(known[hit.path].article, rules))
        shown = hot if len(hot) >= FEWEST_HOT else hits[:FEWEST_HOT]
        return Shelf(
            heading=N_("Hot right now"),
            callback=Callback(Action.HOT, ("1",)),
            find=lambda limit, offset: Found(total=len(shown), hits=shown[offset : offset + limit]),
        )

    async def topic(self, topic: Topic) -> Shelf:
        """Shelve the stories of a topic, in which the forms of its name are what matched."""
        index, now, half_life = self._basis()
        tree = self._catalogue.topics
        named = self._search(Query.parse(f'"{topic.name}"'))

        def find(limit: int, offset: int) -> Found:
            found = index.by_topic(
                topic.name, topics=tree, now=now, half_life=half_life, limit=limit, offset=offset
            )
            held = named(1, 0) if found.hits else found
            matched = held.hits[0].matched if held.hits and not held.is_partial else ()
            return replace(found, hits=tuple(replace(hit, matched=matched) for hit in found.hits))

        return Shelf(
            heading=topic.name,
            callback=await self._remembered(Action.TOPIC, folded(topic.name)),
            find=find,
            topic=topic,
        )

    async def question(self, query: Query) -> Shelf:
        """Shelve the stories that answer a question."""
        return Shelf(
            heading=query.text,
            query=query,
            callback=await self._remembered(Action.QUERY, query.text),
            find=self._search(query),
        )

    def _search(self, query: Query) -> Find:
        index, now, half_life = self._basis()
        tree = self._catalogue.topics
        zone = ZoneInfo(self._publication.zone)
        return lambda limit, offset: index.search(
            query,
            topics=tree,
            now=now,
            half_life=half_life,
            limit=limit,
            offset=offset,
            zone=zone,
        )

    def _basis(self) -> tuple[Index, datetime, timedelta]:
        return self._catalogue.index, self._clock.now(), self._publication.rules.half_life

    async def _remembered(self, action: Action, subject: str) -> Callback:
        """Name a subject in callback data, by the id of stored words where they do not fit.

        The tightest fit is a story's button, which also bears the page that it stands on.
        """
        page = f"{action.value}:{MAX_PAGE}:{subject}"
        if fits(f"{VERSION}:{Action.STORY.value}:{_LONGEST_ID}:{page}"):
            return Callback(action, ("1", subject))
        query_id = await self._queries.keep(subject, now=self._clock.now())
        return Callback(Action.STORED_QUERY, ("1", query_id))


def slips(found: Found) -> tuple[tuple[str, str], ...]:
    """Give the mistyped words with those that were searched instead.

    Another case, other accents or another form of the same word are no slips.
    """
    return tuple(pair for pair in found.corrected if not _is_same_word(*pair))


def _is_same_word(typed: str, used: str) -> bool:
    one, other = folded(typed), folded(used)
    return one in other or other in one
