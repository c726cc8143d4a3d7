"""`gazette check`: problems in files with their mend; without paths also the whole set-up."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import typer

from bot.cli.findings import in_order, lines_of, may_colour, printable, summary
from bot.cli.local_pictures import LocalPictures
from bot.cli.progress import Progress
from bot.cli.sample import Sample
from bot.cli.targets import File, Group, Targets, find_targets
from bot.clock import SystemClock
from bot.content.checks import Checks, Found
from bot.content.library import ReadFile, read_file
from bot.content.origin import Origin
from bot.content.yamltext import SECRET
from bot.domain.problem import Problem
from bot.errors import ContentError, GazetteError, SettingsError
from bot.settings import Loaded, Settings, load

PROBLEMS_FOUND = 1
_STEPS = re.compile(r"[.\[\]]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """How many files were read, and everything that was found, in order.

    `warnings` are for people: they are no reason to refuse a file, and are not in the JSON.
    """

    files: int
    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...] = ()


def check(paths: Sequence[Path], *, as_json: bool, online: bool) -> int:
    """Check and print; gives the exit code: 1 when there are problems, else 0."""
    if paths and not online:
        settings = _settings_for_files()
        checked = check_files(paths, settings)
    else:
        loaded = load()
        settings = loaded.settings
        if not paths:
            _check_setup(loaded, quiet=as_json)
        sample = Sample()
        checked = check_files(paths or settings.articles_dir, settings, sample=sample)
        if not paths and settings.templates_dir is not None:
            found = sample.try_templates(settings)
            checked = replace(checked, problems=in_order((*checked.problems, *found)))
    if as_json:
        _print_json(checked)
    else:
        _print(checked)
    if online:
        from bot.cli.online import check_online

        trouble = asyncio.run(check_online(settings, quiet=as_json))
        if trouble:
            raise SettingsError(trouble)
    return PROBLEMS_FOUND if checked.problems else 0


def check_files(
    paths: Sequence[Path], settings: Settings, *, sample: Sample | None = None
) -> Checked:
    """Read files and folders; raises SettingsError for paths that cannot be read."""
    targets = find_targets(paths, settings)
    files = targets.described
    problems = list(targets.problems)
    warnings: list[Problem] = []
    for read, found in _read(targets, settings):
        files += 1
        problems.extend(read.problems)
        problems.extend(found.problems)
        warnings.extend(found.warnings)
        if sample is not None and (article := read.article) is not None:
            sample.take(article)
    return Checked(
        files=files,
        problems=in_order(_without_secret(problem) for problem in problems),
        warnings=in_order(warnings),
    )


def _read(targets: Targets, settings: Settings) -> Iterator[tuple[ReadFile, Found]]:
    """Read one file after the other; none is kept."""
    checks = Checks(now=SystemClock().now())
    progress = Progress(sum(len(group.files) for group in targets.groups))
    try:
        for group in targets.groups:
            pictures = LocalPictures(group.folders, site_url=settings.site_url)
            for file in progress.count(group.files):
                location = Path(file.location)
                try:
                    read = read_file(location, name=file.name)
                except ContentError:
                    continue  # it vanished since it was listed
                yield read, _look_at(read, file, checks, group, pictures)
    finally:
        progress.close()


def _look_at(
    read: ReadFile, file: File, checks: Checks, group: Group, pictures: LocalPictures
) -> Found:
    article = read.article
    if article is None:
        return Found()
    origin = Origin(file.name, Path(file.location).read_bytes, lines=read.lines)
    return checks.look_at(article, origin, topics=group.topics, measure=pictures.measure)


def _without_secret(problem: Problem) -> Problem:
    """Leave out the name of the field that is never told, as where its quote is not closed."""
    if problem.key and SECRET in _STEPS.split(problem.key.casefold()):
        return replace(problem, key=None)
    return problem


def _settings_for_files() -> Settings:
    """Give the settings; where they are wrong the defaults, since files alone are asked about."""
    try:
        return load().settings
    except SettingsError:
        typer.echo(
            "warning: the settings are wrong, so none of them was used; "
            "`gazette check` without paths tells more",
            err=True,
        )
        return Settings.model_construct()


def _check_setup(loaded: Loaded, *, quiet: bool) -> None:
    """Say whether settings, folders and database are usable; raises SettingsError with all."""
    for warning in loaded.warnings:
        typer.echo(f"warning: {warning}", err=True)
    settings = loaded.settings
    trouble = [
        f"ARTICLES_DIR: there is no folder {folder}"
        for folder in settings.articles_dir
        if not folder.is_dir()
    ]
    if settings.topics_file is not None and not settings.topics_file.exists():
        trouble.append(f"TOPICS_FILE: there is no {settings.topics_file}")
    if settings.templates_dir is not None and not settings.templates_dir.is_dir():
        trouble.append(f"TEMPLATES_DIR: there is no folder {settings.templates_dir}")
    state = ""
    try:
        state = asyncio.run(_database_state(loaded))
    except GazetteError as error:
        trouble.append(f"DATABASE_URL: {error}")
    if trouble:
        raise SettingsError(trouble)
    if not quiet:
        token = "set" if settings.bot_token else "not set (gazette run needs it)"
        typer.echo(f"settings: fine · token: {token}")
        typer.echo(f"folders: {', '.join(printable(str(one)) for one in settings.articles_dir)}")
        typer.echo(f"database: {state}")
        typer.echo()


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
    echo = partial(typer.echo, color=may_colour())
    for line in lines_of(checked.problems, checked.warnings):
        echo(line)
    echo(summary(checked.files, checked.problems, checked.warnings))


def _print_json(checked: Checked) -> None:
    value = {
        "files": checked.files,
        "problems": [problem.as_json() for problem in checked.problems],
    }
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))
    for warning in checked.warnings:
        place = f"{warning.path}:{warning.line}" if warning.line else warning.path
        told = f"{warning.key}: {warning.problem} ({warning.mend})"
        typer.echo(printable(f"warning: {place}: {told}"), err=True)
