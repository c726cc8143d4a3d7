"""How far a long command is, on a terminal; elsewhere nothing."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from typing import TextIO, TypeVar

PATIENCE = 1.0
"""Seconds for which nobody asks."""
_PAUSE = 0.1
EVERY = 16
"""Things between two looks at the clock: a file takes no longer than the look."""
_ERASE = "\r\x1b[K"

_Item = TypeVar("_Item")


class Progress:
    """One line that counts, written over itself and erased at the end.

    It goes to stderr, so that stdout may be piped or hold JSON. A total of 0 is not known.
    """

    def __init__(
        self,
        total: int,
        *,
        what: str = "files",
        every: int = EVERY,
        stream: TextIO | None = None,
        seconds_now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._total = total
        self._what = what
        self._every = every
        self._stream = stream or sys.stderr
        self._now = seconds_now
        self._is_seen = self._stream.isatty()
        self._next_at = seconds_now() + PATIENCE
        self._is_shown = False
        self._done = 0

    def count(self, items: Iterable[_Item]) -> Iterator[_Item]:
        """Give the items on, and count them."""
        for item in items:
            yield item
            self._done += 1
            if self._is_seen and self._done % self._every == 0 and self._now() >= self._next_at:
                self._show()

    def close(self) -> None:
        """Erase the line."""
        if self._is_shown:
            self._stream.write(_ERASE)
            self._stream.flush()
            self._is_shown = False

    def _show(self) -> None:
        done = f"{self._done:,} {self._what}"
        if self._total:
            share = self._done * 100 // self._total
            done = f"{self._done:,} of {self._total:,} {self._what}  {share} %"
        self._stream.write(f"{_ERASE}{done}")
        self._stream.flush()
        self._is_shown = True
        self._next_at = self._now() + _PAUSE
