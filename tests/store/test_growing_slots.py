"""A slot whose process is killed between two slices: it goes on where it stopped, for all others.

Each of these slots is stored digest by digest. It is killed after so many of them, in turn after
each; then something changes, and another process goes on.
"""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot.domain.delivery import Sent, State, settle
from bot.domain.rules import Rules
from bot.domain.schedule import QuietHours, Times
from bot.domain.sends import Send, SendState
from bot.domain.subscription import ChatId, Hours, Subscription
from bot.ledger import Ledger
from bot.publishing import slices
from bot.publishing.publication import Publication
from bot.publishing.slots import TAKEN_FOR
from bot.store.database import Database
from bot.store.digest_rows import NewDigest
from bot.store.schema import deliveries, digests
from bot.store.schema import slots as slot_rows
from bot.store.slot_sends import Hold, SlotSends, Stored
from bot.store.slots import SlotState
from tests.store.conftest import OpenDatabase
from tests.support.processes import ROOT
from tests.support.slot_maker import made_slots
from tests.support.store_values import a_file, an_article, in_flight

BEGIN = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
FIRST = datetime(2026, 3, 2, 8, tzinfo=UTC)
READERS = [ChatId(number) for number in range(1, 13)]
AUDIENCES = 4
"""Three readers have each of so many wishes."""
PLAN = Publication(
    rules=Rules(size=3, max_age=timedelta(days=900)),
    schedule=Times(times=(time(8),), zone="UTC"),
    late_limit=3 * HOUR,
)


class Killed(Exception):
    """The process ends between two slices."""


class KilledAfter(SlotSends):
    """Stores so many slices, then the process is gone."""

    def __init__(self, db: Database, slices: int) -> None:
        super().__init__(db)
        self.pause = 0.0
        self.left = slices

    async def add(
        self, hold: Hold, new: Sequence[NewDigest], *, to_come: int, now: datetime, at: datetime
    ) -> Stored | None:
        if not self.left:
            raise Killed
        self.left -= 1
        return await super().add(hold, new, to_come=to_come, now=now, at=at)


class Station:
    """The ledger of a publication with twelve readers, and processes that work on it."""

    def __init__(self, db: Database, plan: Publication = PLAN) -> None:
        self.ledger = Ledger.on(db)
        self.plan = plan

    async def opened(self) -> Station:
        dated_at = BEGIN - timedelta(days=3)
        files = [a_file(an_article(f"a{n}", dated_at=dated_at)) for n in range(60)]
        await self.ledger.articles.apply(files, now=dated_at)
        for number, reader in enumerate(READERS):
            wish = Subscription(chat_id=reader, size=1 + number % AUDIENCES)
            await self.ledger.subscriptions.subscribe(wish, BEGIN)
        await self.runs(BEGIN)
        return self

    async def runs(self, now: datetime, *, slices: int = -1, is_alone: bool = True) -> None:
        """Start a process and let it look once; it is killed after so many slices."""
        sends = KilledAfter(self.ledger.database, slices)
        with suppress(Killed):
            await made_slots(self.ledger, self.plan, sends=sends, is_alone=is_alone).tick(now)

    async def delivers(self, now: datetime) -> None:
        """Carry all that may go."""
        rows = self.ledger.deliveries
        while due := await rows.due(now=now, limit=50):
            await rows.mark_sending([one.id for one in due], now=now)
            ends = [settle(in_flight(one), Sent(message_ids=(1,)), now=now) for one in due]
            await rows.settle(ends, now=now)
        await self.ledger.digests.finish_done(now)

    async def send(self, now: datetime) -> Send:
        return max(await self.ledger.sends.listed(now=now, ended=99), key=lambda one: one.id)

    async def got(self, due_at: datetime) -> Counter[ChatId]:
        """How many digests of a slot each reader has."""
        query = (
            sa.select(deliveries.c.chat_id)
            .join(digests, digests.c.id == deliveries.c.digest_id)
            .where(digests.c.due_at == due_at)
        )
        async with self.ledger.database.reading() as connection:
            return Counter(map(ChatId, await connection.scalars(query)))

    async def state(self, due_at: datetime) -> SlotState:
        query = sa.select(slot_rows.c.state).where(slot_rows.c.due_at == due_at)
        async with self.ledger.database.reading() as connection:
            return SlotState(await connection.scalar(query))

    async def twice(self) -> list[Any]:
        """Stories that came to one reader twice, whatever digests they were in."""
        query = sa.text(
            "SELECT chat_id, story_key FROM deliveries JOIN digest_stories"
            " ON digest_stories.digest_id = deliveries.digest_id"
            " AND digest_stories.position = deliveries.position"
            " GROUP BY chat_id, story_key HAVING count(*) > 1"
        )
        async with self.ledger.database.reading() as connection:
            return list(await connection.execute(query))


@pytest.fixture(autouse=True)
def _digest_by_digest(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FIRST_ROWS", "FEWEST_ROWS", "MOST_ROWS"):
        monkeypatch.setattr(f"bot.publishing.slices.{name}", 1)


async def test_after_a_kill_at_any_boundary_everybody_has_the_digest_once(db: Database) -> None:
    """Twice in a row, too; the courier runs meanwhile on every other day."""
    station = await (Station(db)).opened()
    now = FIRST
    for number, (first, second) in enumerate(
        (first, second) for first in range(AUDIENCES + 1) for second in (0, 1)
    ):
        await station.runs(now, slices=first)
        stored = min(first, AUDIENCES)
        assert len(await station.got(now)) == 3 * stored
        is_whole = stored == AUDIENCES
        if number % 2:
            await station.delivers(now)
        if stored:
            send = await station.send(now)
            assert send.total == len(READERS)
            assert send.is_through is (is_whole and bool(number % 2))
        await station.runs(now, slices=second)
        await station.runs(now)
        assert await station.got(now) == dict.fromkeys(READERS, 1)
        assert await station.state(now) is SlotState.DONE
        await station.delivers(now)
        send = await station.send(now)
        assert (send.state, send.counts) == (SendState.DONE, {State.SENT: len(READERS)})
        now += DAY
    assert await station.twice() == []
    sends = await station.ledger.sends.listed(now=now, ended=99)
    assert len(sends) == number + 1, "a slot that goes on is the same send"


@pytest.mark.parametrize("slices", [1, 2, 3])
async def test_what_changes_between_the_kill_and_the_next_start_doubles_nothing(
    db: Database, slices: int
) -> None:
    station = await Station(db).opened()
    await station.runs(FIRST, slices=slices)
    served = set(await station.got(FIRST))
    rest = [reader for reader in READERS if reader not in served]
    ledger, between = station.ledger, FIRST + timedelta(minutes=1)
    new_wish, moved_hours, gone = min(served), max(served), rest[0]
    for reader in (new_wish, rest[1]):
        wish = Subscription(chat_id=reader, size=3, followed=("Tea",))
        await ledger.subscriptions.subscribe(wish, BEGIN)
    later = Subscription(chat_id=moved_hours, hours=Hours(times=(time(9),)), hours_since=between)
    await ledger.subscriptions.subscribe(later, between)
    await ledger.subscriptions.unsubscribe(gone, 0, between)
    newcomer = ChatId(99)
    await ledger.subscriptions.subscribe(
        Subscription(chat_id=newcomer, hours_since=between), between
    )
    hot = [a_file(an_article("hot", heat=140, dated_at=FIRST)), a_file(an_article("a1", heat=0))]
    await ledger.articles.apply(hot, now=between)
    await station.runs(between)
    wanted = {reader for reader in READERS if reader != gone}
    assert await station.got(FIRST) == dict.fromkeys(wanted, 1)
    assert await station.state(FIRST) is SlotState.DONE
    await station.runs(FIRST + DAY)
    assert set(await station.got(FIRST + DAY)) >= wanted - {moved_hours} | {newcomer}
    assert await station.twice() == []


async def test_another_process_goes_on_while_the_first_one_only_seemed_to_be_gone(
    open_database: OpenDatabase,
) -> None:
    """It sleeps between two slices, is taken for dead, and comes back."""
    station = await Station(open_database()).opened()
    other = Station(open_database())
    is_asleep, wakes = asyncio.Event(), asyncio.Event()

    class Sleepy(SlotSends):
        async def add(self, hold: Hold, new: Sequence[NewDigest], **rest: Any) -> Stored | None:
            if hold.send_id is not None:
                is_asleep.set()
                await wakes.wait()
            return await super().add(hold, new, **rest)

    sends = Sleepy(station.ledger.database)
    sends.pause = 0.0
    first = asyncio.create_task(made_slots(station.ledger, PLAN, sends=sends).tick(FIRST))
    await is_asleep.wait()
    await other.runs(FIRST + TAKEN_FOR / 2, is_alone=False)
    assert len(await station.got(FIRST)) == 3, "who took it just now may still be at it"
    await other.runs(FIRST + 2 * TAKEN_FOR, slices=1, is_alone=False)
    assert len(await station.got(FIRST)) == 6
    wakes.set()
    await first
    assert len(await station.got(FIRST)) == 6
    await other.runs(FIRST + 5 * TAKEN_FOR, is_alone=False)
    assert await station.got(FIRST) == dict.fromkeys(READERS, 1)
    assert await station.state(FIRST) is SlotState.DONE


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_whoever_wants_to_write_meanwhile_waits_for_one_slice(db: Database) -> None:
    """On SQLite one writes at a time; PostgreSQL lets nobody wait."""
    station = await Station(db).opened()
    told: list[str] = []
    tapping: list[asyncio.Task[None]] = []

    async def tap() -> None:
        async with db.writing():
            told.append("tap")

    class Watched(SlotSends):
        async def add(self, hold: Hold, new: Sequence[NewDigest], **rest: Any) -> Stored | None:
            tapping.append(asyncio.create_task(tap()))
            stored = await super().add(hold, new, **rest)
            told.append("slice")
            return stored

    sends = Watched(db)
    sends.pause = 0.0
    await made_slots(station.ledger, PLAN, sends=sends).tick(FIRST)
    await asyncio.gather(*tapping)
    waits = "".join("s" if one == "slice" else "t" for one in told).split("t")
    assert told.count("slice") == told.count("tap") == AUDIENCES
    assert max(map(len, waits)) <= 1, told


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_real_process_that_is_killed_while_its_slot_grows(
    db: Database, tmp_path: Path
) -> None:
    station = await Station(db).opened()
    for lines in (1, 2, 1):
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", __name__, str(tmp_path)),
            cwd=ROOT,
            stdout=asyncio.subprocess.PIPE,
        )
        assert process.stdout is not None
        for _ in range(lines):
            await process.stdout.readline()
        process.kill()
        await process.wait()
    await station.runs(FIRST)
    assert await station.got(FIRST) == dict.fromkeys(READERS, 1)
    assert await station.twice() == []
    await station.delivers(FIRST)
    assert (await station.send(FIRST)).counts == {State.SENT: len(READERS)}


async def _process(folder: Path) -> None:
    """Store a slot digest by digest, with a line for each; run in a process of its own."""

    class Telling(SlotSends):
        async def add(self, hold: Hold, new: Sequence[NewDigest], **rest: Any) -> Stored | None:
            stored = await super().add(hold, new, **rest)
            print("a slice is stored", flush=True)
            return stored

    slices.FIRST_ROWS = slices.FEWEST_ROWS = slices.MOST_ROWS = 1
    db = Database.open("sqlite:///gazette.db", folder=folder)
    await made_slots(Ledger.on(db), PLAN, sends=Telling(db)).tick(FIRST)
    await asyncio.Event().wait()  # until it is killed


@pytest.mark.parametrize("deed", ["pause", "cancel"])
async def test_what_an_operator_said_of_a_growing_send_holds_for_the_next_process(
    db: Database, deed: str
) -> None:
    station = await Station(db).opened()
    await station.runs(FIRST, slices=2)
    sends = station.ledger.sends
    send = await station.send(FIRST)
    assert await (sends.pause if deed == "pause" else sends.cancel)(send.id, now=FIRST)
    await station.runs(FIRST)
    await station.delivers(FIRST)
    send = await station.send(FIRST)
    assert await station.state(FIRST) is SlotState.DONE
    if deed == "cancel":
        assert (send.is_through, send.counts) == (True, {State.CANCELLED: 6})
        return
    assert (send.is_through, send.counts) == (False, {State.PENDING: len(READERS)})
    await sends.resume(send.id, now=FIRST)
    await station.delivers(FIRST)
    assert (await station.send(FIRST)).counts == {State.SENT: len(READERS)}


async def test_a_slot_that_has_begun_does_not_become_too_late_but_merges_into_a_later_one(
    db: Database,
) -> None:
    station = await Station(db).opened()
    await station.runs(FIRST, slices=2)
    await station.runs(FIRST + 5 * HOUR, slices=1)
    assert len(await station.got(FIRST)) == 9, "it has started"
    await station.runs(FIRST + DAY)
    assert len(await station.got(FIRST)) == 9
    assert await station.state(FIRST) is SlotState.DONE
    assert await station.got(FIRST + DAY) == dict.fromkeys(READERS, 1)
    await station.delivers(FIRST + DAY)
    ended = await station.ledger.sends.listed(now=FIRST + DAY, ended=9)
    counts = [one.counts for one in sorted(ended, key=lambda one: one.id)]
    assert counts == [{State.SENT: 9}, {State.SENT: 12}]


async def test_in_quiet_hours_nobody_is_composed_for_and_nobody_left_out(db: Database) -> None:
    quiet = QuietHours(begin=time(9), end=time(10), zone="UTC")
    station = await Station(db, replace(PLAN, quiet=quiet)).opened()
    await station.runs(FIRST, slices=2)
    await station.runs(FIRST + 1.5 * HOUR)
    assert len(await station.got(FIRST)) == 6
    await station.runs(FIRST + 2 * HOUR)
    assert await station.got(FIRST) == dict.fromkeys(READERS, 1)


async def test_a_slot_begun_by_a_clock_that_was_ahead_goes_on_when_its_time_comes(
    db: Database,
) -> None:
    station = await Station(db).opened()
    await station.runs(FIRST + DAY, slices=2)
    await station.runs(FIRST)
    assert await station.got(FIRST) == {}, "its schedule has been looked at further"
    assert len(await station.got(FIRST + DAY)) == 6
    await station.runs(FIRST + DAY)
    assert await station.got(FIRST + DAY) == dict.fromkeys(READERS, 1)


async def test_a_schedule_that_is_nobodys_any_more_lets_its_send_end(db: Database) -> None:
    station = await Station(db).opened()
    await station.runs(FIRST, slices=2)
    station.plan = replace(PLAN, schedule=Times(times=(time(20),), zone="UTC"))
    await station.runs(FIRST + HOUR)
    await station.delivers(FIRST + HOUR)
    assert (await station.send(FIRST + HOUR)).counts == {State.SENT: 6}
    assert (await station.send(FIRST + HOUR)).is_through
    assert await station.state(FIRST) is SlotState.MISSED


if __name__ == "__main__":
    asyncio.run(_process(Path(sys.argv[1])))
