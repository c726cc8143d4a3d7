"""What a person asked for: words, "phrases" and -what must not be there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from bot.domain.topic import Topic, TopicTree, folded
from bot.search.words import words_of

MAX_LENGTH = 400
MAX_TERMS = 16
"""More words make an answer no better and a question slow."""
MAX_TOPIC_WORDS = 6

# Quotes and dashes of other languages; a curly apostrophe stays one.
_MARKS = str.maketrans(
    dict.fromkeys("“”„‟«»「」『』〝〞＂", '"') | dict.fromkeys("−–—－", "-") | {"：": ":"}
)
_TERM = re.compile(
    r'(?P<minus>(?<!\S)-)?(?:(?P<key>from|type):)?(?:"(?P<phrase>[^"]*)"|(?P<word>[^\s"]+))',
    re.IGNORECASE,
)
_EDGES = "?!.,;:()[]{}'’…؟،。、？！"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """One `from:provider` or `type:video`; `is_wanted` False: with a minus before it."""

    key: str
    value: str
    is_wanted: bool = True

    def __str__(self) -> str:
        value = f'"{self.value}"' if " " in self.value else self.value
        return f"{'' if self.is_wanted else '-'}{self.key}:{value}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A question as typed; every word, phrase, filter and exclusion holds a letter or a digit."""

    text: str
    words: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    filters: tuple[Filter, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Query:
        """Read what somebody typed. Never fails: what means nothing is left out."""
        # Halves of surrogate pairs, which JSON can bring, could be neither stored nor sent.
        text = text[:MAX_LENGTH].encode(errors="replace").decode().replace("\0", " ")
        text = text.translate(_MARKS)
        words: list[str] = []
        phrases: list[str] = []
        without: list[str] = []
        filters: list[Filter] = []
        for match in _TERM.finditer(text):
            key, phrase, word = match["key"], match["phrase"], match["word"]
            term = word if phrase is None else phrase
            if not words_of(term):
                continue
            if key:
                value = " ".join(term.split())
                filters.append(Filter(key=key.lower(), value=value, is_wanted=not match["minus"]))
            elif match["minus"]:
                without.append(term)
            elif phrase is None:
                words.append(term)
            else:
                phrases.append(term)
        return cls(
            text=" ".join(text.split()),
            words=tuple(words[:MAX_TERMS]),
            phrases=tuple(phrases[:MAX_TERMS]),
            without=tuple(without[:MAX_TERMS]),
            filters=tuple(filters[:MAX_TERMS]),
        )

    @property
    def unfiltered(self) -> str:
        """Write the question without its filters."""
        phrases = (f'"{phrase}"' for phrase in self.phrases)
        without = (f'-"{term}"' if " " in term else f"-{term}" for term in self.without)
        return " ".join((*self.words, *phrases, *without))

    @property
    def is_empty(self) -> bool:
        """Whether nothing was asked for (exclusions alone ask for nothing)."""
        return not (self.words or self.phrases or any(one.is_wanted for one in self.filters))


@dataclass(frozen=True, slots=True)
class Span:
    """One or more words in a row; `topic` is what they name together, if anything."""

    words: tuple[str, ...]
    topic: Topic | None = None


def spans(words: tuple[str, ...], topics: TopicTree) -> tuple[Span, ...]:
    """Split words into spans: the longest rows that name a topic first, from the left."""
    found: list[Span] = []
    position = 0
    while position < len(words):
        for length in range(min(MAX_TOPIC_WORDS, len(words) - position), 0, -1):
            row = words[position : position + length]
            topic = topic_of(" ".join(row), topics)
            if topic is not None or length == 1:
                found.append(Span(row, topic))
                position += length
                break
    return tuple(found)


def topic_of(text: str, topics: TopicTree) -> Topic | None:
    """Find the topic that the text names, as written or without the marks around it."""
    bare = without_marks(text)
    if not bare:
        return None
    found = topics.find(text)
    return found if found or bare == text else topics.find(bare)


@lru_cache(maxsize=2)
def topic_words(topics: TopicTree) -> frozenset[str]:
    """Give every word by which a topic is called. Remembered: a tree does not change."""
    spellings = (spelling for topic in topics.topics for spelling in topic.spellings)
    return frozenset(word for spelling in spellings for word in words_of(spelling))


def without_marks(text: str) -> str:
    """Take off the marks that stand around words in a sentence."""
    return text.strip(_EDGES)


def is_keyword(text: str, topic: Topic) -> bool:
    """Whether the text names a topic only by one of its keywords: it may be meant as a word."""
    names = {folded(name) for name in (topic.name, topic.shortname or "", *topic.hashtags)}
    return not text.startswith("#") and folded(without_marks(text)) not in names


def topic_asked(query: Query, topics: TopicTree) -> Topic | None:
    """Give the topic whose name is all of a question; a keyword may be meant as a word."""
    if query.phrases or query.without or query.filters or not query.words:
        return None
    text = " ".join(query.words)
    topic = topic_of(text, topics)
    return None if topic is None or is_keyword(text, topic) else topic
