"""Rules: what one audience wants, in numbers and folded names; nothing else decides a choice."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields

MOST_WEIGHT = 3.0
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
