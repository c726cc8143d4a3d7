"""Bytes become text, and the text is cut at its two `---` lines."""

from __future__ import annotations

import codecs
import re
from typing import NamedTuple

from bot.content.findings import Unusable

MAX_FILE_SIZE = 1024 * 1024
"""Bytes. Real article files have a few thousand; larger ones are never read."""

# `$` would not see a lone CR, and `\s` would take in the blank lines after the fence.
_FENCE = re.compile(r"---[ \t]*(?:\r\n|\r|\n|\Z)")
_NEXT_LINE = "begin the file with a line of three dashes, then the fields, then three dashes"
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class Fences(NamedTuple):
    """Where the parts of a text lie; `first_line` is the line of `header_start`, from 1."""

    header_start: int
    header_end: int
    body_start: int
    first_line: int


def too_large() -> Unusable:
    """Say that a file is over the limit."""
    return Unusable(
        f"the file is larger than {MAX_FILE_SIZE // 1024} KiB and was not read",
        "shorten it, or move what is no article out of the folder",
    )


def decode(data: bytes) -> str:
    """Read the bytes as UTF-8 without a byte order mark; raises Unusable."""
    if len(data) > MAX_FILE_SIZE:
        raise too_large()
    if data.startswith(_UTF_16):
        raise Unusable("the file is UTF-16, not UTF-8", "save it as UTF-8", place=(1, 1))
    zero = data.find(b"\0")
    if zero >= 0:
        raise Unusable(
            "the file holds a zero byte: it is binary or damaged",
            "restore it, or move what is no article out of the folder",
            place=_place(data, zero),
        )
    try:
        return data.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise Unusable(
            "the file is not UTF-8 from here on",
            "save it as UTF-8",
            place=_place(data, error.start),
        ) from None


def find_fences(text: str) -> Fences:
    """Find the two lines of three dashes; blank lines may stand before the first.

    Raises Unusable when either is missing: python-frontmatter would give empty metadata.
    """
    return _plain_fences(text) or _any_fences(text)


def _plain_fences(text: str) -> Fences | None:
    """Find them where nothing stands before or behind the dashes, as in nearly all files."""
    start = 4 if text.startswith("---\n") else 5 if text.startswith("---\r\n") else 0
    end = text.find("\n---", start - 1) if start else -1
    if end < 0 or ("\r" in text and text.find("\r---", start - 1, end) >= 0):
        return None
    after = text[end + 4 : end + 6]
    size = 1 if after[:1] == "\n" else 2 if after == "\r\n" else 0
    return Fences(start, end + 1, end + 4 + size, 2) if size else None


def _any_fences(text: str) -> Fences:
    start = len(text) - len(text.lstrip())
    if start == len(text):
        raise Unusable("the file is empty", "write it again, or remove it", place=(1, 1))
    first_line = count_lines(text[:start]) + 1
    opening = _FENCE.match(text, start)
    if opening is None:
        raise _no_front_matter(text[start : start + 3], first_line)
    closing = _next_fence(text, opening.end())
    if closing is None:
        raise Unusable(
            "the `---` line that ends the front matter is missing",
            "add a line of three dashes after the last field; the file may be half written",
            place=(first_line, 1),
        )
    return Fences(
        header_start=opening.end(),
        header_end=closing.start(),
        body_start=closing.end(),
        first_line=first_line + 1,
    )


def _next_fence(text: str, start: int) -> re.Match[str] | None:
    # A search by pattern alone takes a fifth of the whole reading time.
    while (start := text.find("---", start)) >= 0:
        fence = _FENCE.match(text, start) if text[start - 1] in "\r\n" else None
        if fence is not None:
            return fence
        start += 1
    return None


def count_lines(text: str) -> int:
    """Count the line ends of every kind."""
    return text.count("\n") + text.count("\r") - text.count("\r\n")


def _no_front_matter(beginning: str, line: int) -> Unusable:
    if beginning == "+++":
        return Unusable(
            "the front matter is TOML (`+++`), not YAML",
            "write the fields as YAML between two lines of three dashes",
            place=(line, 1),
        )
    return Unusable("the file does not begin with front matter", _NEXT_LINE, place=(line, 1))


def _place(data: bytes, offset: int) -> tuple[int, int]:
    before = data[:offset].decode("utf-8", "replace").removeprefix("\ufeff")
    line_start = max(before.rfind("\n"), before.rfind("\r")) + 1
    return count_lines(before) + 1, len(before) - line_start + 1
