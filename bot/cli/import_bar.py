"""A bar for a long import, on a terminal; elsewhere the log says how far it is."""

from __future__ import annotations

import contextlib
import logging
import sys
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from rich.console import Console

PATIENCE = 1.0
"""Seconds for which nobody asks: a start without news shows nothing."""

Tell = Callable[[int, int | None], None]


@contextlib.contextmanager
def import_bar(
    *, stream: TextIO | None = None, seconds_now: Callable[[], float] = time.monotonic
) -> Iterator[Tell | None]:
    """Give what is to be told of files looked at, and of all there are; None without a terminal.

    The bar goes to stderr and is erased at the end; what is logged meanwhile stands above it.
    """
    out = stream or sys.stderr
    if not out.isatty():
        yield None
        return
    bar = _Bar(out, seconds_now)
    try:
        yield bar.tell
    finally:
        bar.close()


class _Bar:
    def __init__(self, stream: TextIO, seconds_now: Callable[[], float]) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

        self._console = Console(file=stream)
        self._stream = stream
        self._redirected: list[logging.StreamHandler[Any]] = []
        self._progress = Progress(
            "Taking up articles",
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=self._console,
            transient=True,
        )
        self._task = self._progress.add_task("", total=None)
        self._now = seconds_now
        self._show_at = seconds_now() + PATIENCE

    def tell(self, done: int, total: int | None) -> None:
        """Show how far it is, once it has taken longer than anybody likes to wait."""
        if self._now() < self._show_at:
            return
        if not self._redirected:
            self._redirect_log()
        self._progress.start()
        # Files may appear meanwhile; more than all would look like a mistake.
        known = None if total is None else max(done, total)
        self._progress.update(self._task, completed=done, total=known)

    def close(self) -> None:
        """Erase it."""
        self._progress.stop()
        for handler in self._redirected:
            handler.setStream(self._stream)

    def _redirect_log(self) -> None:
        """Have the log written above the bar: both would stand on one line."""
        for handler in logging.getLogger().handlers:
            if isinstance(handler, logging.StreamHandler) and handler.stream is self._stream:
                handler.setStream(_Above(self._console))
                self._redirected.append(handler)


class _Above:
    """What a log handler needs of a stream; its lines are never broken or coloured."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def write(self, text: str) -> None:
        self._console.print(
            text, end="", soft_wrap=True, markup=False, highlight=False, emoji=False
        )

    def flush(self) -> None:
        """Everything is written at once."""
