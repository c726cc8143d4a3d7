"""The editor's desk: what is previewed is what is sent, once, to whom it was shown for."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.clock import SystemClock
from bot.domain.digest import Digest
from bot.domain.subscription import ChatId, ChatKind, Layout, Role, Subscription, UserId
from bot.sandbox.chats import Chat, Person
from bot.sandbox.faults import Effect
from bot.sandbox.state import Sandbox
from bot.store.digest_rows import NewDigest
from tests.support.world import (
    TOKEN,
    Story,
    World,
    a_story,
    data_of,
    labels,
    stories,
    text_of,
    world,
)

SEEN = ("text", "entities", "caption", "caption_entities", "reply_markup", "link_preview_options")


@asynccontextmanager
async def desk(
    folder: Path, articles: list[Story], *, channels: int = 2
) -> AsyncIterator[tuple[World, Person, list[Chat]]]:
    """A world with an operator who has pressed Start, and channels that the settings name."""
    sandbox = Sandbox(TOKEN, clock=SystemClock())
    omar = sandbox.add_person("Omar", user_id=501)
    named = [
        sandbox.add_channel(f"Channel {n}", username=f"channel_{n}", administrators=(omar,))
        for n in range(1, channels + 1)
    ]
    settings = {
        "OPERATORS": "501,502",
        "CHANNELS": ",".join(f"@{channel.username}" for channel in named),
    }
    async with world(folder, articles=articles, settings=settings, sandbox=sandbox) as w:
        await w.ask(omar, "/start")
        # A notice may be quicker than the greeting.
        await w.until(lambda: any("/post shows" in text_of(one) for one in w.ours(omar)))
        yield w, omar, named


async def previewed(
    w: World, operator: Person, command: str = "/post"
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Ask for a preview of one message; give the preview and the panel."""
    known = {message["message_id"] for message in w.ours(operator)}
    preview = await w.ask(operator, command)
    panel = await w.next_message(operator, known | {preview["message_id"]})
    return preview, panel


def as_seen(message: dict[str, Any]) -> dict[str, Any]:
    return {name: message.get(name) for name in SEEN}


async def test_what_was_shown_is_sent_to_every_channel_and_counted(tmp_path: Path) -> None:
    async with desk(tmp_path, stories(3)) as (w, omar, channels):
        preview, panel = await previewed(w, omar)
        assert "To: @channel_1, @channel_2" in text_of(panel).replace("\u2060", "")
        assert "3 stories in 1 message" in text_of(panel)
        assert "2 chats" in text_of(panel)
        assert labels(panel)[:3] == ["1", "2", "3"]
        assert labels(panel)[-3:] == ["Post now", "At a time…", "Cancel"]
        assert [w.ours(channel) for channel in channels] == [(), ()]
        answer = await w.tap(omar, panel, "Post now")
        assert answer.text == "Posting."
        for channel in channels:
            (posted,) = await w.until(lambda c=channel: w.ours(c))  # type: ignore[misc]
            assert as_seen(posted) == as_seen(preview)
        done = await w.until_shown(panel, "Posted to 2 chats by Omar.")
        assert "2 sent" in text_of(done)
        assert labels(done) == []


async def test_two_taps_at_once_and_another_operators_tap_post_once(tmp_path: Path) -> None:
    async with desk(tmp_path, stories(3)) as (w, omar, channels):
        olga = w.sandbox.add_person("Olga", user_id=502)
        greeting = await w.ask(olga, "/start")
        _, panel = await previewed(w, omar)
        data = data_of(panel, "Post now")
        answers = await asyncio.gather(
            w.tap(omar, panel, "Post now"),
            w.tap(omar, panel, "Post now"),
            w.forge(olga, olga, greeting["message_id"], data),
        )
        said = sorted(answer.text for answer in answers)
        assert said[0] == "Posting."
        assert all("no longer valid" in text for text in said[1:])
        await w.settled()
        assert [len(w.ours(channel)) for channel in channels] == [1, 1]
        assert w.nothing_spins()


async def test_two_operators_with_the_same_stories_post_them_once(tmp_path: Path) -> None:
    async with desk(tmp_path, stories(3)) as (w, omar, channels):
        olga = w.sandbox.add_person("Olga", user_id=502)
        await w.ask(olga, "/start")
        (_, his), (_, hers) = await previewed(w, omar), await previewed(w, olga)
        assert (await w.tap(olga, hers, "Post now")).text == "Posting."
        late = await w.tap(omar, his, "Post now")
        assert "got one of its stories meanwhile" in late.text
        assert late.show_alert
        await w.settled()
        assert [len(w.ours(channel)) for channel in channels] == [1, 1]


async def test_cancelled_is_cancelled(tmp_path: Path) -> None:
    async with desk(tmp_path, stories(3)) as (w, omar, channels):
        _, panel = await previewed(w, omar)
        post = data_of(panel, "Post now")
        await w.tap(omar, panel, "Cancel")
        await w.until_shown(panel, "Cancelled. Nothing was sent.")
        late = await w.forge(omar, omar, panel["message_id"], post)
        assert "no longer valid" in late.text
        assert await w.gazette.ledger.deliveries.open_count() == 0
        assert [w.ours(channel) for channel in channels] == [(), ()]


async def test_an_approval_is_bound_to_what_was_shown(tmp_path: Path) -> None:
    async with desk(tmp_path, stories(3)) as (w, omar, channels):
        _, panel = await previewed(w, omar)
        _, action, draft, step = data_of(panel, "Post now").split(":")
        number, version = draft.split(".")
        shown = step.removeprefix("n.")
        for forged in (
            f"1:{action}:{draft}:n.00000000",
            f"1:{action}:{int(number) + 1}.{version}:n.{shown}",
            f"1:{action}:{number}.{int(version) + 1}:n.{shown}",
            f"1:{action}:one:n.{shown}",
            f"1:{action}:{draft}:n",
        ):
            answer = await w.forge(omar, omar, panel["message_id"], forged)
            assert answer.text, forged
            assert [w.ours(channel) for channel in channels] == [(), ()], forged
            assert await w.gazette.ledger.deliveries.open_count() == 0, forged
        assert (await w.tap(omar, panel, "Post now")).text == "Posting."


async def test_a_strangers_forged_approval_is_refused_and_noted(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with desk(tmp_path, stories(3)) as (w, omar, channels):
        caplog.set_level("INFO", logger="bot.audit")
        _, panel = await previewed(w, omar)
        eve = w.sandbox.add_person("Eve")
        hello = await w.ask(eve, "/start")
        answer = await w.forge(eve, eve, hello["message_id"], data_of(panel, "Post now"))
        assert "Only operators" in answer.text
        assert "operators of this publication" in text_of(await w.ask(eve, "/post"))
        assert [w.ours(channel) for channel in channels] == [(), ()]
        noted = [vars(r) for r in caplog.records if r.name == "bot.audit" and r.who == eve.id]  # type: ignore[attr-defined]
        assert [(one["deed"], one["allowed"]) for one in noted] == [
            ("desk: now", False),
            ("post", False),
        ]
        assert not any("Eve" in str(one) for one in noted)


@pytest.mark.long
async def test_words_choose_the_stories_in_the_order_of_search(tmp_path: Path) -> None:
    articles = [*stories(3), a_story("A glacier and its tea house", topics=["Ice"], heat=10)]
    async with desk(tmp_path, articles) as (w, omar, channels):
        preview, panel = await previewed(w, omar, "/post glacier")
        assert "A glacier and its tea house" in text_of(preview)
        assert "Tea story" not in text_of(preview)
        await w.tap(omar, panel, "Post now")
        await w.until_shown(panel, "Posted to 2 chats")
        again = await w.ask(omar, "/post glacier")
        assert "Nothing on glacier is waiting" in text_of(again)
        assert "1 · one of these chats has received it" in text_of(again)
        assert [len(w.ours(channel)) for channel in channels] == [1, 1]


async def test_nothing_is_posted_twice_and_nothing_to_say_is_said_with_counts(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path, stories(3)) as (w, omar, _):
        _, panel = await previewed(w, omar)
        await w.tap(omar, panel, "Post now")
        await w.until_shown(panel, "Posted to 2 chats")
        nothing = await w.ask(omar, "/post")
        assert "Nothing is waiting to go out" in text_of(nothing)
        assert "3 · one of these chats has received it" in text_of(nothing)
        await w.post(a_story("Fresh from the kettle"))
        preview, _ = await previewed(w, omar)
        assert "Fresh from the kettle" in text_of(preview)
        assert "Tea story" not in text_of(preview)


async def test_without_a_channel_the_operator_hears_what_to_do(tmp_path: Path) -> None:
    async with desk(tmp_path, stories(3), channels=0) as (w, omar, _):
        assert "CHANNELS" in text_of(await w.ask(omar, "/post"))


@pytest.mark.long
async def test_the_preview_comes_in_private_wherever_it_was_asked_for(tmp_path: Path) -> None:
    async with desk(tmp_path, stories(3)) as (w, omar, _):
        group = w.sandbox.add_group("Editors", administrators=(omar,))
        await w.until(lambda: w.ours(group))
        known = {message["message_id"] for message in w.ours(omar)}
        w.say(omar, "/post", group)
        preview = await w.next_message(omar, known)
        assert "Tea story number 1" in text_of(preview)
        await w.until(lambda: len(w.ours(group)) == 2)
        hint = w.last(group)
        assert text_of(hint) == "I’ve sent you the preview in our private chat."
        count = len(w.ours(omar))
        again = await w.ask(omar, "/post", group)
        assert text_of(again) == text_of(hint)
        assert len(w.ours(omar)) == count
        await w.tap(omar, w.last(omar), "Post now")
        await w.until(lambda: "Posted to 2 chats" in text_of(w.shown(w.last(omar))))
        nothing = await w.ask(omar, "/post", group)
        assert text_of(nothing) == "I’ve answered you in our private chat."
        assert "Nothing is waiting to go out" in text_of(w.last(omar))


async def test_what_cannot_be_shown_cannot_be_approved(tmp_path: Path) -> None:
    async with desk(tmp_path, stories(3)) as (w, omar, _):
        w.sandbox.faults.add(Effect.CUT_AFTER, method="sendMessage", chat_id=omar.id)
        known = {message["message_id"] for message in w.ours(omar)}
        w.say(omar, "/post")
        await w.until(lambda: "Something went wrong" in text_of(w.last(omar)))
        fresh = [m for m in w.ours(omar) if m["message_id"] not in known]
        assert all("Post now" not in labels(message) for message in fresh)


@pytest.mark.long
async def test_a_prepared_post_survives_a_restart(tmp_path: Path) -> None:
    async with desk(tmp_path, stories(3)) as (w, omar, channels):
        _, panel = await previewed(w, omar)
        sandbox = w.sandbox
    settings = {"OPERATORS": "501", "CHANNELS": "@channel_1,@channel_2"}
    async with world(tmp_path, settings=settings, sandbox=sandbox) as w:
        await w.tap(omar, panel, "Post now")
        await w.until_shown(panel, "Posted to 2 chats by Omar.")
        assert [len(w.ours(channel)) for channel in channels] == [1, 1]


@pytest.mark.long
async def test_who_has_received_a_story_is_told_when_the_channels_differ(tmp_path: Path) -> None:
    async with desk(tmp_path, stories(3), channels=1) as (w, omar, _):
        _, panel = await previewed(w, omar)
        await w.tap(omar, panel, "Post now")
        await w.until_shown(panel, "Posted to 1 chat by Omar.")
        nothing = text_of(await w.ask(omar, "/post")).replace("\u2060", "")
        assert "3 · @channel_1 has received it" in nothing
        sandbox = w.sandbox
    sandbox.add_channel("Channel 2", username="channel_2", administrators=(omar,))
    settings = {"OPERATORS": "501", "CHANNELS": "@channel_1,@channel_2"}
    async with world(tmp_path, settings=settings, sandbox=sandbox) as w:
        w.say(omar, "/post")
        words = "3 · one of these chats has received it"
        # A channel that is new to the bot brings its settings, too.
        await w.until(lambda: any(words in text_of(message) for message in w.ours(omar)))


async def test_a_story_shown_under_also_does_not_come_later_and_does_not_hold_up_a_post(
    tmp_path: Path,
) -> None:
    related = [
        {"title": "The same elsewhere", "webUrl": "https://elsewhere.example/kettle/?utm_source=x"}
    ]
    first = a_story("A kettle that sings", related=related)
    async with desk(tmp_path, [first]) as (w, omar, channels):
        preview, panel = await previewed(w, omar)
        assert "Also: elsewhere.example" in text_of(preview)
        await w.tap(omar, panel, "Post now")
        await w.until_shown(panel, "Posted to 2 chats")
        await w.post(
            a_story("The kettle again", webUrl="https://www.elsewhere.example/kettle", heat=99),
            a_story("A wholly other pot", related=related, topics=["Pots"]),
        )
        preview, panel = await previewed(w, omar)
        assert "A wholly other pot" in text_of(preview)
        assert "The kettle again" not in text_of(preview)
        assert "Also: elsewhere.example" in text_of(preview)
        await w.tap(omar, panel, "Post now")
        await w.until_shown(panel, "Posted to 2 chats")
        await w.settled()
        assert [len(w.ours(channel)) for channel in channels] == [2, 2]


def order_of(message: dict[str, Any]) -> list[str]:
    """Name the stories of a list in the order in which it shows them, by their numbers."""
    found = re.findall(r"Tea story number (\d+)|(Fresh [a-z]+)", text_of(message))
    return list(dict.fromkeys(number or name for number, name in found))


async def changed(w: World, operator: Person, panel: dict[str, Any], *taps: str) -> dict[str, Any]:
    """Tap buttons of the panel one after the other; give the panel as it is then."""
    for label in taps:
        before = w.shown(panel)
        await w.tap(operator, before, label)
        await w.until(lambda before=before: w.shown(panel) != before)  # type: ignore[misc]
    return w.shown(panel)


async def replied(w: World, operator: Person, panel: dict[str, Any], words: str) -> None:
    """Reply to the panel, and wait until it has changed: the previews change before it."""
    before = w.shown(panel)
    w.say(operator, words, reply_to=panel["message_id"])
    await w.until(lambda: w.shown(panel) != before)


async def test_an_editor_shapes_a_post_and_exactly_that_goes_out(tmp_path: Path) -> None:
    async with desk(tmp_path, [*stories(12), a_story("Fresh kettles", heat=5)]) as (
        w,
        omar,
        channels,
    ):
        preview, panel = await previewed(w, omar)
        assert order_of(preview) == ["1", "2", "3", "4", "5", "6", "7", "8"]
        count = len(w.ours(omar))
        await changed(w, omar, panel, "2", "Drop", "7", "Up", "Up", "Back", "3", "Pin")
        assert order_of(w.shown(preview)) == ["4", "1", "3", "5", "8", "6", "7"]
        assert "1. Tea story number 4 📌" in text_of(w.shown(panel))
        await changed(w, omar, panel, "2", "Swap…")
        assert "Tea story number 9" in text_of(w.shown(panel))
        await changed(w, omar, panel, "1")
        assert order_of(w.shown(preview)) == ["4", "2", "3", "5", "8", "6", "7"]
        await changed(w, omar, panel, "Head line…")
        await replied(w, omar, panel, "Kettles of the day")
        assert text_of(w.shown(preview)).startswith("Kettles of the day · ")
        await replied(w, omar, panel, "fresh kettles")
        assert order_of(w.shown(preview))[-1] == "Fresh kettles"
        assert len(w.ours(omar)) == count
        await w.tap(omar, w.shown(panel), "Test to me")
        await w.until(lambda: len(w.ours(omar)) == count + 1)
        assert as_seen(w.last(omar)) == as_seen(w.shown(preview))
        answer = await w.tap(omar, w.shown(panel), "Post now")
        assert answer.text == "Posting."
        for channel in channels:
            (posted,) = await w.until(lambda c=channel: w.ours(c))  # type: ignore[misc]
            assert as_seen(posted) == as_seen(w.shown(preview))
        await w.until_shown(panel, "Posted to 2 chats by Omar.")


@pytest.mark.long
async def test_another_layout_takes_new_messages_and_the_old_ones_go(tmp_path: Path) -> None:
    async with desk(tmp_path, stories(3)) as (w, omar, channels):
        preview, panel = await previewed(w, omar)
        known = {message["message_id"] for message in w.ours(omar)}
        await w.tap(omar, panel, "Layout…")
        await w.until(lambda: "Cards" in labels(w.shown(panel)))
        await w.tap(omar, w.shown(panel), "Cards")
        await w.until(lambda: "Post now" in labels(w.last(omar)) and w.last(omar) != panel)
        await w.until(
            lambda: (
                not {preview["message_id"], panel["message_id"]}
                & {message["message_id"] for message in w.ours(omar)}
            )
        )
        fresh = [one for one in w.ours(omar) if one["message_id"] not in known]
        assert len(fresh) == 4
        await w.tap(omar, fresh[-1], "Post now")
        await w.until_shown(fresh[-1], "Posted to 2 chats")
        posted = [as_seen(one) for one in w.ours(channels[0])]
        assert posted == [as_seen(one) for one in fresh[:3]]


@pytest.mark.long
async def test_a_post_is_planned_listed_and_cancelled(tmp_path: Path) -> None:
    async with desk(tmp_path, stories(3)) as (w, omar, channels):
        _, panel = await previewed(w, omar)
        await changed(w, omar, panel, "At a time…")
        refused = await w.ask(omar, "whenever you like", reply_to=panel["message_id"])
        assert "cannot read that as a time" in text_of(refused)
        refused = await w.ask(omar, "2001-01-01 10:00", reply_to=panel["message_id"])
        assert "has passed" in text_of(refused)
        await replied(w, omar, panel, "tomorrow 9:00")
        (button, _) = labels(w.shown(panel))
        assert button.endswith("09:00")
        answer = await w.tap(omar, w.shown(panel), button)
        assert answer.text.startswith("Planned.")
        planned = await w.until_shown(panel, "begins")
        assert "09:00" in text_of(planned)
        assert "begins" in text_of(await w.ask(omar, "/sends"))
        # Nobody gets the stories twice: they count as theirs from now on.
        assert "Nothing is waiting to go out" in text_of(await w.ask(omar, "/post"))
        await changed(w, omar, panel, "Cancel…")
        (yes, _) = labels(w.shown(panel))
        await w.tap(omar, w.shown(panel), yes)
        await w.until(lambda: "cancelled" in text_of(w.shown(panel)))
        assert [w.ours(channel) for channel in channels] == [(), ()]
        again, _ = await previewed(w, omar)
        assert order_of(again) == ["1", "2", "3"]


@pytest.mark.long
async def test_operators_have_drafts_of_their_own_and_see_what_another_has_sent(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path, stories(4)) as (w, omar, channels):
        olga = w.sandbox.add_person("Olga", user_id=502)
        await w.ask(olga, "/start")
        his, his_panel = await previewed(w, omar)
        hers, her_panel = await previewed(w, olga)
        await changed(w, olga, her_panel, *["1", "Drop"] * 3)
        assert (order_of(w.shown(his))[0], order_of(w.shown(hers))) == ("1", ["4"])
        stale = await w.forge(
            omar, omar, his_panel["message_id"], data_of(w.shown(her_panel), "Post now")
        )
        assert "no longer valid" in stale.text
        await w.tap(olga, w.shown(her_panel), "Post now")
        await w.until_shown(her_panel, "Posted to 2 chats by Olga.")
        late = await w.tap(omar, his_panel, "Post now")
        assert "got one of its stories meanwhile" in late.text
        marked = await w.until_shown(his_panel, "has received it")
        assert text_of(marked).count("⚠") == 1
        await changed(w, omar, his_panel, "Choose anew")
        assert order_of(w.shown(his)) == ["1", "2", "3"]
        await w.tap(omar, w.shown(his_panel), "Post now")
        await w.until_shown(his_panel, "Posted to 2 chats by Omar.")
        assert [len(w.ours(channel)) for channel in channels] == [2, 2]


@pytest.mark.long
async def test_stale_buttons_of_the_desk_say_so_and_do_nothing(tmp_path: Path) -> None:
    async with desk(tmp_path, stories(3)) as (w, omar, channels):
        preview, panel = await previewed(w, omar)
        old = {label: data_of(panel, label) for label in ("Post now", "Cancel", "Choose anew")}
        await changed(w, omar, panel, "1", "Drop")
        for data in old.values():
            answer = await w.forge(omar, omar, panel["message_id"], data)
            assert "your tap did nothing" in answer.text
            assert answer.show_alert
        assert order_of(w.shown(preview)) == ["2", "3"]
        # As after a kill between storing a change and showing it: the panel is that of before.
        ledger, now = w.gazette.ledger, w.gazette.clock.now()
        draft = await ledger.drafts.of(UserId(omar.id))
        assert draft is not None
        stored = await ledger.digests.get(draft.digest_id)
        assert stored is not None
        same = NewDigest(digest=Digest(items=(), messages=stored.messages))
        assert await ledger.drafts.change(
            draft, same, sheet=draft.sheet, addresses=draft.addresses, now=now
        )
        late = await w.tap(omar, w.shown(panel), "Post now")
        assert "your tap did nothing" in late.text
        known = {message["message_id"] for message in w.ours(omar)}
        w.say(omar, "/post")
        await w.until(lambda: "Post now" in labels(w.last(omar)) and w.last(omar) != panel)
        await w.until(lambda: not known & {one["message_id"] for one in w.ours(omar)[-2:]})
        assert [w.ours(channel) for channel in channels] == [(), ()]
        assert (await w.tap(omar, w.last(omar), "Post now")).text == "Posting."


@pytest.mark.long
async def test_a_draft_survives_a_restart_between_two_changes(tmp_path: Path) -> None:
    async with desk(tmp_path, stories(9)) as (w, omar, channels):
        preview, panel = await previewed(w, omar)
        await changed(w, omar, panel, "1", "Pin")
        sandbox = w.sandbox
    settings = {"OPERATORS": "501", "CHANNELS": "@channel_1,@channel_2"}
    async with world(tmp_path, settings=settings, sandbox=sandbox) as w:
        await changed(w, omar, panel, "2", "Drop")
        await replied(w, omar, panel, "tea story number 9")
        assert order_of(w.shown(preview)) == ["1", "3", "4", "5", "6", "7", "8", "9"]
        assert "1. Tea story number 1 📌" in text_of(w.shown(panel))
        await w.tap(omar, w.shown(panel), "Post now")
        await w.until_shown(panel, "Posted to 2 chats")
        assert as_seen(w.last(channels[0])) == as_seen(w.shown(preview))


@pytest.mark.long
async def test_a_viewer_sees_and_may_not_touch(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with desk(tmp_path, stories(3)) as (w, omar, channels):
        caplog.set_level("INFO", logger="bot.audit")
        vera = w.sandbox.add_person("Vera")
        await w.gazette.ledger.operators.add(
            UserId(vera.id), Role.VIEWER, now=w.gazette.clock.now()
        )
        await w.ask(vera, "/start")
        preview, panel = await previewed(w, vera)
        assert "Tea story number 1" in text_of(preview)
        assert "What a post would be" in text_of(panel)
        assert labels(panel) == []
        _, real = await previewed(w, omar)
        answer = await w.forge(vera, vera, panel["message_id"], data_of(real, "Post now"))
        assert "Only operators" in answer.text
        assert "Nothing" in text_of(await w.ask(vera, "/sends"))
        assert [w.ours(channel) for channel in channels] == [(), ()]
        noted = [vars(r) for r in caplog.records if vars(r).get("who") == vera.id]
        assert [(one["deed"], one["allowed"]) for one in noted] == [
            ("post", True),
            ("desk: now", False),
            ("sends", True),
        ]


@pytest.mark.long
async def test_a_story_is_added_by_link_and_id_and_what_is_withdrawn_is_not(
    tmp_path: Path,
) -> None:
    gone = a_story("Fresh leaves", heat=3, removed=True)
    extra = a_story("Fresh cups", heat=2, published=True)
    async with desk(tmp_path, [*stories(2), gone, extra]) as (w, omar, _):
        preview, panel = await previewed(w, omar)
        await replied(w, omar, panel, f"{extra.url}?utm_source=mail")
        assert "Fresh cups" in text_of(w.shown(preview))
        await replied(w, omar, panel, gone.url)
        assert "withdrawn by its publisher" in text_of(w.shown(panel))
        await changed(w, omar, panel, "Back")
        await w.post(replace(stories(2)[0], header={**stories(2)[0].header, "removed": True}))
        answer = await w.tap(omar, w.shown(panel), "Post now")
        assert "withdrawn by its publisher" in answer.text
        await w.until_shown(panel, "⚠ withdrawn by its publisher")


async def test_a_post_is_what_its_channels_want_together(tmp_path: Path) -> None:
    rain, *tea = a_story("Rain again", topics=["Rain"], heat=120), *stories(3)
    async with desk(tmp_path, [rain, *tea]) as (w, omar, (one, other)):
        wishes, now = w.gazette.ledger.subscriptions, w.gazette.clock.now()
        german = Subscription(
            chat_id=ChatId(one.id), chat_kind=ChatKind.CHANNEL, language="de", is_silent=True
        )
        await wishes.wish(replace(german, muted=("Rain",), size=2), now)
        preview, panel = await previewed(w, omar)
        # What one channel refuses comes to none; where they differ it is the publication's.
        assert "Rain" not in text_of(preview)
        assert "Tea story number 2" in text_of(preview)
        assert "number 3" not in text_of(preview)
        assert "today" in text_of(preview)
        await w.tap(omar, panel, "Post now")
        await w.until_shown(panel, "Posted to 2 chats")
        calls = [one for one in w.sandbox.calls if one.method == "sendMessage"]
        sent = [c for c in calls if c.parameters.get("chat_id") in (one.id, other.id)]
        assert [c.parameters.get("disable_notification") for c in sent] == [True, True]


async def test_a_post_to_one_channel_looks_as_its_digests_do(tmp_path: Path) -> None:
    async with desk(tmp_path, stories(1), channels=1) as (w, omar, (channel,)):
        wish = Subscription(
            chat_id=ChatId(channel.id),
            chat_kind=ChatKind.CHANNEL,
            language="de",
            layout=Layout.CARDS,
        )
        await w.gazette.ledger.subscriptions.wish(wish, w.gazette.clock.now())
        preview, panel = await previewed(w, omar)
        assert "heute" in text_of(preview)
        assert "Cards" in text_of(panel)
        await w.tap(omar, panel, "Add…")
        await w.until_shown(panel, "Nothing else is waiting.")
        await w.tap(omar, panel, "Back")
        await w.until(lambda: "Post now" in labels(w.shown(panel)))
        await w.tap(omar, panel, "Post now")
        await w.until_shown(panel, "Posted to 1 chat")
        assert labels(w.last(channel))[0] == "Lesen"
