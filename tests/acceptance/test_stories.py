"""A dozen complete stories, of readers, a group, a channel and a forum, each in two languages.

Who tells them reads nothing but the chat: buttons are found by the label that the program's own
catalogue gives an English text in the reader's language, and so are the words that must be seen.
One language of each story runs from right to left.
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.domain.subscription import ChatId, Subscription
from bot.rendering.catalogues import catalogue
from bot.rendering.hours import city
from bot.rendering.phrases import phrases_in
from bot.sandbox.chats import Person
from bot.sandbox.state import Sandbox
from tests.support.office import NOON, MovedClock
from tests.support.world import (
    TOKEN,
    Json,
    Place,
    Story,
    World,
    a_story,
    labels,
    stories,
    text_of,
    world,
)

pytestmark = pytest.mark.long

_UNSEEN = re.compile("[\u200e\u200f\u2060\u2066-\u2069]|</?[a-z]+>")
_PLACE = re.compile(r"%\((\w+)\)s")


def in_languages(*languages: str) -> Callable[[Any], Any]:
    """Tell a story in these languages; one of them runs from right to left."""
    return pytest.mark.parametrize("language", languages)


def plain(text: str) -> str:
    """The text as eyes see it: without marks of direction and without tags."""
    return _UNSEEN.sub("", text)


def said(language: str, english: str, **values: object) -> re.Pattern[str]:
    """What a text of ours looks like in a language; what is not given may be anything."""
    forms = catalogue(language).texts[english]

    def filled(form: str) -> str:
        parts = _PLACE.split(plain(form))
        return "".join(
            re.escape(part)
            if number % 2 == 0
            else re.escape(str(values[part]))
            if part in values
            else ".+?"
            for number, part in enumerate(parts)
        )

    return re.compile("|".join(f"(?:{filled(form)})" for form in forms), re.DOTALL)


@dataclass(kw_only=True)
class Tale:
    """The world of a story, the person it is about, and the language they read."""

    w: World
    clock: MovedClock
    language: str
    hero: Person

    def pattern(self, english: str, **values: object) -> re.Pattern[str]:
        return said(self.language, english, **values)

    def shows(self, message: Json | str, english: str, **values: object) -> bool:
        """Whether a message or a notice says a text of ours in the language."""
        text = message if isinstance(message, str) else text_of(message)
        return self.pattern(english, **values).search(plain(text)) is not None

    def label(self, message: Json, english: str, **values: object) -> str:
        """The button that says a text of ours; what is no such text is the label itself."""
        offered = labels(self.w.shown(message))
        if phrases_in(self.language).is_right_to_left:  # who reads from the right turns to the left
            english = {"▶": "◀", "◀": "▶"}.get(english, english)
        if english in offered:
            return english
        assert english in catalogue(self.language).texts, (english, offered)
        pattern = self.pattern(english, **values)
        found = [one for one in offered if pattern.fullmatch(plain(one).removeprefix("✓ "))]
        found = found or [one for one in offered if pattern.fullmatch(plain(one))]
        assert len(found) == 1, (english, offered)
        return found[0]

    async def ask(self, text: str, place: Place | None = None, **how: Any) -> Json:
        self.clock.move(2)
        return await self.w.ask(self.hero, text, place, **how)

    async def tap(self, message: Json, english: str, **values: object) -> str:
        """Tap a button; give what the notice says."""
        self.clock.move(2)
        shown = self.w.shown(message)
        answer = await self.w.tap(self.hero, shown, self.label(shown, english, **values))
        return answer.text

    async def walk(self, message: Json, *path: str) -> Json:
        """Tap one button after the other, each of which changes the message."""
        for english in path:
            before = self.w.shown(message)
            await self.tap(before, english)
            await self.w.until(lambda before=before: self.w.shown(before) != before)  # type: ignore[misc]
        return self.w.shown(message)

    async def leaf(self, message: Json, label: str) -> Json:
        """Turn the pages of buttons until one is there, and tap it."""
        while label not in labels(message):
            message = await self.walk(message, "▶")
        return await self.walk(message, label)

    async def seen(self, message: Json, english: str, **values: object) -> Json:
        """Wait until a message has been changed to say a text of ours."""
        await self.w.until(lambda: self.shows(self.w.shown(message), english, **values))
        return self.w.shown(message)

    async def offered(self, message: Json, english: str, **values: object) -> Json:
        """Wait until a message offers a button."""
        pattern = self.pattern(english, **values)

        def is_there() -> bool:
            return any(pattern.fullmatch(plain(one)) for one in labels(self.w.shown(message)))

        await self.w.until(is_there)
        return self.w.shown(message)

    async def arrived(self, place: Place, words: str) -> Json:
        """Wait for a message of the bot with these words, and until nothing is on its way."""
        (first, *_more) = await self.w.until(
            lambda: [one for one in self.w.ours(place) if words in text_of(one)]
        )
        await self.w.settled()
        return first

    async def wish(self, place: Place | None = None, thread: int = 0) -> Subscription:
        number = (place or self.hero).id if not isinstance(place, int) else place
        found = await self.w.gazette.ledger.subscriptions.get(ChatId(number), thread)
        assert found is not None
        return found

    def city(self, zone: str) -> str:
        return city(zone, phrases_in(self.language))


@asynccontextmanager
async def tale(
    folder: Path, language: str, articles: list[Story], **more: Any
) -> AsyncIterator[Tale]:
    """Open a world in which somebody speaks a language, at noon of a Sunday."""
    clock = MovedClock()
    sandbox = Sandbox(TOKEN, clock=clock)
    hero = sandbox.add_person("Amal", language_code=language, user_id=501)
    async with world(folder, articles=articles, clock=clock, sandbox=sandbox, **more) as w:
        yield Tale(w=w, clock=clock, language=language, hero=hero)
        assert w.nothing_spins()


def hour_of(message: Json) -> int:
    """The hour, by UTC, at which a message came."""
    return datetime.fromtimestamp(message["date"], UTC).hour


def tea(count: int = 3, **more: Any) -> list[Story]:
    return stories(count, **{"now": NOON, **more})


@in_languages("ar", "de")
async def test_from_the_first_minute_to_the_digest_at_ones_own_hour(
    tmp_path: Path, language: str
) -> None:
    async with tale(tmp_path, language, tea()) as t:
        hello = await t.ask("/start")
        assert t.shows(hello, "Tap topics to have them first.")
        await t.tap(hello, "Tea · 3")
        await t.seen(hello, "You follow %(names)s.", names="Tea")
        assert t.shows(await t.tap(hello, "Subscribe"), "Subscribed.")
        await t.arrived(t.hero, "Tea story number 1")
        hour = t.w.ours(t.hero)[1]
        assert t.shows(hour, "<b>Done.</b> You will get the digest.")
        hour = await t.walk(hour, "When shall it come?", "21:00", "Time zone", "Europe")
        hour = await t.leaf(hour, t.city("Europe/Lisbon"))
        assert t.shows(hour, "Time zone")
        assert t.city("Europe/Lisbon") in text_of(hour)
        assert (await t.wish()).hours.key == "times=21:00;zone=Europe/Lisbon"
        await t.w.post(*stories(2, topic="Milk", now=t.clock.now()))
        count = len(t.w.ours(t.hero))
        t.clock.move(8 * 3600)  # 20:00, and nobody wanted anything
        await t.ask("/id")
        await t.w.settled()
        assert len(t.w.ours(t.hero)) == count + 1
        t.clock.move(3600)
        digest = await t.arrived(t.hero, "Milk story number 1")
        assert hour_of(digest) == 21
        assert "Tea story" not in text_of(digest), "nothing comes twice"
        assert t.shows(digest, "today")


@in_languages("fa", "es")
async def test_a_time_zone_is_typed_or_found_by_its_region(tmp_path: Path, language: str) -> None:
    async with tale(tmp_path, language, tea()) as t:
        panel = await t.walk(await t.ask("/settings"), "Time zone", "Write a city")
        asked = "Write a city, a country or a difference such as UTC+3 now, or send a location."
        await t.seen(panel, asked)
        unknown = await t.ask("Atlantis")
        assert t.shows(
            unknown,
            "I know no time zone called %(words)s. Write a large city nearby, a country, or a "
            "difference such as UTC+3.",
            words="Atlantis",
        )
        several = await t.ask("Lisbonn")
        assert t.shows(several, "Which one do you mean?")
        chosen = await t.walk(several, t.city("Europe/Lisbon"))
        assert t.city("Europe/Lisbon") in text_of(chosen)
        chosen = await t.leaf(await t.walk(chosen, "Asia"), t.city("Asia/Tehran"))
        assert (await t.wish()).hours.zone == "Asia/Tehran"
        chosen = await t.walk(chosen, "◀ Back")
        assert t.shows(chosen, "every day")
        assert t.city("Asia/Tehran") in text_of(chosen)


@in_languages("ar", "fr")
async def test_one_topic_comes_first_and_another_stays_out(tmp_path: Path, language: str) -> None:
    articles = [*tea(2), *tea(2, topic="Coffee"), *tea(2, topic="Ice")]
    async with tale(tmp_path, language, articles) as t:
        followed = await t.ask("/follow ice")
        wanted = "Following %(named)s: its stories come first as soon as you subscribe."
        assert t.shows(followed, wanted, named="Ice")
        page = await t.walk(await t.ask("/topic coffee"), "Follow %(topic)s")
        await t.offered(page, "✓ Following %(topic)s", topic="Coffee")
        assert set((await t.wish()).followed) == {"Ice", "Coffee"}
        muted = await t.ask("/mute coffee")
        out = "%(named)s stays out of the digest from now on, and you no longer follow it."
        assert t.shows(muted, out, named="Coffee")
        await t.ask("/subscribe")
        digest = text_of(await t.arrived(t.hero, "Ice story number 1"))
        assert digest.index("Ice story number 1") < digest.index("Tea story number 1")
        assert "Coffee" not in digest
        panel = await t.ask("/settings")
        assert t.shows(panel, "Follows")
        assert t.shows(panel, "Mutes")
        back = await t.ask("/unmute coffee")
        assert t.shows(back, "<b>%(topic)s</b> may come again.", topic="Coffee")
        assert (await t.wish()).muted == ()


@in_languages("fa", "ru")
async def test_words_bring_stories_in_and_keep_others_out(tmp_path: Path, language: str) -> None:
    async with tale(tmp_path, language, tea(4)) as t:
        panel = await t.walk(await t.ask("/settings"), "Words", "Keep a word out")
        await t.seen(panel, "Write the words now that no story of yours shall have.")
        panel = await t.ask("number 1")
        assert "Tea story number 1" not in text_of(panel)
        panel = await t.walk(panel, "Add a word")
        await t.seen(panel, "Write the words now whose stories shall come first.")
        panel = await t.ask("number 4")
        assert "1. Tea story number 4" in plain(text_of(panel))
        assert t.shows(panel, "Words wanted")
        assert t.shows(panel, "Words unwanted")
        why = await t.ask("/why number 1")
        assert t.shows(why, "It holds “%(value)s”, which stays out here.", value="number 1")
        (removed,) = [one for one in labels(panel) if "number 1" in one]
        panel = await t.walk(panel, removed, "◀ Back")
        assert (await t.wish()).words_out == ()
        assert "Tea story number 1" in text_of(panel)


@in_languages("ar", "de")
async def test_a_story_is_saved_and_comes_again_when_it_was_wanted(
    tmp_path: Path, language: str
) -> None:
    async with tale(tmp_path, language, tea()) as t:
        assert t.shows(await t.ask("/saved"), "Nothing is saved yet: open a story and tap ☆ Save.")
        story = await t.walk(await t.ask("/topic tea"), "2")
        assert "Tea story number 2" in text_of(story)
        assert t.shows(await t.tap(story, "☆ Save"), "Saved. /saved shows all of them.")
        await t.offered(story, "★ Saved")
        listed = await t.ask("/saved")
        assert t.shows(listed, "Saved")
        assert "1. Tea story number 2" in plain(text_of(listed))
        panel = await t.ask("/remind", reply_to=story["message_id"])
        asked = "Tap a time, or answer this message with one, such as: tomorrow at eight."
        assert t.shows(panel, asked)
        typed = phrases_in(language)(asked).rpartition(":")[2].strip(" .")
        told = await t.ask(typed, reply_to=panel["message_id"])
        assert t.shows(told, "tomorrow, %(time)s", time="08:00")
        t.clock.move(20 * 3600)
        came = await t.arrived(t.hero, phrases_in(language)("You asked to see this again"))
        assert hour_of(came) == 8
        assert "Tea story number 2" in text_of(came)
        assert t.shows(await t.tap(story, "★ Saved"), "No longer saved.")


@in_languages("fa", "uk")
async def test_taps_bend_what_comes_and_why_tells_of_it(tmp_path: Path, language: str) -> None:
    library = [
        a_story("Kettles sing", topics=["Tea"], heat=60, now=NOON, provider="pots.example"),
        a_story("Ferry aground", topics=["Ships"], heat=66, now=NOON),
    ]
    async with tale(tmp_path, language, library) as t:
        story = await t.walk(await t.ask("kettles"), "1")
        more = "More like this will come first. /why tells what your taps do."
        assert t.shows(await t.tap(story, "👍 More"), more)
        await t.offered(story, "✓ More")
        why = await t.ask("/why")
        assert t.shows(why, "What would come now, and why")
        assert "1. Kettles sing" in plain(text_of(why))
        why = await t.ask("/why kettles")
        assert t.shows(why, "Taps and reactions moved it %(number)s step up.", number=2)
        less = "Less like this will come. /why tells what your taps do."
        assert t.shows(await t.tap(story, "👎 Less"), less)
        await t.offered(story, "✓ Less")
        assert "1. Ferry aground" in plain(text_of(await t.ask("/why")))
        assert t.shows(await t.tap(story, "✓ Less"), "Taken back.")
        await t.offered(story, "👎 Less")
        assert (await t.wish()).leanings == frozenset()
        await t.tap(story, "Mute %(source)s", source="pots.example")
        await t.offered(story, "Unmute %(source)s", source="pots.example")
        assert t.shows(await t.ask("/why kettles"), "Its source is muted here.")


@in_languages("ar", "pt")
async def test_who_pauses_blocks_and_returns_finds_the_order_as_it_was(
    tmp_path: Path, language: str
) -> None:
    async with tale(tmp_path, language, tea()) as t:
        await t.ask("/subscribe tea")
        await t.arrived(t.hero, "Tea story number 1")
        assert t.shows(await t.ask("/pause 5"), "paused until %(when)s")
        panel = await t.ask("/settings")
        assert t.shows(panel, "paused until %(when)s")
        panel = await t.walk(panel, "Pause", "Go on now", "◀ Back", "Times", "07:00", "◀ Back")
        assert t.shows(panel, "The next digest comes %(when)s. There is nothing new for it yet.")
        before = await t.wish()
        assert before.followed == ("Tea",)
        assert before.paused_until is None
        t.w.sandbox.block(t.hero)
        subscriptions = t.w.gazette.ledger.subscriptions

        async def is_silent() -> bool:
            return await subscriptions.active() == ()

        await t.w.stored(is_silent)
        t.w.sandbox.unblock(t.hero)
        hello = await t.ask("/start")
        assert t.shows(hello, "You are subscribed: the next digest comes by itself.")
        assert await t.wish() == before
        await t.w.post(*stories(1, topic="Milk", now=t.clock.now()))
        t.clock.move(19 * 3600)  # seven in the morning
        assert hour_of(await t.arrived(t.hero, "Milk story number 1")) == 7


@in_languages("fa", "tr")
async def test_a_reader_takes_everything_along_and_has_it_erased(
    tmp_path: Path, language: str
) -> None:
    async with tale(tmp_path, language, tea()) as t:
        await t.ask("/subscribe tea")
        await t.arrived(t.hero, "Tea story number 1")
        assert t.shows(await t.ask("/privacy"), "What I keep")
        handed = await t.ask("/export")
        assert t.shows(handed, "Everything I know about you.")
        file = t.w.sandbox.file(handed["document"]["file_id"])
        assert file is not None
        about = json.loads(await file.read())
        assert about["subscriptions"][0]["followed"] == ["Tea"]
        question = await t.ask("/forget")
        assert t.shows(question, "Erase everything about you?")
        await t.tap(question, "Keep it")
        await t.seen(question, "Nothing was erased. Everything stays as it is.")
        assert (await t.wish()).is_active
        question = await t.ask("/forget")
        await t.tap(question, "Erase everything")
        shown = await t.seen(question, "Erased.")
        assert labels(shown) == []
        assert await t.w.gazette.ledger.subscriptions.get(ChatId(t.hero.id)) is None
        hello = await t.ask("/start")
        assert t.shows(hello, "Subscribe, and the digest comes by itself.")


@in_languages("ar", "id")
async def test_a_question_with_a_slip_its_pages_and_a_story(tmp_path: Path, language: str) -> None:
    glacier = a_story("The longest glacier walk", topics=["Mountains"], now=NOON)
    async with tale(tmp_path, language, [glacier, *tea(12)]) as t:
        answer = await t.ask("glaceir")
        assert "The longest glacier walk" in text_of(answer)
        assert t.shows(answer, "%(words)s (you wrote %(typed)s)", typed="glaceir")
        page = await t.ask("/topic tea")
        assert t.shows(page, "page %(page)s of %(pages)s", page=1, pages=3)
        page = await t.walk(page, "▶")
        assert t.shows(page, "page %(page)s of %(pages)s", page=2, pages=3)
        first = text_of(page)
        story = await t.walk(page, "7")
        assert "What is known about: Tea story number 7" in text_of(story)
        for english in ("Read", "☆ Save", "⏰ Remind me", "Why this", "Share"):
            assert t.label(story, english)
        story = await t.walk(story, "▶")
        assert "Tea story number 8" in text_of(story)
        page = await t.walk(story, "↩ Back")
        assert text_of(page) == first
        nothing = await t.ask("zeppelinology")
        assert t.shows(nothing, "Nothing on <b>%(query)s</b> yet.")


@in_languages("ar", "de")
async def test_a_group_is_run_by_its_administrators_in_its_language(
    tmp_path: Path, language: str
) -> None:
    settings = {"DIGEST_LANGUAGE": language}
    async with tale(tmp_path, language, tea(), settings=settings) as t:
        guest = t.w.sandbox.add_person("Greta", language_code="fr")
        group = t.w.sandbox.add_group("Tea circle", members=(guest,), administrators=(t.hero,))
        await t.w.until(lambda: t.w.ours(group))
        hello = t.w.last(group)
        assert t.shows(hello, "An administrator can bring the digest here with /subscribe.")
        button = t.label(hello, "Subscribe this chat")
        refused = (await t.w.tap(guest, hello, button)).text
        assert said("fr", "Only administrators of this chat can do that.").fullmatch(refused)
        assert t.shows(await t.tap(hello, "Subscribe this chat"), "Subscribed.")
        digest = await t.arrived(group, "Tea story number 1")
        assert t.shows(digest, "today")
        refusal = await t.w.ask(guest, "/settings", group)
        only = (
            "Only administrators of this chat can change its digest. Everybody can ask for stories."
        )
        assert t.shows(refusal, only)
        panel = await t.ask("/settings", group)
        refused = (await t.w.tap(guest, panel, t.label(panel, "Times"))).text
        assert said("fr", "Only administrators of this chat can do that.").fullmatch(refused)
        panel = await t.walk(panel, "Times", "21:00", "◀ Back", "Size and layout", "5", "◀ Back")
        hours = phrases_in(language).listed(("08:00", "18:00", "21:00"))
        assert hours in text_of(panel)
        assert (await t.wish(group)).size == 5
        gone = await t.ask("/unsubscribe", group)
        over = "<b>Done.</b> No more digests here. /hot, /latest and /topic still work."
        assert t.shows(gone, over)
        assert not (await t.wish(group)).is_active


@in_languages("fa", "es")
async def test_a_channel_is_shaped_from_a_private_chat(tmp_path: Path, language: str) -> None:
    settings = {"DIGEST_LANGUAGE": language}
    async with tale(tmp_path, language, tea(4), settings=settings) as t:
        stranger = t.w.sandbox.add_person("Mallory", language_code="uk")
        hello = await t.ask("/start")
        channel = t.w.sandbox.add_channel("News", username="library_news", administrators=(t.hero,))
        panel = await t.w.next_message(t.hero, {hello["message_id"]})
        assert t.shows(panel, "Settings")
        assert "News" in text_of(panel)
        panel = await t.walk(panel, "Size and layout", "3", "◀ Back", "Times", "09:00", "◀ Back")
        assert t.shows(panel, "Not subscribed: no digest comes by itself. It would hold now:")
        assert not t.w.ours(channel), "nobody reads of it there"
        await t.tap(panel, "Subscribe")
        digest = await t.arrived(channel, "Tea story number 3")
        assert "Tea story number 4" not in text_of(digest)
        assert t.shows(digest, "today")
        await t.seen(panel, "The next digest comes %(when)s. It would hold now:")
        assert (await t.wish(channel)).size == 3
        unknown = await t.w.ask(stranger, "/settings @library_news")
        refusal = "I know no group or channel <b>%(words)s</b> that you are an administrator of."
        assert said("uk", refusal).search(plain(text_of(unknown)))
        await t.walk(panel, "Unsubscribe")
        assert not (await t.wish(channel)).is_active


@in_languages("ar", "ru")
async def test_a_topic_of_a_forum_has_a_digest_of_its_own(tmp_path: Path, language: str) -> None:
    settings = {"DIGEST_LANGUAGE": language, "OPERATORS": "501"}
    async with tale(tmp_path, language, tea(), settings=settings) as t:
        await t.ask("/start")
        forum = t.w.sandbox.add_group("Harbour", administrators=(t.hero,), forum=True)
        await t.w.until(lambda: t.w.ours(forum))
        thread = t.w.sandbox.add_topic(t.hero, forum, "News")
        panel = await t.ask("/settings", forum, thread=thread)
        panel = await t.walk(panel, "Times", "21:00", "✓ 08:00", "✓ 18:00", "◀ Back", "Subscribe")
        digest = await t.arrived(forum, "Tea story number 1")
        assert digest["message_thread_id"] == thread
        assert t.shows(digest, "today")
        t.w.sandbox.close_topic(t.hero, forum, thread)
        await t.w.post(*stories(2, topic="Milk", now=t.clock.now()))
        count = len(t.w.ours(forum))
        t.clock.move(9 * 3600)
        notice = (
            "Topic %(thread)s of chat %(chat)s is closed. Its digest waits until it is opened "
            "again, or until one of its administrators sends /subscribe there."
        )
        await t.w.until(lambda: any(t.shows(one, notice) for one in t.w.ours(t.hero)))
        assert len(t.w.ours(forum)) == count, "and nothing went to another topic instead"
        t.w.sandbox.reopen_topic(t.hero, forum, thread)

        async def is_open() -> bool:
            return bool(await t.w.gazette.ledger.subscriptions.active())

        await t.w.stored(is_open)
        await t.w.post(*stories(1, topic="Bread", now=t.clock.now()))
        t.clock.move(24 * 3600)
        digest = await t.arrived(forum, "Bread story number 1")
        assert hour_of(digest) == 21
        assert digest["message_thread_id"] == thread
        assert (await t.wish(forum, thread)).is_active
