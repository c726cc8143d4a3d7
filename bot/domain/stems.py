"""Words as they are compared: without accents and endings, Cyrillic written in Latin letters."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_CYRILLIC = str.maketrans(
    {
        **dict(zip("абвгдезийклмнопрстуфхыэі", "abvgdeziiklmnoprstufhyei", strict=True)),
        **{"ж": "zh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ю": "yu", "я": "ya"},
        **{"ъ": "", "ь": "", "ё": "e", "ї": "i", "є": "e", "ґ": "g"},
    }
)
_UNDIVIDED = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe", "ß": "ss"}
)
_LATIN_ENDINGS = (
    "ations", "ation", "ungen", "ians", "ian", "ia", "ments", "ment", "ings", "ung", "ing", "ers",
    "ies", "ied", "ed", "er", "es", "en", "em", "ly", "as", "os", "s", "e", "a", "o",
)  # fmt: skip
_CYRILLIC_ENDINGS = (
    "ями", "ами", "ого", "его", "ому", "ему", "ыми", "ими", "ая", "яя", "ое", "ее", "ые", "ие",
    "ый", "ий", "ой", "ей", "ую", "юю", "ов", "ев", "ах", "ях", "ам", "ям", "ом", "ем", "ью",
    "а", "я", "о", "е", "ы", "и", "у", "ю", "ь",
)  # fmt: skip
_ARABIC_FRONT = re.compile("^(?:وال|بال|كال|فال|لل|ال)(?=..)")


def folded(word: str) -> str:
    """Write a word in small letters without accents, Cyrillic in Latin."""
    small = word.casefold()
    if small.isascii():
        return small
    if "\u0400" <= small[0] <= "\u04ff":
        return small.translate(_CYRILLIC)
    decomposed = unicodedata.normalize("NFKD", small.translate(_UNDIVIDED))
    if decomposed[0] < "\u0300":  # Latin: its accents go; marks of other scripts are letters
        return "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return unicodedata.normalize("NFC", small)


@lru_cache(maxsize=100_000)
def stem_of(word: str) -> str:
    """Cut the usual endings off a word in small letters, and write it as it is compared."""
    first = word[0]
    if "\u0600" <= first <= "\u06ff":
        return _ARABIC_FRONT.sub("", word)
    if "\u0400" <= first <= "\u04ff":
        return folded(_without_ending(word, _CYRILLIC_ENDINGS))
    plain = folded(word)
    stem = _without_ending(plain, _LATIN_ENDINGS)
    if len(stem) > 4 and stem[-1] == stem[-2] and stem[-1] not in "sl":
        stem = stem[:-1]
    return stem


def _without_ending(word: str, endings: tuple[str, ...]) -> str:
    for ending in endings:
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word[: -len(ending)]
    return word
