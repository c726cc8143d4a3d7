"""`gazette check`: problems in files with their mend; without paths also the whole set-up."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import typer

from bot.cli import inputs
from bot.clock import SystemClock
from bot.content.checks import across
from bot.content.library import Library, ReadFile, read_file
from bot.domain.problem import Problem
from bot.errors import ContentError, GazetteError, SettingsError
from bot.settings import Loaded, load

PROBLEMS_FOUND = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """How many files were read, and everything that was found."""

    files: int
    problems: tuple[Problem, ...]


def check(paths: Sequence[Path], *, as_json: bool, online: bool) -> int:
    """Check and print; gives the exit code: 1 when there are problems, else 0."""
    loaded = load()
    if paths:
        checked = check_files(paths, loaded)
    else:
        checked = check_files(inputs.folders(None, loaded.settings), loaded)
        _say_setup(loaded, quiet=as_json)
    if online:
        from bot.cli.online import check_online

        trouble = asyncio.run(check_online(loaded.settings, quiet=as_json))
        if trouble:
            raise SettingsError(trouble)
    if as_json:
        value = {
            "files": checked.files,
            "problems": [problem.as_json() for problem in checked.problems],
        }
        typer.echo(json.dumps(value, ensure_ascii=False, indent=2))
    else:
        _print(checked)
    return PROBLEMS_FOUND if checked.problems else 0


def check_files(paths: Sequence[Path], loaded: Loaded) -> Checked:
    """Read files and folders; gives their problems in the order of path and line."""
    missing = [path for path in paths if not path.exists()]
    if missing:
        raise SettingsError([f"there is no {path}" for path in missing])
    files: list[ReadFile] = []
    problems: list[Problem] = []
    folders = [path for path in paths if path.is_dir()]
    if folders:
        library = Library(folders)
        try:
            scan = library.scan({})
        except ContentError as error:
            raise SettingsError([str(error)]) from error
        files.extend(scan.read)
        problems.extend(scan.problems)
    files.extend(read_file(path, name=str(path)) for path in paths if path.is_file())
    for file in files:
        problems.extend(file.problems)
    articles = [file.article for file in files if file.article is not None]
    described = folders or [path.parent for path in paths]
    topics, topic_problems = inputs.topic_tree(loaded.settings, described, ())
    problems.extend(topic_problems)
    lines = {file.path: file.lines for file in files}
    problems.extend(across(articles, topics, now=SystemClock().now(), lines=lines))
    ordered = sorted(set(problems), key=lambda p: (p.path, p.line or 0, p.column or 0, p.problem))
    return Checked(files=len(files), problems=tuple(ordered))


def _say_setup(loaded: Loaded, *, quiet: bool) -> None:
    """Say whether settings and database are usable. Raises SettingsError when they are not."""
    for warning in loaded.warnings:
        typer.echo(f"warning: {warning}", err=True)
    try:
        state = asyncio.run(_database_state(loaded))
    except GazetteError as error:
        raise SettingsError([f"DATABASE_URL: {error}"]) from error
    if not quiet:
        token = "set" if loaded.settings.bot_token else "not set (gazette run needs it)"
        typer.echo(f"settings: fine · token: {token}")
        typer.echo(f"database: {state}")


async def _database_state(loaded: Loaded) -> str:
    from bot.store.database import Database
    from bot.store.migrate import check_schema

    url = loaded.settings.database_url.get_secret_value()
    database = Database.open(url, folder=loaded.folder)
    try:
        if database.path is not None and not database.path.exists():
            return "none yet; gazette run makes it"
        await check_schema(database)
    finally:
        await database.close()
    return "fine"


def _print(checked: Checked) -> None:
    for problem in checked.problems:
        place = problem.path
        if problem.line is not None:
            place += f":{problem.line}"
            place += f":{problem.column}" if problem.column is not None else ""
        key = f"{problem.key}: " if problem.key else ""
        level = typer.colors.RED if problem.is_fatal else typer.colors.YELLOW
        typer.echo(
            f"{typer.style(place, bold=True)}  {typer.style(key, fg=level)}{problem.problem}"
        )
        typer.echo(f"    {typer.style('mend:', dim=True)} {problem.mend}")
    files = "1 file" if checked.files == 1 else f"{checked.files} files"
    count = len(checked.problems)
    found = {0: "no problems", 1: "1 problem"}.get(count, f"{count} problems")
    typer.echo(f"{files} checked, {found}")
