"""The way through a library's folders: which files are articles, what is passed over."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple

from bot.content.files import Stamp, stamp_of
from bot.domain.problem import Problem
from bot.errors import ContentError

SUFFIXES = (".md", ".markdown")
TOPICS_FOLDER = "_topics"
"""Directly below a library's folder: one file per topic, no articles."""


class Found(NamedTuple):
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


class Walker:
    """One walk; keeps what it passed over.

    `known` gives the stamps of files that need no second look: they are taken out of it, counted
    in `unchanged` and not given.
    """

    def __init__(self, known: dict[str, Stamp] | None = None) -> None:
        self.problems: list[Problem] = []
        self.unreadable: list[str] = []
        self.hidden_count = 0
        self.unchanged = 0
        self._known = {} if known is None else known
        self._root = ""

    def files(self, folder: Path, prefix: str) -> Iterator[Found]:
        """Go through one folder of the library; raises ContentError when it cannot be read."""
        self._root = os.path.realpath(folder)
        # A stack and no recursion: folders may be nested deeper than Python calls.
        waiting = [(prefix, iter(_outermost(folder)))]
        while waiting:
            before, rest = waiting[-1]
            for entry in rest:
                path = before + entry.name
                if _is_usual(entry):
                    found = self._usual(entry, path)
                elif self._is_hidden(entry, path):
                    continue
                elif self._is_folder(entry, path):
                    if path != f"{prefix}{TOPICS_FOLDER}":
                        waiting.append((f"{path}/", self._below(entry, path)))
                        break
                    continue
                else:
                    found = self._odd(entry, path)
                if found is not None:
                    yield found
            else:
                waiting.pop()

    def _usual(self, entry: os.DirEntry[str], path: str) -> Found | None:
        try:
            status = entry.stat(follow_symlinks=False)
        except OSError:
            return self._odd(entry, path)
        stamp = (status.st_mtime_ns, status.st_size, status.st_ino)
        if self._known.get(path) == stamp:
            del self._known[path]
            self.unchanged += 1
            return None
        return Found(path, entry.path, Stamp(*stamp))

    def _odd(self, entry: os.DirEntry[str], path: str) -> Found | None:
        if not entry.name.endswith(SUFFIXES):
            return None
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
        if self._known.get(path) == stamp:
            del self._known[path]
            self.unchanged += 1
            return None
        return Found(path, entry.path, stamp)

    def _below(self, entry: os.DirEntry[str], path: str) -> Iterator[os.DirEntry[str]]:
        try:
            return iter(_entries(entry.path))
        except FileNotFoundError:
            return iter(())
        except OSError as error:
            self.unreadable.append(f"{path}/")
            self._pass_over(
                path, f"the folder cannot be read: {error.strerror}", "give us the right to read it"
            )
            return iter(())

    def _is_hidden(self, entry: os.DirEntry[str], path: str) -> bool:
        """Tell whether it is left alone for its name."""
        if entry.name.startswith("."):
            self.hidden_count += 1
            return True
        if is_text(path):
            return False
        name = os.fsencode(path).decode("utf-8", "replace")
        self._pass_over(name, "the name of the file is not UTF-8", "rename it")
        return True

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


def _is_usual(entry: os.DirEntry[str]) -> bool:
    name = entry.name
    return (
        name.endswith(SUFFIXES)
        and name.isascii()
        and name[0] != "."
        and entry.is_file(follow_symlinks=False)
    )


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
        entries = list(found)
    entries.sort(key=attrgetter("name"))
    return entries


def is_text(name: str) -> bool:
    """Tell whether a name is UTF-8."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
