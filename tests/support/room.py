"""A folder, a store and an index with the sync between them, without the rest of the program."""

from __future__ import annotations

import asyncio
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.content.library import Library
from bot.domain.topic import TopicTree
from bot.publishing.catalogue import Catalogue
from bot.publishing.sync import Sync
from bot.search.index import Index
from bot.search.query import Query
from bot.store.articles import Articles
from bot.store.database import Database
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

    def __init__(
        self,
        folder: Path,
        database: Database,
        index: Path | Index | None = None,
        *,
        articles: Articles | None = None,
    ) -> None:
        self.folder = folder
        self.database = database
        self.articles = articles or Articles(database)
        self.catalogue = Catalogue(index if isinstance(index, Index) else Index(index))
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

    def rows_of(self, table: str) -> int:
        """Count the rows of a table of the index."""
        with self.catalogue.index._file.reading() as connection:
            return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])

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
