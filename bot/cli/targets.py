"""What a user names for `gazette check`: which files, under which names, with which topics."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from bot.content.library import SUFFIXES, TOPICS_FOLDER, Library
from bot.content.topics import TopicsRead, find_topics_file, read_topics
from bot.domain.problem import Problem
from bot.domain.topic import TopicTree
from bot.errors import ContentError, SettingsError
from bot.settings import Settings

_DESCRIPTIONS = (".yaml", ".yml")
_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class File:
    """An article file: its place on disk, and how it is called."""

    location: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Files that belong together: the folders that pictures lie below, and the topics."""

    files: tuple[File, ...]
    folders: tuple[Path, ...]
    topics: TopicTree


@dataclass(frozen=True, slots=True, kw_only=True)
class Targets:
    """Everything to be read; `problems` are those of folders and topics, which are read already.

    `described` counts the topics files that were named by themselves.
    """

    groups: tuple[Group, ...]
    problems: tuple[Problem, ...] = ()
    described: int = 0


def find_targets(paths: Sequence[Path], settings: Settings) -> Targets:
    """Find out what the paths mean. Raises SettingsError for one that cannot be read."""
    _refuse_missing(paths)
    finder = _Finder(settings)
    folders = _outermost([path for path in paths if path.is_dir() and path.name != TOPICS_FOLDER])
    if folders:
        finder.take_folders(folders)
    seen = {path.resolve() for path in folders}
    for path in paths:
        place = _place(path)
        if place in seen or _is_below(place, folders):
            continue
        seen.add(place)
        if _describes_topics(path):
            finder.take_topics(path)
        else:
            finder.take_file(path)
    return finder.targets()


def home_of(folder: Path, settings: Settings) -> Path | None:
    """Find the library that a folder lies in; None when nothing tells.

    That is, going upwards and not beyond a repository, the first folder that is one of
    ARTICLES_DIR or has a description of topics.
    """
    known = {place.resolve() for place in settings.articles_dir}
    whole = folder.resolve()
    for place in (whole, *whole.parents):
        if place in known or find_topics_file(place) is not None:
            return place
        if (place / ".git").exists():
            break
    return None


class _Finder:
    """Collects groups; every description of topics is read once."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._groups: list[Group] = []
        self._problems: list[Problem] = []
        self._read: dict[Path, tuple[TopicsRead, TopicTree]] = {}
        self._described = 0

    def targets(self) -> Targets:
        """Give what was collected."""
        return Targets(
            groups=tuple(self._groups),
            problems=tuple(self._problems),
            described=self._described,
        )

    def take_folders(self, folders: Sequence[Path]) -> None:
        """Take folders, which make one library, as those of ARTICLES_DIR do."""
        library = Library(folders)
        walk = _or_wrong_use(library.walk)
        self._problems.extend(walk.problems)
        homes = [home_of(folder, self._settings) for folder in folders]
        around = [home for home in homes if home is not None]
        file = self._topics_file([*folders, *around])
        self._groups.append(
            Group(
                files=tuple(File(found.location, found.path) for found in walk.files),
                folders=tuple(dict.fromkeys((*folders, *around))),
                topics=self._tree(file),
            )
        )
        name = _name_in(library, folders, file) if file is not None else None
        if file is not None and name is not None:
            self._tell(file, name)
        elif file is not None and file == self._settings.topics_file:
            self._tell(file, str(file))

    def take_file(self, path: Path) -> None:
        """Take one article file."""
        home = home_of(path.parent, self._settings)
        folders = (home,) if home is not None else ()
        self._groups.append(
            Group(
                files=(File(str(path), _shown(path)),),
                folders=folders,
                topics=self._tree(self._topics_file(folders)),
            )
        )

    def take_topics(self, path: Path) -> None:
        """Take a description of topics; a file of a `_topics` folder is read with the others."""
        if path.is_dir():
            files = [entry for entry in path.iterdir() if entry.suffix in (*_DESCRIPTIONS, ".md")]
            self._described += len(files)
            self._tell(path, _shown(path))
            return
        self._described += 1
        is_part = _place(path).parent.name == TOPICS_FOLDER
        whole = path.parent if is_part else path
        self._tell(whole, _shown(whole), only=_shown(path) if is_part else None)

    def _topics_file(self, folders: Sequence[Path]) -> Path | None:
        file = self._settings.topics_file
        if file is not None:
            if not file.exists():
                raise SettingsError([f"TOPICS_FILE: there is no {file}"])
            return file
        found = (find_topics_file(folder) for folder in folders)
        return next((path for path in found if path is not None), None)

    def _tree(self, file: Path | None) -> TopicTree:
        return self._description(file)[1] if file is not None else TopicTree()

    def _description(self, file: Path) -> tuple[TopicsRead, TopicTree]:
        place = file.resolve()
        if place not in self._read:
            read = _or_wrong_use(lambda: read_topics(file))
            self._read[place] = (read, TopicTree(read.topics))
        return self._read[place]

    def _tell(self, file: Path, name: str, *, only: str | None = None) -> None:
        """Tell the problems of a description that is called `name`, or of one file of a folder."""
        for problem in self._description(file)[0].problems:
            # In a folder each problem's path begins with the folder's own name.
            _, slash, rest = problem.path.partition("/")
            path = name + slash + rest
            if only is None or path == only:
                self._problems.append(replace(problem, path=path))


def _refuse_missing(paths: Sequence[Path]) -> None:
    wrong = [f"there is no {_shown(path)}" for path in paths if not path.exists()]
    wrong += [
        f"{_shown(path)} is neither a file nor a folder"
        for path in paths
        if path.exists() and not (path.is_file() or path.is_dir())
    ]
    if wrong:
        raise SettingsError(wrong)


def _outermost(folders: Sequence[Path]) -> list[Path]:
    """Leave out folders that lie in another one: their files would be told twice."""
    places = {folder.resolve(): folder for folder in reversed(folders)}
    chosen = [folder for place, folder in places.items() if not _is_below(place, places)]
    return sorted(chosen, key=folders.index)


def _is_below(place: Path, folders: Sequence[Path] | dict[Path, Path]) -> bool:
    """Tell whether reading one of the folders would meet the place, too."""
    for folder in folders:
        around = folder.resolve()
        if place != around and place.is_relative_to(around):
            parts = place.relative_to(around).parts
            is_met = place.is_dir() or place.suffix in SUFFIXES or _describes_topics(place)
            if is_met and not any(part.startswith(".") for part in parts):
                return True
    return False


def _describes_topics(path: Path) -> bool:
    if path.is_dir():
        return path.name == TOPICS_FOLDER
    return path.suffix in _DESCRIPTIONS or _place(path).parent.name == TOPICS_FOLDER


def _place(path: Path) -> Path:
    """Give the whole path; a link to a file keeps its own place, as in a library."""
    return path.parent.resolve() / path.name if path.is_file() else path.resolve()


def _name_in(library: Library, folders: Sequence[Path], file: Path) -> str | None:
    """Give a file's path as the library's articles have theirs; None for one outside."""
    place = _place(file)
    for folder in folders:
        if place.is_relative_to(folder.resolve()):
            below = place.relative_to(folder.resolve()).as_posix()
            return next(
                name
                for name in _names(folder, below, len(folders))
                if library.locate(name) == (folder.absolute(), folder.absolute() / below)
            )
    return None


def _names(folder: Path, below: str, count: int) -> Iterator[str]:
    if count == 1:
        yield below
        return
    name = folder.resolve().name or "root"
    yield f"{name}/{below}"
    for number in range(2, count + 1):
        yield f"{name}-{number}/{below}"


def _or_wrong_use(read: Callable[[], _Value]) -> _Value:
    try:
        return read()
    except ContentError as error:
        raise SettingsError([str(error)]) from error


def _shown(path: Path) -> str:
    """Write a path as it was given, whatever its bytes are."""
    return os.fsencode(path).decode("utf-8", "replace")
