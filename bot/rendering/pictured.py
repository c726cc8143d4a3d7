"""Layouts that show a digest's pictures together, with one numbered list of all its stories."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from bot.domain.digest import Item
from bot.domain.message import (
    ATTACHED,
    MAX_ALBUM,
    MAX_CAPTION,
    Draft,
    Message,
    Shot,
    Text,
    album,
)
from bot.domain.picture import MAX_COLLAGE, collage_key
from bot.rendering.dates import day_of
from bot.rendering.headings import headed
from bot.rendering.illustration import Illustration, lead_picture
from bot.rendering.lines import line_block
from bot.rendering.listing import foot, footed, head, listed, number_buttons, stories_of, whole
from bot.rendering.style import Style

SHOT_TITLE = 300
"""Characters of a title below its picture; the list has it whole."""


@dataclass(frozen=True, slots=True)
class _Pictured:
    number: int
    item: Item
    picture: Illustration


def album_of(items: Sequence[Item], *, style: Style) -> tuple[Message, ...] | None:
    """Write albums of all pictures; None when no album can be made of them.

    Clients show the words of an album only if a single picture has any. So the first one carries
    the list where it fits a caption; else the list follows, and every picture has its own title
    for whoever opens it.
    """
    pictured = _pictured(items, style)
    if len(pictured) < 2:
        return _single(items, pictured, style=style)
    blocks = _blocks(items, style=style)
    caption = whole(blocks, style=style, limit=MAX_CAPTION)
    if caption is not None and len(pictured) <= MAX_ALBUM:
        words = (caption, *(Text() for _ in pictured[1:]))
        shots = [
            Shot(photo=one.picture.attached, caption=text)
            for one, text in zip(pictured, words, strict=True)
        ]
        told = stories_of(zip(items, blocks, strict=True))
        return (album(shots, is_silent=style.is_silent, stories=told),)
    albums = [
        album([_shot(one, style=style) for one in group], is_silent=style.is_silent)
        for group in _groups(pictured)
    ]
    return (*albums, *listed(items, blocks, style=_belonging(style)))


def cover_of(items: Sequence[Item], *, style: Style) -> tuple[Message, ...] | None:
    """Write one picture made of up to nine, the list as its caption or below it.

    None when no cover can be made.
    """
    pictured = _pictured(items, style)[:MAX_COLLAGE]
    if len(pictured) < 2:
        return _single(items, pictured, style=style)
    photo = ATTACHED + collage_key([(one.number, one.picture.key) for one in pictured])
    blocks = _blocks(items, style=style)
    caption = whole(blocks, style=style, limit=MAX_CAPTION)
    if caption is not None:
        return (_photo(photo, items, blocks, caption, style=style),)
    day = head(style)
    if not day.value:
        day = Text(day_of(style.now, zone=style.zone, phrases=style.phrases))
    cover = Draft(text=day, photo=photo, is_silent=style.is_silent).finished()
    below = replace(_belonging(style), title=None)
    return (cover, *listed(items, blocks, style=below))


def _single(
    items: Sequence[Item], pictured: Sequence[_Pictured], *, style: Style
) -> tuple[Message, ...] | None:
    """Show the only picture there is above the list, where that fits a caption."""
    blocks = _blocks(items, style=style)
    caption = whole(blocks, style=style, limit=MAX_CAPTION)
    if caption is None or len(pictured) != 1:
        return None
    return (_photo(pictured[0].picture.photo, items, blocks, caption, style=style),)


def _photo(
    photo: str, items: Sequence[Item], blocks: Sequence[Text], caption: Text, *, style: Style
) -> Message:
    # A caption has no room for a story that is opened in place: its numbers lead into the bot.
    buttons = number_buttons(items, range(len(items)), style=replace(style, is_shared=True))
    return Draft(
        text=caption,
        photo=photo,
        keyboard=buttons,
        is_silent=style.is_silent,
        stories=stories_of(zip(items, blocks, strict=True)),
    ).finished()


def _pictured(items: Sequence[Item], style: Style) -> list[_Pictured]:
    """Find the stories that have a picture; each picture is shown once.

    They are uploaded: what nobody could look at would be missing when it is needed.
    """
    found: dict[str, _Pictured] = {}
    for number, item in enumerate(items, start=1):
        pictures = (
            lead_picture(article, site_url=style.site_url, looks=style.looks, only_seen=True)
            for article in (item.article, *item.also)
        )
        chosen = next((one for one in pictures if one is not None), None)
        if chosen is not None:
            found.setdefault(chosen.key, _Pictured(number, item, chosen))
    return list(found.values())


def _blocks(items: Sequence[Item], *, style: Style) -> list[Text]:
    blocks = [
        line_block(
            number,
            item.article,
            also=item.also,
            style=style,
            is_update=item.update_of is not None,
        )
        for number, item in enumerate(items, start=1)
    ]
    return footed(headed(blocks, items, style=style), foot(style, len(items)))


def _shot(one: _Pictured, *, style: Style) -> Shot:
    caption = line_block(one.number, one.item.article, also=None, style=style, title=SHOT_TITLE)
    return Shot(photo=one.picture.attached, caption=caption)


def _groups(pictured: Sequence[_Pictured]) -> Iterator[Sequence[_Pictured]]:
    """Divide pictures evenly among as few albums as hold them: no album is left with one."""
    count = -(-len(pictured) // MAX_ALBUM)
    size, larger = divmod(len(pictured), count)
    at = 0
    for number in range(count):
        end = at + size + (number < larger)
        yield pictured[at:end]
        at = end


def _belonging(style: Style) -> Style:
    """The list below the pictures belongs to them: one digest rings once."""
    return replace(style, is_silent=True)
