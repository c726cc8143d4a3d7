"""Words as they are indexed: one way to fold and split them, for articles and for queries alike.

The splitting is ours and not SQLite's: its tokenizer takes a Chinese sentence for one word and
cuts Hindi words at their vowel signs. What leaves this module holds letters, digits and marks
only, so it can stand between quotes in an FTS5 expression whatever a stranger typed.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache, partial

MAX_INDEXED = 20_000
"""Characters of one field that are indexed; an article's words stand in its beginning."""

# Scripts written without spaces, and Hangul, whose particles are glued to the nouns.
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30fa\u30fc-\u30ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\U00020000-\U0003ffff"
)
# Vowel signs are marks and no letters for `\w`, but Indic words hold them (not the dandas).
_SIGNS = "\u0900-\u0963\u0966-\u0dff"
_RUNS = re.compile(f"([{_UNSPACED}]+)|((?:(?![{_UNSPACED}])(?:[^\\W_]|[{_SIGNS}]))+)")
_IS_UNSPACED = re.compile(f"[{_UNSPACED}]")
# Letters in small, digits, and a space for everything else.
_ASCII_WORDS = (
    bytes(ord(chr(code).lower()) if chr(code).isalnum() else 0x20 for code in range(128))
    + bytes(range(128, 256))  # parts of other letters in UTF-8
)
# What typographers put into texts that are plain otherwise; none of it is part of a word.
_TYPOGRAPHIC = re.compile("[\u00a0\u00ab\u00bb\u2013\u2014\u2018-\u201e\u2022\u2026]+")
# Accents, Hebrew points, Arabic vowels and stretching, soft hyphens, joiners, variants.
_DROPPED = re.compile(
    "[\u00ad\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640"
    "\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed\u200b-\u200f\u2060\ufe00-\ufe0f"
    "\ue000-\uf8ff]"
)
_UNDIVIDED = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe"})
_SHORT = 40
"""Characters below which the words of something odd are remembered: names come again."""
_POSSESSIVE = re.compile(r"(?<=\w)['’]s\b")
# A quick look for the second of two initials: most texts hold full stops and none of them.
_SECOND_INITIAL = re.compile(r"\.[^\W\d_]\.")
_INITIALS = re.compile(r"(?<!\w)[^\W\d_]\.(?:[^\W\d_]\.)+")
_TAG = re.compile(r"<[^<>]*>")
_ADDRESS = re.compile(r"https?://\S+", re.IGNORECASE)


def words_of(text: str) -> tuple[str, ...]:
    """Split a query's word or phrase, folded; scripts without spaces become bigrams."""
    return tuple(folded_word(word) for word in typed_words(text))


def typed_words(text: str) -> tuple[str, ...]:
    """Split as `words_of`, in small letters, with the accents that a stemmer wants to see."""
    return tuple(_words(text, with_last=False))


def indexed_words(text: str) -> list[str]:
    """Split a field for the index, in small letters, accents kept.

    In scripts without spaces every character begins a word (the last one stands alone), so that
    one character can be found by its prefix.
    """
    return _words(text[:MAX_INDEXED], with_last=True)


def folded_word(word: str) -> str:
    """Take the accents off a word."""
    return word if word.isascii() else _folded(word)


def plain(markup: str) -> str:
    """Give the words of a body in Markdown or HTML: no tags, no addresses."""
    text = _TAG.sub(" ", markup[: MAX_INDEXED * 2])
    return _ADDRESS.sub(" ", html.unescape(text))


def is_unspaced(word: str) -> bool:
    """Whether the word is of a script written without spaces."""
    return word > "\u0dff" and bool(_IS_UNSPACED.match(word))


def _words(text: str, *, with_last: bool) -> list[str]:
    text = text.lower()
    if "'s" in text or "’s" in text:
        text = _POSSESSIVE.sub("", text)
    if text.count(".") > 1 and _SECOND_INITIAL.search(text):
        text = _INITIALS.sub(lambda match: match[0].replace(".", ""), text)
    plain = text if text.isascii() else _TYPOGRAPHIC.sub(" ", text)
    if not plain.isascii():
        # What white space parts has nothing to do with each other; most of it is plain.
        parts = plain.split()
        odd = partial(_odd, with_last=with_last)
        plain = " ".join([part if part.isascii() else odd(part) for part in parts])
    return plain.encode().translate(_ASCII_WORDS).decode().split()


def _odd(part: str, *, with_last: bool) -> str:
    careful = _remembered if len(part) <= _SHORT else _careful
    return careful(part, with_last=with_last)


def _careful(part: str, *, with_last: bool) -> str:
    return " ".join(_split(_light(part), with_last=with_last))


_remembered = lru_cache(maxsize=20_000)(_careful)


def _split(text: str, *, with_last: bool) -> Iterator[str]:
    for match in _RUNS.finditer(text):
        unspaced, spaced = match.groups()
        if spaced:
            yield spaced
            continue
        for number in range(len(unspaced) - 1):
            yield unspaced[number : number + 2]
        if with_last or len(unspaced) == 1:
            yield unspaced[-1]


def _light(text: str) -> str:
    composed = unicodedata.normalize("NFKC", text.casefold()).casefold()
    return _DROPPED.sub("", unicodedata.normalize("NFC", composed))


def _folded(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold()).casefold()
    kept = _DROPPED.sub("", decomposed).translate(_UNDIVIDED)
    return unicodedata.normalize("NFC", kept)
