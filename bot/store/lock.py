"""One process delivers: a lock that the operating system, or the server, takes back at its death.

Never a file that merely exists: after a kill it would stay, and after a restart the number in it
could be anybody's.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import sqlalchemy as sa

from bot.errors import AlreadyDelivering, StoreError
from bot.store.database import Database

_DELIVERING = 0x6761_7A65_7474_6502
"""Key of the PostgreSQL advisory lock."""


@asynccontextmanager
async def delivering(db: Database) -> AsyncIterator[None]:
    """Hold the delivery lock of a database; raises AlreadyDelivering when another has it."""
    if db.path is not None:
        with _file_lock(db.path):
            yield
        return
    async with db.holding() as connection:
        with db.told():
            got = await connection.scalar(sa.select(sa.func.pg_try_advisory_lock(_DELIVERING)))
        if not got:
            raise AlreadyDelivering("another process delivers on this database")
        try:
            yield
        finally:
            # A connection that is gone took its lock with it.
            with contextlib.suppress(StoreError), db.told():
                await connection.scalar(sa.select(sa.func.pg_advisory_unlock(_DELIVERING)))


def lock_path(database: Path) -> Path:
    """Name the file whose lock says that somebody delivers."""
    return database.with_name(f"{database.name}.delivering")


@contextmanager
def _file_lock(database: Path) -> Iterator[None]:
    path = lock_path(database)
    try:
        # The file stays for good: deleting it would let two processes lock two files of one name.
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise StoreError(f"the lock file {path} cannot be opened: {error.strerror}") from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = _holder(descriptor)
            raise AlreadyDelivering(
                f"another process{holder} delivers on {database}; every other command works beside"
                " it, and `gazette post` hands over to it"
            ) from error
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield
        os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)


def _holder(descriptor: int) -> str:
    """Name the process that wrote its number, for people; nothing is decided by it."""
    with contextlib.suppress(OSError, ValueError):
        return f" (number {int(os.pread(descriptor, 20, 0))})"
    return ""
