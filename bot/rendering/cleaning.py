"""Text as Telegram keeps it: what its clean-up would change is changed before."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

# Bidirectional overrides and separators that Telegram removes, and three combining marks that it
# removes because they run over neighbouring lines.
_REMOVED = re.compile("[\r\u2028-\u202e\u0333\u033f\u030a]")
# No text for people: halves of surrogate pairs (no UTF-8), and code points that Unicode
# sets apart for internal use (and we do so: see blocks.py).
_NO_TEXT = re.compile(
    "[\ud800-\udfff\ufdd0-\ufdef"
    + "".join(chr(plane * 0x10000 + end) for plane in range(17) for end in (0xFFFE, 0xFFFF))
    + "]"
)
_CONTROL = re.compile("[\x00-\x09\x0b-\x1f]")
_MARKS = re.compile("[\u200e\u200f]+(?=[\u200e\u200f])")
# What colours a terminal, and the controls that mean nothing in a chat; breaks are kept. Telegram
# gives us a space for an escape: what it began is left over.
_ESCAPE = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|(?:\x1b\]|\x9d)[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?|\x1b."
    r"|(?<!\S)\[(?:\d{1,3};)*\d{1,3}m|[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f]"
)
_LINE_SPACE = re.compile("[ \t\n\r\f\v\x1c-\x1f\x85\u2028\u2029]+")
_BLANKS = frozenset("\u2800\u3164\u115f\u1160\uffa0\u034f\u17b4\u17b5")
"""Characters with a width or a class of their own that still show nothing."""


def cleaned(text: str) -> str:
    """Give the text as Telegram would store it; a second time changes nothing.

    Composed first (NFC), so that a ring over an `a` survives the removal of lone rings.
    """
    text = unicodedata.normalize("NFC", _NO_TEXT.sub("", text))
    return cleaned_composed(text)


def cleaned_composed(text: str) -> str:
    """Do the part of the clean-up that follows composition."""
    text = _REMOVED.sub("", text)
    text = _CONTROL.sub(" ", text)
    return _MARKS.sub(lambda run: "\u200c" * len(run[0]), text)


def one_line(text: str) -> str:
    """Give the text cleaned, trimmed and on one line; runs of spaces and breaks become a space."""
    text = _LINE_SPACE.sub(" ", _NO_TEXT.sub("", text))
    return _LINE_SPACE.sub(" ", cleaned(text)).strip()


def echo(text: str) -> str:
    """Give what somebody typed on one line, without control characters and terminal escapes."""
    return one_line(_ESCAPE.sub("", text))


def is_visible(text: str) -> bool:
    """Whether a reader sees anything: Telegram refuses a text of blanks alone."""
    return any(
        character not in _BLANKS and unicodedata.category(character)[0] not in "ZC"
        for character in text
        if unicodedata.category(character) not in ("Mn", "Me")
    )


def with_offsets(text: str) -> Iterator[tuple[int, str]]:
    """Walk over the characters with their offsets in UTF-16 units."""
    offset = 0
    for character in text:
        yield offset, character
        offset += 2 if character > "\uffff" else 1
