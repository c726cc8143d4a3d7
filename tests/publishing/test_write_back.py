"""Write-back: what reached a channel is marked in its file, once, and taken for nobody else's."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.clock import SystemClock
from bot.content.library import Library
from bot.domain.article import StoryKey
from bot.domain.delivery import Delivery, Outcome, Sent, State, settle
from bot.domain.digest import Digest, DigestKind, Item
from bot.domain.message import Message
from bot.domain.selection import Known, Rules, choose
from bot.domain.subscription import ChatId
from bot.domain.topic import TopicTree
from bot.errors import Refused
from bot.publishing.catalogue import Catalogue
from bot.publishing.notices import Buttons, Notices
from bot.publishing.sync import Sync
from bot.publishing.write_back import ATTEMPTS, WriteBack
from bot.rendering.phrases import ENGLISH, Saying
from bot.sandbox.state import Sandbox
from bot.search.index import Index
from bot.store.articles import Articles
from bot.store.database import Database
from bot.store.deliveries import Deliveries
from bot.store.digest_rows import NewDigest
from bot.store.digests import Digests
from bot.store.migrate import migrate
from bot.store.write_backs import WriteBacks
from tests.support.store_values import ANNA, NOW, in_flight
from tests.support.world import TOKEN, a_story, world

CHANNEL, STRANGERS = ChatId(-1_001_000_000_001), ChatId(-1_001_000_000_002)
TEA = StoryKey("https://example.org/tea")
HOUR = 3600
WRITTEN_AT = 1_700_000_000 * 10**9
SENT = Sent(message_ids=(1,))


class StandingClock:
    """A clock that stands still; who waits only lets others run, and is counted."""

    def __init__(self) -> None:
        self.waits = 0

    def now(self) -> datetime:
        return NOW

    async def sleep(self, seconds: float) -> None:
        self.waits += 1
        await asyncio.sleep(0)


class Newsroom:
    """A folder of files and a store; a new `WriteBack` is a restart of the program."""

    def __init__(self, folder: Path, db: Database) -> None:
        self.folder = folder
        self.clock = StandingClock()
        self.articles = Articles(db)
        self.rows = WriteBacks(db)
        self.deliveries = Deliveries(db)
        self.digests = Digests(db)
        self.told: list[str] = []
        self.library = Library([folder])
        self.sync = Sync(
            library=self.library,
            folders=[folder],
            topics_file=None,
            articles=self.articles,
            catalogue=Catalogue(Index()),
            clock=self.clock,
        )

    def write_back(self, *, channels: Iterable[ChatId] = (CHANNEL,)) -> WriteBack:
        async def tell(text: Saying, _: Buttons) -> None:
            self.told.append(text(ENGLISH))

        notices = Notices(clock=self.clock)
        notices.connect(tell)
        return WriteBack(
            library=self.library,
            articles=self.articles,
            rows=self.rows,
            channels=lambda: frozenset(channels),
            keep=timedelta(days=7),
            notices=notices,
            clock=self.clock,
            filesystem_now=lambda: WRITTEN_AT + HOUR * 10**9,
        )

    def write(self, name: str = "tea", *, later: int = 0, **fields: object) -> Path:
        """Write a file as its publisher did an hour ago, or so many seconds later."""
        path = self.folder / f"{name}.md"
        given = {
            "title": name.title(),
            "webUrl": f"https://example.org/{name}",
            "publishedDateTime": NOW.isoformat(),
            "heat": 5,
            "published": "false  # so far",
            **fields,
        }
        lines = [f"{key}: {value}" for key, value in given.items()]
        path.write_bytes("\r\n".join(["---", *lines, "---", "Body", ""]).encode())
        written_at = WRITTEN_AT + later * 10**9
        os.utime(path, ns=(written_at, written_at))
        return path

    async def deliver(
        self,
        *names: str,
        to: Iterable[ChatId] = (CHANNEL,),
        outcome: Outcome = SENT,
    ) -> list[Delivery]:
        """Send one digest with the named stories; gives its rows as they ended."""
        known = await self.articles.by_paths([f"{name}.md" for name in names])
        found = [one.article for one in known.values()]
        message = Message(
            method="sendMessage",
            parameters={"text": "news"},
            stories=tuple(article.story_key for article in found),
        )
        items = tuple(Item(article=article, score=1.0) for article in found)
        digest = Digest(items=items, messages=(message,))
        recipients = tuple((chat_id, 0) for chat_id in to)
        await self.digests.store([NewDigest(digest=digest, recipients=recipients)], now=NOW)
        ended = []
        for row in await self.deliveries.due(now=NOW, limit=100):
            await self.deliveries.mark_sending([row.id], now=NOW)
            settlement = settle(in_flight(row), outcome, now=NOW)
            await self.deliveries.settle([settlement], now=NOW)
            ended.append(settlement.delivery)
        await self.digests.finish_done(NOW)
        return ended

    async def known(self, name: str = "tea") -> Known:
        return (await self.articles.by_paths([f"{name}.md"]))[f"{name}.md"]

    async def is_candidate(self, name: str = "tea") -> bool:
        """Whether a chat that has not had the story could still get it."""
        choice = choose([await self.known(name)], Rules(), topics=TopicTree(()), now=NOW)
        return bool(choice.items)


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Newsroom]:
    """Give a newsroom without articles."""
    folder = tmp_path / "articles"
    folder.mkdir()
    db = Database.open("sqlite:///gazette.db", folder=tmp_path)
    await migrate(db)
    yield Newsroom(folder, db)
    await db.close()


async def test_a_story_that_reached_a_channel_is_marked_and_stays_a_candidate(
    room: Newsroom,
) -> None:
    file = room.write()
    before = file.read_bytes()
    other = room.write("coffee").read_bytes()
    await room.sync.run()
    await room.deliver("tea")
    assert await room.write_back().run_once()
    assert file.read_bytes() == before.replace(b"published: false  #", b"published: true  #")
    assert (room.folder / "coffee.md").read_bytes() == other
    first = await room.known()
    report = await room.sync.run()
    assert (report.changed, report.problems) == (1, ())
    after = await room.known()
    assert after.article.marked_published
    assert after.is_written_back
    assert after.first_seen_at == first.first_seen_at
    assert await room.is_candidate()
    assert await room.rows.unfinished() == ()


@pytest.mark.parametrize(
    ("to", "outcome"),
    [
        ([ANNA], SENT),
        ([STRANGERS], SENT),
        ([CHANNEL], Refused("no")),
    ],
)
async def test_a_story_that_reached_no_channel_of_ours_is_not_marked(
    room: Newsroom, to: list[ChatId], outcome: Outcome
) -> None:
    file = room.write()
    before = file.read_bytes()
    await room.sync.run()
    await room.deliver("tea", to=to, outcome=outcome)
    await room.write_back().run_once()
    assert file.read_bytes() == before


async def test_all_files_of_one_story_are_marked(room: Newsroom) -> None:
    files = [room.write(), room.write("copy", webUrl="https://example.org/tea")]
    withdrawn = room.write("gone", webUrl="https://example.org/tea", removed="true")
    await room.sync.run()
    await room.deliver("tea")
    await room.write_back().run_once()
    assert all(b"published: true" in file.read_bytes() for file in files)
    assert b"published: false" in withdrawn.read_bytes()


async def test_what_the_publisher_wrote_meanwhile_is_kept(room: Newsroom) -> None:
    file = room.write()
    await room.sync.run()
    await room.deliver("tea")
    hotter = room.write(heat=99).read_bytes()
    await room.write_back().run_once()
    assert file.read_bytes() == hotter.replace(b"published: false", b"published: true")


async def test_a_file_that_holds_another_story_by_now_is_left_alone(room: Newsroom) -> None:
    file = room.write()
    await room.sync.run()
    await room.deliver("tea")
    other = room.write(webUrl="https://example.org/coffee").read_bytes()
    await room.write_back().run_once()
    assert file.read_bytes() == other
    assert not (await room.known()).is_written_back


async def test_a_flag_that_the_publisher_set_first_stays_the_publishers(room: Newsroom) -> None:
    room.write()
    await room.sync.run()
    await room.deliver("tea")
    room.write(published="true")
    await room.write_back().run_once()
    await room.sync.run()
    assert not (await room.known()).is_written_back
    assert not await room.is_candidate()


async def test_a_kill_before_the_file_was_replaced_loses_nothing(room: Newsroom) -> None:
    file = room.write()
    await room.sync.run()
    await room.deliver("tea")
    await room.rows.begin([TEA], now=NOW)
    assert b"published: false" in file.read_bytes()
    assert (await room.known()).is_written_back
    await room.write_back().run_once()
    assert b"published: true" in file.read_bytes()
    assert await room.rows.unfinished() == ()


async def test_a_kill_after_the_file_was_replaced_leaves_the_flag_ours(room: Newsroom) -> None:
    file = room.write()
    await room.sync.run()
    await room.deliver("tea")
    await room.rows.begin([TEA], now=NOW)
    file.write_bytes(file.read_bytes().replace(b"published: false", b"published: true"))
    await room.sync.run()
    assert await room.is_candidate()
    await room.write_back().run_once()
    assert await room.rows.unfinished() == ()
    await room.sync.run()
    assert await room.is_candidate()


async def test_a_publisher_who_takes_the_flag_back_has_the_last_word(room: Newsroom) -> None:
    file = room.write()
    await room.sync.run()
    await room.deliver("tea")
    await room.write_back().run_once()
    taken_back = room.write().read_bytes()
    await room.sync.run()
    await room.write_back().run_once()
    assert file.read_bytes() == taken_back


async def test_what_cannot_be_written_is_told_once_and_done_when_it_is_mended(
    room: Newsroom,
) -> None:
    names = ["tea", "coffee", "mate", "chai", "cocoa"]
    files = [room.write(name) for name in names]
    for file in files:
        file.chmod(0o444)
    odd = room.write("odd", published="&a false")
    await room.sync.run()
    await room.deliver(*names, "odd")
    write_back = room.write_back()
    for _ in range(2):
        assert await write_back.run_once()
    assert len(room.told) == 2
    assert "chai.md, cocoa.md, coffee.md and 2 more" in room.told[0]
    assert "read-only" in room.told[0]
    assert "odd.md" in room.told[1]
    assert not (await room.known()).is_written_back
    for file in files:
        file.chmod(0o644)
    assert await write_back.run_once()
    assert all(b"published: true" in file.read_bytes() for file in files)
    assert b"&a false" in odd.read_bytes()


async def test_a_file_that_vanished_is_no_trouble(room: Newsroom) -> None:
    file = room.write()
    await room.sync.run()
    await room.deliver("tea")
    file.unlink()
    assert await room.write_back().run_once()
    assert room.told == []


async def test_a_file_that_is_just_being_written_is_tried_again_later(room: Newsroom) -> None:
    file = room.write(later=HOUR)
    await room.sync.run()
    await room.deliver("tea")
    write_back = room.write_back()
    assert not await write_back.run_once()
    assert room.clock.waits == ATTEMPTS - 1
    assert b"published: false" in file.read_bytes()
    room.write()
    assert await write_back.run_once()
    assert b"published: true" in file.read_bytes()


async def test_it_works_beside_the_courier_until_it_is_stopped(room: Newsroom) -> None:
    files = [room.write(name) for name in ("tea", "coffee", "mate")]
    await room.sync.run()
    await room.deliver("tea")
    write_back = room.write_back()
    running = asyncio.create_task(write_back.run())
    async with asyncio.timeout(10):
        while b"published: true" not in files[0].read_bytes():
            await asyncio.sleep(0)
        for row in await room.deliver("coffee"):
            assert row.state is State.SENT
            write_back.saw(row)
        while b"published: true" not in files[1].read_bytes():
            await asyncio.sleep(0)
        await room.deliver("mate")
        write_back.stop()
        await running
    assert b"published: true" in files[2].read_bytes()


@pytest.mark.parametrize(("setting", "flag"), [("on", "true"), ("off", "false")])
async def test_the_running_program_marks_what_its_channel_shows(
    tmp_path: Path, setting: str, flag: str
) -> None:
    sandbox = Sandbox(TOKEN, clock=SystemClock())
    channel = sandbox.add_channel("News", username="tea_news")
    story = a_story("Tea is back")
    file = tmp_path / "articles" / story.path
    settings = {"CHANNELS": "@tea_news", "WRITE_BACK": setting}
    async with world(tmp_path, articles=[story], sandbox=sandbox, settings=settings) as w:
        before = file.read_text()
        now = w.gazette.clock.now()
        composed = await w.gazette.composer.compose(
            await w.gazette.channels.subscriptions(), now=now
        )
        await w.gazette.composer.store(composed, kind=DigestKind.MANUAL, now=now)
        w.gazette.courier.wake()
        await w.until(lambda: w.ours(channel))
    assert "published: false" in before
    assert file.read_text() == before.replace("published: false", f"published: {flag}")
