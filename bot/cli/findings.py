"""Problems in files as a person reads them: grouped by file, with colours on a terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

import typer

from bot.domain.problem import Problem

_JOINERS = "\u200c\u200d"
"""Invisible, and part of words in several scripts."""


def may_colour() -> bool:
    """Whether stdout shows colours, and nobody asked for none (no-color.org)."""
    is_plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return sys.stdout.isatty() and not is_plain


def in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Sort by path and place, each problem once; what has no line comes first in its file."""
    return tuple(
        sorted(
            set(problems),
            key=lambda one: (
                one.path,
                one.line or 0,
                one.column or 0,
                one.key or "",
                one.problem,
                one.mend,
            ),
        )
    )


def lines_of(problems: Sequence[Problem], warnings: Sequence[Problem]) -> Iterator[str]:
    """Write problems and warnings, file by file. Colours may be stripped."""
    weak = set(warnings)
    for path, found in groupby(in_order([*problems, *warnings]), key=lambda one: one.path):
        yield typer.style(printable(path), bold=True)
        for problem in found:
            yield from _lines(problem, is_warning=problem in weak)
        yield ""


def summary(files: int, problems: Sequence[Problem], warnings: Sequence[Problem]) -> str:
    """Count everything in one line."""
    parts = ["no problems"]
    colour = typer.colors.GREEN
    if problems:
        places = len({problem.path for problem in problems})
        parts = [f"{_count(len(problems), 'problem')} in {_count(places, 'file')}"]
        colour = typer.colors.RED
        unusable = len({problem.path for problem in problems if problem.is_fatal})
        if unusable:
            parts.append(f"{_count(unusable, 'file')} cannot be used")
    if warnings:
        parts.append(_count(len(warnings), "warning"))
    return f"{_count(files, 'file')} checked: {typer.style(', '.join(parts), fg=colour)}"


def printable(text: str) -> str:
    """Make every control character of a stranger's file name visible and harmless."""
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() or one in _JOINERS else "\ufffd" for one in text)


def _lines(problem: Problem, *, is_warning: bool) -> Iterator[str]:
    place = ""
    if problem.line is not None:
        place = str(problem.line)
        place += f":{problem.column}" if problem.column is not None else ""
        place += "  "
    key = f"{printable(problem.key)}: " if problem.key else ""
    kind = "warning: " if is_warning else ""
    colour = typer.colors.RED if problem.is_fatal else typer.colors.YELLOW
    told = typer.style(kind + key, fg=typer.colors.CYAN if is_warning else colour)
    yield f"  {place}{told}{printable(problem.problem)}"
    yield f"      {typer.style('mend:', fg=typer.colors.GREEN)} {printable(problem.mend)}"


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"
