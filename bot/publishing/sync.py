"""Sync: take up what changed in the articles folder."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.content.library import Library, Scan, Stamp
from bot.content.topics import find_topics_file, read_topics
from bot.domain.clock import Clock
from bot.domain.problem import Problem
from bot.errors import ContentError
from bot.publishing.catalogue import Catalogue
from bot.store.articles import Articles, StoredFile

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a look at the folder found."""

    changed: int = 0
    gone: int = 0
    unchanged: int = 0
    problems: tuple[Problem, ...] = ()
    trouble: str | None = None
    """Why the folder could not be read at all."""


class Sync:
    """Brings store and catalogue up to the folder's state; one run at a time.

    `topics_file` None: the description of topics is looked for in `folders`.
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
        self._topics_stamp: object = None
        self._said: object = None
        self._running = asyncio.Lock()

    async def start(self) -> Report:
        """Fill the catalogue with what is stored, then take up what changed since."""
        known = [one.article async for one in self._articles.all()]
        await asyncio.to_thread(self._catalogue.take, known)
        return await self.run()

    async def run(self) -> Report:
        """Look once; says every change of state, and a folder that cannot be read once."""
        async with self._running:
            await self._take_topics()
            try:
                report = await self._take_articles()
            except ContentError as error:
                report = Report(trouble=str(error))
        if report.trouble != self._said and report.trouble is not None:
            logger.warning("the articles cannot be read", extra={"why": report.trouble})
        self._said = report.trouble
        return report

    async def _take_articles(self) -> Report:
        stamps = await self._articles.stamps()
        known = {path: Stamp(*stamp) for path, stamp in stamps.items()}
        scan: Scan = await asyncio.to_thread(self._library.scan, known)
        if not scan.read and not scan.gone:
            return Report(unchanged=scan.unchanged, problems=scan.problems)
        is_first = not await self._articles.has_imported()
        files = [
            StoredFile(
                path=file.path,
                stamp=(file.stamp.mtime_ns, file.stamp.size, file.stamp.inode),
                article=file.article,
                problems=file.problems,
            )
            for file in scan.read
        ]
        await self._articles.apply(
            files, scan.gone, now=self._clock.now(), is_first_import=is_first
        )
        if is_first:
            await self._articles.set_imported(now=self._clock.now())
        good = [file.article for file in scan.read if file.article is not None]
        await asyncio.to_thread(self._catalogue.take, good, scan.gone)
        problems = [problem for file in scan.read for problem in file.problems]
        for problem in problems:
            logger.warning(
                "problem in an article",
                extra={"path": problem.path, "line": problem.line, "problem": problem.problem},
            )
        report = Report(
            changed=len(good),
            gone=len(scan.gone),
            unchanged=scan.unchanged,
            problems=(*problems, *scan.problems),
        )
        logger.info(
            "articles taken up",
            extra={
                "changed": report.changed,
                "gone": report.gone,
                "unchanged": report.unchanged,
                "problems": len(report.problems),
            },
        )
        return report

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


def _stamp(path: Path | None) -> object:
    """Tell whether a topics file, or anything in a topics folder, has changed."""
    if path is None:
        return None
    try:
        files = sorted(path.iterdir()) if path.is_dir() else [path]
        return tuple((str(file), file.stat().st_mtime_ns, file.stat().st_size) for file in files)
    except OSError:
        return None
