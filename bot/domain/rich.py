"""A rich message (Bot API 10.2, sendRichMessage): blocks, and the list that stands in for it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from bot.domain.message import (
    MAX_ENTITIES,
    MAX_TEXT,
    SEND_MESSAGE,
    Message,
    preview_options,
)
from bot.domain.richtext import RichText, plain_text, rich_text, without_link
from bot.domain.text import Text, join

MAX_RICH = 32_768
"""Characters of a rich message."""
MAX_BLOCKS = 500
MAX_MEDIA = 50

Block = dict[str, Any]


def heading(text: Text, *, size: int) -> Block:
    """Give a heading; sizes go from 1, the largest, to 6."""
    return {"type": "heading", "text": rich_text(text), "size": size}


def paragraph(text: Text) -> Block:
    """Give a paragraph."""
    return {"type": "paragraph", "text": rich_text(text)}


def footer(text: Text) -> Block:
    """Give what stands below everything, in small letters."""
    return {"type": "footer", "text": rich_text(text)}


def quotation(text: Text) -> Block:
    """Give a quotation of one paragraph."""
    return {"type": "blockquote", "blocks": [paragraph(text)]}


def divider() -> Block:
    """Give a line between two parts."""
    return {"type": "divider"}


def picture(photo: str) -> Block:
    """Give a picture; `photo` is named as in any other message."""
    return {"type": "photo", "photo": {"type": "photo", "media": photo}}


def blocks_of(message: Message) -> list[Block]:
    """Give the blocks of a rich message."""
    return list(message.parameters["rich_message"]["blocks"])


def photos_of(message: Message) -> tuple[str, ...]:
    """Name the pictures of a rich message, in order."""
    return tuple(block["photo"]["media"] for block in blocks_of(message) if is_picture(block))


def is_picture(block: Mapping[str, Any]) -> bool:
    """Whether a block is a picture."""
    return bool(block["type"] == "photo")


def without_pictures(message: Message) -> Message:
    """Say the same without its pictures."""
    blocks = [block for block in blocks_of(message) if not is_picture(block)]
    return with_blocks(message, blocks)


def with_blocks(message: Message, blocks: Sequence[Block]) -> Message:
    """Give the message with other blocks."""
    rich = {**message.parameters["rich_message"], "blocks": list(blocks)}
    return replace(message, parameters={**message.parameters, "rich_message": rich})


def note_block(note: str) -> Block:
    """Give what stands in the place of a story that is not told any more."""
    return paragraph(Text(note))


def without_story_blocks(
    blocks: Sequence[Block], links: Collection[str], note: str
) -> list[Block] | None:
    """Give blocks with a note where a story with one of these links stood; None: none stands there.

    What stands between two dividers is a story: its heading links to it, its number stays. Where
    a story is only named, its link goes. The other blocks stay as they are.
    """
    parts = [list(part) for part in _between_dividers(blocks)]
    changed = [_without_story(part, links, note) for part in parts]
    if changed == parts:
        return None
    return [one for part in changed for one in (divider(), *part)][1:]


def _between_dividers(blocks: Iterable[Block]) -> Iterator[list[Block]]:
    part: list[Block] = []
    for block in blocks:
        if block["type"] == "divider":
            yield part
            part = []
        else:
            part.append(block)
    yield part


def _without_story(part: Sequence[Block], links: Collection[str], note: str) -> list[Block]:
    told = next((at for at, one in enumerate(part) if _is_title(one, links)), None)
    if told is None:
        return [_unlinked(block, links) for block in part]
    number = plain_text(part[told]["text"]).value.split(" ", 1)[0]
    is_numbered = number[:-1].isdigit() and number.endswith(".")
    above = [one for one in part[:told] if not is_picture(one)]
    return [*above, note_block(f"{number} {note}" if is_numbered else note)]


def _is_title(block: Block, links: Collection[str]) -> bool:
    if block["type"] != "heading":
        return False
    return any(entity.url in links for entity in plain_text(block["text"]).entities)


def _unlinked(block: Block, links: Collection[str]) -> Block:
    if "blocks" in block:
        return {**block, "blocks": [_unlinked(inner, links) for inner in block["blocks"]]}
    if "text" in block:
        return {**block, "text": without_link(block["text"], links)}
    return block


def as_list(message: Message) -> Message:
    """Say the same as a list, in as many messages as it takes; the buttons come last."""
    pages = list(_pages(blocks_of(message)))
    kept = {name: one for name, one in message.parameters.items() if name != "rich_message"}
    buttons = {name: kept.pop(name) for name in ("reply_markup",) if name in kept}
    following: Message | None = None
    for number, page in reversed(list(enumerate(pages))):
        parameters: dict[str, Any] = {"text": page.value}
        if page.entities:
            parameters["entities"] = [entity.as_json() for entity in page.entities]
        parameters["link_preview_options"] = preview_options(None)
        parameters |= kept
        if number > 0:  # one digest rings once
            parameters["disable_notification"] = True
            parameters.pop("reply_parameters", None)
        if following is None:
            parameters |= buttons
        following = Message(
            method=SEND_MESSAGE,
            parameters=parameters,
            stories=message.stories if number == 0 else (),
            rest=following,
        )
    assert following is not None  # noqa: S101 - a rich message has at least one block with words
    return following


def _pages(blocks: Iterable[Block]) -> Iterator[Text]:
    """Join stories into texts that fit; no story stands on two of them."""
    page = Text()
    for story in _stories(blocks):
        joined = join([page, Text("\n\n"), story]) if page.value else story
        if page.value and (len(joined) > MAX_TEXT or len(joined.entities) > MAX_ENTITIES):
            yield page
            page = story
        else:
            page = joined
    if page.value:
        yield page


def _stories(blocks: Iterable[Block]) -> Iterator[Text]:
    """Give what stands between dividers: the lines of its blocks, pictures left out."""
    lines: list[Text] = []
    for block in (*blocks, divider()):
        if block["type"] == "divider":
            if lines:
                yield _lines(lines)
            lines = []
        elif not is_picture(block):
            lines.extend(_texts(block))


def _texts(block: Block) -> Iterator[Text]:
    if "blocks" in block:
        for inner in block["blocks"]:
            yield from _texts(inner)
    elif "text" in block:
        text: RichText = block["text"]
        yield plain_text(text)


def _lines(lines: Sequence[Text]) -> Text:
    return join([one for line in lines for one in (Text("\n"), line)][1:])
