"""The blocks of a rich message → HTML."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from bot.chatview.media import photo_html
from bot.chatview.text import escape, link_attributes
from bot.chatview.view import Message, View

Block = Mapping[str, Any]

_FORMATS = {
    "bold": "b",
    "italic": "i",
    "underline": "u",
    "strikethrough": "s",
    "code": "code",
    "marked": "mark",
}
_MOST_LEVELS = 20


def rich_html(message: Message, view: View) -> str:
    """The blocks of a message, or nothing where it has none."""
    rich = message.get("rich_message")
    blocks = rich.get("blocks") if isinstance(rich, Mapping) else None
    if not isinstance(rich, Mapping) or not isinstance(blocks, list):
        return ""
    direction = "rtl" if rich.get("is_rtl") else "auto"
    return f'<div class="rich" dir="{direction}">{_blocks(blocks, view, 0)}</div>'


def rich_words(message: Message) -> str:
    """The words of a rich message, as one line after the other."""
    rich = message.get("rich_message")
    blocks = rich.get("blocks") if isinstance(rich, Mapping) else None
    return "\n".join(_words_of(blocks)) if isinstance(blocks, list) else ""


def _words_of(blocks: Iterable[Block]) -> Iterator[str]:
    for block in blocks:
        if "text" in block:
            yield _plain(block["text"])
        yield from _words_of(block.get("blocks", ()))


def _plain(rich: object) -> str:
    if isinstance(rich, str):
        return rich
    if isinstance(rich, list):
        return "".join(map(_plain, rich))
    return _plain(rich.get("text")) if isinstance(rich, Mapping) else ""


def _blocks(blocks: Iterable[Block], view: View, level: int) -> str:
    if level > _MOST_LEVELS:
        return ""
    return "".join(_block(block, view, level) for block in blocks)


def _block(block: Block, view: View, level: int) -> str:
    kind = block.get("type")
    write = _WRITERS.get(str(kind))
    return write(block, view, level) if write is not None else ""


def _paragraph(block: Block, _: View, level: int) -> str:
    return f'<p dir="auto">{_text(block.get("text"), level)}</p>'


def _heading(block: Block, _: View, level: int) -> str:
    size = block.get("size")
    size = size if isinstance(size, int) and 1 <= size <= 6 else 3
    # The page around the chat has the first headings; readers of screens hear the size.
    return (
        f'<div class="heading size-{size}" role="heading" aria-level="{min(size + 2, 6)}" '
        f'dir="auto">{_text(block.get("text"), level)}</div>'
    )


def _footer(block: Block, _: View, level: int) -> str:
    return f'<p class="footer" dir="auto">{_text(block.get("text"), level)}</p>'


def _pre(block: Block, _: View, level: int) -> str:
    return f'<pre dir="auto">{_text(block.get("text"), level)}</pre>'


def _divider(_: Block, __: View, ___: int) -> str:
    return "<hr>"


def _photo(block: Block, view: View, _: int) -> str:
    return photo_html(block, view)


def _quote(block: Block, view: View, level: int) -> str:
    return f"<blockquote>{_blocks(block.get('blocks', ()), view, level + 1)}</blockquote>"


def _details(block: Block, view: View, level: int) -> str:
    inside = _blocks(block.get("blocks", ()), view, level + 1)
    summary = _text(block.get("summary"), level)
    return f'<details><summary dir="auto">{summary}</summary>{inside}</details>'


_WRITERS: Mapping[str, Callable[[Block, View, int], str]] = {
    "paragraph": _paragraph,
    "heading": _heading,
    "footer": _footer,
    "pre": _pre,
    "divider": _divider,
    "photo": _photo,
    "blockquote": _quote,
    "details": _details,
}


def _text(rich: object, level: int) -> str:
    if level > _MOST_LEVELS:
        return ""
    if isinstance(rich, str):
        return escape(rich)
    if isinstance(rich, list):
        return "".join(_text(part, level + 1) for part in rich)
    if not isinstance(rich, Mapping):
        return ""
    inside = _text(rich.get("text"), level + 1)
    kind = str(rich.get("type"))
    if kind == "url":
        attributes = link_attributes(str(rich.get("url", "")))
        return inside if attributes is None else f"<a {attributes}>{inside}</a>"
    if kind == "spoiler":
        return f'<span class="spoiler">{inside}</span>'
    tag = _FORMATS.get(kind)
    return f"<{tag}>{inside}</{tag}>" if tag else inside
