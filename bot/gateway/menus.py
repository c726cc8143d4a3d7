"""The command menus: one for readers, one for groups, a longer one for each operator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot.domain.pacing import Priority
from bot.domain.subscription import UserId
from bot.gateway.beside import Beside
from bot.rendering.phrases import ENGLISH, Phrases, phrases_in


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A line of a menu: 1 to 32 of `a-z0-9_`, and up to 256 characters that say what it does.

    The description is marked (`N_`) and said in the language of the menu.
    """

    name: str
    description: str

    def as_json(self, _: Phrases = ENGLISH) -> dict[str, str]:
        """Give the BotCommand object of the Bot API."""
        return {"command": self.name, "description": _(self.description)}


Menu = Sequence[Command]


class Menus:
    """Sets menus. `language` is a two-letter code; None sets the menu of all other languages."""

    def __init__(self, beside: Beside) -> None:
        self._beside = beside

    async def set_for_readers(
        self, *, private: Menu, groups: Menu, language: str | None = None
    ) -> None:
        """Set what everybody sees: in private chats, and in groups. Raises SendError."""
        if language is None:  # the others never get so far: Telegram looks at the narrow ones first
            await self._set(private, {"type": "default"}, None)
        await self._set(private, {"type": "all_private_chats"}, language)
        await self._set(groups, {"type": "all_group_chats"}, language)

    async def set_for_operator(
        self, user_id: UserId, menu: Menu, *, language: str | None = None
    ) -> None:
        """Set what an operator sees in the private chat, in the operator's `language`.

        Raises SendError; ChatGone when that person never pressed Start.
        """
        scope = {"type": "chat", "chat_id": user_id}
        await self._set(menu, scope, None, spoken=language, priority=Priority.OPERATOR)

    async def clear_for_operator(self, user_id: UserId) -> None:
        """Give a former operator the readers' menu again. Raises SendError."""
        scope = {"type": "chat", "chat_id": user_id}
        await self._beside.call("deleteMyCommands", _scoped(scope, None))

    async def describe(self, long: str, short: str, *, language: str | None = None) -> None:
        """Set what an empty chat says (512 characters) and the profile (120). Raises SendError."""
        code = {} if language is None else {"language_code": language}
        await self._beside.call("setMyDescription", {"description": long, **code})
        await self._beside.call("setMyShortDescription", {"short_description": short, **code})

    async def described(self) -> tuple[str, str]:
        """Give what is set for people whose language has nothing of its own. Raises SendError."""
        long = await self._beside.call("getMyDescription", {})
        short = await self._beside.call("getMyShortDescription", {})
        return str(long.get("description", "")), str(short.get("short_description", ""))

    async def _set(
        self,
        menu: Menu,
        scope: dict[str, Any],
        language: str | None,
        *,
        spoken: str | None = None,
        priority: Priority = Priority.DIGEST,
    ) -> None:
        phrases = phrases_in(spoken or language)
        commands = [command.as_json(phrases) for command in menu]
        parameters = {"commands": commands} | _scoped(scope, language)
        await self._beside.call("setMyCommands", parameters, priority=priority)


def _scoped(scope: dict[str, Any], language: str | None) -> dict[str, Any]:
    return {"scope": scope} if language is None else {"scope": scope, "language_code": language}
