"""Answer: what a person asks for, from the newest stories to a story opened in place."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field, replace
from functools import partial

from bot.domain.article import Article, StoryId, story_id
from bot.domain.callback import VERSION, Action, Callback, decoded
from bot.domain.clock import Clock
from bot.domain.message import Button, Message
from bot.domain.topic import Topic, folded
from bot.publishing.asker import Asker
from bot.publishing.cards import Cards, opener_of, origin_of
from bot.publishing.catalogue import Catalogue
from bot.publishing.links import callback_of
from bot.publishing.publication import Publication
from bot.publishing.shelves import Shelf, Shelves, slips
from bot.publishing.taste import Tastes
from bot.publishing.understood import reasons, understood
from bot.rendering import answers, keyboards, panels
from bot.rendering.answers import MAX_PAGE, Shown
from bot.rendering.phrases import Phrases
from bot.rendering.style import Style
from bot.rendering.topics import TopicRow, topics_page
from bot.search.highlights import highlights
from bot.search.meant import topic_meant
from bot.search.query import Query, topic_asked
from bot.search.ranking import Found
from bot.search.words import plain
from bot.store.articles import Articles
from bot.store.digests import StoredDigest
from bot.store.queries import Queries

PAGE_SIZE = 5
LATEST_SHOWN = 3
"""Stories that stand in for an answer when nothing is found."""
NEAREST_SHOWN = 4
MOST_BODY = 40_000
"""Characters of a text in which a passage is looked for; no more of it is in the index."""
_MARKDOWN = re.compile(r"!?\[(?P<words>[^\]\[]*)\]\([^()]*\)|[*_`]{1,3}|^#+ |^> ", re.MULTILINE)
MOST_WORDS = 6
"""Words of a question that are compared with the names of all topics: it takes time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    shelf: Shelf
    number: int
    total: int
    hits: tuple[Shown, ...] = ()
    found: Found = field(default_factory=lambda: Found(total=0))


class Answers:
    """Answers questions; questions to the index run in worker threads."""

    def __init__(
        self,
        *,
        catalogue: Catalogue,
        articles: Articles,
        queries: Queries,
        publication: Publication,
        clock: Clock,
        tastes: Tastes | None = None,
    ) -> None:
        self._cards = Cards(catalogue=catalogue, articles=articles, tastes=tastes, style=self.style)
        self._catalogue = catalogue
        self._articles = articles
        self._publication = publication
        self._clock = clock
        self._shelves = Shelves(
            catalogue=catalogue,
            articles=articles,
            queries=queries,
            publication=publication,
            clock=clock,
        )

    def style(self, asker: Asker) -> Style:
        """Say how answers look to this asker now."""
        return self._publication.style(
            is_shared=asker.is_shared, now=self._clock.now(), language=asker.language
        )

    def linked(self, parameter: str) -> Callback | None:
        """Read the start parameter of a deep link; None when it is none of ours."""
        return callback_of(parameter, self._catalogue.topics)

    async def latest(self, asker: Asker, page: int = 1) -> Message:
        """Give the newest stories."""
        return await self._show(self._shelves.latest(), asker, page)

    async def hot(self, asker: Asker, page: int = 1) -> Message:
        """Give the hottest stories."""
        return await self._show(await self._shelves.hot(), asker, page)

    async def topic(self, words: str, asker: Asker, page: int = 1) -> Message:
        """Give a topic's stories; words that name no topic are searched for.

        A slip in its name is forgiven, unless stories hold the words as they are.
        """
        topic = self._catalogue.topics.find(words)
        if topic is not None:
            return await self._show(await self._shelves.topic(topic), asker, page)
        topic = await asyncio.to_thread(self._catalogue.topics.meant, words)
        if topic is None or await self._is_held(words):
            return await self.search(words, asker, page)
        return await self._show(replace(await self._shelves.topic(topic), typed=words), asker, page)

    async def ask(self, words: str, asker: Asker) -> Message:
        """Give the stories that answer plain words; the name of a topic alone brings the topic.

        So does one with slips that no words explain, such as `openscource` or `power aps`.
        """
        query = Query.parse(words)
        topic = topic_asked(query, self._catalogue.topics)
        if topic is None:
            if query.is_empty:
                return await self.search(words, asker)
            shown = await self._page(await self._shelves.question(query), 1)
            return await self._nearly_topic(query, shown, asker) or await self._shown(shown, asker)
        filed = await self._page(await self._shelves.topic(topic), 1)
        if not filed.hits:
            return await self.search(words, asker)
        question = await self._shelves.question(Query.parse(words))
        held = await asyncio.to_thread(question.find, 1, 0)
        more = None
        if held.total > filed.found.total:
            more = self._search_for(question, asker)
        return self._results(filed, asker, more=more)

    async def search(self, words: str, asker: Asker, page: int = 1) -> Message:
        """Give the stories that words find, or the nearest topics and latest stories."""
        query = Query.parse(words)
        if query.is_empty:
            return await self._nothing(Found(total=0), asker)
        return await self._show(await self._shelves.question(query), asker, page)

    async def topics(self, asker: Asker, page: int = 1) -> Message:
        """Give the list of topics that have stories, those with most first."""
        tree = self._catalogue.topics
        counts = await asyncio.to_thread(self._catalogue.index.topic_counts, tree)
        rows = [
            TopicRow(
                name=topic.name,
                count=counts[key],
                key=key,
                parent=tree.canonical(topic.parent) if topic.parent else None,
            )
            for topic in tree.topics
            if counts.get(key := folded(topic.name), 0) > 0
        ]
        rows.sort(key=lambda row: (-row.count, row.key))
        followed = frozenset(folded(name) for name in asker.followed)
        return topics_page(rows, page, style=self.style(asker), followed=followed)

    async def page(self, callback: Callback, asker: Asker) -> Message | None:
        """Give the page that a button asks for; None when we never made such a button."""
        number = page_number(callback)
        if number is None:
            return None
        if callback.action is Action.TOPICS:
            return await self.topics(asker, number)
        shelf = await self._shelves.of(callback)
        return None if shelf is None else await self._show(shelf, asker, number)

    async def story(
        self, story: StoryId, asker: Asker, *, back: Callback | None = None
    ) -> Message | None:
        """Show a story by itself, with the way back to a list; None when there is none."""
        article = await self._cards.article(story)
        if article is None:
            return None
        listed = None if back is None else origin_of(back)
        return await self._cards.card(article, asker, listed=listed)

    async def story_on_page(self, story: StoryId, page: Callback, asker: Asker) -> Message | None:
        """Show a story opened from a page of answers, with its neighbours and the way back."""
        article = await self._cards.article(story)
        shelf, number = await self._shelves.of(page), page_number(page)
        if article is None or shelf is None or number is None:
            return None
        shown = await self._page(shelf, number)
        first = (shown.number - 1) * PAGE_SIZE
        hit = next((one for one in shown.hits if one.article.story_id == story), None)
        return await self._cards.card(
            article,
            asker,
            among=[one.article.story_id for one in shown.hits],
            place=(first, shown.total),
            listed=origin_of(shelf.page_callback(shown.number)),
            also=() if hit is None else hit.also,
            mark=None if hit is None else hit.mark,
        )

    async def story_in_digest(
        self, story: StoryId, digest: StoredDigest, position: int, asker: Asker
    ) -> Message | None:
        """Show a story opened from a digest's message, with its neighbours and the way back."""
        article = await self._cards.article(story)
        if article is None:
            return None
        here = {story_id(key) for key in digest.messages[position].stories}
        items = list(digest.items)
        first = next((n for n, item in enumerate(items) if item.get("story_id") in here), 0)
        leads = [item for item in items if item.get("story_id") in here]
        event = next((one["event"] for one in leads if one["story_id"] == story), ())
        others = await self._articles.by_paths(event)
        return await self._cards.card(
            article,
            asker,
            among=[StoryId(item["story_id"]) for item in leads],
            place=(first, len(items)),
            listed="",
            also=[others[path].article for path in event if path in others],
        )

    async def _nearly_topic(self, query: Query, shown: _Page, asker: Asker) -> Message | None:
        """Give the stories of the topic that was meant, where none holds all the words."""
        topic = await asyncio.to_thread(topic_meant, query, shown.found, self._catalogue.topics)
        if topic is None:
            return None
        shelf = replace(await self._shelves.topic(topic), typed=query.text)
        filed = await self._page(shelf, 1)
        more = self._search_for(shown.shelf, asker) if shown.hits else None
        return self._results(filed, asker, more=more) if filed.hits else None

    async def _show(self, shelf: Shelf, asker: Asker, page: int) -> Message:
        return await self._shown(await self._page(shelf, page), asker)

    async def _shown(self, shown: _Page, asker: Asker) -> Message:
        shelf = shown.shelf
        if shown.hits:
            return self._results(shown, asker)
        is_list = shelf.callback.action in (Action.LATEST, Action.HOT)
        if is_list and not self._catalogue.is_being_read:
            return panels.no_stories(self.style(asker))
        return await self._nothing(shown.found, asker, shelf)

    def _search_for(self, shelf: Shelf, asker: Asker) -> Button | None:
        _ = self.style(asker).phrases
        return keyboards.callback_button(
            _("Search for “%(words)s”", words=shelf.heading), shelf.callback
        )

    def _results(self, shown: _Page, asker: Asker, *, more: Button | None = None) -> Message:
        shelf = shown.shelf
        topic = shelf.topic or self._only_topic(shown.found)
        style = self.style(asker)
        heading = shelf.heading_over(shown.found, style.phrases)
        return answers.results_page(
            shown.hits,
            heading=heading,
            understood=self._understood(shelf, shown.found, heading, style.phrases),
            total=shown.found.total,
            is_exact=shown.found.total_is_exact,
            page=shown.number,
            page_size=PAGE_SIZE,
            pager=shelf.page_callback,
            follow=None if topic is None else (topic.name, asker.follows(topic)),
            more=more,
            is_hottest=shelf.is_hottest,
            is_being_read=self._catalogue.is_being_read,
            style=style,
            has_number_buttons=True,
            opener=opener_of(origin_of(shelf.page_callback(shown.number))),
        )

    def _understood(
        self, shelf: Shelf, found: Found, heading: str, phrases: Phrases
    ) -> tuple[str, ...]:
        if shelf.query is None:
            return ()
        zone = self._publication.zone
        return understood(shelf.query, found, heading=heading, zone=zone, phrases=phrases)

    async def _page(self, shelf: Shelf, page: int) -> _Page:
        """Find a page; one after the last is the last."""
        found = await asyncio.to_thread(shelf.find, PAGE_SIZE, (page - 1) * PAGE_SIZE)
        total = min(found.total, PAGE_SIZE * MAX_PAGE)
        last = max(1, -(-total // PAGE_SIZE))
        if page > last:
            page = last
            found = await asyncio.to_thread(shelf.find, PAGE_SIZE, (page - 1) * PAGE_SIZE)
        paths = [path for hit in found.hits for path in (hit.path, *hit.also)]
        known = await self._articles.by_paths(paths)
        # What has vanished since the index was filled is left out.
        hits = tuple(
            Shown(
                article=known[hit.path].article,
                also=[known[path].article for path in hit.also if path in known],
                mark=partial(highlights, matched=hit.matched) if hit.matched else None,
                body=_words_of(known[hit.path].article) if shelf.query is not None else None,
            )
            for hit in found.hits
            if hit.path in known
        )
        return _Page(shelf=shelf, number=page, total=total, hits=hits, found=found)

    async def _nothing(self, found: Found, asker: Asker, shelf: Shelf | None = None) -> Message:
        style = self.style(asker)
        words = shelf.heading if shelf is not None else ""
        query = shelf.query if shelf is not None else None
        latest = await self._page(self._shelves.latest(), 1)
        near = await asyncio.to_thread(self._nearest, " ".join(query.words) if query else words)
        wider = None
        if query is not None and found.is_narrow:
            fewer = await self._shelves.question(Query.parse(query.unfiltered))
            wider = self._search_for(fewer, asker)
        return answers.nothing_found(
            words,
            [name for name in near if name != words],
            [hit.article for hit in latest.hits[:LATEST_SHOWN]],
            reasons=(
                reasons(
                    query,
                    found,
                    zone=self._publication.zone,
                    phrases=style.phrases,
                    sources=await self._articles.sources() if query.filters else (),
                )
                if query
                else ()
            ),
            wider=wider,
            is_being_read=self._catalogue.is_being_read,
            style=style,
        )

    def _nearest(self, words: str) -> list[str]:
        """Give the topics spelled like all that was typed, then those like one of its words."""
        topics = self._catalogue.topics
        found: dict[str, None] = {}
        for spelling in (words, *words.split()[:MOST_WORDS]):
            for topic in topics.nearest(spelling, limit=NEAREST_SHOWN):
                found.setdefault(topic.name)
        return list(found)[:NEAREST_SHOWN]

    async def _is_held(self, words: str) -> bool:
        """Whether there are stories with just these words."""
        shelf = await self._shelves.question(Query.parse(words))
        found = await asyncio.to_thread(shelf.find, 1, 0)
        return found.total > 0 and not found.is_partial and not slips(found)

    def _only_topic(self, found: Found) -> Topic | None:
        """Give the topic to follow when a question named exactly one."""
        return self._catalogue.topics.find(found.topics[0]) if len(found.topics) == 1 else None


def _words_of(article: Article) -> str:
    """Give an article's text as it is read, without the marks of Markdown and HTML."""
    return plain(_MARKDOWN.sub(lambda match: match["words"] or "", article.body[:MOST_BODY]))


def page_number(callback: Callback) -> int | None:
    """Read the page number of a button; None when it has none that we would write."""
    number = callback.arguments[0] if callback.arguments else ""
    if not (number.isascii() and number.isdecimal() and len(number) <= 3):
        return None
    return int(number) or None


def page_of(origin: str) -> Callback | None:
    """Read what `origin_of` wrote."""
    return decoded(f"{VERSION}:{origin}", parts=2)
