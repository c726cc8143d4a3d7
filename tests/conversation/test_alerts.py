"""Flashes and follow-ups: at once, to those who want them, once, and no more than is allowed."""

from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.clock import SystemClock
from bot.domain.subscription import Chat, ChatId, ChatKind, Hours, Subscription
from bot.errors import StoreError
from bot.sandbox.chats import Person
from bot.sandbox.state import Sandbox
from tests.conversation.test_desk import previewed
from tests.support.world import TOKEN, Story, World, a_story, stories, text_of, world


async def subscribed(w: World, person: Person, **wish: Any) -> None:
    now = w.gazette.clock.now()
    rows = w.gazette.ledger.subscriptions
    await rows.see_chat(Chat(id=ChatId(person.id), kind=ChatKind.PRIVATE), now)
    await rows.subscribe(Subscription(chat_id=ChatId(person.id), **wish), now)


def hotter(story: Story, heat: int) -> Story:
    return replace(story, header={**story.header, "heat": heat})


async def test_hot_stories_go_out_at_once_and_hotter_ones_are_followed_up(tmp_path: Path) -> None:
    sandbox = Sandbox(TOKEN, clock=SystemClock())
    omar = sandbox.add_person("Omar", user_id=501)
    channel = sandbox.add_channel("News", username="the_news", administrators=(omar,))
    plain, eager, asleep = (sandbox.add_person(name) for name in ("Ann", "Eva", "Zoe"))
    settings = {
        "OPERATORS": "501",
        "CHANNELS": "@the_news",
        "FLASH_HEAT": "105",
        "FLASH_PER_DAY": "1",
        "FOLLOW_UPS_PER_DAY": "1",
    }
    pots = stories(2, topic="Pots")
    async with world(tmp_path, articles=pots, settings=settings, sandbox=sandbox) as w:
        for person in (omar, plain, eager, asleep):
            await w.ask(person, "/start")
        now = w.gazette.clock.now()
        begin, end = (now + timedelta(hours=hours) for hours in (-1, 1))
        quiet = (time(begin.hour, begin.minute), time(end.hour, end.minute))
        await subscribed(w, plain)
        await subscribed(w, eager, has_flash=True)
        await subscribed(w, asleep, has_flash=True, hours=Hours(quiet=quiet))
        counts = {one.id: len(w.ours(one)) for one in (plain, eager, asleep)}
        alerts = w.gazette.alerts
        await alerts.tick(now)
        assert w.ours(channel) == ()

        # A flash: to the channel and to who wants it, once; not to sleepers, not beyond the limit.
        big, next_one = a_story("Kettle explodes", heat=120), a_story("Teapot found", heat=110)
        await w.post(big, next_one)
        database = w.gazette.ledger.database
        async with database.writing() as connection:
            await connection.exec_driver_sql(
                "CREATE TRIGGER full BEFORE INSERT ON digests "
                "BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END"
            )
        with pytest.raises(StoreError):
            await alerts.tick(w.gazette.clock.now())
        async with database.writing() as connection:
            await connection.exec_driver_sql("DROP TRIGGER full")
        for _ in range(2):  # what could not be stored is not taken for sent
            await alerts.tick(w.gazette.clock.now())
        await w.until(lambda: w.ours(channel) and len(w.ours(eager)) == counts[eager.id] + 1)
        await w.settled()
        for place in (channel, eager):
            assert text_of(w.last(place)).startswith("Just in · ")
            assert "Kettle explodes" in text_of(w.last(place))
        assert len(w.ours(channel)) == 1
        assert [len(w.ours(one)) for one in (plain, asleep)] == [
            counts[plain.id],
            counts[asleep.id],
        ]

        # It does not come again with a digest.
        preview, panel = await previewed(w, omar)
        assert "Kettle explodes" not in text_of(preview)
        assert "Teapot found" in text_of(preview)
        assert "Pots story number 2" in text_of(preview)
        await w.tap(omar, panel, "Post now")
        await w.until_shown(panel, "Posted to 1 chat")
        digest = w.last(channel)

        # A little hotter is nothing; much hotter is a reply, once.
        await w.post(hotter(pots[1], 110))
        await alerts.tick(w.gazette.clock.now())
        await w.settled()
        assert w.last(channel) == digest
        await w.post(hotter(pots[1], 130), hotter(pots[0], 140))
        for _ in range(3):
            await alerts.tick(w.gazette.clock.now())
        await w.until(lambda: w.last(channel) != digest)
        await w.settled()
        assert len(w.ours(channel)) == 3
        followed = w.last(channel)
        assert text_of(followed).startswith("Much talked about now · ")
        assert "Pots story number 1" in text_of(followed)
        assert followed["reply_to_message"]["message_id"] == digest["message_id"]
        assert "Follow-up since" in text_of(await w.ask(omar, "/sends"))
