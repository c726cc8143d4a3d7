"""Answers to questions: pages of stories, and what to say when there is nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bot.domain.article import Article, StoryId
from bot.domain.callback import Action, Callback
from bot.domain.message import Draft, Message, Text
from bot.domain.topic import folded
from bot.rendering import keyboards
from bot.rendering.blocks import block
from bot.rendering.cleaning import echo, is_visible, one_line
from bot.rendering.digests import preview_of
from bot.rendering.lines import MAX_TITLE, line_block
from bot.rendering.pages import Room, page
from bot.rendering.shortening import shortened
from bot.rendering.style import Style

MAX_HEADING = 120
MAX_HITS = 20
"""Stories on one page, whatever was asked for: more would not fit with whole titles."""
TITLES = (MAX_TITLE, 400, 240, 120)
"""How long titles may be: all as written, or as long as lets the whole page fit."""


def results_page(
    hits: Sequence[Article],
    *,
    heading: str,
    total: int,
    page: int,
    page_size: int,
    pager: Callable[[int], Callback],
    follow: tuple[str, bool] | None = None,
    kind: str = "",
    is_being_read: bool = False,
    style: Style,
    has_number_buttons: bool = False,
    opener: Callable[[StoryId], Callback] = keyboards.opens,
) -> Message:
    """Show one page of the stories that answer a question; pages count from 1.

    `hits` are the stories of this page alone. `follow` names the topic to follow and whether it
    is followed. `kind` says what the stories are ("hottest"). `is_being_read`: there may be more.
    `has_number_buttons`: each number opens its story in place, by the callback that `opener`
    makes.
    """
    size = max(1, min(page_size, MAX_HITS))
    pages = max(1, -(-total // size))
    head = block(
        "results",
        folder=style.templates,
        heading=_named(heading),
        total=total,
        kind=kind,
        page=page,
        pages=pages,
        is_being_read=is_being_read,
    )
    shown = tuple(hits[:size])
    numbers = range((page - 1) * size + 1, (page - 1) * size + 1 + len(shown))
    openers = [
        keyboards.callback_button(str(number), opener(article.story_id))
        for number, article in zip(numbers, shown, strict=True)
        if has_number_buttons and not style.is_shared
    ]
    topic = follow if follow and not style.is_shared else None
    draft = Draft(
        text=_lines(head, shown, first=numbers.start, style=style),
        keyboard=keyboards.numbers(keyboards.row(*openers))
        + keyboards.rows(
            keyboards.pager(page, pages, pager),
            [keyboards.follow(topic[0], is_followed=topic[1]) if topic else None],
        ),
        preview=preview_of(shown[0], style=style) if shown and page == 1 else None,
        stories=tuple(dict.fromkeys(article.story_key for article in shown)),
    )
    return draft.finished()


def nothing_found(
    query: str,
    nearest: Sequence[str],
    latest: Sequence[Article],
    *,
    is_being_read: bool = False,
    style: Style,
) -> Message:
    """Say that nothing answers, offer the nearest topics and show the latest stories."""
    topics = [topic for topic in nearest if is_visible(one_line(topic))]
    head = block(
        "nothing",
        folder=style.templates,
        query=_named(query) if is_visible(echo(query)) else "",
        has_nearest=bool(topics),
        has_latest=bool(latest),
        is_being_read=is_being_read,
    )
    shown = tuple(latest[:MAX_HITS])
    offered = [keyboards.tap(topic, Action.TOPIC, 1, folded(topic)) for topic in topics]
    draft = Draft(
        text=_lines(head, shown, first=1, style=style),
        keyboard=keyboards.grid(keyboards.row(*offered), widest=2)
        + keyboards.rows([keyboards.tap("All topics", Action.TOPICS, 1)]),
        stories=tuple(dict.fromkeys(article.story_key for article in shown)),
    )
    return draft.finished()


def _named(words: str) -> str:
    return shortened(echo(words), MAX_HEADING)


def _lines(head: Text, articles: Sequence[Article], *, first: int, style: Style) -> Text:
    """Put numbered lines below a head, with titles as long as the message allows."""
    for title in TITLES:
        blocks = [
            line_block(number, article, also=None, style=style, title=title)
            for number, article in enumerate(articles, start=first)
        ]
        room: Room = Room().after(head)
        for text in blocks:
            if not room.has(text):
                break
            room = room.after(text)
        else:
            return page(head, blocks)
    return page(head, blocks)
