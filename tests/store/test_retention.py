"""What is old shrinks to counts, the file stays as large as it is, and no story comes twice."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta

import pytest
import sqlalchemy as sa

from bot.domain.article import Article, RelatedStory, StoryKey
from bot.domain.delivery import DigestId, Sent, State, UncertainPolicy, settle
from bot.domain.digest import DigestKind
from bot.domain.rules import Rules
from bot.domain.schedule import Times
from bot.domain.sends import SendId
from bot.domain.subscription import ChatId, Subscription
from bot.errors import OutcomeUnknown, Refused
from bot.pictures.source import PictureSource
from bot.publishing.catalogue import Catalogue
from bot.publishing.compose import Composer
from bot.publishing.notices import Notices
from bot.publishing.publication import Publication
from bot.publishing.retention import Retention
from bot.search.index import Index
from bot.store.articles import Articles
from bot.store.database import Database
from bot.store.deliveries import Deliveries
from bot.store.digests import Digests
from bot.store.message_rows import story_rows
from bot.store.retention import Retention as Rows
from bot.store.schema import metadata
from bot.store.sends import Sends
from bot.store.slots import Slots, SlotState
from tests.support.store_values import (
    ANNA,
    BEN,
    NOW,
    a_file,
    an_article,
    import_articles,
    in_flight,
    new_digest,
)

DAY = timedelta(days=1)
READERS = int(os.environ.get("YEAR_READERS", "500"))
"""Of the simulated year; a publisher may have ten thousand."""
FIRST_READER = 7_100_000_000


@dataclass
class Calendar:
    """A clock that is set day by day; who waits does not wait."""

    moment: datetime = NOW

    def now(self) -> datetime:
        return self.moment

    async def sleep(self, seconds: float) -> None:
        pass


@dataclass
class Year:
    """A publication day by day: new stories, digests, deliveries, and what is old forgotten."""

    db: Database
    readers: int
    keep: timedelta
    max_age: timedelta
    refuse_every: int = 0
    is_bulk: bool = False
    """Whether a day's messages end in one statement: the long form is about what is stored."""
    clock: Calendar = field(default_factory=Calendar)
    had: dict[StoryKey, bytearray] = field(default_factory=dict)
    """Which readers were sent a story."""
    sent: int = 0
    batches: int = 0

    def __post_init__(self) -> None:
        self.articles = Articles(self.db)
        self.digests = Digests(self.db)
        self.deliveries = Deliveries(self.db)
        self.composer = Composer(
            publication=Publication(
                rules=Rules(max_age=self.max_age), schedule=Times(times=(time(8),), zone="UTC")
            ),
            articles=self.articles,
            digests=self.digests,
            deliveries=self.deliveries,
            catalogue=Catalogue(Index()),
            viewer=PictureSource([], None),
        )
        self.retention = Retention(
            rows=Rows(self.db), keep=self.keep, notices=Notices(clock=self.clock), clock=self.clock
        )
        self.wishes = [
            Subscription(chat_id=ChatId(FIRST_READER + number)) for number in range(self.readers)
        ]

    async def day(self, number: int) -> None:
        """Let one day pass."""
        now = self.clock.moment = NOW + number * DAY
        new = [an_article(f"day-{number}-{n}", dated_at=now, heat=60 + n) for n in range(2)]
        await self.articles.apply(
            [a_file(one) for one in (*new, *self._returning(number))], now=now
        )
        composed = await self.composer.compose(self.wishes, now=now)
        ids = await self.composer.store(composed, kind=DigestKind.SLOT, now=now)
        shown: dict[tuple[int, int], list[StoryKey]] = {}
        for digest_id, one in zip(ids, composed, strict=True):
            for row in story_rows(digest_id, one.digest):
                place = (digest_id, row["position"])
                shown.setdefault(place, []).append(StoryKey(row["story_key"]))
        await self._deliver(shown, now)
        await self.digests.finish_done(now)
        self.batches += await self.retention.once()

    def _returning(self, number: int) -> Iterable[Article]:
        """Give old stories that try to come back: new dates, new names, from under other lines."""
        now = NOW + number * DAY
        yield an_article("evergreen", dated_at=now, heat=99, marked_published=True)
        back = number - self.keep.days - 3
        if back >= 0:
            yield replace(
                an_article(f"day-{back}-0", dated_at=now, heat=97), path=f"_news/again-{back}.md"
            )
            hidden = an_article(f"hidden-{back}", dated_at=now, heat=96)
            yield hidden
        related = RelatedStory(title="Elsewhere", url=f"https://example.org/hidden-{number}")
        yield an_article(f"leading-{number}", dated_at=now, heat=98, related=(related,))

    async def _deliver(
        self, shown: Mapping[tuple[int, int], list[StoryKey]], now: datetime
    ) -> None:
        if self.is_bulk:
            await self._deliver_at_once(shown, now)
        while due := await self.deliveries.due(now=now, limit=1000):
            await self.deliveries.mark_sending([row.id for row in due], now=now)
            settlements = []
            for row in due:
                self.sent += 1
                if self.refuse_every and self.sent % self.refuse_every == 0:
                    settlements.append(settle(in_flight(row), Refused("no"), now=now))
                    continue
                sent = Sent(message_ids=(self.sent,))
                settlements.append(settle(in_flight(row), sent, now=now))
                self._note(row.chat_id, shown[row.digest_id, row.position])
            await self.deliveries.settle(settlements, now=now)

    async def _deliver_at_once(
        self, shown: Mapping[tuple[int, int], list[StoryKey]], now: datetime
    ) -> None:
        row = metadata.tables["deliveries"].c
        sent = {"state": "sent", "sending_at": now, "settled_at": now, "message_ids": [123_456]}
        change = sa.update(row.id.table).where(row.state == "pending").values(**sent)
        query = sa.select(row.chat_id, row.digest_id, row.position).where(row.state == "pending")
        async with self.db.writing() as connection:
            for chat_id, digest_id, position in await connection.execute(query):
                self.sent += 1
                self._note(chat_id, shown[digest_id, position])
            await connection.execute(change)

    def _note(self, chat_id: int, keys: Iterable[StoryKey]) -> None:
        """Note that a reader was sent stories; no story may be among them a second time."""
        reader = chat_id - FIRST_READER
        for key in keys:
            readers = self.had.setdefault(key, bytearray(self.readers))
            assert not readers[reader], f"{key} came twice to reader {reader}"
            readers[reader] = 1

    async def size(self) -> int:
        """Tell how large the file is in bytes, without its log; 0 on PostgreSQL."""
        if not self.db.is_sqlite:
            return 0
        async with self.db.reading() as connection:
            pages = (await connection.exec_driver_sql("PRAGMA page_count")).scalar_one()
            each = (await connection.exec_driver_sql("PRAGMA page_size")).scalar_one()
            return int(pages) * int(each)

    async def rows(self) -> dict[str, int]:
        """Count the rows of every table."""
        async with self.db.reading() as connection:
            return {
                table.name: await connection.scalar(sa.select(sa.func.count()).select_from(table))
                or 0
                for table in metadata.sorted_tables
            }


async def run_through(year: Year, days: int) -> None:
    """Let the days pass; after a while nothing grows but what is one row a story."""
    settled = 2 * year.keep.days + 5  # what tries to come back does so from `keep` on
    largest, size, rows = 0, 0, {}
    by_month: list[str] = []
    for number in range(days):
        await year.day(number)
        if number % 30 == 29:
            by_month.append(f"{await year.size() / 1e6:.1f}")
        if number == settled:
            size, rows = await year.size(), await year.rows()
        if number > settled:
            largest = max(largest, await year.size())
    after = await year.rows()
    print(
        f"\n{year.readers:,} readers, {days} days: {year.sent:,} messages with {len(year.had):,} "
        f"stories, {year.batches:,} batches forgotten\n"
        f"deliveries after {settled} days {rows['deliveries']:,}, in the end "
        f"{after['deliveries']:,}\nfile after {settled} days {size:,} bytes, the largest since "
        f"{largest:,}\nfile by month of 30 days, MB: {', '.join(by_month)}"
    )
    assert len(year.had) > days
    assert year.batches
    ledger = ("deliveries", "digests", "digest_messages", "digest_stories")
    for name in ledger:
        assert after[name] <= rows[name] * 1.1 + 20, name
    assert after["sends"] == days
    # What is left to grow is the publisher's: files, facts, a line for each story.
    grown = after["stories"] - rows["stories"]
    assert largest <= size * 1.1 + grown * 2000


@pytest.mark.long
async def test_a_year_in_small_neither_grows_nor_repeats_a_story(db: Database) -> None:
    year = Year(db=db, readers=25, keep=7 * DAY, max_age=3 * DAY, refuse_every=211)
    await run_through(year, 45)


@pytest.mark.long
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_year_of_many_readers_neither_grows_nor_repeats_a_story(
    db: Database,
) -> None:
    year = Year(db=db, readers=READERS, keep=90 * DAY, max_age=7 * DAY, is_bulk=True)
    await run_through(year, 365)


async def end_all(db: Database, now: datetime = NOW) -> None:
    """Send everything that is due."""
    ledger = Deliveries(db)
    while due := await ledger.due(now=now, limit=99):
        await ledger.mark_sending([row.id for row in due], now=now)
        ends = [settle(in_flight(row), Sent(message_ids=(row.id,)), now=now) for row in due]
        await ledger.settle(ends, now=now)
    await Digests(db).finish_done(now)


async def shrink(db: Database, limit: int = 500, before: datetime = NOW + DAY) -> bool:
    return await Rows(db).shrink(before=before, now=NOW + 100 * DAY, limit=limit)


async def test_a_send_shrinks_to_its_counts(db: Database) -> None:
    ids = await Digests(db).store(
        [new_digest(["tea"], ["mate"], to=[ANNA]), new_digest(["coffee"], to=[BEN])], now=NOW
    )
    await end_all(db)
    assert not await shrink(db, before=NOW)
    assert await shrink(db)
    assert not await shrink(db)
    send = await Sends(db).get(SendId(ids[0]), now=NOW)
    assert send is not None
    assert send.counts == {State.SENT: 3}
    async with db.reading() as connection:
        for name in ("deliveries", "digests", "digest_messages", "digest_stories"):
            table = metadata.tables[name]
            assert not (await connection.execute(sa.select(table))).all(), name


@pytest.mark.parametrize("batches", range(1, 5))
async def test_after_a_kill_between_two_batches_no_story_comes_back(
    db: Database, batches: int
) -> None:
    await import_articles(Articles(db), "tea", "mate")
    await Digests(db).store([new_digest(["tea"], ["mate"], to=[ANNA, BEN])], now=NOW)
    await end_all(db)
    for _ in range(batches):
        await shrink(db, limit=1)
    known = await Articles(db).known(since=NOW - DAY)
    received = await Deliveries(db).received_by([(ANNA, 0), (BEN, 0)])
    assert {one.article.story_key for one in known if one.is_retired} == {
        an_article(name).story_key for name in ("tea", "mate")
    }
    assert received[ANNA, 0] == received[BEN, 0], "one history, or the audience falls apart"


async def test_a_story_that_nobody_received_is_not_retired(db: Database) -> None:
    await import_articles(Articles(db), "tea", "mate")
    await Digests(db).store([new_digest(["tea"], to=[ANNA])], now=NOW)
    (send,) = await Sends(db).listed(now=NOW, ended=0)
    assert await Sends(db).cancel(send.id, now=NOW)
    await Digests(db).finish_done(NOW)
    assert await shrink(db)
    assert not any(one.is_retired for one in await Articles(db).known(since=NOW - DAY))


async def test_what_runs_and_what_is_to_be_decided_stays_whole(db: Database) -> None:
    await Digests(db).store([new_digest(["tea"], to=[ANNA])], now=NOW)
    ledger = Deliveries(db)
    (row,) = await ledger.due(now=NOW, limit=9)
    await ledger.mark_sending([row.id], now=NOW)
    unknown = settle(in_flight(row), OutcomeUnknown("cut"), now=NOW, uncertain=UncertainPolicy.ASK)
    await ledger.settle([unknown], now=NOW)
    await Digests(db).finish_done(NOW)
    await Digests(db).store([new_digest(["mate"], to=[BEN])], now=NOW)
    assert not await shrink(db, before=NOW + 400 * DAY)
    assert await Sends(db).decide(SendId(row.digest_id), again=False, now=NOW) == 1
    assert await shrink(db, before=NOW + 400 * DAY)
    assert not await shrink(db, before=NOW + 400 * DAY)
    assert await ledger.open_count() == 1


async def test_of_a_new_readers_first_digest_nothing_is_left(db: Database) -> None:
    await Digests(db).store([new_digest(["tea"], kind=DigestKind.FIRST)], now=NOW)
    await end_all(db)
    assert await shrink(db)
    async with db.reading() as connection:
        assert not (await connection.execute(sa.select(metadata.tables["sends"]))).all()


async def test_old_previews_slots_and_words_go_and_the_newest_slot_stays(db: Database) -> None:
    digests, slots = Digests(db), Slots(db)
    for age in (100, 50, 1):
        await digests.prepare(new_digest(["tea"]), now=NOW - age * DAY)
        await slots.take([("standing", NOW - age * DAY)], NOW)
        await slots.finish([("standing", NOW - age * DAY)], SlotState.EMPTY)
    await slots.record_missed([("given up", NOW - 100 * DAY)], NOW)
    await Rows(db).tidy(before=NOW - 90 * DAY)
    async with db.reading() as connection:
        counts = {
            name: await connection.scalar(
                sa.select(sa.func.count()).select_from(metadata.tables[name])
            )
            for name in ("digests", "digest_messages", "slots")
        }
    assert counts == {"digests": 2, "digest_messages": 2, "slots": 3}
    assert await slots.newest("given up", until=NOW) == NOW - 100 * DAY
    assert await digests.get(DigestId(1)) is None
