"""Indexing: keeps the search index what the store is.

The store names each of its states; the index keeps the name of the one that it corresponds to.
Where they differ (the index is new, was damaged, is of another form or language, another process
has written) all of it is read again from the store, a batch at a time, while questions are
answered from what is there and changed files are taken up.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import secrets
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

from bot.domain.clock import Clock
from bot.errors import IndexLost, StoreError
from bot.publishing.catalogue import Catalogue
from bot.search.index import Ready
from bot.store.articles import BATCH, Articles

logger = logging.getLogger(__name__)

TOLD_EVERY = timedelta(seconds=5)
"""How often a long piece of work says how far it is."""
RETRY_SECONDS = 30.0
LARGE = 2_000
"""From so many new articles on the index is worth tidying up."""
BEING_READ = "-"
"""What an index is called that is being filled: no state of the store has this name."""

Store = Callable[[str], Awaitable[str]]
"""Stores a batch under a name for the state after it, and gives the name of the state before."""


class Indexing:
    """Writes batches to index and store, and fills the index anew when it does not correspond.

    The index is written before the store and notes the paths of the batch: when the program is
    killed in between, these are what the next start sets right.
    """

    def __init__(self, *, catalogue: Catalogue, articles: Articles, clock: Clock) -> None:
        self._catalogue = catalogue
        self._articles = articles
        self._clock = clock
        self._taking = asyncio.Lock()
        self._wake = asyncio.Event()
        self._is_stopped = False
        self._grown_by = 0
        self._revision = ""
        self._cut_off: Sequence[str] = ()
        """The paths of a batch that is in the index and perhaps not in the store."""
        self._has_missed = False
        """Whether somebody else has written to the store since the filling began."""

    async def begin(self) -> None:
        """Find out whether the index corresponds to the store; when it does not, `run` fills it."""
        async with self._taking:
            self._revision = await self._articles.revision()
            age, state = await asyncio.to_thread(self._said)
            names, paths = _read(state)
            if self._revision in names:
                self._catalogue.set_whole(age)
                self._cut_off = () if self._revision == names[-1] else paths
                await self._set_right()
                known = await asyncio.to_thread(lambda: self._catalogue.index.topic_names)
                self._catalogue.mention(known)
                return
            self._catalogue.set_whole(None)
            if not await self._articles.count():
                await asyncio.to_thread(self._begin_empty)
                return
        self._catalogue.mention(await self._articles.topic_names())
        self._wake.set()

    async def look(self) -> None:
        """Find out whether the index was lost, or another process has written to the store."""
        async with self._taking:
            if self._revision != await self._articles.revision():
                self._miss()
            await self._set_right()
            if not self._catalogue.is_whole:
                self._wake.set()

    async def _set_right(self) -> None:
        """Bring a batch that was cut off, in the index, back to what is stored."""
        if not self._cut_off:
            return
        stored = await self._articles.by_paths(self._cut_off)
        state = _state(self._revision) if self._catalogue.is_whole else None
        gone = [path for path in self._cut_off if path not in stored]
        with contextlib.suppress(IndexLost):
            await asyncio.to_thread(
                self._catalogue.take,
                [known.article for known in stored.values()],
                gone,
                state=state,
            )
        self._cut_off = ()

    async def take(self, articles: Ready, gone: Sequence[str], store: Store) -> None:
        """Take a batch into the index, then into the store."""
        after = secrets.token_hex(8)
        async with self._taking:
            await self._set_right()
            paths = (*(facts["path"] for facts in articles.facts), *gone)
            is_whole = self._catalogue.is_whole
            state = _state(self._revision, after, paths=paths) if is_whole else None
            try:
                await asyncio.to_thread(self._catalogue.take, articles, gone, state=state)
            except IndexLost:
                self._miss()
                await asyncio.to_thread(self._catalogue.take, articles, gone)
            self._cut_off = paths
            before = await store(after)
            self._cut_off = ()
            if before != self._revision:
                self._miss()
            self._revision = after
            self._grown_by += len(articles.facts)

    def stop(self) -> None:
        """End `run` after the batch that is on its way."""
        self._is_stopped = True
        self._wake.set()

    def tidy_soon(self) -> None:
        """Let `run` file new words away, and join the pieces that many batches left behind."""
        self._wake.set()

    async def run(self) -> None:
        """Fill the index whenever it does not correspond, until `stop`."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            try:
                while not (self._is_stopped or self._catalogue.is_whole):
                    await self.fill()
                await self._tidy_up()
            except StoreError as error:
                logger.warning("the search index cannot be filled", extra={"why": str(error)})
                await self._pause()
            except Exception:  # whatever it is, messages go on, and answers from what is there
                logger.exception("filling the search index failed in our own code")
                await self._pause()
            if self._is_stopped:
                return

    async def fill(self) -> None:
        """Read all that is stored into the index; nothing when it corresponds already."""
        try:
            async with self._taking:
                if self._catalogue.is_whole:
                    return
                age, was_empty = await self._begin_filling()
            await self._read_all()
            if not was_empty:
                await self._forget_strays()
            await self._finish(age)
        except IndexLost:
            return  # whoever runs this begins once more

    async def _begin_filling(self) -> tuple[int, bool]:
        """Give the age of the index, and whether it is empty."""
        index = self._catalogue.index
        await asyncio.to_thread(self._catalogue.take, (), state=_state(BEING_READ))
        self._revision = await self._articles.revision()
        self._has_missed = False
        age, _ = await asyncio.to_thread(self._said)
        return age, not await asyncio.to_thread(lambda: index.article_count)

    async def _read_all(self) -> None:
        total, done, path = await self._articles.count(), 0, ""
        logger.info("the search index is being filled", extra={"articles": total})
        told_at = self._clock.now()
        is_last = False
        while not (is_last or self._is_stopped):
            async with self._taking:
                part = await self._articles.after(path)
                await asyncio.to_thread(self._catalogue.take, [known.article for known in part])
            is_last, done = len(part) < BATCH, done + len(part)
            path = part[-1].article.path if part else path
            told_at = self._told(told_at, done, total)

    async def _forget_strays(self) -> None:
        """Forget the articles that the store has not."""
        number, index = -1, self._catalogue.index
        while not self._is_stopped:
            async with self._taking:
                paths, number = await asyncio.to_thread(index.paths_after, number)
                if not paths:
                    return
                strays = await self._articles.missing(paths)
                if strays:
                    await asyncio.to_thread(index.replace, (), strays)

    async def _finish(self, age: int) -> None:
        async with self._taking:
            if self._is_stopped or self._has_missed or age != self._catalogue.index.age:
                return
            if self._revision != await self._articles.revision():
                return
            await asyncio.to_thread(self._catalogue.take, (), state=_state(self._revision))
            self._catalogue.set_whole(age)
            self._grown_by = LARGE
            logger.info("the search index is complete")

    async def _tidy_up(self) -> None:
        """Make questions faster, while nobody waits for the index."""
        index = self._catalogue.index
        if await self._repeated(index.file_words) and self._grown_by >= LARGE:
            self._grown_by = 0 if await self._repeated(index.tidy) else self._grown_by

    async def _repeated(self, work: Callable[[], bool]) -> bool:
        """Do work in small steps; True when there is no more, False when others come first."""
        while not (self._is_stopped or self._wake.is_set()):
            async with self._taking:
                if not await asyncio.to_thread(work):
                    return True
        return False

    def _told(self, told_at: datetime, done: int, total: int) -> datetime:
        now = self._clock.now()
        if now - told_at < TOLD_EVERY:
            return told_at
        logger.info("filling the search index", extra={"articles": done, "of": total})
        return now

    def _miss(self) -> None:
        self._has_missed = True
        self._catalogue.set_whole(None)
        self._wake.set()

    def _said(self) -> tuple[int, str | None]:
        index = self._catalogue.index
        return index.age, index.state

    def _begin_empty(self) -> None:
        """Correspond to a store without articles."""
        index = self._catalogue.index
        if index.article_count:
            index.begin_anew()
        try:
            index.replace((), state=_state(self._revision))
        except IndexLost:  # it cannot be written to its file, but in memory it can
            index.replace((), state=_state(self._revision))
        self._catalogue.set_whole(index.age)

    async def _pause(self) -> None:
        """Wait before the next try; `stop` ends it."""
        self._wake.clear()
        if self._is_stopped:
            return
        try:
            async with asyncio.timeout(RETRY_SECONDS):
                await self._wake.wait()
        except TimeoutError:
            pass
        self._wake.set()


def _state(*names: str, paths: Sequence[str] = ()) -> str:
    """Write the names of the store's states that an index may correspond to.

    The last is right once the batch of these paths has been stored.
    """
    return json.dumps([names, paths])


def _read(state: str | None) -> tuple[list[str], list[str]]:
    """Read what `_state` wrote; no names where there is nothing of ours."""
    try:
        names, paths = json.loads(state or "")
    except ValueError:
        return [], []
    return names, paths
