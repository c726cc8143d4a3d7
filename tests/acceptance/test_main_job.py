"""The main job, end to end: from a file to a chat, by hand and by schedule."""

from __future__ import annotations

import asyncio
import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.domain.subscription import ChatId
from bot.sandbox.state import Sandbox
from tests.support.processes import ROOT
from tests.support.world import TOKEN, a_story, links, stories, text_of, world

SEED = "_news/2020-09-17-more-than-1000-parents-sign-open-letter.md"
SEED_TITLE = "More than 1,000 Parents Sign Open Letter Calling for a Ban on Facial Recognition"
SEED_LINK = (
    "https://www.commondreams.org/newswire/2020/09/16/"
    "more-1000-parents-sign-open-letter-calling-ban-facial-recognition-schools"
)
DAY_OF_THE_SEED = datetime(2020, 9, 18, 12, tzinfo=UTC)


class Clock:
    """A clock that stands still until it is moved, and waits as the real one does."""

    def __init__(self, now: datetime) -> None:
        self.moment = now

    def now(self) -> datetime:
        return self.moment

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


@pytest.fixture
def seed_folder(tmp_path: Path) -> Path:
    target = tmp_path / "articles" / SEED
    target.parent.mkdir(parents=True)
    shutil.copyfile(ROOT / "tests" / "articles" / SEED, target)
    return tmp_path


async def test_the_seed_article_travels_from_its_file_to_a_channel(seed_folder: Path) -> None:
    clock = Clock(DAY_OF_THE_SEED)
    sandbox = Sandbox(TOKEN, clock=clock)
    channel = sandbox.add_channel("News", username="seed_news")
    async with world(
        seed_folder,
        sandbox=sandbox,
        clock=clock,
        settings={"CHANNELS": "@seed_news", "DIGEST_TIMES": "18:00"},
    ) as w:
        clock.moment = DAY_OF_THE_SEED.replace(hour=18)
        await w.gazette.slots.tick(clock.now())
        await w.until(lambda: w.ours(channel))
        digest = w.last(channel)
        assert SEED_TITLE in text_of(digest)
        assert "Common Dreams" in text_of(digest)
        assert "Campus Safety Magazine" in text_of(digest)
        assert SEED_LINK in links(digest)
        assert digest["link_preview_options"]["show_above_text"] is True
        assert "k664mDdW9" not in json.dumps(digest)


async def test_the_seed_article_is_found_by_its_topics_and_words(seed_folder: Path) -> None:
    clock = Clock(DAY_OF_THE_SEED)
    sandbox = Sandbox(TOKEN, clock=clock)
    async with world(seed_folder, sandbox=sandbox, clock=clock) as w:
        for question in ("/topic Computer Vision", "/topic AI", "facial recogniton schools"):
            assert SEED_TITLE in text_of(await w.ask(w.reader, question)), question


async def test_a_slot_is_sent_once_whatever_looks_again(tmp_path: Path) -> None:
    clock = Clock(datetime.now(UTC).replace(hour=7, minute=30))
    sandbox = Sandbox(TOKEN, clock=clock)
    channel = sandbox.add_channel("News", username="slot_news")
    settings = {"CHANNELS": "@slot_news", "DIGEST_TIMES": "08:00"}
    fresh = [a_story("The kettle sings", now=clock.now())]
    async with world(
        tmp_path, articles=fresh, sandbox=sandbox, clock=clock, settings=settings
    ) as w:
        clock.moment += timedelta(minutes=31)
        for _ in range(3):
            await w.gazette.slots.tick(clock.now())
        await w.until(lambda: w.ours(channel))
        await w.settled()
    async with world(tmp_path, sandbox=sandbox, clock=clock, settings=settings) as w:
        await w.gazette.slots.tick(clock.now())
        await w.settled()
        assert len(w.ours(channel)) == 1


async def test_a_slot_that_was_missed_is_made_up_for_within_the_late_limit(tmp_path: Path) -> None:
    clock = Clock(datetime.now(UTC).replace(hour=5, minute=0))
    sandbox = Sandbox(TOKEN, clock=clock)
    channel = sandbox.add_channel("News", username="late_news")
    settings = {"CHANNELS": "@late_news", "DIGEST_TIMES": "06:00,08:00", "LATE_LIMIT": "3h"}
    fresh = [a_story("The milk is late", now=clock.now())]
    async with world(tmp_path, articles=fresh, sandbox=sandbox, clock=clock, settings=settings):
        pass
    clock.moment = clock.moment.replace(hour=9)
    async with world(tmp_path, sandbox=sandbox, clock=clock, settings=settings) as w:
        await w.until(lambda: w.ours(channel))
        await w.settled()
        assert len(w.ours(channel)) == 1


async def test_a_slot_later_than_the_limit_is_not_started(tmp_path: Path) -> None:
    clock = Clock(datetime.now(UTC).replace(hour=5, minute=0))
    sandbox = Sandbox(TOKEN, clock=clock)
    channel = sandbox.add_channel("News", username="late_news")
    settings = {"CHANNELS": "@late_news", "DIGEST_TIMES": "06:00", "LATE_LIMIT": "1h"}
    fresh = [a_story("Nobody waits for this", now=clock.now())]
    async with world(tmp_path, articles=fresh, sandbox=sandbox, clock=clock, settings=settings):
        pass
    clock.moment = clock.moment.replace(hour=9)
    async with world(tmp_path, sandbox=sandbox, clock=clock, settings=settings) as w:
        await w.gazette.slots.tick(clock.now())
        assert await w.gazette.ledger.deliveries.open_count() == 0
        assert w.ours(channel) == ()


async def test_no_story_comes_twice_and_nothing_new_means_no_digest(tmp_path: Path) -> None:
    sandbox = Sandbox(TOKEN, clock=Clock(datetime.now(UTC)))
    clock = Clock(datetime.now(UTC).replace(hour=7, minute=59))
    channel = sandbox.add_channel("News", username="once_news")
    settings = {"CHANNELS": "@once_news", "DIGEST_TIMES": "08:00,12:00,18:00", "DIGEST_SIZE": "2"}
    fresh = stories(3, now=clock.now())
    async with world(
        tmp_path, articles=fresh, sandbox=sandbox, clock=clock, settings=settings
    ) as w:
        for hour in (8, 12, 18):
            clock.moment = clock.moment.replace(hour=hour, minute=0)
            await w.gazette.slots.tick(clock.now())
            await w.settled()
        texts = [text_of(message) for message in w.ours(channel)]
    assert len(texts) == 2
    for number in (1, 2, 3):
        assert sum(f"Tea story number {number}" in text for text in texts) == 1


async def test_a_renamed_file_is_no_news_and_a_hot_published_one_is(tmp_path: Path) -> None:
    clock = Clock(datetime.now(UTC).replace(hour=7, minute=59))
    sandbox = Sandbox(TOKEN, clock=clock)
    channel = sandbox.add_channel("News", username="hot_news")
    settings = {"CHANNELS": "@hot_news", "DIGEST_TIMES": "08:00,12:00"}
    story = a_story("The bread has risen", now=clock.now())
    cool = a_story("A cool one", published=True, heat=20, now=clock.now())
    hot = a_story("A hot one", published=True, heat=90, now=clock.now())
    async with world(
        tmp_path, articles=[story, cool, hot], sandbox=sandbox, clock=clock, settings=settings
    ) as w:
        clock.moment = clock.moment.replace(hour=8, minute=0)
        await w.gazette.slots.tick(clock.now())
        await w.settled()
        (digest,) = w.ours(channel)
        assert "The bread has risen" in text_of(digest)
        assert "A hot one" in text_of(digest)
        assert "A cool one" not in text_of(digest)
        file = tmp_path / "articles" / story.path
        file.rename(file.with_name("renamed.md"))
        clock.moment = clock.moment.replace(hour=12)
        await w.gazette.slots.tick(clock.now())
        await w.settled()
        assert len(w.ours(channel)) == 1


async def test_cards_go_as_pictures_uploaded_once(tmp_path: Path) -> None:
    clock = Clock(datetime.now(UTC).replace(hour=7, minute=59))
    sandbox = Sandbox(TOKEN, clock=clock)
    channels = [sandbox.add_channel(f"News {n}", username=f"card_news_{n}") for n in (1, 2)]
    picture = {"url": "/assets/harbour-dusk.jpg", "width": 1200, "height": 675}
    story = a_story("The harbour at dusk", images=[picture], now=clock.now())
    lost = {"url": "/assets/lost.jpg", "width": 1200, "height": 675}
    bare = a_story("The picture is lost", images=[lost], heat=20, now=clock.now())
    target = tmp_path / "articles" / "assets" / "harbour-dusk.jpg"
    target.parent.mkdir(parents=True)
    shutil.copyfile(ROOT / "seeds" / "assets" / "harbour-dusk.jpg", target)
    async with world(
        tmp_path,
        articles=[story, bare],
        sandbox=sandbox,
        clock=clock,
        settings={
            "CHANNELS": "@card_news_1,@card_news_2",
            "DIGEST_TIMES": "08:00",
            "DIGEST_LAYOUT": "cards",
        },
    ) as w:
        clock.moment = clock.moment.replace(hour=8, minute=0)
        await w.gazette.slots.tick(clock.now())
        await w.settled()
        for channel in channels:
            first, second = w.ours(channel)
            assert "photo" in first
            assert first["caption"].startswith("The harbour at dusk")
            assert "photo" not in second
            assert second["text"].startswith("The picture is lost")
        assert len({w.ours(channel)[0]["photo"][-1]["file_id"] for channel in channels}) == 1


async def test_a_reader_who_blocked_the_bot_is_left_alone_until_they_return(
    tmp_path: Path,
) -> None:
    async with world(tmp_path, articles=stories(1)) as w:
        confirmation = await w.ask(w.reader, "/subscribe")
        await w.next_message(w.reader, {confirmation["message_id"]})
        await w.settled()
        w.sandbox.block(w.reader)

        async def is_asleep() -> bool:
            return await w.gazette.ledger.subscriptions.active() == ()

        await w.stored(is_asleep)
        w.sandbox.unblock(w.reader)

        async def is_back() -> bool:
            active = await w.gazette.ledger.subscriptions.active()
            return [one.chat_id for one in active] == [ChatId(w.reader.id)]

        await w.stored(is_back)
