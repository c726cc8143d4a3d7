"""Cards: a story by itself, with its neighbours in a list, its topics, and what can be done."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bot.domain.article import Article, StoryId
from bot.domain.callback import VERSION, Action, Callback
from bot.domain.message import Message
from bot.domain.topic import folded
from bot.publishing.asker import Asker
from bot.publishing.catalogue import Catalogue
from bot.publishing.taste import Tastes
from bot.rendering.emphasis import Mark
from bot.rendering.stories import StoryTopic, story_view
from bot.rendering.storybuttons import NO_MARKS, Marks
from bot.rendering.style import Style
from bot.store.articles import Articles


class Cards:
    """Opens stories; `style` says how answers look to whoever asks, now."""

    def __init__(
        self,
        *,
        catalogue: Catalogue,
        articles: Articles,
        tastes: Tastes | None,
        style: Callable[[Asker], Style],
    ) -> None:
        self._catalogue = catalogue
        self._articles = articles
        self._tastes = tastes
        self._style = style

    async def article(self, story: StoryId) -> Article | None:
        """Give the article of a story that stands; None when there is none."""
        known = await self._articles.by_story_id(story)
        return None if known is None or known.article.is_removed else known.article

    async def card(
        self,
        article: Article,
        asker: Asker,
        *,
        among: Sequence[StoryId] = (),
        place: tuple[int, int] = (0, 0),
        listed: str | None = None,
        also: Sequence[Article] = (),
        mark: Mark | None = None,
    ) -> Message:
        """Render a story; `place` is how many stand before the first of `among`, and the count."""
        before: StoryId | None = None
        after: StoryId | None = None
        position: tuple[int, int] | None = None
        if article.story_id in among:
            at = list(among).index(article.story_id)
            before = among[at - 1] if at > 0 else None
            after = among[at + 1] if at + 1 < len(among) else None
            position = (place[0] + at + 1, place[1])
        return story_view(
            article,
            style=self._style(asker),
            also=also,
            position=position,
            previous=before,
            next=after,
            back=None if listed is None else Callback(Action.DIGEST, (listed,) if listed else ()),
            topics=self._topics_of(article, asker),
            mark=mark,
            opener=opener_of(listed),
            marks=await self._marks(article, asker),
        )

    async def _marks(self, article: Article, asker: Asker) -> Marks:
        if self._tastes is None or asker.is_shared or asker.chat_id is None:
            return NO_MARKS
        return await self._tastes.marks(article, asker.chat_id, asker.muted_providers)

    def _topics_of(self, article: Article, asker: Asker) -> tuple[StoryTopic, ...]:
        """Give the topics of a story by their own names, each once."""
        found = (self._catalogue.topics.find(name) for name in article.topics)
        topics = {folded(topic.name): topic for topic in found if topic is not None}
        return tuple(
            StoryTopic(
                name=topic.name, is_followed=asker.follows(topic), is_muted=asker.mutes(topic)
            )
            for topic in topics.values()
        )


def origin_of(page: Callback) -> str:
    """Write a page's callback so that it fits behind a story's id; "" stands for a digest."""
    return page.encoded().removeprefix(f"{VERSION}:")


def opener_of(listed: str | None) -> Callable[[StoryId], Callback]:
    """Give what a number below a list says when it is tapped; `listed`: where the list is from."""
    if not listed:
        return lambda story: Callback(Action.STORY, (story,))
    return lambda story: Callback(Action.STORY, (story, listed))
