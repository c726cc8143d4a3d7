"""One file of a library, read whole and while it holds still."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from bot.content.fences import MAX_FILE_SIZE, too_large
from bot.content.findings import Unusable
from bot.content.header import read
from bot.domain.article import Article
from bot.domain.facts import Facts, article_from
from bot.domain.problem import Problem
from bot.domain.quick import quick

_ATTEMPTS = 3
_RACY = 2_000_000_000
"""Nanoseconds; no common file system stamps more coarsely than 2 s (FAT)."""
# A pipe in the place of a file would block us until somebody writes.
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


class Stamp(NamedTuple):
    """What changes when a file is rewritten; inode 0 is no inode, so it equals no real stamp."""

    mtime_ns: int
    size: int
    inode: int


NO_STAMP = Stamp(mtime_ns=0, size=0, inode=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadFile:
    """A file that was read. `facts` is None when a problem is fatal: the last good ones stay.

    `lines` gives the line of each outermost key.
    """

    path: str
    stamp: Stamp
    facts: Facts | None
    problems: tuple[Problem, ...] = ()
    lines: Mapping[str, int] = field(default_factory=dict)

    @property
    def article(self) -> Article | None:
        """Make the article of the facts."""
        return None if self.facts is None else article_from(self.facts)


_make_read = quick(ReadFile)


def read_one(
    location: str, path: str, now: Callable[[], int], met: Stamp = NO_STAMP
) -> ReadFile | None:
    """Read the file at `location`, which is called `path`; None when it vanished.

    `met` is its stamp a moment ago, if that is known.
    """
    try:
        data, stamp = _steady_bytes(location, now, met)
    except FileNotFoundError:
        return None
    except Unusable as trouble:
        problems = (trouble.as_problem(path),)
        return ReadFile(path=path, stamp=_stamp_at(location), facts=None, problems=problems)
    except OSError as error:
        # Rights change without a new stamp, so this one must not be trusted.
        problem = Problem(
            path=path,
            problem=f"the file cannot be read: {error.strerror}",
            mend="look at its rights and at the disk",
        )
        return ReadFile(path=path, stamp=NO_STAMP, facts=None, problems=(problem,))
    parsed = read(path, data)
    return _make_read(
        path=path,
        stamp=stamp,
        facts=parsed.facts,
        problems=parsed.problems,
        lines=parsed.lines,
    )


def stamp_of(stat: os.stat_result) -> Stamp:
    """Give the stamp of what was looked up."""
    return Stamp(stat.st_mtime_ns, stat.st_size, stat.st_ino)


def _steady_bytes(location: str, now: Callable[[], int], met: Stamp) -> tuple[bytes, Stamp]:
    """Read until the file did not change meanwhile; raises Unusable for one that is too large.

    A file that never holds still is given as it was last, with a stamp that is not trusted.
    """
    data = b""
    after = NO_STAMP
    for attempt in range(_ATTEMPTS):
        descriptor = os.open(location, _FLAGS)
        try:
            is_met = not attempt and met.inode and met.size <= MAX_FILE_SIZE
            before = met if is_met else stamp_of(os.fstat(descriptor))
            if before.size > MAX_FILE_SIZE:
                raise too_large()
            data = _bytes(descriptor, before.size)
            after = stamp_of(os.fstat(descriptor))
        finally:
            os.close(descriptor)
        if before == after and len(data) == after.size:
            break
    else:
        return data, _untrusted(after)
    # As in git's index: who writes twice within one tick of the clock leaves one stamp.
    is_racy = abs(now() - after.mtime_ns) <= _RACY
    return data, _untrusted(after) if is_racy else after


def _bytes(descriptor: int, size: int) -> bytes:
    """Read to the end: one call more than the size needs, for a file that just grew."""
    data = os.read(descriptor, size + 1)
    if len(data) == size:
        return data
    parts = [data]
    total = len(data)
    while data and total <= MAX_FILE_SIZE:
        data = os.read(descriptor, MAX_FILE_SIZE + 1 - total)
        total += len(data)
        parts.append(data)
    return b"".join(parts)


def _untrusted(stamp: Stamp) -> Stamp:
    return stamp._replace(inode=0)


def _stamp_at(location: str) -> Stamp:
    try:
        return stamp_of(os.stat(location))  # noqa: PTH116 - a string here, and a million of them
    except OSError:
        return NO_STAMP
