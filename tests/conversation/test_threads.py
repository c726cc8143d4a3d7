"""Topics that close and go, rights that are taken away, and messages that ask us nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bot.domain.digest import DigestKind
from bot.domain.subscription import ChatId, ChatState
from bot.sandbox.chats import Chat, Membership, Person
from tests.support.world import BOT_NAME, World, stories, text_of, world


async def post_now(w: World) -> None:
    """Let everybody who subscribes get what is new, as a slot does."""
    now = w.gazette.clock.now()
    wanting = await w.gazette.ledger.subscriptions.active()
    composed = await w.gazette.composer.compose(wanting, now=now)
    await w.gazette.composer.store(composed, kind=DigestKind.SLOT, now=now)
    w.gazette.courier.wake()
    await w.settled()


async def subscribed(w: World, owner: Person, forum: Chat, name: str) -> int:
    """Open a topic and subscribe it."""
    thread = w.sandbox.add_topic(owner, forum, name)
    count = len(w.ours(forum))
    w.say(owner, "/subscribe", forum, thread=thread)
    await w.until(lambda: len(w.ours(forum)) == count + 2)
    await w.settled()
    return thread


def of_thread(w: World, forum: Chat, thread: int) -> int:
    return sum(message.get("message_thread_id") == thread for message in w.ours(forum))


async def test_a_topic_that_closes_or_goes_stops_its_own_digest_alone(tmp_path: Path) -> None:
    settings = {"OPERATORS": "1001"}
    async with world(tmp_path, articles=stories(2), settings=settings) as w:
        operator = w.reader
        assert operator.id == 1001
        await w.ask(operator, "/start")
        owner = w.sandbox.add_person("Olga")
        forum = w.sandbox.add_group("Tea circle", administrators=(owner,), forum=True)
        await w.until(lambda: w.ours(forum))
        closing, going, staying = [
            await subscribed(w, owner, forum, name) for name in ("Closing", "Going", "Staying")
        ]
        before = {thread: of_thread(w, forum, thread) for thread in (closing, going, staying)}
        w.sandbox.close_topic(owner, forum, closing)
        w.sandbox.delete_topic(forum, going)
        await w.post(*stories(2, topic="Milk"))
        await post_now(w)
        await w.until(lambda: len(w.ours(operator)) == 3)
        told = " ".join(text_of(message) for message in w.ours(operator))
        assert f"Topic {closing} of chat {forum.id} is closed" in told
        assert f"Topic {going} of chat {forum.id} is deleted" in told
        assert of_thread(w, forum, staying) == before[staying] + 1
        assert of_thread(w, forum, closing) == before[closing]
        # Nothing went to General instead, and the chat is not held up.
        assert "Milk" not in text_of(w.ours(forum)[0])
        subscriptions = w.gazette.ledger.subscriptions
        chat = await subscriptions.chat(ChatId(forum.id))
        assert chat is not None
        assert chat.state is ChatState.AWAKE
        assert [one.thread_id for one in await subscriptions.active()] == [staying]

        w.sandbox.reopen_topic(owner, forum, closing)

        async def is_open() -> bool:
            return [one.thread_id for one in await subscriptions.active()] == [closing, staying]

        await w.stored(is_open)
        await post_now(w)  # what could not come then comes now
        assert of_thread(w, forum, closing) == before[closing] + 1
        ended = await subscriptions.get(ChatId(forum.id), going)
        assert ended is not None
        assert not ended.is_active


async def test_where_we_were_silenced_nothing_is_tried_and_operators_know(tmp_path: Path) -> None:
    settings = {"OPERATORS": "1001"}
    async with world(tmp_path, articles=stories(2), settings=settings) as w:
        await w.ask(w.reader, "/start")
        owner = w.sandbox.add_person("Olga")
        group = w.sandbox.add_group("Tea circle", administrators=(owner,))
        await w.until(lambda: w.ours(group))
        await w.ask(owner, "/subscribe", group)
        await w.until(lambda: len(w.ours(group)) == 3)
        channel = w.sandbox.add_channel("Tea news", administrators=(owner,))
        from bot.sandbox import membership

        silenced = Membership(status="restricted")
        membership.set_bot(w.sandbox.world, group, owner, silenced)
        w.sandbox.demote_bot(owner, channel)
        await w.until(lambda: len(w.ours(w.reader)) == 3)
        told = [text_of(message) for message in w.ours(w.reader)[1:]]
        assert all("may not write" in words for words in told)
        subscriptions = w.gazette.ledger.subscriptions
        assert await subscriptions.active() == ()
        # Made a member again it goes on, without another greeting.
        w.sandbox.demote_bot(owner, group)

        async def is_back() -> bool:
            return len(await subscriptions.active()) == 1

        await w.stored(is_back)
        assert len(w.ours(group)) == 3


def push(w: World, chat: Chat, text: str | None, number: int, **more: Any) -> None:
    """Let Telegram hand us a message that the sandbox's people cannot write."""
    body: dict[str, Any] = {
        "message_id": number,
        "from": {"id": 777000, "is_bot": False, "first_name": "Telegram"},
        "chat": chat.to_json(),
        "date": 1_790_000_000,
        **more,
    }
    if text is not None:
        body["text"] = text
        if text.startswith("/"):
            length = len(text.split()[0])
            body["entities"] = [{"type": "bot_command", "offset": 0, "length": length}]
    w.sandbox.world.push("message", body)


async def test_posts_that_are_copied_into_a_discussion_group_ask_nothing(tmp_path: Path) -> None:
    async with world(tmp_path, articles=stories(2)) as w:
        owner = w.sandbox.add_person("Olga")
        group = w.sandbox.add_group("Tea talk", members=(w.reader,), administrators=(owner,))
        await w.until(lambda: w.ours(group))
        w.sandbox.promote_bot(owner, group)
        channel = w.sandbox.add_channel("Tea news", administrators=(owner,))
        origin = {
            "type": "channel",
            "chat": channel.to_json(),
            "message_id": 5,
            "date": 1_790_000_000,
        }
        copied = {
            "sender_chat": channel.to_json(),
            "is_automatic_forward": True,
            "forward_origin": origin,
        }
        push(w, group, f"/hot@{BOT_NAME} takes on tea", 500, **copied)
        push(w, group, "/subscribe", 501, **copied)
        ours = w.ours(group)[0]
        push(w, group, "tea", 502, reply_to_message=ours, **copied)
        # A person who writes as another channel is nobody who may decide.
        as_channel = {
            "from": {"id": 136817688, "is_bot": True, "first_name": "Channel"},
            "sender_chat": channel.to_json(),
        }
        push(w, group, "/subscribe", 503, **as_channel)
        # A command that somebody passes on is somebody else's.
        await w.until(lambda: len(w.ours(group)) == 2)
        assert "Only administrators" in text_of(w.last(group))
        await w.ask(w.reader, "/id", group)
        assert len(w.ours(group)) == 3
        assert await w.gazette.ledger.subscriptions.active() == ()


async def test_what_is_no_text_gets_one_sensible_answer_or_none(tmp_path: Path) -> None:
    async with world(tmp_path, articles=stories(2)) as w:
        await w.ask(w.reader, "/subscribe")
        await w.until(lambda: len(w.ours(w.reader)) == 2)
        private = w.sandbox.chat(w.reader)
        user = {"from": w.reader.to_json()}
        size = {"file_id": "a", "file_unique_id": "b", "width": 1, "height": 1}
        photo = {"photo": [size], **user}
        file = {"file_id": "a", "file_unique_id": "b"}
        sticker = {
            **file,
            "type": "regular",
            "width": 1,
            "height": 1,
            "is_animated": False,
            "is_video": False,
        }
        forms: tuple[dict[str, Any], ...] = (
            {"sticker": sticker},
            {"voice": {**file, "duration": 1}},
            {"video_note": {**file, "duration": 1, "length": 1}},
            {"contact": {"phone_number": "1", "first_name": "Ann"}},
            {"dice": {"emoji": "🎲", "value": 3}},
            {"story": {"id": 1, "chat": private.to_json()}},
        )
        for number, form in enumerate(forms):
            known = {message["message_id"] for message in w.ours(w.reader)}
            push(w, private, None, 600 + number, **form, **user)
            answer = await w.next_message(w.reader, known)
            assert "only understand words" in text_of(answer), form
        known = {message["message_id"] for message in w.ours(w.reader)}
        push(w, private, None, 620, caption="tea", **photo)
        assert "Tea story number 1" in text_of(await w.next_message(w.reader, known))

        # Ten pictures of an album are one thing; events and what nobody knows yet are none.
        count = len(w.ours(w.reader))
        for number in range(3):
            push(w, private, None, 630 + number, media_group_id="7", **photo)
        push(w, private, None, 640, pinned_message=w.last(w.reader), **user)
        push(w, private, None, 641, something_new={"of": "Bot API 12"}, **user)
        push(
            w,
            private,
            None,
            642,
            message_auto_delete_timer_changed={"message_auto_delete_time": 5},
            **user,
        )
        origin = {"type": "hidden_user", "sender_user_name": "X", "date": 1_790_000_000}
        push(w, private, "/unsubscribe", 643, forward_origin=origin, **user)
        push(w, private, "tea", 644, via_bot={"id": 5, "is_bot": True, "first_name": "B"}, **user)
        w.sandbox.world.push(
            "edited_message",
            {
                "message_id": 645,
                "chat": private.to_json(),
                "date": 1_790_000_000,
                "edit_date": 1_790_000_001,
                "text": "/unsubscribe",
                **user,
            },
        )
        await w.ask(w.reader, "/id")
        await w.until(lambda: len(w.ours(w.reader)) == count + 2)
        assert len(await w.gazette.ledger.subscriptions.active()) == 1
