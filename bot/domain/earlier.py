"""Earlier news: links from later news of an event to the message that brought it to the same chat.

A message replies to one other alone. Of a list with several updates the others lead back by a link
on the words in front of their titles, where Telegram has addresses of messages.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.domain.message import MAX_ENTITIES, Message, utf16_length
from bot.domain.subscription import ChatId

FIRST_WITH_ADDRESSES = -1_000_000_000_000
"""Ids of channels and supergroups are below; the messages of other chats have no address."""
_NUMBER = re.compile(r"\W*\d+\.\s*|\W*")
_WORDS = (("text", "entities"), ("caption", "caption_entities"))
_SOLID = ("text_link", "code", "pre")


def address_of(chat_id: ChatId, message_id: int) -> str | None:
    """Give the address of a message, for the members of its chat; None where it has none."""
    if chat_id >= FIRST_WITH_ADDRESSES:
        return None
    return f"https://t.me/c/{FIRST_WITH_ADDRESSES - chat_id}/{message_id}"


def linked_back(message: Message, earlier: Mapping[str, str]) -> Message:
    """Let what stands before a story's title ("Update:") lead to an earlier message.

    `earlier` gives its address by the story's own link. Words and all other entities stay.
    """
    parameters = _linked(message.parameters, earlier)
    if "media" in parameters:
        media = [_linked(item, earlier) for item in parameters["media"]]
        parameters = {**parameters, "media": media}
    return replace(message, parameters=parameters)


def _linked(said: Mapping[str, Any], earlier: Mapping[str, str]) -> dict[str, Any]:
    changed = dict(said)
    for words, marks in _WORDS:
        if words not in said or marks not in said:
            continue
        entities = list(said[marks])
        left = dict(earlier)
        for entity in said[marks]:
            address = left.pop(str(entity.get("url")), None)
            place = address and _before(str(said[words]), entity["offset"])
            if place and len(entities) < MAX_ENTITIES and _is_free(place, said[marks]):
                start, length = place
                link = {"type": "text_link", "offset": start, "length": length, "url": address}
                entities.append(link)
        changed[marks] = sorted(entities, key=lambda one: (one["offset"], -one["length"]))
    return changed


def _before(text: str, offset: int) -> tuple[int, int] | None:
    """Give the words before a place on its line, without the line's number; None for none."""
    before = text.encode("utf-16-le")[: 2 * offset].decode("utf-16-le")
    line = before.rpartition("\n")[2]
    number = _NUMBER.match(line)
    words = line[number.end() if number else 0 :].rstrip("\u2066\u2067\u2068\u200e\u200f ")
    if not any(sign.isalpha() for sign in words):
        return None
    start = utf16_length(before) - utf16_length(line) + utf16_length(line[: line.index(words)])
    return start, utf16_length(words)


def _is_free(place: tuple[int, int], entities: Any) -> bool:
    start, length = place
    return not any(
        one["type"] in _SOLID
        and one["offset"] < start + length
        and start < one["offset"] + one["length"]
        for one in entities
    )
