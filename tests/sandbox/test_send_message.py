"""sendMessage: the order of its checks, chat states, replies, topics and previews."""

from __future__ import annotations

from typing import Any

import pytest

from bot.sandbox.chats import Person
from bot.sandbox.state import Sandbox

# Each step is wrong in its own way; a message made of the steps from N on fails with N's error.
GOOD: dict[str, Any] = {"text": "x"}
STEPS: list[tuple[dict[str, Any], str]] = [
    ({"text": ""}, "message text is empty"),
    ({"text": "x" * 32_769}, "text is too long"),
    ({"entities": "rubbish"}, "can't parse entities JSON object"),
    ({"reply_parameters": {}}, "can't parse reply parameters: Can't find field \"message_id\""),
    (
        {"reply_markup": {"inline_keyboard": [[{"text": "x"}]]}},
        "can't parse inline keyboard button: text buttons are unallowed in the inline keyboard",
    ),
    ({"chat_id": None}, "chat_id is empty"),
    ({"message_thread_id": 1}, "message thread not found"),
    ({"reply_parameters": {"message_id": 999}}, "message to be replied not found"),
    (
        {
            "reply_markup": {
                "inline_keyboard": [[{"text": "x", "url": "ftp://e.com", "callback_data": "c"}]]
            }
        },
        "inline keyboard button URL 'ftp://e.com' is invalid: Unsupported URL protocol",
    ),
    (
        {"entities": [{"type": "bold", "offset": 9_000, "length": 1}]},
        "entity begins after the end of the text at UTF-16 offset 9000",
    ),
    ({"text": " \u200b\u00a0\u2800"}, "text must be non-empty"),
    ({"text": "x" * 4097}, "message is too long"),
    (
        {"reply_markup": {"inline_keyboard": [[{"text": "x", "callback_data": "x" * 65}]]}},
        "BUTTON_DATA_INVALID",
    ),
]


@pytest.mark.parametrize("first", range(len(STEPS)))
async def test_the_first_failing_check_is_the_answer(
    api: Any, sandbox: Sandbox, first: int
) -> None:
    forum = sandbox.add_group("Forum", forum=True)
    parameters: dict[str, Any] = {"chat_id": forum.id, **GOOD}
    for wrong, _ in reversed(STEPS[first:]):
        parameters |= wrong
    assert (await api("sendMessage", **parameters)).error == STEPS[first][1]
    assert [one for one in sandbox.messages(forum) if "text" in one] == []


async def test_a_parse_mode_is_refused(api: Any, ann: Person) -> None:
    reply = await api("sendMessage", chat_id=ann.id, text="x", parse_mode="HTML")
    assert reply.error == "this sandbox takes entities, not parse_mode"


async def test_4096_emoji_pass(api: Any, ann: Person) -> None:
    assert (await api("sendMessage", chat_id=ann.id, text="😀" * 4096)).status == 200


async def test_the_reply_shows_the_message_as_it_stands(
    api: Any, sandbox: Sandbox, ann: Person
) -> None:
    reply = await api(
        "sendMessage",
        chat_id=ann.id,
        text="  Read\r\n\tREADME.md @gif\n",
        entities=[
            {"type": "bold", "offset": 2, "length": 6},
            {"type": "text_link", "offset": 2, "length": 4, "url": "HTTPS://E.com"},
            {"type": "hashtag", "offset": 0, "length": 3},
        ],
        reply_markup={"inline_keyboard": [[{"text": "Go", "callback_data": "go", "junk": 1}]]},
        link_preview_options={"is_disabled": True},
    )
    assert reply.result == {
        "message_id": 2,
        "from": {
            "id": 999,
            "is_bot": True,
            "first_name": "Gazette",
            "username": "gazette_demo_bot",
        },
        "chat": {"id": 111, "type": "private", "first_name": "Ann", "username": "ann"},
        "date": 1795370400,
        "text": "Read\n README.md @gif",
        "entities": [
            {"offset": 0, "length": 4, "type": "text_link", "url": "https://e.com/"},
            {"offset": 0, "length": 4, "type": "bold"},
            {"offset": 4, "length": 1, "type": "bold"},
            {"offset": 6, "length": 9, "type": "url"},
            {"offset": 16, "length": 4, "type": "mention"},
        ],
        "link_preview_options": {"is_disabled": True},
        "reply_markup": {"inline_keyboard": [[{"text": "Go", "callback_data": "go"}]]},
    }
    assert sandbox.messages(ann)[-1] == reply.result


async def test_who_never_wrote_cannot_be_written_to(api: Any, sandbox: Sandbox) -> None:
    bob = sandbox.add_person("Bob")
    reply = await api("sendMessage", chat_id=bob.id, text="x")
    assert (reply.status, reply.body["description"]) == (
        403,
        "Forbidden: bot can't initiate conversation with a user",
    )
    sandbox.say(bob, bob, "/start")
    assert (await api("sendMessage", chat_id=bob.id, text="x")).status == 200


async def test_who_blocked_the_bot_is_out_of_reach_until_they_unblock(
    api: Any, sandbox: Sandbox, ann: Person
) -> None:
    sandbox.block(ann)
    reply = await api("sendMessage", chat_id=ann.id, text="x")
    assert (reply.status, reply.body["description"]) == (
        403,
        "Forbidden: bot was blocked by the user",
    )
    with pytest.raises(ValueError, match="unblock"):
        sandbox.say(ann, ann, "hello?")
    sandbox.unblock(ann)
    assert (await api("sendMessage", chat_id=ann.id, text="x")).status == 200
    changes = [update["my_chat_member"] for update in await api.updates()]
    assert [one["new_chat_member"]["status"] for one in changes] == ["kicked", "member"]
    assert changes[0]["new_chat_member"]["until_date"] == 0


async def test_a_closed_account_is_out_of_reach(api: Any, sandbox: Sandbox, ann: Person) -> None:
    sandbox.deactivate(ann)
    reply = await api("sendMessage", chat_id=ann.id, text="x")
    assert reply.body["description"] == "Forbidden: user is deactivated"


@pytest.mark.parametrize("chat_id", [12345, "@nobody", "@ann", "rubbish"])
async def test_an_unknown_chat_is_not_found(api: Any, ann: Person, chat_id: Any) -> None:
    assert (await api("sendMessage", chat_id=chat_id, text="x")).error == "chat not found"


async def test_a_channel_is_reached_by_its_name(api: Any, sandbox: Sandbox, ann: Person) -> None:
    channel = sandbox.add_channel("News", username="news", administrators=[ann])
    message = (await api("sendMessage", chat_id="@News", text="x")).result
    assert message["chat"]["id"] == channel.id
    assert message["sender_chat"]["title"] == "News"
    assert "from" not in message


async def test_a_kicked_bot_is_told_so(api: Any, sandbox: Sandbox, ann: Person) -> None:
    group = sandbox.add_group("Friends", members=[ann])
    sandbox.kick_bot(ann, group)
    reply = await api("sendMessage", chat_id=group.id, text="x")
    assert reply.body["description"] == "Forbidden: bot was kicked from the supergroup chat"


async def test_a_bot_that_never_came_is_told_so(api: Any, sandbox: Sandbox, ann: Person) -> None:
    group = sandbox.add_group("Others", members=[ann], with_bot=False)
    reply = await api("sendMessage", chat_id=group.id, text="x")
    assert reply.body["description"] == "Forbidden: bot is not a member of the supergroup chat"


async def test_a_channel_wants_an_administrator_who_may_post(
    api: Any, sandbox: Sandbox, ann: Person
) -> None:
    channel = sandbox.add_channel("News", administrators=[ann])
    sandbox.promote_bot(ann, channel, ["can_edit_messages"])
    reply = await api("sendMessage", chat_id=channel.id, text="x")
    assert reply.error == "need administrator rights in the channel chat"


async def test_a_group_can_forbid_kinds_of_messages(
    api: Any, sandbox: Sandbox, ann: Person
) -> None:
    group = sandbox.add_group("Quiet", members=[ann])
    group.forbidden_kinds = frozenset({"text messages"})
    reply = await api("sendMessage", chat_id=group.id, text="x")
    assert reply.error == "not enough rights to send text messages to the chat"


async def test_a_migrated_group_names_its_new_id(api: Any, sandbox: Sandbox, ann: Person) -> None:
    group = sandbox.add_group("G", members=[ann], kind="group")
    large = sandbox.migrate(group, by=ann)
    reply = await api("sendMessage", chat_id=group.id, text="x")
    assert reply.error == "group chat was upgraded to a supergroup chat"
    assert reply.body["parameters"] == {"migrate_to_chat_id": large.id}
    assert (await api("sendMessage", chat_id=large.id, text="x")).status == 200
    told = [update["message"] for update in await api.updates() if "message" in update]
    assert told[-2]["migrate_to_chat_id"] == large.id
    assert told[-1]["migrate_from_chat_id"] == group.id
    assert told[-1]["from"]["username"] == "GroupAnonymousBot"


async def test_topics_take_messages_until_they_are_closed_or_gone(
    api: Any, sandbox: Sandbox, ann: Person
) -> None:
    forum = sandbox.add_group("Forum", administrators=[ann], forum=True)
    thread = sandbox.add_topic(ann, forum, "News")
    sent = await api("sendMessage", chat_id=forum.id, message_thread_id=thread, text="x")
    assert (sent.result["message_thread_id"], sent.result["is_topic_message"]) == (thread, True)
    sandbox.close_topic(ann, forum, thread)
    closed = await api("sendMessage", chat_id=forum.id, message_thread_id=thread, text="x")
    assert closed.error == "TOPIC_CLOSED"
    sandbox.delete_topic(forum, thread)
    gone = await api("sendMessage", chat_id=forum.id, message_thread_id=thread, text="x")
    assert gone.error == "message thread not found"
    general = await api("sendMessage", chat_id=forum.id, text="x")
    assert "message_thread_id" not in general.result


async def test_a_reply_shows_what_it_answers(api: Any, sandbox: Sandbox, ann: Person) -> None:
    said = sandbox.say(ann, ann, "question")
    reply = await api(
        "sendMessage", chat_id=ann.id, text="answer", reply_parameters={"message_id": said}
    )
    assert reply.result["reply_to_message"]["text"] == "question"
    alone = await api(
        "sendMessage",
        chat_id=ann.id,
        text="answer",
        reply_parameters={"message_id": 999, "allow_sending_without_reply": True},
    )
    assert "reply_to_message" not in alone.result


async def test_message_ids_are_shared_by_private_chats_and_basic_groups_only(
    api: Any, sandbox: Sandbox, ann: Person
) -> None:
    bob = sandbox.add_person("Bob")
    small = sandbox.add_group("S", members=[ann], kind="group")
    large = sandbox.add_group("L", members=[ann])
    sandbox.say(bob, bob, "/start")
    ids = [
        (await api("sendMessage", chat_id=chat.id, text="x")).result["message_id"]
        for chat in (ann, bob, small, large, ann)
    ]
    assert ids[0] < ids[1] < ids[2] < ids[4] == ids[2] + 1
    assert ids[3] == 2  # after the message that tells of the bot's coming


@pytest.mark.parametrize(
    ("options", "shown"),
    [
        (None, {"large": False, "above": False}),
        ({"prefer_large_media": True}, {"large": False, "above": False}),
        (
            {
                "url": "https://example.com/tea/",
                "prefer_large_media": True,
                "show_above_text": True,
            },
            {"large": True, "above": True},
        ),
        ({"is_disabled": True}, None),
        ({"url": "https://elsewhere.example/"}, None),
    ],
)
async def test_a_known_page_is_previewed(
    api: Any, sandbox: Sandbox, ann: Person, options: Any, shown: Any
) -> None:
    reply = await api(
        "sendMessage",
        chat_id=ann.id,
        text="see",
        entities=[
            {"type": "text_link", "offset": 0, "length": 3, "url": "https://example.com/tea"}
        ],
        link_preview_options=options,
    )
    assert "_preview" not in reply.result
    preview = sandbox.messages(ann)[-1].get("_preview")
    assert (preview is None) == (shown is None)
    if isinstance(preview, dict):
        assert preview["title"] == "Tea"
        assert {name: preview[name] for name in shown} == shown


async def test_a_picture_of_the_site_is_its_own_preview(
    api: Any, sandbox: Sandbox, ann: Person
) -> None:
    url = f"{api.address}/assets/tea.png"
    await api("sendMessage", chat_id=ann.id, text=f"see {url}")
    preview = sandbox.messages(ann)[-1]["_preview"]
    assert isinstance(preview, dict)
    assert (preview["image"], preview["large"]) == (url, True)
