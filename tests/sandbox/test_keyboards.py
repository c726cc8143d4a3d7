"""What may stand under a message."""

from __future__ import annotations

from typing import Any

import pytest

from bot.sandbox.chats import Person
from bot.sandbox.state import Sandbox


def row(*buttons: dict[str, Any]) -> dict[str, Any]:
    return {"inline_keyboard": [list(buttons)]}


@pytest.mark.parametrize(
    ("markup", "error"),
    [
        ("{", "can't parse reply keyboard markup JSON object"),
        ("[]", "object expected as reply markup"),
        (
            row({"callback_data": "x"}),
            'can\'t parse inline keyboard button: Field "text" must be of type String',
        ),
        (
            row({"text": " ", "callback_data": "x"}),
            "inline keyboard button text must be non-empty",
        ),
        (row({"text": "x", "callback_data": ""}), "BUTTON_DATA_INVALID"),
        (row({"text": "x", "callback_data": "é" * 33}), "BUTTON_DATA_INVALID"),
        (
            row({"text": "x", "url": "http://localhost/"}),
            "inline keyboard button URL 'http://localhost/' is invalid: Wrong HTTP URL",
        ),
        (
            row({"text": "x", "url": ""}),
            "inline keyboard button URL '' is invalid: URL host is empty",
        ),
        (row({"text": "x", "copy_text": {"text": "x" * 257}}), "BUTTON_COPY_TEXT_INVALID"),
        (row(*[{"text": "x", "callback_data": "x"}] * 101), "reply markup is too long"),
        (
            row({"text": "x", "callback_data": "x", "style": "pink"}),
            "can't parse inline keyboard button: Button style is invalid",
        ),
    ],
)
async def test_a_bad_keyboard_is_refused(api: Any, ann: Person, markup: Any, error: str) -> None:
    reply = await api("sendMessage", chat_id=ann.id, text="x", reply_markup=markup)
    assert reply.error == error


async def test_addresses_of_buttons_are_rewritten_and_the_first_action_wins(
    api: Any, ann: Person
) -> None:
    markup = row({"text": "x", "callback_data": "c", "url": "E.com"})
    reply = await api("sendMessage", chat_id=ann.id, text="x", reply_markup=markup)
    assert reply.result["reply_markup"] == row({"text": "x", "url": "http://e.com/"})


async def test_64_bytes_of_data_pass(api: Any, ann: Person) -> None:
    markup = row({"text": "x", "callback_data": "é" * 32})
    assert (await api("sendMessage", chat_id=ann.id, text="x", reply_markup=markup)).status == 200


async def test_channels_take_inline_keyboards_only(api: Any, sandbox: Sandbox) -> None:
    channel = sandbox.add_channel("News")
    reply = await api(
        "sendMessage", chat_id=channel.id, text="x", reply_markup={"keyboard": [["x"]]}
    )
    assert reply.error == "inline keyboard expected"
    markup = row({"text": "x", "switch_inline_query": "q"})
    reply = await api("sendMessage", chat_id=channel.id, text="x", reply_markup=markup)
    assert reply.error.startswith("can't use switch_inline_query button in a channel chat")


async def test_an_empty_keyboard_is_none(api: Any, ann: Person) -> None:
    reply = await api("sendMessage", chat_id=ann.id, text="x", reply_markup={"inline_keyboard": []})
    assert "reply_markup" not in reply.result
