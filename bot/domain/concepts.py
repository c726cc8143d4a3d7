"""What words mean: concepts of the news and names of places, the same in all languages.

`lexicon/*.txt` holds one concept a line: its name, of how many articles in a thousand one tells of
it, then words language by language (`quake 5 en: earthquake quake de: erdbeben beben`). The words
are written as they stand in a text; endings are cut here. A word may stand for several concepts,
and several words for one (`walked_out`). Read once, when the first article is.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from bot.domain.stems import folded, stem_of

FOLDER = Path(__file__).with_name("lexicon")
WITHIN = "in"
"""Stands before the territories that a place lies in: who names the one tells of the other."""
PLACE = "@"
"""With this sign the name of a place begins."""
ANY = "*"
"""The words of this language hold in all; with a capital letter where there are any."""

_LONGEST_ENDING = {"tr": 6, "pl": 3, "cyrillic": 3, "arabic": 3, "hi": 2, "id": 3, "pt": 1, "es": 1}
"""How many letters more than `stem_of` cuts an ending may have, where many are glued together."""
_SHORTEST_STEM = {"arabic": 3, "hi": 3}
_GLUES_WORDS = frozenset({"de", "nl", "sv", "da"})
_SHORTEST_PART = 4
_SHORTEST_TAIL = 5
_SMALL_WORD = 2
_LONGEST_SIGNS = 6
_KANA = re.compile("[\u3041-\u30ff]")
_FIRST_FOREIGN, _FIRST_SIGN = "\u0370", "\u3041"


@dataclass(frozen=True, slots=True)
class Concept:
    """One line of the lexicon; `part` is the part of all articles that tell of it."""

    name: str
    part: float
    words: dict[str, tuple[str, ...]]


@dataclass(slots=True)
class _Words:
    """The words of one language, by stem; of several words by the first."""

    written: dict[str, tuple[str, ...]] = field(default_factory=dict)
    single: dict[str, tuple[str, ...]] = field(default_factory=dict)
    several: dict[str, list[tuple[tuple[str, ...], str]]] = field(default_factory=dict)


def concepts() -> Iterator[Concept]:
    """Read the lexicon. Raises ValueError for a line that is no concept."""
    for file in sorted(FOLDER.glob("*.txt")):
        for line in file.read_text(encoding="utf-8").splitlines():
            name, share, *rest = line.split()
            words: defaultdict[str, list[str]] = defaultdict(list)
            language = ""
            for word in rest:
                if word.endswith(":"):
                    language = word[:-1]
                else:
                    words[language].append(word)
            yield Concept(name, float(share) / 1000, {k: tuple(v) for k, v in words.items()})


class Word(NamedTuple):
    """A word as it is looked up: `starts` are the several words that it may be the first of."""

    stem: str
    names: tuple[str, ...]
    starts: tuple[tuple[tuple[str, ...], str], ...]


class Lexicon:
    """Finds the concepts of words; `word` gives them for a language and a token."""

    def __init__(self) -> None:
        self.parts: dict[str, float] = {}
        self._words: defaultdict[str, _Words] = defaultdict(_Words)
        self._within: dict[str, tuple[str, ...]] = {}
        for concept in concepts():
            # The names of a territory and of its people stand in two files.
            self.parts[concept.name] = max(concept.part, self.parts.get(concept.name, 0.0))
            for language, words in concept.words.items():
                if language == WITHIN:
                    self._within[concept.name] = tuple(PLACE + code for code in words)
                    continue
                for word in words:
                    self._learn(language, word, concept.name)
        self.word = lru_cache(maxsize=100_000)(self._read)

    def _learn(self, language: str, word: str, name: str) -> None:
        first, *more = (stem_of(one.casefold()) for one in word.split("_") if one)
        words = self._words[_SCRIPTS.get(language, language)]
        if more:
            words.several.setdefault(first, []).append(((first, *more), name))
            return
        for forms, form in ((words.written, folded(word)), (words.single, first)):
            known = forms.get(form, ())
            if name not in known:
                forms[form] = (*known, name)

    def with_places(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """Add the territories that the places among some concepts lie in."""
        around = (place for name in names for place in self._within.get(name, ()))
        return tuple(dict.fromkeys((*names, *around)))

    def signs(self, language: str, text: str) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Give the words of a text without spaces that are known, the longest at each place."""
        single, names = self._words[language].written, self._words[ANY].written
        at = 0
        while at < len(text):
            for length in range(min(_LONGEST_SIGNS, len(text) - at), 0, -1):
                word = text[at : at + length]
                found = (*single.get(word, ()), *names.get(word, ()))
                if found:
                    yield word, found
                    at += length - 1
                    break
            at += 1

    def _read(self, language: str, token: str) -> Word:
        if token[0] >= _FIRST_SIGN:
            return Word(token, (), ())
        stem = stem_of(token.casefold())
        starts = tuple(
            start
            for spoken in (language, ANY)
            for start in self._words[spoken].several.get(stem, ())
        )
        return Word(stem, self.with_places(self._word(language, token)), starts)

    def _word(self, language: str, token: str) -> tuple[str, ...]:
        """Give the concepts of a word; none for one that is not known."""
        found = self._single(language, token)
        if not found and language in _GLUES_WORDS and len(token) >= _SHORTEST_PART + _SHORTEST_TAIL:
            found = self._glued(language, token)
        if token[0].islower():
            return found
        names = self._words[ANY]
        place = names.written.get(folded(token)) or names.single.get(stem_of(token.casefold()), ())
        return tuple(dict.fromkeys((*found, *place)))

    def _single(self, language: str, token: str) -> tuple[str, ...]:
        words, stem = self._words[language], stem_of(token.casefold())
        found = words.written.get(folded(token)) or words.single.get(stem, ())
        longest = _LONGEST_ENDING.get(language, 0)
        shortest = _SHORTEST_STEM.get(language, 4)
        for length in range(len(stem) - 1, max(len(stem) - 1 - longest, shortest - 1), -1):
            if found:
                break
            found = words.single.get(stem[:length], ())
        return found

    def _glued(self, language: str, token: str) -> tuple[str, ...]:
        """Give the concepts of the parts of a compound: *Bahnstreik* is trains and strikes."""
        found: tuple[str, ...] = ()
        for at in range(_SHORTEST_PART, len(token) - _SHORTEST_TAIL + 1):
            tail = self._single(language, token[at:])
            if tail:
                head = self._single(language, token[:at])
                head = head or (self._single(language, token[: at - 1]) if at > 4 else ())
                return (*head, *(name for name in tail if name not in head))
        for at in range(len(token) - _SHORTEST_PART, _SHORTEST_PART - 1, -1):
            found = self._single(language, token[:at])
            if found:
                break
        return found


_SCRIPTS = {"ru": "cyrillic", "uk": "cyrillic", "ar": "arabic", "fa": "arabic"}


@lru_cache(maxsize=1)
def lexicon() -> Lexicon:
    """Give the lexicon, read when it is first asked for."""
    return Lexicon()


def _spoken(token: str, language: str) -> str:
    """Tell in which words of the lexicon a token stands, in an article of a language."""
    first = token[0]
    if first < _FIRST_FOREIGN:
        return language or "en"
    if first <= "\u04ff":
        return "cyrillic"
    if "\u0600" <= first <= "\u06ff":
        return "arabic"
    if "\u0900" <= first <= "\u097f":
        return "hi"
    return "ja" if language == "ja" else "zh"


def meaning_of(tokens: Sequence[str], language: str) -> dict[str, tuple[str, ...]]:
    """Give the concepts of the words of a text, by the stem of each word that has any.

    A language that is not known (empty) is told by the script; Latin letters are English then.
    """
    known = lexicon()
    language = language or ("ja" if any(map(_KANA.search, tokens)) else "")
    latin = language or "en"
    words = [
        known.word(latin if token[0] < _FIRST_FOREIGN else _spoken(token, language), token)
        for token in tokens
    ]
    found: dict[str, tuple[str, ...]] = {}
    for at, (stem, names, starts) in enumerate(words):
        if names:
            _add(found, stem, names)
        for phrase, name in starts:
            if phrase == tuple(word.stem for word in words[at : at + len(phrase)]):
                for one in filter(_is_no_small_word, phrase):
                    _add(found, one, known.with_places((name,)))
    for token in tokens:
        if token[0] >= _FIRST_SIGN:
            for sign, names in known.signs(_spoken(token, language), token):
                _add(found, sign, known.with_places(names))
    return found


def _add(found: dict[str, tuple[str, ...]], stem: str, names: tuple[str, ...]) -> None:
    had = found.get(stem)
    found[stem] = tuple(dict.fromkeys((*had, *names))) if had else names


def _is_no_small_word(stem: str) -> bool:
    return len(stem) > _SMALL_WORD


def stems_of(meaning: Mapping[str, tuple[str, ...]]) -> dict[str, frozenset[str]]:
    """Give for each concept the stems that tell of it."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for stem, names in meaning.items():
        for name in names:
            found[name].add(stem)
    return {name: frozenset(stems) for name, stems in found.items()}


def part_of(concept: str) -> float:
    """Give the part of all articles that tell of a concept, before any was counted."""
    return lexicon().parts[concept]


def places(concepts: Iterable[str]) -> set[str]:
    """Give the places among some concepts."""
    return {concept for concept in concepts if concept[0] == PLACE}
