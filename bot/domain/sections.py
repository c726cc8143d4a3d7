"""Sections: parts of a digest for kinds of stories, each with a heading and places of its own."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.article import Article

MOST_SECTIONS = 8
MOST_PLACES = 30
MOST_HEADING = 40
MOST_KIND = 30
_SEPARATORS = re.compile(r"[,;\n]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Stories whose `type` (else `category`) is one of `kinds`, at most `budget` of them.

    `kinds` are in lower case. `heading` "": the one that the reader's language has for the first
    kind. A budget of 0 keeps such stories out.
    """

    kinds: tuple[str, ...]
    budget: int
    heading: str = ""

    def __post_init__(self) -> None:
        """Refuse what no digest could hold."""
        if not self.kinds or not 0 <= self.budget <= MOST_PLACES:
            raise ValueError(f"a section needs kinds and 0 to {MOST_PLACES} places")

    def __str__(self) -> str:
        """Write it as it is read."""
        name = f"{self.heading}=" if self.heading else ""
        return f"{name}{'+'.join(self.kinds)}:{self.budget}"


def read_sections(value: str) -> tuple[Section, ...]:
    """Read sections such as `video+course:2, download:2, Faces=profile:1`; `off` is none.

    Raises ValueError with words for whoever wrote it.
    """
    if value.strip().lower() in ("", "off", "none"):
        return ()
    parts = [part.strip() for part in _SEPARATORS.split(value) if part.strip()]
    sections = tuple(_read(part) for part in parts)
    if len(sections) > MOST_SECTIONS:
        raise ValueError(f"{len(sections)} sections are more than {MOST_SECTIONS}")
    kinds = [kind for section in sections for kind in section.kinds]
    twice = sorted({kind for kind in kinds if kinds.count(kind) > 1})
    if twice:
        raise ValueError(f"{', '.join(map(repr, twice))} may stand in one section only")
    return sections


def section_of(article: Article, sections: Sequence[Section]) -> int | None:
    """Give the number of the section that an article belongs to; None: the main part."""
    for name in (article.kind, article.category):
        kind = (name or "").strip().casefold()
        for number, section in enumerate(sections):
            if kind and kind in section.kinds:
                return number
    return None


def _read(part: str) -> Section:
    heading, has_heading, rest = part.rpartition("=")
    kinds, _, budget = rest.rpartition(":")
    names = tuple(dict.fromkeys(kind.strip().casefold() for kind in kinds.split("+")))
    heading = " ".join(heading.split())
    is_named = not has_heading or 0 < len(heading) <= MOST_HEADING
    is_counted = budget.strip().isascii() and budget.strip().isdecimal()
    if not (
        is_named
        and all(0 < len(name) <= MOST_KIND for name in names)
        and is_counted
        and int(budget) <= MOST_PLACES
    ):
        raise ValueError(
            f"{part!r} is no section such as video:2, video+course:2 or Faces=profile:1 "
            f"(0 to {MOST_PLACES} places)"
        )
    return Section(kinds=names, budget=int(budget), heading=heading)
