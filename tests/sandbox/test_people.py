"""What people do, and the updates that come of it."""

from __future__ import annotations

from typing import Any

import pytest

from bot.sandbox.chats import Person
from bot.sandbox.state import Sandbox

BUTTONS = {
    "inline_keyboard": [
        [{"text": "One", "callback_data": "p:1"}, {"text": "Web", "url": "https://e.com/"}],
        [{"text": "Two", "callback_data": "p:2"}],
    ]
}


async def test_a_message_carries_its_commands_and_mentions(
    api: Any, sandbox: Sandbox, ann: Person
) -> None:
    sandbox.say(ann, ann, "/start d42 @durov")
    (update,) = await api.updates()
    assert update["message"]["from"] == {
        "id": 111,
        "is_bot": False,
        "first_name": "Ann",
        "username": "ann",
        "language_code": "en",
    }
    assert update["message"]["text"] == "/start d42 @durov"
    assert update["message"]["entities"] == [
        {"offset": 0, "length": 6, "type": "bot_command"},
        {"offset": 11, "length": 6, "type": "mention"},
    ]


async def test_a_person_cannot_send_nothing_or_too_much(sandbox: Sandbox, ann: Person) -> None:
    for text in ("", " \n", "x" * 4097):
        with pytest.raises(ValueError, match="characters"):
            sandbox.say(ann, ann, text)


async def test_in_a_group_the_bot_hears_only_what_is_meant_for_it(
    api: Any, sandbox: Sandbox, ann: Person
) -> None:
    group = sandbox.add_group("G", members=[ann])
    sent = (await api("sendMessage", chat_id=group.id, text="x")).result["message_id"]
    sandbox.world.updates.forget()
    for text in ("chatter", "/hot", "/hot@gazette_demo_bot", "/hot@other_bot", "/"):
        sandbox.say(ann, group, text)
    sandbox.say(ann, group, "an answer", reply_to=sent)
    heard = [update["message"]["text"] for update in await api.updates()]
    assert heard == ["/hot", "/hot@gazette_demo_bot", "an answer"]
    sandbox.promote_bot(ann, group)
    sandbox.say(ann, group, "chatter")
    assert (await api.updates())[-1]["message"]["text"] == "chatter"


async def test_a_channel_post_comes_from_the_channel(
    api: Any, sandbox: Sandbox, ann: Person
) -> None:
    channel = sandbox.add_channel("News", administrators=[ann])
    sandbox.say(ann, channel, "/id")
    post = (await api.updates())[-1]["channel_post"]
    assert (post["sender_chat"]["id"], post["author_signature"]) == (channel.id, "Ann")
    assert "from" not in post


async def test_a_message_in_a_topic_hangs_on_its_first_one(
    api: Any, sandbox: Sandbox, ann: Person
) -> None:
    forum = sandbox.add_group("F", administrators=[ann], forum=True)
    thread = sandbox.add_topic(ann, forum, "News")
    sandbox.say(ann, forum, "/latest", thread=thread)
    message = (await api.updates())[-1]["message"]
    assert (message["message_thread_id"], message["is_topic_message"]) == (thread, True)
    assert message["reply_to_message"]["forum_topic_created"]["name"] == "News"
    assert message["chat"]["is_forum"] is True


async def test_an_edited_message_is_told_once(api: Any, sandbox: Sandbox, ann: Person) -> None:
    said = sandbox.say(ann, ann, "old")
    sandbox.edit(ann, said, "new")
    sandbox.edit(ann, said, "new")
    kinds = [next(key for key in one if key != "update_id") for one in await api.updates()]
    assert kinds == ["message", "edited_message"]


@pytest.mark.parametrize("button", [(1, 0), "p:2", "Two"])
async def test_a_tap_turns_its_spinner_until_it_is_answered(
    api: Any, sandbox: Sandbox, ann: Person, button: Any
) -> None:
    sent = await api("sendMessage", chat_id=ann.id, text="x", reply_markup=BUTTONS)
    query_id = sandbox.press(ann, ann, sent.result["message_id"], button)
    (update,) = await api.updates()
    query = update["callback_query"]
    assert (query["id"], query["data"], query["from"]["id"]) == (query_id, "p:2", 111)
    assert query["message"] == sent.result
    assert sandbox.answers[query_id].is_pending
    await api("answerCallbackQuery", callback_query_id=query_id, text="Done", show_alert=True)
    answer = sandbox.answers[query_id]
    assert (answer.is_pending, answer.text, answer.show_alert) == (False, "Done", True)


async def test_only_callback_buttons_that_are_there_can_be_tapped(
    api: Any, sandbox: Sandbox, ann: Person
) -> None:
    sent = await api("sendMessage", chat_id=ann.id, text="x", reply_markup=BUTTONS)
    for wrong in ("Web", (0, 1), (5, 5), "p:3"):
        with pytest.raises(LookupError):
            sandbox.press(ann, ann, sent.result["message_id"], wrong)
    assert await api.updates() == []


async def test_a_forged_tap_carries_any_data_and_a_message_that_is_gone(
    api: Any, sandbox: Sandbox, ann: Person
) -> None:
    sandbox.forge(ann, ann, 77, "op:delete-all")
    (update,) = await api.updates()
    assert update["callback_query"]["data"] == "op:delete-all"
    assert update["callback_query"]["message"]["date"] == 0


async def test_answers_to_taps_have_limits(
    api: Any, sandbox: Sandbox, ann: Person, clock: Any
) -> None:
    query_id = sandbox.forge(ann, ann, 1, "x")
    answer = {"callback_query_id": query_id}
    assert (await api("answerCallbackQuery", **answer, text="x" * 201)).error == "MESSAGE_TOO_LONG"
    assert (await api("answerCallbackQuery", **answer, url="https://e.com")).error == "URL_INVALID"
    url = "https://t.me/gazette_demo_bot?start=x"
    assert (await api("answerCallbackQuery", **answer, url=url)).result is True
    late = sandbox.forge(ann, ann, 1, "x")
    clock.move(seconds=151)
    for query in (late, "nonsense"):
        reply = await api("answerCallbackQuery", callback_query_id=query)
        assert reply.error.startswith("query is too old")


async def test_the_bot_hears_where_it_is_added_promoted_and_thrown_out(
    api: Any, sandbox: Sandbox, ann: Person
) -> None:
    group = sandbox.add_group("G", administrators=[ann])
    sandbox.promote_bot(ann, group, ["can_pin_messages"])
    sandbox.demote_bot(ann, group)
    sandbox.kick_bot(ann, group)
    sandbox.add_bot(ann, group)
    updates = await api.updates()
    changes = [one["my_chat_member"] for one in updates if "my_chat_member" in one]
    assert [
        (one["old_chat_member"]["status"], one["new_chat_member"]["status"]) for one in changes
    ] == [
        ("left", "member"),
        ("member", "administrator"),
        ("administrator", "member"),
        ("member", "kicked"),
        ("kicked", "member"),
    ]
    assert changes[1]["new_chat_member"]["can_pin_messages"] is True
    service = [one["message"] for one in updates if "message" in one]
    assert service[0]["new_chat_members"][0]["id"] == 999


async def test_others_comings_are_told_to_administrators_who_ask(
    api: Any, sandbox: Sandbox, ann: Person
) -> None:
    channel = sandbox.add_channel("C", administrators=[ann])
    bob = sandbox.add_person("Bob")
    await api.updates(offset=-1, allowed_updates=["chat_member"])
    sandbox.join(bob, channel)
    sandbox.leave(bob, channel)
    changes = [one["chat_member"] for one in await api.updates() if "chat_member" in one]
    assert [one["new_chat_member"]["status"] for one in changes] == ["member", "left"]


async def test_channels_count_reactions_without_names(
    api: Any, sandbox: Sandbox, ann: Person
) -> None:
    channel = sandbox.add_channel("C", administrators=[ann])
    bob = sandbox.add_person("Bob")
    sent = (await api("sendMessage", chat_id=channel.id, text="x")).result["message_id"]
    await api.updates(offset=-1, allowed_updates=["message_reaction_count"])
    for person in (ann, bob):
        sandbox.react(person, channel, sent, "👍")
    counted = (await api.updates())[-1]["message_reaction_count"]
    assert counted["reactions"] == [{"type": {"type": "emoji", "emoji": "👍"}, "total_count": 2}]


async def test_typing_shows_for_five_seconds_or_until_a_message(
    api: Any, sandbox: Sandbox, ann: Person, clock: Any
) -> None:
    await api("sendChatAction", chat_id=ann.id, action="typing")
    assert sandbox.typing(ann) == "typing"
    clock.move(seconds=5)
    assert sandbox.typing(ann) is None
    await api("sendChatAction", chat_id=ann.id, action="upload_photo")
    await api("sendMessage", chat_id=ann.id, text="x")
    assert sandbox.typing(ann) is None
    reply = await api("sendChatAction", chat_id=ann.id, action="dancing")
    assert reply.error == "wrong parameter action in request"


async def test_waiting_ends_with_the_change(api: Any, sandbox: Sandbox, ann: Person) -> None:
    stream = sandbox.changes()
    await api("sendMessage", chat_id=ann.id, text="x")
    found = await sandbox.wait_for(lambda: sandbox.messages(ann)[1:])
    assert found[0]["text"] == "x"
    change = await anext(stream)
    assert (change.type, change.chat_id, change.message_id) == ("message", 111, 2)
    stream.close()
    with pytest.raises(TimeoutError):
        await sandbox.wait_for(lambda: False, timeout=0.01)
