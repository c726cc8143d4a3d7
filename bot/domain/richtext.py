"""Rich text (Bot API 10.1, RichText): text with its formats as a tree, and the way back.

A rich text is a string, a list of rich texts, or an object with a `type` and a `text` inside.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
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
    for start, end in pairwise(cuts):
        over = [one for first, last, one in spans if first <= start and end <= last]
        part = _formatted(text.value[start:end], over)
        before = parts[-1] if parts else None
        if isinstance(part, dict) and isinstance(before, dict) and _is_one_link(before, part):
            before["text"] = [*_as_list(before["text"]), *_as_list(part["text"])]
        else:
            parts.append(part)
    return parts[0] if len(parts) == 1 else parts


def plain_text(rich: RichText) -> Text:
    """Read rich text as a text with entities."""
    pieces: list[str] = []
    entities = list(_read(rich, pieces, 0))
    found = sorted(entities, key=lambda one: (one.offset, -one.length))
    return Text("".join(pieces), tuple(found))


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


def _is_one_link(before: Mapping[str, Any], part: Mapping[str, Any]) -> bool:
    return before["type"] == part["type"] == "url" and bool(before["url"] == part["url"])


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
