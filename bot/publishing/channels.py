"""The channels and groups that the settings name: found at Telegram, kept as chats."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace

from bot.domain.clock import Clock
from bot.domain.subscription import Chat, ChatId, ChatState, Subscription
from bot.errors import SendError
from bot.publishing.notices import Notices
from bot.publishing.ports import Directory
from bot.store.subscriptions import Subscriptions

logger = logging.getLogger(__name__)


class Channels:
    """Turns `CHANNELS` into subscriptions; one that cannot be seen is told and tried again."""

    def __init__(
        self,
        named: Sequence[int | str],
        *,
        directory: Directory,
        subscriptions: Subscriptions,
        notices: Notices,
        clock: Clock,
    ) -> None:
        self._named = tuple(named)
        self._directory = directory
        self._subscriptions = subscriptions
        self._notices = notices
        self._clock = clock
        self._found: dict[int | str, ChatId] = {}

    async def find(self) -> None:
        """Look up every channel that was not found yet (@names at most once a start)."""
        for name in self._named:
            if name in self._found:
                continue
            try:
                chat = await self._directory.get_chat(
                    name if isinstance(name, str) else ChatId(name)
                )
            except SendError as error:
                await self._notices.tell(
                    f"channel:{name}",
                    f"I can't see {name}: {error}. Is the name right, and am I an administrator "
                    "there?",
                )
                continue
            known = await self._subscriptions.chat(chat.id)
            if known is not None and known.state is not ChatState.AWAKE:
                # Whatever was wrong there, an operator has started us again: try once more.
                await self._subscriptions.wake(chat.id, self._clock.now())
            await self._subscriptions.see_chat(chat, self._clock.now())
            self._found[name] = chat.id

    @property
    def shared_ids(self) -> frozenset[ChatId]:
        """Give the channels and groups that were found so far; ids of people are positive."""
        return frozenset(chat_id for chat_id in self._found.values() if chat_id < 0)

    async def chats(self) -> tuple[Chat, ...]:
        """Give the channels that were found, in the order of the settings."""
        await self.find()
        chats = []
        for name in self._named:
            if name in self._found:
                chat = await self._subscriptions.chat(self._found[name])
                if chat is not None:
                    chats.append(chat)
        return tuple(chats)

    async def subscriptions(self) -> tuple[Subscription, ...]:
        """Give the standing wishes of the channels that may be written to."""
        wishes = []
        for chat in await self.chats():
            if chat.state is not ChatState.AWAKE:
                continue
            stored = await self._subscriptions.get(chat.id)
            wish = stored or Subscription(chat_id=chat.id, chat_kind=chat.kind)
            wishes.append(replace(wish, is_active=True))
        return tuple(wishes)
