"""A million chats on ten thousand schedules: what a look costs, and what finding readers costs.

GAZETTE_BENCH_CHATS says how many (1,000,000). Processor time is counted: other programs disturb.
The yardstick of a look is what it would cost to ask
the chats themselves which schedules there are.
"""

from __future__ import annotations

import os
import time
from datetime import time as time_of_day
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.domain.schedule import Times
from bot.domain.subscription import Hours
from bot.ledger import Ledger
from bot.publishing.publication import Publication
from bot.publishing.timetables import Timetables
from bot.publishing.zones import places
from bot.store.audiences import Audiences
from bot.store.columns import EPOCH
from bot.store.database import Database
from bot.store.migrate import migrate
from bot.store.schema import subscriptions, timetables
from tests.support.store_values import NOW

pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(1_800)]

CHATS = int(os.environ.get("GAZETTE_BENCH_CHATS", "1000000"))
SCHEDULES = 10_000


def schedules() -> list[Hours]:
    """Ten thousand different hours: every zone, with times that differ."""
    zones = list(places())
    return [
        Hours(times=(time_of_day(number % 24, number // 24 % 60),), zone=zones[number % len(zones)])
        for number in range(SCHEDULES)
    ]


async def fill(database: Database, hours: list[Hours]) -> None:
    """Lay the rows as `Subscriptions.subscribe` would, by the statements of bulk."""
    number = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :count)"
    rows = [
        {"hours_key": one.key, "slot_key": None, "looked_at": NOW, "next_at": EPOCH}
        for one in hours
    ]
    async with database.writing() as connection:
        await connection.execute(sa.insert(timetables), rows)
        await connection.execute(
            sa.text(
                "CREATE TEMP TABLE own AS SELECT hours_key, row_number() OVER () - 1 AS number"
                " FROM timetables"
            )
        )
        await connection.execute(sa.text("CREATE INDEX temp.own_number ON own(number)"))
        await connection.execute(
            sa.text(
                f"{number} INSERT INTO chats (id, kind, title, state, state_at, created_at)"
                " SELECT i, 'private', '', 'awake', 0, 0 FROM n"
            ),
            {"count": CHATS},
        )
        zone = "substr(hours_key, instr(hours_key, 'zone=') + 5)"
        at = "substr(hours_key, 7, 5)"
        await connection.execute(
            sa.text(
                f"{number} INSERT INTO subscriptions (chat_id, thread_id, is_active, followed,"
                f" muted, muted_providers, created_at, schedule_key, times, zone)"
                f" SELECT i, 0, 1, '[]', '[]', '[]', 0, hours_key, {at}, {zone}"
                f" FROM n JOIN own ON own.number = i % {SCHEDULES}"
            ),
            {"count": CHATS},
        )


async def test_a_look_at_ten_thousand_schedules_asks_no_chat(tmp_path: Path) -> None:
    database = Database.open("sqlite:///gazette.db", folder=tmp_path)
    await migrate(database)
    ledger = Ledger.on(database)
    hours = schedules()
    await fill(database, hours)
    publication = Publication(schedule=Times(times=(time_of_day(8),), zone="UTC"))
    looking = Timetables(publication=publication, rows=ledger.timetables, slots=ledger.slots)

    begun = time.process_time()
    first = await looking.look(NOW)
    await looking.note(first)
    every = time.process_time() - begun

    nothing = 9.0
    for _ in range(20):  # the best of them: other programs disturb
        begun = time.process_time()
        assert await looking.look(NOW) == ()
        assert await looking.next_at() is not None
        nothing = min(nothing, time.process_time() - begun)

    begun = time.process_time()
    async with database.reading() as connection:
        found = await connection.scalars(sa.select(subscriptions.c.schedule_key).distinct())
        assert len(found.all()) == SCHEDULES
    asked = time.process_time() - begun

    later = NOW + timedelta(hours=1)
    begun = time.process_time()
    due = await looking.look(later)
    keys = {one.row.hours_key: one.due.start for one in due if one.due.start is not None}
    look = time.process_time() - begun
    begun = time.process_time()
    audiences = await Audiences(database).keeping(keys, later)
    reading = time.process_time() - begun
    readers = sum(len(one.addresses) for one in audiences)
    print(
        f"\n{CHATS:,} chats, {SCHEDULES:,} schedules:"
        f" the first look at all {every:.2f} s; a look with nothing due {nothing * 1000:.1f} ms,"
        f" {asked / nothing:,.0f}x quicker than asking the chats ({asked * 1000:.0f} ms);"
        f" {len(keys):,} due in an hour found in {look * 1000:.0f} ms,"
        f" their {readers:,} readers in {reading:.2f} s"
        f" ({reading / max(readers, 1) * 1e6:.0f} us each)"
    )
    assert nothing < asked / 10
    await database.close()
