"""Rules: what one audience wants, in numbers and folded names; nothing else decides a choice."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from datetime import timedelta

from bot.domain.sections import Section

MOST_WEIGHT = 3.0
MOST_LEANING = 2
"""Steps up or down that taps and reactions can move the stories of a topic or provider."""
_PART = re.compile(r"[\s,;]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """How much each part of a score counts: 1 as it is, 0 not at all, 2 twice (its square).

    Each from 0 to 3.
    """

    heat: float = 1.0
    freshness: float = 1.0
    quality: float = 1.0
    follows: float = 1.0

    def __post_init__(self) -> None:
        """Refuse what would let one part drown all others."""
        for one in fields(self):
            if not 0.0 <= getattr(self, one.name) <= MOST_WEIGHT:
                raise ValueError(f"{one.name}: a weight lies between 0 and {MOST_WEIGHT:g}")

    def __str__(self) -> str:
        """Write them as they are read."""
        return ",".join(f"{one.name}:{getattr(self, one.name):g}" for one in fields(self))


def read_weights(value: str) -> Weights:
    """Read weights such as `freshness:2,follows:0.5`; what is not named keeps 1.

    Raises ValueError with words for whoever wrote it.
    """
    names = [one.name for one in fields(Weights)]
    wanted: dict[str, float] = {}
    for part in filter(None, _PART.split(value.strip().lower())):
        name, _, number = part.partition(":")
        if name not in names or not re.fullmatch(r"\d(\.\d{1,3})?", number, re.ASCII):
            raise ValueError(
                f"{part!r} is no weight such as freshness:2 ({', '.join(names)}; "
                f"0 to {MOST_WEIGHT:g})"
            )
        wanted[name] = float(number)
    return Weights(**wanted)


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaning:
    """What taps and reactions tell of a reader: more or less of a topic or of a provider.

    `name` is a folded topic name or a provider's key; `steps` from -2 to 2, never 0.
    """

    name: str
    steps: int
    is_provider: bool = False

    def __post_init__(self) -> None:
        """Refuse more than a few steps: a reader's taps bend the order, they do not replace it."""
        if not 1 <= abs(self.steps) <= MOST_LEANING:
            raise ValueError(f"a leaning has 1 to {MOST_LEANING} steps, not {self.steps}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What one audience wants, in numbers and folded topic names.

    `only` (when not empty) lets just these topics through, `followed` come first, `muted` never;
    all three are sets of folded names that already hold the topics' children. Stories with one of
    `words_in` come first like followed topics, those with one of `words_out` never come
    (`domain.wording` folds them). `provider_cap` is never exceeded; more than `topic_cap` lines of
    one main topic only fill places that would stay empty, and topics that were asked for or are
    followed have no cap. `sections` have their places within `size`.
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
    words_in: frozenset[str] = frozenset()
    words_out: frozenset[str] = frozenset()
    sections: tuple[Section, ...] = ()
    weights: Weights = field(default_factory=Weights)
    leanings: frozenset[Leaning] = frozenset()

    def leaning_steps(self, topics: Iterable[str], provider: str | None) -> int:
        """Sum what an article's topics and provider are worth to this reader, -2 to 2."""
        names = frozenset(topics)
        steps = sum(
            leaning.steps
            for leaning in self.leanings
            if (leaning.name == provider if leaning.is_provider else leaning.name in names)
        )
        return max(-MOST_LEANING, min(MOST_LEANING, steps))
