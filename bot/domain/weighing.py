"""Weighing: which articles may come at all, and what each is worth before anybody's wishes."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from bot.domain.article import Article, StoryKey
from bot.domain.digest import Item
from bot.domain.known import Known
from bot.domain.rules import Rules, Weights
from bot.domain.sections import Section, section_of
from bot.domain.topic import TopicTree, folded
from bot.domain.wording import holds, wording

FOLLOW_FACTOR = 1.5
"""A followed topic counts as half as much heat again: it leads, and hides nothing else."""
LEANING_FACTOR = 1.2
"""A step of a reader's leaning; two of them move a story by less than following its topic does."""
QUALITY_SPAN = 0.2
"""Quality 0 takes a fifth off, quality 100 adds a fifth; unknown quality changes nothing."""
_USUAL = Weights()
AHEAD = timedelta(hours=1)
"""A date that is further ahead is waited for; a publisher's clock may be a little fast."""


@dataclass(slots=True, eq=False)
class Entry:
    """An article of the library with what all choices of one moment ask of it."""

    known: Known
    topics: frozenset[str]
    main_topic: str | None
    provider: str | None
    story_key: StoryKey
    place: int = 0
    """Where it stands among stories of one score: newest first."""
    words: str | None = None

    @property
    def article(self) -> Article:
        """The facts."""
        return self.known.article

    def wording(self) -> str:
        """Give its folded words; most readers have no wish about words, so it is made late."""
        if self.words is None:
            self.words = wording(self.known.article)
        return self.words

    def has(self, word: str) -> bool:
        """Whether folded words stand in it."""
        return holds(self.wording(), word)


@dataclass(slots=True)
class Weighed:
    """What the library is worth under rules that many readers share.

    `order` has what may come, best first; `entry` the same by path; `score` what each is
    worth without follows, by path; `left` says of the others why they may not come.
    """

    order: list[Entry] = field(default_factory=list)
    entry: dict[str, Entry] = field(default_factory=dict)
    score: dict[str, float] = field(default_factory=dict)
    left: list[tuple[Entry, str]] = field(default_factory=list)
    usual_heat: float = 1.0
    accounts: dict[str, dict[str, Any]] = field(default_factory=dict)
    counted: dict[tuple[Section, ...], tuple[int, ...]] = field(default_factory=dict)

    def counts(self, sections: tuple[Section, ...]) -> tuple[int, ...]:
        """Count what may come for each section, whoever asks."""
        if not sections:
            return ()
        if sections not in self.counted:
            found = Counter(section_of(entry.article, sections) for entry in self.order)
            self.counted[sections] = tuple(found[number] for number in range(len(sections)))
        return self.counted[sections]


def entries(library: Iterable[Known], topics: TopicTree) -> list[Entry]:
    """Read the library once for all choices of a moment, in the order of ties."""
    read = []
    for known in library:
        article = known.article
        main = next((name for name in article.topics if folded(name)), None)
        read.append(
            Entry(
                known=known,
                topics=topic_keys(article, topics),
                main_topic=None if main is None else topics.canonical(main),
                provider=article.provider_key,
                story_key=article.story_key,
            )
        )
    read.sort(key=_newest_first)
    for place, entry in enumerate(read):
        entry.place = place
    return read


def topic_keys(article: Article, topics: TopicTree) -> frozenset[str]:
    """Give the folded names of an article's topics, through synonyms."""
    return frozenset(topics.canonical(name) for name in article.topics if folded(name))


def weigh(library: Iterable[Entry], rules: Rules, now: datetime) -> Weighed:
    """Weigh every article that may come; missing heat counts as the median of these."""
    found = Weighed()
    for entry in library:
        reason = _why_not(entry, rules, now)
        if reason is None:
            found.order.append(entry)
        else:
            found.left.append((entry, reason))
    heats = [one.article.heat for one in found.order if one.article.heat is not None]
    found.usual_heat = float(median(heats)) if heats else 1.0
    for entry in found.order:
        found.score[entry.article.path] = round(_worth(entry, rules, found.usual_heat, now), 4)
    found.order.sort(key=lambda one: (-found.score[one.article.path], one.place))
    found.entry = {entry.article.path: entry for entry in found.order}
    return found


def account(entry: Entry, rules: Rules, weighed: Weighed, now: datetime) -> Item:
    """Give a line's item with the whole account of its score, this reader's wishes in it."""
    path = entry.article.path
    factor, wishes = wished(entry, rules)
    base = weighed.accounts.get(path)
    if base is None:
        base = weighed.accounts[path] = _account(entry, rules, weighed.usual_heat, now)
    score = round(weighed.score[path] * factor, 4)
    return Item(article=entry.article, score=score, reasons={**base, **wishes})


def _account(entry: Entry, rules: Rules, usual_heat: float, now: datetime) -> dict[str, Any]:
    """Give the account of an article's worth before anybody's wishes."""
    article = entry.article
    unpublished = not article.marked_published or entry.known.is_written_back
    gate = [*(["unpublished"] if unpublished else []), *(["hot"] if is_hot(article, rules) else [])]
    age = _age(entry.known, now)
    reasons: dict[str, Any] = {
        "because": gate,
        "heat": article.heat,
        "heat_used": round(_heat(article, usual_heat), 3),
        "heat_from": "file" if article.heat is not None else "median of the candidates",
        "age_hours": round(age.total_seconds() / 3600, 2),
        "dated_by": _dated_by(entry.known),
        "freshness": round(freshness(age, rules.half_life), 4),
        "quality": article.quality,
        "quality_factor": round(_quality(article), 4),
    }
    return reasons


def wished(entry: Entry, rules: Rules) -> tuple[float, dict[str, Any]]:
    """Give what a reader's wishes make of an article's worth (1.0: nothing), and its account."""
    follows = not rules.followed.isdisjoint(entry.topics)
    words = [word for word in sorted(rules.words_in) if entry.has(word)]
    factor = FOLLOW_FACTOR if follows or words else 1.0
    reasons: dict[str, Any] = {"follow_factor": factor}
    if words:
        reasons["words"] = words
    if rules.weights != _USUAL:
        reasons["weights"] = str(rules.weights)
    factor **= rules.weights.follows
    steps = rules.leaning_steps(entry.topics, entry.provider) if rules.leanings else 0
    if steps:
        lean = LEANING_FACTOR**steps
        reasons |= {"leaning": steps, "leaning_factor": round(lean, 4)}
        factor *= lean
    return factor, reasons


def freshness(age: timedelta, half_life: timedelta) -> float:
    """Give the share of heat that is left after `age`: 1.0 down to 0.0.

    A negative age counts as none: a date typed wrongly must not win.
    """
    return math.exp2(-(max(age, timedelta(0)) / half_life))


def is_hot(article: Article, rules: Rules) -> bool:
    """Whether the article's heat alone makes it a candidate."""
    return article.heat is not None and article.heat >= rules.hot_heat


def _why_not(entry: Entry, rules: Rules, now: datetime) -> str | None:
    known, article = entry.known, entry.known.article
    dated_at = known.dated_at
    reason: str | None = None
    if article.is_removed:
        reason = "withdrawn by its publisher"
    elif not article.title:
        reason = "no title"
    elif article.link is None:
        reason = "no usable link"
    elif dated_at is None:
        reason = "no date, and it was there before we first looked"
    elif dated_at - now > AHEAD:
        reason = "its date has not come yet"
    elif now - dated_at > rules.max_age:
        reason = f"older than {_days(rules.max_age)}"
    elif article.marked_published and not known.is_written_back and not is_hot(article, rules):
        reason = f"already published and heat below {rules.hot_heat}"
    elif article.quality is not None and article.quality < rules.min_quality:
        reason = f"quality below {rules.min_quality}"
    return reason


def _worth(entry: Entry, rules: Rules, usual_heat: float, now: datetime) -> float:
    weights = rules.weights
    article = entry.article
    fresh = freshness(_age(entry.known, now), rules.half_life)
    return float(
        _heat(article, usual_heat) ** weights.heat
        * fresh**weights.freshness
        * _quality(article) ** weights.quality
    )


def _heat(article: Article, usual_heat: float) -> float:
    return max(float(article.heat), 0.0) if article.heat is not None else usual_heat


def _quality(article: Article) -> float:
    if article.quality is None:
        return 1.0
    share = min(max(article.quality, 0), 100) / 100
    return 1.0 + QUALITY_SPAN * (2 * share - 1)


def _age(known: Known, now: datetime) -> timedelta:
    return max(now - known.dated_at, timedelta(0)) if known.dated_at else timedelta(0)


def _newest_first(entry: Entry) -> tuple[float, str, str]:
    dated_at = entry.article.dated_at
    newest_first = -dated_at.timestamp() if dated_at else 0.0
    return (newest_first, entry.story_key, entry.article.path)


def _dated_by(known: Known) -> str:
    if known.article.date_source is not None:
        return known.article.date_source.value
    return "first seen"


def _days(length: timedelta) -> str:
    hours = length / timedelta(hours=1)
    return f"{hours / 24:g} days" if hours % 24 == 0 else f"{hours:g} hours"
