"""Asks whoever sits at the terminal, and stays able to hear Ctrl-C meanwhile."""

from __future__ import annotations

import asyncio
import sys
from typing import TextIO

import typer

_YES, _NO = frozenset({"y", "yes"}), frozenset({"n", "no", ""})


async def answered(question: str, *, stream: TextIO | None = None) -> str:
    """Ask a question with the usual answer no, and give what was typed.

    The end of the input (Ctrl-D) is a no. A call that waits for the keyboard would block the event
    loop, which is what hears a Ctrl-C. So the terminal is watched: it has something to read when a
    whole line was typed.
    """
    typer.echo(f"{question} [y/N]: ", nl=False)
    line = await _line(stream or sys.stdin)
    if not line:
        typer.echo()
        return "n"
    return line.strip()


def meaning_of(answer: str) -> bool | None:
    """Tell whether an answer is a yes or a no; None: it is neither."""
    word = answer.casefold()
    return word in _YES if word in _YES or word in _NO else None


async def _line(stream: TextIO) -> str:
    loop = asyncio.get_running_loop()
    typed = asyncio.Event()
    loop.add_reader(stream, typed.set)
    try:
        await typed.wait()
    finally:
        loop.remove_reader(stream)
    return stream.readline()
