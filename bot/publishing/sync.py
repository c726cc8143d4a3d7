"""Sync: take up what changed in the articles folder."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path

from bot.content.library import Library, ReadFile, Scan, Settled
from bot.content.topics import find_topics_file, read_topics
from bot.domain.clock import Clock
from bot.domain.problem import Problem
from bot.domain.quick import quick
from bot.errors import ContentError
from bot.publishing.catalogue import Catalogue
from bot.publishing.collecting import fewer_collections
from bot.publishing.indexing import TOLD_EVERY, Indexing
from bot.search.index import Ready
from bot.store.articles import STAMPS, Articles, Settlement, StoredFile

logger = logging.getLogger(__name__)

MOST_TOLD = 50
"""Problems that one run writes to the log; `gazette check` names them all."""

_make_stored = quick(StoredFile)

Watched = Callable[[int, int | None], None]
"""Is told how many files have been looked at, and how many there will be if that is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a look at the folder found."""

    changed: int = 0
    gone: int = 0
    unchanged: int = 0
    unusable: int = 0
    """Files without usable facts: the last good ones stay in use."""
    problems: tuple[Problem, ...] = ()
    """The first MOST_TOLD of them and those of folders; `problem_count` counts all."""
    problem_count: int = 0
    trouble: str | None = None
    """Why the folder could not be read at all."""


class Sync:
    """Brings store and catalogue up to the folder's state; one run at a time.

    Files are taken up in batches: between two of them other writers and people have their turn,
    memory stays flat, and a run that is cut off goes on where it was. `topics_file` None: the
    description of topics is looked for in `folders`. `indexing.run` fills the index when needed.
    """

    def __init__(
        self,
        *,
        library: Library,
        folders: Sequence[Path],
        topics_file: Path | None,
        articles: Articles,
        catalogue: Catalogue,
        clock: Clock,
    ) -> None:
        self._library = library
        self._folders = tuple(folders)
        self._topics_file = topics_file
        self._articles = articles
        self._catalogue = catalogue
        self._clock = clock
        self.indexing = Indexing(catalogue=catalogue, articles=articles, clock=clock)
        self._topics_stamp: object = None
        self._said: object = None
        self._running = asyncio.Lock()
        self._is_stopped = False
        self._passed_over: frozenset[Problem] = frozenset()
        self._digests: Mapping[str, str] = {}
        self._revision: str | None = None
        """What we left the store at during a look; None: somebody else has written to it."""

    async def start(self, *, on_progress: Watched | None = None) -> Report:
        """Take up what changed since the program last ran.

        `on_progress` is told how far a run is; without it the log is.
        """
        await self.indexing.begin()
        return await self.run(on_progress=on_progress)

    async def run(self, *, on_progress: Watched | None = None) -> Report:
        """Look at everything; says every change of state, and unreadable folders once."""
        return await self._take(None, on_progress)

    async def take(self, locations: Iterable[str]) -> Report:
        """Look at named places on disk only; at everything where only that can tell."""
        return await self._take(tuple(locations), None)

    def stop(self) -> None:
        """End a run after the batch that is on its way; the next start goes on there."""
        self._is_stopped = True
        self.indexing.stop()

    async def _take(self, locations: Sequence[str] | None, on_progress: Watched | None) -> Report:
        async with self._running, fewer_collections():
            await self._take_topics()
            await self.indexing.look()
            teller = _Teller(self._clock, on_progress)
            scan = None
            try:
                if locations is not None:
                    scan = await asyncio.to_thread(self._library.look, locations)
                if scan is not None:
                    report = await self._take_scans(iter((scan,)), teller, [])
                else:
                    report = await self._take_all(teller)
            except ContentError as error:
                report = Report(trouble=str(error))
            finally:
                self._catalogue.is_importing = False
            self.indexing.tidy_soon()
        if report.trouble != self._said and report.trouble is not None:
            logger.warning("the articles cannot be read", extra={"why": report.trouble})
        self._said = report.trouble
        return report

    async def _take_all(self, teller: _Teller) -> Report:
        before = await self._articles.settled()
        self._revision = before.revision
        teller.total = before.file_count or await self._articles.file_count()
        if not teller.total:
            teller.total = await asyncio.to_thread(self._library.count)
        known = partial(self._known, asyncio.get_running_loop())
        settled = Settled(digests=before.digests, after=known)
        ready: list[Ready] = []
        scans = self._library.batches(
            known(""), settled, at_hand=lambda files: ready.append(self._made_ready(files))
        )
        report = await self._take_scans(scans, teller, ready)
        if self._revision and not self._is_stopped:
            count = report.unchanged + report.changed + report.unusable
            after = Settlement(revision=self._revision, digests=self._digests, file_count=count)
            if after != before:
                await self._articles.settle(after)
        return report

    async def _take_scans(
        self, scans: Iterator[Scan], teller: _Teller, ready: list[Ready]
    ) -> Report:
        """Take up part after part; `ready` holds what was made ready of the one that came last."""
        report, hidden = Report(), 0
        is_first = not await self._articles.has_imported()
        self._catalogue.is_importing = is_first
        while not self._is_stopped and (scan := await asyncio.to_thread(next, scans, None)):
            if scan.read or scan.gone:
                if scan.read and not ready:  # files that were named, not met
                    ready.append(await asyncio.to_thread(self._made_ready, scan.read))
                await self._take_batch(scan, Ready.joined(ready), is_first=is_first)
                ready.clear()
            report = _added(report, scan)
            self._tell_passed_over(scan.problems)
            hidden, self._digests = scan.hidden_count, scan.digests
            teller.tell(report.changed + report.unchanged)
        if is_first and report.changed and not self._is_stopped:
            await self._articles.set_imported(now=self._clock.now())
        if report.changed or report.gone or report.unusable:
            logger.info(
                "articles taken up",
                extra={
                    "changed": report.changed,
                    "gone": report.gone,
                    "unchanged": report.unchanged,
                    "problems": report.problem_count,
                    "hidden": hidden,
                },
            )
        return report

    def _tell_passed_over(self, problems: Iterable[Problem]) -> None:
        """Write to the log what was passed over, each time anew only what was not there before."""
        new = [problem for problem in problems if problem not in self._passed_over]
        for problem in new[:MOST_TOLD]:
            logger.warning("passed over", extra={"path": problem.path, "problem": problem.problem})
        if problems:
            self._passed_over = frozenset(problems)

    def _known(
        self, loop: asyncio.AbstractEventLoop, after: str
    ) -> Iterator[tuple[str, int, int, str]]:
        """Give the stamps of the known files behind a path; runs in the thread that walks.

        A page at a time: a million of them would fill the memory, and one long look at the
        database would keep SQLite from tidying up after every batch that is written meanwhile.
        The first page holds one file, for a walk that may pass over the whole folder.
        """
        limit = 1
        while True:
            page = asyncio.run_coroutine_threadsafe(self._articles.stamps_after(after, limit), loop)
            rows = page.result()
            yield from rows
            if len(rows) < limit:
                return
            after, limit = rows[-1][0], STAMPS

    async def _take_batch(self, scan: Scan, ready: Ready, *, is_first: bool) -> None:
        files = [_stored(file) for file in scan.read]

        async def store(revision: str) -> str:
            before = await self._articles.apply(
                files,
                scan.gone,
                now=self._clock.now(),
                is_first_import=is_first,
                revision=revision,
            )
            self._revision = revision if before == self._revision else None
            return before

        await self.indexing.take(ready, scan.gone, store)

    def _made_ready(self, files: Sequence[ReadFile]) -> Ready:
        """Make ready for the index what was just read, in the thread that reads."""
        facts = [file.facts for file in files if file.facts is not None]
        return self._catalogue.index.ready(facts)

    async def _take_topics(self) -> None:
        file, stamp = await asyncio.to_thread(self._find_topics)
        if stamp == self._topics_stamp:
            return
        self._topics_stamp = stamp
        if file is None or stamp is None:
            self._catalogue.describe(())
            return
        read = await asyncio.to_thread(read_topics, file)
        self._catalogue.describe(read.topics)
        for problem in read.problems:
            logger.warning(
                "problem in the topics",
                extra={"path": problem.path, "line": problem.line, "problem": problem.problem},
            )

    def _find_topics(self) -> tuple[Path | None, object]:
        """Find the description of the topics, and what tells whether it has changed."""
        file = self._topics_file
        if file is None:
            found = (find_topics_file(folder) for folder in self._folders)
            file = next((path for path in found if path is not None), None)
        return file, _stamp(file)


class _Teller:
    """Tells how far a long run is: to whoever watches, else to the log every few seconds."""

    def __init__(self, clock: Clock, on_progress: Watched | None) -> None:
        self._clock = clock
        self._on_progress = on_progress
        self._told_at: datetime = clock.now()
        self.total: int | None = None

    def tell(self, done: int) -> None:
        """Tell the number of files that have been looked at."""
        if self._on_progress is not None:
            self._on_progress(done, self.total)
        elif (now := self._clock.now()) - self._told_at >= TOLD_EVERY:
            self._told_at = now
            logger.info("taking up articles", extra={"files": done, "of": self.total})


def _stored(file: ReadFile) -> StoredFile:
    return _make_stored(
        path=file.path, stamp=file.stamp, article=file.facts, problems=file.problems
    )


def _added(report: Report, scan: Scan) -> Report:
    """Count a part of a scan, and write its problems to the log unless there are too many."""
    usable = sum(file.facts is not None for file in scan.read)
    found = [problem for file in scan.read for problem in file.problems]
    room = max(MOST_TOLD - len(report.problems), 0)
    for problem in found[:room]:
        logger.warning(
            "problem in an article",
            extra={"path": problem.path, "line": problem.line, "problem": problem.problem},
        )
    return replace(
        report,
        changed=report.changed + usable,
        unusable=report.unusable + len(scan.read) - usable,
        gone=report.gone + len(scan.gone),
        unchanged=scan.unchanged,
        problems=(*report.problems, *found[:room], *scan.problems),
        problem_count=report.problem_count + len(found) + len(scan.problems),
    )


def _stamp(path: Path | None) -> object:
    """Tell whether a topics file, or anything in a topics folder, has changed."""
    if path is None:
        return None
    try:
        files = sorted(path.iterdir()) if path.is_dir() else [path]
        return tuple((str(file), file.stat().st_mtime_ns, file.stat().st_size) for file in files)
    except OSError:
        return None
