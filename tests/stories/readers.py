"""Nine stories of readers, from the first minute to the last."""

from __future__ import annotations

import json

from bot.domain.subscription import ChatId
from bot.rendering.phrases import phrases_in
from tests.stories.register import story
from tests.stories.telling import Tale, tea, with_bot
from tests.support.gallery import png
from tests.support.office import NOON
from tests.support.world import Story, a_story, stories


@story("ar", "de")
async def from_the_first_minute_to_the_digest_at_ones_own_hour(t: Tale) -> None:
    hello = await t.ask("/start")
    assert t.shows(hello, "Tap topics to have them first.")
    await t.tap(hello, "Tea · 3")
    await t.seen(hello, "You follow %(names)s.", names="Tea")
    await t.tap(hello, "Subscribe", told="Subscribed.")
    await t.arrived("Tea story number 1")
    hour = await t.said_in(with_bot(t.hero), "<b>Done.</b> You will get the digest.")
    hour = await t.walk(hour, "When shall it come?", "21:00", "Time zone", "Europe")
    hour = await t.leaf(hour, t.city("Europe/Lisbon"))
    assert t.shows(hour, "Time zone")
    assert t.city("Europe/Lisbon") in hour.text
    assert (await t.wish()).hours.key == "times=21:00;zone=Europe/Lisbon"
    await t.w.post(*stories(2, topic="Milk", now=t.clock.now()))
    count = await t.count()
    t.clock.move(8 * 3600)  # 20:00, and nobody wanted anything
    await t.ask("/id")
    assert await t.count() == count + 1
    t.clock.move(3600)
    digest = await t.arrived("Milk story number 1")
    assert digest.time == "21:00"
    assert "Tea story" not in digest.text, "nothing comes twice"
    assert t.shows(digest, "today")


@story("fa", "es")
async def a_time_zone_is_typed_shared_or_found_by_its_region(t: Tale) -> None:
    await t.ask("/start")
    panel = await t.walk(await t.ask("/settings"), "Time zone", "Write a city")
    asked = "Write a city, a country or a difference such as UTC+3 now, or send a location."
    await t.seen(panel, asked)
    unknown = await t.ask("Brigadoon")
    no_such_zone = (
        "I know no time zone called %(words)s. Write a large city nearby, a country, or a "
        "difference such as UTC+3."
    )
    assert t.shows(unknown, no_such_zone, words="Brigadoon")
    several = await t.ask("Lisbonn")
    assert t.shows(several, "Which one do you mean?")
    chosen = await t.walk(several, t.city("Europe/Lisbon"))
    assert t.city("Europe/Lisbon") in chosen.text
    here = with_bot(t.hero)
    shared = await t.answer(t.hero, here, lambda: t.door.share_place(t.hero, here, "Tehran"))
    assert t.city("Asia/Tehran") in shared.text
    assert (await t.wish()).hours.zone == "Asia/Tehran"
    chosen = await t.walk(await t.ask("/settings"), "Time zone", "Europe")
    chosen = await t.leaf(chosen, t.city("Europe/Madrid"))
    assert (await t.wish()).hours.zone == "Europe/Madrid"
    chosen = await t.walk(chosen, "◀ Back")
    assert t.shows(chosen, "every day")
    assert t.city("Europe/Madrid") in chosen.text


def tea_coffee_and_ice() -> list[Story]:
    return [*tea(2), *tea(2, topic="Coffee"), *tea(2, topic="Ice")]


@story("ar", "fr", articles=tea_coffee_and_ice)
async def one_topic_comes_first_and_another_stays_out(t: Tale) -> None:
    await t.ask("/start")
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
    digest = (await t.arrived("Ice story number 1")).text
    assert digest.index("Ice story number 1") < digest.index("Tea story number 1")
    assert "Coffee" not in digest
    panel = await t.ask("/settings")
    assert t.shows(panel, "Follows")
    assert t.shows(panel, "Mutes")
    back = await t.ask("/unmute coffee")
    assert t.shows(back, "<b>%(topic)s</b> may come again.", topic="Coffee")
    assert (await t.wish()).muted == ()


@story("fa", "ru", articles=lambda: tea(4))
async def words_bring_stories_in_and_keep_others_out(t: Tale) -> None:
    await t.ask("/start")
    panel = await t.walk(await t.ask("/settings"), "Words", "Keep a word out")
    await t.seen(panel, "Write the words now that no story of yours shall have.")
    panel = await t.ask("number 1")
    assert "Tea story number 1" not in panel.text
    panel = await t.walk(panel, "Add a word")
    await t.seen(panel, "Write the words now whose stories shall come first.")
    panel = await t.ask("number 4")
    assert "1. Tea story number 4" in t.plainly(panel)
    assert t.shows(panel, "Words wanted")
    assert t.shows(panel, "Words unwanted")
    why = await t.ask("/why number 1")
    assert t.shows(why, "It holds “%(value)s”, which stays out here.", value="number 1")
    (removed,) = [one for one in panel.buttons if "number 1" in one]
    panel = await t.walk(panel, removed, "◀ Back")
    assert (await t.wish()).words_out == ()
    assert "Tea story number 1" in panel.text


@story("ar", "de")
async def a_story_is_saved_and_comes_again_when_it_was_wanted(t: Tale) -> None:
    await t.ask("/start")
    nothing = await t.ask("/saved")
    assert t.shows(nothing, "Nothing is saved yet: open a story and tap ☆ Save.")
    card = await t.walk(await t.ask("/topic tea"), "2")
    assert "Tea story number 2" in card.text
    await t.tap(card, "☆ Save", told="Saved. /saved shows all of them.")
    await t.offered(card, "★ Saved")
    listed = await t.ask("/saved")
    assert t.shows(listed, "Saved")
    assert "1. Tea story number 2" in t.plainly(listed)
    panel = await t.ask("/remind", answering=card)
    asked = "Tap a time, or answer this message with one, such as: tomorrow at eight."
    assert t.shows(panel, asked)
    typed = phrases_in(t.language)(asked).rpartition(":")[2].strip(" .")
    promised = await t.ask(typed, answering=panel)
    assert t.shows(promised, "tomorrow, %(time)s", time="08:00")
    t.clock.move(20 * 3600)
    again = await t.said_in(with_bot(t.hero), "You asked to see this again")
    assert again.time == "08:00"
    assert "Tea story number 2" in again.text
    await t.tap(card, "★ Saved", told="No longer saved.")


def kettles_and_a_ferry() -> list[Story]:
    return [
        a_story("Kettles sing", topics=["Tea"], heat=60, now=NOON, provider="pots.example"),
        a_story("Ferry aground", topics=["Ships"], heat=66, now=NOON),
    ]


@story("fa", "uk", articles=kettles_and_a_ferry)
async def taps_and_reactions_bend_what_comes_and_why_tells_of_it(t: Tale) -> None:
    await t.ask("/start")
    card = await t.walk(await t.ask("kettles"), "1")
    more = "More like this will come first. /why tells what your taps do."
    await t.tap(card, "👍 More", told=more)
    await t.offered(card, "✓ More")
    why = await t.ask("/why")
    assert t.shows(why, "What would come now, and why")
    assert "1. Kettles sing" in t.plainly(why)
    why = await t.ask("/why kettles")
    assert t.shows(why, "Taps and reactions moved it %(number)s step up.", number=2)
    less = "Less like this will come. /why tells what your taps do."
    await t.tap(card, "👎 Less", told=less)
    await t.offered(card, "✓ Less")
    assert "1. Ferry aground" in t.plainly(await t.ask("/why"))
    await t.tap(card, "✓ Less", told="Taken back.")
    await t.offered(card, "👎 Less")
    assert (await t.wish()).leanings == frozenset()
    await t.door.react(t.hero, card, "❤")
    await t.w.stored(t.leans)
    why = await t.ask("/why kettles")
    assert t.shows(why, "Taps and reactions moved it %(number)s step up.", number=2)
    await t.tap(card, "Mute %(source)s", source="pots.example")
    await t.offered(card, "Unmute %(source)s", source="pots.example")
    assert t.shows(await t.ask("/why kettles"), "Its source is muted here.")


@story("ar", "pt")
async def who_pauses_blocks_and_returns_finds_the_order_as_it_was(t: Tale) -> None:
    await t.ask("/start")
    await t.ask("/subscribe tea")
    await t.arrived("Tea story number 1")
    assert t.shows(await t.ask("/pause 5"), "paused until %(when)s")
    panel = await t.ask("/settings")
    assert t.shows(panel, "paused until %(when)s")
    panel = await t.walk(panel, "Pause", "Go on now", "◀ Back", "Times", "07:00", "◀ Back")
    assert t.shows(panel, "The next digest comes %(when)s. There is nothing new for it yet.")
    before = await t.wish()
    assert before.followed == ("Tea",)
    assert before.paused_until is None
    await t.door.block(t.hero)
    subscriptions = t.w.gazette.ledger.subscriptions

    async def is_silent() -> bool:
        return await subscriptions.active() == ()

    await t.w.stored(is_silent)
    await t.door.unblock(t.hero)
    hello = await t.ask("/start")
    assert t.shows(hello, "You are subscribed: the next digest comes by itself.")
    assert await t.wish() == before
    await t.w.post(*stories(1, topic="Milk", now=t.clock.now()))
    t.clock.move(19 * 3600)
    assert (await t.arrived("Milk story number 1")).time == "07:00"


@story("fa", "tr")
async def a_reader_takes_everything_along_and_has_it_erased(t: Tale) -> None:
    await t.ask("/start")
    await t.ask("/subscribe tea")
    await t.arrived("Tea story number 1")
    assert t.shows(await t.ask("/privacy"), "What I keep")
    handed = await t.ask("/export")
    assert t.shows(handed, "Everything I know about you.")
    about = json.loads(await t.door.file(t.hero, handed))
    assert about["subscriptions"][0]["followed"] == ["Tea"]
    question = await t.ask("/forget")
    assert t.shows(question, "Erase everything about you?")
    await t.tap(question, "Keep it")
    await t.seen(question, "Nothing was erased. Everything stays as it is.")
    assert (await t.wish()).is_active
    question = await t.ask("/forget")
    await t.tap(question, "Erase everything")
    erased = await t.seen(question, "Erased.")
    assert erased.buttons == ()
    assert await t.w.gazette.ledger.subscriptions.get(ChatId(t.hero.id)) is None
    hello = await t.ask("/start")
    assert t.shows(hello, "Subscribe, and the digest comes by itself.")


def a_glacier_and_much_tea() -> list[Story]:
    glacier = a_story("The longest glacier walk", topics=["Mountains"], now=NOON)
    return [glacier, *tea(12)]


@story("ar", "id", articles=a_glacier_and_much_tea)
async def a_question_with_a_slip_its_pages_and_a_story(t: Tale) -> None:
    await t.ask("/start")
    answer = await t.ask("glaceir")
    assert "The longest glacier walk" in answer.text
    assert t.shows(answer, "%(words)s (you wrote %(typed)s)", typed="glaceir")
    here = with_bot(t.hero)
    picture = png()
    pictured = await t.answer(
        t.hero, here, lambda: t.door.share_picture(t.hero, here, picture, "glacier")
    )
    assert "The longest glacier walk" in pictured.text
    page = await t.answer(t.hero, here, lambda: t.door.open_link(t.hero, "topic-tea"))
    assert t.shows(page, "page %(page)s of %(pages)s", page=1, pages=3)
    page = await t.walk(page, "▶")
    assert t.shows(page, "page %(page)s of %(pages)s", page=2, pages=3)
    first = page.text
    card = await t.walk(page, "7")
    assert "What is known about: Tea story number 7" in card.text
    for english in ("Read", "☆ Save", "⏰ Remind me", "Why this", "Share"):
        assert t.label(card, english)
    card = await t.walk(card, "▶")
    assert "Tea story number 8" in card.text
    page = await t.walk(card, "↩ Back")
    assert page.text == first
    nothing = await t.ask("zeppelinology")
    assert t.shows(nothing, "Nothing on <b>%(query)s</b> yet.")
