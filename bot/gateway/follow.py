"""Following: a panel that is kept up to date by editing it in place."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from bot.domain.clock import Clock
from bot.domain.looking import LEAST_PAUSE, Pauses
from bot.domain.message import Message
from bot.domain.pacing import Priority
from bot.domain.subscription import ChatId
from bot.gateway.speech import Speech

FIRST_LOOK = LEAST_PAUSE
SECOND_LOOK = 1.0
"""Seconds until looks may cost an edit: what is through at once is shown in one."""
LONGEST_LOOK = 15.0
GROWTH = 1.1
"""A long send is looked at less often; every look may cost an edit."""
PATIENCE = timedelta(hours=1)
"""A panel that has not changed for so long is looked at no more; its buttons work on."""
MOST = 50
"""Panels that are followed at once; the oldest is given up for a new one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How a panel looks now, and whether it will stay so."""

    message: Message
    is_last: bool = False


@dataclass(slots=True, eq=False)
class _Follower:
    repaint: bool = False
    """Somebody's late edit may have painted over what is shown."""


class Follow:
    """Follows panels, each by one follower: a new one for a message takes the place of the old."""

    def __init__(self, *, speech: Speech, clock: Clock, is_open: Callable[[], bool]) -> None:
        self._speech = speech
        self._clock = clock
        self._is_open = is_open
        self._followers: dict[tuple[ChatId, int], _Follower] = {}

    async def follow(
        self,
        look: Callable[[], Awaitable[Look]],
        *,
        chat_id: ChatId,
        message_id: int,
        shown: Message | None,
    ) -> None:
        """Keep a message up to date until it will not change any more, or the program ends."""
        key = (chat_id, message_id)
        mine = self._take(key)
        pause, changed_at = FIRST_LOOK, self._clock.now()
        pauses, loop_time = Pauses(), asyncio.get_running_loop().time
        try:
            while self._is_open() and self._followers.get(key) is mine:
                begun = loop_time()
                seen = await look()
                rest = pauses.after(loop_time() - begun)
                is_due = seen.is_last or pause >= SECOND_LOOK
                if mine.repaint or (seen.message != shown and is_due):
                    if self._followers.get(key) is not mine:
                        return
                    mine.repaint = False
                    shown, changed_at = seen.message, self._clock.now()
                    await self._speech.change(
                        shown, chat_id=chat_id, message_id=message_id, priority=Priority.OPERATOR
                    )
                    self._warn_successor(key, mine)
                if seen.is_last or self._clock.now() - changed_at > PATIENCE:
                    return
                await self._clock.sleep(max(pause, rest))
                pause = min(pause * (1.5 if pause < SECOND_LOOK else GROWTH), LONGEST_LOOK)
        finally:
            if self._followers.get(key) is mine:
                del self._followers[key]

    def leave(self, chat_id: ChatId, message_id: int) -> None:
        """Let the follower of a message stop: somebody else changes it now."""
        self._followers.pop((chat_id, message_id), None)

    def _take(self, key: tuple[ChatId, int]) -> _Follower:
        self._followers.pop(key, None)
        while len(self._followers) >= MOST:
            del self._followers[next(iter(self._followers))]
        mine = self._followers[key] = _Follower()
        return mine

    def _warn_successor(self, key: tuple[ChatId, int], mine: _Follower) -> None:
        successor = self._followers.get(key)
        if successor is not None and successor is not mine:
            successor.repaint = True
