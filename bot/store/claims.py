"""The claim: which rows may be sent now. Every condition for it stands here, and nowhere else.

The walk goes from open digest to open digest, most urgent first, and in each along the rows that
are pending. So a claim costs the same however many rows there are, and a digest that must not be
sent costs one step, not one for each of its rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

import sqlalchemy as sa

from bot.domain.delivery import State
from bot.store.chats import is_silent
from bot.store.schema import HELD, OPEN, PENDING, SENDING, deliveries, digests, is_open, was_tried


class Found(NamedTuple):
    """A row of the ledger as it is looked up."""

    id: int
    digest_id: int
    chat_id: int
    thread_id: int
    position: int
    state: str
    priority: int
    due_at: datetime
    attempts: int
    created_at: datetime
    is_reshaped: bool
    override_message: Any
    message_ids: Sequence[int] | None
    reason: str | None
    resend_of: int
    resends: int


COLUMNS = tuple(deliveries.c[name] for name in Found._fields)


def is_running(digest: Any) -> sa.ColumnElement[bool]:
    """Say that a digest is being sent and not held; `digest` holds the columns of its table."""
    running: sa.ColumnElement[bool] = (digest.state == OPEN) & (digest.priority < HELD)
    return running


def may_go() -> tuple[sa.ColumnElement[bool], ...]:
    """Say of a row that its digest is walked to: pending, its chat awake, and its turn."""
    row = deliveries.c
    return (row.state == PENDING, ~is_silent(row.chat_id), ~_is_behind(), ~_must_wait())


def _is_behind() -> sa.ColumnElement[bool]:
    """Say that an earlier message of the same digest to the same chat is not final."""
    row = deliveries.c
    earlier = deliveries.alias("earlier")
    return sa.exists().where(
        earlier.c.chat_id == row.chat_id,
        earlier.c.thread_id == row.thread_id,
        earlier.c.digest_id == row.digest_id,
        earlier.c.position < row.position,
        is_open(earlier.c.state),
    )


def _must_wait() -> sa.ColumnElement[bool]:
    """Say that the chat has a row in flight, or one that was tried before and comes first.

    Rows that were never tried hold nobody: the walk meets those that are due in their order, and
    a post for tomorrow must not hold what is due today.
    """
    row = deliveries.c
    other = deliveries.alias("other")
    order = ("priority", "digest_id", "position", "id")
    comes_first = sa.tuple_(*(other.c[name] for name in order)) < sa.tuple_(
        *(row[name] for name in order)
    )
    return sa.exists().where(
        other.c.chat_id == row.chat_id,
        other.c.thread_id == row.thread_id,
        was_tried(other.c),
        other.c.id != row.id,
        (other.c.state == SENDING) | comes_first,
    )


@cache
def due() -> sa.Select[Any]:
    """Find rows that may be sent `now`, at most `most`, in order, without chats `skipped`.

    Built once: building costs twenty times what running it does.
    """
    row = deliveries.c
    digest = digests.c
    return (
        sa.select(*COLUMNS)
        .select_from(digests.join(deliveries, row.digest_id == digest.id))
        .where(
            is_running(digest),
            row.due_at <= sa.bindparam("now"),
            row.chat_id.not_in(sa.bindparam("skipped", expanding=True)),
            *may_go(),
        )
        .order_by(digest.priority, digest.id, row.due_at, row.id)
        .limit(sa.bindparam("most", type_=sa.Integer()))
    )


@cache
def mark_sending() -> sa.Executable:
    """Put those of the rows `ids` in flight that may still go, and give their numbers."""
    digest = digests.alias("digest")
    return (
        sa.update(deliveries)
        .where(
            deliveries.c.id.in_(sa.bindparam("ids", expanding=True)),
            sa.exists().where(digest.c.id == deliveries.c.digest_id, is_running(digest.c)),
            *may_go(),
        )
        .values(
            state=State.SENDING.value,
            attempts=deliveries.c.attempts + 1,
            sending_at=sa.bindparam("at"),
            owner=sa.bindparam("by"),
            lease_until=sa.bindparam("until"),
        )
        .returning(deliveries.c.id)
    )
