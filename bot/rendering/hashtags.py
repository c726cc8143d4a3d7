"""Hashtags made of topics: what Telegram reads as one, whole."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from markupsafe import Markup

MAX_HASHTAG = 64
"""Characters; Telegram takes 256, nobody reads them."""
_SIGNS = {"#": "Sharp", "+": "Plus"}
_SIGNED = re.compile(r"(?<=\w)[#+]+(?!\w)")
"""What a name ends with and means another thing by: C, C# and C++ are three topics."""
_JOINERS = "\u200c\u00b7"
"""Join letters within one word (Persian, Catalan)."""


@dataclass(frozen=True, slots=True)
class Hashtag:
    """A hashtag with its sign: words of ours, that are to become a link by themselves."""

    text: str

    def __str__(self) -> str:
        """Give it as it stands in a message."""
        return self.text

    @property
    def markup(self) -> Markup:
        """Write it for a template: letters, digits and underscores alone are in it."""
        return Markup(self.text)  # noqa: S704 - see above


def hashtag_of(name: str) -> Hashtag | None:
    """Make a hashtag of a topic's name: `Computer Vision` becomes `#ComputerVision`.

    Words without capital letters are joined by underscores. None: Telegram would end the tag
    within a word (marks of Indian scripts), or it holds no letter at all.
    """
    words = _words(unicodedata.normalize("NFC", name.lstrip("# ")))
    if words is None or not any(_is_letter(sign) for word in words for sign in word):
        return None
    if len(words) > 1 and all(_has_case(word) or word.isdecimal() for word in words):
        joined = "".join(word[0].upper() + word[1:] for word in words)
    else:
        joined = "_".join(words)
    if len(joined) >= MAX_HASHTAG or not all(map(_is_part, joined)):
        return None
    return Hashtag(f"#{joined}")


def _words(name: str) -> list[str] | None:
    """Split at whatever is no part of a hashtag; None where that would cut a letter apart."""
    if any(unicodedata.category(sign)[0] == "M" for sign in name):
        return None
    name = _SIGNED.sub(lambda found: "".join(map(_SIGNS.__getitem__, found[0])), name)
    text = "".join(sign if _is_part(sign) else " " for sign in name.replace("&", " and "))
    return [word for word in (part.strip(_JOINERS + "_") for part in text.split()) if word]


def _is_part(sign: str) -> bool:
    return sign == "_" or sign in _JOINERS or _is_letter(sign) or sign.isdecimal()


def _is_letter(sign: str) -> bool:
    return unicodedata.category(sign)[0] == "L"


def _has_case(word: str) -> bool:
    return word.upper() != word.lower()
