"""Takes updates in: asks for them, confirms them, and keeps the order within each chat.

python-telegram-bot's own Updater is not used: it cannot be stopped while it pauses after a
failure, drops a whole batch for one update that it cannot read, and ends at the first 401.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from weakref import WeakValueDictionary

from telegram import Bot, Update
from telegram.error import TelegramError
from telegram.ext import BaseUpdateProcessor

from bot.errors import BotDisabled, PollingConflict, SendError, SlowDown
from bot.gateway.failures import translate
from bot.gateway.transport import AiohttpRequest

logger = logging.getLogger(__name__)

ALLOWED_UPDATES = (
    *("message", "channel_post", "callback_query", "inline_query", "my_chat_member"),
    *("message_reaction", "message_reaction_count"),
)
"""Always sent in full: the server remembers the last list, and an empty one means its own."""

POLL_TIMEOUT = 30
"""Seconds for which the server holds a question open (it allows 50)."""
POLL_SLACK = 10.0
"""Seconds more until we take the connection for dead."""
FIRST_PAUSE = 1.0
LONGEST_PAUSE = 30.0
MAX_RUNNING = 256


class ChatOrder(BaseUpdateProcessor):
    """Handles the updates of one chat one after the other, and those of different chats at once.

    Who waits for its chat takes no place among those that run, so that one person's thousand
    messages hold up nobody else.
    """

    def __init__(self, max_running: int = MAX_RUNNING) -> None:
        super().__init__(1_000_000)
        self._places = asyncio.Semaphore(max_running)
        self._turns: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()

    async def do_process_update(self, update: object, coroutine: Awaitable[Any]) -> None:
        """Wait for the chat's turn and for a place, then handle the update."""
        key = _chat_of(update)
        # An update without a chat is in nobody's order: a lock of its own.
        turn = asyncio.Lock() if key is None else self._turns.setdefault(key, asyncio.Lock())
        async with turn, self._places:
            await coroutine

    async def initialize(self) -> None:
        """Nothing to prepare."""

    async def shutdown(self) -> None:
        """Nothing to end."""


def _chat_of(update: object) -> int | None:
    if not isinstance(update, Update) or update.inline_query is not None:
        return None
    if update.effective_chat is not None:
        return update.effective_chat.id
    return None if update.effective_user is None else update.effective_user.id


class Polling:
    """The loop that asks for updates.

    `deliver` gets each update in order. `on_conflict` hears of every 409 (another process asks
    with the same token, or a webhook is set), `on_disabled` of a 401 or 404, after which the
    loop has ended. Everything else is coped with by asking again, with growing pauses.
    """

    def __init__(
        self,
        bot: Bot,
        request: AiohttpRequest,
        deliver: Callable[[Update], Awaitable[None]],
        *,
        on_conflict: Callable[[PollingConflict], None],
        on_disabled: Callable[[BotDisabled], None],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._bot = bot
        self._request = request
        self._deliver = deliver
        self._on_conflict = on_conflict
        self._on_disabled = on_disabled
        self._sleep = sleep
        self._offset = 0
        self._pause = 0.0

    async def run(self) -> None:
        """Ask until cancelled or disabled."""
        is_clear = False
        while True:
            try:
                if not is_clear:  # an old webhook would answer every question with a 409
                    await self._call("deleteWebhook", {})
                    is_clear = True
                updates = await self._ask(POLL_TIMEOUT)
            except BotDisabled as error:
                logger.error("polling ended: token or address refused")
                self._on_disabled(error)
                return
            except SendError as error:
                if isinstance(error, PollingConflict):
                    is_clear = "webhook" not in str(error).lower()
                    self._on_conflict(error)
                await self._sleep(self._pause_after(error))
                continue
            if self._pause:
                logger.info("polling works again")
                self._pause = 0.0
            await self._take(updates)

    async def confirm(self) -> None:
        """Tell the server what has been handled, so that the next start does not get it again."""
        if self._offset == 0:
            return
        try:
            await self._ask(0)
        except SendError as error:
            logger.warning("last updates not confirmed", extra={"reason": str(error)})

    async def _take(self, updates: list[dict[str, Any]]) -> None:
        for raw in updates:
            try:
                update = Update.de_json(raw, self._bot)
            except (TypeError, ValueError, KeyError, AttributeError):
                # Its content is somebody's message: only the number goes to the log.
                logger.warning("update not understood", extra={"update": raw["update_id"]})
            else:
                await self._deliver(update)
            self._offset = raw["update_id"] + 1

    async def _ask(self, seconds: int) -> list[dict[str, Any]]:
        parameters = {"timeout": seconds, "allowed_updates": ALLOWED_UPDATES}
        if self._offset:
            parameters["offset"] = self._offset
        answer = await self._call("getUpdates", parameters, seconds + POLL_SLACK)
        if not isinstance(answer, list):
            return []
        return [one for one in answer if isinstance(one, dict) and "update_id" in one]

    async def _call(
        self, method: str, parameters: Mapping[str, Any], read_timeout: float = POLL_SLACK
    ) -> Any:
        try:
            url = f"{self._bot.base_url}/{method}"
            return await self._request.ask(url, parameters, read_timeout=read_timeout)
        except TelegramError as error:
            raise translate(error) from error

    def _pause_after(self, error: SendError) -> float:
        reason = f"{type(error).__name__}: {error}"
        logger.warning("polling failed, asking again", extra={"reason": reason})
        if isinstance(error, SlowDown):
            return error.retry_after.total_seconds() + 0.5
        self._pause = min(max(self._pause * 2, FIRST_PAUSE), LONGEST_PAUSE)
        return self._pause
