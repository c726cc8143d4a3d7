"""Stories as numbered lines below a head: one message while everything fits, else several."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial

from bot.domain.article import Article, StoryKey
from bot.domain.callback import Action
from bot.domain.digest import Item
from bot.domain.message import (
    MAX_ENTITIES,
    MAX_TEXT,
    Button,
    Draft,
    Keyboard,
    Message,
    Preview,
    Text,
    join,
)
from bot.rendering import keyboards
from bot.rendering.blocks import layout_block
from bot.rendering.cleaning import is_visible, one_line
from bot.rendering.dates import day_of
from bot.rendering.finish import cut
from bot.rendering.lines import pointed_to
from bot.rendering.overrides import MOST_ENTITIES
from bot.rendering.pages import GAP, MAX_BLOCK, Room, page, split
from bot.rendering.shortening import shortened
from bot.rendering.style import Style

MAX_HEAD = 200
WIDEST_MARKER = "999/999"


def listed(
    items: Sequence[Item], blocks: Sequence[Text], *, style: Style, preview: Preview | None = None
) -> tuple[Message, ...]:
    """Write the messages of a list; `blocks` say its items, `preview` stands above the first."""
    parts = split(blocks, room=_room_below(head(style)))
    if len(parts) > 1:
        parts = split(blocks, room=_room_below(head(style, marker=WIDEST_MARKER)))
    messages: list[Message] = []
    for number, part in enumerate(parts, start=1):
        marker = f"{number}/{len(parts)}" if len(parts) > 1 else ""
        text = head(style, marker=marker, is_first=number == 1)
        drafted = Draft(
            text=page(text, [blocks[at] for at in part]),
            keyboard=number_buttons(items, part, style=style),
            preview=preview if number == 1 else None,
            is_silent=style.is_silent,
            stories=stories_of((items[at], blocks[at]) for at in part),
        )
        messages.append(drafted.finished())
    return tuple(messages)


def whole(blocks: Sequence[Text], *, style: Style, limit: int) -> Text | None:
    """Give the list as one text of at most `limit` characters; None when it does not fit."""
    text = head(style)
    if len(split(blocks, room=_room_below(text, limit=limit))) != 1:
        return None
    joined = page(text, blocks)
    return joined if len(joined) <= limit else None


def stories_of(told: Iterable[tuple[Item, Text]]) -> tuple[StoryKey, ...]:
    """Give the stories of a message: those of its lines, then those they point to elsewhere."""
    lines = tuple(told)
    own = [key for item, _ in lines for key in item.story_keys]
    elsewhere = [key for item, text in lines for key in pointed_to(item.article, text)]
    return tuple(dict.fromkeys((*own, *elsewhere)))


def head(style: Style, *, marker: str = "", is_first: bool = True) -> Text:
    """Say whose digest of which day it is, and which part; empty without a title."""
    title = shortened(one_line(style.title or ""), MAX_HEAD)
    if not is_visible(title) or not is_first:
        title = ""
    if not title and not marker:
        return Text()
    day = day_of(style.now, zone=style.zone, phrases=style.phrases)
    text = layout_block("header", style=style, title=title, day=day, marker=marker)
    return cut(text, 2 * MAX_HEAD)


def foot(style: Style, count: int) -> Text:
    """Say what stands below the `count` stories of a digest; nothing unless operators do."""
    if style.templates is None or not style.templates.has_footer(style.layout):
        return Text()
    title = shortened(one_line(style.title or ""), MAX_HEAD)
    day = day_of(style.now, zone=style.zone, phrases=style.phrases)
    return layout_block("footer", style=style, title=title, day=day, count=count)


def footed(blocks: Sequence[Text], footer: Text) -> list[Text]:
    """Put a footer below the last block: the two are never parted.

    A story that needs all the room of a message keeps it.
    """
    if not footer.value:
        return list(blocks)
    *others, last = blocks
    joined = join([last, GAP, footer])
    fits = len(joined) <= MAX_BLOCK and joined.entity_count <= MOST_ENTITIES
    return [*others, joined if fits else last]


def number_buttons(items: Sequence[Item], part: range, *, style: Style) -> Keyboard:
    """Give a button per story: in place where one person reads, else a link into the bot."""
    buttons: list[Button] = []
    for at in part:
        article, number = items[at].article, str(at + 1)
        buttons += style.keeping(
            ("number", number, id(article)), partial(_number, number, article, style)
        )
    return keyboards.numbers(buttons)


def _number(number: str, article: Article, style: Style) -> tuple[Button, ...]:
    story = article.story_id
    if style.is_shared:
        return keyboards.row(keyboards.link(number, style.deep_link(story)))
    return keyboards.row(keyboards.tap(number, Action.STORY, story))


def _room_below(text: Text, *, limit: int = MAX_TEXT) -> Room:
    space = len(text) + len(GAP)
    return Room(characters=limit - space, entities=MAX_ENTITIES - text.entity_count)
