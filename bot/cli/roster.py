"""`gazette export` and `gazette import`: all subscriptions out and in, beside a running bot too."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

import typer

from bot import logs
from bot.cli.progress import Progress
from bot.cli.roster_file import Read, csv_header, csv_line, json_object, rows_in
from bot.cli.run import DONE
from bot.clock import SystemClock
from bot.domain.roster import RosterRow, Verdict
from bot.errors import SettingsError, StoreError
from bot.ledger import opened_ledger
from bot.settings import Loaded, load
from bot.store.roster import AT_ONCE, Roster

STDIN = "-"
BAD_ROWS = 2
PROBLEMS_SHOWN = 100

_SAID = {
    Verdict.ADDED: "added",
    Verdict.UPDATED: "updated",
    Verdict.SAME: "here already, the same",
    Verdict.KEPT: "here already with other wishes, which stay (--update takes the file's)",
    Verdict.UNSUBSCRIBED: "left out: they unsubscribed here",
    Verdict.FORGOTTEN: "left out: they asked to be forgotten",
}


@dataclass(slots=True)
class _Report:
    """What became of the rows of a file."""

    verdicts: Counter[Verdict] = field(default_factory=Counter)
    bad: int = 0
    problems: list[dict[str, Any]] = field(default_factory=list)
    left_out: int = 0
    added_people: int = 0

    def note(self, read: Read) -> None:
        """Take in what is wrong with a row."""
        self.bad += any(fault.problem != _IGNORED for fault in read.faults)
        for fault in read.faults:
            if len(self.problems) == PROBLEMS_SHOWN:
                self.left_out += 1
                continue
            self.problems.append(
                {
                    "line": read.line,
                    "key": fault.key,
                    "problem": fault.problem,
                    "mend": fault.mend,
                }
            )

    def as_json(self, *, is_dry: bool) -> dict[str, Any]:
        """Give the form that `--json` prints."""
        return {
            "rows": self.verdicts.total() + self.bad,
            **{verdict.value: self.verdicts[verdict] for verdict in Verdict},
            "bad": self.bad,
            "is_dry_run": is_dry,
            "problems": self.problems,
            "problems_left_out": self.left_out,
        }


_IGNORED = "is no column, and was not read"


def export_roster(target: str, *, form: str | None) -> int:
    """Write all subscriptions; gives the exit code."""
    chosen = form or ("json" if target.lower().endswith(".json") else "csv")
    if chosen not in ("csv", "json"):
        raise SettingsError([f"--format: {chosen!r} is neither csv nor json"])
    return _run(lambda loaded: _export(loaded, target, is_json=chosen == "json"))


def import_roster(source: str, *, is_dry: bool, is_updating: bool, as_json: bool) -> int:
    """Read subscriptions; gives the exit code."""
    if source != STDIN and not Path(source).is_file():
        raise SettingsError([f"there is no file {source}"])
    report = _Report()
    _run(lambda loaded: _import(loaded, source, report, is_dry=is_dry, is_updating=is_updating))
    if as_json:
        typer.echo(json.dumps(report.as_json(is_dry=is_dry), indent=2))
    else:
        _print(report, is_dry=is_dry)
    return BAD_ROWS if report.bad else DONE


def _run(work: Any) -> int:
    loaded = load()
    logs.set_up(level="WARNING", form=loaded.settings.log_format)
    try:
        asyncio.run(work(loaded))
    except StoreError as error:
        raise SettingsError([str(error)]) from error
    return DONE


async def _export(loaded: Loaded, target: str, *, is_json: bool) -> None:
    async with opened_ledger(loaded) as ledger:
        roster = Roster(ledger.database)
        progress = Progress(await roster.count(), what="subscriptions")
        count = 0
        with contextlib.closing(progress), _written(target) as out:
            out.write("[" if is_json else csv_header())
            async for part in roster.rows():
                for row in progress.count(part):
                    if is_json:
                        out.write(f"{',' if count else ''}\n{json_object(row)}")
                    else:
                        out.write(csv_line(row))
                    count += 1
            out.write("\n]\n" if is_json else "")
    typer.echo(f"{count:,} subscriptions written.", err=True)


@contextlib.contextmanager
def _written(target: str) -> Iterator[TextIO]:
    """Open a file that appears whole or not at all, readable by us alone; `-` is stdout."""
    if target == STDIN:
        yield sys.stdout
        return
    path = Path(target)
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise SettingsError([f"{target} cannot be written: {error.strerror}"]) from error
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as out:
            yield out
        Path(name).replace(path)
    except OSError as error:
        raise SettingsError([f"{target} cannot be written: {error.strerror}"]) from error
    finally:
        Path(name).unlink(missing_ok=True)


async def _import(
    loaded: Loaded, source: str, report: _Report, *, is_dry: bool, is_updating: bool
) -> None:
    now = SystemClock().now()
    async with opened_ledger(loaded) as ledger:
        roster = Roster(ledger.database)
        progress = Progress(0, what="rows")
        with _opened(source) as stream, contextlib.closing(progress):
            part: list[RosterRow] = []

            async def take() -> None:
                verdicts = await roster.take(part, now=now, is_updating=is_updating, is_dry=is_dry)
                report.verdicts.update(verdicts)
                for row, verdict in zip(part, verdicts, strict=True):
                    is_new = verdict is Verdict.ADDED and row.subscription.is_active
                    report.added_people += is_new and row.chat.id > 0
                part.clear()

            for read in progress.count(rows_in(stream)):
                if read.row is None:
                    report.note(read)
                    continue
                part.append(read.row)
                if len(part) == AT_ONCE:
                    await take()
            if part:
                await take()


@contextlib.contextmanager
def _opened(source: str) -> Iterator[TextIO]:
    how: Any = {"encoding": "utf-8", "errors": "surrogateescape", "newline": ""}
    if source == STDIN:
        with open(sys.stdin.fileno(), closefd=False, **how) as stream:
            yield stream
        return
    try:
        with Path(source).open(**how) as stream:
            yield stream
    except OSError as error:
        raise SettingsError([f"{source} cannot be read: {error.strerror}"]) from error


def _print(report: _Report, *, is_dry: bool) -> None:
    for one in report.problems:
        key = f"{one['key']}: " if one["key"] else ""
        typer.echo(f"line {one['line']}: {key}{one['problem']} ({one['mend']})", err=True)
    if report.left_out:
        typer.echo(f"… and {report.left_out:,} more problems.", err=True)
    if is_dry:
        typer.echo("A dry run: nothing was changed. This is what would become of the rows:")
    for verdict in Verdict:
        if report.verdicts[verdict]:
            typer.echo(f"{report.verdicts[verdict]:>9,} {_SAID[verdict]}")
    if report.bad:
        typer.echo(f"{report.bad:>9,} not taken: mend them and import the file again")
    if not report.verdicts.total() + report.bad:
        typer.echo("The file names no subscriptions.")
    if report.added_people:
        typer.echo(
            "Telegram lets a bot write only to people who have pressed its Start: the others "
            "are refused once, and sleep until they come."
        )
