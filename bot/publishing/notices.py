"""Notices to operators: one per cause and hour, to their private chats and to the log."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from bot.domain.clock import Clock
from bot.domain.message import Keyboard

logger = logging.getLogger(__name__)

QUIET = timedelta(hours=1)
"""The same cause is told again after so long."""

Tell = Callable[[str, Keyboard], Awaitable[None]]


class Notices:
    """Tells operators what they must know before a reader does."""

    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock
        self._told: dict[str, datetime] = {}
        self._tell: Tell | None = None

    def connect(self, tell: Tell) -> None:
        """Take the door to the operators' chats; before that, notices only reach the log."""
        self._tell = tell

    async def tell(self, cause: str, text: str, keyboard: Keyboard = ()) -> None:
        """Tell operators and the log, unless this cause was told within the hour.

        `keyboard` stands below the text in their chats.
        """
        now = self._clock.now()
        told_at = self._told.get(cause)
        if told_at is not None and abs(now - told_at) < QUIET:  # the clock may be set back
            return
        self._told[cause] = now
        logger.warning("notice to operators", extra={"cause": cause, "text": text})
        if self._tell is not None:
            await self._tell(text, keyboard)
