"""All subscriptions go out and come in, on both databases."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.roster import RosterRow, Verdict
from bot.domain.subscription import Chat, ChatId, ChatKind, Subscription
from bot.ledger import Ledger
from bot.store.database import Database
from bot.store.roster import Roster
from tests.support.store_values import ANNA, BEN, MINUTE, NOW, SUPERGROUP


def a_row(chat_id: ChatId, *, thread: int = 0, **wishes: object) -> RosterRow:
    """Give an active subscription."""
    kind = ChatKind.PRIVATE if chat_id > 0 else ChatKind.SUPERGROUP
    subscription = Subscription(
        chat_id=chat_id,
        thread_id=thread,
        chat_kind=kind,
        created_at=NOW,
        **wishes,  # type: ignore[arg-type]
    )
    return RosterRow(chat=Chat(id=chat_id, kind=kind, title="Name"), subscription=subscription)


async def everything(roster: Roster) -> list[RosterRow]:
    return [row async for part in roster.rows() for row in part]


async def test_rows_come_back_as_they_went_in_and_a_second_time_nothing_happens(
    db: Database,
) -> None:
    roster = Roster(db)
    ended = replace(a_row(BEN), ended_at=NOW + MINUTE)
    ended = replace(ended, subscription=replace(ended.subscription, is_active=False))
    threads = [a_row(SUPERGROUP, thread=thread, followed=("Tea",)) for thread in (3, 4)]
    given = sorted((a_row(ANNA, size=5), ended, *threads), key=lambda row: row.chat.id)
    dry = await roster.take(given, now=NOW, is_dry=True)
    assert (dry, await roster.count()) == ([Verdict.ADDED] * 4, 0)
    # The same place twice in one file is known the second time.
    again = [*given, a_row(ANNA, size=5), a_row(ANNA, size=6)]
    taken = await roster.take(again, now=NOW)
    assert taken == [Verdict.ADDED] * 4 + [Verdict.SAME, Verdict.KEPT]
    assert await everything(roster) == given
    assert await roster.take(given, now=NOW) == [Verdict.SAME] * 4
    changed = [a_row(ANNA, size=9), a_row(BEN, size=9)]
    updated = await roster.take(changed, now=NOW, is_updating=True)
    assert updated == [Verdict.UPDATED, Verdict.UNSUBSCRIBED]
    assert [row.subscription.size for row in await everything(roster)] == [None, None, 9, None]


async def test_who_asked_to_be_forgotten_stays_away_after_asking_something(db: Database) -> None:
    ledger, roster = Ledger.on(db), Roster(db)
    await roster.take([a_row(ANNA)], now=NOW)
    await ledger.own_data.erase(ANNA, NOW)
    await ledger.subscriptions.wake(ANNA, NOW)
    assert await roster.take([a_row(ANNA)], now=NOW) == [Verdict.FORGOTTEN]
    assert await everything(roster) == []
