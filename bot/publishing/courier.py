"""The courier carries rows of the ledger to Telegram: permit, claim, send, settle.

A row becomes `sending`, durably, only when its permit is granted, and its end is committed when
the call is settled, in groups. So only rows in flight can become uncertain by a kill.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import timedelta

from bot.domain.clock import Clock
from bot.domain.delivery import (
    Delivery,
    DeliveryId,
    Outcome,
    Reaction,
    Settlement,
    State,
    UncertainPolicy,
    settle,
)
from bot.domain.pacing import Priority
from bot.domain.subscription import ChatId
from bot.errors import OurFault, SendError, StoreError
from bot.publishing.notices import Notices
from bot.publishing.ports import Messenger, Permits
from bot.store.deliveries import Deliveries
from bot.store.digests import Digests

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=2)
"""Longer than the longest call: on a shared database others take the row over after it."""
LOOK_AHEAD = 200
"""Rows looked at in one claim; only the first open row of each chat is among them."""
GROUP_SIZE = 50
GROUP_SECONDS = 0.05
"""Ends of calls are committed in groups of so many rows, or after so long."""
IDLE_SECONDS = 1.0
"""The longest sleep: rows that other processes add are seen this late at the latest."""
STORE_PAUSE_SECONDS = 2.0


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
    ) -> None:
        self._deliveries = deliveries
        self._digests = digests
        self._messenger = messenger
        self._permits = permits
        self._notices = notices
        self._clock = clock
        self._policy = policy
        self._on_disabled = on_disabled
        self._on_settled = on_settled
        self._wake = asyncio.Event()
        self._stopping = False
        self._calls: set[asyncio.Task[None]] = set()
        # A row is in flight until its end is committed, not only until its call has returned.
        self._in_flight: dict[DeliveryId, Delivery] = {}
        self._settled: asyncio.Queue[tuple[Delivery, Outcome]] = asyncio.Queue()
        self._resting: dict[ChatId, float] = {}

    @property
    def in_flight(self) -> int:
        """Count the rows between their two commits: so many a kill would make uncertain."""
        return len(self._in_flight)

    def wake(self) -> None:
        """Say that there are new rows."""
        self._wake.set()

    def stop(self) -> None:
        """Claim nothing more; `run` ends when the last call is settled."""
        self._stopping = True
        self._wake.set()

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
                    await self._notices.tell("store", f"The database is in trouble: {error}")
                    pause = STORE_PAUSE_SECONDS
                if pause > 0 and not self._stopping:
                    await self._rest(pause)
            while self._calls:
                await asyncio.wait(self._calls)
            joined = asyncio.create_task(self._settled.join())
            await asyncio.wait({joined, settling}, return_when=asyncio.FIRST_COMPLETED)
            joined.cancel()
            if settling.done():
                settling.result()
        finally:
            settling.cancel()
            for task in self._calls:
                task.cancel()
            await asyncio.gather(settling, *self._calls, return_exceptions=True)

    async def _recover(self) -> None:
        """Find what an earlier process left in flight: those rows are uncertain."""
        cut_off = await self._deliveries.abandon_in_flight(
            now=self._clock.now(),
            uncertain=self._policy.uncertain,
        )
        await self._close_digests()
        if cut_off:
            ending = (
                "they are sent again"
                if self._policy.uncertain is UncertainPolicy.RESEND
                else "they are not sent again"
            )
            await self._notices.tell(
                "uncertain",
                f"{len(cut_off)} messages were cut off between sending and hearing back when "
                f"the program last ended; {ending}.",
            )

    async def _rest(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            pass

    async def _round(self) -> float:
        """Claim and start what may go now; gives the seconds until the next look."""
        room = self._policy.max_in_flight - len(self._in_flight)
        if room <= 0:
            return IDLE_SECONDS  # a commit wakes us
        loop_now = asyncio.get_running_loop().time()
        self._resting = {c: until for c, until in self._resting.items() if until > loop_now}
        busy = {delivery.chat_id for delivery in self._in_flight.values()}
        rows = await self._deliveries.due(
            now=self._clock.now(), limit=LOOK_AHEAD, skip_chats=busy | self._resting.keys()
        )
        granted, pause = self._granted(rows, room)
        if granted:
            await self._start(granted)
        if len(rows) == LOOK_AHEAD:
            return 0.0  # more may be due behind those that had to wait
        return pause

    def _granted(self, rows: Iterable[Delivery], room: int) -> tuple[list[Delivery], float]:
        """Take permits for as many rows as may go now; also the wait until the next one may."""
        loop_now = asyncio.get_running_loop().time()
        granted: list[Delivery] = []
        pause = IDLE_SECONDS
        chats: set[ChatId] = set()
        for row in rows:
            if len(granted) >= room:
                break
            if row.chat_id in chats:  # threads of one forum share its pace and its order
                continue
            wait = self._permits.try_take(row.chat_id, Priority.DIGEST, row.message.cost)
            if wait <= 0:
                granted.append(row)
                chats.add(row.chat_id)
            else:
                self._resting[row.chat_id] = loop_now + wait
                pause = min(pause, wait)
        return granted, pause

    async def _start(self, rows: list[Delivery]) -> None:
        now = self._clock.now()
        claimed = await self._deliveries.mark_sending(
            [row.id for row in rows], now=now, owner=self._policy.owner, lease_until=now + LEASE
        )
        for row in rows:
            if row.id not in claimed:  # cancelled or taken by another process meanwhile
                continue
            row = replace(row, state=State.SENDING, attempts=row.attempts + 1)
            task = asyncio.create_task(self._carry(row), name=f"delivery {row.id}")
            self._in_flight[row.id] = row
            self._calls.add(task)
            task.add_done_callback(self._calls.discard)

    async def _carry(self, delivery: Delivery) -> None:
        outcome: Outcome
        try:
            outcome = await self._messenger.send(
                delivery.message, chat_id=delivery.chat_id, thread_id=delivery.thread_id
            )
        except SendError as error:
            outcome = error
        except Exception as error:  # one row's bug must not stop the others
            logger.exception("a delivery failed in our own code", extra={"delivery": delivery.id})
            outcome = OurFault(f"our own error: {type(error).__name__}")
        self._settled.put_nowait((delivery, outcome))

    async def _settle_for_ever(self) -> None:
        while True:
            group = [await self._settled.get()]
            deadline = asyncio.get_running_loop().time() + GROUP_SECONDS
            while len(group) < GROUP_SIZE:
                try:
                    async with asyncio.timeout_at(deadline):
                        group.append(await self._settled.get())
                except TimeoutError:
                    break
            await self._settle_group(group)
            for _ in group:
                self._settled.task_done()

    async def _settle_group(self, group: list[tuple[Delivery, Outcome]]) -> None:
        now = self._clock.now()
        settlements = [
            settle(delivery, outcome, now=now, uncertain=self._policy.uncertain)
            for delivery, outcome in group
        ]
        while True:
            try:
                await self._deliveries.settle(settlements, now=now)
                break
            except StoreError as error:  # these calls were made: their end must not be lost
                await self._notices.tell("store", f"The database is in trouble: {error}")
                await self._clock.sleep(STORE_PAUSE_SECONDS)
        for delivery, _ in group:
            self._in_flight.pop(delivery.id, None)
        for settlement in settlements:
            await self._react(settlement)
        await self._close_digests()
        self._wake.set()

    async def _close_digests(self) -> None:
        """Note which digests are through; one that could not be noted is looked at again later."""
        try:
            through = await self._digests.finish_done(now=self._clock.now())
        except StoreError as error:
            await self._notices.tell("store", f"The database is in trouble: {error}")
            return
        for done in through:
            counts = {state.value: number for state, number in done.counts.items()}
            logger.info("digest delivered", extra={"digest": done.digest_id, **counts})

    async def _react(self, settlement: Settlement) -> None:
        delivery = settlement.delivery
        self._on_settled(delivery)
        fields = {"delivery": delivery.id, "chat": delivery.chat_id, "why": delivery.reason}
        if settlement.slow_down is not None:
            self._permits.slow_down(delivery.chat_id, settlement.slow_down)
            logger.info("Telegram asks to slow down", extra=fields)
        if delivery.state is State.UNCERTAIN:
            logger.warning("delivery uncertain", extra=fields)
        match settlement.reaction:
            case Reaction.STOP:
                self._on_disabled(delivery.reason or "the token is not valid")
            case Reaction.MOVE_CHAT:
                logger.info("chat moved", extra={**fields, "to": settlement.new_chat_id})
            case Reaction.PAUSE_CHAT:
                await self._notices.tell(
                    f"paused:{delivery.chat_id}",
                    f"I can't post in chat {delivery.chat_id}: {delivery.reason}. "
                    "It is paused until that is mended and the program is started again.",
                )
            case Reaction.SLEEP_CHAT:
                logger.info("chat asleep", extra=fields)
            case _:
                if delivery.state is State.REFUSED:
                    logger.warning("delivery refused", extra=fields)
