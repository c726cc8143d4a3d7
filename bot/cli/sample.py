"""A few articles of a library to try templates on: its newest, and those that need most room."""

from __future__ import annotations

import heapq
from datetime import UTC, datetime
from typing import TypeVar

from bot.clock import SystemClock
from bot.domain.article import Article
from bot.domain.problem import Problem
from bot.settings import Settings

NEWEST = 30
LONGEST = 10

_EVER = datetime.min.replace(tzinfo=UTC)
_Ranked = TypeVar("_Ranked", tuple[datetime, int, Article], tuple[int, int, Article])
"""What decides, the number of the article (no two are equal), the article."""


class Sample:
    """Takes every article and keeps those few."""

    def __init__(self) -> None:
        self._count = 0
        self._newest: list[tuple[datetime, int, Article]] = []
        self._longest: list[tuple[int, int, Article]] = []

    def take(self, article: Article) -> None:
        """Look at an article."""
        self._count += 1
        newest = (article.dated_at or _EVER, self._count, article)
        _keep(self._newest, newest, NEWEST)
        room = len(article.title) + len(article.excerpt)
        _keep(self._longest, (room, self._count, article), LONGEST)

    def try_templates(self, settings: Settings) -> tuple[Problem, ...]:
        """Try an operator's templates on what was kept, and on hostile articles."""
        # Imported here: most set-ups have no templates.
        from bot.rendering.trial import try_out
        from bot.wiring import publication

        plan = publication(settings)
        if plan.templates is None:
            return ()
        kept = [*sorted(self._newest, reverse=True), *sorted(self._longest, reverse=True)]
        articles = tuple({article.path: article for _, _, article in kept}.values())
        now = SystemClock().now()
        styles = [plan.style(is_shared=shared, now=now) for shared in (True, False)]
        return try_out(plan.templates, articles, styles=styles)


def _keep(kept: list[_Ranked], new: _Ranked, most: int) -> None:
    if len(kept) < most:
        heapq.heappush(kept, new)
    else:
        heapq.heappushpop(kept, new)
