"""`gazette search`: the answer that the bot would give."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import typer

from bot.cli import inputs
from bot.domain.article import Article
from bot.domain.topic import TopicTree
from bot.publishing.catalogue import Catalogue
from bot.publishing.understood import reasons, understood
from bot.rendering.dates import coarse_date
from bot.rendering.phrases import ENGLISH
from bot.search.index import Index
from bot.search.meant import topic_meant
from bot.search.query import Query, topic_asked
from bot.search.ranking import Found, Hit
from bot.settings import Settings, load

LATEST_SHOWN = 3


def search(
    words: str, *, articles: Path | None, now: str | None, limit: int, as_json: bool
) -> None:
    """Index the folder in memory, ask, print."""
    settings = load().settings
    at = inputs.moment(now, flag="--now")
    chosen = inputs.folders(articles, settings)
    files = inputs.read_library(chosen)
    known = {file.path: one for file in files if (one := file.article) is not None}
    topics, problems = inputs.topic_tree(settings, chosen, known.values())
    inputs.warn([*(problem for file in files for problem in file.problems), *problems])
    catalogue = Catalogue(Index(language=settings.content_language))
    catalogue.take(known.values())
    query = Query.parse(words)
    found = _found(catalogue.index, query, topics, now=at, settings=settings, limit=limit)
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
    for typed, used in found.corrected:
        typer.echo(f"Searched for {used!r} in place of {typed!r}.")
    zone = settings.timezone
    if not found.hits:
        near = ", ".join(topic.name for topic in topics.nearest(words))
        typer.echo(
            f"Nothing found for {words[:80]!r}." + (f" Nearest topics: {near}." if near else "")
        )
        sources = {one.provider_key for one in known.values() if one.provider_key}
        for reason in reasons(query, found, zone=zone, phrases=ENGLISH, sources=sources):
            typer.echo(reason)
        latest = catalogue.index.latest(LATEST_SHOWN, now=at)
        if latest.hits:
            typer.echo("The latest stories:")
        _print(latest.hits, known, now=at, zone=zone)
        return
    about = "" if found.total_is_exact else "about "
    typer.echo(f"{about}{found.total} found for {words!r}")
    told = understood(query, found, heading=words, zone=zone, phrases=ENGLISH)
    if told:
        typer.echo(" · ".join(told))
    _print(found.hits, known, now=at, zone=zone)


def _found(
    index: Index, query: Query, topics: TopicTree, *, now: datetime, settings: Settings, limit: int
) -> Found:
    """Ask as the bot does: the name of a topic alone asks for what is filed under it."""
    half_life = settings.half_life
    topic = topic_asked(query, topics)
    if topic is not None:
        found = index.by_topic(topic.name, topics=topics, now=now, half_life=half_life, limit=limit)
        if found.hits:
            return found
    found = index.search(
        query,
        topics=topics,
        now=now,
        half_life=half_life,
        limit=limit,
        zone=ZoneInfo(settings.timezone),
    )
    meant = topic_meant(query, found, topics)
    if meant is not None:
        filed = index.by_topic(meant.name, topics=topics, now=now, half_life=half_life, limit=limit)
        if filed.hits:
            return replace(filed, corrected=((query.text, meant.name),))
    return found


def _print(hits: Iterable[Hit], known: Mapping[str, Article], *, now: datetime, zone: str) -> None:
    for number, hit in enumerate(hits, start=1):
        article = known[hit.path]
        facts = [article.source or ""]
        if article.dated_at is not None:
            facts.append(coarse_date(article.dated_at, now=now, zone=zone))
        typer.echo(f"{number:>3}. {article.title}")
        typer.echo(f"     {' · '.join(fact for fact in facts if fact)}  {article.link}")
        for path in hit.also:
            other = known[path]
            typer.echo(f"     also: {other.source or other.title}  {other.link}")
