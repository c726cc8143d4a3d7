"""Articles: the facts of files, the status of stories, and the problems of bad files."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.article import StoryId, StoryKey
from bot.domain.facts import article_from
from bot.domain.problem import Problem
from bot.domain.selection import Known
from bot.store.article_rows import COLUMNS, Rows, Stamp, StoredFile, insert_into, rows_of
from bot.store.bulk import BulkInsert, fetch_plain
from bot.store.columns import bounded, storable
from bot.store.database import Database, Row, in_parts
from bot.store.facts_text import facts_from
from bot.store.schema import articles, files, meta, problems, stories

__all__ = ["BATCH", "STAMPS", "Articles", "Settlement", "Stamp", "StoredFile"]

BATCH = 1_000
"""Rows written or read between two looks at the event loop."""
STAMPS = 10_000
"""Stamps read at once: about a megabyte."""
SOURCES_FROM = 20_000
"""So many of the newest articles name the sources: soon read, however large the library is."""
_FEW = 50
"""So many articles are decoded at once without leaving the event loop: about 2 ms."""
_IMPORTED = "imported_at"
_REVISION = "articles"
_FOLDERS = "folders"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """What a look at the folders that found nothing new found, true for one state of the store.

    `digests` gives by the beginning of its paths what a folder's names and stamps came to,
    `file_count` how many files there are in all; None: not known.
    """

    revision: str = ""
    digests: Mapping[str, str] = field(default_factory=dict)
    file_count: int | None = None


class Articles:
    """What we know of every article."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._inserts = {name: BulkInsert(insert_into(db, name), names) for name, names in COLUMNS}

    async def apply(
        self,
        read: Sequence[StoredFile],
        gone: Sequence[str] = (),
        *,
        now: datetime,
        is_first_import: bool = False,
        revision: str | None = None,
    ) -> str:
        """Take over what was read and forget the files that are gone, in one transaction.

        A story that is new gets `now` as the time it was first seen, in the first import none.
        The status of stories stays when their files go. Of a path that is read twice the last
        reading counts. Other writers wait for the end: hand in about a thousand files at a time.
        `revision` names the state after it (None: a new name); gives the name of the one before.
        """
        latest = list({file.path: file for file in read}.values())
        async with self._db.writing() as connection:
            before = await self._renamed(connection, revision or secrets.token_hex(8))
            for paths in in_parts(gone):
                for table in (articles, files, problems):
                    await connection.execute(sa.delete(table).where(table.c.path.in_(paths)))
            first_seen_at = None if is_first_import else now
            for part in in_parts(latest, BATCH):
                rows = await asyncio.to_thread(rows_of, part, first_seen_at, now)
                await self._write(connection, rows, [file.path for file in part])
        return before

    async def _renamed(self, connection: AsyncConnection, revision: str) -> str:
        """Give a state its name; nobody else does until the transaction ends."""
        query = sa.select(meta.c.value).where(meta.c.key == _REVISION).with_for_update()
        before: str | None = await connection.scalar(query)
        if before is None:
            first = self._db.insert(meta).on_conflict_do_nothing()
            await connection.execute(first, {"key": _REVISION, "value": ""})
            before = await connection.scalar(query)
        change = sa.update(meta).where(meta.c.key == _REVISION).values(value=revision)
        await connection.execute(change)
        return before or ""

    async def revision(self) -> str:
        """Give the name of the present state of files and articles; empty: it never had one."""
        async with self._db.reading() as connection:
            query = sa.select(meta.c.value).where(meta.c.key == _REVISION)
            found: str | None = await connection.scalar(query)
        return found or ""

    async def _write(self, connection: AsyncConnection, rows: Rows, paths: Sequence[str]) -> None:
        await self._forget_problems(connection, paths)
        for name, values in rows.by_table():
            await self._inserts[name].run(connection, values)

    async def _forget_problems(self, connection: AsyncConnection, paths: Sequence[str]) -> None:
        if await connection.scalar(sa.select(problems.c.path).limit(1)) is None:
            return  # to look for a thousand takes a fiftieth of an import
        chosen: Any = paths
        if self._db.is_sqlite:  # one value: a thousand take as long as all other rows together
            keys = orjson.dumps([bounded(storable(path)) for path in paths]).decode()
            chosen = sa.select(sa.func.json_each(keys).table_valued("value").c.value)
        await connection.execute(sa.delete(problems).where(problems.c.path.in_(chosen)))

    async def settled(self) -> Settlement:
        """Give what `settle` noted for the present state."""
        async with self._db.reading() as connection:
            query = sa.select(meta.c.key, meta.c.value).where(meta.c.key.in_([_REVISION, _FOLDERS]))
            said = {key: value for key, value in await connection.execute(query)}
        revision = said.get(_REVISION, "")
        noted = Settlement(**orjson.loads(said.get(_FOLDERS, "{}")))
        return noted if noted.revision == revision else Settlement(revision=revision)

    async def settle(self, settlement: Settlement) -> None:
        """Note it, unless the state has another name by now."""
        query = sa.select(meta.c.value).where(meta.c.key == _REVISION).with_for_update()
        insert = self._db.insert(meta)
        change = insert.on_conflict_do_update(
            index_elements=["key"], set_={"value": insert.excluded.value}
        )
        noted = {"key": _FOLDERS, "value": orjson.dumps(settlement).decode()}
        async with self._db.writing() as connection:
            if await connection.scalar(query) == settlement.revision:
                await connection.execute(change, noted)

    async def stamps_after(self, path: str, limit: int | None = None) -> Sequence[Any]:
        """Give path, `mtime_ns`, size and inode (in decimal) of the next files after one.

        There are STAMPS or `limit` of them in the order of code points; fewer: these are the
        last. A look at the folders reads nearly all: nothing is made of a row but what is compared.
        """
        # Read as plain text: the types of the columns would be asked about every value.
        key: sa.ColumnElement[str] = sa.type_coerce(files.c.path, sa.Text())
        if not self._db.is_sqlite:
            key = key.collate("C")
        query = sa.select(key, files.c.mtime_ns, files.c.size, files.c.inode)
        query = query.where(key > path).order_by(key).limit(limit or STAMPS)
        async with self._db.reading() as connection:
            return await fetch_plain(connection, query)

    async def known(self, *, since: datetime) -> tuple[Known, ...]:
        """Give the articles dated at or after `since`, undated ones first seen then, by path."""
        async with self._db.reading() as connection:
            dated = await connection.execute(_select().where(articles.c.dated_at >= since))
            rows = list(dated)
            undated = articles.c.dated_at.is_(None) & (stories.c.first_seen_at >= since)
            rows += await connection.execute(_select().where(undated))
        found = await _knowns(rows)
        return tuple(sorted(found, key=lambda known: known.article.path))

    async def all(self) -> AsyncIterator[Known]:
        """Walk through every article in the order of paths.

        Each part is read by itself: whoever stops early, or works long on one article, holds no
        connection. What changes meanwhile is seen or not.
        """
        part: Sequence[Known] = ()
        while True:
            part = await self.after(part[-1].article.path if part else "")
            for known in part:
                yield known
            if len(part) < BATCH:
                return

    async def after(self, path: str) -> Sequence[Known]:
        """Give the next BATCH articles after one in the order of paths; fewer are the last."""
        query = _select().where(articles.c.path > path).order_by(articles.c.path).limit(BATCH)
        async with self._db.reading() as connection:
            rows = (await connection.execute(query)).all()
        return await _knowns(rows)

    async def by_story_id(self, story: StoryId) -> Known | None:
        """Give the best file of a story (hottest, then first by path); None if there is none."""
        found = await self._where(stories.c.story_id == story)
        return min(found, key=_best_first) if found else None

    async def by_story_keys(self, keys: Iterable[StoryKey]) -> dict[StoryKey, Known]:
        """Give the best file of each story that has one."""
        found: dict[StoryKey, Known] = {}
        for part in in_parts(list(dict.fromkeys(keys))):
            for known in sorted(await self._where(articles.c.story_key.in_(part)), key=_best_first):
                found.setdefault(known.article.story_key, known)
        return found

    async def by_paths(self, paths: Iterable[str]) -> dict[str, Known]:
        """Give the articles of these paths that there are."""
        found: dict[str, Known] = {}
        for part in in_parts(list(dict.fromkeys(paths))):
            for known in await self._where(articles.c.path.in_(part)):
                found[known.article.path] = known
        return found

    async def missing(self, paths: Iterable[str]) -> set[str]:
        """Give those of the paths of which there is no article."""
        wanted = {bounded(storable(path)): path for path in paths}
        for part in in_parts(list(wanted)):
            query = sa.select(articles.c.path).where(articles.c.path.in_(part))
            async with self._db.reading() as connection:
                for found in await connection.scalars(query):
                    wanted.pop(found, None)
        return set(wanted.values())

    async def _where(self, condition: sa.ColumnElement[bool]) -> list[Known]:
        async with self._db.reading() as connection:
            rows = (await connection.execute(_select().where(condition))).all()
        return await _knowns(rows)

    async def topic_names(self) -> tuple[str, ...]:
        """Give every topic name that an article holds, each once."""
        facts = articles.c.facts
        if self._db.is_sqlite:
            names = sa.func.json_each(facts, "$.topics").table_valued("value")
            query = sa.select(names.c.value).select_from(sa.join(articles, names, sa.true()))
        else:
            found = sa.cast(facts, sa.JSON())["topics"]
            query = sa.select(sa.func.json_array_elements_text(found))
        async with self._db.reading() as connection:
            return tuple(await connection.scalars(query.distinct()))

    async def sources(self) -> tuple[str, ...]:
        """Give the `provider_key` of whoever stands behind the newest articles, in no order."""
        newest = sa.select(articles.c.provider_key).order_by(articles.c.dated_at.desc())
        keys = newest.limit(SOURCES_FROM).subquery().c.provider_key
        async with self._db.reading() as connection:
            found = await connection.scalars(sa.select(keys).where(keys.is_not(None)).distinct())
            return tuple(found)

    async def file_count(self) -> int:
        """Count the files that were read, good or bad."""
        async with self._db.reading() as connection:
            return await connection.scalar(sa.select(sa.func.count()).select_from(files)) or 0

    async def count(self) -> int:
        """Count the articles."""
        async with self._db.reading() as connection:
            return await connection.scalar(sa.select(sa.func.count()).select_from(articles)) or 0

    async def problems(self) -> tuple[Problem, ...]:
        """Give the problems of all files, by path and in the order of each file."""
        query = sa.select(
            problems.c.path,
            problems.c.line,
            problems.c.column,
            problems.c.key,
            problems.c.problem,
            problems.c.mend,
            problems.c.is_fatal,
        ).order_by(problems.c.path, problems.c.number)
        async with self._db.reading() as connection:
            return tuple(_problem_from_row(row) for row in await connection.execute(query))

    async def mark_posted(self, keys: Iterable[StoryKey], *, at: datetime) -> None:
        """Note that stories have been posted; the first time counts."""
        async with self._db.writing() as connection:
            for part in in_parts(list(dict.fromkeys(keys))):
                await connection.execute(
                    sa.update(stories)
                    .where(stories.c.story_key.in_(part), stories.c.posted_at.is_(None))
                    .values(posted_at=at)
                )

    async def has_imported(self) -> bool:
        """Whether the first import of the library was finished."""
        async with self._db.reading() as connection:
            query = sa.select(meta.c.value).where(meta.c.key == _IMPORTED)
            return await connection.scalar(query) is not None

    async def set_imported(self, *, now: datetime) -> None:
        """Note that the first import is finished: what appears from now on is new."""
        async with self._db.writing() as connection:
            insert = self._db.insert(meta).on_conflict_do_nothing()
            await connection.execute(insert, {"key": _IMPORTED, "value": now.isoformat()})


def _problem_from_row(row: Row) -> Problem:
    return Problem(
        path=row.path,
        line=row.line,
        column=row.column,
        key=row.key,
        problem=row.problem,
        mend=row.mend,
        is_fatal=row.is_fatal,
    )


def _select() -> sa.Select[Any]:
    status = (stories.c.first_seen_at, stories.c.written_back_at, stories.c.retired_at)
    return sa.select(articles.c.facts, *status).join(
        stories, stories.c.story_key == articles.c.story_key
    )


async def _knowns(rows: Sequence[Row]) -> list[Known]:
    if len(rows) <= _FEW:
        return [_from_row(row) for row in rows]
    return await asyncio.to_thread(lambda: [_from_row(row) for row in rows])


def _from_row(row: Row) -> Known:
    return Known(
        article=article_from(facts_from(row.facts)),
        first_seen_at=row.first_seen_at,
        is_written_back=row.written_back_at is not None,
        is_retired=row.retired_at is not None,
    )


def _best_first(known: Known) -> tuple[float, str]:
    heat = known.article.heat
    return (float("inf") if heat is None else -float(heat), known.article.path)
