"""Progress: look on while digests are delivered, by this process or another."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence

from bot.domain.delivery import DigestId
from bot.store.digests import Digests, Progress

WATCH_SECONDS = 0.25
"""How often a person who waits is shown progress."""


async def watch(
    digests: Digests,
    ids: Sequence[DigestId],
    stop: asyncio.Event,
    *,
    on_progress: Callable[[Sequence[Progress]], None],
    limit: float | None = None,
) -> bool:
    """Report the progress of digests until they are done or `stop` is set: then give True.

    Gives False when neither is so after `limit` seconds.
    """
    end = None if limit is None else asyncio.get_running_loop().time() + limit
    while True:
        found = [await digests.progress(digest_id) for digest_id in ids]
        progress = [one for one in found if one is not None]
        on_progress(progress)
        if stop.is_set() or not any(one.open for one in progress):
            return True
        if end is not None and asyncio.get_running_loop().time() >= end:
            return False
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(WATCH_SECONDS):
                await stop.wait()
