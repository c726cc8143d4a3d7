"""Slots: the due moments of a schedule are rows; whoever inserts the row does the work."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.domain.digest import DigestKind
from bot.domain.schedule import Due, due, lateness
from bot.domain.subscription import Subscription
from bot.publishing.channels import Channels
from bot.publishing.compose import Composer
from bot.publishing.notices import Notices
from bot.publishing.publication import Publication
from bot.store.meta import Meta
from bot.store.set_back import SetBack
from bot.store.slots import Slots as SlotRows
from bot.store.slots import SlotState
from bot.store.subscriptions import Subscriptions

logger = logging.getLogger(__name__)

AHEAD = timedelta(minutes=1)
"""Clocks of several machines differ by less; a slot later than this has not come yet."""
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
        set_back: SetBack,
        notices: Notices,
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
        self._set_back = set_back
        self._notices = notices
        self._meta = meta
        self._subscriptions = subscriptions
        self._channels = channels
        self._before = before
        self._wake_courier = wake_courier
        self._is_alone = is_alone
        self._has_looked = False
        self._looking = asyncio.Lock()
        self._looked_at: datetime | None = None

    async def tick(self, now: datetime) -> datetime | None:
        """Start what is due at `now`; gives the next moment to look, None when there is none.

        A slot that a kill left half-way is done again; its digests were stored in one transaction
        or not at all. One look at a time: the alarm and the heartbeat may come together.
        """
        async with self._looking:
            return await self._look(now)

    async def _look(self, now: datetime) -> datetime | None:
        plan = self._publication
        if self._looked_at is None or now < self._looked_at - AHEAD:
            await self._take_back_what_lies_ahead(now)
        self._looked_at = now
        since = await self._since(now)
        quiet_until = plan.quiet.until(now) if plan.quiet is not None else None
        if quiet_until is not None:
            return quiet_until
        await self._resume(now)
        found: Due = await asyncio.to_thread(  # after a long absence it is thousands of moments
            due,
            plan.schedule,
            since=since,
            now=now,
            late_limit=plan.late_limit,
            quiet=plan.quiet,
        )
        key = plan.schedule.key
        if found.missed:
            note = "too late" if found.start is None else "merged into a later one"
            await self._rows.record_missed(key, found.missed, now, note)
            logger.warning("slots missed", extra={"count": len(found.missed), "why": note})
        if found.missed and found.start is None:
            await self._tell_too_late(found.missed[-1])
        if found.start is not None and await self._rows.take(key, found.start, now):
            await self._do(found.start, now)
        return plan.next_start(now)

    async def _tell_too_late(self, due_at: datetime) -> None:
        at = due_at.astimezone(ZoneInfo(self._publication.zone))
        text = (
            f"The digest of {at:%A %H:%M} was not started: it was too late for that (LATE_LIMIT)."
        )
        await self._notices.tell("too late", text)

    async def _take_back_what_lies_ahead(self, now: datetime) -> None:
        """After the clock was set back: what sent nothing in that future is still to come.

        What has been composed in it goes out now, and not when that future comes.
        """
        forgotten = await self._rows.forget_after(self._publication.schedule.key, now + AHEAD)
        released = await self._set_back.release(now)
        if forgotten or released:
            counts = {"slots": forgotten, "deliveries": released}
            logger.warning("the clock was set back", extra=counts)
            await self._notices.tell(
                "clock",
                "This machine's clock was ahead and has been set back. What was not sent while it "
                "was ahead is still to come.",
            )
            self._wake_courier()

    async def _resume(self, now: datetime) -> None:
        """Do again what a kill left half-way, here or in another process."""
        plan = self._publication
        is_first_look, self._has_looked = not self._has_looked, True
        for slot in await self._rows.unfinished():
            is_left = abs(now - slot.taken_at) > TAKEN_FOR or (self._is_alone and is_first_look)
            if slot.schedule_key != plan.schedule.key or not is_left:
                continue
            if slot.due_at > now + AHEAD:  # begun by a clock that was ahead
                await self._rows.drop(slot)
            elif await self._rows.take_over(slot, now):
                if lateness(slot.due_at, now=now, quiet=plan.quiet) <= plan.late_limit:
                    await self._do(slot.due_at, now)
                else:
                    missed = SlotState.MISSED
                    await self._rows.finish(slot.schedule_key, slot.due_at, missed, "too late")
                    await self._tell_too_late(slot.due_at)

    async def _since(self, now: datetime) -> datetime:
        """Give the moment up to which slots were looked at; a new schedule starts now."""
        key = self._publication.schedule.key
        newest = await self._rows.newest(key, until=now)
        if newest is not None:
            return newest
        name = f"slots since:{key}"
        stored = await self._meta.get(name)
        since = now if stored is None else datetime.fromisoformat(stored)
        if stored is None or since > now:  # new, or first seen by a clock that was ahead
            await self._meta.set(name, now.isoformat())
        return min(since, now)

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
