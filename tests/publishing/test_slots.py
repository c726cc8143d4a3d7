"""Slots over kills, restarts and clocks that are set, on real rows."""

from __future__ import annotations

import asyncio
import shutil
from bisect import bisect_left
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.rules import Rules
from bot.domain.schedule import QuietHours, Times
from bot.domain.subscription import NO_QUIET, ChatId, Hours, Subscription
from bot.ledger import Ledger
from bot.publishing.preferences import Place, Preferences
from bot.publishing.publication import Publication
from bot.publishing.timetables import Timetables
from bot.store.database import Database
from bot.store.migrate import migrate
from bot.store.schema import deliveries, digests, slots
from bot.store.slots import SlotState
from tests.support.examples import IS_THOROUGH, examples
from tests.support.slot_maker import made_slots
from tests.support.store_values import ANNA, BEN, CLEO, a_file, an_article, new_digest

BEGIN = datetime(2026, 3, 27, 12, tzinfo=UTC)
"""Two days before the clocks of Berlin are put forward."""
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
DORA, EMIL = ChatId(7_000_000_004), ChatId(7_000_000_005)
LATE_LIMIT = 3 * HOUR
STORIES = 60
LONGEST_STORY = 12 if IS_THOROUGH else 6


class Killed(Exception):
    """The process ends in the middle of a slot."""


@dataclass
class StoppedClock:
    """Shows one moment."""

    moment: datetime

    def now(self) -> datetime:
        return self.moment

    async def sleep(self, seconds: float) -> None:
        raise AssertionError("nobody waits here")


class Program:
    """What of the program starts slots; `restart` makes it anew on the same rows."""

    def __init__(self, ledger: Ledger, publication: Publication) -> None:
        self.ledger = ledger
        self.publication = publication
        self.now = BEGIN
        self.is_killed_next = False
        self.restart()

    async def _before(self) -> None:
        if self.is_killed_next:
            self.is_killed_next = False
            raise Killed

    def restart(self) -> None:
        self.timetables = Timetables(
            publication=self.publication, rows=self.ledger.timetables, slots=self.ledger.slots
        )
        self.slots = made_slots(
            self.ledger, self.publication, timetables=self.timetables, before=self._before
        )

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

    async def pass_by(self, length: timedelta) -> None:
        """Let time pass, with a look at each moment that the look before has named."""
        end = self.now + length
        while (due := await self.slots.tick(self.now)) is not None and due <= end:
            self.now = max(due, self.now)
        self.now = end
        await self.look()

    async def choose(self, chat_id: ChatId, hours: Hours) -> None:
        """Let a reader choose other hours."""
        preferences = Preferences(
            subscriptions=self.ledger.subscriptions,
            timetables=self.timetables,
            clock=StoppedClock(self.now),
        )
        await preferences.change(Place(chat_id=chat_id), lambda one: replace(one, hours=hours))

    async def moments(self, chat_id: ChatId) -> list[datetime]:
        """When a reader was sent something."""
        query = sa.select(deliveries.c.created_at).where(
            deliveries.c.chat_id == chat_id, deliveries.c.created_at >= BEGIN
        )
        async with self.ledger.database.reading() as connection:
            return list(await connection.scalars(query.order_by(deliveries.c.id)))

    async def received(self, chat_id: ChatId, zone: str) -> list[str]:
        """When a reader was sent something, by the clock of a zone."""
        place = zone.rpartition("/")[2]
        local = [at.astimezone(ZoneInfo(zone)) for at in await self.moments(chat_id)]
        return [f"{at:%d %H:%M} {place}" for at in local]

    async def digests_of(self, chat_id: ChatId) -> set[int]:
        query = sa.select(deliveries.c.digest_id).where(deliveries.c.chat_id == chat_id)
        async with self.ledger.database.reading() as connection:
            return set(await connection.scalars(query))

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
        readers = (ANNA, BEN, CLEO, DORA, EMIL)  # only she has subscribed
        await ledger.digests.store([new_digest(["tea-0"], to=readers)], now=dated_at)
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


async def test_a_slot_that_a_machine_slept_through_into_quiet_hours_starts_at_their_end(
    template: Path,
) -> None:
    quiet = QuietHours(begin=time(18), end=time(19), zone="Europe/Berlin")
    async with program(template, (time(17),), quiet) as one:
        await one.look()
        slot = datetime(2026, 3, 27, 16, tzinfo=UTC)
        one.now = slot + HOUR
        assert await one.slots.tick(one.now) == slot + 2 * HOUR
        assert not await one.sent()
        one.now = slot + 2 * HOUR
        await one.look()
        assert await one.sent() == {slot: 1}


async def test_two_looks_at_once_start_a_slot_once(template: Path) -> None:
    async with program(template, (time(14),), None) as one:
        await one.look()
        one.now = datetime(2026, 3, 27, 13, tzinfo=UTC)
        await asyncio.gather(*(one.slots.tick(one.now) for _ in range(5)))
        assert await one.sent() == {one.now: 1}


def own(chat_id: ChatId, **hours: Any) -> Subscription:
    return Subscription(chat_id=chat_id, hours=Hours(**hours))


async def test_every_reader_gets_a_digest_at_their_own_hours_and_alike_hours_share_it(
    template: Path,
) -> None:
    async with program(template, (time(14),), None) as one:
        subscribe = one.ledger.subscriptions.subscribe
        await subscribe(own(BEN, times=(time(9), time(21)), zone="Asia/Tokyo"), BEGIN)
        await subscribe(own(CLEO, times=(time(14),), zone="Europe/Berlin"), BEGIN)
        night = own(DORA, times=(time(2, 30),), days=frozenset({7}), zone="Europe/Berlin")
        await subscribe(night, BEGIN)
        await subscribe(replace(own(EMIL), paused_until=BEGIN + 3 * DAY), BEGIN)
        await one.pass_by(4 * DAY - HOUR)
        noons = [f"{day} 14:00 Berlin" for day in ("27", "28", "29", "30")]
        assert await one.received(ANNA, "Europe/Berlin") == noons
        assert await one.received(CLEO, "Europe/Berlin") == noons
        # In Tokyo it is nine in the evening when the story begins.
        assert await one.received(BEN, "Asia/Tokyo") == [
            *(f"{day} {at} Tokyo" for day in ("28", "29", "30") for at in ("09:00", "21:00")),
            "31 09:00 Tokyo",
        ]
        # Half past two is left out on that Sunday: the first moment after it.
        assert await one.received(DORA, "Europe/Berlin") == ["29 03:00 Berlin"]
        assert await one.received(EMIL, "Europe/Berlin") == noons[3:]
        # Those who had the same get the same: one digest, though their hours were said apart.
        assert await one.digests_of(ANNA) & await one.digests_of(CLEO)


async def test_changed_hours_fetch_nothing_from_the_past_and_lose_nothing_that_waits(
    template: Path,
) -> None:
    async with program(template, (time(14),), None) as one:
        await one.ledger.subscriptions.subscribe(own(BEN, times=(time(14),)), BEGIN)
        night = own(CLEO, times=(time(23),), quiet=(time(22), time(7)), zone="Europe/Berlin")
        await one.ledger.subscriptions.subscribe(night, BEGIN)
        await one.pass_by(3 * HOUR)  # 16:00 in Berlin
        await one.choose(BEN, Hours(times=(time(15),), zone="Europe/Berlin"))
        await one.choose(CLEO, replace(night.hours, quiet=(time(22), time(6))))
        await one.pass_by(9 * HOUR)  # one in the morning: hers is due, and held
        await one.choose(CLEO, Hours(times=(time(21),), quiet=NO_QUIET, zone="Europe/Berlin"))
        await one.pass_by(35 * HOUR)
        assert await one.received(BEN, "UTC") == ["27 14:00 UTC", "28 14:00 UTC"]
        assert await one.received(CLEO, "Europe/Berlin") == ["28 21:00 Berlin"]


async def test_the_settings_may_change_what_readers_did_not_choose(template: Path) -> None:
    async with program(template, (time(14),), None) as one:
        await one.ledger.subscriptions.subscribe(own(BEN, zone="Asia/Tokyo"), BEGIN)
        await one.pass_by(4 * HOUR)
        one.publication = replace(
            one.publication, schedule=Times(times=(time(8),), zone="Europe/Berlin")
        )
        one.restart()
        await one.pass_by(20 * HOUR)
        assert await one.received(ANNA, "Europe/Berlin") == ["27 14:00 Berlin", "28 08:00 Berlin"]
        assert await one.received(BEN, "Asia/Tokyo") == ["28 08:00 Tokyo"]


times_of_day = st.lists(
    st.builds(time, st.integers(0, 23), st.sampled_from((0, 30))),
    min_size=1,
    max_size=3,
    unique=True,
).map(lambda chosen: tuple(sorted(chosen)))
own_hours = st.builds(
    Hours,
    times=st.none() | times_of_day,
    days=st.none() | st.frozensets(st.integers(1, 7), min_size=1),
    zone=st.none() | st.sampled_from(("America/St_Johns", "Europe/Berlin", "Pacific/Apia")),
    quiet=st.none() | st.just(NO_QUIET) | st.just((time(22), time(6, 30))),
)


@pytest.mark.long
@settings(max_examples=examples(8))
@given(st.lists(st.tuples(own_hours, deeds), min_size=1, max_size=4))
def test_whatever_hours_are_chosen_each_slot_after_that_comes_once(
    template: Path, story: list[tuple[Hours, tuple[str, timedelta]]]
) -> None:
    async def play() -> None:
        async with program(template, (time(14),), None) as one:
            await one.ledger.subscriptions.subscribe(own(BEN), BEGIN)
            await one.look()
            for chosen, (deed, by) in story:
                await one.choose(BEN, chosen)
                await do(one, deed, by)
            one.restart()
            await one.look()
            table = one.publication.timetable(story[-1][0])
            quiet, right_from = table.quiet, one.now
            already = len(await one.moments(BEN))
            awaited, looks = [], []
            for _ in range(48):
                one.now += HOUR / 2
                looks.append(one.now)
                due = table.schedule.after(one.now - HOUR / 2)
                if due is not None and due <= one.now:
                    awaited.append(quiet.until(one.now) or one.now if quiet else one.now)
                await one.look()
            came = await one.moments(BEN)
            assert len(came) == len(set(came))
            assert not [at for at in came if at > right_from and quiet and quiet.until(at)]
            # What waited at the beginning, because of quiet hours, may come on top of that.
            expected = {looks[bisect_left(looks, at)] for at in awaited if at <= one.now}
            assert expected <= set(came[already:])
            assert len(set(came[already:]) - expected) <= 1

    asyncio.run(play())
