"""What Telegram would turn into a link by itself, judged on the safe side.

Telegram reads `README.md` as an address in Moldova and `/start` as a command, in anybody's words.
The words of publishers and readers are shown as written and lead nowhere of their own accord.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

WORD_JOINER = "\u2060"
"""Stands invisibly behind a sign such as `@` to make it a plain sign; no line break, no width."""

_RUN = re.compile(r"[^\s<>\"«»\u2000-\u200b\u200e\u200f\u2016-\u206f]+")
_ENDING = re.compile(r"\.([^\W\d_]+)")
_ADDRESS = re.compile(r"\d+\.\d+\.\d+\.\d+|\w://[\w-]|[\w+.-]@[\w-]+\.\w", re.IGNORECASE)
_OPENING = "([{'“‘„‚`*_"
_CLOSING = ".,:;!?)]}'”’`…*"
_SIGN = re.compile(
    r"(?<!\w)@(?=[A-Za-z0-9_]{2})"
    r"|#(?=[\w\u200c\u00b7\u0d80-\u0dff]*[^\W\d_])"
    r"|\$(?=1INCH|[A-Z])"
    r"|(?<![\w/<>])/(?=[A-Za-z0-9_]{1,64}(?![A-Za-z0-9_/<>]))"
)


def names_with_dots(text: str) -> Iterator[tuple[int, int]]:
    """Give the stretches (start, end) that read as addresses, e-mail addresses or file names.

    Any small-letter or capital ending counts, not only today's top-level domains: those that
    Telegram knows grow with each version, and a `node.js` set like a `main.py` looks better.
    """
    for run in _RUN.finditer(text):
        word = run[0]
        if not _reads_as_address(word):
            continue
        start = run.start() + len(word) - len(word.lstrip(_OPENING))
        end = run.end() - (len(word) - len(word.rstrip(_CLOSING)))
        if start < end:
            yield start, end


def signs(text: str) -> Iterator[int]:
    """Give the places of `@`, `#`, `$` and `/` that would begin a mention, tag or command."""
    for match in _SIGN.finditer(text):
        place = match.start()
        # "C#" and "a$B" are words; a superscript or a fraction before the sign makes none.
        if text[place] in "#$" and place > 0 and _is_letter_or_digit(text[place - 1]):
            continue
        yield place


def would_link(text: str) -> bool:
    """Whether Telegram might make any part of this text a link."""
    return next(names_with_dots(text), None) is not None or next(signs(text), None) is not None


def _is_letter_or_digit(character: str) -> bool:
    category = unicodedata.category(character)
    return category[0] == "L" or category == "Nd" or character == "_"


def _reads_as_address(word: str) -> bool:
    if "." not in word and "://" not in word:
        return False
    if _ADDRESS.search(word):
        return True
    # "inc.The" is a missing space: Telegram does not read a capitalised word as an ending.
    return (
        any(
            len(ending[1]) >= 2 and not ending[1].istitle()
            for ending in _ENDING.finditer(word)
            if ending.start() > 0 and word[ending.start() - 1] != "."
        )
        or ".xn--" in word.casefold()
    )
