"""What we know of an article beside its facts, and what a choice says of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.domain.article import Article


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
class Left:
    """An article that is not in the digest, and the one reason that decided.

    `score` and `reasons` are its account where it came as far as being weighed (None and empty
    otherwise); those of an event that go with the article that led it have its reason alone.
    """

    article: Article
    reason: str
    score: float | None = None
    reasons: Mapping[str, Any] = field(default_factory=dict, repr=False)
