"""Bring a database to the version of the program, and refuse to work on any other."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from bot.errors import SchemaOutdated
from bot.store.database import Database

MIGRATIONS = Path(__file__).parent / "migrations"
_ONE_MIGRATION = 0x6761_7A65_7474_6501
"""Key of the PostgreSQL advisory lock that lets one process migrate at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrationResult:
    """What `migrate` did: versions (None: no tables) and the copy made before, if any."""

    before: str | None
    after: str
    backup: Path | None = None


async def migrate(db: Database) -> MigrationResult:
    """Bring the tables to this program's version, in one transaction.

    An SQLite file that holds tables of an older version is copied beside itself first. Raises
    SchemaOutdated when the database was made by a newer version.
    """
    newest = newest_version()
    before, has_tables = await _state(db)
    if before == newest:
        return MigrationResult(before=before, after=newest)
    _refuse_unknown(before)
    backup = None
    if db.path is not None and has_tables:
        backup = await asyncio.to_thread(_copy, db.path, before)
    async with db.writing() as connection:
        if not db.is_sqlite:
            lock = sa.select(sa.func.pg_advisory_xact_lock(_ONE_MIGRATION))
            await connection.execute(lock)
        await connection.run_sync(_upgrade)
    return MigrationResult(before=before, after=newest, backup=backup)


async def check_schema(db: Database) -> None:
    """Raise SchemaOutdated unless the tables are of this program's version."""
    version, _ = await _state(db)
    if version == newest_version():
        return
    _refuse_unknown(version)
    if version is None:
        raise SchemaOutdated("the database has no tables yet: run `gazette migrate`")
    raise SchemaOutdated(f"the database is of version {version}: run `gazette migrate`")


@cache
def newest_version() -> str:
    """Name the version that this program works with; to find it, all migrations are read."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    assert head is not None  # noqa: S101 - the first migration is part of the program
    return head


def _refuse_unknown(version: str | None) -> None:
    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    if version is not None and version not in known:
        raise SchemaOutdated(
            f"the database is of version {version}, which this program does not know:"
            " use the newer program, or the copy made before it migrated"
        )


async def _state(db: Database) -> tuple[str | None, bool]:
    """Tell the version (None: none) and whether there are any tables."""
    async with db.reading() as connection:
        return await connection.run_sync(_state_of)


def _state_of(connection: sa.Connection) -> tuple[str | None, bool]:
    version = MigrationContext.configure(connection).get_current_revision()
    return version, bool(sa.inspect(connection).get_table_names())


def _upgrade(connection: sa.Connection) -> None:
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config


def _copy(path: Path, version: str | None) -> Path:
    """Copy a live SQLite file as it stands at one moment; the copy never replaces another."""
    stem = f"{path.name}.before-migration-from-{version or 'nothing'}"
    copy = path.with_name(stem)
    number = 1
    while copy.exists():
        number += 1
        copy = path.with_name(f"{stem}-{number}")
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    return copy
