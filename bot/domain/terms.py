"""The terms of an article: the words that may tell which event it is about, and how rare they are.

Standard library only, so stems are light and rarity begins with the shape of a word: small words
count nothing, words of every newsroom little, long words, names and numbers much.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise

from bot.domain.article import Article
from bot.domain.commonwords import COMMON, FRAMES, SMALL_NUMBERS
from bot.domain.concepts import meaning_of, stems_of
from bot.domain.happenings import KINDS, TODAY, WEEKDAYS, YESTERDAY
from bot.domain.stems import folded, stem_of

MOST_READ = 300
"""Characters of an excerpt that are read: the event stands in its beginning."""

# How large a part of all articles holds such a word, before any article was counted.
FRAME, COMMON_WORD, KIND, NAME = 0.06, 0.03, 0.012, 0.0012
_BY_LENGTH = {1: 0.03, 2: 0.02, 3: 0.012, 4: 0.009, 5: 0.006, 6: 0.0045, 7: 0.003, 8: 0.0025}
LONG_WORD = 0.002
PAIR_OF_SIGNS, PAIR_OF_KANA = 0.012, 0.03
"""Of a script without spaces: neighbouring pairs tell less than words, there are more of them;
those of hiragana are mostly grammar."""
SIX_LETTERS = 0.012
"""Of an alphabet without spaces, such as Thai: its pairs are in every text."""
PRIOR_WEIGHT = 1000
"""How many counted articles weigh as much as the built-in part."""

# Thai, Lao, Myanmar, Khmer, kana, Han, Hangul: words are not divided, or glued to particles.
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3041-\u3096\u3400-\u9fff\uac00-\ud7af"
_FIRST_SIGN, _FIRST_HAN = "\u3041", "\u3400"
_KATAKANA = "\u30a1-\u30fa\u30fc"
_SIGNS = "\u0300-\u036f\u0900-\u0963\u0966-\u0dff\u064b-\u065f"
_TOKEN = re.compile(
    r"(?P<code>[A-Z][A-Za-z]*-\d[\d-]*\d|[A-Z]+\d+\b)"
    r"|(?P<number>\d+(?:[.,:\-–]\d+)*)"
    f"|(?P<katakana>[{_KATAKANA}]{{2,}})"
    f"|(?P<unspaced>[{_UNSPACED}]+)"
    f"|(?P<word>(?:[^\\W\\d_]|[{_SIGNS}])+)"
)
_VERSION = re.compile(r"\b([A-Z]\w{2,}) (\d{1,4}(?:\.\d+)*)\b")
_STARTS = frozenset('.!?:;–—-"“”„«»‘(¿¡|•')


@dataclass(frozen=True, slots=True)
class Terms:
    """What an article says, ready to be compared.

    `title` and `text` give for each term the part of articles that hold it (before counting);
    `text` holds all of them. `names` are terms written as names, with how much each counts: parts
    of one name share. `days` are the days that its words name.
    """

    title: dict[str, float]
    text: dict[str, float]
    names: dict[str, float]
    numbers: frozenset[str]
    days: frozenset[date]
    language: str
    meaning: dict[str, tuple[str, ...]]
    """What its words mean (`bot.domain.concepts`): the concepts of each stem that has any."""
    concepts: dict[str, frozenset[str]]
    """The stems that tell of each concept."""
    in_title: frozenset[str]
    """The concepts of the title."""


def terms_of(article: Article) -> Terms:
    """Read an article's title and the beginning of its excerpt."""
    reader = _Reader(article.dated_at)
    excerpt = article.excerpt[:MOST_READ]
    reader.read(article.title, is_title=True)
    reader.read(excerpt, is_title=False)
    return reader.terms(article)


class Rarity:
    """How much it tells that two articles share a term, from the articles at hand.

    With few articles the built-in parts decide, with many what was counted.
    """

    def __init__(self, counted: Iterable[Terms] = ()) -> None:
        self.counts: Counter[str] = Counter()
        self.total = 0
        for terms in counted:
            self.total += 1
            self.counts.update(terms.text.keys())
            self.counts.update(terms.concepts.keys())
        self._weights: dict[tuple[str, float], float] = {}

    def weight(self, term: str, part: float) -> float:
        """Give 0.0 for a word that all hold, about 4 for a name that nobody else mentions."""
        key = (term, part)
        known = self._weights.get(key)
        if known is None:
            # The two that are compared hold it themselves.
            others = max(self.counts[term] - 2, 0)
            total = max(self.total - 2, 0)
            share = (others + PRIOR_WEIGHT * part) / (total + PRIOR_WEIGHT)
            known = self._weights[key] = max(math.log(FRAME / share), 0.0)
        return known


@dataclass(slots=True)
class _Reader:
    """Collects the terms of one article."""

    dated_at: datetime | None
    title: dict[str, float] = field(default_factory=dict)
    text: dict[str, float] = field(default_factory=dict)
    names: dict[str, float] = field(default_factory=dict)
    numbers: set[str] = field(default_factory=set)
    days: set[date] = field(default_factory=set)
    votes: Counter[str] = field(default_factory=Counter)
    maybe_names: set[str] = field(default_factory=set)
    tokens: list[str] = field(default_factory=list)
    in_title: int = 0
    """How many of the tokens are the title's."""

    def read(self, text: str, *, is_title: bool) -> None:
        """Add what a text says."""
        are_capitals_usual = _is_title_case(text)
        run: list[str] = []
        for found in _TOKEN.finditer(text):
            kind, token = found.lastgroup, found[0]
            if kind == "word":
                at = found.start()
                is_start = are_capitals_usual or at == 0 or _starts_sentence(text, at)
                name = self._word(token, is_start=is_start, is_title=is_title)
                if name is not None and (not run or text[at - 1] in " -’'"):
                    run.append(name)
                    continue
                self._name(run)
                run = [name] if name is not None else []
                continue
            self._name(run)
            run = []
            self._other(kind or "", token, is_title=is_title)
        self._name(run)
        if is_title:
            self.in_title = len(self.tokens)
        if not are_capitals_usual:
            self._versions(text, is_title=is_title)

    def terms(self, article: Article) -> Terms:
        """Give what was collected."""
        for name in self.maybe_names & self.names.keys():
            self.text[name] = min(self.text[name], NAME)
            if name in self.title:
                self.title[name] = NAME
        german = self.votes["de"] > max((v for k, v in self.votes.items() if k != "de"), default=0)
        if german:  # every noun has a capital there: only the word itself tells
            for name in self.names:
                part = _part_by_length(name)
                self.text[name] = part
                if name in self.title:
                    self.title[name] = part
        language = _language(self.votes, article.title)
        spoken = language if self.votes else ""
        title = meaning_of(self.tokens[: self.in_title], spoken)
        meaning = meaning_of(self.tokens[self.in_title :], spoken)
        for stem, names in title.items():
            meaning[stem] = tuple(dict.fromkeys((*names, *meaning.get(stem, ()))))
        return Terms(
            title=self.title,
            text=self.text,
            names={} if german else self.names,
            numbers=frozenset(self.numbers),
            days=frozenset(self.days),
            language=language,
            meaning=meaning,
            concepts=stems_of(meaning),
            in_title=frozenset(name for names in title.values() for name in names),
        )

    def _word(self, token: str, *, is_start: bool, is_title: bool) -> str | None:
        """Add a word; give it back when it is written as a name."""
        self.tokens.append(token)
        word = _read_word(token)
        for language in word.languages:
            self.votes[language] += 1
        if word.day is not None:
            self._day(word.day)
        if not word.stem:
            return None
        is_capital = token[0].isupper()
        is_name = is_capital and word.is_open and (not is_start or not token[1:].islower())
        part = NAME if is_name else word.part
        self._add(word.stem, part, is_title=is_title)
        if is_capital and word.is_open and is_start:
            self.maybe_names.add(word.stem)
        return word.stem if is_name else None

    def _other(self, kind: str, token: str, *, is_title: bool) -> None:
        """Add a number, a code, or signs of a script without spaces."""
        if kind == "number":
            number = _plain_number(token)
            self.numbers.add(number)
            self._add(number, _part_of_number(number), is_title=is_title)
        elif kind == "unspaced" and token[0] < _FIRST_SIGN:
            for at in range(max(len(token) - 5, 1)):
                self._add(token[at : at + 6], SIX_LETTERS, is_title=is_title)
        elif kind == "unspaced":
            self.tokens.append(token)
            for first, second in pairwise(token):
                are_kana = first < _FIRST_HAN and second < _FIRST_HAN
                part = PAIR_OF_KANA if are_kana else PAIR_OF_SIGNS
                self._add(first + second, part, is_title=is_title)
        else:
            self.tokens.append(token)
            term = token.casefold()
            self._add(term, NAME, is_title=is_title)
            self.names[term] = 1.0

    def _add(self, term: str, part: float, *, is_title: bool) -> None:
        part = min(part, self.text.get(term, 1.0))
        self.text[term] = part
        if is_title or term in self.title:
            self.title[term] = part

    def _name(self, run: list[str]) -> None:
        """Add a name of several words: together they tell a little more than one."""
        for name in run:
            share = 1 / math.sqrt(len(run))
            self.names[name] = max(self.names.get(name, 0.0), share)

    def _versions(self, text: str, *, is_title: bool) -> None:
        """Add names with the number that follows: of two things of one maker, which one."""
        for found in _VERSION.finditer(text):
            word = _read_word(found[1])
            if word.is_open:
                term = f"{word.stem} {found[2]}"
                self._add(term, NAME, is_title=is_title)
                self.names[term] = 1.0

    def _day(self, day: int) -> None:
        """Add the last such day before the article's date; -1 is its own day, -2 the one before."""
        if self.dated_at is None:
            return
        own = self.dated_at.date()
        back = -day - 1 if day < 0 else (own.weekday() - day) % 7
        self.days.add(own - timedelta(days=back))


@dataclass(frozen=True, slots=True)
class _Word:
    """What is known of a word by itself; `stem` empty: it carries nothing."""

    stem: str
    part: float
    is_open: bool
    """Whether it may be a name: no small word, no word of every newsroom."""
    day: int | None = None
    languages: tuple[str, ...] = ()


@lru_cache(maxsize=100_000)
def _read_word(token: str) -> _Word:
    plain = folded(token)
    languages = _FRAME_LANGUAGES.get(plain, ())
    day = _DAYS.get(plain)
    if plain in SMALL_NUMBERS:
        number = str(SMALL_NUMBERS[plain])  # small words count nothing, but "two" is "2"
        return _Word(number, COMMON_WORD, is_open=False, languages=languages)
    if languages or day is not None or len(plain) < 2:
        return _Word("", FRAME, is_open=False, day=day, languages=languages)
    stem = stem_of(token.casefold())
    kind = _KIND_OF.get(plain) or _KIND_OF_STEM.get(stem)
    if kind is not None:
        return _Word(f"={kind}", KIND, is_open=False)
    if plain in _COMMON or stem in _COMMON_STEMS:
        return _Word(stem, COMMON_WORD, is_open=False)
    return _Word(stem, _part_by_length(stem), is_open=True)


def _part_by_length(stem: str) -> float:
    return _BY_LENGTH.get(len(stem), LONG_WORD)


def _plain_number(token: str) -> str:
    """Write `1,800` and `1.800` as 1800, `2,25` as 2.25."""
    token = token.replace("–", "-").strip(".,:-")
    if re.fullmatch(r"\d{1,3}(?:[.,]\d{3})+", token):
        return re.sub("[.,]", "", token)
    return token.replace(",", ".")


def _part_of_number(number: str) -> float:
    if not number.isdigit():
        return 0.004
    value = int(number)
    if value <= 12:
        return 0.03
    if 1900 <= value <= 2100:
        return 0.03
    if value < 100 or value in (100, 200, 500, 1000, 10000):
        return 0.009
    return 0.002 if value % 100 else 0.005


def _is_title_case(text: str) -> bool:
    """Whether so many words have capitals that one tells nothing."""
    words = [word for word in text.split() if len(word) > 3 and word[0].isalpha()]
    capitals = sum(word[0].isupper() for word in words)
    return len(words) >= 4 and capitals >= 0.75 * len(words)


def _starts_sentence(text: str, at: int) -> bool:
    before = text[at - 1]
    if before in _STARTS:
        return before != "-"
    return before.isspace() and (at < 2 or text[at - 2] in _STARTS)


def _language(votes: Counter[str], title: str) -> str:
    if votes:
        return min(votes, key=lambda language: (-votes[language], language))
    letter = next((sign for sign in title if sign.isalpha()), "a")
    return unicodedata.name(letter, "").split(" ")[0]


def _known(words: Iterable[str]) -> Iterator[str]:
    for text in words:
        yield from text.split()


def _voters() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for language, text in FRAMES.items():
        for word in text.split():
            found[word] = (*found.get(word, ()), language)
    return found


_FRAME_LANGUAGES = _voters()
_COMMON = frozenset(_known(COMMON.values()))
_COMMON_STEMS = frozenset(stem_of(word) for word in COMMON["en"].split())
_KIND_OF = {word: kind for kind, text in KINDS.items() for word in text.split()}
_KIND_OF_STEM = {stem_of(word): kind for word, kind in _KIND_OF.items() if len(word) > 4}
_DAYS = {
    **{word: day for day, text in enumerate(WEEKDAYS) for word in text.split()},
    **dict.fromkeys(TODAY.split(), -1),
    **dict.fromkeys(YESTERDAY.split(), -2),
}
