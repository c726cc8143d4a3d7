"""The folders of article files: what is new, changed or gone since last time."""

from __future__ import annotations

import contextlib
import os
import stat
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from bot.content.files import NO_STAMP, ReadFile, Stamp, read_one
from bot.content.walker import SUFFIXES, TOPICS_FOLDER, Found, Known, Settled, Walk, Walker, is_text
from bot.domain.problem import Problem
from bot.errors import ContentError

__all__ = [
    "BATCH",
    "SUFFIXES",
    "TOPICS_FOLDER",
    "Found",
    "Library",
    "ReadFile",
    "Scan",
    "Settled",
    "Stamp",
    "Walk",
    "read_all",
    "read_file",
]

BATCH = 2_000
"""Files that are read at a time: about twenty megabytes of values, a third of a second."""

AT_HAND = 200
"""Files whose values fit into a processor's caches, about two megabytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """What differs from what was known: files to take over, and paths that are gone."""

    read: tuple[ReadFile, ...] = ()
    gone: tuple[str, ...] = ()
    unchanged: int = 0
    problems: tuple[Problem, ...] = ()
    hidden_count: int = 0
    digests: Mapping[str, str] = field(default_factory=dict)
    """With the last part: what the next look may be told once all parts are taken up."""


class Library:
    """One or several folders of article files.

    Paths are relative to the folder; with several folders they begin with the folder's name,
    and the second folder of a name gets `-2` behind it. `filesystem_now` tells nanoseconds since
    1970 as the clock that stamps files does.
    """

    def __init__(
        self, folders: Sequence[Path], *, filesystem_now: Callable[[], int] = time.time_ns
    ) -> None:
        self._now = filesystem_now
        whole = tuple(dict.fromkeys(Path(folder).absolute() for folder in folders))
        names = _unique_names(whole) if len(whole) > 1 else ("",)
        self._folders = tuple(zip(names, whole, strict=False))

    def locate(self, path: str) -> tuple[Path, Path] | None:
        """Give the library's folder that a path belongs to and the file's place on disk.

        None when it belongs to none, as after a folder was taken out of the settings.
        """
        for name, folder in self._folders:
            if not name:
                return folder, folder / path
            if path.startswith(f"{name}/"):
                return folder, folder / path.removeprefix(f"{name}/")
        return None

    def walk(self) -> Walk:
        """List the article files; raises ContentError for a folder that cannot be read."""
        walker = Walker()
        files = tuple(self._found(walker))
        return Walk(
            files=files,
            problems=tuple(walker.problems),
            hidden_count=walker.hidden_count,
            unreadable=tuple(walker.unreadable),
        )

    def scan(self, known: Mapping[str, tuple[int, int, int]]) -> Scan:
        """Read the files whose stamps differ from `known`.

        Raises ContentError for a folder that cannot be read. Below a subfolder that cannot be
        read nothing counts as gone.
        """
        ordered = sorted((path, *stamp[:2], str(stamp[2])) for path, stamp in known.items())
        parts = list(self.batches(ordered))
        return replace(
            parts[-1],
            read=tuple(file for part in parts for file in part.read),
            gone=tuple(sorted(path for part in parts for path in part.gone)),
        )

    def batches(
        self,
        known: Iterable[Known],
        settled: Settled | None = None,
        at_hand: Callable[[Sequence[ReadFile]], None] | None = None,
    ) -> Iterator[Scan]:
        """Give what `scan` does in parts of BATCH files, and the problems with the last part.

        `known` gives paths with their stamps in the order of paths (of code points, as bytes of
        UTF-8 have it). Neither they nor values are kept, so that memory stays flat. `settled` tells
        which large folders need not be compared file by file. `at_hand` is told of all that is
        read, AT_HAND files at a time, while the processor still has them in its caches: what is
        made of them then takes two thirds of the time that it takes after a whole batch.
        """
        walker = Walker(known, settled)
        batch: list[ReadFile] = []
        told = 0
        for found in self._found(walker):
            fresh = read_one(found.location, found.path, self._now, found.stamp)
            if fresh is None or fresh.stamp != found.stamp:
                walker.disturb(found.path)
            if fresh is not None:
                batch.append(fresh)
            elif found.is_known:
                walker.gone.append(found.path)
            is_full = len(batch) + len(walker.gone) >= BATCH
            if at_hand is not None and (is_full or len(batch) - told >= AT_HAND):
                at_hand(batch[told:])
                told = len(batch)
            if is_full:
                yield Scan(read=tuple(batch), gone=tuple(walker.gone), unchanged=walker.unchanged)
                batch, told = [], 0
                walker.gone.clear()
        while walker.finish(BATCH):
            yield Scan(gone=tuple(walker.gone), unchanged=walker.unchanged)
            walker.gone.clear()
        if at_hand is not None and batch[told:]:
            at_hand(batch[told:])
        yield Scan(
            read=tuple(batch),
            gone=tuple(walker.gone),
            unchanged=walker.unchanged,
            problems=tuple(walker.problems),
            hidden_count=walker.hidden_count,
            digests=walker.digests,
        )

    def count(self) -> int:
        """Tell about how many files a walk will give, in a tenth of its time."""
        total = 0
        waiting = [str(folder) for _, folder in self._folders]
        while waiting:
            with contextlib.suppress(OSError), os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    if entry.name.endswith(SUFFIXES):
                        total += 1
                    elif not entry.name.startswith(".") and entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
        return total

    def look(self, locations: Iterable[str]) -> Scan | None:
        """Read the named files anew, and tell which are gone; None when only a walk can tell.

        That is so for folders, for links, and when a library's folder itself has vanished.
        Hidden files, other kinds of files and what lies outside is left alone.
        """
        read: list[ReadFile] = []
        gone: list[str] = []
        for location in sorted(set(locations)):
            if os.path.basename(location) == _CONFIG_MAP:  # noqa: PTH119 - as for a walk
                return None
            for folder, path in self._places(location):
                kind = _kind(folder, location)
                if kind == _UNCLEAR:
                    return None
                if kind == _OTHER:
                    continue
                fresh = read_one(location, path, self._now) if kind == _FILE else None
                if fresh is not None:
                    read.append(fresh)
                else:
                    gone.append(path)
        return Scan(read=tuple(read), gone=tuple(gone))

    def _found(self, walker: Walker) -> Iterator[Found]:
        prefixes = ((f"{name}/" if name else "", folder) for name, folder in self._folders)
        for prefix, folder in sorted(prefixes):
            yield from walker.files(folder, prefix)

    def _places(self, location: str) -> Iterator[tuple[Path, str]]:
        """Give each library folder that a place on disk is an article's of, and the path in it."""
        for name, folder in self._folders:
            start = os.path.join(folder, "")  # noqa: PTH118 - ends in exactly one slash
            if not location.startswith(start):
                continue
            below = location[len(start) :].replace(os.sep, "/")
            parts = below.split("/")
            is_hidden = any(part.startswith(".") for part in parts)
            if not is_hidden and parts[0] != TOPICS_FOLDER and is_text(below):
                yield folder, f"{name}/{below}" if name else below


def read_all(folders: Sequence[Path]) -> tuple[ReadFile, ...]:
    """Read every article file, in order; what was passed over stands behind, without an article."""
    scan = Library(folders).scan({})
    passed_over = (
        ReadFile(path=problem.path, stamp=NO_STAMP, facts=None, problems=(problem,))
        for problem in scan.problems
    )
    return (*scan.read, *passed_over)


def read_file(path: Path, *, name: str | None = None) -> ReadFile:
    """Read one file, called `name` in problems; raises ContentError when there is none."""
    found = read_one(str(path), name or path.as_posix(), time.time_ns) if path.exists() else None
    if found is None:
        raise ContentError(f"there is no file {path}")
    return found


_FILE, _GONE, _OTHER, _UNCLEAR = range(4)
_CONFIG_MAP = "..data"
"""The link that a mounted ConfigMap is exchanged by, as a whole."""


def _kind(folder: Path, location: str) -> int:
    """Tell what a changed place is, as far as a look at it alone can tell."""
    try:
        mode = os.lstat(location).st_mode
    except OSError:
        mode = 0
    if not location.endswith(SUFFIXES):
        if mode:
            return _UNCLEAR if stat.S_ISDIR(mode) else _OTHER
        # What has vanished may have been a folder; a name such as `a.png` says that it was none.
        ending = location.rpartition("/")[2].rpartition(".")[2]
        return _OTHER if ending.isalpha() and "." in location.rpartition("/")[2] else _UNCLEAR
    if not folder.is_dir() or stat.S_ISLNK(mode) or stat.S_ISDIR(mode):
        return _UNCLEAR
    if not mode:
        return _GONE
    below = os.path.relpath(location, folder)
    if os.path.realpath(location) != os.path.join(os.path.realpath(folder), below):  # noqa: PTH118
        return _OTHER  # behind a link to a folder, which is not followed
    return _FILE if stat.S_ISREG(mode) else _GONE


def _unique_names(folders: tuple[Path, ...]) -> tuple[str, ...]:
    names: list[str] = []
    for folder in folders:
        name = folder.resolve().name or "root"
        count = 1 + sum(
            other.resolve().name == folder.resolve().name for other in folders[: len(names)]
        )
        names.append(name if count == 1 else f"{name}-{count}")
    return tuple(names)
