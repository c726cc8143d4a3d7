"""Following and muting topics, by command and by tap, and what the next digest makes of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.domain.subscription import ChatId
from tests.support.world import World, a_story, labels, stories, text_of, world

TREE: list[dict[str, object]] = [
    {"name": "Drinks"},
    {"name": "Tea", "parent": "Drinks", "keywords": ["chai"]},
    {"name": "Coffee", "parent": "Drinks"},
    {"name": "Glaciers"},
]


async def wishes(w: World) -> tuple[tuple[str, ...], tuple[str, ...], bool]:
    """What the reader follows and mutes, and whether the digest comes."""
    stored = await w.gazette.ledger.subscriptions.get(ChatId(w.reader.id))
    assert stored is not None
    return stored.followed, stored.muted, stored.is_active


async def test_following_before_subscribing_keeps_the_wish_and_offers_the_digest(
    tmp_path: Path,
) -> None:
    async with world(tmp_path, articles=stories(3), topics=TREE) as w:
        answer = await w.ask(w.reader, "/follow chai")
        assert "Following Tea" in text_of(answer)
        assert labels(answer) == ["More on Tea", "Unfollow Tea", "Subscribe"]
        assert await wishes(w) == (("Tea",), (), False)
        assert await w.gazette.ledger.subscriptions.active() == ()
        confirmation = await w.ask(w.reader, "/subscribe")
        assert "What you follow comes first: Tea." in text_of(confirmation)
        assert "The first one comes now" in text_of(confirmation)
        assert await wishes(w) == (("Tea",), (), True)


async def test_a_topic_is_never_followed_and_muted_at_once(tmp_path: Path) -> None:
    async with world(tmp_path, topics=TREE) as w:
        await w.ask(w.reader, "/follow tea")
        assert "stays out" in text_of(await w.ask(w.reader, "/mute tea"))
        assert await wishes(w) == ((), ("Tea",), False)
        await w.ask(w.reader, "/follow tea")
        assert await wishes(w) == (("Tea",), (), False)
        await w.ask(w.reader, "/unmute tea")
        assert await wishes(w) == (("Tea",), (), False)
        await w.ask(w.reader, "/unfollow tea")
        assert await wishes(w) == ((), (), False)


async def test_a_muted_topic_stays_out_of_the_digest_with_its_children(tmp_path: Path) -> None:
    articles = [*stories(2), a_story("Ice on the move", topics=["Glaciers"])]
    async with world(tmp_path, articles=articles, topics=TREE) as w:
        muted = await w.ask(w.reader, "/mute drinks")
        confirmation = await w.ask(w.reader, "/subscribe")
        known = {muted["message_id"], confirmation["message_id"]}
        digest = await w.next_message(w.reader, known)
        assert "Ice on the move" in text_of(digest)
        assert "Tea story" not in text_of(digest)


async def test_a_followed_topic_leads_the_digest(tmp_path: Path) -> None:
    articles = [
        a_story("Tea is the talk of the town", heat=90),
        a_story("Ice on the move", topics=["Glaciers"], heat=70),
    ]
    async with world(tmp_path, articles=articles, topics=TREE) as w:
        followed = await w.ask(w.reader, "/follow glaciers")
        confirmation = await w.ask(w.reader, "/subscribe")
        known = {followed["message_id"], confirmation["message_id"]}
        digest = text_of(await w.next_message(w.reader, known))
        assert digest.index("Ice on the move") < digest.index("Tea is the talk")


async def test_a_slip_in_a_topics_name_is_forgiven_and_told(tmp_path: Path) -> None:
    async with world(tmp_path, articles=stories(2), topics=TREE) as w:
        followed = await w.ask(w.reader, "/follow glacirs")
        assert text_of(followed).startswith("Following Glaciers (you wrote glacirs): ")
        assert await wishes(w) == (("Glaciers",), (), False)
        muted = await w.ask(w.reader, "/mute cofefe")
        assert text_of(muted).startswith("Coffee (you wrote cofefe) stays out of the digest")
        assert await wishes(w) == (("Glaciers",), ("Coffee",), False)


@pytest.mark.parametrize(
    ("command", "label", "toast", "next_label", "then"),
    [
        ("/follow", "Follow Rowing", "Following Rowing.", "✓ Following Rowing", ("Rowing",)),
        ("/mute", "Mute Rowing", "Rowing stays out of the digest.", "Unmute Rowing", ()),
    ],
)
async def test_a_name_like_several_topics_offers_them_as_buttons_that_say_what_they_do(
    tmp_path: Path, command: str, label: str, toast: str, next_label: str, then: tuple[str, ...]
) -> None:
    tree = [{"name": "Rowing"}, {"name": "Mowing"}, {"name": "Books"}]
    async with world(tmp_path, topics=tree) as w:
        answer = await w.ask(w.reader, f"{command} bowing")
        assert "There is no topic bowing. Did you mean one of these?" in text_of(answer)
        assert sorted(labels(answer)) == sorted([label, label.replace("Rowing", "Mowing")])
        assert (await w.tap(w.reader, answer, label)).text == toast
        await w.until(lambda: next_label in labels(w.shown(answer)))
        followed, muted, _ = await wishes(w)
        assert (followed, muted) == (then, () if then else ("Rowing",))
        await w.tap(w.reader, w.shown(answer), next_label)
        await w.until(lambda: label in labels(w.shown(answer)))
        assert await wishes(w) == ((), (), False)


async def test_what_is_like_no_topic_offers_none(tmp_path: Path) -> None:
    async with world(tmp_path, topics=[{"name": "Nature"}, {"name": "Books"}]) as w:
        for command in ("/follow", "/mute", "/unfollow", "/unmute"):
            answer = await w.ask(w.reader, f"{command} robtos")
            assert "There is no topic robtos" in text_of(answer)
            assert labels(answer) == ["Topics"]


async def test_what_is_not_followed_any_more_offers_what_is(tmp_path: Path) -> None:
    async with world(tmp_path, topics=TREE) as w:
        await w.ask(w.reader, "/follow tea")
        await w.ask(w.reader, "/mute coffee")
        answer = await w.ask(w.reader, "/unfollow zeppelins")
        assert labels(answer) == ["Unfollow Tea"]
        assert (await w.tap(w.reader, answer, "Unfollow Tea")).text == "No longer following Tea."
        answer = await w.ask(w.reader, "/unmute zeppelins")
        assert labels(answer) == ["Unmute Coffee"]
        assert (await w.tap(w.reader, answer, "Unmute Coffee")).text == "Coffee may come again."
        assert await wishes(w) == ((), (), False)


async def test_a_button_means_the_topic_that_it_names_and_none_like_it(tmp_path: Path) -> None:
    async with world(tmp_path, topics=TREE) as w:
        hello = await w.ask(w.reader, "/start")
        answer = await w.forge(w.reader, w.reader, hello["message_id"], "1:m:glacirs")
        assert answer.text == "There is no such topic."
        assert await w.gazette.ledger.subscriptions.get(ChatId(w.reader.id)) is None


async def test_what_is_so_already_is_said(tmp_path: Path) -> None:
    async with world(tmp_path, topics=TREE) as w:
        assert "You do not follow Tea" in text_of(await w.ask(w.reader, "/unfollow tea"))
        assert "Tea is not muted" in text_of(await w.ask(w.reader, "/unmute tea"))
        await w.ask(w.reader, "/follow tea")
        assert "You already follow Tea: " in text_of(await w.ask(w.reader, "/follow chai"))
        muted = await w.ask(w.reader, "/mute tea")
        assert "stays out of the digest from now on, and you no longer follow it" in text_of(muted)
        assert "Tea already stays out of the digest." in text_of(await w.ask(w.reader, "/mute tea"))
        followed = await w.ask(w.reader, "/follow tea")
        assert "Following Tea, which is no longer muted: " in text_of(followed)


async def test_mute_without_words_shows_what_is_muted_and_how_to_mute(tmp_path: Path) -> None:
    async with world(tmp_path, articles=stories(2, topic="Coffee"), topics=TREE) as w:
        empty = await w.ask(w.reader, "/mute")
        assert "Nothing is muted here." in text_of(empty)
        assert "/mute Drinks" in text_of(empty)
        assert labels(empty) == []
        await w.ask(w.reader, "/follow glaciers")
        await w.ask(w.reader, "/mute drinks")
        listed = await w.ask(w.reader, "/mute")
        assert text_of(listed).startswith("Muted: Drinks.")
        assert "/mute Coffee" in text_of(listed)
        assert labels(listed) == ["Unmute Drinks"]
        known = await w.ask(w.reader, "/unmute")
        assert "/unmute Drinks" in text_of(known)


async def test_subscribe_with_a_topic_follows_it(tmp_path: Path) -> None:
    articles = [*stories(2), a_story("Ice on the move", topics=["Glaciers"], heat=95)]
    async with world(tmp_path, articles=articles, topics=TREE) as w:
        confirmation = await w.ask(w.reader, "/subscribe glacirs")
        assert "You will get the digest." in text_of(confirmation)
        assert "Following Glaciers (you wrote glacirs): " in text_of(confirmation)
        assert await wishes(w) == (("Glaciers",), (), True)
        await w.until(lambda: len(w.ours(w.reader)) == 2)
        again = await w.ask(w.reader, "/subscribe tea")
        assert "You already get the digest." in text_of(again)
        assert "Following Tea" in text_of(again)
        assert "What you follow comes first: Glaciers, Tea." in text_of(again)
        assert await wishes(w) == (("Glaciers", "Tea"), (), True)


async def test_subscribe_with_an_unknown_topic_subscribes_and_offers_the_nearest(
    tmp_path: Path,
) -> None:
    async with world(tmp_path, topics=[{"name": "Rowing"}, {"name": "Mowing"}]) as w:
        confirmation = await w.ask(w.reader, "/subscribe bowing")
        assert "There is no topic bowing to follow. Did you mean" in text_of(confirmation)
        assert sorted(labels(confirmation))[:2] == ["Follow Mowing", "Follow Rowing"]
        assert await wishes(w) == ((), (), True)
        await w.tap(w.reader, confirmation, "Follow Rowing")
        await w.until(lambda: "✓ Following Rowing" in labels(w.shown(confirmation)))
        assert await wishes(w) == (("Rowing",), (), True)


async def test_follow_without_words_lists_what_is_followed(tmp_path: Path) -> None:
    async with world(tmp_path, topics=TREE) as w:
        assert "no topic yet" in text_of(await w.ask(w.reader, "/follow"))
        await w.ask(w.reader, "/follow tea")
        await w.ask(w.reader, "/mute coffee")
        listed = await w.ask(w.reader, "/follow")
        assert "You follow Tea." in text_of(listed)
        assert "Muted: Coffee." in text_of(listed)
        assert labels(listed)[:2] == ["✓ Following Tea", "Unmute Coffee"]
        assert (await w.tap(w.reader, listed, "✓ Following Tea")).text == "No longer following Tea."
        await w.until(lambda: labels(w.shown(listed))[0] == "Follow Tea")
        answer = await w.tap(w.reader, w.shown(listed), "Unmute Coffee")
        assert answer.text == "Coffee may come again."
        await w.until(lambda: "Unmute Coffee" not in labels(w.shown(listed)))
        assert await wishes(w) == ((), (), False)


async def test_following_from_an_answer_changes_its_button_and_nothing_else(
    tmp_path: Path,
) -> None:
    async with world(tmp_path, articles=stories(7), topics=TREE) as w:
        page = await w.ask(w.reader, "/topic tea")
        await w.tap(w.reader, page, "Follow Tea")
        await w.until(lambda: "✓ Following Tea" in labels(w.shown(page)))
        assert text_of(w.shown(page)) == text_of(page)
        assert len(labels(w.shown(page))) == len(labels(page))
        listed = await w.ask(w.reader, "/topics")
        assert "✓ Tea · 7" in "".join(labels(listed))
        await w.tap(w.reader, w.shown(page), "✓ Following Tea")
        await w.until(lambda: "Follow Tea" in labels(w.shown(page)))
        assert await wishes(w) == ((), (), False)


async def test_a_topic_that_has_vanished_can_still_be_let_go(tmp_path: Path) -> None:
    lone = a_story("The last zeppelin", topics=["Zeppelins"])
    async with world(tmp_path, articles=[lone]) as w:
        await w.ask(w.reader, "/follow zeppelins")
        sandbox = w.sandbox
    (tmp_path / "articles" / lone.path).unlink()
    async with world(tmp_path, sandbox=sandbox) as w:
        answer = await w.ask(w.reader, "/unfollow zeppelins")
        assert "You no longer follow Zeppelins" in text_of(answer)
        assert await wishes(w) == ((), (), False)
