"""Pictures that were fetched once, in files: disposable, and safe with several processes.

A file is written aside and then put in place, so nobody reads half of one; whoever finds one
missing or damaged fetches the picture again. A use renews a file's time, and the longest unused
go first when the folder grows too large.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import tempfile
from pathlib import Path

from bot.pictures.judge import PictureFile

logger = logging.getLogger(__name__)

MAX_BYTES = 256 * 1024 * 1024
"""Of all files together: some thousand pictures."""
_FACTS = ("name", "format", "width", "height", "is_plain", "is_drawn")
_SUFFIX = ".picture"
_PART = ".part"
_FORGOTTEN = 3600.0
"""Seconds after which a file that somebody began to write belongs to nobody."""


class PictureCache:
    """A folder of judged pictures by key. Its methods do file work: call them in a thread."""

    def __init__(self, folder: Path, *, max_bytes: int = MAX_BYTES) -> None:
        self._folder = folder
        self._max_bytes = max_bytes

    def get(self, key: str) -> PictureFile | None:
        """Give a picture; None when it is not there, or not whole."""
        place = self._place(key)
        try:
            content = place.read_bytes()
        except OSError:
            return None
        picture = _unpacked(content)
        with contextlib.suppress(OSError):  # another process may have removed it
            if picture is None:
                place.unlink()
            else:
                os.utime(place)
        return picture

    def put(self, key: str, picture: PictureFile) -> None:
        """Keep a picture. A folder that cannot be written to costs a fetch, nothing else."""
        content = _packed(picture)
        if len(content) > self._max_bytes:
            return
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._make_room(len(content))
            self._write(self._place(key), content)
        except OSError as error:
            logger.warning("picture not kept", extra={"why": error.strerror or str(error)})

    def _write(self, place: Path, content: bytes) -> None:
        handle, name = tempfile.mkstemp(suffix=_PART, dir=self._folder)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            Path(name).replace(place)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise

    def _make_room(self, needed: int) -> None:
        """Remove the longest unused until so many bytes more fit."""
        files: list[tuple[float, int, Path]] = []
        with os.scandir(self._folder) as entries:
            for entry in entries:
                with contextlib.suppress(OSError):  # gone meanwhile
                    facts = entry.stat()
                    files.append((facts.st_mtime, facts.st_size, Path(entry.path)))
        newest = max((used_at for used_at, _, _ in files), default=0.0)
        room = self._max_bytes - needed - sum(size for _, size, _ in files)
        for used_at, size, path in sorted(files):
            is_left_over = path.suffix == _PART and newest - used_at > _FORGOTTEN
            if is_left_over or (room < 0 and path.suffix == _SUFFIX):
                path.unlink(missing_ok=True)
                room += size

    def _place(self, key: str) -> Path:
        name = hashlib.blake2b(key.encode(errors="surrogatepass"), digest_size=20).hexdigest()
        return self._folder / (name + _SUFFIX)


def _packed(picture: PictureFile) -> bytes:
    facts = {name: getattr(picture, name) for name in _FACTS}
    facts["sum"] = _sum(picture.data)
    return json.dumps(facts).encode() + b"\n" + picture.data


def _unpacked(content: bytes) -> PictureFile | None:
    head, _, data = content.partition(b"\n")
    try:
        facts = json.loads(head)
        if facts.pop("sum") != _sum(data):
            return None
        return PictureFile(data=data, **facts)
    except (ValueError, TypeError, KeyError, AttributeError):
        return None  # cut off, or of another version


def _sum(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=16).hexdigest()
