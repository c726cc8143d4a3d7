"""Slots: the due moments of a schedule are rows; whoever inserts the row does the work."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from bot.domain.digest import DigestKind
from bot.domain.schedule import Due, due
from bot.domain.subscription import Subscription
from bot.publishing.channels import Channels
from bot.publishing.compose import Composer
from bot.publishing.publication import Publication
from bot.store.meta import Meta
from bot.store.slots import Slots as SlotRows
from bot.store.slots import SlotState
from bot.store.subscriptions import Subscriptions

logger = logging.getLogger(__name__)

TAKEN_FOR = timedelta(minutes=2)
"""Composing takes seconds: a slot that was taken longer ago has lost its process."""


class Slots:
    """Starts the publication's due slots: sync, compose, store; the courier does the rest.

    `is_alone`: no other process can deliver on this database, so that whatever was left half-way
    at the first look was left by a kill.
    """

    def __init__(
        self,
        *,
        publication: Publication,
        composer: Composer,
        rows: SlotRows,
        meta: Meta,
        subscriptions: Subscriptions,
        channels: Channels,
        before: Callable[[], Awaitable[object]],
        wake_courier: Callable[[], None],
        is_alone: bool,
    ) -> None:
        self._publication = publication
        self._composer = composer
        self._rows = rows
        self._meta = meta
        self._subscriptions = subscriptions
        self._channels = channels
        self._before = before
        self._wake_courier = wake_courier
        self._is_alone = is_alone
        self._has_looked = False

    async def tick(self, now: datetime) -> datetime | None:
        """Start what is due at `now`; gives the next due moment, None when there is none.

        A slot that a kill left half-way is done again; its digests were stored in one transaction
        or not at all.
        """
        schedule = self._publication.schedule
        await self._resume(now)
        found: Due = due(
            schedule,
            since=await self._since(now),
            now=now,
            late_limit=self._publication.late_limit,
        )
        if found.missed:
            await self._rows.record_missed(schedule.key, found.missed, now)
            logger.warning("slots missed", extra={"count": len(found.missed)})
        if found.start is not None and await self._rows.take(schedule.key, found.start, now):
            await self._do(found.start, now)
        return schedule.after(now)

    async def _resume(self, now: datetime) -> None:
        """Do again what a kill left half-way, here or in another process."""
        is_first_look, self._has_looked = not self._has_looked, True
        for slot in await self._rows.unfinished():
            is_left = now - slot.taken_at > TAKEN_FOR or (self._is_alone and is_first_look)
            if slot.schedule_key != self._publication.schedule.key or not is_left:
                continue
            if not await self._rows.take_over(slot, now):
                continue
            if now - slot.due_at <= self._publication.late_limit:
                await self._do(slot.due_at, now)
            else:
                await self._rows.finish(
                    slot.schedule_key, slot.due_at, SlotState.MISSED, "too late"
                )

    async def _since(self, now: datetime) -> datetime:
        """Give the moment up to which slots were looked at; a new schedule starts now."""
        key = self._publication.schedule.key
        newest = await self._rows.newest(key)
        if newest is not None:
            return newest
        name = f"slots since:{key}"
        stored = await self._meta.get(name)
        if stored is None:
            await self._meta.set(name, now.isoformat())
            return now
        return datetime.fromisoformat(stored)

    async def _do(self, due_at: datetime, now: datetime) -> None:
        key = self._publication.schedule.key
        await self._before()
        readers = await self.readers()
        composed = await self._composer.compose(readers, now=now)
        if not composed:
            note = "nobody to send to" if not readers else "nothing to say"
            await self._rows.finish(key, due_at, SlotState.EMPTY, note)
            logger.info("slot without a digest", extra={"due_at": due_at.isoformat(), "why": note})
            return
        await self._composer.store(composed, kind=DigestKind.SLOT, now=now, slot=(key, due_at))
        self._wake_courier()

    async def readers(self) -> tuple[Subscription, ...]:
        """Give everybody who gets the standing digest: the settings' channels, then others."""
        standing = {(s.chat_id, s.thread_id): s for s in await self._channels.subscriptions()}
        for subscription in await self._subscriptions.active():
            standing.setdefault((subscription.chat_id, subscription.thread_id), subscription)
        return tuple(standing.values())
