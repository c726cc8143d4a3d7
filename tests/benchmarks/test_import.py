"""What an import and a second start cost, against their yardsticks in the same run.

GAZETTE_BENCH_FILES and GAZETTE_BENCH_SCAN say how many files (20,000 each). Everything runs on one
core and counts its processor time: other programs of the machine then disturb least.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import statistics
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import frontmatter
import pytest

from bot.clock import SystemClock
from bot.content.files import read_one
from bot.content.header import read
from bot.content.library import Library
from bot.publishing.catalogue import Catalogue
from bot.publishing.sync import Sync
from bot.search.index import Index
from bot.store.articles import Articles, StoredFile
from bot.store.database import Database
from bot.store.migrate import migrate
from tests.benchmarks.make_articles import make

FILES = int(os.environ.get("GAZETTE_BENCH_FILES", "20000"))
SCANNED = int(os.environ.get("GAZETTE_BENCH_SCAN", "20000"))
SAMPLE = 2_000
ROUNDS = 5

pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(3_600)]


@pytest.fixture(autouse=True)
def one_core() -> Iterator[None]:
    """Let the whole process, with its threads, have one core."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    all_cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(all_cores)})
    yield
    os.sched_setaffinity(0, all_cores)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Article files as publishers write them."""
    folder = tmp_path_factory.mktemp("articles")
    make(folder, FILES)
    return folder


def seconds(work: Callable[[], object]) -> float:
    """Give the processor time that a piece of work takes."""
    begun = time.process_time()
    work()
    return time.process_time() - begun


def load_all(locations: Sequence[str]) -> None:
    """Do what the yardstick is: python-frontmatter as it comes, on the C loader."""
    for location in locations:
        frontmatter.load(location)


@dataclass(kw_only=True)
class Room:
    """A store, an index and a sync over one folder."""

    articles: Articles
    index: Index
    sync: Sync


@contextlib.asynccontextmanager
async def opened(folder: Path, place: Path) -> AsyncIterator[Room]:
    """Open a store and an index that are empty."""
    place.mkdir()
    database = Database.open("sqlite:///gazette.db", folder=place)
    await migrate(database)
    index = Index(place / "index.db")
    articles = Articles(database)
    sync = Sync(
        library=Library([folder]),
        folders=[folder],
        topics_file=None,
        articles=articles,
        catalogue=Catalogue(index),
        clock=SystemClock(),
    )
    yield Room(articles=articles, index=index, sync=sync)
    index.close()
    await database.close()


def test_reading_alone(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    locations = [str(path) for path in sorted(folder.rglob("*.md"))[:SAMPLE]]
    blobs = [Path(location).read_bytes() for location in locations]
    ratios: dict[str, list[float]] = {"bytes → facts": [], "file → facts": []}
    for _ in range(ROUNDS):
        yardstick = seconds(lambda: load_all(locations))
        parsed = seconds(lambda: [read("a.md", blob) for blob in blobs])
        whole = seconds(
            lambda: [read_one(location, "a.md", time.time_ns) for location in locations]
        )
        ratios["bytes → facts"].append(yardstick / parsed)
        ratios["file → facts"].append(yardstick / whole)
    with capsys.disabled():
        print(f"\nagainst frontmatter.load, {len(locations)} files, median of {ROUNDS} rounds")
        for name, found in ratios.items():
            print(
                f"  {name:17} {statistics.median(found):5.2f} × ({min(found):.2f}–{max(found):.2f})"
            )
    assert statistics.median(ratios["file → facts"]) >= 2


async def test_a_cold_import(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    locations = [found.location for found in Library([folder]).walk().files]
    yardstick = Yardstick(locations)
    async with opened(folder, tmp_path / "whole") as room:
        begun = time.process_time()
        report = await room.sync.start(on_progress=yardstick.catch_up)
        whole = time.process_time() - begun - yardstick.taken
        taken = yardstick.reached - begun - yardstick.taken
        assert (report.changed, room.index.article_count) == (len(locations), len(locations))
    async with opened(folder, tmp_path / "parts") as room:
        stored, indexed, beside = await parts(room, folder, locations)
    rows = {
        "file → facts → stored row": (stored, beside),
        "facts → searchable": (indexed, beside),
        "file → stored and searchable": (taken, yardstick.taken),
        "… words and pieces in order": (whole, yardstick.taken),
    }
    with capsys.disabled():
        each = 1e6 / len(locations)
        print(f"\ncold import of {len(locations)} files, processor time of one core per file")
        print(f"  {'frontmatter.load, parse only':30} {yardstick.taken * each:6.0f} µs")
        for name, (found, loaded) in rows.items():
            print(f"  {name:30} {found * each:6.0f} µs {loaded / found:6.2f} ×")
        print("  the budget of the line before the last is 2 ×")
    # What was reached, less what a busy machine costs; the budget is not reached yet (note 7).
    assert beside / stored >= 1.5
    assert yardstick.taken / taken >= 1.0


class Yardstick:
    """Loads the files that were just taken up: both then meet the same moods of the machine."""

    def __init__(self, locations: Sequence[str]) -> None:
        self._locations = locations
        self._done = 0
        self.taken = 0.0
        self.reached = 0.0

    def catch_up(self, done: int, _total: int | None = None) -> None:
        """Load up to this many files; `reached` is the processor time when that was done."""
        part = self._locations[self._done : done]
        self.taken += seconds(lambda: load_all(part))
        self._done = done
        self.reached = time.process_time()


async def test_people_are_answered_during_an_import(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lags = Lags()
    async with opened(folder, tmp_path / "room") as room:

        def enough(done: int, _total: int | None) -> None:
            if done >= SAMPLE:
                room.sync.stop()

        async with lags.measured():
            await room.sync.start(on_progress=enough)
    with capsys.disabled():
        print(f"\nduring an import on one core, {lags.count} who asked to be woken were late by")
        print(f"  {lags.at(0.5):.1f} ms (median), {lags.at(0.99):.1f} ms (p99)")
    assert lags.at(0.99) < 200


async def parts(room: Room, folder: Path, locations: Sequence[str]) -> tuple[float, float, float]:
    """Give the processor time of reading and storing, that of indexing, and the yardstick's."""
    stored = indexed = 0.0
    done = 0
    yardstick = Yardstick(locations)
    begun = time.process_time()
    for scan in Library([folder]).batches(()):
        files = [
            StoredFile(path=file.path, stamp=file.stamp, article=file.facts) for file in scan.read
        ]
        await room.articles.apply(files, now=SystemClock().now(), is_first_import=True)
        good = [file.facts for file in scan.read if file.facts is not None]
        stored += time.process_time() - begun
        indexed += seconds(partial(room.index.replace, good))
        done += len(good)
        yardstick.catch_up(done)
        begun = time.process_time()
    return stored, indexed, yardstick.taken


class Lags:
    """How late the event loop gets to somebody who asked to be woken."""

    def __init__(self) -> None:
        self._lags: list[float] = []

    @contextlib.asynccontextmanager
    async def measured(self) -> AsyncIterator[None]:
        """Ask to be woken every few milliseconds."""
        task = asyncio.create_task(self._measure())
        try:
            yield
        finally:
            task.cancel()

    async def _measure(self) -> None:
        while True:
            asked = time.perf_counter()
            await asyncio.sleep(0.005)
            self._lags.append((time.perf_counter() - asked - 0.005) * 1000)

    @property
    def count(self) -> int:
        """Count the wake-ups."""
        return len(self._lags)

    def at(self, share: float) -> float:
        """Give milliseconds that the given share of wake-ups did not exceed."""
        return sorted(self._lags)[int(len(self._lags) * share)]


async def test_a_second_start(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "articles"
    make_small(folder, SCANNED)
    async with opened(folder, tmp_path / "room") as room:
        await room.sync.start()
        bare: list[float] = []
        ours: list[float] = []
        for _ in range(2 * ROUNDS):
            bare.append(seconds(lambda: look_bare(folder)))
            begun = time.process_time()
            report = await room.sync.run()
            ours.append(time.process_time() - begun)
            assert report.unchanged == SCANNED
    ratio = statistics.median(a / b for a, b in zip(ours, bare, strict=True))
    with capsys.disabled():
        each = 1e6 / SCANNED
        print(f"\nsecond look at {SCANNED} unchanged files, median of {len(ours)} rounds")
        print(f"  os.scandir + stat   {statistics.median(bare) * each:6.2f} µs a file")
        print(f"  stamps, walk, compare {statistics.median(ours) * each:4.2f} µs a file", end="")
        print(f"  {ratio:5.2f} × (≤ 1.5; best round {min(ours) / min(bare):.2f})")
    assert ratio <= 1.5


def make_small(folder: Path, count: int) -> None:
    """Write files that hold only what an article needs: nothing reads them a second time."""
    for number in range(count):
        path = folder / f"_news/{number // 5_000:04}/2020-09-17-an-article-of-no-length-{number}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"---\ntitle: Article {number}\nwebUrl: https://a.example/{number}\n---\n")
        os.utime(path, (1_700_000_000, 1_700_000_000))


def look_bare(folder: Path) -> int:
    """Do what the yardstick is: list every folder and look up every file."""
    count = 0
    waiting = [str(folder)]
    while waiting:
        with os.scandir(waiting.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)
                else:
                    entry.stat(follow_symlinks=False)
                    count += 1
    return count
