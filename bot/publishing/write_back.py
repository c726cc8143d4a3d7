"""Write-back: files whose stories reached a channel get `published: true`.

The order of steps, so that a kill between any two of them loses nothing and our own flag is never
taken for the publisher's:

1. The ledger says that a message was sent to a channel. Nothing else is remembered: which stories
   are due follows from the ledger, also after a restart.
2. `begin`, one transaction: the story's flag counts as ours, and the story is listed as begun.
3. The file is replaced, as a whole.
4. `end`, one transaction: the story leaves the list; if no file of it was changed, its flag counts
   as the publisher's again.

Killed after 1: it is due at the next start. After 2 or 3: it is on the list at the next start; a
file that says `true` by then is taken as ours, another one is replaced. The library may read the
new file at any moment after 3, and always finds 2. A story that has ended is never due again: a
publisher who takes the flag back has the last word.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from datetime import timedelta
from functools import partial

from bot.content.flag import QUIET_SECONDS, Marked, Reason, mark_published
from bot.content.library import Library
from bot.domain.article import StoryKey
from bot.domain.clock import Clock
from bot.domain.delivery import Delivery, State
from bot.domain.subscription import ChatId
from bot.errors import StoreError
from bot.publishing.notices import Notices, store_trouble
from bot.rendering.phrases import Phrases
from bot.store.articles import Articles
from bot.store.write_backs import WriteBacks

logger = logging.getLogger(__name__)

ATTEMPTS = 5
"""Looks at a file that is just being written, before it waits for the next round."""
RETRY_SECONDS = 30.0
"""The next round after one in which a file was busy or the database in trouble."""
FILES_NAMED = 3
"""Files that one notice names."""


class WriteBack:
    """Marks files beside the courier, one at a time, in a worker thread.

    `channels` gives the chats that count; `keep` is how long ago a story may have reached them;
    `filesystem_now` tells nanoseconds since 1970 as the clock that stamps files does.
    """

    def __init__(
        self,
        *,
        library: Library,
        articles: Articles,
        rows: WriteBacks,
        channels: Callable[[], Collection[ChatId]],
        keep: timedelta,
        notices: Notices,
        clock: Clock,
        filesystem_now: Callable[[], int] = time.time_ns,
    ) -> None:
        self._library = library
        self._articles = articles
        self._rows = rows
        self._channels = channels
        self._keep = keep
        self._notices = notices
        self._clock = clock
        self._filesystem_now = filesystem_now
        self._wake = asyncio.Event()
        self._stopping = False
        self._told: set[tuple[str, str]] = set()

    def saw(self, delivery: Delivery) -> None:
        """Take note of a delivery that has been settled; returns at once."""
        if delivery.state is State.SENT and delivery.chat_id in self._channels():
            self._wake.set()

    def stop(self) -> None:
        """Let `run` end after one last look."""
        self._stopping = True
        self._wake.set()

    async def run(self) -> None:
        """Mark what is due, at once and whenever something was delivered, until `stop`."""
        while True:
            self._wake.clear()
            is_last = self._stopping
            pause = await self._round()
            if is_last:
                return
            try:
                async with asyncio.timeout(pause):
                    await self._wake.wait()
            except TimeoutError:
                pass

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Mark files meanwhile; ends when all that was sent is marked."""
        marking = asyncio.create_task(self.run(), name="write back")
        try:
            yield
        finally:
            self.stop()
            await marking

    async def _round(self) -> float | None:
        """Look once; gives the seconds until the next look, None: when something happens."""
        try:
            return None if await self.run_once() else RETRY_SECONDS
        except StoreError as error:
            await self._notices.tell("store", store_trouble(error))
        except Exception:  # whatever it is, messages go on
            logger.exception("writing back failed in our own code")
            await self._notices.tell(
                "write back",
                lambda _: _("I could not write `published: true` into files: see the log."),
            )
        return RETRY_SECONDS

    async def run_once(self) -> bool:
        """Mark every file that is due; False when some were busy and must be tried again.

        Raises StoreError.
        """
        cut_off = await self._rows.unfinished()
        await self._mark(cut_off, was_cut_off=True)
        now = self._clock.now()
        due = await self._rows.due(self._channels(), since=now - self._keep)
        await self._rows.begin(due, now=now)
        return await self._mark(due)

    async def _mark(self, keys: Collection[StoryKey], *, was_cut_off: bool = False) -> bool:
        """Change the files of stories that were begun, and end them; False: some were busy."""
        ours = {Marked.WRITTEN, *([Marked.ALREADY] if was_cut_off else [])}
        paths = await self._rows.paths(keys)
        known = await self._articles.by_paths(paths)
        done: set[StoryKey] = set()
        failed: dict[str, Reason] = {}
        was_busy = False
        for path, found in known.items():
            outcome = await self._mark_file(path, found.article.story_key)
            if isinstance(outcome, Reason):
                failed[path] = outcome
            elif outcome in ours:
                done.add(paths[path])
            was_busy |= outcome is Marked.BUSY
        await self._rows.end(done, [key for key in keys if key not in done])
        await self._tell(failed)
        return not was_busy

    async def _mark_file(self, path: str, story_key: StoryKey) -> Marked | Reason:
        place = self._library.locate(path)
        if place is None:
            return Marked.ELSEWHERE
        root, location = place
        outcome: Marked | Reason = Marked.BUSY
        for attempt in range(ATTEMPTS):
            if attempt:
                await self._clock.sleep(QUIET_SECONDS)
            outcome = await asyncio.to_thread(
                mark_published,
                location,
                root=root,
                path=path,
                story_key=story_key,
                filesystem_now=self._filesystem_now,
            )
            if outcome is not Marked.BUSY:
                break
        if outcome is Marked.WRITTEN:
            logger.info("written back", extra={"path": path})
        return outcome

    async def _tell(self, failed: dict[str, Reason]) -> None:
        """Say what could not be written, each file and reason once."""
        fresh: dict[str, list[str]] = {}
        for path, reason in failed.items():
            if (path, reason.text) not in self._told:
                self._told.add((path, reason.text))
                fresh.setdefault(reason.text, []).append(path)
                logger.warning("not written back", extra={"path": path, "why": reason.text})
        for why, paths in fresh.items():
            await self._notices.tell(f"write back: {why}", partial(_failed, paths, why))


def _failed(paths: Sequence[str], why: str, _: Phrases) -> str:
    """Tell which files could not be written; the reason is said in English, as in the log."""
    named, more = _.listed(paths[:FILES_NAMED]), len(paths) - FILES_NAMED
    if more <= 0:
        return _(
            "I could not write `published: true` into %(files)s: %(why)s.", files=named, why=why
        )
    return _.ngettext(
        "I could not write `published: true` into %(files)s and %(number)s more: %(why)s.",
        "I could not write `published: true` into %(files)s and %(number)s more: %(why)s.",
        more,
        files=named,
        why=why,
    )
