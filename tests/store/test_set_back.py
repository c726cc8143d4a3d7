"""Deliveries of a future that did not come."""

from __future__ import annotations

from datetime import timedelta

from bot.domain.delivery import UncertainPolicy, settle
from bot.errors import SlowDown
from bot.store.database import Database
from bot.store.deliveries import Deliveries
from bot.store.digests import Digests
from bot.store.set_back import SetBack
from tests.support.store_values import ANNA, BEN, CLEO, MINUTE, NOW, in_flight, new_digest

DAY = timedelta(days=1)


async def due(db: Database) -> set[int]:
    rows = await Deliveries(db).due(now=NOW, limit=10, skip_chats=frozenset())
    return {row.chat_id for row in rows}


async def test_what_was_due_is_due_now_and_a_moment_chosen_by_hand_stays(db: Database) -> None:
    digests = Digests(db)
    await digests.store([new_digest(to=[ANNA])], now=NOW + DAY)
    await digests.store([new_digest(to=[BEN], due_at=NOW + 2 * DAY)], now=NOW + DAY)
    await digests.store([new_digest(to=[CLEO], due_at=NOW + MINUTE)], now=NOW)
    assert await due(db) == set()
    assert await SetBack(db).release(NOW) == 1
    assert await due(db) == {ANNA}
    assert await SetBack(db).release(NOW) == 0


async def test_what_has_been_tried_and_waits_for_the_next_time_is_due_now(db: Database) -> None:
    ahead = NOW + DAY
    await Digests(db).store([new_digest(to=[ANNA])], now=ahead)
    deliveries = Deliveries(db)
    (row,) = await deliveries.due(now=ahead, limit=1, skip_chats=frozenset())
    await deliveries.mark_sending([row.id], now=ahead, owner="one", lease_until=ahead + MINUTE)
    assert await SetBack(db).release(NOW) == 0  # it is under way
    told_to_wait = settle(
        in_flight(row), SlowDown(MINUTE), now=ahead, uncertain=UncertainPolicy.RESEND
    )
    await deliveries.settle([told_to_wait], now=ahead)
    assert await due(db) == set()
    assert await SetBack(db).release(NOW) == 1
    assert await due(db) == {ANNA}
