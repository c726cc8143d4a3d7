"""Highlights: where in a text the words that matched stand."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from bot.search.asking import is_asking
from bot.search.words import folded_word, is_unspaced, words_of

_WORD = re.compile(
    r"[^\W_](?:[^\W_]|[\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670\u0900-\u0dff])*"
)
_RUN = re.compile(r"[^\W_]+")


def highlights(text: str, matched: Iterable[str]) -> tuple[tuple[int, int], ...]:
    """Give the places of words in code points, in order, none within another.

    `matched` are folded words, as in `Hit.matched`; those of scripts without spaces are found
    anywhere, others as whole words. Words that only frame a question stay plain beside others.
    """
    words = set(matched)
    known = {word for word in words if not is_asking((word,))} or words
    places = [match.span() for match in _WORD.finditer(text) if _is_one_of(match[0], known)]
    unspaced = [word for word in known if is_unspaced(word)]
    if unspaced:
        whole, origins = _composed(text)
        for word in unspaced:
            found = re.finditer(re.escape(word), whole)
            places += [(origins[one.start()], origins[one.end() - 1] + 1) for one in found]
    return _joined(sorted(places))


def _composed(text: str) -> tuple[str, list[int]]:
    """Give a text in the characters of the index, and from which one each of them came."""
    pieces: list[str] = []
    origins: list[int] = []
    for place, character in enumerate(text):
        piece = unicodedata.normalize("NFKC", character)
        pieces.append(piece)
        origins += [place] * len(piece)
    return "".join(pieces), origins


def _is_one_of(word: str, known: set[str]) -> bool:
    if word.isascii():
        return word.lower() in known
    if folded_word(word) in known:
        return True
    words = words_of(word)
    return len(words) == 1 and words[0] in known


def _joined(places: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    joined: list[tuple[int, int]] = []
    for start, end in places:
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return tuple(joined)
