"""Topics: a tree of names with keywords; whoever asks for a parent wants its children too."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass


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
    text = unicodedata.normalize("NFKD", name.casefold())
    text = "".join(character for character in text if not unicodedata.combining(character))
    # Case again: the decomposition of some letters (ᴬ, ℌ) brings capitals to light.
    text = re.sub(r"[\s_\-]+", " ", text.casefold())
    return text.lstrip("# ").strip()


class TopicTree:
    """All known topics: the described ones and those that only articles mention."""

    def __init__(self, described: Iterable[Topic] = (), mentioned: Iterable[str] = ()) -> None:
        self._topics: dict[str, Topic] = {}
        self._spellings: dict[str, str] = {}
        for topic in described:
            if key := folded(topic.name):
                self._topics.setdefault(key, topic)
        for name in mentioned:
            key = folded(name)
            if key and key not in self._topics:
                self._topics[key] = Topic(name=name.strip())
        for key, topic in self._topics.items():
            self._spellings[key] = key
            for spelling in topic.spellings:
                if other := folded(spelling):
                    self._spellings.setdefault(other, key)
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

    def canonical(self, name: str) -> str:
        """Fold a topic name that an article carries, through the synonyms."""
        key = folded(name)
        return self._spellings.get(key, key)

    def nearest(self, spelling: str, *, limit: int = 3) -> tuple[Topic, ...]:
        """Suggest the topics spelled most alike, best first; empty when none is near."""
        keys = difflib.get_close_matches(folded(spelling), self._spellings, n=limit * 2, cutoff=0.5)
        found = dict.fromkeys(self._spellings[key] for key in keys)
        return tuple(self._topics[key] for key in found)[:limit]
