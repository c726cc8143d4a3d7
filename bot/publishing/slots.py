"""Slots: the due moments of schedules are rows; whoever inserts the row does the work."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from bot.domain.delivery import DigestId
from bot.domain.digest import DigestKind
from bot.domain.schedule import lateness
from bot.domain.sends import SendId
from bot.domain.subscription import Subscription
from bot.domain.timetable import hours_of, is_for
from bot.publishing.channels import Channels
from bot.publishing.collecting import fewer_collections
from bot.publishing.compose import Composer, tell_stored, to_be_stored
from bot.publishing.moment import Address, Audience
from bot.publishing.notices import Notices
from bot.publishing.publication import Publication
from bot.publishing.slices import store_in_slices
from bot.publishing.timetables import Found, Timetables
from bot.rendering.dates import weekday
from bot.rendering.phrases import Phrases
from bot.store.audiences import Audiences
from bot.store.digest_rows import NewDigest
from bot.store.set_back import SetBack
from bot.store.slot_sends import Hold, SlotSends
from bot.store.slots import Slot, SlotPlace, SlotState
from bot.store.slots import Slots as SlotRows
from bot.store.subscriptions import Subscriptions

logger = logging.getLogger(__name__)

AHEAD = timedelta(minutes=1)
"""Clocks of several machines differ by less; a slot later than this has not come yet."""
TAKEN_FOR = timedelta(minutes=2)
"""Composing takes seconds: a slot that was taken longer ago has lost its process."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Started:
    """A slot that is ours, and the hours keys whose readers it is for."""

    place: SlotPlace
    hours_keys: tuple[str, ...]
    send_id: SendId | None = None
    """The send that was growing out of it when its process ended."""


class Slots:
    """Starts the due slots of all schedules: sync, compose, store; the courier does the rest.

    `is_alone`: no other process can deliver on this database, so that whatever was left half-way
    at the first look was left by a kill.
    """

    def __init__(
        self,
        *,
        publication: Publication,
        composer: Composer,
        rows: SlotRows,
        sends: SlotSends,
        timetables: Timetables,
        set_back: SetBack,
        notices: Notices,
        subscriptions: Subscriptions,
        audiences: Audiences,
        channels: Channels,
        before: Callable[[], Awaitable[object]],
        wake_courier: Callable[[], None],
        is_alone: bool,
    ) -> None:
        self._publication = publication
        self._composer = composer
        self._rows = rows
        self._sends = sends
        self._timetables = timetables
        self._set_back = set_back
        self._notices = notices
        self._subscriptions = subscriptions
        self._audiences = audiences
        self._channels = channels
        self._before = before
        self._wake_courier = wake_courier
        self._is_alone = is_alone
        self._has_looked = False
        self._looking = asyncio.Lock()
        self._looked_at: datetime | None = None

    async def tick(self, now: datetime) -> datetime | None:
        """Start what is due at `now`; gives the next moment to look, None when there is none.

        A slot that a kill left half-way is done again, for those who have nothing of it yet. One
        look at a time: the alarm and the heartbeat may come together.
        """
        async with self._looking, fewer_collections(is_whole=False):
            return await self._look(now)

    async def _look(self, now: datetime) -> datetime | None:
        if self._looked_at is None or now < self._looked_at - AHEAD:
            await self._take_back_what_lies_ahead(now)
        self._looked_at = now
        for batch in _batches(await self._resumed(now)):
            await self._do(batch, now)
        found = await self._timetables.look(now)
        await self._record_missed(found, now)
        taken = await self._taken(found, now)
        await self._timetables.note(found)
        if taken:
            await self._do(taken, now)
        return await self._timetables.next_at()

    async def _taken(self, found: Sequence[Found], now: datetime) -> list[_Started]:
        """Win the slots that are due. Hours that are the same schedule share its slots."""
        keys: dict[SlotPlace, list[str]] = {}
        for one in found:
            if one.due.start is not None:
                keys.setdefault((one.table.key, one.due.start), []).append(one.row.hours_key)
        won = await self._rows.take(list(keys), now) if keys else frozenset()
        return [
            _Started(place=place, hours_keys=tuple(hours))
            for place, hours in keys.items()
            if place in won
        ]

    async def _record_missed(self, found: Sequence[Found], now: datetime) -> None:
        for note, is_late in (("too late", True), ("merged into a later one", False)):
            missed = {
                (one.table.key, moment)
                for one in found
                if (one.due.start is None) is is_late
                for moment in one.due.missed
            }
            if missed:
                await self._rows.record_missed(sorted(missed), now, note)
                logger.warning("slots missed", extra={"count": len(missed), "why": note})
            if missed and is_late:
                await self._tell_too_late(missed)

    async def _tell_too_late(self, missed: Iterable[SlotPlace]) -> None:
        standing = self._publication.schedule.key
        ours = [due_at for key, due_at in missed if key == standing]
        others = {key for key, _ in missed if key != standing}
        at = max(ours).astimezone(ZoneInfo(self._publication.zone)) if ours else None
        await self._notices.tell("too late", partial(_too_late, at, len(others)))

    async def _take_back_what_lies_ahead(self, now: datetime) -> None:
        """After the clock was set back: what sent nothing in that future is still to come.

        What has been composed in it goes out now, and not when that future comes.
        """
        await self._timetables.refresh(now, is_first=self._looked_at is None)
        forgotten = await self._rows.forget_after(now + AHEAD)
        released = await self._set_back.release(now)
        if forgotten or released:
            counts = {"slots": forgotten, "deliveries": released}
            logger.warning("the clock was set back", extra=counts)
            await self._notices.tell(
                "clock",
                lambda _: _(
                    "This machine's clock was ahead and has been set back. What was not sent "
                    "while it was ahead is still to come."
                ),
            )
            self._wake_courier()

    async def _resumed(self, now: datetime) -> list[_Started]:
        """Take over what a kill left half-way, here or in another process."""
        is_first_look, self._has_looked = not self._has_looked, True
        started = []
        for slot in await self._rows.unfinished():
            is_left = abs(now - slot.taken_at) > TAKEN_FOR or (self._is_alone and is_first_look)
            if not is_left:
                continue
            if slot.due_at > now + AHEAD:  # begun by a clock that was ahead
                if slot.send_id is None:
                    await self._rows.drop(slot)
                continue  # who has nothing of it yet gets it when it is due
            hours_keys = await self._timetables.of_slot(slot.schedule_key)
            resumed = await self._resume(slot, hours_keys, now)
            if resumed is not None:
                started.append(resumed)
        return started

    async def _resume(
        self, slot: Slot, hours_keys: tuple[str, ...], now: datetime
    ) -> _Started | None:
        if not hours_keys:  # that schedule is nobody's any more
            if await self._rows.take_over(slot, now):
                await self._end([slot], SlotState.MISSED, "its schedule has changed", now)
            return None
        table = self._publication.timetable(hours_of(hours_keys[0]))
        if table.quiet is not None and table.quiet.until(now) is not None:
            return None
        if not await self._rows.take_over(slot, now):
            return None
        started = _Started(place=slot.place, hours_keys=hours_keys, send_id=slot.send_id)
        if lateness(slot.due_at, now=now, quiet=table.quiet) <= self._publication.late_limit:
            return started
        if slot.send_id is None:
            await self._rows.finish([slot.place], SlotState.MISSED, "too late")
            await self._tell_too_late([slot.place])
            return None
        # What has started does not become too late, but it does not come beside a later one.
        later = table.schedule.after(slot.due_at)
        if later is None or later > now:
            return started
        await self._end([started], SlotState.DONE, "the rest merged into a later one", now)
        return None

    async def _end(
        self, ended: Sequence[_Started | Slot], state: SlotState, note: str, now: datetime
    ) -> None:
        """Finish slots that are ours; they have no send, or one and the same."""
        places, send_id = [one.place for one in ended], ended[0].send_id
        if send_id is None:
            await self._rows.finish(places, state, note)
        else:
            hold = Hold(places=places, taken_at=now, send_id=send_id)
            await self._sends.end(hold, state, note, at=now)

    async def _do(self, started: Sequence[_Started], now: datetime) -> None:
        """Compose for all readers of the started slots at once: who is alike shares a digest.

        They have no send yet, or one and the same, which goes on.
        """
        await self._before()
        due = {key: one.place[1] for one in started for key in one.hours_keys}
        as_of = await self._composer.newest()
        send_id = started[0].send_id
        readers = await self._audiences_of(due, now, unserved_by=send_id)
        composed = await self._composer.compose_for(readers, as_of=as_of, now=now)
        if not composed:
            note = "nobody to send to" if not readers else "nothing to say"
            state = SlotState.EMPTY if send_id is None else SlotState.DONE
            await self._end(started, state, note, now)
            fields = {"due_at": max(due.values()).isoformat(), "why": note}
            logger.info("slot without a digest", extra=fields | {"count": len(started)})
        else:
            chats = sum(len(one.addresses) for one in composed)
            hold = Hold(
                places=[one.place for one in started],
                taken_at=now,
                send_id=send_id,
                as_of=as_of,
                note=f"{len(composed)} digests, {chats} chats",
            )
            new = to_be_stored(composed, kind=DigestKind.SLOT)
            await store_in_slices(self._sends, hold, new, now=now, on_slice=self._stored)
        await self._timetables.drop_unused(
            due.keys() - {one.subscription.hours.key for one in readers}
        )

    async def _stored(self, ids: Sequence[DigestId], new: Sequence[NewDigest]) -> None:
        self._wake_courier()
        await asyncio.to_thread(tell_stored, ids, new)

    async def readers(self, now: datetime) -> tuple[Subscription, ...]:
        """Give everybody who gets the standing digest: the settings' channels, then others."""
        return _once(
            [one for one in await self._channels.subscriptions() if not _pauses(one, now)],
            await self._subscriptions.active(now),
        )

    async def _audiences_of(
        self, due: Mapping[str, datetime], now: datetime, *, unserved_by: SendId | None
    ) -> tuple[Audience, ...]:
        """Give those whom slots are for, alike ones together; `due` names each hours' slot.

        `unserved_by`: without those that have a delivery of this send.
        """
        channels = [
            one
            for one in await self._channels.subscriptions()
            if one.hours.key in due and is_for(one, due[one.hours.key], now)
        ]
        theirs = {(one.chat_id, one.thread_id) for one in channels}
        if unserved_by is not None and theirs:
            served = await self._sends.served(unserved_by, theirs)
            channels = [one for one in channels if (one.chat_id, one.thread_id) not in served]
        found = await self._composer.audiences_of(channels)
        for one in await self._audiences.keeping(due, now, unserved_by=unserved_by):
            addresses: Sequence[Address] = one.addresses
            if theirs and not theirs.isdisjoint(addresses):  # a channel that is subscribed, too
                addresses = tuple(address for address in addresses if address not in theirs)
            if addresses:
                found.append(
                    Audience(
                        subscription=one.subscription, received=one.received, addresses=addresses
                    )
                )
        return tuple(found)


def _batches(started: Iterable[_Started]) -> Iterator[list[_Started]]:
    """Put slots together that go on as one: those of a send, and those that have none yet."""
    of_send: dict[SendId | None, list[_Started]] = {}
    for one in started:
        of_send.setdefault(one.send_id, []).append(one)
    for batch in of_send.values():
        yield from _apart(batch)


def _apart(started: Iterable[_Started]) -> Iterable[list[_Started]]:
    """Put slots together that can be done at once: of each schedule one at a time."""
    batches: list[dict[str, _Started]] = []
    for one in started:
        key = one.place[0]
        batch = next((batch for batch in batches if key not in batch), None)
        if batch is None:
            batches.append(batch := {})
        batch[key] = one
    return [list(batch.values()) for batch in batches]


def _pauses(one: Subscription, now: datetime) -> bool:
    return one.paused_until is not None and now < one.paused_until


def _once(*parts: Iterable[Subscription]) -> tuple[Subscription, ...]:
    """Give each chat or thread once, as it comes first."""
    found: dict[tuple[int, int], Subscription] = {}
    for part in parts:
        for one in part:
            found.setdefault((one.chat_id, one.thread_id), one)
    return tuple(found.values())


def _too_late(at: datetime | None, others: int, _: Phrases) -> str:
    """Tell which digest of ours, and how many schedules of readers, came too late to start."""
    told: list[str] = []
    if at is not None:
        hour = f"{at:%H:%M}"
        told.append(
            _(
                "The digest of %(day)s %(time)s was not started: it was too late for that "
                "(LATE_LIMIT).",
                day=weekday(at.date(), _),
                time=hour,
            )
        )
    if others:
        told.append(
            _.ngettext(
                "%(number)s schedule that readers have chosen missed a digest: it was too late for "
                "that (LATE_LIMIT).",
                "%(number)s schedules that readers have chosen missed a digest: it was too late "
                "for that (LATE_LIMIT).",
                others,
            )
        )
    return _.space.join(told)
