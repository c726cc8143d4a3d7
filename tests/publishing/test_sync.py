"""Sync: what changed in the folders reaches store, topics and index, batch by batch."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.content import library
from bot.content.library import Library
from bot.domain.topic import TopicTree
from bot.publishing.catalogue import Catalogue
from bot.publishing.sync import MOST_TOLD, Report, Sync
from bot.search.index import Index
from bot.search.query import Query
from bot.store.articles import Articles
from bot.store.database import Database
from bot.store.migrate import migrate
from tests.support.world import a_story

WRITTEN_AT = 1_700_000_000 * 10**9


class WalkingClock:
    """A clock that goes on by two seconds whenever somebody looks."""

    def __init__(self) -> None:
        self._now = datetime(2026, 3, 1, tzinfo=UTC)

    def now(self) -> datetime:
        self._now += timedelta(seconds=2)
        return self._now

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0)


class Room:
    """A folder, a store and a catalogue; `restarted` is the program's next run."""

    def __init__(self, folder: Path, database: Database, index: Path | None = None) -> None:
        self.folder = folder
        self.database = database
        self.articles = Articles(database)
        self.catalogue = Catalogue(Index(index))
        self.sync = Sync(
            library=Library([folder]),
            folders=[folder],
            topics_file=None,
            articles=self.articles,
            catalogue=self.catalogue,
            clock=WalkingClock(),
        )

    def write(self, name: str, title: str, *, at: int = WRITTEN_AT, topic: str = "Tea") -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(a_story(title, topics=[topic]).text)
        os.utime(path, ns=(at, at))
        return path

    def found(self, words: str) -> list[str]:
        found = self.catalogue.index.search(
            Query.parse(words),
            topics=TopicTree(),
            now=datetime(2026, 3, 1, tzinfo=UTC),
            half_life=timedelta(days=7),
            limit=10,
        )
        return sorted(hit.path for hit in found.hits)

    async def stored(self) -> dict[str, str]:
        return {one.article.path: one.article.title async for one in self.articles.all()}


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    folder = tmp_path / "articles"
    folder.mkdir()
    database = Database.open("sqlite:///gazette.db", folder=tmp_path)
    await migrate(database)
    yield Room(folder, database)
    await database.close()


async def test_what_is_new_changed_renamed_and_gone_reaches_store_and_index(room: Room) -> None:
    room.write("a.md", "Green tea")
    room.write("b.md", "Black tea")
    room.write("c.md", "White tea")
    report = await room.sync.start()
    assert (report.changed, report.gone, report.problems) == (3, 0, ())
    room.write("a.md", "Coffee", at=WRITTEN_AT + 1)
    (room.folder / "b.md").rename(room.folder / "renamed.md")
    (room.folder / "c.md").unlink()
    report = await room.sync.run()
    assert (report.changed, report.gone) == (2, 2)
    assert await room.stored() == {"a.md": "Coffee", "renamed.md": "Black tea"}
    assert (room.found("black"), room.found("coffee")) == (["renamed.md"], ["a.md"])
    assert await room.sync.run() == Report(unchanged=2)


async def test_a_file_caught_half_written_keeps_its_last_good_version(room: Room) -> None:
    file = room.write("a.md", "Green tea")
    whole = file.read_text()
    await room.sync.start()
    file.write_text(whole[: len(whole) // 2])
    report = await room.sync.take([str(file)])
    assert (report.changed, report.unusable) == (0, 1)
    assert [problem.path for problem in report.problems] == ["a.md"]
    assert await room.stored() == {"a.md": "Green tea"}
    assert room.found("green") == ["a.md"]
    file.write_text(whole.replace("Green", "Hot"))
    assert (await room.sync.take([str(file)])).changed == 1
    assert room.found("hot") == ["a.md"]


async def test_named_files_are_taken_up_and_no_other(room: Room) -> None:
    await room.sync.start()
    named, other = room.write("a.md", "Green tea"), room.write("b.md", "Black tea")
    gone = str(room.folder / "gone.md")
    report = await room.sync.take([str(named), gone])
    assert (report.changed, report.gone) == (1, 1)
    assert await room.stored() == {"a.md": "Green tea"}
    named.unlink()
    await room.sync.take([str(named)])
    assert await room.stored() == {}
    assert room.found("tea") == []
    assert other.exists()


async def test_a_renamed_folder_is_looked_at_as_a_whole(room: Room) -> None:
    room.write("old/a.md", "Green tea")
    await room.sync.start()
    (room.folder / "old").rename(room.folder / "new")
    await room.sync.take([str(room.folder / "old"), str(room.folder / "new")])
    assert await room.stored() == {"new/a.md": "Green tea"}


async def test_a_folder_that_vanished_costs_no_article(room: Room) -> None:
    file = room.write("a.md", "Green tea")
    await room.sync.start()
    room.folder.rename(room.folder.with_name("elsewhere"))
    report = await room.sync.take([str(file)])
    assert report.trouble is not None
    assert "there is no folder" in report.trouble
    assert await room.stored() == {"a.md": "Green tea"}


async def test_an_index_that_begins_anew_is_filled_from_the_store(room: Room) -> None:
    room.write("a.md", "Green tea", topic="Leaves")
    await room.sync.start()
    again = Room(room.folder, room.database)
    report = await again.sync.start()
    assert (report.changed, report.unchanged) == (0, 1)
    assert again.found("green") == ["a.md"]
    assert again.catalogue.topics.find("leaves") is not None


async def test_an_index_that_was_kept_is_used_as_it_is(room: Room, tmp_path: Path) -> None:
    first = Room(room.folder, room.database, tmp_path / "index")
    room.write("a.md", "Green tea", topic="Leaves")
    await first.sync.start()
    first.catalogue.index.close()
    again = Room(room.folder, room.database, tmp_path / "index")
    report = await again.sync.start()
    assert (report.changed, report.unchanged) == (0, 1)
    assert again.found("green") == ["a.md"]
    assert again.catalogue.topics.find("leaves") is not None
    again.catalogue.index.close()


async def test_a_first_import_that_was_cut_off_goes_on_and_stays_the_first(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(library, "BATCH", 10)
    for number in range(25):
        room.write(f"{number:02}.md", f"Tea {number}")
    seen: list[tuple[int, int | None]] = []

    def watched(done: int, total: int | None) -> None:
        seen.append((done, total))
        room.sync.stop()

    await room.sync.start(on_progress=watched)
    assert seen == [(10, 25)]
    assert not await room.articles.has_imported()
    again = Room(room.folder, room.database)
    report = await again.sync.start()
    assert (report.changed, report.unchanged) == (15, 10)
    assert await room.articles.has_imported()
    firsts = {one.first_seen_at async for one in room.articles.all()}
    assert firsts == {None}  # none of them is news


async def test_a_long_run_says_how_far_it_is(
    room: Room, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(library, "BATCH", 10)
    for number in range(60):
        room.write(f"{number:02}.md", f"Tea {number}")
    with caplog.at_level(logging.INFO, "bot.publishing.sync"):
        await room.sync.start()
    told = [record for record in caplog.records if record.message == "taking up articles"]
    assert len(told) >= 2
    assert vars(told[0])["of"] == 60
    assert 0 < vars(told[0])["files"] < vars(told[1])["files"] <= 60


async def test_a_thousand_bad_files_do_not_flood_the_log(
    room: Room, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(MOST_TOLD + 30):
        (room.folder / f"{number:03}.md").write_text("no front matter")
    report = await room.sync.start()
    told = [record for record in caplog.records if record.message == "problem in an article"]
    assert len(told) == len(report.problems) == MOST_TOLD
    assert report.problem_count == report.unusable == MOST_TOLD + 30


async def test_the_event_loop_stays_free_meanwhile(room: Room) -> None:
    for number in range(600):
        room.write(f"{number:03}.md", f"Tea {number}")
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    counting = asyncio.create_task(count())
    await room.sync.start()
    counting.cancel()
    assert turns > 100
