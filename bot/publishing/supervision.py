"""Parts that run beside the bot: one that fails is told of and begins again; the rest goes on."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable

from bot.errors import StoreError
from bot.publishing.notices import Notices, store_trouble
from bot.rendering.phrases import Phrases, Saying

logger = logging.getLogger(__name__)

Run = Callable[[], Awaitable[None]]

AGAIN_SECONDS = 60.0
"""Before a part that failed begins again: what broke it is seldom over at once."""


def part_failed(part: str) -> Saying:
    """Tell operators that a part failed for a reason of our own."""

    def say(_: Phrases) -> str:
        return _(
            "A part of the program failed (%(part)s): the log says why. It is tried again by "
            "itself.",
            part=part,
        )

    return say


class Supervision:
    """Keeps parts going until `stopped` is set."""

    def __init__(self, *, notices: Notices, stopped: asyncio.Event) -> None:
        self._notices = notices
        self._stopped = stopped

    def guarded(self, part: str, action: Run) -> Run:
        """Give the same action, which tells operators of its failure and never raises."""

        async def tried() -> None:
            await self._is_done(part, action)

        return tried

    async def keep(self, part: str, run: Run, *, again_after: float = AGAIN_SECONDS) -> None:
        """Run a part until it ends by itself; `again_after`: seconds of rest behind a failure."""
        while not await self._is_done(part, run) and not self._stopped.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(again_after):
                    await self._stopped.wait()

    async def _is_done(self, part: str, action: Run) -> bool:
        try:
            await action()
        except StoreError as error:
            await self._notices.tell("store", store_trouble(error))
        except Exception:
            logger.exception("a part failed in our own code", extra={"part": part})
            await self._notices.tell(f"failed:{part}", part_failed(part))
        else:
            return True
        return False
