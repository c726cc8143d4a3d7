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
_ASCII_RUN = re.compile(r"[a-z0-9]+")
# Accents, Hebrew points, Arabic vowels and stretching, soft hyphens, joiners, variants.
_DROPPED = re.compile(
    "[\u00ad\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640"
    "\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed\u200b-\u200f\u2060\ufe00-\ufe0f"
    "\ue000-\uf8ff]"
)
_UNDIVIDED = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe"})
_POSSESSIVE = re.compile(r"(?<=\w)['’]s\b")
_INITIALS = re.compile(r"\b(?:[^\W\d_]\.){2,}")
_TAG = re.compile(r"<[^<>]*>")
_ADDRESS = re.compile(r"https?://\S+", re.IGNORECASE)
# Words around the subject of a question, folded as the index folds them.
_ASKING = frozenset(
    re.findall(
        r"\w+",
        """
        a about all an and any are at by can did do does find for from give has have how i in is
        it latest me more my new news of on or please show some story stories tell that the there
        this to today was were what when where which who why will with you
        aktuelles am auf bei das dem den der die ein eine es fur gibt ist mir mit nachrichten neu
        neue neues uber und von was welche wer wie wo zu zum zur
        algo con cual cuales de del donde el en es esta hay la las lo los nuevas nuevo noticias
        para por que quien se sobre un una y
        au aux ce dans des du est et il la le les nouvelles ou par pour quel quelle quelles quels
        qui quoi sur une
        as com da das do dos e em ha mais na nas no nos noticia o os qual quais um uma
        а в во где для и из как какие кто ли на нового новости о об от по про с со там что это
        де з за із нове новини та у хто що як які
        apa atau baru berita dan dari di hakkinda haber haberler hangi ile kim ne nedir nerede
        son tentang ve yang yeni
        """,
    )
)
_VOWEL = re.compile(r"[aeiouy]")


def words_of(text: str) -> tuple[str, ...]:
    """Split a query's word or phrase; a run of a script without spaces becomes bigrams."""
    return tuple(_words(text, with_last=False))


def indexed(text: str) -> str:
    """Prepare a field for the index: its words, one space between them.

    In scripts without spaces every character begins a word (the last one stands alone), so that
    one character can be found by its prefix.
    """
    return " ".join(_words(text[:MAX_INDEXED], with_last=True))


def plain(markup: str) -> str:
    """Give the words of a body in Markdown or HTML: no tags, no addresses."""
    text = _TAG.sub(" ", markup[: MAX_INDEXED * 2])
    return _ADDRESS.sub(" ", html.unescape(text))


def is_asking(words: tuple[str, ...]) -> bool:
    """Whether the words only frame a question and name nothing that it is about."""
    return all(word in _ASKING for word in words)


def is_unspaced(word: str) -> bool:
    """Whether the word is of a script written without spaces."""
    return bool(re.match(f"[{_UNSPACED}]", word))


def _words(text: str, *, with_last: bool) -> Iterator[str]:
    text = _POSSESSIVE.sub("", text.lower())
    text = _INITIALS.sub(lambda match: match[0].replace(".", ""), text)
    if text.isascii():
        yield from _ASCII_RUN.findall(text)
        return
    for match in _RUNS.finditer(_folded(text)):
        unspaced, spaced = match.groups()
        if spaced:
            yield spaced
            continue
        for number in range(len(unspaced) - 1):
            yield unspaced[number : number + 2]
        if with_last or len(unspaced) == 1:
            yield unspaced[-1]


def _folded(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold()).casefold()
    kept = _DROPPED.sub("", decomposed).translate(_UNDIVIDED)
    return unicodedata.normalize("NFC", kept)


def stem(word: str) -> str:
    """Cut the English endings of number and tense: words of one stem are forms of one word.

    A stem is never indexed or shown. Words of other languages lose at most a plural `s`, which
    is right for several of them; a full stemmer per language may take this place.
    """
    if len(word) < 4 or not (word.isascii() and word.isalpha()) or word in _UNCHANGED:
        return word
    word = _without_plural(word)
    for ending in ("ing", "ed"):
        rest = word.removesuffix(ending)
        if rest != word and len(rest) >= 3 and _VOWEL.search(rest):
            word = rest
            if word[-1] == word[-2] and word[-1] not in "lsz":
                word = word[:-1]
            break
    if len(word) > 3:
        word = word.removesuffix("e")
    return f"{word[:-1]}i" if word.endswith("y") and len(word) > 3 else word


_UNCHANGED = frozenset({"news", "during", "being", "thing", "things", "species", "series"})


def _without_plural(word: str) -> str:
    if word.endswith("ies"):
        return f"{word[:-3]}y"
    if word.endswith(("sses", "xes", "ches", "shes", "zes")):
        return word[:-2]
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word
