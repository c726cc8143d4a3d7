"""The index is kept, corresponds to the store, and is filled anew when it does not."""

from __future__ import annotations

import asyncio
import logging
import shutil
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from bot.content import library
from bot.domain.selection import Known
from bot.errors import StoreError
from bot.publishing import indexing
from bot.search.index import Index
from bot.store import articles as store
from bot.store.articles import Articles
from bot.store.database import Database
from bot.store.migrate import migrate
from tests.support.room import WRITTEN_AT, Room

Start = Callable[..., Room]


@pytest.fixture
async def start(tmp_path: Path) -> AsyncIterator[Start]:
    """Start the program's next run on the files of a place, as often as it is called."""
    begun: list[Room] = []

    def begin(place: Path = tmp_path, *, language: str | None = None, **more: Any) -> Room:
        database = Database.open("sqlite:///gazette.db", folder=place)
        index = Index(place / "index", language=language)
        begun.append(Room(tmp_path / "articles", database, index, **more))
        return begun[-1]

    (tmp_path / "articles").mkdir()
    database = Database.open("sqlite:///gazette.db", folder=tmp_path)
    await migrate(database)
    await database.close()
    yield begin
    for room in begun:
        await stopped(room)


async def stopped(room: Room) -> None:
    room.catalogue.index.close()
    await room.database.close()


def is_whole(room: Room) -> bool:
    return not room.catalogue.is_being_read


def changes(index: Path) -> int:
    """How often the index has been written to."""
    with sqlite3.connect(index) as connection:
        (count,) = connection.execute("SELECT value FROM meta WHERE key = 'revision'").fetchone()
    connection.close()
    return int(count)


async def test_after_a_restart_over_unchanged_files_nothing_is_indexed_again(
    start: Start, tmp_path: Path
) -> None:
    first = start()
    first.write("a.md", "Green tea", topic="Tea Leaves")
    first.write("b.md", "Black tea")
    await first.sync.start()
    await stopped(first)
    before = changes(tmp_path / "index")
    again = start()
    report = await again.sync.start()
    await again.sync.indexing.fill()
    assert (report.changed, report.unchanged) == (0, 2)
    assert changes(tmp_path / "index") == before
    assert again.found("green") == ["a.md"]
    topic = again.catalogue.topics.find("tea leaves")
    assert topic is not None
    assert topic.name == "Tea Leaves"


def _delete(index: Path) -> None:
    index.unlink()


def _damage(index: Path) -> None:
    index.write_bytes(b"what once was an index" * 1000)


def _age(index: Path) -> None:
    with sqlite3.connect(index) as connection:
        connection.execute("UPDATE meta SET value = 'older' WHERE key = 'form'")
    connection.close()


def _cut_power(index: Path) -> None:
    with sqlite3.connect(index) as connection:
        connection.execute("INSERT INTO meta VALUES ('opened', 'before the machine went down')")
    connection.close()


@pytest.mark.parametrize("harm", [_delete, _damage, _age, _cut_power])
async def test_an_index_that_is_missing_or_of_no_use_is_filled_from_the_store(
    start: Start, tmp_path: Path, harm: Callable[[Path], None]
) -> None:
    first = start()
    first.write("a.md", "Green tea", topic="Leaves")
    await first.sync.start()
    await stopped(first)
    harm(tmp_path / "index")
    again = start()
    report = await again.sync.start()
    assert (report.changed, report.unchanged) == (0, 1)
    assert not is_whole(again)
    assert again.catalogue.topics.find("leaves") is not None
    await again.sync.indexing.fill()
    assert again.found("green") == ["a.md"]
    assert is_whole(again)


async def test_another_content_language_begins_anew(start: Start) -> None:
    first = start()
    first.write("a.md", "Die Kirschen der Nachbarn")
    await first.sync.start()
    await stopped(first)
    again = start(language="de")
    await again.sync.start()
    assert again.found("kirsche") == []
    await again.sync.indexing.fill()
    assert again.found("kirsche") == ["a.md"]


async def test_a_store_that_begins_anew_empties_the_index(start: Start, tmp_path: Path) -> None:
    first = start()
    file = first.write("a.md", "Green tea")
    await first.sync.start()
    await stopped(first)
    for left in tmp_path.glob("gazette.db*"):
        left.unlink()
    database = Database.open("sqlite:///gazette.db", folder=tmp_path)
    await migrate(database)
    await database.close()
    file.rename(file.with_name("b.md"))
    again = start()
    await again.sync.start()
    assert again.found("green") == ["b.md"]
    assert is_whole(again)


async def test_what_another_process_took_up_is_found_and_what_it_forgot_is_not(
    start: Start, tmp_path: Path
) -> None:
    first = start()
    first.write("a.md", "Green tea")
    first.write("b.md", "Black tea")
    await first.sync.start()
    beside = Room(first.folder, first.database)  # with an index of its own, in memory
    beside.write("a.md", "Coffee", at=WRITTEN_AT + 1)
    (first.folder / "b.md").unlink()
    await beside.sync.start()
    report = await first.sync.run()
    assert (report.changed, report.gone) == (0, 0)
    assert not is_whole(first)
    await first.sync.indexing.fill()
    assert is_whole(first)
    assert (first.found("coffee"), first.found("black")) == (["a.md"], [])


async def test_a_batch_that_meets_a_lost_index_is_found_and_the_rest_after_filling(
    start: Start, tmp_path: Path
) -> None:
    room = start()
    for number in range(60):
        room.write(f"{number}.md", f"Tea {number}", topic="Drinks")
    await room.sync.start()
    (tmp_path / "index").unlink()
    room.write("new.md", "Fresh leaves", topic="Leaves")
    assert (await room.sync.run()).changed == 1
    assert not is_whole(room)
    assert (room.found("fresh"), room.found("tea")) == (["new.md"], [])
    await room.sync.indexing.fill()
    assert is_whole(room)
    assert len(room.found("tea")) == 10


@pytest.mark.long
async def test_an_index_that_is_damaged_while_it_is_open_is_filled_after_the_next_look(
    start: Start, tmp_path: Path
) -> None:
    room = start()
    for number in range(60):
        room.write(f"{number}.md", f"Tea {number}")
    await room.sync.start()
    with sqlite3.connect(tmp_path / "index") as connection:
        connection.execute("UPDATE text_data SET block = x'ffffffffffffffffff' WHERE id > 100")
    connection.close()
    assert room.found("tea") == []
    assert not is_whole(room)
    running = asyncio.create_task(room.sync.indexing.run())
    await room.sync.run()
    while not is_whole(room):
        await asyncio.sleep(0)
    room.sync.stop()
    await running
    assert len(room.found("tea")) == 10


class Photographing(Articles):
    """A store that has everything copied, as a kill would leave it, before and after each batch."""

    def __init__(self, db: Database, folder: Path) -> None:
        super().__init__(db)
        self._folder = folder
        self.pictures: list[Path] = []

    def _take(self) -> None:
        picture = self._folder / f"picture {len(self.pictures)}"
        picture.mkdir()
        for file in (*self._folder.glob("gazette.db*"), *self._folder.glob("index*")):
            shutil.copy(file, picture)
        self.pictures.append(picture)

    async def apply(self, *given: Any, **more: Any) -> str:
        self._take()
        before = await super().apply(*given, **more)
        self._take()
        return before

    async def after(self, path: str) -> Sequence[Known]:
        self._take()
        return await super().after(path)


@pytest.mark.long
@pytest.mark.parametrize("is_filling", [False, True])
async def test_a_kill_between_any_two_steps_leaves_what_the_next_start_completes(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_filling: bool
) -> None:
    monkeypatch.setattr(library, "BATCH", 4)
    for module in (store, indexing):
        monkeypatch.setattr(module, "BATCH", 4)
    database = Database.open("sqlite:///gazette.db", folder=tmp_path)
    photographer = Photographing(database, tmp_path)
    first = start(articles=photographer)
    for number in range(10):
        first.write(f"{number}.md", f"Hot {number}")
    await first.sync.start()
    first.write("0.md", "Coffee", at=WRITTEN_AT + 1)
    (first.folder / "9.md").unlink()
    if is_filling:
        photographer.pictures.clear()
        for old in tmp_path.glob("picture *"):
            shutil.rmtree(old)
        first.catalogue.index.begin_anew()
    await first.sync.run()
    await first.sync.indexing.fill()
    await database.close()
    assert len(photographer.pictures) > 4
    for picture in photographer.pictures:
        again = start(picture)
        await again.sync.start()
        await again.sync.indexing.fill()
        assert is_whole(again), picture
        assert again.found("coffee") == ["0.md"], picture
        assert again.found("hot") == [f"{number}.md" for number in range(1, 9)], picture


class Gated(Articles):
    """A store that gives the second part of all articles only when the gate is opened."""

    def __init__(self, db: Database) -> None:
        super().__init__(db)
        self.reached = asyncio.Event()
        self.gate = asyncio.Event()

    async def after(self, path: str) -> Sequence[Known]:
        if path:
            self.reached.set()
            await self.gate.wait()
        return await super().after(path)


async def test_filling_is_told_and_changed_files_are_taken_up_meanwhile(
    start: Start, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for module in (store, indexing):
        monkeypatch.setattr(module, "BATCH", 5)
    first = start()
    for number in range(20):
        first.write(f"{number:02}.md", f"Tea {number}")
    await first.sync.start()
    first.catalogue.index.begin_anew()
    with caplog.at_level(logging.INFO, "bot.publishing.indexing"):
        running = asyncio.create_task(first.sync.indexing.run())
        changed = first.write("19.md", "Coffee", at=WRITTEN_AT + 1)
        await first.sync.take([str(changed)])
        first.sync.indexing.stop()
        await running
        assert not is_whole(first)  # stopped before it was through
        again = Room(first.folder, first.database, first.catalogue.index)
        await again.sync.start()
        await again.sync.indexing.fill()
    assert again.found("coffee") == ["19.md"]
    assert is_whole(again)
    told = [record.message for record in caplog.records]
    assert told.count("the search index is being filled") >= 1
    assert "filling the search index" in told
    assert told[-1] == "the search index is complete"


async def test_answers_come_from_what_is_there_while_the_rest_is_being_read(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (store, indexing):
        monkeypatch.setattr(module, "BATCH", 5)
    database = Database.open("sqlite:///gazette.db", folder=tmp_path)
    gated = Gated(database)
    room = start(articles=gated)
    for number in range(12):
        room.write(f"{number:02}.md", f"Tea {number}")
    await room.sync.start()
    room.catalogue.index.begin_anew()
    filling = asyncio.create_task(room.sync.indexing.fill())
    await gated.reached.wait()
    assert room.found("tea") == [f"{number:02}.md" for number in range(5)]
    assert not is_whole(room)
    gated.gate.set()
    await filling
    assert len(room.found("tea")) == 10
    assert is_whole(room)
    await database.close()


class Failing(Articles):
    """A store that is out of order for one batch."""

    async def apply(self, *given: Any, **more: Any) -> str:
        raise StoreError("the disk is full")


async def test_a_batch_that_the_store_did_not_take_is_taken_back_when_its_file_has_gone(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = start()
    room.write("a.md", "Green leaves")
    await room.sync.start()
    file = room.write("b.md", "Black leaves")
    with monkeypatch.context() as patched:
        patched.setattr(room.articles, "apply", Failing(room.database).apply)
        with pytest.raises(StoreError):
            await room.sync.run()
    assert room.found("black") == ["b.md"]
    file.unlink()
    await room.sync.run()
    assert is_whole(room)
    assert room.found("black") == []
    await stopped(room)
    again = start()
    await again.sync.start()
    assert is_whole(again)
    assert again.found("leaves") == ["a.md"]
