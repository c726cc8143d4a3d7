"""Answers to questions: pages of stories, and what to say when there is nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from bot.domain.article import Article, StoryId
from bot.domain.callback import Action, Callback
from bot.domain.message import Button, Draft, Message, Text
from bot.domain.subscription import Layout
from bot.domain.topic import folded
from bot.rendering import keyboards
from bot.rendering.blocks import block
from bot.rendering.cleaning import echo, is_visible, one_line
from bot.rendering.digests import preview_of
from bot.rendering.emphasis import Mark
from bot.rendering.lines import MAX_TITLE, line_block
from bot.rendering.pages import Room, page
from bot.rendering.phrases import Phrases
from bot.rendering.shortening import shortened
from bot.rendering.style import Style

MAX_HEADING = 120
MAX_REASON = 200
MAX_HITS = 20
"""Stories on one page, whatever was asked for: more would not fit with whole titles."""
MAX_PAGE = 999
"""Who has turned so many pages needs other words."""
FORMS = ((MAX_TITLE, True), (400, True), (400, False), (240, False), (120, False))
"""How long titles may be, and whether bold words, passages and other coverage are shown: all as
written, or what lets the whole page fit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A story of an answer: other articles of its event, and which of its words matched.

    `body` is the article's text without markup, for the passage that matched; None: no passage
    is shown, as where the words say nothing about why it is here.
    """

    article: Article
    also: Sequence[Article] = ()
    mark: Mark | None = None
    body: str | None = None


def results_page(
    hits: Sequence[Shown],
    *,
    heading: str,
    total: int,
    page: int,
    page_size: int,
    pager: Callable[[int], Callback],
    is_exact: bool = True,
    understood: Sequence[str] = (),
    follow: tuple[str, bool] | None = None,
    more: Button | None = None,
    is_hottest: bool = False,
    is_being_read: bool = False,
    style: Style,
    has_number_buttons: bool = False,
    opener: Callable[[StoryId], Callback] = keyboards.opens,
) -> Message:
    """Show one page of the stories that answer a question; pages count from 1.

    `hits` are the stories of this page alone. `follow` names the topic to follow and whether it
    is followed, `more` leads to another answer. `is_hottest`: the stories are the hottest there
    are; when the total is not exact, `is_exact` is False. `understood`: what the question was taken
    for, beside its words. `is_being_read`: there may be more.
    `has_number_buttons`: each number opens its story in place, by the callback that `opener`
    makes.
    """
    _ = style.phrases
    size = max(1, min(page_size, MAX_HITS))
    pages = min(max(1, -(-total // size)), MAX_PAGE)
    head = block(
        "results",
        style=style,
        heading=_named(heading),
        count=_count(total, _, is_exact=is_exact, is_hottest=is_hottest),
        page=page,
        pages=pages,
        understood=tuple(_named(part) for part in understood),
        is_being_read=is_being_read,
    )
    shown = tuple(hits[:size])
    numbers = range((page - 1) * size + 1, (page - 1) * size + 1 + len(shown))
    openers = [
        keyboards.callback_button(str(number), opener(hit.article.story_id))
        for number, hit in zip(numbers, shown, strict=True)
        if has_number_buttons and not style.is_shared
    ]
    topic = follow if follow and not style.is_shared else None
    draft = Draft(
        text=_lines(head, shown, first=numbers.start, style=style),
        keyboard=keyboards.numbers(keyboards.row(*openers))
        + keyboards.rows(
            keyboards.pager(page, pages, pager, _),
            [keyboards.follow(topic[0], _, is_followed=topic[1]) if topic else None],
            [more],
        ),
        preview=preview_of(shown[0].article, style=style) if shown and page == 1 else None,
        stories=tuple(dict.fromkeys(hit.article.story_key for hit in shown)),
    )
    return draft.finished()


def nothing_found(
    query: str,
    nearest: Sequence[str],
    latest: Sequence[Article],
    *,
    reasons: Sequence[str] = (),
    wider: Button | None = None,
    is_being_read: bool = False,
    style: Style,
) -> Message:
    """Say that nothing answers and why, offer the nearest topics and show the latest stories.

    `wider` asks for less, where that finds something.
    """
    topics = [topic for topic in nearest if is_visible(one_line(topic))]
    head = block(
        "nothing",
        style=style,
        query=_named(query) if is_visible(echo(query)) else "",
        reasons=tuple(shortened(echo(reason), MAX_REASON) for reason in reasons),
        has_nearest=bool(topics),
        has_latest=bool(latest),
        is_being_read=is_being_read,
    )
    shown = tuple(Shown(article=article) for article in latest[:MAX_HITS])
    offered = [keyboards.tap(topic, Action.TOPIC, 1, folded(topic)) for topic in topics]
    draft = Draft(
        text=_lines(head, shown, first=1, style=style),
        keyboard=keyboards.rows([wider])
        + keyboards.grid(keyboards.row(*offered), widest=2)
        + keyboards.rows([keyboards.tap(style.phrases("All topics"), Action.TOPICS, 1)]),
        stories=tuple(dict.fromkeys(hit.article.story_key for hit in shown)),
    )
    return draft.finished()


def _named(words: str) -> str:
    return shortened(echo(words), MAX_HEADING)


def _count(total: int, _: Phrases, *, is_exact: bool, is_hottest: bool) -> str:
    """Say how many there are; an estimate is rounded down to two digits that may be believed."""
    if not is_exact and total >= 100:
        step = 10 ** (len(str(total)) - 2)
        return _("about %(number)s stories", number=total // step * step)
    if is_hottest and total != 1:
        return _.ngettext("%(number)s hottest story", "%(number)s hottest stories", total)
    return _.ngettext("%(number)s story", "%(number)s stories", total)


def _lines(head: Text, hits: Sequence[Shown], *, first: int, style: Style) -> Text:
    """Put numbered lines below a head, with titles as long as the message allows.

    Where an operator's template leaves no room for all of them, ours is used.
    """
    for plain in (False, True):
        used = replace(style, layout=Layout.LIST, templates=None if plain else style.templates)
        blocks, fits = _fitted(head, hits, first=first, style=used)
        if fits or style.templates is None:
            break
        style.templates.too_long("line", Layout.LIST)
    return page(head, blocks)


def _fitted(
    head: Text, hits: Sequence[Shown], *, first: int, style: Style
) -> tuple[list[Text], bool]:
    """Write lines that fit below a head; says whether they do."""
    blocks: list[Text] = []
    for title, is_rich in FORMS:
        blocks = [
            line_block(
                number,
                # What is told elsewhere is named when the story is opened.
                replace(hit.article, related=()),
                also=hit.also if is_rich else None,
                style=style,
                title=title,
                mark=hit.mark if is_rich else None,
                body=hit.body,
            )
            for number, hit in enumerate(hits, start=first)
        ]
        room: Room = Room().after(head)
        for text in blocks:
            if not room.has(text):
                break
            room = room.after(text)
        else:
            return blocks, True
    return blocks, False
