"""Speaking to people: every answer takes its place in the pace, and survives what can be mended."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta

from bot.domain.clock import Clock
from bot.domain.delivery import reshape
from bot.domain.message import SEND_RICH, Message
from bot.domain.pacing import Priority
from bot.domain.rich import as_list
from bot.domain.subscription import NO_THREAD, ChatId, ChatState
from bot.errors import (
    ChatGone,
    ChatMoved,
    NothingToDo,
    Refused,
    SendError,
    SlowDown,
    Unfit,
    Unreachable,
)
from bot.gateway.messenger import TelegramMessenger
from bot.gateway.pace import PacedCalls
from bot.store.subscriptions import Subscriptions

logger = logging.getLogger(__name__)

MOST_TRIES = 4
LONGEST_WAIT = timedelta(seconds=30)
"""Who has asked waits no longer for an answer; and the chat's next question waits behind it."""
PAUSE_SECONDS = 1.0

Call = Callable[[Message, ChatId], Awaitable[object]]


class Speech:
    """Sends and edits answers. What cannot be mended goes to the log, and the caller hears False.

    Nothing is repeated whose outcome is unknown.
    """

    def __init__(
        self,
        *,
        messenger: TelegramMessenger,
        pace: PacedCalls,
        subscriptions: Subscriptions,
        clock: Clock,
    ) -> None:
        self._messenger = messenger
        self._pace = pace
        self._subscriptions = subscriptions
        self._clock = clock

    async def say(
        self,
        message: Message,
        *,
        chat_id: ChatId,
        thread_id: int = NO_THREAD,
        priority: Priority = Priority.ANSWER,
    ) -> int | None:
        """Send a message; gives its id, None when it did not arrive as far as we know."""
        ids = await self.tell(message, chat_id=chat_id, thread_id=thread_id, priority=priority)
        return ids[0] if ids else None

    async def tell(
        self,
        message: Message,
        *,
        chat_id: ChatId,
        thread_id: int = NO_THREAD,
        priority: Priority = Priority.ANSWER,
    ) -> tuple[int, ...]:
        """Send a message; gives all its ids (an album has several), none as `say` gives None."""
        sent: list[int] = []
        rest: Message | None = message

        async def call(form: Message, to: ChatId) -> None:
            nonlocal rest
            done = await self._messenger.send(form, chat_id=to, thread_id=thread_id)
            sent.extend(done.message_ids)
            rest = form.rest

        # What had to be split, or a rich message that became a list, is several calls.
        while rest is not None:
            form = rest
            if not await self._tried(call, form, chat_id, priority) or rest is form:
                break
        return tuple(sent)

    def is_told_to_wait(self, chat_id: ChatId) -> bool:
        """Whether Telegram has asked for a rest: what is not needed is not sent then."""
        return self._pace.is_told_to_wait(chat_id)

    async def hand(
        self,
        message: Message,
        file: tuple[str, bytes],
        *,
        chat_id: ChatId,
        thread_id: int = NO_THREAD,
    ) -> bool:
        """Send a file, name and content, with a caption; False when it did not arrive."""

        async def call(form: Message, to: ChatId) -> None:
            await self._messenger.send_file(form, file, chat_id=to, thread_id=thread_id)

        return await self._tried(call, message, chat_id, Priority.ANSWER)

    async def change(
        self,
        message: Message,
        *,
        chat_id: ChatId,
        message_id: int,
        priority: Priority = Priority.ANSWER,
    ) -> bool:
        """Make a message look like `message`; False when it does not."""

        async def call(form: Message, to: ChatId) -> None:
            await self._messenger.edit(form, chat_id=to, message_id=message_id)

        return await self._tried(call, message, chat_id, priority)

    async def remove(self, *, chat_id: ChatId, message_id: int) -> bool:
        """Take a message away; False when it stands there still."""
        gone = Message(method="deleteMessage", parameters={})

        async def call(form: Message, to: ChatId) -> None:
            await self._messenger.call(form.method, {"chat_id": to, "message_id": message_id})

        return await self._tried(call, gone, chat_id, Priority.OPERATOR)

    async def change_buttons(self, markup: object, *, chat_id: ChatId, message_id: int) -> bool:
        """Replace a message's buttons alone."""
        changed = Message(method="editMessageReplyMarkup", parameters={"reply_markup": markup})

        async def call(form: Message, to: ChatId) -> None:
            address = {"chat_id": to, "message_id": message_id}
            await self._messenger.call(form.method, {**address, **form.parameters})

        return await self._tried(call, changed, chat_id, Priority.ANSWER)

    async def _tried(
        self, call: Call, message: Message, chat_id: ChatId, priority: Priority
    ) -> bool:
        for _ in range(MOST_TRIES):
            await self._pace.permit(chat_id, priority, message.cost)
            try:
                await call(message, chat_id)
            except NothingToDo:
                return True
            except ChatMoved as moved:
                new = ChatId(moved.new_chat_id)
                await self._subscriptions.move_chat(chat_id, new, self._clock.now())
                chat_id = new
            except (Unfit, Refused) as no:
                other = _other_form(message, no)
                if other is None:
                    return _given_up(chat_id, no)
                message = other
            except SendError as error:
                if not await self._is_worth_another_try(chat_id, error):
                    return _given_up(chat_id, error)
            else:
                return True
        logger.warning("answer not sent, tried often enough", extra={"chat": chat_id})
        return False

    async def _is_worth_another_try(self, chat_id: ChatId, error: SendError) -> bool:
        match error:
            case SlowDown(retry_after=pause):
                self._pace.slow_down(chat_id, pause)
                return bool(pause <= LONGEST_WAIT)
            case Unreachable():
                await self._clock.sleep(PAUSE_SECONDS)
                return True
            case ChatGone():
                await self._subscriptions.set_chat_state(
                    chat_id, ChatState.ASLEEP, str(error), self._clock.now()
                )
        return False


def _other_form(message: Message, no: Unfit | Refused) -> Message | None:
    if isinstance(no, Unfit):
        return reshape(message, no.aspect)
    return as_list(message) if message.method == SEND_RICH else None


def _given_up(chat_id: ChatId, error: SendError) -> bool:
    reason = f"{type(error).__name__}: {error}"
    logger.warning("answer not sent", extra={"chat": chat_id, "reason": reason})
    return False
