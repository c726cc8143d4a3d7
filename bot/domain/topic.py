"""Topics: a tree of names with keywords; whoever asks for a parent wants its children too."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable, Set
from dataclasses import dataclass

NEAR = 0.66
"""How alike a suggestion is spelled, from 0 to 1 (difflib's ratio): `tee` is near `tea`."""
LONG = 8
"""From this length on two slips are forgiven, below it one; below `SHORTEST` none."""
SHORTEST = 4
_GAPS = re.compile(r"[\s_\-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """A topic as a site describes it; `parent` is the name of another topic."""

    name: str
    shortname: str | None = None
    parent: str | None = None
    keywords: tuple[str, ...] = ()
    hashtags: tuple[str, ...] = ()

    @property
    def spellings(self) -> tuple[str, ...]:
        """Every way to write it, its name first."""
        names = (self.name, self.shortname or "", *self.keywords, *self.hashtags)
        return tuple(name for name in names if name)


def folded(name: str) -> str:
    """Fold a topic's spelling for comparison: case, accents, `#`, runs of spaces and dashes."""
    text = name.casefold()
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text)
        text = "".join(character for character in text if not unicodedata.combining(character))
        # Case again: the decomposition of some letters (ᴬ, ℌ) brings capitals to light.
        text = text.casefold()
    return _GAPS.sub(" ", text).lstrip("# ").strip()


class TopicTree:
    """All known topics: the described ones and those that only articles mention.

    What articles call by a synonym of a described topic is that topic. Names come before synonyms.
    """

    def __init__(self, described: Iterable[Topic] = (), mentioned: Iterable[str] = ()) -> None:
        self._topics: dict[str, Topic] = {}
        for topic in described:
            if key := folded(topic.name):
                self._topics.setdefault(key, topic)
        self._spellings = {key: key for key in self._topics}
        for key, topic in self._topics.items():
            for other in filter(None, map(folded, topic.spellings)):
                self._spellings.setdefault(other, key)
        for name in mentioned:
            key = folded(name)
            if key and key not in self._spellings:
                self._topics[key] = Topic(name=name.strip())
                self._spellings[key] = key
        self._written: dict[str, list[str]] = {}
        for spelling, key in self._spellings.items():
            self._written.setdefault(key, []).append(spelling)
        self._children: dict[str, list[str]] = {}
        for key, topic in self._topics.items():
            if topic.parent:
                self._children.setdefault(self.canonical(topic.parent), []).append(key)

    @property
    def topics(self) -> tuple[Topic, ...]:
        """Every topic, described ones first, each in the order in which it was met."""
        return tuple(self._topics.values())

    def find(self, spelling: str) -> Topic | None:
        """Find a topic by name, shortname, keyword or hashtag in any case; None if unknown."""
        key = self._spellings.get(folded(spelling))
        return self._topics[key] if key is not None else None

    def family(self, name: str) -> frozenset[str]:
        """Give the folded names of a topic and of all below it; a circle of parents ends."""
        seen: set[str] = set()
        waiting = [self.canonical(name)]
        while waiting:
            key = waiting.pop()
            if key not in seen:
                seen.add(key)
                waiting.extend(self._children.get(key, ()))
        return frozenset(seen)

    def families(self, names: Iterable[str]) -> frozenset[str]:
        """Give the union of `family` over `names`."""
        return frozenset().union(*(self.family(name) for name in names))

    def spellings(self, names: Set[str]) -> frozenset[str]:
        """Give the folded spellings of topics by their folded names."""
        return frozenset(way for name in names for way in self._written.get(name, ()))

    def canonical(self, name: str) -> str:
        """Fold a topic name that an article carries, through the synonyms."""
        key = folded(name)
        return self._spellings.get(key, key)

    def nearest(self, spelling: str, *, limit: int = 3) -> tuple[Topic, ...]:
        """Suggest the topics spelled most alike, best first; empty when none is near."""
        found = dict.fromkeys(self._spellings[near] for near in self._near(spelling, limit * 2))
        return tuple(self._topics[key] for key in found)[:limit]

    def meant(self, spelling: str) -> Topic | None:
        """Find the one topic that is a slip or two away from what was typed.

        None when there are several, or none: then people are asked.
        """
        typed = folded(spelling)
        allowed = 0 if len(typed) < SHORTEST else 1 if len(typed) < LONG else 2
        near = self._near(spelling, 12) if allowed else []
        found = {self._spellings[other] for other in near if slips(typed, other) <= allowed}
        return self._topics[found.pop()] if len(found) == 1 else None

    def _near(self, spelling: str, limit: int) -> list[str]:
        return difflib.get_close_matches(folded(spelling), self._spellings, n=limit, cutoff=NEAR)


def slips(one: str, other: str) -> int:
    """Count letters to add, drop, change or swap with their neighbour to get the other word."""
    before: list[int] = []
    above = list(range(len(other) + 1))
    for row, letter in enumerate(one, start=1):
        line = [row]
        for column, wanted in enumerate(other, start=1):
            best = min(above[column] + 1, line[-1] + 1, above[column - 1] + (letter != wanted))
            if row > 1 and column > 1 and letter == other[column - 2] and one[row - 2] == wanted:
                best = min(best, before[column - 2] + 1)
            line.append(best)
        before, above = above, line
    return above[-1]
