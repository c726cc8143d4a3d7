"""Three stories of places where many read: a group, a channel, a forum."""

from __future__ import annotations

from bot.rendering.phrases import phrases_in
from tests.stories.register import story
from tests.stories.telling import HERO, Tale, tea, with_bot
from tests.support.world import stories


@story("ar", "de")
async def a_group_is_run_by_its_administrators_in_its_language(t: Tale) -> None:
    greta = await t.door.arrive("Greta", "fr")
    circle = await t.door.found(t.hero, "group", "Tea circle", members=(greta,))
    await t.door.bring_bot(t.hero, circle)
    hello = await t.said_in(circle, "An administrator can bring the digest here with /subscribe.")
    only_administrators = "Only administrators of this chat can do that."
    await t.tap(hello, "Subscribe this chat", by=greta, told=only_administrators)
    await t.tap(hello, "Subscribe this chat", told="Subscribed.")
    digest = await t.arrived("Tea story number 1", circle)
    assert t.shows(digest, "today")
    refusal = await t.ask("/settings", circle, by=greta)
    anybody_may_ask = (
        "Only administrators of this chat can change its digest. Everybody can ask for stories."
    )
    assert t.shows(refusal, anybody_may_ask)
    panel = await t.ask("/settings", circle)
    await t.tap(panel, "Times", by=greta, told=only_administrators)
    panel = await t.walk(panel, "Times", "21:00", "◀ Back", "Size and layout", "5", "◀ Back")
    hours = phrases_in(t.language).listed(("08:00", "18:00", "21:00"))
    assert hours in panel.text
    assert (await t.wish(circle)).size == 5
    await t.door.hide(t.hero, circle)
    gone = await t.ask("/unsubscribe", circle)
    over = "<b>Done.</b> No more digests here. /hot, /latest and /topic still work."
    assert t.shows(gone, over)
    assert not (await t.wish(circle)).is_active


@story("fa", "es", articles=lambda: tea(4))
async def a_channel_is_shaped_from_a_private_chat(t: Tale) -> None:
    mallory = await t.door.arrive("Mallory", "uk")
    await t.ask("/start")
    channel = await t.door.found(t.hero, "channel", "News", name="library_news")
    chosen = await t.walk(await t.ask("/settings"), "A group or channel")
    adds = t.label(chosen, "Add to a channel")
    panel = await t.answer(
        t.hero, with_bot(t.hero), lambda: t.door.follow(t.hero, chosen, adds, into="News")
    )
    assert t.shows(panel, "Settings")
    assert "News" in panel.text
    panel = await t.walk(panel, "Size and layout", "3", "◀ Back", "Times", "09:00", "◀ Back")
    assert t.shows(panel, "Not subscribed: no digest comes by itself. It would hold now:")
    assert await t.count(channel) == 0, "nobody reads of it there"
    await t.tap(panel, "Subscribe")
    digest = await t.arrived("Tea story number 3", channel)
    assert "Tea story number 4" not in digest.text
    assert t.shows(digest, "today")
    await t.seen(panel, "The next digest comes %(when)s. It would hold now:")
    assert (await t.wish(channel)).size == 3
    count = await t.count(channel)
    await t.door.say(t.hero, channel, "Good morning, tea drinkers!")
    await t.ask("/start", by=mallory)
    unknown = await t.ask("/settings @library_news", by=mallory)
    refusal = "I know no group or channel <b>%(words)s</b> that you are an administrator of."
    assert t.shows(unknown, refusal, to=mallory)
    assert await t.count(channel) == count, "a post of somebody's own is no question"
    await t.walk(panel, "Unsubscribe")
    assert not (await t.wish(channel)).is_active


@story("ar", "ru", settings={"OPERATORS": str(HERO)})
async def a_topic_of_a_forum_has_a_digest_of_its_own(t: Tale) -> None:
    await t.ask("/start")
    harbour = await t.door.found(t.hero, "forum", "Harbour")
    await t.door.bring_bot(t.hero, harbour)
    await t.said_in(harbour, "An administrator can bring the digest here with /subscribe.")
    news = await t.door.open_topic(t.hero, harbour, "News")
    panel = await t.ask("/settings", news)
    panel = await t.walk(panel, "Times", "21:00", "✓ 08:00", "✓ 18:00", "◀ Back", "Subscribe")
    digest = await t.arrived("Tea story number 1", news)
    assert t.shows(digest, "today")
    await t.door.turn_topic(t.hero, news, closed=True)
    await t.w.post(*stories(2, topic="Milk", now=t.clock.now()))
    count = await t.count(harbour)
    t.clock.move(9 * 3600)
    notice = (
        "Topic %(thread)s of chat %(chat)s is closed. Its digest waits until it is opened "
        "again, or until one of its administrators sends /subscribe there."
    )
    await t.said_in(with_bot(t.hero), notice)
    assert await t.count(harbour) == count, "and nothing went to another topic instead"
    await t.door.turn_topic(t.hero, news, closed=False)

    async def is_open() -> bool:
        return bool(await t.w.gazette.ledger.subscriptions.active())

    await t.w.stored(is_open)
    await t.w.post(*stories(1, topic="Bread", now=t.clock.now()))
    t.clock.move(24 * 3600)
    digest = await t.arrived("Bread story number 1", news)
    assert digest.time == "21:00"
    assert (await t.wish(news)).is_active
