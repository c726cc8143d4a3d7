"""What the use cases need from the outside world."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any, Protocol

from bot.domain.delivery import Sent
from bot.domain.message import Message
from bot.domain.pacing import Grant, Priority
from bot.domain.picture import Looks, PictureKey
from bot.domain.subscription import Chat, ChatId


class Messenger(Protocol):
    """Sends one message; whoever fulfils it paces nothing and repeats nothing."""

    async def send(
        self, message: Message, *, chat_id: ChatId, thread_id: int, is_paid: bool = False
    ) -> Sent:
        """Make the call and give the message ids; `is_paid`: it may cost Stars.

        Raises a SendError that names what became of the call; `PictureError` never: a picture
        that cannot be had is an `Unfit` of aspect PICTURE.
        """
        ...


class Permits(Protocol):
    """The one pace of the bot, as bulk sends see it."""

    @property
    def rate(self) -> float:
        """The calls a second that may begin at present."""
        ...

    def try_take(self, chat_id: ChatId, priority: Priority, cost: int = 1) -> Grant:
        """Take a permit for so many messages, or tell how long it is not worth asking again."""
        ...

    def answered(self, seconds: float) -> None:
        """Hear how long Telegram took to answer a call."""
        ...

    def slow_down(self, chat_id: ChatId, retry_after: timedelta) -> None:
        """Obey a 429 that this chat was answered with."""
        ...


class Turns(Protocol):
    """The one pace of the bot, as whoever waits for a turn sees it."""

    async def permit(self, chat_id: ChatId, priority: Priority, cost: int = 1) -> None:
        """Wait until so many calls may go to a chat, and count them as gone."""
        ...

    def slow_down(self, chat_id: ChatId, retry_after: timedelta) -> None:
        """Obey a 429 that this chat was answered with."""
        ...


class Caller(Protocol):
    """Makes calls of the Bot API; whoever fulfils it paces nothing and repeats nothing."""

    async def call(self, method: str, parameters: Mapping[str, Any]) -> Any:
        """Make a call and give its result. Raises a SendError."""
        ...

    async def call_rich(self, method: str, parameters: Mapping[str, Any]) -> Any:
        """Make a call with a rich message, whose pictures are named as in any other message.

        Raises a SendError; an `Unfit` of aspect PICTURE when none of them can be had.
        """
        ...

    async def edit(self, message: Message, *, chat_id: ChatId, message_id: int) -> None:
        """Make a sent message look like another, also its picture. Raises a SendError."""
        ...


class Directory(Protocol):
    """Looks chats up at Telegram."""

    async def get_chat(self, chat: ChatId | str) -> Chat:
        """Find a chat by id or @name. Raises SendError when it cannot be seen."""
        ...


class Viewer(Protocol):
    """Looks at pictures."""

    async def look(self, keys: Iterable[PictureKey]) -> Looks:
        """Look at many pictures, for a few seconds at most; what is not here by then is left out.

        It never fails.
        """
        ...
