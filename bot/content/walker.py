"""The way through a library's folders: which files are articles, what is passed over."""

from __future__ import annotations

import hashlib
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple

import orjson

from bot.content.files import Stamp, stamp_of
from bot.domain.problem import Problem
from bot.errors import ContentError

SUFFIXES = (".md", ".markdown")
TOPICS_FOLDER = "_topics"
"""Directly below a library's folder: one file per topic, no articles."""


Known = tuple[str, int, int, str]
"""A path and its stamp: `mtime_ns`, size, and the inode in decimal."""

RUN = 200
"""Files of a folder whose stamps are compared at once."""
LARGE = 1_000
"""From so many files on a folder gets a digest: below, asking for its place would cost more."""
_END: Known = ("\U0010ffff" * 2, 0, 0, "0")


class Found(NamedTuple):
    """A file that the walk met: its path in the library, its place on disk, its stamp.

    `is_known`: the walk was told another stamp of it.
    """

    path: str
    location: str
    stamp: Stamp
    is_known: bool = False


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
class Settled:
    """Folders of which all files were known afterwards, for the next walk beside the same stamps.

    `digests` gives by the beginning of its paths what the names and stamps of a folder came to,
    `after` the known files behind a path: those of a folder with an equal digest are not asked for.
    """

    digests: Mapping[str, str]
    after: Callable[[str], Iterator[Known]]


class Walker:
    """One walk in the order of paths; keeps what it passed over.

    `known` gives paths and stamps in the same order. Files with an equal stamp are counted in
    `unchanged` and not given, known paths that are not met are collected in `gone`: both are
    walked through side by side, so that neither has to fit into memory. With `settled`, `digests`
    holds afterwards what the next walk may be told once all that was given or gone is taken up.
    """

    def __init__(self, known: Iterable[Known] = (), settled: Settled | None = None) -> None:
        self.problems: list[Problem] = []
        self.unreadable: list[str] = []
        self.gone: list[str] = []
        self.hidden_count = 0
        self.unchanged = 0
        self.digests: dict[str, str] = {}
        self._settled = settled
        self._disturbed: set[str] = set()
        self._known = iter(known)
        self._ahead: deque[Known] = deque()
        self._next = next(self._known, _END)
        self._root = ""
        self._topics = ""

    def files(self, folder: Path, prefix: str) -> Iterator[Found]:
        """Go through one folder of the library; raises ContentError when it cannot be read."""
        self._root = os.path.realpath(folder)
        self._topics = f"{prefix}{TOPICS_FOLDER}/"
        # A stack and no recursion: folders may be nested deeper than Python calls.
        is_settled = self._is_settled(str(folder), prefix)
        waiting = [(prefix, self._changed(() if is_settled else _outermost(folder), prefix))]
        while waiting:
            before, rest = waiting[-1]
            for entry in rest:
                found = self._other(entry, before + entry.name)
                if found is None:
                    continue
                if isinstance(found, str):
                    waiting.append((found, self._changed(self._below(entry, found), found)))
                    break
                yield found
            else:
                waiting.pop()

    def _changed(
        self, entries: Sequence[os.DirEntry[str]], before: str
    ) -> Iterator[os.DirEntry[str]]:
        """Give the entries of a folder without runs that are all known and unchanged.

        Nearly every file is both: a whole run is compared at once, which takes half the time.
        """
        ordered = _in_order(entries)
        may_settle = self._settled is not None and len(entries) >= LARGE
        for start in range(0, len(ordered), RUN):
            run = ordered[start : start + RUN]
            if before + run[0].name == self._next[0] and self._is_unchanged(run, before):
                continue
            may_settle = may_settle and all(map(_is_plain_file, run))
            yield from run
        if may_settle and before not in self._disturbed:
            with suppress(OSError):
                self.digests[before], _ = _digest(entries)

    def disturb(self, path: str) -> None:
        """Say that a file that was given will be known by another stamp, or not at all."""
        self._disturbed.add(path[: path.rfind("/") + 1])

    def _is_settled(self, folder: str, before: str) -> bool:
        """Pass over a folder that is as it was, and over what is known of it."""
        said = self._settled.digests.get(before) if self._settled else None
        if self._settled is None or said is None:
            return False
        try:
            with os.scandir(folder) as entries:
                digest, count = _digest(entries)
        except OSError:
            return False  # whoever looks closer says why
        if digest != said:
            return False
        while self._next[0] < before:
            self._lose()
        # No path is equal to the next beginning after this folder's: they end in a suffix.
        following = f"{before[:-1]}{chr(ord('/') + 1)}" if before else _END[0]
        self._known = self._settled.after(following)
        self._ahead.clear()
        self._advance()
        self.unchanged += count
        self.digests[before] = said
        return True

    def _is_unchanged(self, run: Sequence[os.DirEntry[str]], before: str) -> bool:
        try:
            stamps: list[Known] = [
                (before + entry.name, status.st_mtime_ns, status.st_size, str(status.st_ino))
                for entry in run
                for status in (entry.stat(follow_symlinks=False),)
            ]
        except OSError:
            return False
        known = [self._next, *self._taken(len(run) - 1)]
        if stamps != known:
            self._next = known[0]
            self._ahead.extendleft(reversed(known[1:]))
            return False
        self.unchanged += len(run)
        self._advance()
        return True

    def _taken(self, count: int) -> list[Known]:
        """Take the next known ones, fewer at the end."""
        ahead = [self._ahead.popleft() for _ in range(min(count, len(self._ahead)))]
        return [*ahead, *islice(self._known, count - len(ahead))]

    def _advance(self) -> None:
        self._next = self._ahead.popleft() if self._ahead else next(self._known, _END)

    def finish(self, most: int) -> bool:
        """Say that no folder follows: what is still known has gone; True when `most` more have."""
        for _ in range(most):
            if self._next is _END:
                return False
            self._lose()
        return True

    def _other(self, entry: os.DirEntry[str], path: str) -> Found | str | None:
        """Give a file, the beginning of a folder's paths, or None."""
        if path.isascii() and _is_plain_file(entry):  # as nearly all are
            with suppress(OSError):
                stamp = stamp_of(entry.stat(follow_symlinks=False))
                return self._compared(path, entry.path, stamp)
        if self._is_left_alone(entry, path):
            return None
        if _is_folder(entry):
            return f"{path}/" if f"{path}/" != self._topics else None
        if not entry.name.endswith(SUFFIXES):
            if _is_link_to_folder(entry):
                self._pass_over(
                    path,
                    "a link to a folder is not followed",
                    "name the folder itself in ARTICLES_DIR, if it holds articles",
                )
            return None
        return self._file(entry, path)

    def _compared(self, path: str, location: str, stamp: Stamp) -> Found | None:
        while self._next[0] < path:
            self._lose()
        if self._next[0] != path:
            return Found(path, location, stamp)
        _, mtime_ns, size, inode = self._next
        self._advance()
        if stamp == (mtime_ns, size, int(inode)):
            self.unchanged += 1
            return None
        return Found(path, location, stamp, is_known=True)

    def _lose(self) -> None:
        path = self._next[0]
        if not path.startswith(tuple(self.unreadable)):
            self.gone.append(path)
        self._advance()

    def _file(self, entry: os.DirEntry[str], path: str) -> Found | None:
        try:
            if entry.is_symlink() and not self._may_follow(entry, path):
                return None
            if not entry.is_file():
                return None
            stamp = stamp_of(entry.stat())
        except FileNotFoundError:
            if entry.is_symlink():
                self._pass_over(path, "the link leads nowhere", "remove or renew it")
            return None
        except OSError as error:
            self.unreadable.append(path)
            self._pass_over(
                path, f"the file cannot be read: {error.strerror}", "look at its rights"
            )
            return None
        return self._compared(path, entry.path, stamp)

    def _below(self, entry: os.DirEntry[str], path: str) -> Sequence[os.DirEntry[str]]:
        try:
            return () if self._is_settled(entry.path, path) else _entries(entry.path)
        except FileNotFoundError:
            return []
        except OSError as error:
            self.unreadable.append(path)
            self._pass_over(
                path.removesuffix("/"),
                f"the folder cannot be read: {error.strerror}",
                "give us the right to read it",
            )
            return []

    def _is_left_alone(self, entry: os.DirEntry[str], path: str) -> bool:
        """Tell whether its name says enough."""
        if entry.name.startswith("."):
            self.hidden_count += 1
            return True
        if is_text(path):
            return False
        name = os.fsencode(path).decode("utf-8", "replace")
        self._pass_over(name, "the name of the file is not UTF-8", "rename it")
        return True

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
        self.problems.append(Problem(path=path, problem=problem, mend=mend, is_fatal=False))


def _is_link_to_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_symlink() and entry.is_dir()
    except OSError:
        return False


def _outermost(folder: Path) -> list[os.DirEntry[str]]:
    try:
        return _entries(str(folder))
    except FileNotFoundError:
        raise ContentError(f"there is no folder {folder}") from None
    except NotADirectoryError:
        raise ContentError(f"{folder} is a file, not a folder") from None
    except OSError as error:
        raise ContentError(f"the folder {folder} cannot be read: {error.strerror}") from error


def _entries(folder: str) -> list[os.DirEntry[str]]:
    with os.scandir(folder) as found:
        return list(found)


def _in_order(entries: Sequence[os.DirEntry[str]]) -> list[os.DirEntry[str]]:
    # Paths are in order when the name of a folder is followed by its slash.
    has_folders = any([entry.is_dir(follow_symlinks=False) for entry in entries])
    return sorted(entries, key=_name_in_path if has_folders else attrgetter("name"))


def _digest(entries: Iterable[os.DirEntry[str]]) -> tuple[str, int]:
    """Tell what names and stamps come to, in the order in which they are listed, and their number.

    Of a folder that has not changed this is the same each time, and sorting would take longer
    than all of this. Raises OSError when a file cannot be looked up.
    """
    digest, count, waiting = hashlib.blake2b(digest_size=16), 0, iter(entries)
    while run := [
        (entry.name, status.st_mtime_ns, status.st_size, status.st_ino)
        for entry in islice(waiting, RUN)
        for status in (entry.stat(follow_symlinks=False),)
    ]:
        count += len(run)
        try:
            digest.update(orjson.dumps(run))
        except TypeError:  # a name that is no UTF-8: no folder with one is ever noted
            digest.update(ascii(run).encode())
    return digest.hexdigest(), count


def _name_in_path(entry: os.DirEntry[str]) -> str:
    return f"{entry.name}/" if _is_folder(entry) else entry.name


def _is_plain_file(entry: os.DirEntry[str]) -> bool:
    """Tell whether it is an article and no link."""
    name = entry.name
    try:
        is_file = entry.is_file(follow_symlinks=False)
    except OSError:
        return False
    is_article = is_file and name.endswith(SUFFIXES) and not name.startswith(".")
    return is_article and (name.isascii() or is_text(name))


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:
        return False


def is_text(name: str) -> bool:
    """Tell whether a name is UTF-8."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
