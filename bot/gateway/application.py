"""Builds python-telegram-bot's Application on our transport, and starts and stops it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from telegram import Update
from telegram.error import TelegramError
from telegram.ext import Application, CallbackContext, ExtBot

from bot.domain.subscription import UserId
from bot.errors import (
    BotDisabled,
    OutcomeUnknown,
    PollingConflict,
    SendError,
    SlowDown,
    Unreachable,
)
from bot.gateway.failures import translate
from bot.gateway.transport import HIDDEN, READ_TIMEOUT, AiohttpRequest
from bot.gateway.updates import LONGEST_PAUSE, ChatOrder, Polling

logger = logging.getLogger(__name__)

PUBLIC_SERVER = "https://api.telegram.org"

Sleep = Callable[[float], Awaitable[None]]
AnyApplication = Application[Any, Any, Any, Any, Any, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who the bot is, from getMe."""

    id: UserId
    username: str
    name: str
    reads_groups: bool
    """Whether it gets every message of a group (privacy mode is off)."""
    is_inline: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Listeners:
    """Who is told about what only a person can mend."""

    on_conflict: Callable[[PollingConflict], None]
    on_disabled: Callable[[BotDisabled], None]


class Telegram:
    """The bot's end of the line: `start`, add handlers, `listen`, …, `stop_listening`, `close`.

    `api_url` is the root of the Bot API server. `application` takes python-telegram-bot's
    handlers, `bot` makes calls (through a TelegramMessenger).
    """

    def __init__(
        self,
        token: str,
        *,
        listeners: Listeners,
        api_url: str | None = None,
        connections: int = 128,
        read_timeout: float = READ_TIMEOUT,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        # At DEBUG the library logs what people write and what we send them.
        theirs = logging.getLogger("telegram")
        theirs.setLevel(max(theirs.getEffectiveLevel(), logging.INFO))
        root = (api_url or PUBLIC_SERVER).rstrip("/")
        self._sleep = sleep
        self._polling_request = AiohttpRequest(token, connections=2)
        self.bot: ExtBot[None] = ExtBot(
            token=f"{token.partition(':')[0]}:{HIDDEN}",
            base_url=lambda _: f"{root}/bot{HIDDEN}",
            base_file_url=lambda _: f"{root}/file/bot{HIDDEN}",
            request=AiohttpRequest(token, connections=connections, read_timeout=read_timeout),
            get_updates_request=self._polling_request,
        )
        self.application: AnyApplication = (
            Application.builder()
            .bot(self.bot)
            .updater(None)
            .job_queue(None)
            .concurrent_updates(ChatOrder())
            .build()
        )
        self.application.add_error_handler(_note_error)
        self._polling = Polling(
            self.bot,
            self._polling_request,
            self.application.update_queue.put,
            on_conflict=listeners.on_conflict,
            on_disabled=listeners.on_disabled,
            sleep=sleep,
        )
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> Identity:
        """Find out who the bot is, asking again while the server cannot be reached.

        Raises BotDisabled when token or address are refused, another SendError for any other
        definite no.
        """
        pause = 1.0
        while True:
            try:
                await self.application.initialize()
                break
            except TelegramError as failed:
                error = translate(failed)
                if not isinstance(error, Unreachable | OutcomeUnknown | SlowDown):
                    await self.bot.shutdown()
                    raise error from failed
                logger.warning("Telegram cannot be reached, trying again", extra=_why(error))
                wait = error.retry_after.total_seconds() if isinstance(error, SlowDown) else pause
            await self._sleep(wait)
            pause = min(pause * 2, LONGEST_PAUSE)
        me = self.bot.bot
        return Identity(
            id=UserId(me.id),
            username=me.username or "",
            name=me.full_name,
            reads_groups=bool(me.can_read_all_group_messages),
            is_inline=bool(me.supports_inline_queries),
        )

    async def listen(self) -> None:
        """Begin to take updates in and to handle them."""
        await self.application.start()
        self._task = asyncio.create_task(self._polling.run(), name="polling")
        self._task.add_done_callback(_note_end)

    async def stop_listening(self) -> None:
        """Ask for no more, handle what has come, confirm it. Harmless when not listening."""
        task, self._task = self._task, None
        if task is None:
            return
        task.cancel()
        await asyncio.wait({task})
        await self.application.stop()
        await self._polling.confirm()

    async def close(self) -> None:
        """Stop listening and close all connections; calls under way are cut off."""
        await self.stop_listening()
        await self.application.shutdown()
        await self.bot.shutdown()


async def _note_error(update: object, context: CallbackContext[Any, Any, Any, Any]) -> None:
    number = update.update_id if isinstance(update, Update) else None
    logger.error("update not handled", exc_info=context.error, extra={"update": number})


def _note_end(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        logger.critical("polling broke off: no updates are taken in any more", exc_info=error)


def _why(error: SendError) -> dict[str, str]:
    return {"reason": f"{type(error).__name__}: {error}"}
