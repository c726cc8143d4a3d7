"""Every store test runs on SQLite and on a real PostgreSQL."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from bot.store.database import Database
from bot.store.migrate import migrate
from bot.store.schema import metadata
from tests.support.postgres import create_database, postgres_server

OpenDatabase = Callable[[], Database]

EMPTY = ";".join(f"DELETE FROM {table.name}" for table in reversed(metadata.sorted_tables))


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """Give the address of a PostgreSQL database with all tables."""

    async def prepare() -> str:
        url = await create_database(server, "gazette")
        db = Database.open(url, folder=Path())
        await migrate(db)
        await db.close()
        return url

    with postgres_server() as server:
        yield asyncio.run(prepare())


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give an SQLite file with all tables; migrating it anew for each test would take longer."""
    folder = tmp_path_factory.mktemp("template")

    async def prepare() -> None:
        db = Database.open("sqlite:///gazette.db", folder=folder)
        await migrate(db)
        await db.close()

    asyncio.run(prepare())
    return folder / "gazette.db"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Give the address of an empty database with all tables, once for each engine."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "gazette.db")
        return "sqlite:///gazette.db"
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture
async def open_database(database_url: str, tmp_path: Path) -> AsyncIterator[OpenDatabase]:
    """Open the test's database, as often as there are processes in the test."""
    opened: list[Database] = []

    def open_it() -> Database:
        opened.append(Database.open(database_url, folder=tmp_path))
        return opened[-1]

    yield open_it
    if opened and not opened[0].is_sqlite:
        async with opened[0].writing() as connection:
            raw = await connection.get_raw_connection()
            assert raw.driver_connection is not None
            await raw.driver_connection.execute(EMPTY)  # in one go, not a trip for each table
    for db in opened:
        await db.close()


@pytest.fixture
def db(open_database: OpenDatabase) -> Database:
    """Give an empty database with all tables."""
    return open_database()
