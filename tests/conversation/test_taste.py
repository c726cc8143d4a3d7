"""On every story: save, more or less like it, mute its source, why, share; and reminders."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bot.clock import SystemClock
from bot.domain.digest import DigestKind
from bot.domain.rules import Leaning
from bot.domain.subscription import ChatId
from bot.sandbox.state import Sandbox
from tests.support.clocks import StandingClock
from tests.support.world import TOKEN, World, a_story, buttons, data_of, labels, text_of, world

LIBRARY = [
    a_story("Kettles sing in tune", topics=["Tea"], heat=60, provider="pots.example"),
    a_story("Ferry runs aground in the fog", topics=["Ships"], heat=66),
    a_story("Rain on the old market", topics=["Rain"], heat=50),
]

ON_EVERY_STORY = ("☆ Save", "⏰ Remind me", "👍 More", "👎 Less", "Why this", "Share")
AGAIN = "asked to see this again"


async def opened(w: World, words: str = "kettles") -> dict[str, Any]:
    """Search for a story and open it in place."""
    answer = await w.ask(w.reader, words)
    await w.tap(w.reader, answer, "1")
    return await w.until_shown(answer, "What is known about")


async def leanings(w: World) -> frozenset[Leaning]:
    stored = await w.gazette.ledger.subscriptions.get(ChatId(w.reader.id))
    return frozenset() if stored is None else stored.leanings


async def next_titles(w: World) -> list[str]:
    """What the next digest would lead with, as /why tells it."""
    told = text_of(await w.ask(w.reader, "/why"))
    return [line.partition(". ")[2] for line in told.split("\n") if line[:2] in ("1.", "2.", "3.")]


async def test_a_tap_bends_what_comes_and_is_taken_back_by_another(tmp_path: Path) -> None:
    async with world(tmp_path, articles=LIBRARY) as w:
        assert (await next_titles(w))[0] == "Ferry runs aground in the fog"
        story = await opened(w)
        assert {*ON_EVERY_STORY, "Mute pots.example"} <= set(labels(story))
        answer = await w.tap(w.reader, story, "👍 More")
        assert "More like this" in answer.text
        await w.until(lambda: "✓ More" in labels(w.shown(story)))
        assert await leanings(w) == {
            Leaning(name="tea", steps=1),
            Leaning(name="pots.example", steps=1, is_provider=True),
        }
        assert (await next_titles(w))[0] == "Kettles sing in tune"
        why = text_of(await w.ask(w.reader, "/why kettles"))
        assert "Taps and reactions moved it 2 steps up." in why
        await w.tap(w.reader, w.shown(story), "👎 Less")
        await w.until(lambda: "✓ Less" in labels(w.shown(story)))
        assert "👍 More" in labels(w.shown(story))
        assert {one.steps for one in await leanings(w)} == {-1}
        assert "2 steps down" in text_of(await w.ask(w.reader, "/why kettles"))
        await w.tap(w.reader, w.shown(story), "✓ Less")
        await w.until(lambda: "👎 Less" in labels(w.shown(story)))
        assert await leanings(w) == frozenset()
        assert (await next_titles(w))[0] == "Ferry runs aground in the fog"
        answer = await w.tap(w.reader, story, "Mute pots.example")
        await w.until(lambda: "Unmute pots.example" in labels(w.shown(story)))
        assert "Its source is muted here." in text_of(await w.ask(w.reader, "/why kettles"))
        await w.tap(w.reader, w.shown(story), "Unmute pots.example")
        share = next(one for one in buttons(story) if one["text"] == "Share")
        found = await w.inline(w.reader, share["switch_inline_query"])
        assert [one["title"] for one in found.results] == ["Kettles sing in tune"]
        known = {one["message_id"] for one in w.ours(w.reader)}
        await w.tap(w.reader, w.shown(story), "Why this")
        assert text_of(await w.next_message(w.reader, known)).startswith("Why this")
        assert w.nothing_spins()


async def test_reactions_say_the_same_and_can_be_switched_off(tmp_path: Path) -> None:
    async with world(tmp_path, articles=LIBRARY, settings={"DIGEST_LAYOUT": "cards"}) as w:
        await w.ask(w.reader, "/subscribe")
        await w.until(lambda: any("Rain on" in text_of(one) for one in w.ours(w.reader)))
        await w.settled()
        card = next(one for one in w.ours(w.reader) if "Kettles" in text_of(one))
        assert {*ON_EVERY_STORY, "Mute pots.example", "Mute Tea"} <= set(labels(card))
        tea = Leaning(name="tea", steps=1)

        async def leans(wanted: bool) -> bool:
            return (tea in await leanings(w)) is wanted

        w.sandbox.react(w.reader, w.reader, card["message_id"], "❤")
        await w.stored(lambda: leans(True))
        w.sandbox.react(w.reader, w.reader, card["message_id"], None)
        await w.stored(lambda: leans(False))
        w.sandbox.react(w.reader, w.reader, card["message_id"], "👍")
        await w.stored(lambda: leans(True))
        stored = await w.gazette.ledger.subscriptions.get(ChatId(w.reader.id))
        assert stored is not None
        assert stored.bent
        await w.gazette.preferences.change(_place(w), lambda wish: _learning(wish, False))
        off = await w.gazette.ledger.subscriptions.get(ChatId(w.reader.id))
        assert off is not None
        assert not off.bent
        answer = await w.tap(w.reader, card, "👎 Less")
        assert "switched off" in answer.text
        assert await leans(True), "nothing was noted"


async def test_a_channel_is_bent_by_many_and_a_group_by_nobody(tmp_path: Path) -> None:
    sandbox = Sandbox(TOKEN, clock=SystemClock())
    people = [sandbox.add_person(f"Reader {n}") for n in range(4)]
    channel = sandbox.add_channel("News", username="the_news", administrators=people[:1])
    group = sandbox.add_group("Friends", members=people, administrators=people[:1])
    settings = {"CHANNELS": "@the_news", "DIGEST_LAYOUT": "cards", "OPERATORS": str(people[0].id)}
    async with world(tmp_path, articles=LIBRARY, settings=settings, sandbox=sandbox) as w:
        await w.ask(people[0], "/subscribe@gazette_demo_bot", group)
        readers = await w.gazette.slots.readers(w.gazette.clock.now())
        composed = await w.gazette.composer.compose(readers, now=w.gazette.clock.now())
        await w.gazette.composer.store(composed, kind=DigestKind.SLOT, now=w.gazette.clock.now())
        w.gazette.courier.wake()
        posts = {}
        for place in (channel, group):
            await w.until(lambda p=place: any("Rain on" in text_of(m) for m in w.ours(p)))  # type: ignore[misc]
            posts[place.id] = next(m for m in w.ours(place) if "Kettles" in text_of(m))
        await w.settled()
        tea = Leaning(name="tea", steps=1)

        async def leans() -> bool:
            stored = await w.gazette.ledger.subscriptions.get(ChatId(channel.id))
            return stored is not None and tea in stored.leanings

        for number, person in enumerate(people):
            sandbox.react(person, group, posts[group.id]["message_id"], "👍")
            sandbox.react(person, channel, posts[channel.id]["message_id"], "👍")
            if number == 1:
                assert not await leans(), "two are chance"
        await w.stored(leans)
        stored = await w.gazette.ledger.subscriptions.get(ChatId(group.id))
        assert stored is not None
        assert stored.leanings == frozenset()


def _place(w: World) -> Any:
    from bot.publishing.preferences import Place

    return Place(chat_id=ChatId(w.reader.id))


def _learning(wish: Any, is_learning: bool) -> Any:
    from dataclasses import replace

    return replace(wish, is_learning=is_learning)


async def test_what_is_saved_is_listed_looked_through_and_opened(tmp_path: Path) -> None:
    library = [a_story(f"Saved story {n}", topics=["Tea" if n % 2 else "Ships"]) for n in range(10)]
    async with world(tmp_path, articles=library) as w:
        assert "Nothing is saved yet" in text_of(await w.ask(w.reader, "/saved"))
        listed = await w.ask(w.reader, "/latest")
        ids = [f"Saved story {n}" for n in range(10)]
        for title in ids:
            known = await w.gazette.ledger.articles.by_paths(
                [f"_news/{title.lower().replace(' ', '-')}.md"]
            )
            (one,) = known.values()
            data = f"1:sv:{one.article.story_id}"
            answer = await w.forge(w.reader, w.reader, listed["message_id"], data)
            assert answer.text == "Saved. /saved shows all of them."
        again = await w.forge(w.reader, w.reader, listed["message_id"], data)
        assert "saved already" in again.text
        page = await w.ask(w.reader, "/saved")
        assert "10 stories" in text_of(page)
        assert "1. Saved story 9" in text_of(page), "the newest first"
        assert "Saved story 1\n" not in text_of(page)
        await w.tap(w.reader, page, "▶")
        page = await w.until_shown(page, "10. Saved story 0")
        await w.tap(w.reader, page, "9")
        story = await w.until_shown(page, "What is known about: Saved story 1")
        assert "★ Saved" in labels(story)
        await w.tap(w.reader, story, "★ Saved")
        await w.until(lambda: "☆ Save" in labels(w.shown(story)))
        await w.tap(w.reader, w.shown(story), "↩ Back")
        back = await w.until_shown(page, "9 stories")
        assert "Saved story 1\n" not in text_of(back)
        ships = await w.ask(w.reader, "/saved SHIPS")
        assert "5 stories" in text_of(ships)
        assert "None of your saved stories" in text_of(await w.ask(w.reader, "/saved zeppelin"))
        group = w.sandbox.add_group("Friends", members=(w.reader,))
        await w.until(lambda: w.ours(group))
        asked = await w.ask(w.reader, "/saved@gazette_demo_bot", group)
        assert "in private" in text_of(asked)


async def test_a_reminder_comes_once_at_its_time_also_after_a_restart(tmp_path: Path) -> None:
    now = datetime(2026, 3, 10, 9, tzinfo=UTC)
    library = [a_story("Kettles sing in tune", now=now)]
    async with world(tmp_path, articles=library, clock=StandingClock(now)) as w:
        story = await opened(w)
        await w.tap(w.reader, story, "☆ Save")
        page = await w.ask(w.reader, "/remind")
        assert "Which story?" in text_of(page)
        panel = await w.ask(w.reader, "/remind", reply_to=story["message_id"])
        assert "When shall Kettles sing in tune come again?" in text_of(panel)
        odd = await w.ask(w.reader, "when pigs fly", reply_to=panel["message_id"])
        assert "I see no time to come in “when pigs fly”" in text_of(odd)
        told = await w.ask(w.reader, "tomorrow at eight", reply_to=panel["message_id"])
        assert "Kettles sing in tune comes again: tomorrow, 08:00." in text_of(told)
        assert "⏰ tomorrow, 08:00" in text_of(await w.ask(w.reader, "/saved"))
        sandbox = w.sandbox
        await w.gazette.tastes.ring()
    later = StandingClock(now + timedelta(hours=23, minutes=5))
    async with world(tmp_path, clock=later, sandbox=sandbox) as w:
        await asyncio.gather(w.gazette.tastes.ring(), w.gazette.tastes.ring())
        await w.until(lambda: any(AGAIN in text_of(one) for one in w.ours(w.reader)))
        await w.settled()
        await w.gazette.tastes.ring()
        await w.settled()
        came = [one for one in w.ours(w.reader) if AGAIN in text_of(one)]
        assert len(came) == 1
        assert "Kettles sing in tune" in text_of(came[0])
        assert "⏰" not in text_of(await w.ask(w.reader, "/saved"))
        await w.tap(w.reader, came[0], "⏰ Remind me")
        await w.until(lambda: "When shall" in text_of(w.last(w.reader)))
        panel = w.last(w.reader)
        passed = await w.forge(
            w.reader, w.reader, panel["message_id"], data_of(panel, labels(panel)[0])[:-3] + "000"
        )
        assert passed.text
        await w.tap(w.reader, panel, labels(panel)[0])
        told = await w.until_shown(panel, "comes again: today, ")
        gone = await w.tap(w.reader, told, "No reminder")
        assert gone.text == "No reminder any more."


async def test_forged_and_stale_taps_help_and_change_nothing(tmp_path: Path) -> None:
    async with world(tmp_path, articles=LIBRARY) as w:
        story = await opened(w)
        for data in ("1:sv:zz", "1:v:0123456789ab:x", "1:v:zz:+", "1:r:zz", "1:sl:x", "1:mp:zz"):
            answer = await w.forge(w.reader, w.reader, story["message_id"], data)
            assert answer.text, data
            assert answer.show_alert, data
        gone = await w.forge(w.reader, w.reader, story["message_id"], "1:sv:0123456789ab")
        assert "withdrawn" in gone.text
        group = w.sandbox.add_group("Friends", members=(w.reader,))
        (hello,) = await w.until(lambda: w.ours(group))
        answer = await w.forge(w.reader, group, hello["message_id"], "1:sv:0123456789ab")
        assert "in private" in answer.text
        assert await leanings(w) == frozenset()
