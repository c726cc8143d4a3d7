"""One story opened in place, in a private chat."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bot.domain.article import Article, StoryId
from bot.domain.callback import Action, Callback
from bot.domain.message import Button, Draft, Message
from bot.rendering import keyboards
from bot.rendering.digests import preview_of
from bot.rendering.lines import MAX_TITLE, STORY_EXCERPT, story_block
from bot.rendering.style import Style

SHORTER_TITLE = 1500
"""With a title of the greatest length there would be no room for the long excerpt."""


def story_view(
    article: Article,
    *,
    style: Style,
    also: Sequence[Article] = (),
    position: tuple[int, int] | None = None,
    previous: StoryId | None = None,
    next: StoryId | None = None,
    back: Callback | None = None,
    is_followed: bool = False,
    opener: Callable[[StoryId], Callback] = keyboards.opens,
) -> Message:
    """Show a story at length with its picture; arrows lead to its neighbours, `back` to the list.

    `position` is (number, count) within the list it was opened from. The follow button names the
    story's main topic; in a chat of several people there is none. `opener` makes the callbacks
    of the arrows.
    """
    topic = article.topics[0] if article.topics and not style.is_shared else None
    text = story_block(
        "story",
        article,
        also=also,
        style=style,
        excerpt=STORY_EXCERPT,
        title=min(SHORTER_TITLE, MAX_TITLE),
    )
    draft = Draft(
        text=text,
        keyboard=keyboards.rows(
            _arrows(position, previous, next, opener),
            [keyboards.read(article.link)],
            [
                keyboards.callback_button("↩ Back", back) if back else None,
                keyboards.follow(topic, is_followed=is_followed) if topic else None,
            ],
        ),
        preview=preview_of(article, style=style),
        stories=(article.story_key,),
    )
    return draft.finished()


def _arrows(
    position: tuple[int, int] | None,
    previous: StoryId | None,
    following: StoryId | None,
    opener: Callable[[StoryId], Callback],
) -> tuple[Button, ...]:
    if previous is None and following is None:
        return ()
    number = f"{position[0]} / {position[1]}" if position else None
    return keyboards.row(
        keyboards.callback_button("◀", opener(previous)) if previous else None,
        keyboards.tap(number, Action.NOTHING) if number else None,
        keyboards.callback_button("▶", opener(following)) if following else None,
    )
