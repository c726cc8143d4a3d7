"""Pages that wait for something to be written, on both engines."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.domain.subscription import ChatId
from bot.store.awaited import KEPT, AwaitedRow, AwaitedRows
from bot.store.database import Database

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
ANNA, GROUP = ChatId(7_000_000_001), ChatId(-1_001_234_567_890)


def waiting(chat: ChatId, panel: int, message: int, at: datetime = NOW) -> AwaitedRow:
    return AwaitedRow(
        chat_id=chat, panel_id=panel, message_id=message, ask="1:o::h/?/", is_last=False, at=at
    )


async def test_a_person_has_one_and_a_group_one_for_each_panel(db: Database) -> None:
    rows = AwaitedRows(db)
    first, later = waiting(ANNA, 0, 7), waiting(ANNA, 0, 9, NOW + timedelta(minutes=1))
    one, other = waiting(GROUP, 20, 20), waiting(GROUP, 21, 21)
    for row in (first, one, other, replace(later, is_last=True)):
        await rows.put(row)
    assert await rows.since(NOW) == [one, other, replace(later, is_last=True)]
    assert await rows.since(NOW + timedelta(seconds=1)) == [replace(later, is_last=True)]
    await rows.drop(GROUP, 20)
    await rows.drop(GROUP, 20)
    assert await rows.since(NOW) == [other, replace(later, is_last=True)]


async def test_what_nobody_asks_for_any_more_goes_with_the_next_that_comes(db: Database) -> None:
    rows = AwaitedRows(db)
    await rows.put(waiting(GROUP, 20, 20))
    await rows.put(waiting(ANNA, 0, 7, NOW + KEPT + timedelta(seconds=1)))
    assert [row.chat_id for row in await rows.since(datetime.min.replace(tzinfo=UTC))] == [ANNA]
