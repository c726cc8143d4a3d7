"""The bot's command menus, names and descriptions, per scope and language."""

from __future__ import annotations

import re
from collections.abc import Mapping

from bot.sandbox.chats import Chat, Chats, Person
from bot.sandbox.errors import bad_request

MAX_COMMANDS = 100
MAX_NAME = 32
MAX_DESCRIPTION = 256
CHAT_SCOPES = frozenset({"chat", "chat_administrators", "chat_member"})
WIDE_SCOPES = frozenset(
    {"default", "all_private_chats", "all_group_chats", "all_chat_administrators"}
)
TEXT_LIMITS = {"name": 64, "description": 512, "short_description": 120}

Scope = tuple[str, int, int]
Commands = tuple[dict[str, str], ...]


class CommandMenus:
    """What was set with setMyCommands and its relatives."""

    def __init__(self) -> None:
        self._lists: dict[tuple[Scope, str], Commands] = {}
        self._texts: dict[tuple[str, str], str] = {}
        self._menu_buttons: dict[int, Mapping[str, object]] = {}

    def set_commands(self, scope: Scope, language: str, commands: Commands) -> None:
        self._lists[scope, language] = commands

    def commands(self, scope: Scope, language: str) -> Commands:
        return self._lists.get((scope, language), ())

    def remove_commands(self, scope: Scope, language: str) -> None:
        self._lists.pop((scope, language), None)

    def seen_by(self, person: Person, chat: Chat) -> Commands:
        """The menu that `person` sees in `chat`: the narrowest scope that has one."""
        for scope in _scopes_for(person, chat):
            for language in (person.language_code[:2], ""):
                if (scope, language) in self._lists:
                    return self._lists[scope, language]
        return ()

    def set_text(self, kind: str, language: str, text: str) -> None:
        if len(text) > TEXT_LIMITS[kind]:
            raise bad_request(f"{kind.replace('_', ' ')} is too long")
        self._texts[kind, language] = text

    def text(self, kind: str, language: str, default: str = "") -> str:
        return self._texts.get((kind, language)) or self._texts.get((kind, "")) or default

    def set_button(self, chat_id: int, button: Mapping[str, object]) -> None:
        self._menu_buttons[chat_id] = button

    def button(self, chat_id: int) -> Mapping[str, object]:
        fallback = self._menu_buttons.get(0, {"type": "commands"})
        return self._menu_buttons.get(chat_id, fallback)


def _scopes_for(person: Person, chat: Chat) -> tuple[Scope, ...]:
    here = ("chat", chat.id, 0)
    if chat.kind == "private":
        return (here, ("all_private_chats", 0, 0), ("default", 0, 0))
    if chat.kind == "channel":
        return ()
    rules = chat.status_of(person.id).status in {"creator", "administrator"}
    scopes: list[Scope] = [("chat_member", chat.id, person.id)]
    scopes += [("chat_administrators", chat.id, 0)] if rules else []
    scopes.append(here)
    scopes += [("all_chat_administrators", 0, 0)] if rules else []
    return (*scopes, ("all_group_chats", 0, 0), ("default", 0, 0))


def parse_scope(value: object, chats: Chats) -> Scope:
    """Read a BotCommandScope object."""
    if value is None:
        return ("default", 0, 0)
    kind = value.get("type") if isinstance(value, dict) else None
    if not isinstance(value, dict) or not isinstance(kind, str):
        raise bad_request('can\'t parse BotCommandScope: Field "type" must be of type String')
    if kind in WIDE_SCOPES:
        return (kind, 0, 0)
    if kind not in CHAT_SCOPES:
        raise bad_request("can't parse BotCommandScope: Unsupported type specified")
    chat = chats.reachable(value.get("chat_id"))
    if chat.kind == "channel":
        raise bad_request("can't change commands in channel chats")
    user_id = value.get("user_id") if kind == "chat_member" else 0
    return (kind, chat.id, int(str(user_id or 0)))


def parse_language(code: str) -> str:
    if code and not re.fullmatch(r"[a-z]{2}", code):
        raise bad_request("invalid language code specified")
    return code


def parse_commands(value: object) -> Commands:
    """Read a list of BotCommand objects."""
    if not isinstance(value, list):
        raise bad_request("can't parse commands list JSON object")
    if len(value) > MAX_COMMANDS:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    return tuple(_parse_command(item) for item in value)


def _parse_command(item: object) -> dict[str, str]:
    if not isinstance(item, dict):
        raise bad_request("can't parse BotCommand: expected an Object")
    name, description = item.get("command"), item.get("description")
    if not isinstance(name, str) or not isinstance(description, str):
        raise bad_request("can't parse BotCommand: a String was expected")
    name = name.removeprefix("/")
    if not name:
        raise bad_request("command name must be non-empty")
    if len(name) > MAX_NAME:
        raise bad_request("command length must not exceed 32")
    if not description:
        raise bad_request("command description must be non-empty")
    if len(description) > MAX_DESCRIPTION:
        raise bad_request("command description length must not exceed 256")
    if not re.fullmatch(r"[a-z0-9_]+", name):
        raise bad_request("BOT_COMMAND_INVALID")
    return {"command": name, "description": description}
