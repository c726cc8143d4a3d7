"""The settings panel: for a person, a group, a channel and a thread; every tap is checked."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.clock import SystemClock
from bot.domain.panel import Target, View
from bot.domain.subscription import NO_QUIET, ChatId, Layout, Subscription
from bot.sandbox.chats import Membership
from tests.support.world import World, a_story, buttons, data_of, labels, stories, text_of, world

Json = dict[str, Any]


class Watch(SystemClock):
    """Goes on by itself, and by two seconds a tap: a person does not tap faster."""

    ahead = timedelta(0)

    def now(self) -> datetime:
        return super().now() + self.ahead


def a_while(w: World) -> None:
    clock = w.gazette.clock
    if isinstance(clock, Watch):
        clock.ahead += timedelta(seconds=2)


async def changed(w: World, before: Json) -> Json:
    await w.until(lambda: w.shown(before) != before)
    return w.shown(before)


async def tapped(w: World, message: Json, *path: str, person: Any = None) -> Json:
    """Tap one button after the other, and give the panel as it is then."""
    for label in path:
        before = w.shown(message)
        a_while(w)
        answer = await w.tap(person or w.reader, before, label)
        assert not answer.show_alert, answer.text
        message = await changed(w, before)
    return message


async def wish_of(w: World, chat_id: int, thread_id: int = 0) -> Subscription:
    found = await w.gazette.ledger.subscriptions.get(ChatId(chat_id), thread_id)
    assert found is not None
    return found


async def test_a_person_shapes_the_digest_with_taps_and_sees_what_comes_of_it(
    tmp_path: Path,
) -> None:
    articles = [*stories(6), *stories(3, topic="Coffee", provider="beans.example")]
    async with world(tmp_path, articles=articles, clock=Watch()) as w:
        panel = await w.ask(w.reader, "/settings")
        assert "08:00, 18:00 · every day · UTC" in text_of(panel)
        assert "Not subscribed" in text_of(panel)
        assert "Tea story number 1" in text_of(panel)
        panel = await tapped(w, panel, "Times")
        # What can only be a time is meant for the page, though nobody tapped *Another time*.
        panel = await w.ask(w.reader, "25:99")
        assert "25:99 is no time of the day" in text_of(panel)
        assert "Tea story number 1" in text_of(await w.ask(w.reader, "tea"))
        # Below another message of ours it is a question again.
        assert "no time of the day" not in text_of(await w.ask(w.reader, "25:99"))
        panel = await tapped(w, await w.ask(w.reader, "/settings"), "Times")
        panel = await w.ask(w.reader, "7:30 and 18")
        assert "07:30, 08:00, 18:00 · every day · UTC" in text_of(panel)
        panel = await tapped(w, panel, "✓ 07:30", "07:00", "✓ 18:00")
        assert "07:00, 08:00 · every day · UTC" in text_of(panel)
        # Two fingers on one button do one thing.
        two = [w.sandbox.press(w.reader, w.reader, panel["message_id"], "21:00") for _ in "ab"]
        for one in two:
            assert not (await w.answered(one)).show_alert
        await w.until(lambda: "✓ 21:00" in labels(w.shown(panel)))
        wish = await wish_of(w, w.reader.id)
        assert wish.hours.times == (time(7), time(8), time(21))
        assert not wish.is_active
        panel = await tapped(w, panel, "✓ 07:00", "✓ 08:00")
        last = await w.tap(w.reader, panel, "✓ 21:00")
        assert "One time must stay" in last.text
        panel = await w.until_shown(panel, "One time must stay")
        panel = await tapped(w, panel, "◀ Back", "Days", "Monday to Friday", "◀ Back")
        panel = await tapped(w, panel, "Time zone")
        panel = await w.ask(w.reader, "UTC+3")
        assert "Time zone: UTC+3" in text_of(panel)
        panel = await tapped(w, panel, "Europe", "▶", "Lisbon")
        assert "Time zone: Lisbon" in text_of(panel)
        panel = await tapped(w, panel, "◀ Back", "Quiet hours", "22:00–07:00", "◀ Back")
        assert "21:00 · Monday to Friday · Lisbon" in text_of(panel)
        panel = await tapped(w, panel, "Topics", "Coffee · 3")
        assert "✓ Coffee · 3" in labels(panel)
        panel = await tapped(w, panel, "◀ Back", "Muted topics", "Tea · 6", "◀ Back")
        assert "Mutes: Tea" in text_of(panel)
        assert "1. Coffee story number 1" in text_of(panel)
        assert "Tea story" not in text_of(panel)
        panel = await tapped(w, panel, "Sources", "beans.example · 3", "◀ Back")
        assert "Coffee story" not in text_of(panel)
        panel = await tapped(w, panel, "Sources", "✕ beans.example · 3", "2", "◀ Back")
        panel = await tapped(w, panel, "Size and layout", "3", "cards", "No pictures", "◀ Back")
        panel = await tapped(w, panel, "Order", "+ Freshness", "\u2212 Heat", "3", "◀ Back")
        panel = await tapped(w, panel, "Sections", "Articles", "2", "◀ Back")
        panel = await tapped(w, panel, "Sound and more", "Without a sound", "◀ Back")
        known = {message["message_id"] for message in w.ours(w.reader)}
        panel = await tapped(w, panel, "Subscribe")
        assert "The next digest comes" in text_of(panel)
        digest = await w.next_message(w.reader, known)
        assert "Coffee story number 1" in text_of(digest)
        sent = [call for call in w.sandbox.calls if call.method.lower().startswith("sendphoto")]
        texts = [
            call for call in w.sandbox.calls if "Coffee story number 1" in str(call.parameters)
        ]
        assert any(call.parameters.get("disable_notification") for call in (*sent, *texts))
        wish = await wish_of(w, w.reader.id)
        assert wish.is_active
        assert wish.hours.key == "times=21:00;days=12345;zone=Europe/Lisbon;quiet=22:00-07:00"
        assert (wish.followed, wish.muted, wish.muted_providers) == (("Coffee",), ("Tea",), ())
        assert (wish.size, wish.layout, wish.provider_cap) == (3, Layout.CARDS, 2)
        assert (wish.has_pictures, wish.is_silent) == (False, True)
        assert wish.weights is not None
        assert (wish.weights.freshness, wish.weights.heat) == (1.5, 0.5)
        assert wish.sections is not None
        assert [(one.kinds, one.budget) for one in wish.sections] == [(("article",), 2)]
        panel = await tapped(w, w.shown(panel), "Pause", "3 days", "◀ Back")
        assert "paused until" in text_of(panel)
        resumed = await w.ask(w.reader, "/resume")
        assert "paused" not in text_of(resumed)
        assert "Write a day of the coming year" in text_of(await w.ask(w.reader, "/pause never"))
        assert "paused until" in text_of(await w.ask(w.reader, "/pause 5"))
        panel = await tapped(w, panel, "Pause", "Go on now", "◀ Back", "Quiet hours")
        panel = await tapped(w, panel, "No quiet hours")
        await w.tap(w.reader, panel, "As the publication")  # which has none either
        panel = await tapped(w, panel, "◀ Back")
        assert (await wish_of(w, w.reader.id)).hours.quiet is None
        panel = await tapped(w, panel, "Unsubscribe")
        assert not (await wish_of(w, w.reader.id)).is_active


@pytest.mark.long
async def test_typed_values_are_read_or_answered_with_a_sentence_that_helps(
    tmp_path: Path,
) -> None:
    async with world(tmp_path, articles=stories(3), clock=Watch()) as w:

        async def write(page: str, button: str, *words: str) -> Json:
            a_while(w)
            panel = await w.ask(w.reader, "/settings")
            panel = await tapped(w, panel, page, button)
            for one in words:
                a_while(w)
                panel = await w.ask(w.reader, one)
            return panel

        for wrong in ("25:99", "soon", "8:60", "13 pm"):
            panel = await write("Times", "Another time", wrong)
            assert f"{wrong} is no time of the day. Write one such as 07:30" in text_of(panel)
        panel = await write("Times", "Another time", "never", "6:15, 8 pm")
        assert "06:15, 08:00, 18:00, 20:00" in text_of(panel)
        panel = await write("Time zone", "Write a city", "Atlantis", "Lisbonn")
        assert "Which one do you mean?" in text_of(panel)
        panel = await tapped(w, panel, "Lisbon")
        assert (await wish_of(w, w.reader.id)).hours.zone == "Europe/Lisbon"
        panel = await write("Time zone", "Write a city", "UTC+3")
        assert "Time zone: UTC+3" in text_of(panel)
        panel = await write("Quiet hours", "Other hours", "always", "23:30 - 6")
        assert "Quiet hours: 23:30–06:00" in text_of(panel)
        panel = await write("Topics", "Write a topic", "Zeppelins", "tea")
        assert "Follows: Tea" in text_of(panel)
        panel = await write("Words", "Keep a word out", "number 1, <b>war</b> & peace")
        assert "Tea story number 1" not in text_of(panel)
        assert "<b>war</b> & peace" in text_of(panel)
        panel = await tapped(w, panel, "\u2212 number 1 ✕")
        assert (await wish_of(w, w.reader.id)).words_out == ("<b>war</b> & peace",)
        panel = await write("Pause", "Another day", "yesterday", "5")
        assert (await wish_of(w, w.reader.id)).paused_until is not None
        # What comes later is a question again, and a command never is an answer.
        assert "Tea story number 1" in text_of(await w.ask(w.reader, "tea"))
        await write("Times", "Another time")
        assert "Reading" in text_of(await w.ask(w.reader, "/help"))
        a_while(w)
        assert "Tea story number 1" in text_of(await w.ask(w.reader, "tea"))
        await write("Times", "Another time", "when I wake", "later")
        a_while(w)
        assert "Tea story number 1" in text_of(await w.ask(w.reader, "tea"))


@pytest.mark.parametrize(
    ("language", "times", "quiet", "pause", "is_no_time"),
    [
        ("de", "halb acht und 18 Uhr 30", "von 22 bis 7 Uhr", "morgen", "irgendwann"),
        ("ar", "٧:٣٠ و ١٨:٣٠", "من ١٠ مساءً إلى ٧ صباحًا", "غدا", "لاحقا"),
    ],
)
async def test_values_are_read_as_the_readers_language_writes_them(
    tmp_path: Path, language: str, times: str, quiet: str, pause: str, is_no_time: str
) -> None:
    async with world(tmp_path, articles=stories(3), clock=Watch()) as w:
        reader = w.sandbox.add_person("Nura", language_code=language)

        async def write(view: View, words: str) -> Subscription:
            panel = await w.ask(reader, "/settings")
            for deed in ("", "/?/"):
                a_while(w)
                data = f"1:o::{view.value}{deed}"
                await w.tap(reader, panel, data)
                await w.until(
                    lambda: any(
                        one.get("callback_data", "").startswith(f"1:o::{view.value}/?/")
                        for one in buttons(w.shown(panel))
                    )
                )
            a_while(w)
            await w.ask(reader, words)
            return await wish_of(w, reader.id)

        await w.ask(reader, "/follow tea")
        usual = (time(8), time(18))
        assert (await write(View.TIMES, is_no_time)).hours.times is None
        hours = (await write(View.TIMES, times)).hours
        assert hours.times == tuple(sorted({*usual, time(7, 30), time(18, 30)}))
        assert (await write(View.QUIET, quiet)).hours.quiet == (time(22), time(7))
        until = (await write(View.PAUSE, pause)).paused_until
        assert until is not None
        assert until.date() == w.gazette.clock.now().date() + timedelta(days=1)


async def test_the_last_day_stays_and_its_tap_says_why(tmp_path: Path) -> None:
    async with world(tmp_path, articles=stories(3), clock=Watch()) as w:
        panel = await tapped(w, await w.ask(w.reader, "/settings"), "Days")
        for day in ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat"):
            panel = await tapped(w, panel, f"✓ {day}")
        told = await w.tap(w.reader, panel, "✓ Sun")
        assert told.text.startswith("One day must stay.")
        assert (await wish_of(w, w.reader.id)).hours.days == frozenset({7})


async def test_what_was_asked_for_is_awaited_over_a_restart(tmp_path: Path) -> None:
    watch = Watch()
    async with world(tmp_path, articles=stories(3), clock=watch) as w:
        reader, owner, sandbox = w.reader, w.sandbox.add_person("Olga"), w.sandbox
        w.say(owner, "/start")
        group = sandbox.add_group("Tea circle", members=(reader,), administrators=(owner,))
        await w.until(lambda: w.ours(group))
        panel = await w.ask(owner, "/settings", group)
        panel = await tapped(w, panel, "Times", "Another time", person=owner)
        own = await tapped(w, await w.ask(reader, "/settings"), "Words", "Keep a word out")
    async with world(tmp_path, sandbox=sandbox, clock=watch) as w:
        shown = await w.ask(reader, "number 2")
        assert (await wish_of(w, reader.id)).words_out == ("number 2",)
        assert "Words unwanted: number 2" in text_of(shown)
        assert not buttons(w.shown(own))
        w.say(owner, "9:15", group)
        shown = await w.ask(owner, "9:15", group, reply_to=panel["message_id"])
        assert "09:15" in text_of(shown)
    # What was answered is not awaited any more.
    async with world(tmp_path, sandbox=sandbox, clock=watch) as w:
        assert "Tea story number 1" in text_of(await w.ask(reader, "number 1"))
        assert (await wish_of(w, reader.id)).words_out == ("number 2",)
        await tapped(w, await w.ask(reader, "/settings"), "Words", "Add a word")
        watch.ahead += timedelta(minutes=11)
    async with world(tmp_path, sandbox=sandbox, clock=watch) as w:
        assert "Tea story number 3" in text_of(await w.ask(reader, "number 3"))


async def test_only_buttons_that_stand_there_do_anything(tmp_path: Path) -> None:
    async with world(tmp_path, articles=stories(3)) as w:
        owner = w.sandbox.add_person("Olga")
        group = w.sandbox.add_group("Tea circle", members=(w.reader,), administrators=(owner,))
        await w.until(lambda: w.ours(group))
        hello = w.last(group)
        panel = await w.ask(w.reader, "/settings")
        other = Target(chat_id=ChatId(group.id)).encoded()
        for data in (
            "1:o::h/t+/0700",
            f"1:o:{other}:m/in/",
            f"1:o:{other}:q/q/0000-0000",
            "1:o::z/z/Mars",
            "1:o:zzzzzzzzzzzzz:m",
            "1:o::",
            "1:o",
            "1:o::h/t+/" + "9" * 40,
        ):
            answer = await w.forge(w.reader, w.reader, panel["message_id"], data)
            assert "no longer works" in answer.text
            answer = await w.forge(owner, group, hello["message_id"], data)
            assert "no longer works" in answer.text
        assert w.shown(hello) == hello
        assert await w.gazette.ledger.subscriptions.get(ChatId(group.id)) is None
        assert await w.gazette.ledger.subscriptions.get(ChatId(w.reader.id)) is None


async def test_a_group_and_its_threads_are_shaped_by_administrators_alone(tmp_path: Path) -> None:
    async with world(tmp_path, articles=stories(4)) as w:
        owner = w.sandbox.add_person("Olga")
        w.sandbox.say(owner, owner, "/start")
        group = w.sandbox.add_group(
            "Tea circle", members=(w.reader,), administrators=(owner,), forum=True
        )
        await w.until(lambda: w.ours(group))
        thread = w.sandbox.add_topic(owner, group, "News")
        assert "Only administrators" in text_of(await w.ask(w.reader, "/settings", group))
        panel = await w.ask(owner, "/settings", group, thread=thread)
        assert panel["message_thread_id"] == thread
        spared = await w.tap(w.reader, panel, "Times")
        assert "Only administrators" in spared.text
        panel = await tapped(w, panel, "Quiet hours", "23:00–08:00", person=owner)
        panel = await tapped(w, panel, "No quiet hours", person=owner)
        assert (await wish_of(w, group.id, thread)).hours.quiet == NO_QUIET
        assert await w.gazette.ledger.subscriptions.get(ChatId(group.id)) is None
        # In a group only an answer to the panel is meant for it.
        panel = await tapped(w, panel, "Other hours", person=owner)
        w.sandbox.say(owner, group, "21:00-06:00", thread=thread)
        # Whoever may not answer it takes nothing from who may.
        refused = await w.ask(
            w.reader, "21:00-06:00", group, thread=thread, reply_to=panel["message_id"]
        )
        assert "Only administrators" in text_of(refused)
        panel = await w.ask(
            owner, "22:00-06:00", group, thread=thread, reply_to=panel["message_id"]
        )
        wish = await wish_of(w, group.id, thread)
        assert wish.hours.quiet == (time(22), time(6))
        # The same chat from the administrator's private chat; a right that is gone counts at once.
        chosen = await w.ask(owner, "/settings")
        chosen = await tapped(w, chosen, "A group or channel", person=owner)
        links = {one["text"]: one["url"] for one in buttons(chosen) if "url" in one}
        assert links["Add to a group"].endswith("?startgroup=subscribe")
        assert "?startchannel&admin=post_messages" in links["Add to a channel"]
        chosen = await tapped(w, chosen, "Tea circle", person=owner)
        assert "Settings · Tea circle" in text_of(chosen)
        chosen = await tapped(w, chosen, "Size and layout", "5", person=owner)
        assert (await wish_of(w, group.id)).size == 5
        group.members[owner.id] = Membership(status="member")
        for shown, label in ((chosen, "3"), (panel, "◀ Back")):
            spared = await w.tap(owner, shown, label)
            assert "Only administrators" in spared.text
        assert (await wish_of(w, group.id)).size == 5
        listed = await w.ask(w.reader, f"/settings {group.id}")
        assert "I know no group or channel" in text_of(listed)


async def test_a_channel_is_shaped_from_the_private_chats_of_those_who_run_it(
    tmp_path: Path,
) -> None:
    settings = {"CHANNELS": ("@library_news",), "OPERATORS": (1001,)}
    async with world(tmp_path, articles=stories(4)) as first:
        sandbox = first.sandbox
        owner = sandbox.add_person("Olga")
        sandbox.add_channel("News", username="library_news", administrators=(owner,))
    async with world(tmp_path, sandbox=sandbox, settings=settings) as w:
        channel = w.sandbox.chat(next(one for one in w.sandbox.chats if one.title == "News"))
        stranger = w.sandbox.add_person("Mallory")
        for person in (w.reader, owner):  # an operator, and an administrator there
            await w.ask(person, "/start")
            panel = await w.ask(person, "/settings @library_news")
            assert "Settings · News" in text_of(panel)
            assert "The next digest comes" in text_of(panel)  # the settings name it
            assert "Subscribe" not in labels(panel)
        panel = await tapped(w, panel, "Times", "09:00", "◀ Back", person=owner)
        assert "08:00, 09:00, 18:00" in text_of(panel)
        assert (await wish_of(w, channel.id)).hours.times is not None
        others = await tapped(w, panel, "A group or channel", person=owner)
        assert text_of(others).startswith("Whose settings?")
        assert "would hold" not in text_of(others)  # of which chat?
        panel = await tapped(w, others, "News", person=owner)
        assert not w.ours(channel)  # nobody reads of it there
        answer = await w.ask(stranger, "/settings @library_news")
        assert "I know no group or channel" in text_of(answer)
        forged = data_of(panel, "Times")
        own = await w.ask(stranger, "/settings")
        refused = await w.forge(stranger, stranger, own["message_id"], forged)
        assert "no longer works" in refused.text


async def test_a_thousand_followed_topics_stay_usable(tmp_path: Path) -> None:
    names = [f"Topic {n:04}" for n in range(1000)]
    articles = [a_story(f"Story {n}", topics=names[n * 50 : n * 50 + 50]) for n in range(20)]
    async with world(tmp_path, articles=articles) as w:
        chat = ChatId(w.reader.id)
        wish = Subscription(chat_id=chat, followed=tuple(names))
        await w.gazette.ledger.subscriptions.subscribe(wish, w.gazette.clock.now())
        panel = await w.ask(w.reader, "/settings")
        assert "Topic 0004 and 995 more" in text_of(panel)
        panel = await tapped(w, panel, "Topics", "▶", "▶")
        assert "3 / 63" in labels(panel)
        panel = await tapped(w, panel, "✓ Topic 0032 · 1")
        assert len((await wish_of(w, w.reader.id)).followed) == 999
        assert "Topic 0032" not in (await wish_of(w, w.reader.id)).followed
