"""Inline: what `@bot words` finds while somebody types it in any chat."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.domain.article import StoryId
from bot.domain.callback import Action, Callback
from bot.domain.clock import Clock
from bot.domain.languages import N_, interface_language
from bot.publishing.catalogue import Catalogue
from bot.publishing.links import parameter
from bot.publishing.publication import Publication
from bot.publishing.shelves import MOST_HOT
from bot.rendering import inline
from bot.rendering.storybuttons import SHARED
from bot.rendering.style import Style
from bot.search.meant import topic_meant
from bot.search.query import Query
from bot.search.ranking import Found
from bot.store.articles import Articles

PAGE_SIZE = 20
MAX_PAGE = 50
"""Who has scrolled past a thousand stories needs other words."""
CACHED = timedelta(seconds=60)
"""How long Telegram may give the same answer to a person who asks the same. To nobody else: it
does not ask in which language it was."""
HOT_CACHED = timedelta(seconds=30)

# Note: the button above the results of `@bot words`
NOTHING_FOUND = N_("Nothing found, ask me here")
TOO_FAST = N_("That was a lot at once, ask me here")
TROUBLE = N_("Something went wrong, ask me here")

GREETING = "inline"
"""A start parameter that asks for nothing: the bot greets."""

Json = Mapping[str, Any]
Find = Callable[[int, int], Found]


@dataclass(frozen=True, slots=True, kw_only=True)
class InlinePage:
    """One answer to an inline query: InlineQueryResult objects and what goes with them.

    `next_offset` is empty on the last page. `cached` None: the answer is for this
    moment alone.
    """

    results: tuple[Json, ...] = ()
    button: Json
    next_offset: str = ""
    cached: timedelta | None = None

    @property
    def plain(self) -> InlinePage:
        """The same without pictures, for when Telegram takes no address of them."""
        return InlinePage(
            results=inline.without_pictures([dict(result) for result in self.results]),
            button=self.button,
            next_offset=self.next_offset,
            cached=self.cached,
        )


class InlineAnswers:
    """Answers inline queries; questions to the index run in worker threads."""

    def __init__(
        self, *, catalogue: Catalogue, articles: Articles, publication: Publication, clock: Clock
    ) -> None:
        self._catalogue = catalogue
        self._articles = articles
        self._publication = publication
        self._clock = clock

    async def page(
        self, words: str, offset: str = "", *, language: str | None = None
    ) -> InlinePage:
        """Give the stories that answer the words, 20 at a time; without words, what is hot.

        `offset` is the `next_offset` of the page before; anything else asks for the first page.
        `language` is that of the person who types; None: the publication's.
        """
        if words.strip().startswith(SHARED):
            return await self._shared(words.strip().removeprefix(SHARED), language)
        query = Query.parse(words)
        page = page_of(offset)
        if not query.text:
            return await self._hottest(page, language)
        if query.is_empty:  # signs alone: they ask for nothing that could be found
            return replace(self.refusal(NOTHING_FOUND, language), cached=CACHED)
        return await self._answer(
            self._question(query),
            page,
            start=Callback(Action.QUERY, ("1", query.text)),
            language=language,
        )

    def refusal(self, message: str, language: str | None = None) -> InlinePage:
        """Give an answer without results, with a marked text, for one person at one moment."""
        text = self._style(language).phrases(message)
        return InlinePage(button=inline.button(text, GREETING))

    def _style(self, language: str | None) -> Style:
        return self._publication.style(
            is_shared=True, now=self._clock.now(), language=interface_language(language)
        )

    async def _shared(self, story: str, language: str | None) -> InlinePage:
        """Give the one story that somebody shares."""
        known = await self._articles.by_story_id(StoryId(story))
        if known is None or known.article.is_removed:
            return replace(self.refusal(NOTHING_FOUND, language), cached=CACHED)
        style = self._style(language)
        start = parameter(Callback(Action.STORY, (story,))) or GREETING
        _ = style.phrases
        title = _("Open %(title)s", title=self._publication.title)
        return InlinePage(
            results=await asyncio.to_thread(inline.results, [known.article], style=style),
            button=inline.button(title, start),
            cached=CACHED,
        )

    async def _hottest(self, page: int, language: str | None) -> InlinePage:
        """Give what is hot; where no file tells of heat, what is new."""
        start = Callback(Action.HOT, ("1",))
        hot = await self._answer(
            self._hot(), page, start=start, most=MOST_HOT, cached=HOT_CACHED, language=language
        )
        if hot.results or page > 1:
            return hot
        start = Callback(Action.LATEST, ("1",))
        return await self._answer(
            self._latest(), page, start=start, cached=HOT_CACHED, language=language
        )

    async def _answer(
        self,
        find: Find,
        page: int,
        *,
        start: Callback,
        most: int = PAGE_SIZE * MAX_PAGE,
        cached: timedelta = CACHED,
        language: str | None,
    ) -> InlinePage:
        first = (page - 1) * PAGE_SIZE
        found = await asyncio.to_thread(find, min(PAGE_SIZE, max(most - first, 0)), first)
        known = await self._articles.by_paths(hit.path for hit in found.hits)
        # What has vanished since the index was filled is left out.
        articles = [known[hit.path].article for hit in found.hits if hit.path in known]
        style = self._style(language)
        _ = style.phrases
        title = _(NOTHING_FOUND)
        if found.total:
            # Note: a button that leads into the chat with the bot; %(title)s is its name
            title = _("Open %(title)s", title=self._publication.title)
        has_more = first + PAGE_SIZE < min(found.total, most)
        return InlinePage(
            results=await asyncio.to_thread(inline.results, articles, style=style),
            button=inline.button(title, parameter(start) or GREETING),
            next_offset=str(page + 1) if has_more else "",
            cached=None if self._catalogue.is_being_read else cached,
        )

    def _hot(self) -> Find:
        index, now = self._catalogue.index, self._clock.now()
        half_life = self._publication.rules.half_life
        return lambda limit, offset: index.hot(
            now=now, half_life=half_life, limit=limit, offset=offset
        )

    def _latest(self) -> Find:
        index, now = self._catalogue.index, self._clock.now()
        return lambda limit, offset: index.latest(limit, offset, now=now)

    def _question(self, query: Query) -> Find:
        index, tree, now = self._catalogue.index, self._catalogue.topics, self._clock.now()
        half_life = self._publication.rules.half_life
        zone = ZoneInfo(self._publication.zone)

        def find(limit: int, offset: int) -> Found:
            found = index.search(
                query,
                topics=tree,
                now=now,
                half_life=half_life,
                limit=limit,
                offset=offset,
                zone=zone,
            )
            topic = topic_meant(query, found, tree)
            if topic is None:
                return found
            filed = index.by_topic(
                topic.name, topics=tree, now=now, half_life=half_life, limit=limit, offset=offset
            )
            return filed if filed.total else found

        return find


def page_of(offset: str) -> int:
    """Read the page that an offset asks for; 1 for any that we never gave out."""
    if not (offset.isascii() and offset.isdecimal() and len(offset) <= len(str(MAX_PAGE))):
        return 1
    return int(offset) if 1 <= int(offset) <= MAX_PAGE else 1
