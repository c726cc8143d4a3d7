"""Watching: a change reaches readers within two seconds, a thousand changes at once."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
import watchfiles

from bot.clock import SystemClock
from bot.content.library import Library
from bot.publishing import watch
from bot.publishing.catalogue import Catalogue
from bot.publishing.notices import Notices
from bot.publishing.sync import Report, Sync
from bot.publishing.watch import MOST_NAMED, Watcher
from bot.search.index import Index
from bot.store.articles import Articles
from bot.store.database import Database
from bot.store.migrate import migrate
from tests.support.world import a_story

pytestmark = pytest.mark.long

PATIENCE = 20


class ToldSync(Sync):
    """The sync itself, which also remembers what it was asked and wakes who waits."""

    def __post_init__(self) -> None:
        self.asked: list[int | None] = []
        self.done = asyncio.Condition()

    async def run(self, **how: object) -> Report:
        return await self._told(None, await super().run())

    async def take(self, locations: Iterable[str]) -> Report:
        named = tuple(locations)
        return await self._told(len(named), await super().take(named))

    async def _told(self, named: int | None, report: Report) -> Report:
        async with self.done:
            self.asked.append(named)
            self.done.notify_all()
        return report


class Room:
    """Folders under watch."""

    def __init__(self, folders: list[Path], database: Database) -> None:
        self.folders = folders
        self.articles = Articles(database)
        self.sync = ToldSync(
            library=Library(folders),
            folders=folders,
            topics_file=None,
            articles=self.articles,
            catalogue=Catalogue(Index()),
            clock=SystemClock(),
        )
        self.sync.__post_init__()
        self.watcher = Watcher(
            folders=folders, sync=self.sync, notices=Notices(clock=SystemClock())
        )

    @contextlib.asynccontextmanager
    async def watched(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self.watcher.run())
        try:
            yield
        finally:
            self.watcher.stop()
            await asyncio.wait_for(task, PATIENCE)

    async def until(self, titles: dict[str, str]) -> None:
        """Wait until the store holds these articles and no others."""
        async with asyncio.timeout(PATIENCE), self.sync.done:
            while await self.titles() != titles:
                await self.sync.done.wait()

    async def until_asked(self, is_enough: Callable[[list[int | None]], bool]) -> None:
        async with asyncio.timeout(PATIENCE), self.sync.done:
            await self.sync.done.wait_for(lambda: is_enough(self.sync.asked))

    async def state(self) -> list[tuple[int | None, bool | None]]:
        """Give heat and flag of every article."""
        found = [known.article async for known in self.articles.all()]
        return [(one.heat, one.marked_published) for one in found]

    async def titles(self) -> dict[str, str]:
        return {one.article.path: one.article.title async for one in self.articles.all()}


def write(path: Path, title: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(a_story(title).text)


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    async with opened(tmp_path, ["articles"]) as one:
        yield one


@contextlib.asynccontextmanager
async def opened(tmp_path: Path, names: list[str]) -> AsyncIterator[Room]:
    folders = [tmp_path / name for name in names]
    for folder in folders:
        folder.mkdir(parents=True)
    database = Database.open("sqlite:///gazette.db", folder=tmp_path)
    await migrate(database)
    yield Room(folders, database)
    await database.close()


async def test_changes_are_taken_up_within_two_seconds(room: Room) -> None:
    folder = room.folders[0]
    write(folder / "news/a.md", "Green tea")
    async with room.watched():
        await room.until({"news/a.md": "Green tea"})  # from before the watch stood
        begun = time.monotonic()
        write(folder / "news/a.md", "Black tea")
        write(folder / "news/b.md", "White tea")
        await room.until({"news/a.md": "Black tea", "news/b.md": "White tea"})
        taken = time.monotonic() - begun
        (folder / "news/a.md").rename(folder / "news/c.md")
        (folder / "news/b.md").unlink()
        await room.until({"news/c.md": "Black tea"})
        (folder / "news").rename(folder / "old news")
        await room.until({"old news/c.md": "Black tea"})
    assert taken < 2, "slower than readers were told"


async def test_heat_flags_and_half_written_files_are_taken_as_they_come(room: Room) -> None:
    file = room.folders[0] / "a.md"
    whole = a_story("Green tea", heat=40, published=False).text

    async def until(heat: int, *, published: bool) -> None:
        async with asyncio.timeout(PATIENCE), room.sync.done:
            while await room.state() != [(heat, published)]:
                await room.sync.done.wait()

    file.write_text(whole)
    async with room.watched():
        await until(40, published=False)
        file.write_text(whole.replace("heat: 40", "heat: 90"))
        await until(90, published=False)
        asked = len(room.sync.asked)
        file.write_text(whole[: whole.index("heat")])
        await room.until_asked(lambda told: len(told) > asked)
        assert await room.state() == [(90, False)]
        file.write_text(whole.replace("published: false", "published: true"))
        await until(40, published=True)


@pytest.mark.parametrize("count", [MOST_NAMED * 2, 10_000])
async def test_a_burst_is_one_batch(room: Room, count: int) -> None:
    folder = room.folders[0]
    (folder / "news").mkdir()
    async with room.watched():
        await room.until_asked(lambda asked: len(asked) == 1)
        for number in range(count):
            write(folder / f"news/{number:04}.md", f"Tea {number}")
        async with asyncio.timeout(PATIENCE), room.sync.done:
            while await room.articles.count() < count:
                await room.sync.done.wait()
    # The disk of a busy machine may need longer than one burst may last.
    assert len(room.sync.asked) <= 4
    assert None in room.sync.asked[1:]


async def test_several_folders_are_watched_and_other_files_left_alone(tmp_path: Path) -> None:
    async with opened(tmp_path, ["news", "videos"]) as room, room.watched():
        await room.until_asked(lambda asked: len(asked) == 1)
        for name in (".git/a.md", "b.png", ".c.md", "page.html"):
            write(room.folders[0] / name, "No article")
        (room.folders[0] / "out.md").symlink_to("/etc/hostname")
        write(room.folders[0] / "a.md", "Green tea")
        write(room.folders[1] / "b.md", "Boiling water")
        await room.until({"news/a.md": "Green tea", "videos/b.md": "Boiling water"})


async def test_a_folder_that_is_exchanged_is_watched_again(tmp_path: Path) -> None:
    write(tmp_path / "first/a.md", "Green tea")
    write(tmp_path / "second/b.md", "Black tea")
    current = tmp_path / "current"
    current.symlink_to("first")
    database = Database.open("sqlite:///gazette.db", folder=tmp_path)
    await migrate(database)
    room = Room([current], database)
    async with room.watched():
        await room.until({"a.md": "Green tea"})
        (tmp_path / "next").symlink_to("second")
        (tmp_path / "next").replace(current)
        await room.until({"b.md": "Black tea"})
        write(tmp_path / "second/c.md", "White tea")
        await room.until({"b.md": "Black tea", "c.md": "White tea"})
    await database.close()


async def test_a_folder_that_is_missing_is_said_once_and_watched_when_it_comes(
    room: Room, caplog: pytest.LogCaptureFixture
) -> None:
    room.folders[0].rmdir()
    async with room.watched():
        await room.until_asked(lambda asked: len(asked) == 1)
        write(room.folders[0] / "a.md", "Green tea")
        await room.until({"a.md": "Green tea"})
    told = [record for record in caplog.records if record.message == "the articles cannot be read"]
    assert len(told) == 1


async def test_where_nothing_can_be_watched_it_is_said_once_and_tried_again(
    room: Room, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    real, failures = watchfiles.watch, 3

    def full(*folders: Path, **how: Any) -> Iterator[set[watchfiles.main.FileChange]]:
        nonlocal failures
        failures -= 1
        if failures >= 0:
            raise OSError("OS file watch limit reached")
        return real(*folders, **how)

    monkeypatch.setattr(watchfiles, "watch", full)
    monkeypatch.setattr(watch, "RETRY_SECONDS", 0.01)
    write(room.folders[0] / "a.md", "Green tea")
    async with room.watched():
        await room.until({"a.md": "Green tea"})
    told = [record for record in caplog.records if "cannot be watched" in record.message]
    assert [vars(record)["why"] for record in told] == ["OS file watch limit reached"]
