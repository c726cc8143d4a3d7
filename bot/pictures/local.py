"""Pictures below the articles folders: what a site-relative address means on this machine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

from bot.errors import PictureError
from bot.pictures.judge import PictureFile, judged

MAX_FILE = 40 * 1024 * 1024
"""An editor's own picture may be larger than what Telegram takes: it is scaled."""


def load_local(folders: Sequence[Path], path: str) -> PictureFile:
    """Read a picture by its path below one of the folders, the first that has it.

    `path` may begin with `/`, and, as the paths of articles do when there are several folders,
    with a folder's name. Raises PictureError, also for a path that leads out of the folder.
    """
    for relative in _readings(path):
        for folder in folders:
            found = _found(folder, relative)
            if found is not None:
                return judged(_read(found))
    raise PictureError("no such file below the articles folder")


def _readings(path: str) -> Iterator[PurePosixPath]:
    """Read the path as it is, then as an address: without its query, unquoted."""
    plain = unquote(path.partition("?")[0].partition("#")[0])
    for text in dict.fromkeys((path, plain)):
        relative = PurePosixPath(text.lstrip("/"))
        if "\0" in text or "\\" in text or not relative.parts:
            continue
        if any(part.startswith(".") for part in relative.parts):
            raise PictureError("its path leads out of the folder, or to a hidden file")
        yield relative


def _found(folder: Path, relative: PurePosixPath) -> Path | None:
    """Find the file below the folder; symbolic links may not lead out of it."""
    try:
        root = folder.resolve(strict=True)
        choices = [root / relative]
        if relative.parts[0] == folder.name:
            choices.append(root.joinpath(*relative.parts[1:]))
        for choice in choices:
            if choice.is_file():
                real = choice.resolve(strict=True)
                if not real.is_relative_to(root):
                    raise PictureError("a symbolic link leads out of the folder")
                return real
    except (OSError, RuntimeError, ValueError):
        return None  # vanished meanwhile, not readable, too long a name, a circle of links
    return None


def _read(file: Path) -> bytes:
    try:
        with file.open("rb") as source:
            data = source.read(MAX_FILE + 1)
    except OSError as error:
        raise PictureError("its file cannot be read") from error
    if len(data) > MAX_FILE:
        raise PictureError(f"more than {MAX_FILE} bytes")
    return data
