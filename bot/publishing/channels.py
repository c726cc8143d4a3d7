"""The channels and groups that the settings name: found at Telegram, kept as chats."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from bot.domain.clock import Clock
from bot.domain.subscription import Chat, ChatId, ChatState, Subscription
from bot.errors import ChatMoved, SendError
from bot.publishing.notices import Notices
from bot.publishing.ports import Directory
from bot.rendering.phrases import Phrases
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
                chat = await self._look_up(name if isinstance(name, str) else ChatId(name))
            except SendError as error:
                await self._notices.tell(f"channel:{name}", partial(_not_seen, name, error))
                continue
            known = await self._subscriptions.chat(chat.id)
            if known is not None and known.state is not ChatState.AWAKE:
                # Whatever was wrong there, an operator has started us again: try once more.
                await self._subscriptions.wake(chat.id, self._clock.now())
            await self._subscriptions.see_chat(chat, self._clock.now())
            self._found[name] = chat.id

    def meet(self, chat_id: ChatId, username: str | None) -> None:
        """Hear of a chat that has taken us in: it may be one that could not be seen until now."""
        name = f"@{username}".casefold() if username else None
        for one in self._named:
            if one == chat_id or (isinstance(one, str) and one.casefold() == name):
                self._found.setdefault(one, chat_id)

    async def _look_up(self, name: ChatId | str) -> Chat:
        """Ask for a chat; a group that became a supergroup answers under its new id."""
        try:
            return await self._directory.get_chat(name)
        except ChatMoved as moved:
            return await self._directory.get_chat(ChatId(moved.new_chat_id))

    @property
    def ids(self) -> frozenset[ChatId]:
        """Give the chats that were found so far."""
        return frozenset(self._found.values())

    @property
    def shared_ids(self) -> frozenset[ChatId]:
        """Give the channels and groups that were found so far; ids of people are positive."""
        return frozenset(chat_id for chat_id in self._found.values() if chat_id < 0)

    async def chats(self) -> tuple[Chat, ...]:
        """Give the channels that were found, in the order of the settings."""
        known = await self._known()
        if len(known) < len(self._found):  # one has moved since: its old id is gone
            ids = {chat.id for chat in known}
            self._found = {name: found for name, found in self._found.items() if found in ids}
            known = await self._known()
        return known

    async def _known(self) -> tuple[Chat, ...]:
        await self.find()
        found = [self._found[name] for name in self._named if name in self._found]
        chats = [await self._subscriptions.chat(chat_id) for chat_id in found]
        return tuple(chat for chat in chats if chat is not None)

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


def _not_seen(name: int | str, error: SendError, _: Phrases) -> str:
    return _(
        "I can't see %(name)s: %(error)s. Is the name right, and am I an administrator there?",
        name=str(name),
        error=str(error),
    )
