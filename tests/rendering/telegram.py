"""Telegram's own parser (TDLib, offline) as the judge of what we would send."""

from __future__ import annotations

import json
from typing import Any

import tdjson

from bot.domain.message import (
    MAX_ALBUM,
    MAX_CALLBACK_DATA,
    MAX_CAPTION,
    MAX_ENTITIES,
    MAX_TEXT,
    SEND_ALBUM,
    SEND_PHOTO,
    SEND_RICH,
    Message,
    Text,
)
from bot.domain.rich import MAX_BLOCKS, MAX_MEDIA, MAX_RICH, as_list, photos_of
from bot.domain.richtext import plain_text

NAMES = {
    "text_link": "textEntityTypeTextUrl",
    "bold": "textEntityTypeBold",
    "italic": "textEntityTypeItalic",
    "underline": "textEntityTypeUnderline",
    "strikethrough": "textEntityTypeStrikethrough",
    "spoiler": "textEntityTypeSpoiler",
    "code": "textEntityTypeCode",
    "pre": "textEntityTypePre",
    "blockquote": "textEntityTypeBlockQuote",
    "expandable_blockquote": "textEntityTypeExpandableBlockQuote",
}
KINDS = {name: kind for kind, name in NAMES.items()}
# The Bot API shows neither: they are no links in a chat with a bot.
NOT_SHOWN = ("textEntityTypeMediaTimestamp", "textEntityTypeBankCardNumber")
# The oracle reads these as markup of its own; look-alikes of the same width stand in for them.
STAND_INS = str.maketrans("*_`~|[]", "+-'-!()")


def execute(query: dict[str, Any]) -> dict[str, Any]:
    """Ask TDLib; fails the test when TDLib answers with an error."""
    reply = tdjson.td_execute(json.dumps(query).encode())
    assert reply is not None
    answer: dict[str, Any] = json.loads(reply)
    assert answer["@type"] != "error", (answer, query)
    return answer


execute({"@type": "setLogVerbosityLevel", "new_verbosity_level": 0})


def kept(text: str, entities: list[dict[str, Any]]) -> tuple[str, list[dict[str, Any]]]:
    """Give text and entities as they are after Telegram's clean-up."""
    wanted = [
        {
            "@type": "textEntity",
            "offset": entity["offset"],
            "length": entity["length"],
            "type": {"@type": NAMES[entity["type"]]}
            | ({"url": entity["url"]} if "url" in entity else {}),
        }
        for entity in entities
    ]
    formatted = {"@type": "formattedText", "text": text, "entities": wanted}
    answer = execute({"@type": "parseMarkdown", "text": formatted})
    found = []
    for entity in answer["entities"]:
        value = {
            "type": KINDS[entity["type"]["@type"]],
            "offset": entity["offset"],
            "length": entity["length"],
        }
        if "url" in entity["type"]:
            value["url"] = entity["type"]["url"]
        found.append(value)
    return answer["text"], found


def autolinks(text: str) -> list[tuple[int, int, str]]:
    """Give what Telegram would link by itself: (start, end, words) in UTF-16 units."""
    answer = execute({"@type": "getTextEntities", "text": text})
    units = text.encode("utf-16-le")
    found = []
    for entity in answer["entities"]:
        if entity["type"]["@type"] not in NOT_SHOWN:
            start, end = entity["offset"], entity["offset"] + entity["length"]
            found.append((start, end, units[2 * start : 2 * end].decode("utf-16-le")))
    return found


def judge(message: Message, *, live: frozenset[str] = frozenset()) -> None:
    """Fail unless Telegram takes the message and shows it exactly as it stands.

    `live` names the commands that are meant to be tapped.
    """
    parameters = message.parameters
    if message.method == SEND_ALBUM:
        judge_album(message)
        return
    if message.method == SEND_RICH:
        judge_rich(message, live=live)
        return
    is_photo = message.method == SEND_PHOTO
    text = parameters["caption" if is_photo else "text"]
    entities = parameters.get("caption_entities" if is_photo else "entities", [])
    judge_text(text, entities, limit=MAX_CAPTION if is_photo else MAX_TEXT, live=live)
    judge_keyboard(parameters.get("reply_markup"))
    if not is_photo:
        options = parameters["link_preview_options"]
        assert options == {"is_disabled": True} or options["url"].startswith(
            ("http://", "https://")
        )
    json.dumps(message.as_json(), ensure_ascii=False).encode()


def judge_album(message: Message) -> None:
    """Fail unless Telegram takes an album and shows its captions as they stand."""
    media = message.parameters["media"]
    assert 2 <= len(media) <= MAX_ALBUM
    assert "reply_markup" not in message.parameters
    for item in media:
        assert item["type"] == "photo"
        assert item["media"].startswith("attach://")
        if "caption" in item:
            judge_text(item["caption"], item.get("caption_entities", []), limit=MAX_CAPTION)
    json.dumps(message.as_json(), ensure_ascii=False).encode()


RICH_BLOCKS = ("heading", "paragraph", "divider", "photo", "blockquote", "footer")


def judge_rich(message: Message, *, live: frozenset[str] = frozenset()) -> None:
    """Fail unless a rich message holds Telegram's limits, and Telegram takes the list for it."""
    parameters = message.parameters
    blocks = parameters["rich_message"]["blocks"]
    assert 0 < len(blocks) + sum(len(block.get("blocks", ())) for block in blocks) <= MAX_BLOCKS
    assert len(photos_of(message)) <= MAX_MEDIA
    assert len(set(photos_of(message))) == len(photos_of(message))
    assert all(photo.startswith("attach://") for photo in photos_of(message))
    assert 0 < len(message.text) <= MAX_RICH
    assert levels(blocks) <= 16
    for block in blocks:
        assert block["type"] in RICH_BLOCKS
        if "text" in block:
            assert plain_text(block["text"]).value.strip()
    json.dumps(message.as_json(), ensure_ascii=False).encode()
    judge_keyboard(parameters.get("reply_markup"))
    form: Message | None = as_list(message)
    told = ""
    while form is not None:
        judge(form, live=live)
        told += form.text + "\n"
        form = form.rest
    assert told.split() == message.text.split()


def is_our_tag(words: str, text: str) -> bool:
    """Whether it is a hashtag of the line of hashtags that ends a card, but for a footer."""
    ends = [
        part.rpartition("\n")[2].lstrip("\u200f").split(" ") for part in text.split("\n\n")[-2:]
    ]
    return any(
        words in end and all(tag.startswith("#") and "\u2060" not in tag for tag in end)
        for end in ends
    )


def levels(value: object) -> int:
    """Count how deep rich text and blocks lie in each other."""
    if isinstance(value, dict):
        return 1 + max(map(levels, value.values()), default=0)
    return max(map(levels, value), default=0) if isinstance(value, list) else 0


def judge_finished(text: Text, *, limit: int = MAX_TEXT) -> None:
    """Fail unless Telegram keeps a finished text as it is."""
    judge_text(text.value, [entity.as_json() for entity in text.entities], limit=limit)


def judge_text(
    text: str,
    entities: list[dict[str, Any]],
    *,
    limit: int,
    live: frozenset[str] = frozenset(),
) -> None:
    assert 0 < len(text) <= limit
    assert text == text.strip()
    assert len(entities) <= MAX_ENTITIES
    units = text.encode("utf-16-le")
    for entity in entities:
        start, end = entity["offset"], entity["offset"] + entity["length"]
        assert 0 <= start < end <= len(units) // 2
        units[2 * start : 2 * end].decode("utf-16-le")  # no half of a surrogate pair
    stand_in = text.translate(STAND_INS)
    found, left = kept(stand_in, entities)
    assert (found, left) == (stand_in, entities), (left, entities, text)
    solid = [
        (entity["offset"], entity["offset"] + entity["length"])
        for entity in entities
        if entity["type"] in ("text_link", "code", "pre")
    ]
    for start, end, words in autolinks(text):
        if is_our_tag(words, text):
            continue
        is_ours = any(start < other_end and other < end for other, other_end in solid)
        assert is_ours or words in live, (words, text)


def judge_keyboard(markup: dict[str, Any] | None) -> None:
    if markup is None:
        return
    rows = markup["inline_keyboard"]
    assert rows
    assert all(0 < len(row) <= 8 for row in rows)
    assert sum(len(row) for row in rows) <= 100
    assert len(json.dumps(markup, ensure_ascii=False).encode()) <= 10_000  # UTF-8, as it is sent
    for button in (button for row in rows for button in row):
        assert button["text"].strip()
        if "callback_data" in button:
            assert 1 <= len(button["callback_data"].encode()) <= MAX_CALLBACK_DATA
        elif "switch_inline_query" in button:
            assert 1 <= len(button["switch_inline_query"]) <= 256
        else:
            assert button["url"].startswith(("http://", "https://"))
