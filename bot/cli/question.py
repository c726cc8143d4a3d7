"""Asks whoever sits at the terminal, and stays able to hear Ctrl-C meanwhile."""

from __future__ import annotations

import asyncio
import sys
from typing import TextIO

import typer

_YES, _NO = frozenset({"y", "yes"}), frozenset({"n", "no", ""})


async def agreed(question: str, *, stream: TextIO | None = None) -> bool:
    """Ask a question with the usual answer no; the end of the input (Ctrl-D) is a no, too.

    A call that waits for the keyboard would block the event loop, which is what hears a Ctrl-C.
    So the terminal is watched: it has something to read when a whole line was typed.
    """
    stream = stream or sys.stdin
    while True:
        typer.echo(f"{question} [y/N]: ", nl=False)
        line = await _line(stream)
        if not line:
            typer.echo()
            return False
        answer = line.strip().casefold()
        if answer in _YES or answer in _NO:
            return answer in _YES
        typer.echo("Please answer y or n.")


async def _line(stream: TextIO) -> str:
    loop = asyncio.get_running_loop()
    typed = asyncio.Event()
    loop.add_reader(stream, typed.set)
    try:
        await typed.wait()
    finally:
        loop.remove_reader(stream)
    return stream.readline()
