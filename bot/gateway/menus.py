"""The command menus: one for readers, one for groups, a longer one for each operator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot.domain.subscription import UserId
from bot.gateway.messenger import TelegramMessenger


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A line of a menu: 1 to 32 of `a-z0-9_`, and up to 256 characters that say what it does."""

    name: str
    description: str

    def as_json(self) -> dict[str, str]:
        """Give the BotCommand object of the Bot API."""
        return {"command": self.name, "description": self.description}


Menu = Sequence[Command]


class Menus:
    """Sets menus. `language` is a two-letter code; None sets the menu of all other languages."""

    def __init__(self, messenger: TelegramMessenger) -> None:
        self._messenger = messenger

    async def set_for_readers(
        self, *, private: Menu, groups: Menu, language: str | None = None
    ) -> None:
        """Set what everybody sees: in private chats, and in groups. Raises SendError."""
        await self._set(private, {"type": "default"}, language)
        await self._set(private, {"type": "all_private_chats"}, language)
        await self._set(groups, {"type": "all_group_chats"}, language)

    async def set_for_operator(
        self, user_id: UserId, menu: Menu, *, language: str | None = None
    ) -> None:
        """Set what an operator sees in the private chat.

        Raises SendError; ChatGone when that person never pressed Start.
        """
        await self._set(menu, {"type": "chat", "chat_id": user_id}, language)

    async def clear_for_operator(self, user_id: UserId, *, language: str | None = None) -> None:
        """Give a former operator the readers' menu again. Raises SendError."""
        scope = {"type": "chat", "chat_id": user_id}
        await self._messenger.call("deleteMyCommands", _scoped(scope, language))

    async def _set(self, menu: Menu, scope: dict[str, Any], language: str | None) -> None:
        commands = [command.as_json() for command in menu]
        await self._messenger.call(
            "setMyCommands", {"commands": commands} | _scoped(scope, language)
        )


def _scoped(scope: dict[str, Any], language: str | None) -> dict[str, Any]:
    return {"scope": scope} if language is None else {"scope": scope, "language_code": language}
