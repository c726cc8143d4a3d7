"""One process delivers."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.errors import AlreadyDelivering
from bot.store.database import Database
from bot.store.lock import delivering, lock_path
from tests.store.conftest import OpenDatabase

HOLD = """
import fcntl, os, sys
file = open(sys.argv[1], "w")
fcntl.flock(file, fcntl.LOCK_EX)
file.write(str(os.getpid()))
file.flush()
print("held", flush=True)
sys.stdin.read()
"""


async def test_a_second_process_may_not_deliver(open_database: OpenDatabase) -> None:
    one, two = open_database(), open_database()
    async with delivering(one):
        with pytest.raises(AlreadyDelivering, match="another process"):
            async with delivering(two):
                pytest.fail("both deliver")
    async with delivering(two):
        pass


async def test_an_error_of_the_run_passes_through_and_frees_the_lock(
    open_database: OpenDatabase,
) -> None:
    db = open_database()
    with pytest.raises(OSError, match="no route"):
        async with delivering(db):
            raise OSError("no route")
    async with delivering(db):
        pass


# On PostgreSQL the server itself frees the lock of a connection that is gone.
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_killed_process_holds_nothing_and_a_living_one_is_named(
    db: Database, tmp_path: Path
) -> None:
    path = lock_path(tmp_path / "gazette.db")
    other = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(AlreadyDelivering, match=f"number {other.pid}"):
            async with delivering(db):
                pytest.fail("both deliver")
        other.kill()
    async with delivering(db):
        assert path.read_text() == f"{os.getpid()}\n"
