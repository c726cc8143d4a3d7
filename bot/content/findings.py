"""What is wrong in a file while it is read. The texts never quote the file: it may hold secrets."""

from __future__ import annotations

from collections.abc import Callable

from bot.domain.problem import Problem
from bot.errors import ContentError

Key = tuple[str | int, ...]
"""The way to a value: names of mappings and places in lists."""

Place = tuple[int | None, int | None]
"""Line and column, both from 1; None where unknown."""


def dotted(key: Key) -> str:
    """Write a way to a value as people read it: `images[1].width`."""
    text = ""
    for step in key:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            text += f".{step}" if text else step
    return text


class Unusable(ContentError):
    """The whole file cannot be used; becomes a fatal problem at the door of this room."""

    def __init__(
        self, problem: str, mend: str, *, place: Place = (None, None), key: str | None = None
    ) -> None:
        self.problem = problem
        self.mend = mend
        self.place = place
        self.key = key
        super().__init__(problem)

    def as_problem(self, path: str) -> Problem:
        """Give the fatal problem of the file at `path`."""
        line, column = self.place
        return Problem(
            path=path,
            line=line,
            column=column,
            key=self.key,
            problem=self.problem,
            mend=self.mend,
        )


class Findings:
    """Collects the problems of one file that cost no more than a value.

    `place_of` is asked only when something is wrong: most files are right, and finding a line
    costs a walk through the file's values.
    """

    def __init__(self, path: str, place_of: Callable[[Key], Place]) -> None:
        self._path = path
        self._place_of = place_of
        self._problems: list[Problem] = []

    def add(self, key: Key, problem: str, mend: str) -> None:
        """Note what is wrong with the value at `key`."""
        self.add_at(self._place_of(key), key, problem, mend)

    def add_at(self, place: Place, key: Key, problem: str, mend: str) -> None:
        """Note what is wrong at a place that is known already."""
        self._problems.append(
            Problem(
                path=self._path,
                line=place[0],
                column=place[1],
                key=dotted(key) or None,
                problem=problem,
                mend=mend,
                is_fatal=False,
            )
        )

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Everything noted so far, in the order of the file as far as lines are known."""
        return tuple(sorted(self._problems, key=lambda found: found.line or 0))
