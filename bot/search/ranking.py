"""What comes first: relevance × freshness × heat, the same for the same index, query and time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.article import StoryKey
from bot.domain.selection import freshness as fading

SMALLEST_RELEVANCE = 0.01
TOPIC_RELEVANCE = 1.0
"""Being filed under the topic that was asked for is worth the best match by words alone."""
NEUTRAL_HEAT = 50


@dataclass(frozen=True, slots=True)
class Row:
    """One article of the index; `dated_at` in seconds since 1970, `heat` None: unknown.

    `text` is 0.0 or more: how well the words fit, on no fixed scale.
    """

    number: int
    path: str
    story_key: StoryKey
    dated_at: int | None
    heat: int | None
    text: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A story that was found, by the path of its best article; scores compare in one answer."""

    path: str
    story_key: StoryKey
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One page of an answer.

    `total` counts stories, not files. `corrected` pairs what was typed with the word that was
    searched instead; `topics` are the names of the topics that the words named; `is_partial`:
    nothing held all the words, these hold at least half of them.
    """

    total: int
    hits: tuple[Hit, ...] = ()
    corrected: tuple[tuple[str, str], ...] = ()
    topics: tuple[str, ...] = ()
    is_partial: bool = False


def freshness(dated_at: int | None, *, now: datetime, half_life: timedelta) -> float:
    """Give 1.0 for now, a half after `half_life`, a third after two of them, and so on.

    Slower than the decay of a digest: whoever asks wants the archive too, and among stories of
    last year the words must still decide. A date to come counts as now, no date as 1970.
    """
    age = timedelta(seconds=max(now.timestamp() - (dated_at or 0), 0.0))
    return 1 / (1 + age / half_life)


def warmth(heat: int | None) -> float:
    """Bend heat into 0.5 to 1.5, so that no heat makes up for words that do not fit."""
    used = NEUTRAL_HEAT if heat is None else heat
    return 0.5 + min(max(used, 0), 100) / 100


def relevance(text: float, *, best: float, topic_share: float) -> float:
    """Weigh words and topics: up to 1.0 for the words, as much again for the topics.

    `best` is the best `text` of the answer; `topic_share` says how many of the topics that were
    named the article is filed under. The square widens the narrow gap that BM25 leaves between
    a word in the title and the same word in the body.
    """
    words = (text / best) ** 2 if best > 0 else 0.0
    return max(words + TOPIC_RELEVANCE * topic_share, SMALLEST_RELEVANCE)


def hotness(row: Row, *, now: datetime, half_life: timedelta) -> float:
    """Give the heat that is left today, as the digests count it; no heat is none."""
    age = timedelta(seconds=now.timestamp() - (row.dated_at or 0))
    return max(row.heat or 0, 0) * fading(age, half_life)


def folded_hits(scored: Iterable[tuple[float, Row]]) -> tuple[Hit, ...]:
    """Order rows by score, newest first among equals, and keep the best row of every story."""
    hits: dict[StoryKey, Hit] = {}
    for score, row in sorted(scored, key=_best_first):
        if row.story_key not in hits:
            hits[row.story_key] = Hit(
                path=row.path, story_key=row.story_key, score=float(f"{score:.6g}")
            )
    return tuple(hits.values())


def _best_first(scored: tuple[float, Row]) -> tuple[float, int, str]:
    score, row = scored
    return (-score, -(row.dated_at or 0), row.path)
