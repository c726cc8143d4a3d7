"""Watch: what changes in the articles folders is taken up at once.

The system tells of changes; what it cannot tell (a network drive, a folder that was exchanged, too
many folders) the regular look at everything finds a little later.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import watchfiles

from bot.errors import StoreError
from bot.publishing.notices import Notices, store_trouble
from bot.publishing.sync import Sync

logger = logging.getLogger(__name__)
# It tells of every change at the level that is ours for what an operator would want to know.
logging.getLogger("watchfiles").setLevel(logging.WARNING)

QUIET_MS = 200
"""Changes that follow one another faster are one burst …"""
LONGEST_MS = 1_200
"""… but for no longer than this: readers are to see a change within two seconds."""
IDLE_MS = 1_000
"""How often we look, without changes, whether the folders are still the same ones."""
MOST_NAMED = 500
"""So many files are looked at one by one; for more, one look at everything costs less."""
RETRY_SECONDS = 60.0

Places = tuple[tuple[int, int] | None, ...]


class Watcher:
    """Calls the sync when something changes below the folders; `run` until `stop`."""

    def __init__(self, *, folders: Sequence[Path], sync: Sync, notices: Notices) -> None:
        self._folders = tuple(folder.absolute() for folder in folders)
        self._sync = sync
        self._notices = notices
        self._stop = Event()
        self._stopped = asyncio.Event()
        self._said: str | None = None

    def stop(self) -> None:
        """End `run`."""
        self._stop.set()
        self._stopped.set()

    async def run(self) -> None:
        """Watch; where that fails, say so once and try again from time to time."""
        thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="watch")
        try:
            while not self._stop.is_set():
                try:
                    await self._watch(thread)
                except (OSError, RuntimeError) as error:
                    self._say(error)
                    await self._pause()
        finally:
            self._stop.set()
            thread.shutdown(wait=False)

    async def _watch(self, thread: ThreadPoolExecutor) -> None:
        """Watch until told to stop, or until one of the folders is another one than before."""
        loop = asyncio.get_running_loop()
        changes = watchfiles.watch(
            *self._folders,
            watch_filter=self._may_matter,
            debounce=LONGEST_MS,
            step=QUIET_MS,
            rust_timeout=IDLE_MS,
            yield_on_timeout=True,
            stop_event=self._stop,
            ignore_permission_denied=True,
        )
        places = await asyncio.to_thread(self._places)
        is_new = True
        while (burst := await loop.run_in_executor(thread, next, changes, None)) is not None:
            # Whatever happened before the watch stood is only found by a look at everything.
            if burst or is_new:
                await self._take(() if is_new else {path for _, path in burst})
                self._said = None
                is_new = False
            if await asyncio.to_thread(self._places) != places:
                logger.info("an articles folder was exchanged")
                return

    async def _take(self, paths: Collection[str]) -> None:
        try:
            if 0 < len(paths) <= MOST_NAMED:
                await self._sync.take(paths)
            else:
                await self._sync.run()
        except StoreError as error:
            await self._notices.tell("store", store_trouble(error))

    def _may_matter(self, _change: watchfiles.Change, path: str) -> bool:
        """Leave out what lies in hidden folders, as the thousand files of a `.git` do."""
        for folder in self._folders:
            start = f"{folder}{os.sep}"
            if path.startswith(start):
                folders = path.removeprefix(start).split(os.sep)[:-1]  # noqa: PTH206 - by the thousand
                return not any(name.startswith(".") for name in folders)
        return True

    def _places(self) -> Places:
        return tuple(_place(folder) for folder in self._folders)

    def _say(self, error: Exception) -> None:
        why = str(error)
        if why != self._said:
            self._said = why
            logger.warning(
                "the articles folders cannot be watched; changes are found a little later",
                extra={"why": why},
            )

    async def _pause(self) -> None:
        try:
            async with asyncio.timeout(RETRY_SECONDS):
                await self._stopped.wait()
        except TimeoutError:
            pass


def _place(folder: Path) -> tuple[int, int] | None:
    try:
        status = folder.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino
