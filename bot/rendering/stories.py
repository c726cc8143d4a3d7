"""One story opened in place, in a private chat."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from bot.domain.article import Article, StoryId
from bot.domain.callback import Action, Callback
from bot.domain.message import Button, Draft, Message
from bot.domain.subscription import Layout
from bot.rendering import keyboards
from bot.rendering.digests import preview_of
from bot.rendering.emphasis import Mark
from bot.rendering.lines import MAX_TITLE, STORY_EXCERPT, story_block
from bot.rendering.phrases import Phrases
from bot.rendering.storybuttons import NO_MARKS, Marks, rows_of
from bot.rendering.style import Style

SHORTER_TITLE = 1500
"""With a title of the greatest length there would be no room for the long excerpt."""
MOST_TOPICS = 2
"""Topics with buttons of their own: more would push the story off a small screen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryTopic:
    """A topic of a story, and what the reader wants of it."""

    name: str
    is_followed: bool = False
    is_muted: bool = False


def story_view(
    article: Article,
    *,
    style: Style,
    also: Sequence[Article] = (),
    position: tuple[int, int] | None = None,
    previous: StoryId | None = None,
    next: StoryId | None = None,
    back: Callback | None = None,
    topics: Sequence[StoryTopic] = (),
    mark: Mark | None = None,
    opener: Callable[[StoryId], Callback] = keyboards.opens,
    marks: Marks = NO_MARKS,
) -> Message:
    """Show a story at length with its picture; arrows lead to its neighbours, `back` to the list.

    `position` is (number, count) within the list it was opened from. The first of `topics` can
    be followed and muted; in a chat of several people there are no buttons for that. `mark` says
    which words of the excerpt matched, `opener` makes the callbacks of the arrows, `marks` say
    what the reader has made of the story.
    """
    _ = style.phrases
    shown = () if style.is_shared else topics[:MOST_TOPICS]
    text = story_block(
        "story",
        article,
        also=also,
        style=replace(style, layout=Layout.LIST),
        excerpt=STORY_EXCERPT,
        title=min(SHORTER_TITLE, MAX_TITLE),
        mark=mark,
    )
    draft = Draft(
        text=text,
        keyboard=keyboards.rows(
            _arrows(position, previous, next, opener, _),
            [
                keyboards.callback_button(_("↩ Back"), back) if back else None,
                keyboards.read(article.link, _),
            ],
            *rows_of(article, style=style, marks=marks),
            *(_wishes(topic, _) for topic in shown),
        ),
        preview=preview_of(article, style=style),
        stories=(article.story_key,),
    )
    return draft.finished()


def _wishes(topic: StoryTopic, _: Phrases) -> tuple[Button | None, ...]:
    mute = Action.UNMUTE if topic.is_muted else Action.MUTE
    return (
        keyboards.follow(topic.name, _, is_followed=topic.is_followed),
        keyboards.wish(mute, topic.name, _),
    )


def _arrows(
    position: tuple[int, int] | None,
    previous: StoryId | None,
    following: StoryId | None,
    opener: Callable[[StoryId], Callback],
    _: Phrases,
) -> tuple[Button, ...]:
    if previous is None and following is None:
        return ()
    number = f"{position[0]} / {position[1]}" if position else None
    beside = {-1: previous, 1: following}

    def make(label: str, step: int) -> Button | None:
        story = beside[step]
        return None if story is None else keyboards.callback_button(label, opener(story))

    return keyboards.turners(
        make,
        _,
        is_back=previous is not None,
        here=keyboards.tap(number, Action.NOTHING) if number else None,
        is_on=following is not None,
    )
