"""Sync: what changed in the folders reaches store, topics and index, batch by batch."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.content import library, walker
from bot.content.fences import MAX_FILE_SIZE
from bot.publishing.sync import MOST_TOLD, Report
from bot.store.database import Database
from bot.store.migrate import migrate
from tests.support.room import WRITTEN_AT, Room, WalkingClock


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


@pytest.mark.long
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


async def test_what_is_left_alone_is_said_once(
    room: Room, caplog: pytest.LogCaptureFixture
) -> None:
    room.write("a.md", "Green tea")
    room.write(".hidden.md", "No article")
    (room.folder / "out.md").symlink_to("/etc/hostname")
    (room.folder / "huge.md").write_bytes(b"---\n" + b"#" * (MAX_FILE_SIZE + 1))
    os.utime(room.folder / "huge.md", ns=(WRITTEN_AT, WRITTEN_AT))
    (room.folder / "picture.jpg").write_bytes(b"\xff\xd8")
    caplog.set_level(logging.INFO)
    for _ in range(3):
        await room.sync.run()
    told = [
        (vars(record)["path"], vars(record)["problem"].partition(" and")[0])
        for record in caplog.records
        if record.levelno == logging.WARNING
    ]
    assert told == [
        ("huge.md", "the file is larger than 1024 KiB"),
        ("out.md", "the link leads out of the folder"),
    ]
    (taken,) = [r for r in caplog.records if r.message == "articles taken up"]
    assert vars(taken)["hidden"] == 1
    assert await room.stored() == {"a.md": "Green tea"}


async def test_the_words_of_an_import_are_filed_away_behind_it(room: Room) -> None:
    room.write("a.md", "Green lanterns")
    await room.sync.start()
    filing = asyncio.create_task(room.sync.indexing.run())
    async with asyncio.timeout(10):
        while room.rows_of("fresh"):
            await asyncio.sleep(0.01)
    room.sync.stop()
    await filing
    assert room.rows_of("part") > 0


async def test_large_folders_are_settled_for_as_long_as_nobody_writes(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(walker, "LARGE", 1)
    for name in ("a/a.md", "a/b.md", "b/a.md"):
        room.write(name, "Green tea")
    await room.sync.start()
    settled = await room.articles.settled()
    assert (set(settled.digests), settled.file_count) == ({"a/", "b/"}, 3)
    assert await room.sync.run() == Report(unchanged=3)
    assert await room.articles.settled() == settled
    # Another process forgets a file, and so does somebody in the folder.
    await room.articles.apply([], ["a/a.md"], now=WalkingClock().now())
    assert (await room.articles.settled()).digests == {}
    (room.folder / "b/a.md").unlink()
    report = await room.sync.run()
    assert (report.changed, report.gone, report.unchanged) == (1, 1, 1)
    assert (await room.articles.settled()).digests.keys() == {"a/"}
    await room.articles.settle(settled)  # by now a state of the past
    assert (await room.articles.settled()).digests.keys() == {"a/"}
    assert await room.sync.run() == Report(unchanged=2)
    assert (await room.stored()).keys() == {"a/a.md", "a/b.md"}
