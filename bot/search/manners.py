"""Manners: whoever takes articles in lets people who ask go first.

Python runs one thread at a time, and a thread that computes hands over only every few
milliseconds. An answer crosses into SQLite and back dozens of times; beside a busy import it would
wait at each crossing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from threading import Condition
from time import monotonic
from typing import TypeVar

LONGEST_WAIT = 0.01
MOST_AT_ONCE = 64
"""Rows of a table between two looks at who asks: some tenths of a millisecond."""
SHORTEST_WORK = 0.0005
"""Seconds of work between two waits: people who ask without a pause must not stop the import."""

T = TypeVar("T")


class Manners:
    """Counts who asks, and holds up who works for so long; any thread may use it."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._asking = 0
        self._worked_from = 0.0

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Have others give way as long as the block lasts."""
        with self._changed:
            self._asking += 1
        try:
            yield
        finally:
            with self._changed:
                self._asking -= 1
                if not self._asking:
                    self._changed.notify_all()

    def give_way(self) -> None:
        """Wait a moment if somebody asks."""
        if not self._asking or monotonic() - self._worked_from < SHORTEST_WORK:
            return
        with self._changed:
            self._changed.wait_for(lambda: not self._asking, LONGEST_WAIT)
        self._worked_from = monotonic()

    def among(self, rows: Iterable[T]) -> Iterator[T]:
        """Give rows one by one, giving way between them."""
        for row in rows:
            self.give_way()
            yield row

    def in_parts(self, rows: Sequence[T]) -> Iterator[Sequence[T]]:
        """Give rows a few at a time, giving way between them."""
        for start in range(0, len(rows), MOST_AT_ONCE):
            self.give_way()
            yield rows[start : start + MOST_AT_ONCE]
