"""What comes first: relevance × freshness × heat, the same for the same index, query and time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

NEUTRAL_HEAT = 50
QUALITY_SPAN = 0.05
"""How far quality bends the worth, up and down."""
PER_MILLE = 1000
LARGEST_WORTH = round(1.5 * (1 + QUALITY_SPAN) * PER_MILLE)

IN_TITLE = 1.0
IN_TEXT = 0.25
"""A word in the text alone: a title of two weeks ago comes before a mention of today."""
FILED = 1.0
"""Being filed under the topic that was named is worth a word in the title."""
FILED_BY_KEYWORD = 0.4
"""Whoever types a keyword of a topic (violin for music) means the word first."""
FILED_AND_IN_TEXT = 1.0
FILED_AND_IN_TITLE = 1.4

SCALE = 1_000_000_000
"""Scores are whole numbers inside, so that equal ones are equal in SQL and here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A story that was found, by the path of its best article; scores compare in one answer.

    `also`: paths of other coverage of the same event. `matched`: the words of the question in
    all the forms that the index knows, folded, for `highlights`.
    """

    path: str
    score: float
    also: tuple[str, ...] = ()
    matched: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One page of an answer.

    `total` counts stories, not files; when it is not exact it is an estimate and no less than
    what can be paged so far. `corrected` pairs what was typed with the word that was searched
    instead; `topics` are the names of the topics that the words named; `filters` what was asked
    of type and provider, as `type:video`; `since` and `until` the time asked for (until is the
    first moment after it), by the words `dated_by`. `is_partial`: nothing held all that was
    asked; these hold at least half of the words, or are of another time than `not_then` says.
    When nothing is found,
    `why` names the words that no article holds, and `is_narrow` says that without filters and
    dates there were something.
    """

    total: int
    hits: tuple[Hit, ...] = ()
    total_is_exact: bool = True
    corrected: tuple[tuple[str, str], ...] = ()
    topics: tuple[str, ...] = ()
    filters: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    dated_by: tuple[str, ...] = ()
    is_partial: bool = False
    not_then: tuple[str, ...] = ()
    why: tuple[str, ...] = ()
    is_narrow: bool = False


def worth(heat: int | None, quality: int | None) -> int:
    """Bend heat into 0.5 to 1.5 and quality by a little, in thousandths.

    No heat makes up for words that do not fit.
    """
    used = NEUTRAL_HEAT if heat is None else heat
    warmth = 0.5 + min(max(used, 0), 100) / 100
    bend = 0.0 if quality is None else min(max(quality, 0), 100) / 50 - 1
    return round(warmth * (1 + QUALITY_SPAN * bend) * PER_MILLE)


def freshness(second: int, *, now: float, half_life: float) -> float:
    """Give 1.0 for now, a half after `half_life`, a third after two of them, and so on.

    All in seconds. Slower than the decay of a digest: whoever asks wants the archive too, and
    among stories of last year the words must still decide. A date to come counts as now.
    """
    return 1 / (1 + max(now - second, 0.0) / half_life)


def most(relevance: float, second: int, *, now: float, half_life: float) -> int:
    """Bound the score of everything dated up to a second by the best that its words can reach."""
    best = relevance * LARGEST_WORTH * freshness(second, now=now, half_life=half_life)
    return int(SCALE / PER_MILLE * best) + 1


def shown(score: int) -> float:
    """Write a score for people and programs: six digits tell."""
    return float(f"{score / SCALE:.6g}")
