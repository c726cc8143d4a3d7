"""A digest's items become its messages, in the layout that the chat wants."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.article import Article, StoryKey
from bot.domain.callback import Action
from bot.domain.digest import Item
from bot.domain.message import (
    MAX_CAPTION,
    MAX_ENTITIES,
    MAX_TEXT,
    Button,
    Draft,
    Keyboard,
    Message,
    Preview,
    Text,
)
from bot.domain.subscription import Layout
from bot.rendering import keyboards
from bot.rendering.blocks import block
from bot.rendering.cleaning import is_visible, one_line
from bot.rendering.dates import day_of
from bot.rendering.finish import cut
from bot.rendering.illustration import Illustration, lead_picture
from bot.rendering.lines import lead_block, line_block, pointed_to, story_block
from bot.rendering.pages import GAP, Room, page, split
from bot.rendering.shortening import shortened
from bot.rendering.style import Style

MAX_HEAD = 200
CARD_EXCERPT = 500
CARD_TITLE = 700
"""Of the 1,024 characters of a caption; the rest is for source, coverage and a few words."""
WIDEST_MARKER = "999/999"


def render(items: Sequence[Item], *, style: Style) -> tuple[Message, ...]:
    """Write the messages of a digest: none for no items, every story on exactly one message."""
    if not items:
        return ()
    if style.layout is Layout.CARDS:
        return tuple(_card(item, style=style) for item in items)
    return _list(items, style=style)


def preview_of(article: Article, *, style: Style) -> Preview | None:
    """Choose what is shown large above a story: its picture, else its page."""
    picture = lead_picture(article, site_url=style.site_url)
    url = (picture.address if picture else None) or article.link
    return Preview(url=url) if url else None


def _list(items: Sequence[Item], *, style: Style) -> tuple[Message, ...]:
    """Write one message while everything fits, else as many as it takes."""
    blocks = [lead_block(items[0], style=style)]
    blocks += [
        line_block(
            number,
            item.article,
            also=item.also,
            style=style,
            is_update=item.update_of is not None,
        )
        for number, item in enumerate(items[1:], start=2)
    ]
    parts = split(blocks, room=_room_below(_head(style)))
    if len(parts) > 1:
        parts = split(blocks, room=_room_below(_head(style, marker=WIDEST_MARKER)))
    messages: list[Message] = []
    for number, part in enumerate(parts, start=1):
        marker = f"{number}/{len(parts)}" if len(parts) > 1 else ""
        head = _head(style, marker=marker, is_first=number == 1)
        drafted = Draft(
            text=page(head, [blocks[at] for at in part]),
            keyboard=_numbers(items, part, style=style),
            preview=preview_of(items[0].article, style=style) if number == 1 else None,
            is_silent=style.is_silent,
            stories=_stories([(items[at], blocks[at]) for at in part]),
        )
        messages.append(drafted.finished())
    return tuple(messages)


def _stories(told: Sequence[tuple[Item, Text]]) -> tuple[StoryKey, ...]:
    """Give the stories of a message: those of its lines, then those they point to elsewhere."""
    own = [key for item, _ in told for key in item.story_keys]
    elsewhere = [key for item, text in told for key in pointed_to(item.article, text)]
    return tuple(dict.fromkeys((*own, *elsewhere)))


def _head(style: Style, *, marker: str = "", is_first: bool = True) -> Text:
    title = shortened(one_line(style.title or ""), MAX_HEAD)
    if not is_visible(title) or not is_first:
        title = ""
    if not title and not marker:
        return Text()
    day = day_of(style.now, zone=style.zone)
    text = block("header", folder=style.templates, title=title, day=day, marker=marker)
    return cut(text, 2 * MAX_HEAD)


def _room_below(head: Text) -> Room:
    space = len(head) + len(GAP)
    return Room(characters=MAX_TEXT - space, entities=MAX_ENTITIES - len(head.entities))


def _numbers(items: Sequence[Item], part: range, *, style: Style) -> Keyboard:
    """Give a button per story: in place where one person reads, else a link into the bot."""
    buttons: list[Button] = []
    for at in part:
        story, number = items[at].article.story_id, str(at + 1)
        if style.is_shared:
            button = keyboards.link(number, style.deep_link(story))
        else:
            button = keyboards.tap(number, Action.STORY, story)
        buttons.extend(keyboards.row(button))
    return keyboards.numbers(buttons)


def _card(item: Item, *, style: Style) -> Message:
    article = item.article
    picture = lead_picture(article, site_url=style.site_url)
    caption = _caption(item, style=style)
    draft = Draft(
        text=caption,
        keyboard=_card_buttons(article, style=style),
        preview=None if picture else preview_of(article, style=style),
        photo=_photo(picture),
        is_silent=style.is_silent,
        stories=_stories([(item, caption)]),
    )
    return draft.finished()


def _photo(picture: Illustration | None) -> str | None:
    return picture.photo if picture else None


def _caption(item: Item, *, style: Style) -> Text:
    """Write a card's text: it fits a caption, for a picture may still be found or lost.

    The excerpt gives way first, then the other coverage, then the end of the title.
    """
    article, also = item.article, item.also
    excerpt = CARD_EXCERPT
    while True:
        text = story_block(
            "card",
            article,
            also=also,
            style=style,
            excerpt=excerpt,
            title=CARD_TITLE,
            is_update=item.update_of is not None,
        )
        excess = len(text) - MAX_CAPTION
        if excess <= 0:
            return text
        if excerpt > 0:
            excerpt = max(excerpt - excess, 0) if excerpt - excess >= 60 else 0
        elif also:
            also = ()
        else:
            return cut(text, MAX_CAPTION)


def _card_buttons(article: Article, *, style: Style) -> Keyboard:
    read = keyboards.read(article.link)
    if style.is_shared:
        return keyboards.rows([read, keyboards.link("More in the bot", _into_bot(article, style))])
    more = keyboards.more_on(article.topics[0]) if article.topics else None
    return keyboards.rows([read, more])


def _into_bot(article: Article, style: Style) -> str | None:
    return style.deep_link(article.story_id)
