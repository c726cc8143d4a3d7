"""Following and muting topics, by command and by tap, and what the next digest makes of it."""

from __future__ import annotations

from pathlib import Path

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
        assert labels(answer) == ["More on Tea", "Unfollow", "Subscribe"]
        assert await wishes(w) == (("Tea",), (), False)
        assert await w.gazette.ledger.subscriptions.active() == ()
        confirmation = await w.ask(w.reader, "/subscribe")
        assert "First comes what you follow: Tea" in text_of(confirmation)
        assert "the first one now" in text_of(confirmation)
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


async def test_a_misspelt_topic_gets_the_nearest_ones_as_buttons(tmp_path: Path) -> None:
    async with world(tmp_path, topics=TREE) as w:
        answer = await w.ask(w.reader, "/follow glacirs")
        assert "There is no topic glacirs" in text_of(answer)
        assert "Glaciers" in labels(answer)
        tap = await w.tap(w.reader, answer, "Glaciers")
        assert tap.text == "Following Glaciers."
        await w.until(lambda: "✓ Following Glaciers" in labels(w.shown(answer)))
        assert await wishes(w) == (("Glaciers",), (), False)


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
        assert "followed no longer" in text_of(answer)
        assert await wishes(w) == ((), (), False)
