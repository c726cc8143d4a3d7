"""Sends as operators steer them: look, pause, resume, cancel, decide on uncertain messages."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Sequence
from copy import copy
from datetime import datetime
from enum import Enum
from functools import partial

from bot.domain.clock import Clock
from bot.domain.delivery import DigestId, Outcome, Settlement, State
from bot.domain.looking import Pauses
from bot.domain.message import Message
from bot.domain.sends import Burst, Bursts, Doubt, Send, SendId, SendState, Step, Wish
from bot.domain.subscription import ChatState, UserId
from bot.errors import StoreError
from bot.publishing.notices import Notices, store_trouble
from bot.publishing.publication import Publication
from bot.rendering import sends as panels
from bot.rendering.style import Style
from bot.store.digests import Digests
from bot.store.sends import Sends as SendRows
from bot.store.subscriptions import Subscriptions

logger = logging.getLogger(__name__)

ENDED_SHOWN = 5
DOUBTS_SHOWN = 8
SENDS_KEPT = 1000
"""Digests whose send is remembered between calls."""


class Ruling(Enum):
    """What became of an operator's wish."""

    DONE = "done"
    STALE = "stale"
    """It was made looking at something that has changed since; nothing happened."""


class Sends:
    """What operators see of sends, and what they do with them."""

    def __init__(
        self,
        *,
        rows: SendRows,
        digests: Digests,
        publication: Publication,
        clock: Clock,
        wake_courier: Callable[[], None],
    ) -> None:
        self._rows = rows
        self._digests = digests
        self._publication = publication
        self._clock = clock
        self._wake_courier = wake_courier
        self._language: str | None = None

    def speaking(self, language: str | None) -> Sends:
        """Give the same, speaking an operator's language; None: the publication's."""
        other = copy(self)
        other._language = language
        return other

    async def listed(self, *, ended: int = ENDED_SHOWN) -> tuple[Send, ...]:
        """Give what runs, waits or is to be decided, oldest first, then what ended last."""
        return await self._rows.listed(now=self._clock.now(), ended=ended)

    async def get(self, send_id: SendId) -> Send | None:
        """Give a send; None when there is none with this id."""
        return await self._rows.get(send_id, now=self._clock.now())

    async def is_paused(self, send_id: SendId) -> bool:
        """Whether somebody holds a send, or it holds itself."""
        send = await self.get(send_id)
        return send is not None and send.state is SendState.PAUSED

    async def doubts(self, send_id: SendId, *, limit: int = DOUBTS_SHOWN) -> tuple[Doubt, ...]:
        """Give the uncertain messages of a send that were not sent again, undecided ones first."""
        return await self._rows.doubts(send_id, limit=limit)

    async def list_panel(self) -> Message:
        """Show the list, with a button for each send that can still be steered."""
        return panels.listed(await self.listed(), style=self._style(), per_second=self.per_second)

    async def panel(self, send_id: SendId, *, is_asking: bool = False) -> tuple[Message, bool]:
        """Show one send, and tell whether it will stay so; `is_asking`: cancel it, really?"""
        send = await self.get(send_id)
        if send is None:
            return await self.list_panel(), True
        doubts = await self.doubts(send_id) if State.UNCERTAIN in send.counts else ()
        panel = panels.panel(
            send,
            doubts,
            style=self._style(),
            per_second=self.per_second,
            is_asking=is_asking and not send.is_through,
        )
        return panel, send.is_through and not send.undecided

    @property
    def per_second(self) -> float:
        """The pace that is allowed, in messages a second."""
        return self._publication.limits.per_second

    def _style(self) -> Style:
        return self._publication.style(
            is_shared=False, now=self._clock.now(), language=self._language
        )

    async def fulfil(self, wish: Wish, *, by: UserId | None = None) -> Ruling:
        """Do what an operator asks for, once, if what was seen is still so."""
        as_of = wish.as_of
        match wish.step:
            case Step.PAUSE:
                is_done = await self.pause(wish.send, by=by, as_of=as_of)
            case Step.RESUME:
                is_done = await self.resume(wish.send, by=by, as_of=as_of)
            case Step.REALLY:
                is_done = await self.cancel(wish.send, by=by, as_of=as_of)
            case Step.AGAIN | Step.LEAVE:
                again = wish.step is Step.AGAIN
                shown = (wish.count, as_of)
                is_done = await self.decide(wish.send, again=again, by=by, shown=shown) > 0
            case _:
                raise ValueError(f"{wish.step} changes nothing")
        return Ruling.DONE if is_done else Ruling.STALE

    async def pause(
        self, send_id: SendId, *, by: UserId | None = None, as_of: datetime | None = None
    ) -> bool:
        """Hold a running send; False when it is not running (or was changed since `as_of`)."""
        is_done = await self._rows.pause(send_id, now=self._clock.now(), by=by, as_of=as_of)
        return self._noted(is_done, "send paused", send_id, by)

    async def resume(
        self, send_id: SendId, *, by: UserId | None = None, as_of: datetime | None = None
    ) -> bool:
        """Let a paused send go on where it stopped; False when it is not paused."""
        is_done = await self._rows.resume(send_id, now=self._clock.now(), by=by, as_of=as_of)
        return self._noted(is_done, "send resumed", send_id, by)

    async def cancel(
        self, send_id: SendId, *, by: UserId | None = None, as_of: datetime | None = None
    ) -> bool:
        """Cancel what waits; what is in flight ends as it ends. False when it has ended."""
        now = self._clock.now()
        is_done = await self._rows.cancel(send_id, now=now, by=by, as_of=as_of)
        if is_done:
            await self._digests.finish_done(now)
        return self._noted(is_done, "send cancelled", send_id, by)

    async def decide(
        self,
        send_id: SendId,
        *,
        again: bool,
        by: UserId | None = None,
        shown: tuple[int, datetime] | None = None,
    ) -> int:
        """Send undecided messages once more, or leave them; give their number, 0 when stale."""
        now = self._clock.now()
        count = await self._rows.decide(send_id, again=again, now=now, shown=shown)
        self._noted(count > 0, f"uncertain {'sent again' if again else 'left'}", send_id, by)
        return count

    def _noted(self, is_done: bool, deed: str, send_id: SendId, by: UserId | None) -> bool:  # noqa: FBT001
        if is_done:
            logger.info(deed, extra={"send": send_id, "by": by})
            self._wake_courier()
        return is_done


class Watchman:
    """Watches the ends of calls: stops a send that fails in a burst, and calls for decisions."""

    def __init__(
        self, *, rows: SendRows, subscriptions: Subscriptions, notices: Notices, clock: Clock
    ) -> None:
        self._rows = rows
        self._subscriptions = subscriptions
        self._notices = notices
        self._clock = clock
        self._bursts = Bursts()
        self._send_of: dict[DigestId, SendId] = {}

    async def saw(self, ends: Sequence[tuple[Settlement, Outcome]]) -> None:
        """Take the ends of calls that have just been committed. Never raises StoreError."""
        try:
            await self._look(ends)
        except StoreError as error:
            await self._notices.tell("store", store_trouble(error))

    async def _look(self, ends: Sequence[tuple[Settlement, Outcome]]) -> None:
        await self._learn({settlement.delivery.digest_id for settlement, _ in ends})
        now = self._clock.now()
        asked: set[SendId] = set()
        for settlement, outcome in ends:
            send_id = self._send_of.get(settlement.delivery.digest_id)
            if send_id is None:
                continue
            if settlement.asks:
                asked.add(send_id)
            burst = self._bursts.saw(send_id, settlement, outcome, now=now)
            if burst is not None:
                await self._stop(send_id, burst)
        for send_id in sorted(asked):
            await self._ask(send_id)

    async def _learn(self, digest_ids: set[DigestId]) -> None:
        missing = digest_ids - self._send_of.keys()
        if not missing:
            return
        self._send_of |= await self._rows.ids_of(missing)
        while len(self._send_of) > SENDS_KEPT:
            digest_id = next(iter(self._send_of))
            self._bursts.forget(self._send_of.pop(digest_id))

    async def _stop(self, send_id: SendId, burst: Burst) -> None:
        """Pause a send and tell the operators; chats that were "not found" with it wake again."""
        now = self._clock.now()
        if not await self._rows.pause(send_id, now=now, alarm=burst.reason):
            return
        for chat_id in sorted(burst.lost):
            chat = await self._subscriptions.chat(chat_id)
            if chat is not None and chat.state is ChatState.ASLEEP:
                await self._subscriptions.wake(chat_id, now)
        send = await self._rows.get(send_id, now=now)
        if send is not None:
            logger.error("send paused by an error burst", extra={"send": send_id})
            cause = f"burst:{send_id}:{now.isoformat()}"
            await self._notices.tell(
                cause, partial(panels.alarm, send), partial(panels.alarm_buttons, send)
            )

    async def _ask(self, send_id: SendId) -> None:
        send = await self._rows.get(send_id, now=self._clock.now())
        if send is not None and send.undecided:
            text, buttons = partial(panels.question, send), partial(panels.question_buttons, send)
            await self._notices.tell(f"ask:{send_id}", text, buttons)


async def look_on(
    sends: Sends,
    send_id: SendId,
    stop: asyncio.Event,
    *,
    on_progress: Callable[[Send], None],
    pauses: Pauses,
    limit: float | None = None,
    is_delivering: bool = False,
) -> bool:
    """Report the progress of a send until nothing more happens or `stop` is set: then give True.

    Gives False when neither is so after `limit` seconds, or one pause between looks if that is
    longer; 0: after one look. `pauses` are kept for the next call. A send that is paused ends it
    where this process itself delivers, one that an error burst paused in any case.
    """
    loop_time = asyncio.get_running_loop().time
    end = None if limit is None else loop_time() + limit
    while True:
        begun = loop_time()
        send = await sends.get(send_id)
        if send is not None:
            on_progress(send)
        if stop.is_set() or send is None or not send.open:
            return True
        is_paused = send.state is SendState.PAUSED
        if is_paused and (is_delivering or send.alarm is not None):
            return True
        if limit == 0:
            return False
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(pauses.after(loop_time() - begun)):
                await stop.wait()
        if end is not None and loop_time() >= end and not stop.is_set():
            return False
