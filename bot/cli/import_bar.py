"""A bar for a long import, on a terminal; elsewhere the log says how far it is."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterator
from typing import TextIO

PATIENCE = 1.0
"""Seconds for which nobody asks: a start without news shows nothing."""

Tell = Callable[[int, int | None], None]


@contextlib.contextmanager
def import_bar(
    *, stream: TextIO | None = None, seconds_now: Callable[[], float] = time.monotonic
) -> Iterator[Tell | None]:
    """Give what is to be told of files looked at, and of all there are; None without a terminal.

    The bar goes to stderr and is erased at the end.
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

        self._progress = Progress(
            "Taking up articles",
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=Console(file=stream),
            transient=True,
        )
        self._task = self._progress.add_task("", total=None)
        self._now = seconds_now
        self._show_at = seconds_now() + PATIENCE

    def tell(self, done: int, total: int | None) -> None:
        """Show how far it is, once it has taken longer than anybody likes to wait."""
        if self._now() < self._show_at:
            return
        self._progress.start()
        # Files may appear meanwhile; more than all would look like a mistake.
        known = None if total is None else max(done, total)
        self._progress.update(self._task, completed=done, total=known)

    def close(self) -> None:
        """Erase it."""
        self._progress.stop()
