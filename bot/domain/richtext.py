"""Rich text (Bot API 10.1, RichText): text with its formats as a tree, and the way back.

A rich text is a string, a list of rich texts, or an object with a `type` and a `text` inside.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from bot.domain.text import Entity, Text, utf16_length

RichText = str | list[Any] | dict[str, Any]

_KINDS = {
    "text_link": "url",
    "bold": "bold",
    "italic": "italic",
    "underline": "underline",
    "strikethrough": "strikethrough",
    "spoiler": "spoiler",
    "code": "code",
    "pre": "code",
}
"""What entities are called there, the outermost first; quotes are blocks of their own."""
_ORDER = {kind: number for number, kind in enumerate(_KINDS)}
_FORMATS = frozenset(("bold", "italic", "underline", "strikethrough", "spoiler"))
"""Formats that Telegram joins and divides; links, code and quotes stay whole."""
_ENTITIES = {rich: entity for entity, rich in _KINDS.items() if entity != "pre"}


def rich_text(text: Text) -> RichText:
    """Write a text with entities as rich text; what is a quote becomes plain."""
    places = _places(text.value)
    spans = [
        (places[one.offset], places[one.offset + one.length], one)
        for one in text.entities
        if one.kind in _KINDS
    ]
    cuts = sorted({0, len(text.value), *(end for start, stop, _ in spans for end in (start, stop))})
    parts: list[RichText] = []
    link: Entity | None = None
    for start, end in pairwise(cuts):
        over = [one for first, last, one in spans if first <= start and end <= last]
        part = _formatted(text.value[start:end], over)
        before, before_link = parts[-1] if parts else None, link
        link = next((one for one in over if one.kind == "text_link"), None)
        is_one_link = link is not None and link is before_link
        if is_one_link and isinstance(part, dict) and isinstance(before, dict):
            before["text"] = [*_as_list(before["text"]), *_as_list(part["text"])]
        else:
            parts.append(part)
    return parts[0] if len(parts) == 1 else parts


def plain_text(rich: RichText) -> Text:
    """Read rich text as a text with entities."""
    pieces: list[str] = []
    entities = list(_read(rich, pieces, 0))
    found = sorted(_joined(entities), key=lambda one: (one.offset, -one.length, _ORDER[one.kind]))
    return Text("".join(pieces), tuple(found))


def _joined(entities: Sequence[Entity]) -> Iterator[Entity]:
    """Join parts of one format as Telegram does: it is divided where another one begins in it.

    A tree divides it also where another one ends.
    """
    ends = {(one.offset + one.length, one.kind) for one in entities}
    begins = {(one.offset, one.kind) for one in entities} - ends
    edges = {
        place
        for one in entities
        if one.kind not in _FORMATS
        for place in (one.offset, one.offset + one.length)
    }
    open_parts: dict[str, Entity] = {}
    for one in sorted(entities, key=lambda one: one.offset):
        before = open_parts.get(one.kind)
        is_next = before is not None and before.offset + before.length == one.offset
        others = any((one.offset, kind) in begins for kind in _FORMATS - {one.kind})
        if before is not None and one.kind in _FORMATS:
            if is_next and not others and one.offset not in edges:
                open_parts[one.kind] = replace(before, length=before.length + one.length)
                continue
            yield before
        if one.kind in _FORMATS:
            open_parts[one.kind] = one
        else:
            yield one
    yield from open_parts.values()


def without_link(rich: RichText, links: Collection[str]) -> RichText:
    """Give the same words and formats without these links."""
    if isinstance(rich, str):
        return rich
    if isinstance(rich, list):
        return [without_link(part, links) for part in rich]
    inside = without_link(rich["text"], links)
    if rich["type"] == "url" and rich.get("url") in links:
        return inside
    return {**rich, "text": inside}


def _places(text: str) -> dict[int, int]:
    """Give places in characters by their offsets in UTF-16 units."""
    places, offset = {}, 0
    for place, character in enumerate(text):
        places[offset] = place
        offset += 2 if character > "\uffff" else 1
    places[offset] = len(text)
    return places


def _formatted(words: str, over: Sequence[Entity]) -> RichText:
    rich: RichText = words
    for kind in reversed(_KINDS):
        for entity in over:
            if entity.kind == kind:
                rich = {"type": _KINDS[kind], "text": rich}
                if kind == "text_link":
                    rich["url"] = entity.url
    return rich


def _as_list(rich: RichText) -> list[Any]:
    return rich if isinstance(rich, list) else [rich]


def _read(rich: RichText, pieces: list[str], start: int) -> Iterator[Entity]:
    if isinstance(rich, str):
        pieces.append(rich)
    elif isinstance(rich, list):
        for part in rich:
            before = len(pieces)
            yield from _read(part, pieces, start)
            start += _length(pieces[before:])
    else:
        before = len(pieces)
        inside = list(_read(rich["text"], pieces, start))
        kind, length = _ENTITIES.get(rich["type"]), _length(pieces[before:])
        if kind is not None and length:
            yield Entity(kind=kind, offset=start, length=length, url=rich.get("url"))
        yield from inside


def _length(pieces: Iterable[str]) -> int:
    return sum(map(utf16_length, pieces))
