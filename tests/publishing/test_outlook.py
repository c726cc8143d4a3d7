"""What digests would hold now: read once for all who look, beside them where it takes long."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import time, timedelta
from pathlib import Path

from bot.domain.schedule import Times
from bot.domain.subscription import ChatId, Subscription
from bot.ledger import Ledger
from bot.publishing.outlook import MOST_KEPT, Outlook
from bot.publishing.publication import Publication
from bot.store.database import Database
from bot.store.migrate import migrate
from tests.support.office import MovedClock
from tests.support.room import Room
from tests.support.world import stories, write

ANN = Subscription(chat_id=ChatId(1001))


@contextlib.asynccontextmanager
async def looking(
    folder: Path, *, quick: timedelta
) -> AsyncIterator[tuple[Outlook, Room, MovedClock]]:
    database = Database.open("sqlite:///gazette.db", folder=folder)
    await migrate(database)
    ledger, clock = Ledger.on(database), MovedClock()
    room = Room(folder / "articles", database)
    write(room.folder, stories(2, now=clock.now()))
    await room.sync.run()
    outlook = Outlook(
        publication=Publication(schedule=Times(times=(time(8),), zone="UTC")),
        articles=ledger.articles,
        deliveries=ledger.deliveries,
        catalogue=room.catalogue,
        clock=clock,
        quick=quick,
    )
    try:
        yield outlook, room, clock
    finally:
        await outlook.close()
        await database.close()


async def titles(outlook: Outlook) -> list[str]:
    return [item.article.title for item in (await outlook.choose(ANN)).items]


async def test_a_library_that_is_read_quickly_is_always_shown_as_it_is(tmp_path: Path) -> None:
    async with looking(tmp_path, quick=timedelta(hours=1)) as (outlook, room, clock):
        assert await titles(outlook) == ["Tea story number 1", "Tea story number 2"]
        write(room.folder, stories(3, now=clock.now()))
        await room.sync.run()
        assert len(await titles(outlook)) == 3


async def test_one_that_takes_long_is_read_beside_those_who_look(tmp_path: Path) -> None:
    async with looking(tmp_path, quick=timedelta(0)) as (outlook, room, clock):
        assert len(await titles(outlook)) == 2
        first = await outlook.view()
        write(room.folder, stories(3, now=clock.now()))
        await room.sync.run()
        assert await outlook.view() is first  # nobody waits
        async with asyncio.timeout(10):
            while await outlook.view() is first:
                await asyncio.sleep(0.01)
        assert len(await titles(outlook)) == 3
        # What nobody has looked at for long is not shown.
        seen = await outlook.view()
        clock.move(MOST_KEPT.total_seconds() + 1)
        assert await outlook.view() is not seen


async def test_who_looks_first_finds_it_read_and_a_change_is_found_without_them(
    tmp_path: Path,
) -> None:
    async with looking(tmp_path, quick=timedelta(0)) as (outlook, room, clock):
        await outlook.renew()
        first = await outlook.view()
        await outlook.renew()
        assert await outlook.view() is first  # it has not changed
        write(room.folder, stories(3, now=clock.now()))
        await room.sync.run()
        await outlook.renew()
        assert len(await titles(outlook)) == 3
        assert await outlook.view() is not first
