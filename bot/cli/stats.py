"""`gazette stats`: readers, sends, questions and topics in numbers; it only looks."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import timedelta

import typer

from bot import logs
from bot.cli.findings import printable
from bot.cli.run import DONE
from bot.clock import SystemClock
from bot.errors import SettingsError, StoreError
from bot.settings import Loaded, load
from bot.store.database import Database
from bot.store.migrate import check_schema
from bot.store.statistics import Statistics, statistics

LISTED = 10
_KINDS = {
    "private": ("person", "people"),
    "group": ("group", "groups"),
    "supergroup": ("large group", "large groups"),
    "channel": ("channel", "channels"),
}
_ASKED = {
    "messages": "messages",
    "questions": "of them questions",
    "taps": "taps",
    "inline": "inline questions",
}


def stats(*, days: int, as_json: bool) -> int:
    """Print the numbers; gives the exit code."""
    loaded = load()
    logs.set_up(level="WARNING", form=loaded.settings.log_format)
    try:
        found = asyncio.run(_found(loaded, days))
    except StoreError as error:
        raise SettingsError([str(error)]) from error
    if as_json:
        typer.echo(json.dumps({"days": days, **asdict(found)}, indent=2))
    else:
        _print(found, days)
    return DONE


async def _found(loaded: Loaded, days: int) -> Statistics:
    database = Database.open(loaded.settings.database_url.get_secret_value(), folder=loaded.folder)
    if database.path is not None and not database.path.exists():
        raise SettingsError([f"there is no database {database.path} yet: `gazette run` makes it"])
    try:
        await check_schema(database)
        since = SystemClock().now() - timedelta(days=days)
        return await statistics(database, since=since, most=LISTED)
    finally:
        await database.close()


def _print(found: Statistics, days: int) -> None:
    period = "the last day" if days == 1 else f"the last {days} days"
    typer.echo("Subscribed")
    for kind, states in found.readers.items():
        asleep = states.get("asleep", 0)
        others = [
            *([f"{asleep:,} asleep (blocked or gone)"] if asleep else []),
            *([f"{states['paused']:,} paused (a right is missing)"] if "paused" in states else []),
        ]
        more = f", and {', '.join(others)}" if others else ""
        awake = states.get("awake", 0)
        one, many = _KINDS.get(kind, (kind, kind))
        _line(awake, f"{one if awake == 1 else many}{more}")
    if not found.readers:
        _line(0, "nobody yet")
    typer.echo(f"In {period}")
    _line(found.new, "subscribed")
    _line(found.gone, "unsubscribed")
    _line(found.asleep_since, "blocked us or are gone")
    _line(found.forgotten, "asked to be forgotten")
    _lines("Sends", found.sends.items())
    _lines("Messages of digests", found.deliveries.items())
    _lines("Asked", ((_ASKED.get(what, what), n) for what, n in _in_order(found.asked)))
    _lines(
        "Stories, by chats that got them",
        ((one.title or one.key, one.chats) for one in found.stories),
    )
    _lines("Topics followed", found.topics)
    _lines("Topics muted", found.muted)


def _in_order(asked: Mapping[str, int]) -> Iterable[tuple[str, int]]:
    return ((what, asked[what]) for what in (*_ASKED, *(set(asked) - set(_ASKED))) if what in asked)


def _lines(title: str, counted: Iterable[tuple[str, int]]) -> None:
    counted = list(counted)
    if counted:
        typer.echo(title)
    for name, number in counted:
        _line(number, printable(name))


def _line(number: int, what: str) -> None:
    typer.echo(f"{number:>11,} {what}")
