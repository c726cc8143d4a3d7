"""Articles to ask for, and one way to ask."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

from bot.domain.article import Article
from bot.domain.topic import Topic, TopicTree
from bot.search import Found, Index, Query

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
"""A Tuesday."""
WEEK = timedelta(days=7)
TREE = TopicTree(
    [
        Topic(name="Power Apps", shortname="PA", keywords=("low code apps",)),
        Topic(name="Portals", parent="Power Apps"),
        Topic(name="Computer Vision", shortname="CV", hashtags=("#seeing",)),
        Topic(name="Tea"),
    ]
)


def article(path: str, title: str, *, days: float = 1, **fields: Any) -> Article:
    """Make an article of so many days ago; its address follows from the path."""
    fields.setdefault("web_url", f"https://news.example/{path}")
    fields.setdefault("dated_at", NOW - timedelta(days=days))
    fields.setdefault("heat", 50)
    return Article(path=path, title=title, **fields)


def filled(*articles: Article, path: Path | None = None) -> Index:
    """Make an index of articles."""
    index = Index(path)
    index.replace(articles)
    return index


def ask(index: Index, words: str, *, limit: int = 10, offset: int = 0, zone: tzinfo = UTC) -> Found:
    """Ask as people type."""
    return index.search(
        Query.parse(words),
        topics=TREE,
        now=NOW,
        half_life=WEEK,
        limit=limit,
        offset=offset,
        zone=zone,
    )


def paths(found: Found) -> list[str]:
    """Give the paths of the hits."""
    return [hit.path for hit in found.hits]
