"""What the tables hold about one chat or one person: given out whole, and erased.

Every table is named here: with how a row of it belongs to somebody, or with the reason why none
does. A test fails for a table or a number that is not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.delivery import State
from bot.domain.subscription import ChatId, ChatState
from bot.store.database import Database, in_parts
from bot.store.schema import (
    NOBODYS_CHAT,
    PENDING,
    SENDING,
    awaited,
    chats,
    claims,
    deliveries,
    digests,
    drafts,
    operators,
    recalls,
    reminders,
    saved,
    sends,
    subscriptions,
    votes,
)

Record = dict[str, Any]
"""A row as JSON values, by the names of its columns."""

FORGOTTEN = "asked to be forgotten"


class Ending(Enum):
    """What erasing does to the rows of a holding."""

    DELETE = "the rows go"
    UNNAME = "the rows stay and say no more whose they are"
    MARK = "an empty row stays, so that nothing is sent there and no import brings it back"


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """Rows of a table that belong to whoever has the number in `owner`; `what` explains them.

    `left_out` names the columns that are not given out, with the reason. `only`: of this table
    nothing else is about the person than that.
    """

    name: str
    owner: sa.Column[Any]
    what: str
    ending: Ending
    left_out: Mapping[str, str]
    only: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[sa.Column[Any], ...]:
        """The columns that are given out."""
        table = self.owner.table
        if self.only:
            return tuple(table.c[name] for name in self.only)
        return tuple(column for column in table.c if column.name not in self.left_out)


HOLDINGS = (
    Holding(
        name="chat",
        owner=chats.c.id,
        what="The chat as Telegram showed it to us, and whether we may write to it.",
        ending=Ending.MARK,
        left_out={},
    ),
    Holding(
        name="subscriptions",
        owner=subscriptions.c.chat_id,
        what="What comes by itself, and every wish about it; of a forum, each thread.",
        ending=Ending.DELETE,
        left_out={"schedule_key": "made from the hours, which are given"},
    ),
    Holding(
        name="votes",
        owner=votes.c.chat_id,
        what="Stories that were wanted more or less of, by tap or reaction.",
        ending=Ending.DELETE,
        left_out={},
    ),
    Holding(
        name="saved",
        owner=saved.c.chat_id,
        what="Stories that were saved.",
        ending=Ending.DELETE,
        left_out={"wording": "the title, folded for looking through"},
    ),
    Holding(
        name="reminders",
        owner=reminders.c.chat_id,
        what="Stories that come again at a time that was named.",
        ending=Ending.DELETE,
        left_out={},
    ),
    Holding(
        name="awaited",
        owner=awaited.c.chat_id,
        what="Pages of the settings that wait for something to be written, for some minutes.",
        ending=Ending.DELETE,
        left_out={},
    ),
    Holding(
        name="deliveries",
        owner=deliveries.c.chat_id,
        what="Every message of a digest that was sent or tried, and what became of it.",
        ending=Ending.UNNAME,
        left_out={
            "owner": "which of our processes sent it",
            "lease_until": "how long that process had for it",
            "override_message": "the message that stands in the chat",
        },
    ),
    Holding(
        name="operator",
        owner=operators.c.user_id,
        what="The right to operate the bot.",
        ending=Ending.DELETE,
        left_out={},
    ),
    Holding(
        name="claims",
        owner=claims.c.used_by,
        what="The link by which somebody became the first operator.",
        ending=Ending.UNNAME,
        left_out={"token_hash": "a secret"},
    ),
    Holding(
        name="draft",
        owner=drafts.c.owner,
        what="The post that the person is working on, as an operator.",
        ending=Ending.DELETE,
        left_out={"addresses": "chats of others"},
    ),
    Holding(
        name="previews",
        owner=digests.c.made_by,
        what="Digests that the person had prepared, as an operator.",
        ending=Ending.UNNAME,
        left_out={},
        only=("id", "kind", "state", "created_at"),
    ),
    Holding(
        name="posts",
        owner=digests.c.approved_by,
        what="Digests that the person let go out, as an operator.",
        ending=Ending.UNNAME,
        left_out={},
        only=("id", "kind", "state", "created_at"),
    ),
    Holding(
        name="recalls",
        owner=recalls.c.begun_by,
        what="Stories that the person had taken back, as an operator.",
        ending=Ending.UNNAME,
        left_out={},
        only=("title", "state", "begun_at"),
    ),
    Holding(
        name="steps",
        owner=sends.c.changed_by,
        what="Sends that the person was the last to pause, resume or cancel, as an operator.",
        ending=Ending.UNNAME,
        left_out={},
        only=("id", "kind", "state", "changed_at"),
    ),
)

NOBODYS: Mapping[str, str] = {
    "files": "article files",
    "files.mtime_ns": "a time",
    "files.size": "bytes",
    "articles": "the publisher's, from their files",
    "stories": "stories, whoever got them",
    "problems": "article files",
    "timetables": "hours, whoever keeps them",
    "slots": "moments of schedules, whoever they are for",
    "drafts.id": "a row number, given out with the draft",
    "drafts.digest_id": "a row number, given out with the draft",
    "drafts.panel_id": "a message of the person's chat, given out with the draft",
    "digests.id": "a row number",
    "digests.send_id": "a row number",
    "sends.id": "a row number",
    "sends.to_come": "a number of deliveries",
    "slots.send_id": "a row number",
    "digest_messages": "the words of a digest, the same for all who get it",
    "digest_messages.digest_id": "a row number",
    "digest_stories": "the stories of a digest, the same for all who get it",
    "digest_stories.digest_id": "a row number",
    "deliveries.id": "a row number, given out with the delivery",
    "deliveries.digest_id": "a row number, given out with the delivery",
    "deliveries.thread_id": "given out with the delivery, and erased with it",
    "deliveries.resend_of": "a row number, given out with the delivery",
    "subscriptions.thread_id": "given out with the subscription, and erased with it",
    "awaited.panel_id": "a message of the chat, given out with the page",
    "awaited.message_id": "a message of the chat, given out with the page",
    "votes.points": "a count, given out with the vote",
    "file_ids": "pictures at Telegram",
    "file_ids.bot_id": "the bot's own number",
    "recall_results": "what became of messages that were taken back",
    "recall_results.delivery_id": "a row number",
    "paid_days": "messages in a day, whoever got them",
    "paid_days.messages": "a count",
    "tallies": "how much was asked in a day, whoever asked",
    "tallies.number": "a count",
    "queries": "words too long for a button, stored without who wrote them",
    "meta": "the state of the program; of the pace, chats that Telegram told us to let rest, "
    "for as long as they rest",
}
"""Tables, and numbers in any table, that say nothing about a chat or a person; with the reason."""


class OwnData:
    """Everything about one chat or person; a private chat has the number of its person."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def about(self, owner: ChatId) -> dict[str, list[Record]]:
        """Give all rows about somebody, by the names of the holdings; empty ones too.

        `stories` has the titles and addresses of what the deliveries brought.
        """
        found: dict[str, list[Record]] = {}
        async with self._db.reading() as connection:
            for holding in HOLDINGS:
                query = sa.select(*holding.columns).where(holding.owner == owner)
                first = holding.owner.table.primary_key.columns
                rows = await connection.execute(query.order_by(*first))
                found[holding.name] = [_record(row) for row in rows]
            numbers = {row["digest_id"] for row in found["deliveries"]}
            found["stories"] = await _stories(connection, numbers)
        return found

    async def erase(self, owner: ChatId, now: datetime) -> bool:
        """Erase everything about somebody, in one transaction; False when there was nothing.

        What waits to be sent is cancelled. Rows of what was sent stay as counts, without whose
        they are; those in flight go, and whatever becomes of them is not noted.
        """
        async with self._db.writing() as connection:
            count = 0
            for holding in HOLDINGS:
                if holding.ending is not Ending.MARK:
                    count += await _end(connection, holding, owner, now)
            return bool(count + await _mark(connection, owner, now))

    async def is_forgotten(self, owner: ChatId) -> bool:
        """Whether somebody asked to be forgotten, and has not subscribed since."""
        query = sa.select(chats.c.forgotten_at).where(chats.c.id == owner)
        async with self._db.reading() as connection:
            return await connection.scalar(query) is not None


async def _end(connection: AsyncConnection, holding: Holding, owner: ChatId, now: datetime) -> int:
    table, theirs = holding.owner.table, holding.owner == owner
    assert isinstance(table, sa.Table)  # noqa: S101 - columns of the schema have no other
    if holding.ending is Ending.DELETE:
        return (await connection.execute(sa.delete(table).where(theirs))).rowcount
    if table is deliveries:
        return await _unname_deliveries(connection, theirs, now)
    change = sa.update(table).where(theirs).values({holding.owner.name: None})
    return (await connection.execute(change)).rowcount


async def _unname_deliveries(
    connection: AsyncConnection, theirs: sa.ColumnElement[bool], now: datetime
) -> int:
    row = deliveries.c
    # What is in flight is settled by its number: there must be no row that could be sent again.
    gone = await connection.execute(sa.delete(deliveries).where(theirs, row.state == SENDING))
    cancelled = sa.update(deliveries).where(theirs, row.state == PENDING)
    await connection.execute(cancelled.values(state=State.CANCELLED.value, settled_at=now))
    change = sa.update(deliveries).where(theirs)
    unnamed = await connection.execute(
        change.values(
            chat_id=NOBODYS_CHAT,
            thread_id=row.id,  # the key over chat, thread and message stays unique
            override_message=None,
            message_ids=None,
            reason=None,
            undecided_since=None,
        )
    )
    return gone.rowcount + unnamed.rowcount


async def _mark(connection: AsyncConnection, owner: ChatId, now: datetime) -> int:
    """Empty a chat's row; nothing happens to one that is empty already."""
    change = sa.update(chats).where(
        chats.c.id == owner, chats.c.forgotten_at.is_(None) | (chats.c.title != "")
    )
    empty = {column.name: None for column in chats.c if column.nullable}
    mark = {
        "title": "",
        "state": ChatState.ASLEEP.value,
        "state_reason": FORGOTTEN,
        "state_at": now,
        "created_at": now,
        "forgotten_at": now,
    }
    return (await connection.execute(change.values(empty | mark))).rowcount


async def _stories(connection: AsyncConnection, numbers: Iterable[int]) -> list[Record]:
    """Give title and address of what stands in digests."""
    found: list[Record] = []
    for part in in_parts(sorted(numbers)):
        query = sa.select(digests.c.id, digests.c["items"]).where(digests.c.id.in_(part))
        for number, items in await connection.execute(query.order_by(digests.c.id)):
            found.extend(
                {"digest_id": number, "title": item["title"], "url": item["url"]} for item in items
            )
    return found


def _record(row: sa.Row[Any]) -> Record:
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in row._mapping.items()
    }
