"""What is old enough shrinks: rows of ended sends to their counts, other leftovers to nothing."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.article import StoryKey, story_id
from bot.domain.delivery import RECEIVED, DigestId
from bot.domain.digest import OF_ONE_CHAT
from bot.domain.sends import SendId
from bot.store.database import Database
from bot.store.digest_rows import DigestState
from bot.store.enqueue import drop_digests
from bot.store.schema import (
    claims,
    deliveries,
    digest_stories,
    digests,
    drafts,
    file_ids,
    queries,
    recall_results,
    sends,
    slots,
    stories,
)
from bot.store.send_rows import counts_of
from bot.store.slots import SlotState

_RECEIVED = [state.value for state in RECEIVED]


class Retention:
    """Forgets in small transactions, each whole by itself: a kill between two loses nothing.

    Before the rows are gone that say who received a story, the story is retired: it is never
    chosen again, whatever date its publisher gives it. So "never twice" outlives the rows.
    """

    def __init__(self, db: Database) -> None:
        self._db = db

    async def shrink(self, *, before: datetime, now: datetime, limit: int) -> bool:
        """Take away about `limit` rows of the send that ended first, if it ended before that time.

        False: there is none. Sends that an operator has to decide about stay whole.
        """
        async with self._db.writing() as connection:
            send_id = await _next_send(connection, before)
            if send_id is None:
                return False
            room = limit
            while room > 0:
                digest_id = await connection.scalar(
                    sa.select(sa.func.min(digests.c.id)).where(digests.c.send_id == send_id)
                )
                if digest_id is None:
                    await _close(connection, send_id, now)
                    break
                room -= await self._shrink_digest(connection, DigestId(digest_id), now, room)
        return True

    async def _shrink_digest(
        self, connection: AsyncConnection, digest_id: DigestId, now: datetime, limit: int
    ) -> int:
        """Retire a digest's stories and take away up to `limit` rows of it; give their number."""
        await self._retire(connection, digest_id, now)
        row = deliveries.c
        oldest = sa.select(row.id).where(row.digest_id == digest_id).limit(limit)
        gone = await connection.execute(sa.delete(deliveries).where(row.id.in_(oldest)))
        if gone.rowcount < limit:
            return gone.rowcount + await drop_digests(connection, [digest_id])
        return gone.rowcount

    async def _retire(
        self, connection: AsyncConnection, digest_id: DigestId, now: datetime
    ) -> None:
        """Retire the stories that anybody received with a digest; those of no file too."""
        place, row = digest_stories.c, deliveries.c
        received = sa.exists().where(
            row.digest_id == place.digest_id,
            row.position == place.position,
            row.state.in_(_RECEIVED),
        )
        query = sa.select(place.story_key).where(place.digest_id == digest_id, received).distinct()
        keys = [StoryKey(key) for key in await connection.scalars(query)]
        if not keys:
            return
        insert = self._db.insert(stories)
        retire = insert.on_conflict_do_update(
            index_elements=["story_key"],
            set_={"retired_at": insert.excluded.retired_at},
            where=stories.c.retired_at.is_(None),
        )
        await connection.execute(
            retire,
            [{"story_key": key, "story_id": story_id(key), "retired_at": now} for key in keys],
        )

    async def tidy(self, *, before: datetime) -> None:
        """Drop what nobody comes back for: unsent previews, past slots, stored words, old ids.

        Of each schedule the newest slot stays: it says up to where it was looked at.
        """
        unsent = sa.select(digests.c.id).where(
            digests.c.send_id.is_(None),
            digests.c.state.in_([DigestState.PREPARED.value, DigestState.CANCELLED.value]),
            digests.c.created_at < before,
            ~sa.exists().where(drafts.c.digest_id == digests.c.id),
        )
        newer = slots.alias("newer")
        async with self._db.writing() as connection:
            await drop_digests(
                connection, [DigestId(one) for one in await connection.scalars(unsent)]
            )
            for table, is_old in (
                (
                    slots,
                    (slots.c.due_at < before)
                    & (slots.c.state != SlotState.STARTED.value)
                    & sa.exists().where(
                        newer.c.schedule_key == slots.c.schedule_key,
                        newer.c.due_at > slots.c.due_at,
                    ),
                ),
                (queries, queries.c.created_at < before),
                (recall_results, recall_results.c.at < before),
                (file_ids, file_ids.c.used_at < before),
                (claims, claims.c.expires_at < before),
            ):
                await connection.execute(sa.delete(table).where(is_old))


async def _next_send(connection: AsyncConnection, before: datetime) -> SendId | None:
    """Find the send to shrink, and keep its counts if that was not done at its end."""
    row = deliveries.c
    undecided = sa.exists().where(
        row.digest_id == digests.c.id,
        row.undecided_since.is_not(None),
        digests.c.send_id == sends.c.id,
    )
    query = (
        sa.select(sends.c.id, sends.c.counts)
        .where(sends.c.done_at < before, sends.c.shrunk_at.is_(None), ~undecided)
        .order_by(sends.c.done_at, sends.c.id)
        .limit(1)
    )
    found = (await connection.execute(query)).one_or_none()
    if found is None:
        return None
    if found.counts is None:
        counts = await counts_of(connection, SendId(found.id))
        kept = {state.value: count for state, count in counts.items()}
        change = sa.update(sends).where(sends.c.id == found.id)
        await connection.execute(change.values(counts=kept))
    return SendId(found.id)


async def _close(connection: AsyncConnection, send_id: SendId, now: datetime) -> None:
    """Note that only the counts of a send are left; of what was one reader's alone nothing is."""
    ones = [kind.value for kind in OF_ONE_CHAT]
    await connection.execute(sa.delete(sends).where(sends.c.id == send_id, sends.c.kind.in_(ones)))
    await connection.execute(sa.update(sends).where(sends.c.id == send_id).values(shrunk_at=now))
