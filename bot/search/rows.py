"""Rows: many matches in one row of SQLite's, and what is read from it.

Every row that crosses into Python may have to wait for another thread. Three long texts are read
by three calls, which takes a fifth of the time of reading lines.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from typing import NamedTuple

LISTED = "group_concat(score, ' '), group_concat(number, ' '), group_concat(hex(keys), ' ')"
"""What to select of rows with a score, a number and keys; NULL three times when there is none."""
KEY = 16
"""Letters of one key in hexadecimal."""


class Row(NamedTuple):
    """A match; rows are ordered by score, among equals by number.

    `keys` are those of its pages in hexadecimal, one after the other; the first stands for its
    story.
    """

    score: int
    number: int
    keys: str

    @property
    def story(self) -> str:
        """The key of its story."""
        return self.keys[:KEY]

    @property
    def pages(self) -> tuple[str, ...]:
        """The keys of all its pages, the story's first."""
        return tuple([self.keys[at : at + KEY] for at in range(0, len(self.keys), KEY)])


def best_of(listed: Sequence[str | None], most: int | None = None) -> list[Row]:
    """Read what LISTED gave, the best first; no more than `most`.

    Raises sqlite3.IntegrityError for what a sound index does not hold, such as a row without keys.
    """
    scores, numbers, keys = listed
    if scores is None:
        return []
    if numbers is None or keys is None:
        raise damaged()
    try:
        read = zip(map(int, scores.split()), map(int, numbers.split()), keys.split(), strict=True)
        return list(map(Row._make, sorted(read, reverse=True)[:most]))
    except ValueError:
        raise damaged() from None


def damaged() -> sqlite3.IntegrityError:
    """Give the error for what a sound index does not hold; it is taken for damage."""
    return sqlite3.IntegrityError("rows of the index are damaged")


def best_first(rows: Iterable[Row]) -> list[Row]:
    """Order rows: the highest score first, the newest among equals."""
    return sorted(rows, reverse=True)
