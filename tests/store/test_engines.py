"""What lies under every statement: compiled once for a process, and one trip to SQLite's thread."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiosqlite
import pytest
import sqlalchemy as sa

from bot.errors import StoreError
from bot.store.at_once import Step, fetch
from bot.store.columns import Json, Moment
from bot.store.compiled import MOST, CompiledStatements
from bot.store.database import STATEMENTS, Database

words = sa.Table(
    "words_of_this_test",
    sa.MetaData(),
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("word", sa.Text, unique=True),
)


@pytest.fixture
async def files(tmp_path: Path) -> AsyncIterator[tuple[Database, Database]]:
    """Two databases with the table, and nothing in it."""
    pair = tuple(Database.open(f"sqlite:///{name}.db", folder=tmp_path) for name in "ab")
    for database in pair:
        async with database.writing() as connection:
            await connection.run_sync(words.create)
    yield pair[0], pair[1]
    for database in pair:
        await database.close()


async def put(database: Database, *new: str) -> sa.CursorResult[Any]:
    async with database.writing() as connection:
        rows = [{"word": word} for word in new]
        return await connection.execute(sa.insert(words), rows if len(rows) > 1 else rows[0])


async def found(database: Database, *, after: int = 0) -> list[str]:
    query = sa.select(words.c.word).where(words.c.id > after).order_by(words.c.id)
    async with database.reading() as connection:
        return list(await connection.scalars(query))


async def test_what_one_database_compiled_serves_all(files: tuple[Database, Database]) -> None:
    first, second = files
    await put(first, "tea")
    assert await found(first) == ["tea"]
    compiled = len(STATEMENTS)
    await put(second, "milk")
    await put(second, "sugar")
    assert (await found(second), await found(second, after=1)) == (["milk", "sugar"], ["sugar"])
    assert await found(first) == ["tea"]
    assert len(STATEMENTS) == compiled


async def test_reader_and_writer_compile_once(files: tuple[Database, Database]) -> None:
    database = files[0]
    assert await found(database) == []
    compiled = len(STATEMENTS)
    query = sa.select(words.c.word).where(words.c.id > 0).order_by(words.c.id)
    async with database.writing() as connection:
        assert list(await connection.scalars(query)) == []
    assert len(STATEMENTS) == compiled


def test_statements_without_end_do_not_fill_the_memory() -> None:
    kept = CompiledStatements()
    for number in range(3 * MOST + 1):
        kept[number] = f"SELECT {number}"
        assert kept.get(number) == f"SELECT {number}"
        assert len(kept) <= MOST


@pytest.fixture
async def trips(files: tuple[Database, Database], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the threads of the connections are asked for from now on."""
    await put(files[0], "tea")
    await found(files[0])
    trips: list[str] = []
    execute: Any = aiosqlite.Connection._execute

    async def counted(self: aiosqlite.Connection, fn: Any, *args: Any, **more: Any) -> Any:
        is_said = len(args) > 2 and args[1] in ("execute", "executemany")
        trips.append(args[2] if is_said else fn.__name__)
        return await execute(self, fn, *args, **more)

    monkeypatch.setattr(aiosqlite.Connection, "_execute", counted)
    return trips


async def test_a_short_read_is_three_trips_to_the_thread(
    files: tuple[Database, Database], trips: list[str]
) -> None:
    await found(files[0])
    assert trips[0] == "BEGIN"
    assert trips[1].startswith("SELECT")
    assert trips[2:] == ["rollback"]


async def test_a_short_write_is_three_trips_to_the_thread(
    files: tuple[Database, Database], trips: list[str]
) -> None:
    await put(files[0], "milk")
    assert trips[0] == "BEGIN IMMEDIATE"
    assert trips[1].startswith("INSERT")
    assert trips[2:] == ["commit"]


SPELL = (
    sa.update(words).where(words.c.id == sa.bindparam("which")).values(word=sa.bindparam("better"))
)
PICK = (
    sa.update(words)
    .where(words.c.id.in_(sa.bindparam("ids", expanding=True)))
    .values(word=words.c.word + sa.bindparam("sign"))
    .returning(words.c.id)
)


async def test_a_transaction_at_once_is_one_trip_to_the_thread(
    files: tuple[Database, Database], trips: list[str]
) -> None:
    database = files[0]
    await put(database, "milk", "sugar")
    del trips[:]
    better = [{"which": 1, "better": "black tea"}, {"which": 2, "better": "oat milk"}]
    rows = await database.write_at_once(
        [Step(SPELL, better), Step(PICK, {"ids": [2, 3, 9], "sign": "!"})]
    )
    assert trips == ["transact"]
    assert [sorted(one) for one in rows] == [[], [(2,), (3,)]]
    assert await found(database) == ["black tea", "oat milk!", "sugar!"]
    again = await database.write_at_once([Step(PICK, {"ids": [1], "sign": "?"})])
    assert again == [[(1,)]]
    assert await found(database) == ["black tea?", "oat milk!", "sugar!"]


async def test_what_is_fetched_has_the_types_of_its_columns(
    files: tuple[Database, Database],
) -> None:
    kept = sa.Table(
        "kept_of_this_test",
        sa.MetaData(),
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("at", Moment()),
        sa.Column("what", Json()),
        sa.Column("is_true", sa.Boolean()),
    )
    at = datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC)
    rows = [(1, at, {"a": [1]}, True), (2, at, None, False), (3, None, {"a": [1]}, None)]
    query = sa.select(kept).where(kept.c.id.in_(sa.bindparam("ids", expanding=True)))
    async with files[0].writing() as connection:
        await connection.run_sync(kept.create)
        await connection.execute(
            sa.insert(kept), [dict(zip(kept.c.keys(), row, strict=True)) for row in rows]
        )
        for ids in ([1, 2, 3], [2], []):
            expected = [row for row in rows if row[0] in ids]
            found_rows = await fetch(connection, query.order_by(kept.c.id), {"ids": ids})
            assert found_rows == expected
            assert all(isinstance(row[3], bool | None) for row in found_rows)


async def test_a_transaction_at_once_that_fails_changes_nothing(
    files: tuple[Database, Database],
) -> None:
    database = files[0]
    await put(database, "tea", "milk")
    steps = [
        Step(PICK, {"ids": [1, 2], "sign": "!"}),
        Step(SPELL, [{"which": 1, "better": "milk!"}]),
    ]
    with pytest.raises(StoreError, match="contradicts"):
        await database.write_at_once(steps)
    assert await found(database) == ["tea", "milk"]
    await put(database, "sugar")
    assert await found(database) == ["tea", "milk", "sugar"]


async def test_what_a_statement_did_is_told(files: tuple[Database, Database]) -> None:
    database = files[0]
    assert (await put(database, "tea")).inserted_primary_key == (1,)
    assert (await put(database, "milk", "sugar", "lemon")).rowcount == 3
    async with database.writing() as connection:
        result = await connection.execute(sa.delete(words).where(words.c.id > 2))
        assert result.rowcount == 2
        rows = await connection.execute(sa.select(words).order_by(words.c.id))
        assert list(rows.keys()) == ["id", "word"]
        assert rows.first() == (1, "tea")
        again = await connection.execute(sa.select(words).order_by(words.c.id))
        assert [*again.fetchmany(1), *again.fetchmany(5)] == [(1, "tea"), (2, "milk")]


async def test_a_statement_that_fails_is_told_and_the_next_works(
    files: tuple[Database, Database],
) -> None:
    database = files[0]
    await put(database, "tea")
    with pytest.raises(StoreError, match="contradicts"):
        await put(database, "tea")
    await put(database, "milk")
    assert await found(database) == ["tea", "milk"]


async def test_whoever_is_cancelled_in_a_statement_changes_nothing(
    files: tuple[Database, Database],
) -> None:
    database = files[0]
    for steps in range(12):
        writing = asyncio.create_task(put(database, "tea", "milk"))
        for _ in range(steps):
            await asyncio.sleep(0)
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)
        assert await found(database) in ([], ["tea", "milk"])
        async with database.writing() as connection:
            await connection.execute(sa.delete(words))


async def test_whoever_is_cancelled_in_a_transaction_at_once_leaves_nothing_half_done(
    files: tuple[Database, Database],
) -> None:
    database = files[0]
    await put(database, "tea", "milk")
    expected = [["tea", "milk"]]
    for steps in range(12):
        pick = [Step(PICK, {"ids": [1], "sign": "!"}), Step(PICK, {"ids": [2], "sign": "!"})]
        writing = asyncio.create_task(database.write_at_once(pick))
        for _ in range(steps):
            await asyncio.sleep(0)
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)
        await database.write_at_once([])  # the thread is through with what was said before
        now = await found(database)
        expected = [expected[-1], [f"{word}!" for word in expected[-1]]]
        assert now in expected
        expected = [now]
