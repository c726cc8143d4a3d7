"""Editing, deleting, copying, forwarding and pinning."""

from __future__ import annotations

from typing import Any

import pytest

from bot.sandbox.chats import Person
from bot.sandbox.state import Sandbox

BUTTON = {"inline_keyboard": [[{"text": "Go", "callback_data": "go"}]]}


@pytest.fixture
async def sent(api: Any, ann: Person) -> int:
    reply = await api("sendMessage", chat_id=ann.id, text="old", reply_markup=BUTTON)
    return int(reply.result["message_id"])


async def test_an_edit_changes_the_text_and_drops_buttons_that_are_not_named(
    api: Any, sandbox: Sandbox, ann: Person, clock: Any, sent: int
) -> None:
    clock.move(seconds=60)
    reply = await api("editMessageText", chat_id=ann.id, message_id=sent, text="new")
    assert (reply.result["text"], "reply_markup" in reply.result) == ("new", False)
    assert reply.result["edit_date"] == reply.result["date"] + 60
    assert sandbox.messages(ann)[-1]["text"] == "new"


async def test_an_edit_that_changes_nothing_is_refused(api: Any, ann: Person, sent: int) -> None:
    same = {"chat_id": ann.id, "message_id": sent, "text": "old ", "reply_markup": BUTTON}
    assert (await api("editMessageText", **same)).error.startswith("message is not modified: ")
    del same["reply_markup"]
    assert (await api("editMessageText", **same)).status == 200


async def test_a_changed_keyboard_does_not_show_as_an_edit(
    api: Any, ann: Person, sent: int
) -> None:
    reply = await api("editMessageReplyMarkup", chat_id=ann.id, message_id=sent)
    assert "edit_date" not in reply.result
    assert "reply_markup" not in reply.result


@pytest.mark.parametrize(
    ("method", "extra", "error"),
    [
        ("editMessageText", {"text": ""}, "message text is empty"),
        ("editMessageText", {"text": "x", "message_id": 0}, "message identifier is not specified"),
        ("editMessageText", {"text": "x", "message_id": 99}, "message to edit not found"),
        ("editMessageText", {"text": "x" * 4097}, "message is too long"),
        ("editMessageText", {"text": "x", "message_id": 1}, "message can't be edited"),
        ("editMessageCaption", {"caption": "x"}, "there is no caption in the message to edit"),
        ("deleteMessage", {"message_id": 99}, "message to delete not found"),
        ("pinChatMessage", {"message_id": 99}, "message to pin not found"),
        ("unpinChatMessage", {}, "message to unpin not found"),
        ("setMessageReaction", {"message_id": 99}, "message to react not found"),
    ],
)
async def test_what_cannot_be_done_to_a_message_is_said(
    api: Any, ann: Person, sent: int, method: str, extra: Any, error: str
) -> None:
    parameters = {"chat_id": ann.id, "message_id": sent, **extra}
    assert (await api(method, **parameters)).error == error


async def test_media_is_replaced_and_captions_change(
    api: Any, sandbox: Sandbox, ann: Person, sent: int
) -> None:
    url = f"{api.address}/assets/tea.png"
    photo = (await api("sendPhoto", chat_id=ann.id, photo=url)).result["message_id"]
    reply = await api("editMessageText", chat_id=ann.id, message_id=photo, text="x")
    assert reply.error == "there is no text in the message to edit"
    reply = await api("editMessageCaption", chat_id=ann.id, message_id=photo, caption="Tea")
    assert reply.result["caption"] == "Tea"
    media = {"type": "photo", "media": f"{api.address}/assets/wide.jpg", "caption": "Wide"}
    reply = await api("editMessageMedia", chat_id=ann.id, message_id=photo, media=media)
    assert reply.result["photo"][-1]["width"] == 1280
    reply = await api("editMessageMedia", chat_id=ann.id, message_id=sent, media=media)
    assert (reply.result["caption"], "text" in reply.result) == ("Wide", False)


async def test_messages_are_deleted(api: Any, sandbox: Sandbox, ann: Person, sent: int) -> None:
    assert (await api("deleteMessage", chat_id=ann.id, message_id=sent)).result is True
    assert len(sandbox.messages(ann)) == 1
    reply = await api("deleteMessages", chat_id=ann.id, message_ids=[1, 77])
    assert reply.result is True
    assert sandbox.messages(ann) == ()


async def test_old_messages_and_those_of_others_need_a_right_to_be_deleted(
    api: Any, sandbox: Sandbox, ann: Person, clock: Any
) -> None:
    group = sandbox.add_group("G", administrators=[ann])
    foreign = sandbox.say(ann, group, "mine")
    own = (await api("sendMessage", chat_id=group.id, text="x")).result["message_id"]
    reply = await api("deleteMessage", chat_id=group.id, message_id=foreign)
    assert reply.error == "message can't be deleted"
    clock.move(hours=48)
    reply = await api("deleteMessage", chat_id=group.id, message_id=own)
    assert reply.error == "message can't be deleted for everyone"
    sandbox.promote_bot(ann, group, ["can_delete_messages"])
    for message_id in (foreign, own):
        assert (await api("deleteMessage", chat_id=group.id, message_id=message_id)).result


async def test_a_copy_has_no_origin_and_a_forward_names_it(
    api: Any, sandbox: Sandbox, ann: Person, sent: int
) -> None:
    place = {"chat_id": ann.id, "from_chat_id": ann.id, "message_id": sent}
    copied = (await api("copyMessage", **place)).result
    assert set(copied) == {"message_id"}
    assert sandbox.messages(ann)[-1]["text"] == "old"
    forwarded = (await api("forwardMessage", **place)).result
    assert forwarded["forward_origin"]["sender_user"]["id"] == 999
    reply = await api(
        "editMessageText", chat_id=ann.id, message_id=forwarded["message_id"], text="x"
    )
    assert reply.error == "message can't be edited"
    reply = await api("copyMessage", **{**place, "message_id": 99})
    assert reply.error == "message to copy not found"


async def test_protected_messages_stay_where_they_are(api: Any, ann: Person) -> None:
    sent = (await api("sendMessage", chat_id=ann.id, text="x", protect_content=True)).result
    place = {"chat_id": ann.id, "from_chat_id": ann.id, "message_id": sent["message_id"]}
    assert (await api("forwardMessage", **place)).error == (
        "message has protected content and can't be forwarded"
    )
    assert (await api("copyMessage", **place)).error == "the message can't be copied"


async def test_pins_need_a_right_outside_of_private_chats(
    api: Any, sandbox: Sandbox, ann: Person, sent: int
) -> None:
    assert (await api("pinChatMessage", chat_id=ann.id, message_id=sent)).result is True
    pinned = (await api("getChat", chat_id=ann.id)).result["pinned_message"]
    assert pinned["message_id"] == sent
    assert (await api("unpinChatMessage", chat_id=ann.id)).result is True
    group = sandbox.add_group("G", administrators=[ann])
    inside = (await api("sendMessage", chat_id=group.id, text="x")).result["message_id"]
    reply = await api("pinChatMessage", chat_id=group.id, message_id=inside)
    assert reply.error == "not enough rights to manage pinned messages in the chat"


async def test_the_bot_sets_one_reaction(
    api: Any, sandbox: Sandbox, ann: Person, sent: int
) -> None:
    thumb = {"type": "emoji", "emoji": "👍"}
    place = {"chat_id": ann.id, "message_id": sent}
    assert (await api("setMessageReaction", **place, reaction=[thumb])).result is True
    assert sandbox.messages(ann)[-1]["_reactions"] == [thumb]
    reply = await api("setMessageReaction", **place, reaction=[{"type": "paid"}])
    assert reply.error == "REACTION_INVALID"
    await api("setMessageReaction", **place, reaction=[])
    assert "_reactions" not in sandbox.messages(ann)[-1]


async def test_blocks_take_the_place_of_blocks_and_of_a_text(api: Any, ann: Person) -> None:
    blocks = [{"type": "heading", "text": "Tea", "size": 1}, {"type": "paragraph", "text": "News"}]
    rich = await api("sendRichMessage", chat_id=ann.id, rich_message={"blocks": blocks})
    plain = await api("sendMessage", chat_id=ann.id, text="Tea")
    note = {"blocks": [{"type": "paragraph", "text": "Withdrawn."}]}
    for sent in (rich, plain):
        place = {"chat_id": ann.id, "message_id": sent.result["message_id"]}
        edited = (await api("editMessageText", **place, rich_message=note)).result
        assert edited["rich_message"] == note
        assert "text" not in edited
        again = await api("editMessageText", **place, rich_message=note)
        assert again.error.startswith("message is not modified: ")
    empty = await api("editMessageText", **place, rich_message={"blocks": []})
    assert empty.error == "rich message must be non-empty"
