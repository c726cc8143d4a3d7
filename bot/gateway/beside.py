"""Calls beside the messages: member look-ups, menus, typing. They take places in the pace, too."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from bot.domain.clock import Clock
from bot.domain.pacing import NO_CHAT, Priority
from bot.domain.subscription import ChatId, UserId
from bot.errors import MembershipUnknown, SendError, SlowDown
from bot.gateway.messenger import Member, TelegramMessenger
from bot.gateway.pace import SLACK, PacedCalls
from bot.publishing.preferences import Place

logger = logging.getLogger(__name__)

MOST_TRIES = 4
LONGEST_WAIT = timedelta(minutes=5)
"""Nobody waits for a menu; what Telegram wants to rest for longer is set at the next start."""


class Beside:
    """Counts what is no message in the pace of the whole bot, and obeys when told to rest."""

    def __init__(self, messenger: TelegramMessenger, pace: PacedCalls, clock: Clock) -> None:
        self._messenger = messenger
        self._pace = pace
        self._clock = clock

    async def member(
        self, chat_id: ChatId, person: UserId, *, priority: Priority = Priority.ANSWER
    ) -> Member:
        """Ask what a person is in a chat. Raises MembershipUnknown when there is no answer."""
        if self._pace.is_told_to_wait(chat_id):  # more calls would prolong it
            raise MembershipUnknown("this chat is left in peace for a while")
        await self._pace.permit(NO_CHAT, priority)
        try:
            return await self._messenger.get_chat_member(chat_id, person)
        except SendError as error:
            if isinstance(error, SlowDown):
                self._pace.slow_down(chat_id, error.retry_after)
            fields = {"chat": chat_id, "reason": f"{type(error).__name__}: {error}"}
            logger.warning("membership not known", extra=fields)
            raise MembershipUnknown(str(error)) from error

    async def type(self, place: Place) -> None:
        """Show that an answer is being written, if there is a place for that now; it may fail."""
        chat_id = place.chat_id
        if self._pace.is_told_to_wait(chat_id):
            return
        if self._pace.try_take(NO_CHAT, Priority.DIGEST).wait > 0:
            return
        try:
            await self._messenger.chat_action(chat_id, thread_id=place.thread_id)
        except SendError as error:
            if isinstance(error, SlowDown):
                self._pace.slow_down(chat_id, error.retry_after)
            logger.debug("typing not shown", extra={"reason": f"{type(error).__name__}: {error}"})

    async def call(
        self, method: str, parameters: Mapping[str, Any], *, priority: Priority = Priority.DIGEST
    ) -> Any:
        """Make a call about the bot itself. Raises SendError.

        Where nobody waits for it, which is the usual case, it rests as told and asks again.
        """
        tries = MOST_TRIES if priority is Priority.DIGEST else 1
        while True:
            await self._pace.permit(NO_CHAT, priority)
            tries -= 1
            try:
                return await self._messenger.call(method, parameters)
            except SlowDown as error:
                if tries == 0 or error.retry_after > LONGEST_WAIT:
                    raise
                await self._clock.sleep((error.retry_after + SLACK).total_seconds())
