"""Languages: which one a text is written in, told cheaply, and the stems of its words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
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


def _voters() -> dict[str, tuple[str, ...]]:
    voters: dict[str, tuple[str, ...]] = {}
    for language, words in _FRAMES.items():
        for word in words.split():
            voters[word] = (*voters.get(word, ()), language)
    return voters


_VOTERS = _voters()
_VOTING = frozenset(_VOTERS)
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
_LATIN = re.compile(r"[a-zà-ɏ]")


def detected(words: Sequence[str]) -> str:
    """Tell the language of words in small letters; English when nothing tells."""
    few = words[:ENOUGH_WORDS]
    text = "".join(few)
    if not text.isascii():
        spoken = _by_script(text)
        if spoken is not None:
            return spoken
    votes: Counter[str] = Counter()
    for word in _VOTING.intersection(few):
        for language in _VOTERS[word]:
            votes[language] += 1
    if not votes:
        return DEFAULT
    most = max(votes.values())
    return next(language for language in _FRAMES if votes[language] == most)


def _by_script(text: str) -> str | None:
    """Tell the language by letters, unless most of them are Latin."""
    latin = len(_LATIN.findall(text))
    if latin * 2 > sum(map(str.isalpha, text)):
        return None
    return next((language for letters, language in _SCRIPTS if letters.search(text)), None)


class _Remembered(dict[str, str]):
    """Stems of one language by word; a word that is not there yet is stemmed."""

    def __init__(self, stem: Callable[[str], str] | None, lock: Lock) -> None:
        self._stem = stem
        self._lock = lock

    def __missing__(self, word: str) -> str:
        stem = ""
        if self._stem is not None and word.isalpha() and not is_unspaced(word):
            # A stemmer of Snowball's keeps state while it works; two threads must not share it.
            with self._lock:
                stem = folded_word(self._stem(word))
        self[word] = stem = stem or folded_word(word)
        return stem


class Stems:
    """Gives the indexed form of words, and remembers it; any thread may ask."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._known: dict[str, _Remembered] = {}

    def of(self, words: Iterable[str], language: str) -> Iterator[str]:
        """Give the stem of each word, without accents, the word itself where there is none."""
        known = self._known.get(language)
        if known is None or len(known) > MOST_REMEMBERED:
            name = STEMMERS.get(language)
            stem = Stemmer.Stemmer(name, 0).stemWord if name else None
            known = self._known[language] = _Remembered(stem, self._lock)
        return map(known.__getitem__, words)
