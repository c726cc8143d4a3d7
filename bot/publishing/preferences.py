"""Preferences: what a chat wants is read, changed and kept by one at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from weakref import WeakValueDictionary

from bot.domain.clock import Clock
from bot.domain.subscription import NO_THREAD, ChatId, ChatKind, Subscription
from bot.publishing.timetables import Timetables
from bot.store.subscriptions import Subscriptions


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where something was said: a chat, and the thread of a forum."""

    chat_id: ChatId
    thread_id: int = NO_THREAD
    kind: ChatKind = ChatKind.PRIVATE
    language: str | None = None
    """What its reader or its readers speak; None: as the publication does."""

    @property
    def is_shared(self) -> bool:
        """Whether several people read it."""
        return self.kind.is_shared


class Preferences:
    """Reads and changes subscriptions; two changes at once come one after the other."""

    def __init__(
        self, *, subscriptions: Subscriptions, timetables: Timetables, clock: Clock
    ) -> None:
        self._subscriptions = subscriptions
        self._timetables = timetables
        self._clock = clock
        self._locks: WeakValueDictionary[tuple[ChatId, int], asyncio.Lock] = WeakValueDictionary()

    async def get(self, place: Place) -> Subscription:
        """Give what a chat wants; one that never said anything wants what the publication gives."""
        stored = await self._subscriptions.get(place.chat_id, place.thread_id)
        return stored or Subscription(
            chat_id=place.chat_id,
            thread_id=place.thread_id,
            chat_kind=place.kind,
            is_active=False,
        )

    async def change(
        self, place: Place, change: Callable[[Subscription], Subscription]
    ) -> Subscription:
        """Change what a chat wants, and give what it wants now.

        New hours count from now: they fetch nothing from the past, and what was due by the old
        ones and still waits is not lost. Whether there is a subscription is not changed by it.
        """
        key = (place.chat_id, place.thread_id)
        async with self._locks.setdefault(key, asyncio.Lock()):
            before = await self.get(place)
            after = replace(change(before), is_active=before.is_active)
            if after == before:
                return before
            now = self._clock.now()
            if after.hours.key != before.hours.key:
                after = replace(after, hours_since=await self._since(before, now))
            await self._subscriptions.wish(after, now)
            return after

    async def _since(self, before: Subscription, now: datetime) -> datetime:
        since = await self._timetables.since(before.hours, now)
        if before.hours_since is None or before.hours_since > now:
            return since
        return max(since, before.hours_since)

    async def next_start(self, wish: Subscription) -> datetime | None:
        """Say when the next digest of a subscription starts; None when it never does."""
        return await self._timetables.next_start(wish, self._clock.now())
