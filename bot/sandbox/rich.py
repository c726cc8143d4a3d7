"""Rich messages (Bot API 10.2): blocks are read, held to Telegram's limits, and kept as they show.

Markup (`html`, `markdown`) is read by Telegram's servers alone; the sandbox takes blocks.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bot.sandbox import drafts
from bot.sandbox.entities import check_links, parse_entities
from bot.sandbox.errors import ApiError, bad_request
from bot.sandbox.messages import Json
from bot.sandbox.parameters import Parameters
from bot.sandbox.text import is_visible
from bot.sandbox.world import World

MAX_CHARACTERS = 32_768
MAX_BLOCKS = 500
MAX_LEVELS = 16
MAX_MEDIA = 50
FORMATS = frozenset(
    ("bold", "italic", "underline", "strikethrough", "spoiler", "code", "marked", "url")
)
TEXTS = frozenset(("paragraph", "heading", "footer", "pre"))
CONTAINERS = frozenset(("blockquote", "details"))


async def send_rich_message(world: World, parameters: Parameters) -> object:
    if not world.takes_rich:
        raise ApiError(404, "Not Found: method not found")
    rich = read_rich(parameters)
    place = drafts.read_place(world, parameters)
    body = read_blocks(world, parameters, rich)
    await drafts.pass_servers(world, place)
    return drafts.post(world, place, {"rich_message": body}).to_json()


def read_rich(parameters: Parameters) -> Json:
    """Read `rich_message`; only its form is judged."""
    value = parameters.json("rich_message", "can't parse rich message JSON object")
    if not isinstance(value, dict):
        raise bad_request("rich message must be non-empty")
    given = [name for name in ("html", "markdown", "blocks") if name in value]
    if len(given) != 1:
        raise bad_request("exactly one of html, markdown and blocks must be used")
    if given != ["blocks"]:
        raise bad_request("this sandbox takes blocks, not html or markdown")
    if not isinstance(value["blocks"], list) or not value["blocks"]:
        raise bad_request("rich message must be non-empty")
    return value


def read_blocks(world: World, parameters: Parameters, rich: Json) -> Json:
    """Read the blocks of a rich message as they show."""
    return _Reader(world, parameters).read(rich)


@dataclass(slots=True)
class _Reader:
    """Reads blocks and counts what Telegram limits."""

    world: World
    parameters: Parameters
    characters: int = 0
    blocks: int = 0
    media: int = 0
    is_visible: bool = False

    def read(self, rich: Json) -> Json:
        blocks = rich["blocks"]
        body: Json = {"blocks": self._blocks(blocks, 1)}
        if not self.is_visible and not self.media:
            raise bad_request("text must be non-empty")
        if self.characters > MAX_CHARACTERS:
            raise bad_request("message is too long")
        if self.blocks > MAX_BLOCKS or self.media > MAX_MEDIA:
            raise bad_request("rich message has too many blocks")
        if rich.get("is_rtl") is True:
            body["is_rtl"] = True
        return body

    def _blocks(self, blocks: object, level: int) -> list[Json]:
        if not isinstance(blocks, list):
            raise bad_request("can't parse rich message block")
        return [self._block(one, level) for one in blocks]

    def _block(self, block: object, level: int) -> Json:
        if not isinstance(block, dict) or level > MAX_LEVELS:
            raise bad_request("can't parse rich message block")
        self.blocks += 1
        kind = block.get("type")
        if kind == "divider":
            return {"type": kind}
        if kind == "photo":
            return self._photo(block)
        if kind in TEXTS:
            shown: Json = {"type": kind, "text": self._text(block.get("text"), level)}
            if kind == "heading":
                shown["size"] = _size(block.get("size"))
            return shown
        if kind in CONTAINERS:
            shown = {
                "type": kind,
                "blocks": self._blocks(block.get("blocks"), level + 1),
            }
            if kind == "details":
                shown["summary"] = self._text(block.get("summary"), level)
            return shown
        raise bad_request(f'can\'t parse rich message block: invalid type "{kind}"')

    def _photo(self, block: Json) -> Json:
        media = block.get("photo")
        given = media.get("media") if isinstance(media, dict) else None
        if not isinstance(media, dict) or media.get("type") != "photo" or not given:
            raise bad_request("can't parse InputMedia: media not found")
        self.media += 1
        sizes = self.world.files.give("photo", str(given), self.parameters.files)
        return {"type": "photo", "photo": [size.to_json() for size in sizes]}

    def _text(self, rich: object, level: int) -> object:
        if isinstance(rich, str):
            self.characters += len(rich)
            self.is_visible = self.is_visible or is_visible(rich)
            return rich
        if isinstance(rich, list) and rich:
            return [self._text(part, level + 1) for part in rich]
        if not isinstance(rich, dict) or rich.get("type") not in FORMATS or level > MAX_LEVELS:
            raise bad_request("can't parse rich text")
        shown: Json = {"type": rich["type"], "text": self._text(rich.get("text"), level + 1)}
        if rich["type"] == "url":
            shown["url"] = self._url(rich.get("url"))
        return shown

    def _url(self, url: object) -> str:
        """Judge an address as one of an entity is judged."""
        entity = {"type": "text_link", "offset": 0, "length": 1, "url": url}
        (read,) = check_links(parse_entities([entity], user=self.world.user_json))
        return str(read.to_json()["url"])


def _size(size: object) -> int:
    if not isinstance(size, int) or not 1 <= size <= 6:
        raise bad_request("can't parse rich message block: wrong heading size")
    return size


def words_of(body: Json) -> Iterator[str]:
    """Give the words of a rich message, block by block."""
    blocks = body.get("blocks")
    for block in blocks if isinstance(blocks, list) else ():
        if "text" in block:
            yield _words(block["text"])
        yield from words_of(block)


def _words(rich: object) -> str:
    if isinstance(rich, str):
        return rich
    if isinstance(rich, list):
        return "".join(map(_words, rich))
    return _words(rich["text"]) if isinstance(rich, dict) else ""
