"""A problem in a file: where it is, what is wrong, and the mend."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Problem:
    """One finding. `line` and `column` count from 1; None means unknown, key None the whole file.

    `is_fatal`: the file cannot be used at all; otherwise only the named value was ignored.
    """

    path: str
    line: int | None = None
    column: int | None = None
    key: str | None = None
    problem: str
    mend: str
    is_fatal: bool = True

    def as_json(self) -> dict[str, str | int | None]:
        """Give the form that `gazette check --json` prints."""
        return {
            "path": self.path,
            "line": self.line,
            "column": self.column,
            "key": self.key,
            "problem": self.problem,
            "mend": self.mend,
        }
