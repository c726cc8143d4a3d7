"""Ctrl-C and SIGTERM: the first ends things in order, the second ends them now."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable

import typer

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
STOPPED_AT_ONCE = "Stopped at once: what was being sent will be named as uncertain."


class Interrupts:
    """Listens from its making on; belongs to the running task.

    Until `hand_to` names somebody who can stop in order, the first signal cancels the task:
    nothing is being sent yet.
    """

    def __init__(self) -> None:
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("interrupts belong to a running task")
        self._task: asyncio.Task[object] = task
        self._stop: Callable[[], None] | None = None
        self._under_way: Callable[[], str] = str
        self._has_cancelled = False
        self._loop = asyncio.get_running_loop()
        for number in _SIGNALS:
            self._loop.add_signal_handler(number, self._first)

    def hand_to(self, stop: Callable[[], None], *, under_way: Callable[[], str] = str) -> None:
        """Let the first signal call `stop` from now on.

        `under_way` says in words what is waited for then; nothing for nothing.
        """
        self._stop = stop
        self._under_way = under_way

    def swallow(self) -> None:
        """Go on after the cancellation that a signal asked for; re-raise any other."""
        if not self._has_cancelled:
            raise asyncio.CancelledError
        self._task.uncancel()

    def _first(self) -> None:
        for number in _SIGNALS:
            self._loop.add_signal_handler(number, _now)
        if self._stop is None:
            self._has_cancelled = True
            self._task.cancel()
            return
        what = self._under_way()
        first = f"Ending when {what}" if what else "Ending"
        typer.echo(f"{first}; a second Ctrl-C ends at once.", err=True)
        self._stop()


def _now() -> None:
    """End as by a kill, which every part is built for: tearing down might wait for a call."""
    os.write(2, f"{STOPPED_AT_ONCE}\n".encode())
    os._exit(0)
