"""Notices to operators: one per cause and hour, to their private chats and to the log."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from bot.domain.clock import Clock
from bot.domain.message import Keyboard
from bot.rendering.phrases import ENGLISH, Phrases, Saying

logger = logging.getLogger(__name__)

QUIET = timedelta(hours=1)
"""The same cause is told again after so long."""

Buttons = Callable[[Phrases], Keyboard]
Tell = Callable[[Saying, Buttons], Awaitable[None]]


def _no_buttons(_: Phrases) -> Keyboard:
    return ()


def store_trouble(error: Exception) -> Saying:
    """Tell that the database does not do what it is asked for."""
    return lambda _: _("The database is in trouble: %(error)s", error=str(error))


def polling_conflict(error: Exception) -> Saying:
    """Tell that another process polls with our token."""
    return lambda _: _(
        "Another program asks for this bot's updates (%(error)s). Only one may run.",
        error=str(error),
    )


class Notices:
    """Tells operators what they must know before a reader does."""

    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock
        self._told: dict[str, datetime] = {}
        self._tell: Tell | None = None

    def connect(self, tell: Tell) -> None:
        """Take the door to the operators' chats; before that, notices only reach the log."""
        self._tell = tell

    async def tell(self, cause: str, text: Saying, keyboard: Buttons = _no_buttons) -> None:
        """Tell operators and the log, unless this cause was told within the hour.

        Each is told in their language, the log in English; `keyboard` stands below the text.
        """
        now = self._clock.now()
        told_at = self._told.get(cause)
        if told_at is not None and abs(now - told_at) < QUIET:  # the clock may be set back
            return
        self._told[cause] = now
        logger.warning("notice to operators", extra={"cause": cause, "text": text(ENGLISH)})
        if self._tell is not None:
            await self._tell(text, keyboard)
