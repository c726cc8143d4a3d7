"""A reader's first minute: a greeting, a subscription, a digest, a story opened and closed."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.domain.panel import Target
from bot.domain.subscription import ChatId
from tests.support.world import (
    BOT_NAME,
    World,
    a_story,
    buttons,
    labels,
    links,
    stories,
    text_of,
    world,
)


async def subscribed(w: World) -> dict[str, object]:
    """Subscribe the reader, and give the first digest."""
    confirmation = await w.ask(w.reader, "/subscribe")
    known = {confirmation["message_id"]}
    return await w.next_message(w.reader, known)


async def test_start_greets_and_subscribes_nobody(tmp_path: Path) -> None:
    async with world(tmp_path, articles=stories(3)) as w:
        hello = await w.ask(w.reader, "/start")
        assert "Gazette" in text_of(hello)
        assert labels(hello) == ["Tea · 3", "Subscribe", "Topics", "Hot right now"]
        assert await w.gazette.ledger.subscriptions.active() == ()


async def test_one_tap_subscribes_and_brings_the_first_digest(tmp_path: Path) -> None:
    async with world(tmp_path, articles=stories(3)) as w:
        hello = await w.ask(w.reader, "/start")
        known = {hello["message_id"]}
        answer = await w.tap(w.reader, hello, "Subscribe")
        assert answer.text.startswith("Subscribed. The first one comes now, the next at ")
        confirmation = await w.next_message(w.reader, known)
        assert "You will get the digest. The first one comes now, the next at " in text_of(
            confirmation
        )
        digest = await w.next_message(w.reader, known | {confirmation["message_id"]})
        for number in (1, 2, 3):
            assert f"Tea story number {number}" in text_of(digest)
        greeting = ["Tea · 3", "Settings", "Topics", "Hot right now"]
        await w.until(lambda: labels(w.shown(hello)) == greeting)
        assert "You are subscribed: the next digest comes by itself." in text_of(w.shown(hello))


async def test_two_taps_at_once_subscribe_once(tmp_path: Path) -> None:
    async with world(tmp_path, articles=stories(3)) as w:
        hello = await w.ask(w.reader, "/start")
        first, second = (
            w.sandbox.press(w.reader, w.reader, hello["message_id"], "Subscribe") for _ in range(2)
        )
        assert (await w.answered(first)).text.startswith("Subscribed")
        assert (await w.answered(second)).text.startswith("The digest comes here already")
        await w.until(lambda: len(w.ours(w.reader)) == 3)  # greeting, confirmation, digest
        help_text = await w.ask(w.reader, "/help")
        assert [m for m in w.ours(w.reader) if m["message_id"] > help_text["message_id"]] == []
        assert len(w.ours(w.reader)) == 4


@pytest.mark.long
async def test_who_returns_gets_no_second_first_digest(tmp_path: Path) -> None:
    async with world(tmp_path, articles=stories(12)) as w:
        await subscribed(w)
        gone = await w.ask(w.reader, "/unsubscribe")
        assert "No more digests here" in text_of(gone)
        assert await w.gazette.ledger.subscriptions.active() == ()
        back = await w.ask(w.reader, "/subscribe")
        assert "first one" not in text_of(back)
        assert "The next one comes at" in text_of(back)
        assert len(await w.gazette.ledger.subscriptions.active()) == 1


async def test_unsubscribing_without_a_subscription_says_so(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        answer = await w.ask(w.reader, "/unsubscribe")
        assert "There is no subscription here" in text_of(answer)
        assert labels(answer) == ["Subscribe"]


async def test_without_news_nothing_is_promised(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        confirmation = await w.ask(w.reader, "/subscribe")
        assert "first one" not in text_of(confirmation)


async def test_a_number_opens_its_story_in_place_and_back_restores_the_digest(
    tmp_path: Path,
) -> None:
    async with world(tmp_path, articles=stories(3)) as w:
        digest = await subscribed(w)
        before = w.shown(digest)
        await w.tap(w.reader, digest, "2")
        opened = await w.until_shown(digest, "What is known about: Tea story number 2")
        assert "2 / 3" in labels(opened)
        assert opened["message_id"] == before["message_id"]
        await w.tap(w.reader, opened, "▶")
        await w.until_shown(digest, "What is known about: Tea story number 3")
        await w.tap(w.reader, w.shown(digest), "◀")
        await w.until_shown(digest, "What is known about: Tea story number 2")
        await w.tap(w.reader, w.shown(digest), "↩ Back")
        await w.until_shown(digest, "Tea story number 1")
        after = w.shown(digest)
        for name in ("text", "entities", "reply_markup", "link_preview_options"):
            assert after.get(name) == before.get(name)
        assert len(w.ours(w.reader)) == 2
        assert w.nothing_spins()


async def test_the_way_back_survives_a_restart(tmp_path: Path) -> None:
    async with world(tmp_path, articles=stories(3)) as w:
        digest = await subscribed(w)
        await w.tap(w.reader, digest, "1")
        await w.until_shown(digest, "What is known about")
        sandbox = w.sandbox
    async with world(tmp_path, sandbox=sandbox) as w:
        await w.tap(w.reader, w.shown(digest), "↩ Back")
        restored = await w.until_shown(digest, "Tea story number 3")
        assert restored.get("reply_markup") == digest["reply_markup"]


async def test_a_story_that_was_withdrawn_is_not_opened(tmp_path: Path) -> None:
    tea = stories(3)
    async with world(tmp_path, articles=tea) as w:
        digest = await subscribed(w)
        await w.post(a_story("Tea story number 2", topics=["Tea"], removed=True))
        answer = await w.tap(w.reader, digest, "2")
        assert "withdrawn" in answer.text
        assert w.shown(digest) == digest


async def test_a_deep_link_opens_a_story(tmp_path: Path) -> None:
    tea = a_story("A kettle that sings", topics=["Tea"])
    async with world(tmp_path, articles=[tea, *stories(2)]) as w:
        known = await w.gazette.ledger.articles.by_paths([tea.path])
        story = known[tea.path].article.story_id
        view = await w.ask(w.reader, f"/start story-{story}")
        assert "What is known about: A kettle that sings" in text_of(view)
        assert tea.url in links(view)
        assert await w.gazette.ledger.subscriptions.active() == ()
        gone = await w.ask(w.reader, "/start story-0123456789ab")
        assert "no longer here" in text_of(gone)


async def test_other_deep_links_do_the_obvious(tmp_path: Path) -> None:
    articles = [a_story("A kettle", topics=["Black Tea"]), *stories(2)]
    async with world(tmp_path, articles=articles) as w:
        for parameter, expected in {
            "topic-black-tea": "Black Tea",
            "topics": "Topics",
            "hot": "Hot right now",
            "latest": "Latest",
            "nonsense": "Gazette",
            "ask-a2V0dGxl": "kettle",
        }.items():
            answer = await w.ask(w.sandbox.add_person("Ann"), f"/start {parameter}")
            assert text_of(answer).startswith(expected), parameter


async def test_a_deep_link_may_subscribe(tmp_path: Path) -> None:
    async with world(tmp_path, articles=stories(2)) as w:
        assert "You will get the digest" in text_of(await w.ask(w.reader, "/start subscribe"))
        (subscription,) = await w.gazette.ledger.subscriptions.active()
        assert subscription.chat_id == ChatId(w.reader.id)


async def test_help_names_the_desk_to_operators_only(tmp_path: Path) -> None:
    async with world(tmp_path, settings={"OPERATORS": "777123"}) as w:
        omar = w.sandbox.add_person("Omar", user_id=777123)
        assert "/post" not in text_of(await w.ask(w.reader, "/help"))
        assert "/post" not in text_of(await w.ask(w.reader, "/start"))
        assert "You are an operator: /post" in text_of(await w.ask(omar, "/start"))
        assert "/post" in text_of(await w.ask(omar, "/help"))
        assert next(c["command"] for c in w.sandbox.commands(omar, omar)) == "post"
        assert "post" not in [c["command"] for c in w.sandbox.commands(w.reader, w.reader)]


async def test_a_chat_and_its_number(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        answer = await w.ask(w.reader, "/id")
        assert str(w.reader.id) in text_of(answer)
        assert buttons(answer) == []


async def test_the_first_minute_from_start_to_the_first_digest_at_ones_own_hour(
    tmp_path: Path,
) -> None:
    tree = [
        {"name": "Drinks", "keywords": ["drink"]},
        {"name": "Tea", "parent": "Drinks", "keywords": ["tea"]},
        *({"name": f"Topic {n}", "keywords": [f"t{n}"]} for n in range(12)),
    ]
    articles = [*stories(3), *stories(2, topic="Coffee"), *stories(1, topic="Topic 7")]
    async with world(tmp_path, articles=articles, topics=tree) as w:
        hello = await w.ask(w.reader, "/start")
        assert labels(hello)[:3] == ["Drinks · 3", "· Tea · 3", "Coffee · 2"]
        assert labels(hello)[8:] == ["More topics", "Subscribe", "Topics", "Hot right now"]
        await w.tap(w.reader, hello, "More topics")
        await w.until(lambda: "2 / 2" in labels(w.shown(hello)))
        await w.tap(w.reader, w.shown(hello), "◀")
        await w.until(lambda: "Coffee · 2" in labels(w.shown(hello)))
        await w.tap(w.reader, w.shown(hello), "Coffee · 2")
        await w.until_shown(hello, "You follow Coffee.")
        # Nothing jumps away below a finger that taps again.
        assert labels(w.shown(hello))[:3] == ["Drinks · 3", "· Tea · 3", "✓ Coffee · 2"]
        await w.tap(w.reader, w.shown(hello), "More topics")
        await w.until(lambda: "2 / 2" in labels(w.shown(hello)))
        leaf = labels(w.shown(hello))
        await w.tap(w.reader, w.shown(hello), leaf[1])
        await w.until(lambda: labels(w.shown(hello)) == [leaf[0], f"✓ {leaf[1]}", *leaf[2:]])
        await w.tap(w.reader, w.shown(hello), f"✓ {leaf[1]}")
        await w.until(lambda: labels(w.shown(hello)) == leaf)
        assert await w.gazette.ledger.subscriptions.active() == ()
        known = {hello["message_id"]}
        await w.tap(w.reader, w.shown(hello), "Subscribe")
        confirmation = await w.next_message(w.reader, known)
        digest = await w.next_message(w.reader, known | {confirmation["message_id"]})
        assert text_of(digest).index("Coffee story") < text_of(digest).index("Tea story")
        await w.tap(w.reader, confirmation, "When shall it come?")
        hour = await w.until_shown(confirmation, "Comes: 08:00, 18:00 · every day · UTC")
        await w.tap(w.reader, hour, "21:00")
        hour = await w.until_shown(confirmation, "Comes: 21:00 · every day · UTC")
        await w.tap(w.reader, hour, "Time zone")
        zone = await w.until_shown(confirmation, "Time zone: UTC")
        await w.tap(w.reader, zone, "Europe")
        await w.until(lambda: "Amsterdam" in labels(w.shown(confirmation)))
        await w.tap(w.reader, w.shown(confirmation), "Amsterdam")
        await w.until_shown(confirmation, "Time zone: Amsterdam")
        (wish,) = await w.gazette.ledger.subscriptions.active()
        assert wish.hours.key == "times=21:00;zone=Europe/Amsterdam"
        assert wish.followed == ("Coffee",)
        # A place that is sent is looked up here, and the zone is shown at once.
        before = {message["message_id"] for message in w.ours(w.reader)}
        w.sandbox.share_location(w.reader, w.reader, latitude=-33.45, longitude=-70.66)
        shown = await w.next_message(w.reader, before)
        assert "Time zone: Santiago" in text_of(shown)
        assert w.nothing_spins()


async def test_links_follow_a_topic_and_open_the_settings_of_ones_own_chats(
    tmp_path: Path,
) -> None:
    async with world(tmp_path, articles=stories(2)) as w:
        olga = w.sandbox.add_person("Olga")
        followed = await w.ask(w.reader, "/start follow-tea")
        assert "Tea" in text_of(followed)
        assert "Subscribe" in labels(followed)
        wish = await w.gazette.ledger.subscriptions.get(ChatId(w.reader.id))
        assert wish is not None
        assert (wish.followed, wish.is_active) == (("Tea",), False)
        unknown = await w.ask(w.reader, "/start follow-zeppelins")
        assert "no topic" in text_of(unknown).lower()
        # Who adds the bot to a channel is shown its settings in private.
        await w.ask(olga, "/start")
        known = {message["message_id"] for message in w.ours(olga)}
        channel = w.sandbox.add_channel("News", administrators=(olga,))
        panel = await w.next_message(olga, known)
        assert "Settings · News" in text_of(panel)
        known.add(panel["message_id"])
        await w.tap(olga, panel, "Subscribe")
        digest = await w.next_message(channel, set())
        assert "Tea story number 1" in text_of(digest)
        link = f"/start settings-{Target(chat_id=ChatId(channel.id)).encoded()}"
        assert "Settings · News" in text_of(await w.ask(olga, link))
        assert "Only administrators" in text_of(await w.ask(w.reader, link))
        # A link that adds the bot to a group says so there, in the name of whoever tapped it.
        group = w.sandbox.add_group("Tea circle", members=(w.reader,), administrators=(olga,))
        await w.until(lambda: w.ours(group))
        refusal = await w.ask(w.reader, f"/start@{BOT_NAME} subscribe", group)
        assert "Only administrators" in text_of(refusal)
        done = await w.ask(olga, f"/start@{BOT_NAME} subscribe", group)
        assert "This chat will get the digest" in text_of(done)


async def test_who_does_not_want_to_wait_gets_the_digest_now_and_nothing_twice(
    tmp_path: Path,
) -> None:
    async with world(tmp_path, articles=stories(3)) as w:
        digest = await w.ask(w.reader, "/digest")
        assert "Tea story number 3" in text_of(digest)
        again = await w.ask(w.reader, "/digest")
        assert text_of(again).startswith("There is nothing new for a digest yet.")
        await w.post(*stories(4))
        digest = await w.ask(w.reader, "/digest")
        assert "Tea story number 4" in text_of(digest)
        assert "Tea story number 3" not in text_of(digest)
        # Nobody is subscribed by that, and what came does not come again with the first digest.
        assert await w.gazette.ledger.subscriptions.active() == ()
        await w.settled()
        assert "The first one comes now" not in text_of(await w.ask(w.reader, "/subscribe"))
        # In a group it is for all, so that its administrators ask for it.
        owner = w.sandbox.add_person("Olga")
        group = w.sandbox.add_group("Tea circle", members=(w.reader,), administrators=(owner,))
        await w.until(lambda: w.ours(group))
        assert "Only administrators" in text_of(await w.ask(w.reader, "/digest", group))
        assert "Tea story number 4" in text_of(await w.ask(owner, "/digest", group))


async def test_two_who_ask_at_once_for_the_digest_get_it_once(tmp_path: Path) -> None:
    async with world(tmp_path, articles=stories(3)) as w:
        for _ in range(3):
            w.say(w.reader, "/digest")
        nothing = "There is nothing new"
        await w.until(lambda: sum(nothing in text_of(one) for one in w.ours(w.reader)) == 2)
        await w.settled()
        assert sum("Tea story number 1" in text_of(one) for one in w.ours(w.reader)) == 1
