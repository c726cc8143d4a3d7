"""Methods about the bot itself and about the chats it is in."""

from __future__ import annotations

from bot.sandbox.chats import Chat, Membership
from bot.sandbox.commands import Scope, parse_commands, parse_language, parse_scope
from bot.sandbox.errors import bad_request
from bot.sandbox.messages import Json
from bot.sandbox.parameters import Parameters
from bot.sandbox.world import World

MENU_BUTTONS = frozenset({"commands", "default", "web_app"})
RULERS = ("creator", "administrator")


async def get_me(world: World, parameters: Parameters) -> object:
    return {
        **world.bot,
        "can_join_groups": True,
        "can_read_all_group_messages": False,
        "supports_inline_queries": True,
        "supports_guest_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
        "has_topics_enabled": False,
        "allows_users_to_create_topics": False,
        "can_manage_bots": False,
    }


def _read_scope(world: World, parameters: Parameters) -> tuple[Scope, str]:
    value = parameters.json("scope", "can't parse BotCommandScope JSON object")
    scope = parse_scope(value, world.chats)
    return scope, parse_language(parameters.text("language_code"))


async def set_my_commands(world: World, parameters: Parameters) -> object:
    value = parameters.json("commands", "can't parse commands list JSON object")
    commands = parse_commands(value)
    world.menus.set_commands(*_read_scope(world, parameters), commands)
    world.tell("commands")
    return True


async def get_my_commands(world: World, parameters: Parameters) -> object:
    return list(world.menus.commands(*_read_scope(world, parameters)))


async def delete_my_commands(world: World, parameters: Parameters) -> object:
    world.menus.remove_commands(*_read_scope(world, parameters))
    world.tell("commands")
    return True


def _set_text(world: World, parameters: Parameters, kind: str) -> bool:
    language = parse_language(parameters.text("language_code"))
    world.menus.set_text(kind, language, parameters.text(kind))
    return True


def _get_text(world: World, parameters: Parameters, kind: str, default: str = "") -> Json:
    language = parse_language(parameters.text("language_code"))
    return {kind: world.menus.text(kind, language, default)}


async def set_my_name(world: World, parameters: Parameters) -> object:
    return _set_text(world, parameters, "name")


async def get_my_name(world: World, parameters: Parameters) -> object:
    return _get_text(world, parameters, "name", str(world.bot["first_name"]))


async def set_my_description(world: World, parameters: Parameters) -> object:
    return _set_text(world, parameters, "description")


async def get_my_description(world: World, parameters: Parameters) -> object:
    return _get_text(world, parameters, "description")


async def set_my_short_description(world: World, parameters: Parameters) -> object:
    return _set_text(world, parameters, "short_description")


async def get_my_short_description(world: World, parameters: Parameters) -> object:
    return _get_text(world, parameters, "short_description")


async def set_chat_menu_button(world: World, parameters: Parameters) -> object:
    value = parameters.json("menu_button", "can't parse MenuButton JSON object")
    button = {"type": "default"} if value is None else value
    if not isinstance(button, dict) or button.get("type") not in MENU_BUTTONS:
        raise bad_request("MenuButton has unsupported type")
    chat_id = 0
    if parameters.values.get("chat_id"):
        chat = world.chats.reachable(parameters.values["chat_id"])
        if chat.kind != "private":
            raise bad_request("chat must be private")
        chat_id = chat.id
    world.menus.set_button(chat_id, button)
    return True


async def get_chat_menu_button(world: World, parameters: Parameters) -> object:
    return world.menus.button(parameters.integer("chat_id"))


def _chat(world: World, parameters: Parameters) -> Chat:
    return world.chats.reachable(parameters.values.get("chat_id"))


async def get_chat(world: World, parameters: Parameters) -> object:
    chat = _chat(world, parameters)
    body: Json = {
        **chat.to_json(),
        "accent_color_id": abs(chat.id) % 7,
        "max_reaction_count": 11,
        "accepted_gift_types": dict.fromkeys(
            (
                "unlimited_gifts",
                "limited_gifts",
                "unique_gifts",
                "premium_subscription",
                "gifts_from_channels",
            ),
            False,
        ),
    }
    if chat.kind in {"group", "supergroup"}:
        body["permissions"] = {
            "can_send_messages": "text messages" not in chat.forbidden_kinds,
            "can_send_photos": "photos" not in chat.forbidden_kinds,
        }
    if chat.pinned:
        pinned = world.messages.find(chat, chat.pinned[-1])
        if pinned is not None:
            body["pinned_message"] = pinned.to_json(with_reply=False)
    return body


async def get_chat_member(world: World, parameters: Parameters) -> object:
    chat = _chat(world, parameters)
    user_id = parameters.integer("user_id")
    user = world.user_json(user_id)
    if user is None:
        raise bad_request("user not found" if user_id else "invalid user_id specified")
    membership = chat.bot if user_id == world.bot_id else chat.status_of(user_id)
    return membership.to_json(user, chat_kind=chat.kind)


async def get_chat_member_count(world: World, parameters: Parameters) -> object:
    chat = _chat(world, parameters)
    if chat.kind == "private":
        return 2
    present = [one for one in (*chat.members.values(), chat.bot) if _is_present(one)]
    return len(present)


def _is_present(membership: Membership) -> bool:
    return membership.status not in {"left", "kicked"}


async def get_chat_administrators(world: World, parameters: Parameters) -> object:
    chat = _chat(world, parameters)
    if chat.kind == "private":
        raise bad_request("there are no administrators in the private chat")
    rulers = {
        user_id: membership
        for user_id, membership in chat.members.items()
        if membership.status in RULERS
    }
    if chat.bot.status in RULERS and parameters.boolean("return_bots"):
        rulers[world.bot_id] = chat.bot
    return [
        membership.to_json(world.user_json(user_id) or {"id": user_id}, chat_kind=chat.kind)
        for user_id, membership in rulers.items()
    ]


async def leave_chat(world: World, parameters: Parameters) -> object:
    chat = _chat(world, parameters)
    if chat.kind == "private":
        raise bad_request("chat is not a group or channel")
    chat.bot = Membership(status="left")
    world.tell("chat", chat)
    return True
