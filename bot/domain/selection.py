"""Which articles a digest holds, and why: a pure function of articles, rules and the time."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from heapq import merge

from bot.domain.article import StoryKey
from bot.domain.digest import Item
from bot.domain.events import Links, links
from bot.domain.known import Known, Left
from bot.domain.lines import Events, Lines, Sent, within_caps
from bot.domain.rules import Rules
from bot.domain.topic import TopicTree
from bot.domain.weighing import (
    FOLLOW_FACTOR,
    Entry,
    Weighed,
    account,
    entries,
    freshness,
    is_hot,
    weigh,
    wished,
)

__all__ = [
    "FOLLOW_FACTOR",
    "RECEIVED",
    "RETIRED",
    "Choice",
    "Known",
    "Left",
    "Pool",
    "Rules",
    "choose",
    "choose_first",
    "event_links",
    "freshness",
    "is_hot",
]

RECEIVED = "this chat has received it"
RETIRED = "sent before, too long ago to know to whom"
FIRST_DIGEST_WINDOW = timedelta(hours=24)
FIRST_DIGEST_FALLBACK = timedelta(days=7)
FIRST_DIGEST_MINIMUM = 3
_NOTHING: frozenset[StoryKey] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What was chosen, best first within each section, and what was left out."""

    items: tuple[Item, ...] = ()
    left: tuple[Left, ...] = field(default=(), repr=False)


def event_links(library: Iterable[Known], *, max_age: timedelta, now: datetime) -> Links:
    """Find which articles belong together, of those that a digest could hold or has held.

    The same for every audience: computed once, it is handed to each `choose`.
    """
    return links(
        known.article
        for known in library
        if known.article.title and known.dated_at is not None and now - known.dated_at <= max_age
    )


class Pool:
    """The library as all choices of one moment share it: read once, weighed once, asked often.

    The order of `library` does not matter. `events` None: they are found in this library as soon
    as they are needed, among what is young enough by the rules of the first choice.
    """

    def __init__(
        self,
        library: Iterable[Known],
        *,
        topics: TopicTree,
        now: datetime,
        events: Links | None = None,
    ) -> None:
        self._library = sorted(library, key=lambda known: known.article.path)
        self._topics = topics
        self.now = now
        self._entries = entries(self._library, topics)
        self._events = None if events is None else Events(events)
        self._weighed: dict[Rules, Weighed] = {}
        self._by_topic: dict[str, list[Entry]] = {}
        self._by_provider: dict[str, list[Entry]] = {}
        self._by_path = {entry.article.path: entry for entry in self._entries}
        self._by_word: dict[str, list[Entry]] = {}
        for entry in self._entries:
            for topic in entry.topics:
                self._by_topic.setdefault(topic, []).append(entry)
            if entry.provider is not None:
                self._by_provider.setdefault(entry.provider, []).append(entry)

    def choose(
        self, rules: Rules, *, received: Container[StoryKey] = _NOTHING, accounts: bool = True
    ) -> Choice:
        """Choose the items of a digest; `received` is asked one story at a time.

        Every item's `reasons` tell the whole account of its score; every article that was left out
        is told with the reason that decided. `accounts` False: the same items without what was
        left out, which is quicker than telling of every article.
        """
        asking = _Asking(self, rules, self._weigh(rules), received)
        lines = Lines(asking, self._found(rules.max_age), hot_heat=rules.hot_heat)
        items, capped = within_caps(
            lines,
            rules,
            main_topic=asking.capped_topic,
            counts=asking.counts(),
            accounts=accounts,
        )
        if not accounts:
            return Choice(items=items)
        left = [*asking.left(), *lines.left, *capped]
        return Choice(items=items, left=tuple(sorted(left, key=lambda one: one.article.path)))

    def choose_first(
        self, rules: Rules, *, received: frozenset[StoryKey] = _NOTHING, accounts: bool = True
    ) -> Choice:
        """Choose a new chat's first digest: the last day, or the week's best three if less."""
        self._found(rules.max_age)
        day = replace(rules, max_age=min(rules.max_age, FIRST_DIGEST_WINDOW))
        choice = self.choose(day, received=received, accounts=accounts)
        if len(choice.items) >= min(FIRST_DIGEST_MINIMUM, rules.size):
            return choice
        week = replace(
            rules,
            max_age=min(rules.max_age, FIRST_DIGEST_FALLBACK),
            size=min(rules.size, FIRST_DIGEST_MINIMUM),
        )
        return self.choose(week, received=received, accounts=accounts)

    def _weigh(self, rules: Rules) -> Weighed:
        """Weigh the library under the part of the rules that is not one reader's alone."""
        shared = Rules(
            hot_heat=rules.hot_heat,
            max_age=rules.max_age,
            half_life=rules.half_life,
            min_quality=rules.min_quality,
            weights=replace(rules.weights, follows=1.0),
        )
        found = self._weighed.get(shared)
        if found is None:
            found = self._weighed[shared] = weigh(self._entries, rules, self.now)
        return found

    def _found(self, max_age: timedelta) -> Events:
        if self._events is None:
            self._events = Events(event_links(self._library, max_age=max_age, now=self.now))
        return self._events

    @property
    def links(self) -> Links | None:
        """The events of this library, for another pool of it; None: nobody has asked for them."""
        return None if self._events is None else self._events.links

    def touched(self, rules: Rules) -> Iterator[Entry]:
        """Give every article whose worth these wishes may change; some come more than once."""
        for topic in rules.followed:
            yield from self._by_topic.get(topic, ())
        for word in rules.words_in:
            yield from self._holding(word)
        for leaning in rules.leanings:
            index = self._by_provider if leaning.is_provider else self._by_topic
            yield from index.get(leaning.name, ())

    def entry(self, path: str) -> Entry | None:
        """Give an article of the library; None for one that is not in it."""
        return self._by_path.get(path)

    def _holding(self, word: str) -> list[Entry]:
        found = self._by_word.get(word)
        if found is None:
            found = self._by_word[word] = [one for one in self._entries if one.has(word)]
        return found


class _Asking:
    """One reader's question to a pool: what may come, what was sent, and why not."""

    def __init__(
        self, pool: Pool, rules: Rules, weighed: Weighed, received: Container[StoryKey]
    ) -> None:
        self._pool = pool
        self._rules = rules
        self._weighed = weighed
        self._received = received
        self._asked: dict[str, str | None] = {}
        self._moved: dict[str, float] = {}
        for entry in pool.touched(rules):
            path = entry.article.path
            worth = weighed.score.get(path)
            if worth is not None and path not in self._moved:
                factor, _ = wished(entry, rules)
                if factor != 1.0:
                    self._moved[path] = round(worth * factor, 4)

    def wanted(self) -> Iterator[Entry]:
        """Give what the reader may get, best first, looking no further than is asked for."""
        order: Iterable[Entry] = self._weighed.order
        if self._moved:
            moved = [self._weighed.entry[path] for path in self._moved]
            still = (entry for entry in order if entry.article.path not in self._moved)
            order = merge(still, sorted(moved, key=self.place), key=self.place)
        return (entry for entry in order if self._why_not(entry) is None)

    def candidate(self, path: str) -> Entry | None:
        """Give an article if the reader may get it."""
        entry = self._weighed.entry.get(path)
        return entry if entry is not None and self._why_not(entry) is None else None

    def sent(self, path: str) -> Sent | None:
        """Give an article if the reader has received it."""
        entry = self._pool.entry(path)
        if entry is None or entry.story_key not in self._received:
            return None
        return Sent(article=entry.article, dated_at=entry.known.dated_at)

    def place(self, entry: Entry) -> tuple[float, int]:
        """Give what `wanted` is sorted by."""
        path = entry.article.path
        score = self._moved.get(path)
        return (-(self._weighed.score[path] if score is None else score), entry.place)

    def account(self, entry: Entry) -> Item:
        """Give an article as an item, with the account of its score."""
        return account(entry, self._rules, self._weighed, self._pool.now)

    def capped_topic(self, entry: Entry) -> str | None:
        """Give the main topic if it is one of those that must leave room for others."""
        key = entry.main_topic
        return None if key in self._rules.only or key in self._rules.followed else key

    def counts(self) -> tuple[int, ...]:
        """Count what may come for each section, whoever asks."""
        return self._weighed.counts(self._rules.sections)

    def left(self) -> Iterator[Left]:
        """Tell why each article that is no candidate for this reader is none."""
        for entry, reason in self._weighed.left:
            yield Left(article=entry.article, reason=reason)
        for path, told in self._asked.items():
            if told is not None:
                yield Left(article=self._weighed.entry[path].article, reason=told)

    def _why_not(self, entry: Entry) -> str | None:
        path = entry.article.path
        if path not in self._asked:
            self._asked[path] = self._reason(entry)
        return self._asked[path]

    def _reason(self, entry: Entry) -> str | None:
        rules = self._rules
        if entry.story_key in self._received:
            return RECEIVED
        if entry.known.is_retired:
            return RETIRED
        if rules.muted and not rules.muted.isdisjoint(entry.topics):
            return "muted topic"
        if entry.provider in rules.muted_providers:
            return "muted provider"
        if rules.only and rules.only.isdisjoint(entry.topics):
            return "other topics were asked for"
        for word in sorted(rules.words_out):
            if entry.has(word):
                return f"holds “{word}”, which is to stay out"
        return None


def choose(
    library: Iterable[Known],
    rules: Rules,
    *,
    topics: TopicTree,
    received: frozenset[StoryKey] = _NOTHING,
    now: datetime,
    events: Links | None = None,
) -> Choice:
    """Choose the items of one digest, with the whole account (`Pool.choose`)."""
    return Pool(library, topics=topics, now=now, events=events).choose(rules, received=received)


def choose_first(
    library: Iterable[Known],
    rules: Rules,
    *,
    topics: TopicTree,
    received: frozenset[StoryKey] = _NOTHING,
    now: datetime,
    events: Links | None = None,
) -> Choice:
    """Choose a new chat's first digest, with the whole account (`Pool.choose_first`)."""
    pool = Pool(library, topics=topics, now=now, events=events)
    return pool.choose_first(rules, received=received)
