"""Timetables: one row for all chats with alike hours, found by the moment at which it is due."""

from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta

from bot.domain.subscription import Hours, Subscription
from bot.store.audiences import Audiences
from bot.store.columns import EPOCH
from bot.store.database import Database
from bot.store.subscriptions import Subscriptions
from bot.store.timetables import STANDING, Timetables
from tests.support.store_values import ANNA, BEN, CLEO, MINUTE, NOW

HOUR = timedelta(hours=1)
EARLY = Hours(times=(time(7),), zone="Asia/Tokyo")


async def test_alike_hours_are_one_row_that_comes_and_goes_with_those_who_keep_it(
    db: Database,
) -> None:
    timetables, subscriptions = Timetables(db), Subscriptions(db)
    await timetables.ensure(STANDING, NOW)
    await timetables.ensure(STANDING, NOW + HOUR)
    for chat_id in (ANNA, BEN):
        wish = Subscription(chat_id=chat_id, hours=EARLY, hours_since=NOW - HOUR)
        await subscriptions.subscribe(wish, NOW)
    rows = await timetables.due(NOW)
    assert [(row.hours_key, row.slot_key, row.looked_at) for row in rows] == [
        (STANDING, None, NOW),
        (EARLY.key, None, NOW - HOUR),
    ]
    assert await timetables.next_at() == EPOCH
    later = [
        replace(rows[0], slot_key="K", next_at=NOW + 2 * HOUR, looked_at=NOW),
        replace(rows[1], slot_key="K", next_at=NOW + HOUR, looked_at=NOW),
    ]
    await timetables.save(later)
    assert await timetables.due(NOW) == ()
    assert await timetables.next_at() == NOW + HOUR
    assert await timetables.due(NOW + HOUR) == (later[1],)
    assert await timetables.of_slot("K") == (STANDING, EARLY.key)
    await timetables.look_anew(NOW - MINUTE)  # the clock was set back
    assert await timetables.looked_at(STANDING) == NOW - MINUTE
    assert len(await timetables.due(NOW - MINUTE)) == 2
    await timetables.drop_unused([STANDING, EARLY.key])
    assert len(await timetables.all()) == 2
    for chat_id in (ANNA, BEN):
        await subscriptions.update(Subscription(chat_id=chat_id), NOW)
    await timetables.drop_unused([STANDING, EARLY.key])
    assert [row.hours_key for row in await timetables.all()] == [STANDING]


async def test_a_slot_is_for_those_who_kept_its_hours_before_it_and_do_not_pause(
    db: Database,
) -> None:
    subscriptions = Subscriptions(db)
    wish = Subscription(chat_id=ANNA, hours=EARLY, hours_since=NOW)
    paused = replace(wish, chat_id=BEN, paused_until=NOW + HOUR)
    ahead = replace(wish, chat_id=CLEO, hours_since=NOW + 9 * HOUR)  # by a clock that was ahead
    for one in (wish, paused, ahead):
        await subscriptions.subscribe(one, NOW)

    async def readers(minutes: int) -> list[int]:
        due = NOW + minutes * MINUTE
        found = await Audiences(db).keeping({EARLY.key: due, "": due}, due)
        return sorted(chat_id for one in found for chat_id, _ in one.addresses)

    assert await readers(0) == [CLEO]
    assert await readers(59) == [ANNA, CLEO]
    assert await readers(60) == [ANNA, BEN, CLEO]
    assert [one.chat_id for one in await subscriptions.active(NOW)] == [ANNA, CLEO]
    assert len(await subscriptions.active()) == 3
