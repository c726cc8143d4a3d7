"""Addresses, transactions and failures of the database."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing, suppress
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import SettingsError, StoreError
from bot.store.columns import Json, Key, Moment, Words
from bot.store.database import Database
from bot.store.migrate import migrate
from bot.store.schema import meta
from tests.store.conftest import OpenDatabase
from tests.support.examples import examples
from tests.support.store_values import NOW

ROW = {"key": "a", "value": "1"}


async def values(db: Database) -> list[str]:
    async with db.reading() as connection:
        return list(await connection.scalars(sa.select(meta.c.value)))


async def test_a_block_that_fails_leaves_nothing(db: Database) -> None:
    async def fail() -> None:
        async with db.writing() as connection:
            await connection.execute(sa.insert(meta).values(ROW))
            raise LookupError("in the middle")

    with pytest.raises(LookupError):
        await fail()
    assert await values(db) == []


async def test_a_process_that_dies_in_the_middle_leaves_nothing(
    open_database: OpenDatabase,
) -> None:
    survivor, victim = open_database(), open_database()
    written, killed = asyncio.Event(), asyncio.Event()

    async def write() -> None:
        async with victim.writing() as connection:
            await connection.execute(sa.insert(meta).values(ROW))
            written.set()
            await killed.wait()

    task = asyncio.create_task(write())
    await asyncio.wait_for(written.wait(), 5)
    assert await values(survivor) == []
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    assert await values(survivor) == []
    async with survivor.writing() as connection:
        await connection.execute(sa.insert(meta).values(ROW))
    assert await values(victim) == ["1"]


async def test_writers_of_one_process_wait_for_each_other(db: Database) -> None:
    async def count() -> None:
        async with db.writing() as connection:
            number = await connection.scalar(sa.select(meta.c.value).with_for_update()) or "0"
            await asyncio.sleep(0)
            change = sa.update(meta).values(value=str(int(number) + 1))
            await connection.execute(change)

    async with db.writing() as connection:
        await connection.execute(sa.insert(meta).values(key="n", value="0"))
    await asyncio.gather(*(count() for _ in range(20)))
    assert await values(db) == ["20"]


async def test_a_failure_is_told_without_statement_or_values(db: Database) -> None:
    with pytest.raises(StoreError) as caught:
        async with db.writing() as connection:
            await connection.execute(sa.insert(meta), [{"key": "k", "value": "secret"}] * 2)
    assert "contradicts" in str(caught.value)
    assert "secret" not in f"{caught.value} {caught.value.__cause__}"


async def test_the_change_to_wal_waits_for_other_connections(tmp_path: Path) -> None:
    """SQLite's own waiting does not cover it: two processes may open a new file at once."""
    db = Database.open("sqlite:///gazette.db", folder=tmp_path)
    with closing(sqlite3.connect(tmp_path / "gazette.db", isolation_level=None)) as other:
        other.execute("CREATE TABLE t (n INTEGER)")
        other.execute("BEGIN IMMEDIATE")
        asyncio.get_running_loop().call_later(0.2, other.execute, "ROLLBACK")
        async with db.writing() as connection:
            assert await connection.scalar(sa.text("PRAGMA journal_mode")) == "wal"
    await db.close()


async def test_missing_tables_are_told_with_the_mend(db: Database) -> None:
    with pytest.raises(StoreError, match="run `gazette migrate`"):
        async with db.reading() as connection:
            await connection.execute(sa.select(sa.table("later", sa.column("id"))))


async def test_a_lock_held_by_another_process_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.store.database.BUSY_TIMEOUT_SECONDS", 0.05)
    db = Database.open("sqlite:///gazette.db", folder=tmp_path)
    with closing(sqlite3.connect(tmp_path / "gazette.db", isolation_level=None)) as other:
        other.execute("PRAGMA journal_mode=WAL")
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match=r"gazette\.db is locked by another process"):
            async with db.writing():
                pass
    await db.close()


async def test_sqlite_is_durable_strict_and_read_only_for_readers(tmp_path: Path) -> None:
    db = Database.open("sqlite:///gazette.db", folder=tmp_path)
    async with db.writing() as connection:
        pragmas = ("journal_mode", "synchronous", "foreign_keys")
        found = [await connection.scalar(sa.text(f"PRAGMA {name}")) for name in pragmas]
        await connection.execute(sa.text("CREATE TABLE t (n INTEGER)"))
    assert found == ["wal", 2, 1]
    with pytest.raises(StoreError, match="read-only"):
        async with db.reading() as connection:
            await connection.execute(sa.text("INSERT INTO t VALUES (1)"))
    await db.close()


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite:///gazette.db", "gazette.db"),
        ("sqlite:///data/gazette.db", "data/gazette.db"),
        ("sqlite+aiosqlite:///gazette.db", "gazette.db"),
    ],
)
async def test_a_relative_file_is_below_the_folder(url: str, path: str, tmp_path: Path) -> None:
    assert Database.open(url, folder=tmp_path).path == tmp_path / path


async def test_an_absolute_file_is_where_it_says(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'x.db'}"
    assert Database.open(url, folder=Path("/elsewhere")).path == tmp_path / "x.db"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "gazette.db",
        "hunter2",
        "sqlite://",
        "sqlite:///:memory:",
        "mysql://me:hunter2@host/name",
        "postgresql://me:hunter2@host:port/name",
    ],
)
def test_a_wrong_address_is_a_problem_of_the_settings_without_its_password(url: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Database.open(url, folder=Path())
    assert "DATABASE_URL" in str(caught.value)
    assert "hunter2" not in f"{caught.value!r} {caught.value.__cause__!r}"


@pytest.mark.parametrize(
    "url", ["postgresql://me:hunter2@127.0.0.1:1/name?sslmode=disable", "sqlite:///no/such/x.db"]
)
async def test_a_database_that_is_not_there_is_told_without_its_password(
    url: str, tmp_path: Path
) -> None:
    db = Database.open(url, folder=tmp_path)
    with pytest.raises(StoreError, match=r"cannot be (reached|opened)") as caught:
        async with db.reading():
            pass
    assert "hunter2" not in str(caught.value)
    await db.close()


SQLITE = sa.create_engine("sqlite://").dialect


ZONES = st.sampled_from([timezone(timedelta(hours=hours)) for hours in (0, 5, -7)])
# One day from either end of the calendar: a moment must be sayable in UTC.
FIRST, LAST = datetime(1, 1, 2), datetime(9999, 12, 30)  # noqa: DTZ001


@given(st.datetimes(FIRST, LAST, timezones=ZONES))
def test_moments_come_back_the_same_and_sort_as_numbers(moment: datetime) -> None:
    stored = Moment().process_bind_param(moment, SQLITE)
    assert Moment().process_result_value(stored, SQLITE) == moment
    later = Moment().process_bind_param(NOW, SQLITE)
    assert (stored < later) == (moment < NOW)


def test_a_moment_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        Moment().process_bind_param(NOW.replace(tzinfo=None), SQLITE)


@settings(max_examples=examples(60))
@given(st.text(st.characters(codec=None, categories=None)) | st.text(min_size=501))
def test_any_text_can_be_stored(text: str) -> None:
    words = Words().process_bind_param(text, SQLITE)
    key = Key().process_bind_param(text, SQLITE)
    assert words is not None
    assert key is not None
    assert "\x00" not in words
    assert len(words.encode()) >= len(key.encode())
    assert len(key.encode()) <= 2000
    written = Json().process_bind_param([text], SQLITE)
    assert written is not None
    assert written.isascii()
    assert Json().process_result_value(written, SQLITE) == [text]


async def test_a_new_file_has_pages_for_several_articles_and_an_old_one_keeps_its_own(
    tmp_path: Path,
) -> None:
    with closing(sqlite3.connect(tmp_path / "old.db")) as old:
        old.execute("PRAGMA page_size = 4096")
        old.execute("CREATE TABLE here (already)")
    for name, size in (("old.db", 4096), ("new.db", 8192)):
        db = Database.open(f"sqlite:///{name}", folder=tmp_path)
        await migrate(db)
        await db.close()
        with closing(sqlite3.connect(tmp_path / name)) as opened:
            assert opened.execute("PRAGMA page_size").fetchone() == (size,)
            assert opened.execute("PRAGMA journal_mode").fetchone() == ("wal",)
