"""Places: where the index of a process is kept, so that no two processes write one file."""

from __future__ import annotations

import fcntl
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.errors import StoreError
from bot.search.index import Index

logger = logging.getLogger(__name__)


@contextmanager
def opened_index(path: Path, *, language: str | None) -> Iterator[Index]:
    """Open the index in a file that is this process's alone; closed in the end, the file stays.

    While another process has the file, or where it cannot be written, the index is in memory.
    """
    with _held(path) as is_ours:
        index = _open(path if is_ours else None, language)
        try:
            yield index
        finally:
            index.close()


def _open(path: Path | None, language: str | None) -> Index:
    try:
        return Index(path, language=language)
    except StoreError as error:
        if path is None:
            raise
        _warn(path, str(error))
        return Index(language=language)


@contextmanager
def _held(path: Path) -> Iterator[bool]:
    """Hold a lock that the system takes back when we die; False: it is another process's."""
    lock = path.with_name(f"{path.name}.lock")
    try:
        # The file stays for good: deleting it would let two processes lock two files of one name.
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        _warn(path, f"{lock}: {error.strerror}")
        yield False
        return
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            logger.info("another process has the search index", extra={"path": str(path)})
            yield False
        else:
            yield True
    finally:
        os.close(descriptor)


def _warn(path: Path, why: str) -> None:
    logger.warning(
        "the search index cannot be kept in its file and is made anew in memory at every start",
        extra={"path": str(path), "why": why},
    )
