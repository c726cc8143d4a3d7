"""The bot's menus, names and what it can learn of chats."""

from __future__ import annotations

from typing import Any

import pytest

from bot.sandbox.chats import Person
from bot.sandbox.state import Sandbox


def commands(*names: str) -> list[dict[str, str]]:
    return [{"command": name, "description": f"About {name}"} for name in names]


async def test_everybody_sees_the_narrowest_menu(api: Any, sandbox: Sandbox, ann: Person) -> None:
    bob = sandbox.add_person("Bob", language_code="de")
    group = sandbox.add_group("G", members=[bob], administrators=[ann])
    for scope, language, name in (
        ({"type": "default"}, "", "a"),
        ({"type": "all_private_chats"}, "", "b"),
        ({"type": "all_private_chats"}, "de", "c"),
        ({"type": "chat", "chat_id": ann.id}, "", "d"),
        ({"type": "all_group_chats"}, "", "e"),
        ({"type": "all_chat_administrators"}, "", "f"),
    ):
        await api("setMyCommands", commands=commands(name), scope=scope, language_code=language)
    seen = {
        place: [one["command"] for one in sandbox.commands(person, chat)]
        for place, person, chat in (
            ("Ann", ann, ann),
            ("Bob", bob, bob),
            ("Bob in the group", bob, group),
            ("Ann in the group", ann, group),
        )
    }
    assert seen == {
        "Ann": ["d"],
        "Bob": ["c"],
        "Bob in the group": ["e"],
        "Ann in the group": ["f"],
    }
    scope = {"type": "chat", "chat_id": ann.id}
    assert (await api("getMyCommands", scope=scope)).result == commands("d")
    await api("deleteMyCommands", scope=scope)
    assert [one["command"] for one in sandbox.commands(ann, ann)] == ["b"]


@pytest.mark.parametrize(
    ("parameters", "error"),
    [
        ({"commands": commands("x" * 33)}, "command length must not exceed 32"),
        ({"commands": commands("Upper")}, "BOT_COMMAND_INVALID"),
        (
            {"commands": [{"command": "x", "description": "x" * 257}]},
            "command description length must not exceed 256",
        ),
        ({"commands": commands("x"), "language_code": "eng"}, "invalid language code specified"),
        ({"commands": commands("x") * 101}, "BOT_COMMANDS_TOO_MUCH"),
        (
            {"commands": commands("x"), "scope": {"type": "chat", "chat_id": 5}},
            "chat not found",
        ),
    ],
)
async def test_bad_menus_are_refused(api: Any, parameters: Any, error: str) -> None:
    assert (await api("setMyCommands", **parameters)).error == error


async def test_channels_have_no_menu(api: Any, sandbox: Sandbox) -> None:
    channel = sandbox.add_channel("C")
    scope = {"type": "chat", "chat_id": channel.id}
    reply = await api("setMyCommands", commands=commands("x"), scope=scope)
    assert reply.error == "can't change commands in channel chats"


async def test_a_leading_slash_is_taken_off(api: Any) -> None:
    await api("setMyCommands", commands=[{"command": "/hot", "description": "Hot"}])
    assert (await api("getMyCommands")).result == [{"command": "hot", "description": "Hot"}]


@pytest.mark.parametrize(
    ("name", "limit"), [("Name", 64), ("Description", 512), ("ShortDescription", 120)]
)
async def test_texts_are_kept_per_language(api: Any, name: str, limit: int) -> None:
    key = {"Name": "name", "Description": "description"}.get(name, "short_description")
    assert (await api(f"setMy{name}", **{key: "Plain"})).result is True
    await api(f"setMy{name}", **{key: "Deutsch", "language_code": "de"})
    assert (await api(f"getMy{name}", language_code="de")).result == {key: "Deutsch"}
    assert (await api(f"getMy{name}", language_code="fr")).result == {key: "Plain"}
    assert (await api(f"setMy{name}", **{key: "x" * (limit + 1)})).status == 400


async def test_a_chat_tells_what_clients_need(api: Any, sandbox: Sandbox, ann: Person) -> None:
    group = sandbox.add_group("G", administrators=[ann])
    chat = (await api("getChat", chat_id=group.id)).result
    assert (chat["title"], chat["type"]) == ("G", "supergroup")
    assert {"accent_color_id", "max_reaction_count", "accepted_gift_types"} <= chat.keys()


async def test_members_and_their_rights(api: Any, sandbox: Sandbox, ann: Person) -> None:
    bob, eve = sandbox.add_person("Bob"), sandbox.add_person("Eve")
    channel = sandbox.add_channel("C", administrators=[ann, bob])

    async def status(user_id: int) -> str:
        reply = await api("getChatMember", chat_id=channel.id, user_id=user_id)
        return str(reply.result["status"])

    assert [await status(one.id) for one in (ann, bob, eve)] == [
        "creator",
        "administrator",
        "left",
    ]
    me = (await api("getChatMember", chat_id=channel.id, user_id=999)).result
    assert me["can_post_messages"] is True
    assert (await api("getChatMember", chat_id=channel.id, user_id=5)).error == "user not found"
    listed = (await api("getChatAdministrators", chat_id=channel.id)).result
    assert [one["user"]["id"] for one in listed] == [ann.id, bob.id]
    assert (await api("getChatMemberCount", chat_id=channel.id)).result == 3
    reply = await api("getChatAdministrators", chat_id=ann.id)
    assert reply.error == "there are no administrators in the private chat"


async def test_the_bot_can_leave(api: Any, sandbox: Sandbox) -> None:
    group = sandbox.add_group("G")
    assert (await api("leaveChat", chat_id=group.id)).result is True
    reply = await api("sendMessage", chat_id=group.id, text="x")
    assert reply.status == 403


async def test_the_menu_button_is_for_private_chats(
    api: Any, sandbox: Sandbox, ann: Person
) -> None:
    button = {"type": "commands"}
    assert (await api("setChatMenuButton", chat_id=ann.id, menu_button=button)).result is True
    assert (await api("getChatMenuButton", chat_id=ann.id)).result == button
    group = sandbox.add_group("G")
    assert (await api("setChatMenuButton", chat_id=group.id, menu_button=button)).status == 400
