"""Which articles a digest holds, and why: a pure function of articles, rules and the time."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from bot.domain.article import Article, StoryKey
from bot.domain.digest import Item
from bot.domain.events import Links, links
from bot.domain.lines import Left, Sent, lines_of, within_caps
from bot.domain.topic import TopicTree, folded

FOLLOW_FACTOR = 1.5
"""A followed topic counts as half as much heat again: it leads, and hides nothing else."""
QUALITY_SPAN = 0.2
"""Quality 0 takes a fifth off, quality 100 adds a fifth; unknown quality changes nothing."""
RETIRED = "sent before, too long ago to know to whom"
AHEAD = timedelta(hours=1)
"""A date that is further ahead is waited for; a publisher's clock may be a little fast."""
FIRST_DIGEST_WINDOW = timedelta(hours=24)
FIRST_DIGEST_FALLBACK = timedelta(days=7)
FIRST_DIGEST_MINIMUM = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What one audience wants, in numbers and folded topic names.

    `only` (when not empty) lets just these topics through, `followed` come first, `muted` never;
    all three are sets of folded names that already hold the topics' children. `provider_cap` is
    never exceeded; more than `topic_cap` lines of one main topic only fill places that would stay
    empty, and topics that were asked for or are followed have no cap.
    """

    size: int = 8
    hot_heat: int = 70
    max_age: timedelta = timedelta(days=7)
    half_life: timedelta = timedelta(days=7)
    min_quality: int = 0
    provider_cap: int = 3
    topic_cap: int = 4
    only: frozenset[str] = frozenset()
    followed: frozenset[str] = frozenset()
    muted: frozenset[str] = frozenset()
    muted_providers: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What we know of an article beside its facts.

    `first_seen_at` None: present in the library's first import, hence of unknown age.
    `is_written_back`: its file says published only because we wrote it there.
    `is_retired`: it was sent so long ago that it is not known any more to whom.
    """

    article: Article
    first_seen_at: datetime | None = None
    is_written_back: bool = False
    is_retired: bool = False

    @property
    def dated_at(self) -> datetime | None:
        """The date that decides its age: the source's, the file name's, else first seen."""
        return self.article.dated_at or self.first_seen_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What was chosen, best first, and what was left out."""

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


def choose(
    library: Iterable[Known],
    rules: Rules,
    *,
    topics: TopicTree,
    received: frozenset[StoryKey] = frozenset(),
    now: datetime,
    events: Links | None = None,
) -> Choice:
    """Choose the items of a digest. The order of `library` does not matter.

    Every item's `reasons` tell the whole account of its score; every article that was left out
    is told with the reason that decided. `events` None: they are found in this library.
    """
    candidates: list[Known] = []
    left: list[Left] = []
    library = sorted(library, key=lambda known: known.article.path)
    if events is None:
        events = event_links(library, max_age=rules.max_age, now=now)
    for known in library:
        reason = _why_not(known, rules, topics=topics, received=received, now=now)
        if reason is None:
            candidates.append(known)
        else:
            left.append(Left(article=known.article, reason=reason))
    sent = [
        Sent(article=known.article, dated_at=known.dated_at)
        for known in library
        if known.article.story_key in received
    ]
    scored = _scored(candidates, rules, topics=topics, now=now)
    lines, known_news = lines_of(scored, sent, events, hot_heat=rules.hot_heat)
    items, capped = within_caps(
        lines,
        size=rules.size,
        provider_cap=rules.provider_cap,
        topic_cap=rules.topic_cap,
        main_topic=lambda article: _capped_topic(article, rules, topics),
    )
    return Choice(items=items, left=(*left, *known_news, *capped))


def choose_first(
    library: Sequence[Known],
    rules: Rules,
    *,
    topics: TopicTree,
    received: frozenset[StoryKey] = frozenset(),
    now: datetime,
    events: Links | None = None,
) -> Choice:
    """Choose a new chat's first digest: the last day, or the week's best three if that is less."""
    if events is None:
        events = event_links(library, max_age=rules.max_age, now=now)
    day = replace(rules, max_age=min(rules.max_age, FIRST_DIGEST_WINDOW))
    choice = choose(library, day, topics=topics, received=received, now=now, events=events)
    if len(choice.items) >= min(FIRST_DIGEST_MINIMUM, rules.size):
        return choice
    week = replace(
        rules,
        max_age=min(rules.max_age, FIRST_DIGEST_FALLBACK),
        size=min(rules.size, FIRST_DIGEST_MINIMUM),
    )
    return choose(library, week, topics=topics, received=received, now=now, events=events)


def freshness(age: timedelta, half_life: timedelta) -> float:
    """Give the share of heat that is left after `age`: 1.0 down to 0.0.

    A negative age counts as none: a date typed wrongly must not win.
    """
    return math.exp2(-(max(age, timedelta(0)) / half_life))


def is_hot(article: Article, rules: Rules) -> bool:
    """Whether the article's heat alone makes it a candidate."""
    return article.heat is not None and article.heat >= rules.hot_heat


def _why_not(
    known: Known,
    rules: Rules,
    *,
    topics: TopicTree,
    received: frozenset[StoryKey],
    now: datetime,
) -> str | None:
    article = known.article
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
    elif article.story_key in received:
        reason = "this chat has received it"
    elif known.is_retired:
        reason = RETIRED
    else:
        reason = _unwanted(article, rules, topics)
    return reason


def _unwanted(article: Article, rules: Rules, topics: TopicTree) -> str | None:
    names = topic_keys(article, topics)
    if article.quality is not None and article.quality < rules.min_quality:
        return f"quality below {rules.min_quality}"
    if rules.muted & names:
        return "muted topic"
    if article.provider_key in rules.muted_providers:
        return "muted provider"
    if rules.only and not rules.only & names:
        return "other topics were asked for"
    return None


def topic_keys(article: Article, topics: TopicTree) -> frozenset[str]:
    """Give the folded names of an article's topics, through synonyms."""
    return frozenset(topics.canonical(name) for name in article.topics if folded(name))


def _capped_topic(article: Article, rules: Rules, topics: TopicTree) -> str | None:
    """Give the main topic if it is one of those that must leave room for others."""
    main = next((name for name in article.topics if folded(name)), None)
    if main is None:
        return None
    key = topics.canonical(main)
    return None if key in rules.only or key in rules.followed else key


def _scored(
    candidates: Sequence[Known], rules: Rules, *, topics: TopicTree, now: datetime
) -> list[Item]:
    heats = [k.article.heat for k in candidates if k.article.heat is not None]
    usual_heat = float(median(heats)) if heats else 1.0
    items = [
        _score(known, rules, topics=topics, usual_heat=usual_heat, now=now) for known in candidates
    ]
    return sorted(items, key=_best_first)


def _best_first(item: Item) -> tuple[float, float, str, str]:
    dated_at = item.article.dated_at
    newest_first = -dated_at.timestamp() if dated_at else 0.0
    return (-item.score, newest_first, item.article.story_key, item.article.path)


def _score(
    known: Known, rules: Rules, *, topics: TopicTree, usual_heat: float, now: datetime
) -> Item:
    article = known.article
    dated_at = known.dated_at
    age = max(now - dated_at, timedelta(0)) if dated_at else timedelta(0)
    heat = float(article.heat) if article.heat is not None else usual_heat
    fresh = freshness(age, rules.half_life)
    quality = 1.0
    if article.quality is not None:
        share = min(max(article.quality, 0), 100) / 100
        quality = 1.0 + QUALITY_SPAN * (2 * share - 1)
    follows = bool(rules.followed & topic_keys(article, topics))
    follow = FOLLOW_FACTOR if follows else 1.0
    score = heat * fresh * quality * follow
    unpublished = not article.marked_published or known.is_written_back
    gate = [*(["unpublished"] if unpublished else []), *(["hot"] if is_hot(article, rules) else [])]
    reasons: dict[str, Any] = {
        "because": gate,
        "heat": article.heat,
        "heat_used": round(heat, 3),
        "heat_from": "file" if article.heat is not None else "median of the candidates",
        "age_hours": round(age.total_seconds() / 3600, 2),
        "dated_by": _dated_by(known),
        "freshness": round(fresh, 4),
        "quality": article.quality,
        "quality_factor": round(quality, 4),
        "follow_factor": follow,
    }
    return Item(article=article, score=round(score, 4), reasons=reasons)


def _dated_by(known: Known) -> str:
    if known.article.date_source is not None:
        return known.article.date_source.value
    return "first seen"


def _days(length: timedelta) -> str:
    hours = length / timedelta(hours=1)
    return f"{hours / 24:g} days" if hours % 24 == 0 else f"{hours:g} hours"
