"""Ctrl-C and SIGTERM: the first ends things in order, the second ends them now."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable
from typing import NoReturn

import typer

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


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
            self._loop.remove_signal_handler(number)
        signal.signal(signal.SIGINT, _now)  # from here on Ctrl-C ends it wherever it is
        self._loop.add_signal_handler(signal.SIGTERM, self._task.cancel)
        if self._stop is None:
            self._has_cancelled = True
            self._task.cancel()
            return
        what = self._under_way()
        first = f"Ending when {what}" if what else "Ending"
        typer.echo(f"{first}; a second Ctrl-C ends at once.", err=True)
        self._stop()


def _now(*_: object) -> NoReturn:
    """End at once; what is torn down by it has nothing to tell that anybody could use."""
    logging.disable(logging.CRITICAL)
    raise KeyboardInterrupt
