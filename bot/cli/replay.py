"""`gazette preview --replay`: which past choices other settings would have changed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import typer

from bot.cli import inputs
from bot.cli.choosing import changed
from bot.cli.progress import Progress
from bot.domain.article import StoryKey
from bot.domain.known import Known
from bot.domain.replay import Change, Past, Told, Totals, longest, replayed, simulated, totals
from bot.domain.subscription import NO_THREAD, ChatId, Subscription
from bot.domain.topic import TopicTree
from bot.errors import SettingsError, StoreError
from bot.publishing.publication import Publication
from bot.settings import Loaded, Settings, length, load
from bot.store.articles import Articles
from bot.store.database import Database
from bot.store.histories import Histories
from bot.store.migrate import check_schema
from bot.store.subscriptions import Subscriptions
from bot.wiring import publication

LONGEST = timedelta(days=400)
MOST_DIGESTS = 5000
"""Digests that are chosen anew: each takes some hundredths of a second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """The flags of the command; None: as the settings say, or as it is found."""

    replay: str
    changes: Sequence[str] = ()
    articles: Path | None = None
    now: str | None = None
    chat: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    """What is replayed: where it comes from, in words, and the digests under both rules."""

    name: str
    chat: ChatId | None
    count: int
    changes: Iterator[Change]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """What the database has of one chat."""

    chat: ChatId
    wish: Subscription
    library: tuple[Known, ...]
    past: tuple[Past, ...]
    before: frozenset[StoryKey]


def replay(wish: Wish, *, as_json: bool) -> None:
    """Choose past digests anew with other settings, and print what would have changed."""
    stretch, changes = _asked(wish)
    loaded = load()
    for warning in loaded.warnings:
        typer.echo(f"warning: {warning}", err=True)
    plan, other = publication(loaded.settings), publication(load(changes=changes).settings)
    now = inputs.moment(wish.now, flag="--now")
    since = now - stretch
    source = _of_database(loaded, wish, plan, other, since, now)
    if source is None:
        source = _of_files(loaded.settings, wish, plan, other, since, now)
    progress = Progress(source.count, what="digests", every=1)
    try:
        found = list(progress.count(source.changes))
    finally:
        progress.close()
    if as_json:
        typer.echo(json.dumps(_values(source, changes, found, since, now), indent=2))
        return
    _print(source, changes, found, zone=plan.zone)


def _asked(wish: Wish) -> tuple[timedelta, dict[str, str]]:
    """Read how far back to look, and what to change. Raises SettingsError with every problem."""
    problems: list[str] = []
    stretch: object = None
    changes: dict[str, str] = {}
    try:
        stretch = length(wish.replay)
        if isinstance(stretch, timedelta) and stretch > LONGEST:
            problems.append(f"--replay: {wish.replay} is longer than {LONGEST.days} days")
    except ValueError as error:
        problems.append(f"--replay: {wish.replay!r} {error}")
    try:
        changes = changed(wish.changes)
        if not changes:
            problems.append("--replay needs a --set NAME=VALUE to compare with")
    except SettingsError as error:
        problems += error.problems
    if problems or not isinstance(stretch, timedelta):
        raise SettingsError(problems)
    return stretch, changes


def _of_files(
    settings: Settings,
    wish: Wish,
    plan: Publication,
    other: Publication,
    since: datetime,
    now: datetime,
) -> _Source:
    """Replay what the schedule would have sent, going by the dates in the files."""
    chosen = inputs.folders(wish.articles, settings)
    files = inputs.read_library(chosen)
    articles = [one for file in files if (one := file.article) is not None]
    topics, problems = inputs.topic_tree(settings, chosen, articles)
    inputs.warn([*(problem for file in files for problem in file.problems), *problems])
    library = [Known(article=article) for article in articles]
    # A history has to be there at the first digest that is shown.
    begin = since - longest(plan.rules, other.rules)
    moments = list(_moments(plan, begin, now))
    shown = sum(moment >= since for moment in moments)
    changes = simulated(library, moments, plan.rules, other.rules, topics=topics, since=since)
    name = "simulated from the dates of the files"
    return _Source(name=name, chat=None, count=shown, changes=changes)


def _moments(plan: Publication, begin: datetime, now: datetime) -> Iterator[datetime]:
    moment, count = plan.next_start(begin), 0
    while moment is not None and moment <= now:
        count += 1
        if count > MOST_DIGESTS:
            raise SettingsError(
                [f"--replay: the schedule has more than {MOST_DIGESTS} digests in that time"]
            )
        yield moment
        moment = plan.next_start(moment)


def _of_database(
    loaded: Loaded,
    wish: Wish,
    plan: Publication,
    other: Publication,
    since: datetime,
    now: datetime,
) -> _Source | None:
    """Replay what was sent to a chat; None when there is no database or nothing was sent."""
    if wish.articles is not None:
        if wish.chat is not None:
            raise SettingsError(["--chat: with --articles there is no chat, but a simulation"])
        return None
    back = longest(plan.rules, other.rules)
    try:
        kept = asyncio.run(_kept(loaded, wish, since, back, now))
    except StoreError as error:
        raise SettingsError([str(error)]) from error
    if kept is None:
        if wish.chat is not None:
            raise SettingsError([f"--chat: nothing was sent to {wish.chat} in that time"])
        return None
    names = (name for known in kept.library for name in known.article.topics)
    chosen = inputs.folders(None, loaded.settings) if _has_folders(loaded.settings) else ()
    articles = [known.article for known in kept.library]
    topics = (
        inputs.topic_tree(loaded.settings, chosen, articles)[0] if chosen else TopicTree((), names)
    )
    changes = replayed(
        kept.library,
        kept.past,
        other.rules_for(kept.wish, topics),
        topics=topics,
        received=kept.before,
    )
    count = sum(not digest.is_by_hand for digest in kept.past)
    name = f"as they were sent to {kept.chat}"
    return _Source(name=name, chat=kept.chat, count=count, changes=changes)


def _has_folders(settings: Settings) -> bool:
    return all(folder.is_dir() for folder in settings.articles_dir)


async def _kept(
    loaded: Loaded, wish: Wish, since: datetime, back: timedelta, now: datetime
) -> _Kept | None:
    """Read what a chat was sent; nothing of the database is changed, nor is one made."""
    url = loaded.settings.database_url.get_secret_value()
    database = Database.open(url, folder=loaded.folder)
    try:
        if database.path is not None and not database.path.exists():
            return None
        await check_schema(database)
        histories = Histories(database)
        found = await _chat(histories, wish, loaded.settings.channels, since)
        if found is None:
            return None
        chat, thread = found
        past, before = await histories.past(chat, thread, since=since)
        past = tuple(digest for digest in past if digest.at <= now)
        if not past:
            return None
        stored = await Subscriptions(database).get(chat, thread)
        return _Kept(
            chat=chat,
            wish=stored or Subscription(chat_id=chat),
            library=await Articles(database).known(since=since - back),
            past=past,
            before=before,
        )
    finally:
        await database.close()


async def _chat(
    histories: Histories, wish: Wish, channels: Iterable[int | str], since: datetime
) -> tuple[ChatId, int] | None:
    """Choose whose digests are replayed: those asked for, a channel's, else who got most."""
    if wish.chat is not None:
        return ChatId(wish.chat), NO_THREAD
    for name in channels:
        chat = await histories.chat_named(name)
        if chat is not None and (await histories.past(chat, NO_THREAD, since=since))[0]:
            return chat, NO_THREAD
    return await histories.most_served(since=since)


def _values(
    source: _Source,
    changes: dict[str, str],
    found: Sequence[Change],
    since: datetime,
    now: datetime,
) -> dict[str, Any]:
    return {
        "from": "files" if source.chat is None else "database",
        "chat": source.chat,
        "since": _iso(since),
        "until": _iso(now),
        "set": changes,
        "digests": [
            {
                "at": _iso(change.at),
                "kept": [_line(line) for line in change.kept],
                "dropped": [_line(line) for line in change.dropped],
                "added": [_line(line) for line in change.added],
            }
            for change in found
        ],
        "totals": asdict(totals(found)),
    }


def _line(line: Told) -> dict[str, Any]:
    return {"path": line.path, "title": line.title, "url": line.url}


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


def _print(source: _Source, changes: dict[str, str], found: Sequence[Change], *, zone: str) -> None:
    said = " ".join(f"{name}={value}" for name, value in changes.items())
    typer.echo(f"Digests {source.name}, beside those of {said}")
    for change in found:
        if not change.is_change:
            continue
        local = change.at.astimezone(ZoneInfo(zone))
        counts = (len(change.kept), len(change.dropped), len(change.added))
        typer.echo("{:%a %d %b %H:%M}  {} kept, {} dropped, {} added".format(local, *counts))
        for sign, lines in (("-", change.dropped), ("+", change.added)):
            for line in lines:
                typer.echo(f"  {sign} {line.title}  ({line.path})")
    _print_totals(totals(found))


def _print_totals(counted: Totals) -> None:
    if not counted.digests:
        typer.echo("There was no digest in that time.")
        return
    typer.echo(
        f"{counted.changed} of {counted.digests} digests would have been others: "
        f"{counted.kept} lines kept, {counted.moved} in another digest, "
        f"{counted.gone} not sent at all, {counted.new} sent that were not."
    )
