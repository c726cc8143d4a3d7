"""The folders of article files: what is new, changed or gone since last time."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bot.content.fences import MAX_FILE_SIZE, too_large
from bot.content.findings import Unusable
from bot.content.header import read
from bot.domain.article import Article
from bot.domain.problem import Problem
from bot.errors import ContentError

SUFFIXES = (".md", ".markdown")
TOPICS_FOLDER = "_topics"
"""Directly below a library's folder: one file per topic, no articles."""

_READ_ATTEMPTS = 3
_RACY = 2_000_000_000
"""Nanoseconds; no common file system stamps more coarsely than 2 s (FAT)."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """What changes when a file is rewritten; inode 0 is no inode, so it equals no real stamp."""

    mtime_ns: int
    size: int
    inode: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A file that the walk met: its path in the library, its place on disk, its stamp."""

    path: str
    location: str
    stamp: Stamp


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """All article files, folder by folder in order of names, and what was passed over.

    `unreadable` holds the beginnings of paths below which nothing could be seen.
    """

    files: tuple[Found, ...]
    problems: tuple[Problem, ...] = ()
    hidden_count: int = 0
    unreadable: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadFile:
    """A file that was read. `article` is None when a problem is fatal: the last good one stays.

    `lines` gives the line of each outermost key.
    """

    path: str
    stamp: Stamp
    article: Article | None
    problems: tuple[Problem, ...] = ()
    lines: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """What differs from what was known: files to take over, and paths that are gone."""

    read: tuple[ReadFile, ...] = ()
    gone: tuple[str, ...] = ()
    unchanged: int = 0
    problems: tuple[Problem, ...] = ()


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
        walker = _Walker()
        for name, folder in sorted(self._folders):
            walker.walk(folder, f"{name}/" if name else "")
        return walker.result()

    def scan(self, known: Mapping[str, Stamp]) -> Scan:
        """Read the files whose stamps differ from `known`.

        Raises ContentError for a folder that cannot be read. Below a subfolder that cannot be
        read nothing counts as gone.
        """
        walk = self.walk()
        unchanged = 0
        changed: list[ReadFile] = []
        seen: set[str] = set()
        for found in walk.files:
            if known.get(found.path) == found.stamp:
                seen.add(found.path)
                unchanged += 1
                continue
            fresh = self._read(found)
            if fresh is not None:
                seen.add(found.path)
                changed.append(fresh)
        gone = sorted(path for path in known.keys() - seen if not path.startswith(walk.unreadable))
        return Scan(
            read=tuple(changed), gone=tuple(gone), unchanged=unchanged, problems=walk.problems
        )

    def _read(self, found: Found) -> ReadFile | None:
        return _read(found.location, found.path, self._now)


def read_all(folders: Sequence[Path]) -> tuple[ReadFile, ...]:
    """Read every article file, in order; what was passed over stands behind, without an article."""
    scan = Library(folders).scan({})
    passed_over = (
        ReadFile(path=problem.path, stamp=_NO_STAMP, article=None, problems=(problem,))
        for problem in scan.problems
    )
    return (*scan.read, *passed_over)


def read_file(path: Path, *, name: str | None = None) -> ReadFile:
    """Read one file, called `name` in problems; raises ContentError when there is none."""
    found = _read(str(path), name or path.as_posix(), time.time_ns) if path.exists() else None
    if found is None:
        raise ContentError(f"there is no file {path}")
    return found


class _Walker:
    """One walk; keeps what it met."""

    def __init__(self) -> None:
        self._files: list[Found] = []
        self._problems: list[Problem] = []
        self._unreadable: list[str] = []
        self._hidden_count = 0
        self._root = ""

    def result(self) -> Walk:
        """Give what was met so far."""
        return Walk(
            files=tuple(self._files),
            problems=tuple(self._problems),
            hidden_count=self._hidden_count,
            unreadable=tuple(self._unreadable),
        )

    def walk(self, folder: Path, prefix: str) -> None:
        """Go through one folder of the library."""
        self._root = os.path.realpath(folder)
        try:
            entries = _entries(str(folder))
        except FileNotFoundError:
            raise ContentError(f"there is no folder {folder}") from None
        except NotADirectoryError:
            raise ContentError(f"{folder} is a file, not a folder") from None
        except OSError as error:
            raise ContentError(f"the folder {folder} cannot be read: {error.strerror}") from error
        # A stack and no recursion: folders may be nested deeper than Python calls.
        waiting = [iter(self._visible(entries, prefix))]
        while waiting:
            for entry, path in waiting[-1]:
                if self._is_folder(entry, path):
                    if path != f"{prefix}{TOPICS_FOLDER}":
                        waiting.append(self._below(entry, path))
                        break
                elif entry.name.endswith(SUFFIXES):
                    self._take(entry, path)
            else:
                waiting.pop()

    def _below(self, entry: os.DirEntry[str], path: str) -> Iterator[tuple[os.DirEntry[str], str]]:
        try:
            return iter(self._visible(_entries(entry.path), f"{path}/"))
        except FileNotFoundError:
            return iter(())
        except OSError as error:
            self._unreadable.append(f"{path}/")
            self._pass_over(
                path, f"the folder cannot be read: {error.strerror}", "give us the right to read it"
            )
            return iter(())

    def _visible(
        self, entries: list[os.DirEntry[str]], prefix: str
    ) -> list[tuple[os.DirEntry[str], str]]:
        shown: list[tuple[os.DirEntry[str], str]] = []
        for entry in entries:
            if entry.name.startswith("."):
                self._hidden_count += 1
            elif not _is_text(entry.name):
                name = os.fsencode(entry.name).decode("utf-8", "replace")
                self._pass_over(prefix + name, "the name of the file is not UTF-8", "rename it")
            else:
                shown.append((entry, prefix + entry.name))
        return shown

    def _is_folder(self, entry: os.DirEntry[str], path: str) -> bool:
        """Tell whether to go into it; links to folders are not followed."""
        try:
            if entry.is_symlink() and entry.is_dir():
                self._pass_over(
                    path,
                    "a link to a folder is not followed",
                    "name the folder itself in ARTICLES_DIR, if it holds articles",
                )
                return False
            return entry.is_dir(follow_symlinks=False)
        except OSError:
            return False

    def _take(self, entry: os.DirEntry[str], path: str) -> None:
        try:
            if entry.is_symlink() and not self._may_follow(entry, path):
                return
            if entry.is_file():
                stat = entry.stat()
                self._files.append(Found(path=path, location=entry.path, stamp=_stamp(stat)))
        except FileNotFoundError:
            if entry.is_symlink():
                self._pass_over(path, "the link leads nowhere", "remove or renew it")
        except OSError as error:
            self._unreadable.append(path)
            self._pass_over(
                path, f"the file cannot be read: {error.strerror}", "look at its rights"
            )

    def _may_follow(self, entry: os.DirEntry[str], path: str) -> bool:
        """Tell whether a link stays in the folder, as those of a mounted ConfigMap do."""
        if not entry.is_file():
            self._pass_over(path, "the link leads to no file", "remove or renew it")
            return False
        target = os.path.realpath(entry.path)
        if os.path.commonpath((self._root, target)) == self._root:
            return True
        self._pass_over(
            path, "the link leads out of the folder and was not followed", "copy the file here"
        )
        return False

    def _pass_over(self, path: str, problem: str, mend: str) -> None:
        self._problems.append(Problem(path=path, problem=problem, mend=mend, is_fatal=False))


_NO_STAMP = Stamp(mtime_ns=0, size=0, inode=0)


def _read(location: str, path: str, now: Callable[[], int]) -> ReadFile | None:
    """Read a file as a whole; None when it vanished."""
    try:
        data, stamp = _steady_bytes(location, now)
        parsed = read(path, data)
    except FileNotFoundError:
        return None
    except Unusable as trouble:
        stat = _stat_or_none(location)
        stamp = _stamp(stat) if stat else _NO_STAMP
        return ReadFile(path=path, stamp=stamp, article=None, problems=(trouble.as_problem(path),))
    except OSError as error:
        # Rights change without a new stamp, so this one must not be trusted.
        problem = Problem(
            path=path,
            problem=f"the file cannot be read: {error.strerror}",
            mend="look at its rights and at the disk",
        )
        return ReadFile(path=path, stamp=_NO_STAMP, article=None, problems=(problem,))
    return ReadFile(
        path=path,
        stamp=stamp,
        article=parsed.article,
        problems=parsed.problems,
        lines=parsed.lines,
    )


def _steady_bytes(location: str, now: Callable[[], int]) -> tuple[bytes, Stamp]:
    """Read until the file did not change meanwhile; raises Unusable for one that is too large.

    A file that never holds still is given as it was last, with a stamp that is not trusted.
    """
    data = b""
    after = _NO_STAMP
    for _ in range(_READ_ATTEMPTS):
        with open(location, "rb", opener=_open) as file:
            before = _stamp(os.fstat(file.fileno()))
            if before.size > MAX_FILE_SIZE:
                raise too_large()
            data = file.read(MAX_FILE_SIZE + 1)
            after = _stamp(os.fstat(file.fileno()))
        if before == after and len(data) == after.size:
            break
    else:
        return data, _untrusted(after)
    # As in git's index: who writes twice within one tick of the clock leaves one stamp.
    is_racy = abs(now() - after.mtime_ns) <= _RACY
    return data, _untrusted(after) if is_racy else after


def _open(location: str, flags: int) -> int:
    # A pipe in the place of a file would block us until somebody writes.
    return os.open(location, flags | getattr(os, "O_NONBLOCK", 0))


def _stamp(stat: os.stat_result) -> Stamp:
    return Stamp(mtime_ns=stat.st_mtime_ns, size=stat.st_size, inode=stat.st_ino)


def _untrusted(stamp: Stamp) -> Stamp:
    return Stamp(mtime_ns=stamp.mtime_ns, size=stamp.size, inode=0)


def _stat_or_none(location: str) -> os.stat_result | None:
    try:
        return os.stat(location)  # noqa: PTH116 - a string here, and half a million of them
    except OSError:
        return None


def _entries(folder: str) -> list[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        return sorted(entries, key=lambda entry: entry.name)


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _unique_names(folders: tuple[Path, ...]) -> tuple[str, ...]:
    names: list[str] = []
    for folder in folders:
        name = folder.resolve().name or "root"
        count = 1 + sum(
            other.resolve().name == folder.resolve().name for other in folders[: len(names)]
        )
        names.append(name if count == 1 else f"{name}-{count}")
    return tuple(names)
