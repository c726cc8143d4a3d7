"""One rich message: headings, the stories with their pictures and longer summaries."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from bot.domain.digest import Item
from bot.domain.message import SEND_RICH, Message, keyboard_json
from bot.domain.rich import (
    MAX_RICH,
    Block,
    divider,
    footer,
    heading,
    paragraph,
    picture,
    quotation,
)
from bot.domain.text import Text, join, lines_of
from bot.rendering.headings import headings
from bot.rendering.illustration import lead_picture
from bot.rendering.lines import MAX_TITLE, story_block
from bot.rendering.listing import WIDEST_MARKER, foot, head, number_buttons, stories_of
from bot.rendering.pages import GAP, Room, split
from bot.rendering.phrases import phrases_in
from bot.rendering.style import Style

RICH_EXCERPT = 600
MOST_PARAGRAPHS = 6
"""Blocks of one story beside its heading and picture: so a message has fewer than 500."""
MOST_STORIES = 45
SIZE_OF_TITLE, SIZE_OF_SECTION, SIZE_OF_STORY = 1, 2, 4


def rich_of(items: Sequence[Item], *, style: Style) -> tuple[Message, ...]:
    """Write as few rich messages as hold all stories, nearly always one."""
    texts = [
        story_block(
            "rich",
            item.article,
            number=number,
            also=item.also,
            style=style,
            excerpt=RICH_EXCERPT,
            title=MAX_TITLE,
            is_update=item.update_of is not None,
        )
        for number, item in enumerate(items, start=1)
    ]
    sections = headings(items, style=style)
    pictures = _pictures(items, style=style)
    whole = [join([section, GAP, text]) for section, text in zip(sections, texts, strict=True)]
    below = foot(style, len(items))
    around = len(head(style, marker=WIDEST_MARKER)) + len(below) + 2 * len(GAP)
    room = Room(
        characters=MAX_RICH - around,
        entities=MAX_RICH,
        blocks=MOST_STORIES,
    )
    parts = split(whole, room=room)
    messages = []
    for number, part in enumerate(parts, start=1):
        marker = f"{number}/{len(parts)}" if len(parts) > 1 else ""
        blocks = [
            one
            for at in part
            for one in _story(sections[at], pictures[at], texts[at], is_first=at == part.start)
        ]
        title = head(style, marker=marker, is_first=number == 1)
        if title.value:
            blocks = [heading(title, size=SIZE_OF_TITLE), divider(), *blocks]
        if number == len(parts) and below.value:
            blocks += [divider(), footer(below)]
        told = stories_of((items[at], texts[at]) for at in part)
        is_live = any(text.live for text in (title, below, *(whole[at] for at in part)))
        parameters = _parameters(blocks, is_live=is_live, style=style)
        # Its numbers lead into the bot: what a tap would put in its place could not bring it back.
        buttons = number_buttons(items, part, style=replace(style, is_shared=True))
        if buttons:
            parameters["reply_markup"] = keyboard_json(buttons)
        messages.append(Message(method=SEND_RICH, parameters=parameters, stories=told))
    return tuple(messages)


def _parameters(blocks: Sequence[Block], *, is_live: bool, style: Style) -> dict[str, Any]:
    rich: dict[str, Any] = {"blocks": list(blocks)}
    if phrases_in(style.language).is_right_to_left:
        rich["is_rtl"] = True
    if not is_live:
        rich["skip_entity_detection"] = True
    parameters: dict[str, Any] = {"rich_message": rich}
    if style.is_silent:
        parameters["disable_notification"] = True
    return parameters


def _pictures(items: Sequence[Item], *, style: Style) -> list[str | None]:
    """Choose a picture for every story that has one, each once; they are uploaded."""
    used: set[str] = set()
    chosen: list[str | None] = []
    for item in items:
        seen = (
            lead_picture(article, site_url=style.site_url, looks=style.looks, only_seen=True)
            for article in (item.article, *item.also)
        )
        found = next((one for one in seen if one is not None and one.key not in used), None)
        if found is not None:
            used.add(found.key)
        chosen.append(found.attached if found else None)
    return chosen


def _story(section: Text, photo: str | None, text: Text, *, is_first: bool) -> Iterator[Block]:
    if not is_first:
        yield divider()
    if section.value:
        yield heading(section, size=SIZE_OF_SECTION)
    if photo is not None:
        yield picture(photo)
    title, *lines = [line for line in lines_of(text) if line.value.strip()]
    yield heading(title, size=SIZE_OF_STORY)
    kept, rest = lines[: MOST_PARAGRAPHS - 1], lines[MOST_PARAGRAPHS - 1 :]
    for line in kept:
        yield _paragraph(line)
    if rest:
        yield paragraph(join([one for line in rest for one in (Text("\n"), line)][1:]))


def _paragraph(line: Text) -> Block:
    is_quote = any(
        one.kind in ("blockquote", "expandable_blockquote") and one.offset == 0
        for one in line.entities
    )
    return quotation(line) if is_quote else paragraph(line)
