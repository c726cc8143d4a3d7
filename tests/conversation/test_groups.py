"""Groups, forums and channels: who decides, who is answered, and that nobody changes the common
sight."""

from __future__ import annotations

from pathlib import Path

from bot.domain.subscription import ChatId, ChatKind, ChatState
from bot.sandbox.chats import Chat, Membership, Person
from tests.support.world import BOT_NAME, World, buttons, labels, stories, text_of, world


def a_group(w: World, **more: bool) -> tuple[Chat, Person]:
    """A group with the reader in it, run by somebody else, who brings the bot along."""
    owner = w.sandbox.add_person("Olga")
    group = w.sandbox.add_group(
        "Tea circle", members=(w.reader,), administrators=(owner,), forum=more.get("forum", False)
    )
    return group, owner


async def greeted(w: World, group: Chat) -> set[int]:
    """Wait for the greeting; give the ids of all messages so far."""
    await w.until(lambda: w.ours(group))
    return {message["message_id"] for message in w.ours(group)}


async def test_a_group_is_greeted_once_and_told_how_to_subscribe(tmp_path: Path) -> None:
    async with world(tmp_path, articles=stories(2)) as w:
        group, owner = a_group(w)
        await greeted(w, group)
        hello = w.last(group)
        assert "/subscribe" in text_of(hello)
        assert labels(hello) == ["Subscribe this chat", "Topics", "Hot"]
        urls = [button["url"] for button in buttons(hello) if "url" in button]
        assert urls == [f"https://t.me/{BOT_NAME}?start={name}" for name in ("topics", "hot")]
        w.sandbox.promote_bot(owner, group)
        await w.ask(w.reader, "/id", group)
        assert len(w.ours(group)) == 2


async def test_a_stranger_is_refused_and_an_administrator_may(tmp_path: Path) -> None:
    async with world(tmp_path, articles=stories(2)) as w:
        group, owner = a_group(w)
        await greeted(w, group)
        for command in ("/subscribe", "/unsubscribe", "/follow tea", "/mute tea"):
            refusal = await w.ask(w.reader, command, group)
            assert "Only administrators" in text_of(refusal)
        assert await w.gazette.ledger.subscriptions.active() == ()
        confirmation = await w.ask(owner, "/subscribe", group)
        assert "This chat will get the digest" in text_of(confirmation)
        digest = await w.next_message(group, {m["message_id"] for m in w.ours(group)})
        assert "Tea story number 1" in text_of(digest)
        (subscription,) = await w.gazette.ledger.subscriptions.active()
        assert subscription.chat_id == group.id
        assert subscription.chat_kind is ChatKind.SUPERGROUP


async def test_a_right_that_was_taken_away_counts_at_once(tmp_path: Path) -> None:
    async with world(tmp_path, articles=stories(2)) as w:
        group, owner = a_group(w)
        await greeted(w, group)
        await w.ask(owner, "/subscribe", group)
        await w.until(lambda: len(w.ours(group)) == 3)  # greeting, confirmation, digest
        group.members[owner.id] = Membership(status="member")
        assert "Only administrators" in text_of(await w.ask(owner, "/unsubscribe", group))
        assert len(await w.gazette.ledger.subscriptions.active()) == 1


async def test_a_tap_in_a_group_is_answered_to_the_tapper_alone(tmp_path: Path) -> None:
    async with world(tmp_path, articles=stories(2)) as w:
        group, owner = a_group(w)
        await greeted(w, group)
        hello = w.last(group)
        refused = await w.tap(w.reader, hello, "Subscribe this chat")
        assert "Only administrators" in refused.text
        assert refused.show_alert
        allowed = await w.tap(owner, hello, "Subscribe this chat")
        assert allowed.text.startswith("Subscribed. The first one comes now")
        await w.next_message(group, {hello["message_id"]})
        assert w.shown(hello) == hello
        assert len(w.ours(group)) == 2  # the greeting and the first digest


async def test_a_forged_tap_in_a_group_changes_nothing(tmp_path: Path) -> None:
    async with world(tmp_path, articles=stories(2)) as w:
        group, owner = a_group(w)
        await greeted(w, group)
        hello = w.last(group)
        for data in ("1:h:1", "1:t:1:tea", "1:ts:1", "1:d", "1:s:0123456789ab"):
            answer = await w.forge(owner, group, hello["message_id"], data)
            assert "in private" in answer.text, data
            assert w.ours(group) == (hello,), data


async def test_answers_in_a_group_are_replies_with_links_in_place_of_buttons(
    tmp_path: Path,
) -> None:
    async with world(tmp_path, articles=stories(12)) as w:
        group, _ = a_group(w)
        await greeted(w, group)
        answer = await w.ask(w.reader, f"/topic@{BOT_NAME} tea", group)
        assert answer["reply_to_message"]["from"]["id"] == w.reader.id
        assert "Tea story number 1" in text_of(answer)
        assert all("callback_data" not in button for button in buttons(answer))
        assert [button["url"] for button in buttons(answer)] == [
            f"https://t.me/{BOT_NAME}?start=topic-tea"
        ]
        opened = await w.ask(w.reader, "/start topic-tea")
        assert "page 1 of 3" in text_of(opened)


async def test_in_groups_only_what_is_meant_for_us_is_answered(tmp_path: Path) -> None:
    async with world(tmp_path, articles=stories(2)) as w:
        group, owner = a_group(w)
        await greeted(w, group)
        w.sandbox.promote_bot(owner, group)  # now every message of the group reaches us
        w.say(w.reader, "tea", group)
        w.say(w.reader, "/hot@another_bot", group)
        w.say(w.reader, "/weather", group)
        answer = await w.ask(w.reader, f"/weather@{BOT_NAME}", group)
        assert "I don’t know" in text_of(answer)
        assert len(w.ours(group)) == 2
        question = await w.ask(w.reader, "tea", group, reply_to=answer["message_id"])
        assert "Tea story number 1" in text_of(question)


async def test_who_discusses_a_digest_is_left_in_peace(tmp_path: Path) -> None:
    async with world(tmp_path, articles=stories(2)) as w:
        group, owner = a_group(w)
        known = await greeted(w, group)
        confirmation = await w.ask(owner, "/subscribe", group)
        digest = await w.next_message(group, known | {confirmation["message_id"]})
        await w.settled()
        w.say(w.reader, "tea, really?", group, reply_to=digest["message_id"])
        await w.ask(w.reader, "/id", group)
        assert len(w.ours(group)) == len(known) + 3


async def test_an_anonymous_administrator_is_one_and_no_person(tmp_path: Path) -> None:
    async with world(tmp_path, articles=stories(2), settings={"OPERATORS": "1087968824"}) as w:
        group, _ = a_group(w)
        await greeted(w, group)
        for text in ("/post", "/subscribe"):
            w.sandbox.world.push(
                "message",
                {
                    "message_id": 500,
                    "from": {"id": 1087968824, "is_bot": True, "first_name": "Group"},
                    "sender_chat": group.to_json(),
                    "chat": group.to_json(),
                    "date": 1_790_000_000,
                    "text": text,
                    "entities": [{"type": "bot_command", "offset": 0, "length": len(text)}],
                },
            )
        await w.until(lambda: len(w.ours(group)) == 4)
        refused, confirmed = w.ours(group)[1:3]
        assert "operators of this publication" in text_of(refused)
        assert "This chat will get the digest" in text_of(confirmed)


async def test_in_a_forum_a_subscription_belongs_to_its_thread(tmp_path: Path) -> None:
    async with world(tmp_path, articles=stories(2)) as w:
        group, owner = a_group(w, forum=True)
        known = await greeted(w, group)
        thread = w.sandbox.add_topic(owner, group, "News")
        confirmation = await w.ask(owner, "/subscribe", group, thread=thread)
        digest = await w.next_message(group, known | {confirmation["message_id"]})
        assert confirmation["message_thread_id"] == digest["message_thread_id"] == thread
        (subscription,) = await w.gazette.ledger.subscriptions.active()
        assert subscription.thread_id == thread
        general = await w.ask(owner, "/unsubscribe", group)
        assert "There is no subscription here" in text_of(general)
        assert "message_thread_id" not in general
        numbers = await w.ask(owner, "/id", group, thread=thread)
        assert str(thread) in text_of(numbers)


async def test_a_group_that_throws_us_out_sleeps_until_it_takes_us_back(tmp_path: Path) -> None:
    async with world(tmp_path, articles=stories(2)) as w:
        group, owner = a_group(w)
        await greeted(w, group)
        await w.ask(owner, "/subscribe", group)
        w.sandbox.kick_bot(owner, group)
        chats = w.gazette.ledger.subscriptions

        async def sleeps() -> bool:
            chat = await chats.chat(ChatId(group.id))
            return chat is not None and chat.state is ChatState.ASLEEP

        await w.stored(sleeps)
        assert await chats.active() == ()
        known = {m["message_id"] for m in w.ours(group)}
        w.sandbox.add_bot(owner, group)
        hello = await w.next_message(group, known)
        assert "This chat gets the digest by itself" in text_of(hello)
        assert not await sleeps()
        assert len(await chats.active()) == 1


async def test_a_group_that_grows_keeps_its_subscription(tmp_path: Path) -> None:
    async with world(tmp_path, articles=stories(2)) as w:
        owner = w.sandbox.add_person("Olga")
        group = w.sandbox.add_group("Small", administrators=(owner,), kind="group")
        await greeted(w, group)
        await w.ask(owner, "/subscribe", group)
        await w.until(lambda: len(w.ours(group)) == 3)  # the first digest, too
        large = w.sandbox.migrate(group, by=owner)
        answer = await w.ask(owner, "/subscribe", large)
        assert "already gets the digest" in text_of(answer)
        (subscription,) = await w.gazette.ledger.subscriptions.active()
        assert (subscription.chat_id, subscription.chat_kind) == (large.id, ChatKind.SUPERGROUP)


async def test_a_channel_is_told_its_number_and_nothing_else(tmp_path: Path) -> None:
    async with world(tmp_path, articles=stories(2)) as w:
        owner = w.sandbox.add_person("Olga")
        channel = w.sandbox.add_channel("Tea news", administrators=(owner,))
        w.say(owner, "/subscribe", channel)
        w.say(owner, "tea", channel)
        answer = await w.ask(owner, "/id", channel)
        assert str(channel.id) in text_of(answer)
        assert len(w.ours(channel)) == 1


async def test_a_group_that_unsubscribes_is_promised_what_works_in_groups(tmp_path: Path) -> None:
    async with world(tmp_path, articles=stories(2)) as w:
        group, owner = a_group(w)
        await greeted(w, group)
        await w.ask(owner, "/subscribe", group)
        await w.until(lambda: len(w.ours(group)) == 3)  # greeting, confirmation, digest
        answer = await w.ask(owner, "/unsubscribe", group)
        assert "No more digests here. /hot, /latest and /topic still work." in text_of(answer)


async def test_a_group_follows_and_mutes_by_buttons_that_its_administrators_tap(
    tmp_path: Path,
) -> None:
    tree = [{"name": "Rowing"}, {"name": "Mowing"}]
    async with world(tmp_path, topics=tree) as w:
        group, owner = a_group(w)
        await greeted(w, group)
        offer = await w.ask(owner, "/mute bowing", group)
        assert "Mute Rowing" in labels(offer)
        refused = await w.tap(w.reader, offer, "Mute Rowing")
        assert "Only administrators" in refused.text
        assert (await w.tap(owner, offer, "Mute Rowing")).text == "Rowing stays out of the digest."
        followed = await w.ask(owner, "/follow rowing", group)
        assert "as soon as this chat subscribes" in text_of(followed)


async def test_while_telegram_does_not_tell_who_runs_a_group_nothing_is_changed_and_said_so(
    tmp_path: Path,
) -> None:
    async with world(tmp_path, articles=stories(3)) as w:
        owner = w.sandbox.add_person("Olga", language_code="ar")
        group = w.sandbox.add_group("Tea circle", members=(w.reader,), administrators=(owner,))
        await w.until(lambda: w.ours(group))
        panel = await w.ask(owner, "/settings", group)
        w.sandbox.faults.add("500", method="getChatMember", times=2)
        told = await w.ask(owner, "/subscribe", group)
        assert "Telegram does not tell me right now" in text_of(told)
        assert "تيليجرام" in (await w.tap(owner, panel, "Times")).text
        assert await w.gazette.ledger.subscriptions.get(ChatId(group.id)) is None
        # Told to rest, it asks no more until then; others are asked about as ever.
        w.sandbox.faults.add("429", method="getChatMember", retry_after=1)
        asked = [call for call in w.sandbox.calls if call.method == "getChatMember"]
        for _ in range(2):
            assert "تيليجرام" in (await w.tap(owner, panel, "Times")).text
        again = [call for call in w.sandbox.calls if call.method == "getChatMember"]
        assert len(again) == len(asked) + 1


async def test_a_channel_of_the_settings_that_takes_us_in_later_is_known_at_once(
    tmp_path: Path,
) -> None:
    async with world(
        tmp_path, articles=stories(3), settings={"CHANNELS": "@Tea_News,-1009000000001"}
    ) as w:
        olga = w.reader
        await w.ask(olga, "/start")
        w.sandbox.add_channel("Tea news", username="tea_news", administrators=(olga,))
        w.sandbox.add_channel("Tea", chat_id=-1009000000001, administrators=(olga,))
        for title in ("Tea news", "Tea"):
            shown = await w.until(
                lambda title=title: [  # type: ignore[misc]
                    one for one in w.ours(olga) if text_of(one).startswith(f"Settings · {title}\n")
                ]
            )
            assert "The next digest comes" in text_of(shown[0])
            assert "Subscribe" not in labels(shown[0])
