"""Migrations make the tables that the program works with, safely."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from bot.errors import SchemaOutdated
from bot.store.database import Database
from bot.store.migrate import check_schema, migrate, newest_version
from bot.store.schema import metadata
from tests.store.conftest import OpenDatabase


def differences(connection: sa.Connection) -> list[object]:
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return list(compare_metadata(context, metadata))


async def test_migrations_and_tables_are_the_same(db: Database) -> None:
    async with db.reading() as connection:
        assert await connection.run_sync(differences) == []
    await check_schema(db)


_LINES = re.compile(r"\n|, ")


def definitions(connection: sa.Connection) -> dict[str, str]:
    """Give what no comparison looks at: defaults, conditions of indexes, options of tables."""
    if connection.dialect.name == "sqlite":
        query = "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL"
    else:
        query = (
            "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' UNION ALL"
            " SELECT table_name || '.' || column_name, column_default || ' ' || is_nullable"
            " FROM information_schema.columns WHERE table_schema = 'public'"
        )
    found = connection.execute(sa.text(query)).all()
    return {
        # The order of constraints within a table means nothing, nor that a later column stands
        # on the line of another.
        name: " ".join(sorted(filter(None, (one.strip(" \t,)") for one in _LINES.split(text)))))
        for name, text in ((row[0], row[1] or "") for row in found)
        if "alembic" not in name
    }


async def test_migrations_and_tables_have_the_same_definitions(
    db: Database, tmp_path: Path
) -> None:
    async with db.reading() as connection:
        migrated = await connection.run_sync(definitions)
    if db.is_sqlite:
        other = Database.open("sqlite:///fresh.db", folder=tmp_path)
        async with other.writing() as connection:
            await connection.run_sync(metadata.create_all)
            assert await connection.run_sync(definitions) == migrated
        await other.close()
        return
    async with db.writing() as connection:
        await connection.run_sync(metadata.drop_all)
        await connection.run_sync(metadata.create_all)
        made = await connection.run_sync(definitions)
        await connection.rollback()
    assert made == migrated


@pytest.fixture
def fresh(tmp_path: Path) -> Callable[[], Database]:
    return lambda: Database.open("sqlite:///gazette.db", folder=tmp_path)


async def test_a_new_file_gets_its_tables_and_a_second_time_nothing(
    fresh: Callable[[], Database], tmp_path: Path
) -> None:
    db = fresh()
    with pytest.raises(SchemaOutdated, match="gazette migrate"):
        await check_schema(db)
    first = await migrate(db)
    assert (first.before, first.after, first.backup) == (None, newest_version(), None)
    await check_schema(db)
    second = await migrate(db)
    assert (second.before, second.backup) == (newest_version(), None)
    await db.close()
    assert not list(tmp_path.glob("*migration*"))


async def test_a_file_with_tables_is_copied_first_and_copies_are_never_replaced(
    fresh: Callable[[], Database], tmp_path: Path
) -> None:
    with closing(sqlite3.connect(tmp_path / "gazette.db")) as connection, connection:
        connection.execute("CREATE TABLE kept (words TEXT)")
        connection.execute("INSERT INTO kept VALUES ('tea')")
    earlier = tmp_path / "gazette.db.before-migration-from-nothing"
    earlier.write_text("an earlier copy")
    db = fresh()
    result = await migrate(db)
    await db.close()
    assert result.backup is not None
    assert earlier.read_text() == "an earlier copy"
    with closing(sqlite3.connect(result.backup)) as copy:
        assert copy.execute("SELECT words FROM kept").fetchall() == [("tea",)]
        tables = copy.execute("SELECT count(*) FROM sqlite_master").fetchone()
        assert tables == (1,)


async def test_a_newer_database_is_refused(open_database: OpenDatabase) -> None:
    db = open_database()
    version = sa.table("alembic_version", sa.column("version_num"))
    async with db.writing() as connection:
        await connection.execute(sa.update(version).values(version_num="9999"))
    try:
        for attempt in (check_schema, migrate):
            with pytest.raises(SchemaOutdated, match="newer"):
                await attempt(db)
    finally:
        async with db.writing() as connection:
            change = sa.update(version).values(version_num=newest_version())
            await connection.execute(change)


async def test_a_migration_that_fails_leaves_nothing_behind(
    fresh: Callable[[], Database], tmp_path: Path
) -> None:
    with closing(sqlite3.connect(tmp_path / "gazette.db")) as connection, connection:
        connection.execute("CREATE TABLE digests (in_the_way TEXT)")
    db = fresh()
    with pytest.raises(Exception, match="failed"):
        await migrate(db)
    await db.close()
    with closing(sqlite3.connect(tmp_path / "gazette.db")) as connection:
        found = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        assert found.fetchall() == [("digests",)]


async def test_two_processes_may_migrate_at_once(fresh: Callable[[], Database]) -> None:
    one, two = fresh(), fresh()
    results = await asyncio.gather(migrate(one), migrate(two))
    assert {result.after for result in results} == {newest_version()}
    await check_schema(one)
    await one.close()
    await two.close()
