"""Words that a reader wants in or out, and whether an article holds them."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from bot.domain.article import Article

MOST_WORD = 60
_SPACES = re.compile(r"[\s_\-\u2010-\u2015]+")
_CJK = re.compile(
    "[\u0e00-\u0eff\u1000-\u11ff\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]"
)


def folded_words(text: str) -> str:
    """Fold words for comparison: case, accents, runs of spaces and dashes; "" when none are left.

    Signs stay (`C++`, `.NET`); an apostrophe is one, however it is written.
    """
    text = unicodedata.normalize("NFKD", text.casefold().replace("\u2019", "'"))
    text = "".join(character for character in text if not unicodedata.combining(character))
    return _SPACES.sub(" ", text.casefold()).strip()


def wording(article: Article) -> str:
    """Give what of an article is looked at for words: title, excerpt and topics, folded."""
    return folded_words("\n".join((article.title, article.excerpt, *article.topics)))


def holds(text: str, word: str) -> bool:
    """Whether folded words stand in a folded text, whole; scripts without spaces have no wholes."""
    if not word or word not in text:
        return False
    return _pattern(word).search(text) is not None


@lru_cache(maxsize=4096)
def _pattern(word: str) -> re.Pattern[str]:
    # C++ and C# are no C.
    before, after = (r"(?<!\w)", r"(?!\w|\+\+|#)")
    if _CJK.match(word[0]) or not _is_letter(word[0]):
        before = ""
    if _CJK.match(word[-1]) or not _is_letter(word[-1]):
        after = ""
    return re.compile(f"{before}{re.escape(word)}{after}")


def _is_letter(character: str) -> bool:
    return character.isalnum()
