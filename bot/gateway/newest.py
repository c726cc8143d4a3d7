"""Which message of ours stands last in a chat: what is written below it may be meant for it."""

from __future__ import annotations

from collections.abc import Iterable

from bot.domain.subscription import ChatId

MOST_CHATS = 10_000
"""Chats that are remembered: those that were written to last."""


class Newest:
    """Nothing here outlives the program."""

    def __init__(self) -> None:
        self._ids: dict[ChatId, int] = {}

    def note(self, chat_id: ChatId, message_ids: Iterable[int]) -> None:
        """Remember messages that have just arrived in a chat."""
        last = max(message_ids, default=None)
        if last is None:
            return
        known = self._ids.pop(chat_id, last)
        if len(self._ids) >= MOST_CHATS:
            del self._ids[next(iter(self._ids))]
        self._ids[chat_id] = max(known, last)

    def is_last(self, chat_id: ChatId, message_id: int) -> bool:
        """Whether we know of no later message of ours in a chat."""
        return self._ids.get(chat_id, message_id) <= message_id
