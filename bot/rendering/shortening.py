"""Cutting text where a reader would: between words, and never inside one visible character."""

from __future__ import annotations

import unicodedata

ELLIPSIS = "…"
_ZERO_WIDTH_JOINER = "\u200d"
_CUT_OFF = ",;:–—-&/|·•([{«“‘<"
"""What must not stand before the ellipsis."""
_FINAL = ".!?…。！？؟।»”’\"')]}"
LONG_ENOUGH_TO_BE_CUT = 160
"""A shorter excerpt without a full stop is a short one, not one that was cut off."""


def shortened(text: str, limit: int) -> str:
    """Cut the text to at most `limit` characters, between words, with an ellipsis.

    A language without spaces, or one endless word, is cut between visible characters instead.
    """
    if len(text) <= limit:
        return text
    if limit <= 1:
        return ELLIPSIS[:limit]
    end = limit - 1
    space = max(text.rfind(" ", 0, end + 1), text.rfind("\n", 0, end + 1))
    # A cut that would lose a third of the room to keep a word whole is no gain.
    end = space if space >= end * 2 // 3 else boundary_before(text, end)
    return text[:end].rstrip(" \n" + _CUT_OFF) + ELLIPSIS


def with_ending(text: str) -> str:
    """Let a text that its source cut off in mid-sentence end with an ellipsis, close to the word.

    Sources write ` ...` or ` …`, or nothing at all.
    """
    whole = text.removesuffix(ELLIPSIS).removesuffix("...")
    if whole != text and whole.strip():
        return whole.rstrip(" " + _CUT_OFF) + ELLIPSIS
    if len(text) < LONG_ENOUGH_TO_BE_CUT or text.endswith(tuple(_FINAL)):
        return text
    if text[-1].isalnum() or text[-1] in _CUT_OFF:
        return text.rstrip(" " + _CUT_OFF) + ELLIPSIS
    return text


def boundary_before(text: str, position: int) -> int:
    """Give the last place at or before `position` that lies between two visible characters."""
    position = min(position, len(text))
    while position > 0 and not is_boundary(text, position):
        position -= 1
    return position


def is_boundary(text: str, position: int) -> bool:
    """Whether a cut here leaves emoji sequences, flags, syllables and accents whole.

    A short form of the Unicode rules for grapheme clusters (UAX 29).
    """
    if position <= 0 or position >= len(text):
        return True
    before, after = text[position - 1], text[position]
    if before == _ZERO_WIDTH_JOINER or _joins_to_the_left(after):
        return False
    if unicodedata.combining(before) == 9:  # a virama: the next consonant may hang on it
        return not unicodedata.category(after).startswith("L")
    if _is_flag_letter(before) and _is_flag_letter(after):
        return _flag_letters_before(text, position) % 2 == 0
    return not _is_one_syllable(before, after)


def _joins_to_the_left(character: str) -> bool:
    return (
        unicodedata.category(character) in ("Mn", "Mc", "Me")
        or character == _ZERO_WIDTH_JOINER
        or character == "\u200c"
        or "\U0001f3fb" <= character <= "\U0001f3ff"  # skin tones
        or "\U000e0020" <= character <= "\U000e007f"  # tags that spell a region's flag
    )


def _is_flag_letter(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def _flag_letters_before(text: str, position: int) -> int:
    start = position
    while start > 0 and _is_flag_letter(text[start - 1]):
        start -= 1
    return position - start


def _is_one_syllable(before: str, after: str) -> bool:
    """Whether two conjoining Hangul letters belong to one syllable."""
    leading = "\u1100" <= before <= "\u115f"
    return (leading and "\u1100" <= after <= "\u11a7") or (
        "\u1160" <= before <= "\u11ff" and "\u1160" <= after <= "\u11ff"
    )
