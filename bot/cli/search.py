"""`gazette search`: the answer that the bot would give."""

from __future__ import annotations

import json
from pathlib import Path

import typer

from bot.cli import inputs
from bot.domain.article import Article
from bot.publishing.catalogue import Catalogue
from bot.rendering.dates import coarse_date
from bot.search.index import Index
from bot.search.query import Query
from bot.settings import load


def search(
    words: str, *, articles: Path | None, now: str | None, limit: int, as_json: bool
) -> None:
    """Index the folder in memory, ask, print."""
    settings = load().settings
    at = inputs.moment(now, flag="--now")
    chosen = inputs.folders(articles, settings)
    files = inputs.read_library(chosen)
    known = {file.path: file.article for file in files if file.article is not None}
    topics, problems = inputs.topic_tree(settings, chosen, known.values())
    inputs.warn([*(problem for file in files for problem in file.problems), *problems])
    catalogue = Catalogue(Index())
    catalogue.take(known.values())
    found = catalogue.index.search(
        Query.parse(words), topics=topics, now=at, half_life=settings.half_life, limit=limit
    )
    if as_json:
        items = [
            {
                "path": hit.path,
                "title": known[hit.path].title,
                "url": known[hit.path].link,
                "score": hit.score,
            }
            for hit in found.hits
        ]
        value = {"query": words, "total": found.total, "items": items}
        typer.echo(json.dumps(value, ensure_ascii=False, indent=2))
        return
    if not found.hits:
        near = ", ".join(topic.name for topic in topics.nearest(words))
        typer.echo(f"Nothing found for {words!r}." + (f" Nearest topics: {near}." if near else ""))
        return
    typer.echo(f"{found.total} found for {words!r}")
    for number, hit in enumerate(found.hits, start=1):
        article: Article = known[hit.path]
        facts = [article.source or "", ""]
        if article.dated_at is not None:
            facts[1] = coarse_date(article.dated_at, now=at, zone=settings.timezone)
        typer.echo(f"{number:>3}. {article.title}")
        typer.echo(f"     {' · '.join(fact for fact in facts if fact)}  {article.link}")
