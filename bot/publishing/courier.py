"""The courier carries rows of the ledger to Telegram: permit, claim, send, settle.

A row becomes `sending`, durably, only when its permit is granted, and its end is committed when
the call is settled, in groups. So only rows in flight can become uncertain by a kill.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from bot.domain.clock import Clock
from bot.domain.delivery import (
    Delivery,
    DeliveryId,
    Outcome,
    Sent,
    Settlement,
    State,
    UncertainPolicy,
    begun,
    settle,
)
from bot.domain.in_flight import REMEMBERED, places
from bot.domain.message import SEND_RICH
from bot.domain.rich import as_list
from bot.domain.subscription import ChatId
from bot.errors import OurFault, SendError, StoreError
from bot.publishing.ahead import Ahead, Granted
from bot.publishing.notices import Notices, store_trouble
from bot.publishing.ports import Messenger, Permits
from bot.publishing.purse import Purse
from bot.publishing.reactions import Reactions, cut_off_words
from bot.store.deliveries import Deliveries
from bot.store.digests import Digests

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=2)
"""Longer than the longest call: on a shared database others take the row over after it."""
GROUP_SIZE = 50
GROUP_SECONDS = 0.05
"""Ends of calls are committed in groups of so many rows, or after so long."""
IDLE_SECONDS = 1.0
"""The longest sleep, and how often it is looked which digests are through while others run."""
CROWDED_SECONDS = 0.25
"""The longest sleep while no more may be in flight: calls that take long make room by doing so."""
STORE_PAUSE_SECONDS = 2.0
LOST_EVERY = timedelta(seconds=30)
"""How often it is looked for rows in flight that nobody carries: on a shared database those of a
process that was killed are known as such only when their lease has run out."""
TRY_RICH_AFTER = timedelta(days=30)
"""A chat that refused a rich message gets lists for so long; servers and clients get newer."""


OnEnds = Callable[[Sequence[tuple[Settlement, Outcome]]], Awaitable[None]]
"""Is told the ends of calls once they are committed; must not raise."""


async def _nobody(_: Sequence[tuple[Settlement, Outcome]]) -> None:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How the courier behaves."""

    owner: str
    max_in_flight: int = 100
    uncertain: UncertainPolicy = UncertainPolicy.RESEND


class Courier:
    """Delivers until it is stopped; one courier per process."""

    def __init__(
        self,
        *,
        deliveries: Deliveries,
        digests: Digests,
        messenger: Messenger,
        permits: Permits,
        notices: Notices,
        clock: Clock,
        policy: Policy,
        on_disabled: Callable[[str], None],
        on_settled: Callable[[Delivery], None] = lambda _: None,
        purse: Purse | None = None,
        on_ends: OnEnds = _nobody,
    ) -> None:
        self._deliveries = deliveries
        self._digests = digests
        self._messenger = messenger
        self._permits = permits
        self._notices = notices
        self._clock = clock
        self._policy = policy
        self._purse = purse
        self._on_ends = on_ends
        self._reactions = Reactions(
            permits=permits,
            notices=notices,
            on_disabled=self._disabled(on_disabled),
            on_settled=on_settled,
        )
        self._wake = asyncio.Event()
        self._stopping = False
        self._calls: set[asyncio.Task[None]] = set()
        # A row is in flight until its end is committed, not only until its call has returned.
        self._in_flight: dict[DeliveryId, float] = {}
        self._round_trips: deque[float] = deque(maxlen=REMEMBERED)
        self._paid: set[DeliveryId] = set()
        self._unpaid = 0
        self._ended: list[tuple[Delivery, Outcome]] = []
        self._some_ended = asyncio.Event()
        self._enough_ended = asyncio.Event()
        self._group_size = max(min(GROUP_SIZE, policy.max_in_flight // 2), 1)
        self._closed_at = 0.0
        self._looked_for_lost_at: datetime | None = None
        self._has_ends = False
        self._ahead = Ahead(deliveries=deliveries, permits=permits, time=_loop_time)

    @property
    def in_flight(self) -> int:
        """Count the rows between their two commits: so many a kill would make uncertain."""
        return len(self._in_flight)

    def wake(self) -> None:
        """Say that there are new rows."""
        self._ahead.forget()
        self._wake.set()

    def stop(self) -> None:
        """Claim nothing more; `run` ends when the last call is settled."""
        self._stopping = True
        self._wake.set()

    def _disabled(self, tell: Callable[[str], None]) -> Callable[[str], None]:
        def stop(why: str) -> None:
            self.stop()
            tell(why)

        return stop

    async def run(self) -> None:
        """Deliver until `stop`; settles what is in flight before it returns."""
        settling = asyncio.create_task(self._settle_for_ever(), name="settle")
        try:
            await self._recover()
            while not self._stopping:
                if settling.done():  # it never ends by itself: its bug must not go unnoticed
                    settling.result()
                self._wake.clear()
                try:
                    pause = await self._round()
                except StoreError as error:
                    await self._notices.tell("store", store_trouble(error))
                    pause = STORE_PAUSE_SECONDS
                if pause > 0 and not self._stopping:
                    await self._rest(pause)
            while self._in_flight and not settling.done():
                self._wake.clear()
                await self._rest(IDLE_SECONDS)
            if settling.done():
                settling.result()
        finally:
            settling.cancel()
            for task in self._calls:
                task.cancel()
            await asyncio.gather(settling, *self._calls, return_exceptions=True)

    async def _recover(self) -> None:
        """Find what an earlier process left, and what was spent today; until that works."""
        while not self._stopping:
            self._wake.clear()
            try:
                await self._give_up_lost(self._clock.now())
                if self._purse is not None:
                    await self._purse.open()
            except StoreError as error:
                await self._notices.tell("store", store_trouble(error))
                await self._rest(STORE_PAUSE_SECONDS)
            else:
                await self._close_digests()
                return

    async def _give_up_lost(self, now: datetime) -> None:
        """Find rows in flight that nobody carries: those are uncertain. Raises StoreError."""
        cut_off = await self._deliveries.abandon_in_flight(
            now=now, uncertain=self._policy.uncertain, besides=self._in_flight.keys()
        )
        self._looked_for_lost_at = now
        if cut_off:
            self._has_ends = True
            told = partial(cut_off_words, len(cut_off), self._policy.uncertain)
            await self._notices.tell("uncertain", told)

    async def _rest(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            pass

    async def _round(self) -> float:
        """Claim and start what may go now; gives the seconds until the next look."""
        now, looked_at = self._clock.now(), self._looked_for_lost_at
        if looked_at is None or abs(now - looked_at) >= LOST_EVERY:
            await self._give_up_lost(now)
        room = self._places() - len(self._in_flight)
        if room <= 0:
            return CROWDED_SECONDS  # a commit wakes us
        # Rows may have been cancelled meanwhile, also by another process: then nothing else ends.
        is_idle = _loop_time() - self._closed_at >= IDLE_SECONDS
        if not self._in_flight and (self._has_ends or is_idle):
            await self._close_digests()
        await self._ahead.look(self._clock.now())
        granted, pause = self._ahead.granted(room)
        if granted:
            await self._start(granted)
        if not self._ahead and self._ahead.may_hold_more:
            return 0.0
        return pause

    def _places(self) -> int:
        now = _loop_time()
        return places(
            rate=self._permits.rate,
            round_trips=self._round_trips,
            ages=[now - begun_at for begun_at in self._in_flight.values()],
            most=self._policy.max_in_flight,
        )

    async def _start(self, granted: Sequence[Granted]) -> None:
        now = self._clock.now()
        listed = await self._keeping_to_lists(granted, now)
        paid = {one.delivery.id for one in granted if one.is_paid}
        try:
            claimed = await self._deliveries.mark_sending(
                [one.delivery.id for one in granted],
                now=now,
                owner=self._policy.owner,
                lease_until=now + LEASE,
                paid=len(paid),
            )
        except StoreError:
            self._give_back(len(paid))
            raise
        self._unpaid += len(paid - claimed)
        begun_at = _loop_time()
        for one in granted:
            if one.delivery.id not in claimed:  # cancelled or taken by another process meanwhile
                continue
            row = begun(one.delivery)
            if row.chat_id in listed and row.message.method == SEND_RICH:
                row = replace(row, message=as_list(row.message), has_own_form=True)
            self._in_flight[row.id] = begun_at
            self._ahead.begun(row)
            if one.is_paid:
                self._paid.add(row.id)
            task = asyncio.create_task(self._carry(row, is_paid=one.is_paid))
            self._calls.add(task)
            task.add_done_callback(self._calls.discard)

    async def _keeping_to_lists(
        self, granted: Sequence[Granted], now: datetime
    ) -> frozenset[ChatId]:
        """Name the chats among those of rich messages that have refused one lately."""
        chats = {
            one.delivery.chat_id for one in granted if one.delivery.message.method == SEND_RICH
        }
        if not chats:
            return frozenset()
        try:
            return await self._deliveries.keeping_to_lists(chats, since=now - TRY_RICH_AFTER)
        except StoreError:  # one refusal more is no harm
            return frozenset()

    async def _carry(self, delivery: Delivery, *, is_paid: bool) -> None:
        outcome: Outcome
        begun_at = _loop_time()
        try:
            outcome = await self._messenger.send(
                delivery.message,
                chat_id=delivery.chat_id,
                thread_id=delivery.thread_id,
                is_paid=is_paid,
            )
            self._permits.answered(_loop_time() - begun_at)
        except SendError as error:
            outcome = error
        except Exception as error:  # one row's bug must not stop the others
            logger.exception("a delivery failed in our own code", extra={"delivery": delivery.id})
            outcome = OurFault(f"our own error: {type(error).__name__}")
        self._ended.append((delivery, outcome))
        self._some_ended.set()
        if len(self._ended) >= self._group_size:
            self._enough_ended.set()

    async def _settle_for_ever(self) -> None:
        while True:
            await self._some_ended.wait()
            try:
                async with asyncio.timeout(GROUP_SECONDS):
                    await self._enough_ended.wait()
            except TimeoutError:
                pass
            group, self._ended = self._ended[:GROUP_SIZE], self._ended[GROUP_SIZE:]
            if not self._ended:
                self._some_ended.clear()
            if len(self._ended) < self._group_size:
                self._enough_ended.clear()
            await self._settle_group(group)

    async def _settle_group(self, group: list[tuple[Delivery, Outcome]]) -> None:
        now = self._clock.now()
        settlements = [
            settle(delivery, outcome, now=now, uncertain=self._policy.uncertain)
            for delivery, outcome in group
        ]
        unpaid = self._unpaid + self._count_unpaid(settlements)
        self._unpaid = 0
        while True:
            try:
                await self._deliveries.settle(settlements, now=now, unpaid=unpaid)
                break
            except StoreError as error:  # these calls were made: their end must not be lost
                await self._notices.tell("store", store_trouble(error))
                await self._clock.sleep(STORE_PAUSE_SECONDS)
        self._give_back(unpaid)
        ended_at = _loop_time()
        for delivery, outcome in group:
            begun_at = self._in_flight.pop(delivery.id, ended_at)
            self._round_trips.append(ended_at - begun_at)
            self._ahead.ended(delivery, is_sent=isinstance(outcome, Sent))
        for settlement in settlements:
            await self._reactions.to(settlement)
        outcomes = (outcome for _, outcome in group)
        await self._on_ends(list(zip(settlements, outcomes, strict=True)))
        self._has_ends = True
        if not self._ahead or _loop_time() - self._closed_at >= IDLE_SECONDS:
            await self._close_digests()
        self._wake.set()

    def _count_unpaid(self, settlements: Sequence[Settlement]) -> int:
        """Count calls that were to cost Stars and surely sent nothing."""
        ended = {one.delivery.id: one.delivery.state for one in settlements}
        paid = self._paid & ended.keys()
        self._paid -= paid
        return sum(ended[one] not in (State.SENT, State.UNCERTAIN) for one in paid)

    def _give_back(self, unpaid: int) -> None:
        if self._purse is not None and unpaid:
            self._purse.give_back(unpaid)

    async def _close_digests(self) -> None:
        """Note which digests are through; one that could not be noted is looked at again later."""
        self._closed_at = _loop_time()
        self._has_ends = False
        try:
            through = await self._digests.finish_done(now=self._clock.now())
        except StoreError as error:
            await self._notices.tell("store", store_trouble(error))
            return
        for done in through:
            counts = {state.value: number for state, number in done.counts.items()}
            logger.info("digest delivered", extra={"digest": done.digest_id, **counts})


def _loop_time() -> float:
    return asyncio.get_running_loop().time()
