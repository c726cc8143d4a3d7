"""Reading what people type on the command line, and the folder of articles."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import typer

from bot.clock import SystemClock
from bot.content.library import ReadFile, read_all
from bot.content.topics import find_topics_file, read_topics
from bot.domain.article import Article
from bot.domain.problem import Problem
from bot.domain.topic import TopicTree
from bot.errors import ContentError, SettingsError
from bot.settings import Settings


def moment(value: str | None, *, flag: str, zone: str = "UTC") -> datetime:
    """Read an ISO time; without an offset it is of `zone`; None is now. Raises SettingsError."""
    if value is None:
        return SystemClock().now()
    try:
        read = datetime.fromisoformat(value)
    except ValueError:
        raise SettingsError(
            [f"{flag}: {value!r} is no time such as 2026-11-22T18:00:00Z"]
        ) from None
    if read.tzinfo is None:
        read = read.replace(tzinfo=ZoneInfo(zone))
    return read.astimezone(UTC)


def folders(given: Path | None, settings: Settings) -> tuple[Path, ...]:
    """Give the folders of articles: the flag's, else the settings'. Raises SettingsError."""
    chosen = (given,) if given is not None else settings.articles_dir
    missing = [folder for folder in chosen if not folder.is_dir()]
    if missing:
        name = "--articles" if given is not None else "ARTICLES_DIR"
        raise SettingsError(
            [
                f"{name}: {folder} is a file, not a folder"
                if folder.exists()
                else f"{name}: there is no folder {folder}"
                for folder in missing
            ]
        )
    return chosen


def read_library(chosen: Sequence[Path]) -> tuple[ReadFile, ...]:
    """Read every article file. Raises SettingsError for a folder that cannot be read."""
    try:
        return read_all(chosen)
    except ContentError as error:
        raise SettingsError([str(error)]) from error


def topic_tree(
    settings: Settings, chosen: Sequence[Path], articles: Iterable[Article]
) -> tuple[TopicTree, tuple[Problem, ...]]:
    """Read the topics file, if there is one, and what articles mention."""
    file = settings.topics_file
    if file is not None and not file.exists():
        raise SettingsError([f"TOPICS_FILE: there is no {file}"])
    if file is None:
        found = (find_topics_file(folder) for folder in chosen)
        file = next((path for path in found if path is not None), None)
    mentioned = (name for article in articles for name in article.topics)
    if file is None:
        return TopicTree((), mentioned), ()
    read = read_topics(file)
    return TopicTree(read.topics, mentioned), read.problems


def warn(problems: Iterable[Problem]) -> None:
    """Say problems in files on stderr; nothing stops for them."""
    for problem in problems:
        place = problem.path + (f":{problem.line}" if problem.line else "")
        key = f"{problem.key}: " if problem.key else ""
        typer.echo(f"warning: {place}: {key}{problem.problem} ({problem.mend})", err=True)


def is_terminal() -> bool:
    """Whether a person is looking at stdout."""
    return sys.stdout.isatty()
