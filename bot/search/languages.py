"""Languages: which one a text is written in, told cheaply, and the stems of its words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import compress
from threading import Lock

import Stemmer  # type: ignore[import-not-found]

from bot.search.words import folded_word, is_unspaced

DEFAULT = "en"
STEMMERS = {
    "en": "english",
    "de": "german",
    "es": "spanish",
    "fr": "french",
    "pt": "portuguese",
    "it": "italian",
    "nl": "dutch",
    "sv": "swedish",
    "da": "danish",
    "no": "norwegian",
    "fi": "finnish",
    "hu": "hungarian",
    "ro": "romanian",
    "pl": "polish",
    "ru": "russian",
    "tr": "turkish",
    "ar": "arabic",
    "fa": "persian",
    "hi": "hindi",
    "id": "indonesian",
    "el": "greek",
    "ta": "tamil",
}
"""The languages whose words have stems here; words of all others are taken as they are."""
MOST_REMEMBERED = 300_000
ENOUGH_WORDS = 60
"""Words of a text that decide its language."""

_FRAMES = {
    "en": "the of and to in is that for it with as was on are be this by from have not",
    "de": "der die und den von zu das mit sich des auf ist im dem nicht ein eine als auch es wie",
    "es": "el la los las de y en que del se por con una para su al es lo como más pero sus le",
    "fr": "le la les de des et du une est dans qui par pour sur au pas plus ce avec il sont ne se",
    "pt": "o a os de e da do dos das em um uma não com por mais na no ao pela são que se como",
    "it": "il la di e che della per con non sono gli nel una del alla le si come più anche",
    "nl": "het een van en te dat op zijn voor met niet aan er om ook als bij naar de",
    "sv": "och att det som på är av för med till den inte har ett om var jag från",
    "da": "og at det er på af til den med ikke som har en der et vil fra",
    "no": "og er på av til som det ikke med har en et om fra jeg vi",
    "fi": "ja on ei että se oli hän mutta ovat joka kun myös sen",
    "hu": "az és hogy nem egy is meg volt ez csak még már el",
    "ro": "și în de la care pe cu nu este din sau mai că pentru",
    "pl": "się na nie że do jest jak za od to przez dla są po",
    "tr": "ve bir bu için ile da de olarak daha çok en ne gibi kadar sonra olan",
    "id": "yang dan di ini itu dengan untuk dari dalam tidak akan pada juga ke adalah oleh",
}


_VOTE_BITS = 8


def _votes() -> dict[str, int]:
    """Give the votes of each word, those for one language beside those for the next."""
    votes: dict[str, int] = {}
    for place, words in enumerate(_FRAMES.values()):
        for word in words.split():
            votes[word] = votes.get(word, 0) + (1 << (place * _VOTE_BITS))
    return votes


_VOTES = _votes()
_VOTING = frozenset(_VOTES)
# The letters that tell languages of one script apart come before the script itself.
_SCRIPTS = (
    (re.compile("[іїєґ]"), "uk"),
    (re.compile("[\u0400-\u04ff]"), "ru"),
    (re.compile("[پچژگکی]"), "fa"),
    (re.compile("[\u0600-\u06ff]"), "ar"),
    (re.compile("[\u0900-\u097f]"), "hi"),
    (re.compile("[\u0370-\u03ff]"), "el"),
    (re.compile("[\u0b80-\u0bff]"), "ta"),
    (re.compile("[\u3040-\u30ff]"), "ja"),
    (re.compile("[\u3400-\u9fff]"), "zh"),
    (re.compile("[\uac00-\ud7af]"), "ko"),
    (re.compile("[\u0e00-\u0e7f]"), "th"),
)
_KIN = ({"ru", "uk"}, {"ar", "fa"})
"""Languages of one script."""
_NOT_LATIN = frozenset(language for _letters, language in _SCRIPTS)
_DIGITS = b"0123456789"
_LATIN = re.compile(r"[a-zà-ɏ]")


def detected(title: Sequence[str], body: Sequence[str] = (), *, is_ascii: bool = False) -> str:
    """Tell the language of words in small letters; English when nothing tells.

    `is_ascii`: no word holds any other letter, which is quickly told of whole texts.
    """
    few = [*title[:ENOUGH_WORDS], *body[: max(ENOUGH_WORDS - len(title), 0)]]
    if not (is_ascii or (text := "".join(few)).isascii()):
        spoken = _by_script(text)
        if spoken is not None:
            return spoken
    return _elected(sum(map(_VOTES.__getitem__, _VOTING.intersection(few))))


@lru_cache(maxsize=10_000)
def _elected(votes: int) -> str:
    """Give the language with most votes, of equals the first; English without any."""
    counts = votes.to_bytes(len(_FRAMES), "little")
    return next(compress(_FRAMES, map(max(counts).__eq__, counts))) if votes else DEFAULT


def likeliest(words: Iterable[str], languages: Sequence[str]) -> list[str]:
    """Order languages: first those written in the letters of the words, each part as before."""
    text = "".join(words)
    told = None if text.isascii() else _by_script(text)
    written = next((kin for kin in _KIN if told in kin), {told})
    return sorted(
        languages,
        key=lambda one: one in _NOT_LATIN if told is None else one not in written,
    )


def _by_script(text: str) -> str | None:
    """Tell the language by letters, unless most of them are Latin."""
    if len(text.encode("ascii", "ignore").translate(None, _DIGITS)) * 2 > len(text):
        return None  # as nearly always; the exact count takes ten times as long
    latin = len(_LATIN.findall(text))
    if latin * 2 > sum(map(str.isalpha, text)):
        return None
    return next((language for letters, language in _SCRIPTS if letters.search(text)), None)


class _Remembered(dict[str, str]):
    """Stems of one language by word; a word that is not there yet is stemmed."""

    def __init__(self, language: str) -> None:
        name = STEMMERS.get(language)
        stemmer = Stemmer.Stemmer(name, 0) if name else None
        self._stem: Callable[[str], str] | None = stemmer.stemWord if stemmer else None
        self._lock = Lock()

    def __missing__(self, word: str) -> str:
        stem = ""
        if self._stem is not None and word.isalpha() and not is_unspaced(word):
            # A stemmer of Snowball's keeps state while it works; two threads must not share it.
            with self._lock:
                stem = folded_word(self._stem(word))
        stem = stem or folded_word(word)
        # One object for both where they are equal: a large table of small texts is slow to reach.
        self[word] = stem = word if stem == word else stem
        return stem


class Stems:
    """Gives the indexed form of words, and remembers it; any thread may ask."""

    def __init__(self) -> None:
        self._known: dict[str, _Remembered] = {}

    def of(self, words: Iterable[str], language: str) -> Iterator[str]:
        """Give the stem of each word, without accents, the word itself where there is none."""
        known = self._known.get(language)
        if known is None or len(known) > MOST_REMEMBERED:
            known = self._known[language] = _Remembered(language)
        return map(known.__getitem__, words)


class _Learned(_Remembered):
    """Remembers as well which words came since the last `keep`."""

    def __init__(self, language: str) -> None:
        super().__init__(language)
        self.new: list[str] = []

    def __missing__(self, word: str) -> str:
        self.new.append(word)
        return super().__missing__(word)


class Learned:
    """Gives stems as `Stems` does and knows which words are new; for one thread at a time.

    What has been kept once is in the vocabulary of the file of this `age`.
    """

    def __init__(self) -> None:
        self._known: dict[str, _Learned] = {}
        self._age = -1
        self.generation = 0
        """How often it has forgotten: words from before are not among the new ones any more."""

    def begin(self, age: int) -> int:
        """Say which file is written; gives the generation."""
        if age != self._age or sum(map(len, self._known.values())) > MOST_REMEMBERED:
            self.forget()
        self._age = age
        return self.generation

    def of(self, words: Iterable[str], language: str) -> Iterator[str]:
        """Give the stem of each word."""
        known = self._known.get(language)
        if known is None:
            known = self._known[language] = _Learned(language)
        return map(known.__getitem__, words)

    def new(self) -> set[tuple[str, str]]:
        """Give the words, folded and with their stems, that came since the last `keep`."""
        return {
            (word if word.isascii() else folded_word(word), known[word])
            for known in self._known.values()
            for word in known.new
            if len(word) > 1 and (word.isascii() or not is_unspaced(word))
        }

    def keep(self) -> None:
        """Say that the new words are in the vocabulary."""
        for known in self._known.values():
            known.new.clear()

    def forget(self) -> None:
        """Say that nobody knows what the vocabulary holds."""
        self._known.clear()
        self.generation += 1
