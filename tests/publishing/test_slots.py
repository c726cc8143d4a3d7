"""Slots over kills, restarts and clocks that are set, on real rows."""

from __future__ import annotations

import asyncio
import shutil
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.clock import SystemClock
from bot.domain.rules import Rules
from bot.domain.schedule import QuietHours, Times
from bot.domain.subscription import Chat, ChatId, Subscription
from bot.ledger import Ledger
from bot.pictures.source import PictureSource
from bot.publishing.catalogue import Catalogue
from bot.publishing.channels import Channels
from bot.publishing.compose import Composer
from bot.publishing.notices import Notices
from bot.publishing.publication import Publication
from bot.publishing.slots import Slots
from bot.search.index import Index
from bot.store.database import Database
from bot.store.migrate import migrate
from bot.store.schema import digests, slots
from bot.store.set_back import SetBack
from bot.store.slots import SlotState
from tests.support.examples import IS_THOROUGH, examples
from tests.support.store_values import ANNA, a_file, an_article, new_digest

BEGIN = datetime(2026, 3, 27, 12, tzinfo=UTC)
"""Two days before the clocks of Berlin are put forward."""
HOUR = timedelta(hours=1)
LATE_LIMIT = 3 * HOUR
STORIES = 60
LONGEST_STORY = 12 if IS_THOROUGH else 6


class Killed(Exception):
    """The process ends in the middle of a slot."""


class Nowhere:
    """The settings name no channel, so nobody looks one up."""

    async def get_chat(self, chat: ChatId | str) -> Chat:
        raise AssertionError(f"nobody asked for {chat}")


class Program:
    """What of the program starts slots; `restart` makes it anew on the same rows."""

    def __init__(self, ledger: Ledger, publication: Publication) -> None:
        self.ledger = ledger
        self.publication = publication
        self.now = BEGIN
        self.is_killed_next = False
        self.slots = self._made()

    def _made(self) -> Slots:
        ledger, clock = self.ledger, SystemClock()
        return Slots(
            publication=self.publication,
            composer=Composer(
                publication=self.publication,
                articles=ledger.articles,
                digests=ledger.digests,
                deliveries=ledger.deliveries,
                catalogue=Catalogue(Index()),
                viewer=PictureSource([], None),
            ),
            rows=ledger.slots,
            set_back=SetBack(ledger.database),
            notices=Notices(clock=clock),
            meta=ledger.meta,
            subscriptions=ledger.subscriptions,
            channels=Channels(
                (),
                directory=Nowhere(),
                subscriptions=ledger.subscriptions,
                notices=Notices(clock=clock),
                clock=clock,
            ),
            before=self._before,
            wake_courier=lambda: None,
            is_alone=True,
        )

    async def _before(self) -> None:
        if self.is_killed_next:
            self.is_killed_next = False
            raise Killed

    def restart(self) -> None:
        self.slots = self._made()

    async def look(self) -> None:
        """Look once; whoever is killed comes again later."""
        with suppress(Killed):
            await self.slots.tick(self.now)
            return
        self.restart()

    async def sent(self) -> Counter[datetime]:
        """How many digests each slot has stored."""
        async with self.ledger.database.reading() as connection:
            of_slots = digests.c.schedule_key.is_not(None)
            rows = await connection.execute(sa.select(digests.c.due_at).where(of_slots))
            return Counter(rows.scalars())

    async def states(self) -> dict[datetime, SlotState]:
        async with self.ledger.database.reading() as connection:
            rows = await connection.execute(sa.select(slots.c.due_at, slots.c.state))
            return {row.due_at: SlotState(row.state) for row in rows}

    def due_between(self, since: datetime, until: datetime) -> list[datetime]:
        found = []
        moment = self.publication.schedule.after(since)
        while moment is not None and moment <= until:
            found.append(moment)
            moment = self.publication.schedule.after(moment)
        return found


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with stories enough for every slot and one reader."""
    folder = tmp_path_factory.mktemp("slots")

    async def prepare() -> None:
        db = Database.open("sqlite:///gazette.db", folder=folder)
        await migrate(db)
        ledger = Ledger.on(db)
        dated_at = BEGIN - timedelta(days=500)  # no news of the future, however far it is set back
        files = [a_file(an_article(f"tea-{n}", dated_at=dated_at)) for n in range(STORIES)]
        await ledger.articles.apply(files, now=dated_at)
        await ledger.subscriptions.subscribe(Subscription(chat_id=ANNA), BEGIN)
        await ledger.digests.store([new_digest(["tea-0"])], now=dated_at)  # her first one
        await db.close()

    asyncio.run(prepare())
    return folder / "gazette.db"


@asynccontextmanager
async def program(
    template: Path, times: tuple[time, ...], quiet: QuietHours | None
) -> AsyncIterator[Program]:
    publication = Publication(
        rules=Rules(size=1, max_age=timedelta(days=900)),
        schedule=Times(times=times, zone="Europe/Berlin"),
        late_limit=LATE_LIMIT,
        quiet=quiet,
    )
    with TemporaryDirectory() as folder:
        shutil.copy(template, Path(folder) / "gazette.db")
        db = Database.open("sqlite:///gazette.db", folder=Path(folder))
        try:
            yield Program(Ledger.on(db), publication)
        finally:
            await db.close()


hours = st.lists(st.integers(0, 23), min_size=1, max_size=4, unique=True).map(
    lambda chosen: tuple(time(hour) for hour in sorted(chosen))
)
quiets = st.none() | st.builds(
    lambda begin, length: QuietHours(
        begin=time(begin), end=time((begin + length) % 24), zone="Europe/Berlin"
    ),
    st.integers(0, 23),
    st.integers(1, 12),
)
passed = st.timedeltas(timedelta(0), timedelta(hours=14))
deeds = st.one_of(
    st.tuples(st.just("wait"), passed),
    st.tuples(st.just("restart"), passed),
    st.tuples(st.just("kill"), passed),
)
with_jumps = deeds | st.tuples(st.just("set back"), st.timedeltas(HOUR / 10, timedelta(days=40)))


async def do(one: Program, deed: str, by: timedelta) -> None:
    match deed:
        case "set back":
            one.now -= by
        case "restart":
            one.now += by
            one.restart()
        case "kill":
            one.now += by
            one.is_killed_next = True
        case _:
            one.now += by
    await one.look()
    one.is_killed_next = False


@settings(max_examples=examples(60))
@given(hours, quiets, st.lists(deeds, min_size=1, max_size=LONGEST_STORY))
def test_each_slot_comes_to_one_end_across_kills_and_restarts(
    template: Path,
    times: tuple[time, ...],
    quiet: QuietHours | None,
    story: list[tuple[str, timedelta]],
) -> None:
    async def play() -> None:
        async with program(template, times, quiet) as one:
            await one.look()
            for deed, by in story:
                await do(one, deed, by)
            one.restart()
            while (end := quiet.until(one.now) if quiet else None) is not None:
                one.now = end
            await one.look()
            states, sent = await one.states(), await one.sent()
            assert list(states) == one.due_between(BEGIN, one.now)
            assert set(states.values()) <= {SlotState.DONE, SlotState.MISSED}
            assert sent == Counter(at for at, state in states.items() if state is SlotState.DONE)

    asyncio.run(play())


@pytest.mark.long
@pytest.mark.timeout(180)
@settings(max_examples=examples(60))
@given(hours, quiets, st.lists(with_jumps, min_size=1, max_size=10))
def test_a_clock_that_is_set_doubles_no_digest_and_loses_none_that_is_still_to_come(
    template: Path,
    times: tuple[time, ...],
    quiet: QuietHours | None,
    story: list[tuple[str, timedelta]],
) -> None:
    async def play() -> None:
        async with program(template, times, quiet) as one:
            await one.look()
            for deed, by in story:
                await do(one, deed, by)
            one.restart()
            await one.look()
            right_from = one.now
            for _ in range(20):  # from here on the clock is right, and the program runs
                one.now += HOUR * 1.5
                await one.look()
            while (end := quiet.until(one.now) if quiet else None) is not None:
                one.now = end
            await one.look()
            states, sent = await one.states(), await one.sent()
            assert set(sent.values()) <= {1}
            for at in one.due_between(right_from, one.now):
                assert states.get(at) is not SlotState.STARTED
                # Sent by itself, or in one digest with what came after it.
                merged = [
                    sent[other] for other in states if at <= other <= at + timedelta(hours=13)
                ]
                assert any(merged), (at, states)

    asyncio.run(play())


async def test_two_looks_at_once_start_a_slot_once(template: Path) -> None:
    async with program(template, (time(14),), None) as one:
        await one.look()
        one.now = datetime(2026, 3, 27, 13, tzinfo=UTC)
        await asyncio.gather(*(one.slots.tick(one.now) for _ in range(5)))
        assert await one.sent() == {one.now: 1}
