"""A digest's items become its messages, in the layout that the chat wants."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.domain.article import Article
from bot.domain.callback import Action
from bot.domain.digest import Item
from bot.domain.message import MAX_CAPTION, Draft, Keyboard, Message, Preview, Text
from bot.domain.subscription import Layout
from bot.rendering import keyboards
from bot.rendering.finish import cut
from bot.rendering.headings import headed, headings
from bot.rendering.illustration import Illustration, lead_picture
from bot.rendering.lines import MORE_IN_BOT, lead_block, line_block, story_block
from bot.rendering.listing import foot, footed, listed, stories_of
from bot.rendering.pages import page
from bot.rendering.pictured import album_of, cover_of
from bot.rendering.rich import rich_of
from bot.rendering.storybuttons import rows_of
from bot.rendering.style import Style

CARD_EXCERPT = 500
CARD_TITLE = 700
"""Of the 1,024 characters of a caption; the rest is for source, coverage and a few words."""


def render(items: Sequence[Item], *, style: Style) -> tuple[Message, ...]:
    """Write the messages of a digest: none for no items, every story on exactly one message.

    Layouts of pictures become a list where there are too few of them.
    """
    if not items:
        return ()
    if not style.has_pictures:  # those made of pictures become lists, the others do without
        pictured = style.layout in (Layout.ALBUM, Layout.COVER)
        style = replace(style, looks={}, layout=Layout.LIST if pictured else style.layout)
    messages: tuple[Message, ...] | None = None
    match style.layout:
        case Layout.CARDS:
            footers = [*(Text() for _ in items[1:]), foot(style, len(items))]
            parts = zip(items, headings(items, style=style), footers, strict=True)
            messages = tuple(_card(*part, style=style) for part in parts)
        case Layout.ALBUM:
            messages = album_of(items, style=style)
        case Layout.COVER:
            messages = cover_of(items, style=style)
        case Layout.RICH:
            messages = rich_of(items, style=style)
    return _following(messages or _list(items, style=replace(style, layout=Layout.LIST)), items)


def _following(messages: Sequence[Message], items: Sequence[Item]) -> tuple[Message, ...]:
    """Let each message reply to what its chat has had of the first event that it brings news of."""
    before = {item.article.story_key: item.update_of for item in items if item.update_of}
    if not before:
        return tuple(messages)
    return tuple(
        replace(message, follows=next((before[k] for k in message.stories if k in before), None))
        for message in messages
    )


def preview_of(article: Article, *, style: Style) -> Preview | None:
    """Choose what is shown large above a story: its picture, else its page."""
    if not style.has_pictures:
        return None
    picture = lead_picture(article, site_url=style.site_url, looks=style.looks)
    url = (picture.address if picture else None) or article.link
    return Preview(url=url) if url else None


def _list(items: Sequence[Item], *, style: Style) -> tuple[Message, ...]:
    """Lead with the first story and its picture."""
    blocks = [style.keeping(("lead", *_same(items[0])), lambda: lead_block(items[0], style=style))]
    blocks += [_line(number, item, style) for number, item in enumerate(items[1:], start=2)]
    blocks = footed(headed(blocks, items, style=style), foot(style, len(items)))
    return listed(items, blocks, style=style, preview=preview_of(items[0].article, style=style))


def _line(number: int, item: Item, style: Style) -> Text:
    return style.keeping(
        ("line", number, *_same(item)),
        lambda: line_block(
            number,
            item.article,
            also=item.also,
            style=style,
            is_update=item.update_of is not None,
        ),
    )


def _same(item: Item) -> tuple[object, ...]:
    """Name a line by what is said of it."""
    return (id(item.article), tuple(map(id, item.also)), item.update_of is not None)


def _card(item: Item, heading: Text, footer: Text, *, style: Style) -> Message:
    article = item.article
    picture = None
    if style.has_pictures:
        picture = lead_picture(article, site_url=style.site_url, looks=style.looks)
    caption = _caption(item, heading, footer, style=style)
    draft = Draft(
        text=caption,
        keyboard=_card_buttons(article, style=style),
        preview=None if picture else preview_of(article, style=style),
        photo=_photo(picture),
        is_silent=style.is_silent,
        stories=stories_of([(item, caption)]),
    )
    return draft.finished()


def _photo(picture: Illustration | None) -> str | None:
    return picture.photo if picture else None


def _caption(item: Item, heading: Text, footer: Text, *, style: Style) -> Text:
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
        text = page(heading, [text, footer])
        excess = len(text) - MAX_CAPTION
        if excess <= 0:
            return text
        if excerpt > 0:
            excerpt = max(excerpt - excess, 0) if excerpt - excess >= 60 else 0
        elif also:
            also = ()
        elif style.templates is not None:
            style.templates.too_long("card", style.layout)
            return _caption(item, heading, footer, style=replace(style, templates=None))
        else:
            return cut(text, MAX_CAPTION)


def _card_buttons(article: Article, *, style: Style) -> Keyboard:
    read = keyboards.read(article.link, style.phrases)
    if style.is_shared:
        return keyboards.rows(
            [read, keyboards.link(style.phrases(MORE_IN_BOT), _into_bot(article, style))]
        )
    topic = article.topics[0] if article.topics else None
    more = keyboards.more_on(topic, style.phrases) if topic else None
    mute = keyboards.wish(Action.MUTE, topic, style.phrases) if topic else None
    return keyboards.rows([read, more], *rows_of(article, style=style), [mute])


def _into_bot(article: Article, style: Style) -> str | None:
    return style.deep_link(article.story_id)
