"""The bot's queue of updates and the long poll that empties it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.sandbox.clock import Clock
from bot.sandbox.errors import ApiError

KINDS = frozenset(
    {
        "message",
        "edited_message",
        "channel_post",
        "edited_channel_post",
        "business_connection",
        "business_message",
        "edited_business_message",
        "deleted_business_messages",
        "guest_message",
        "inline_query",
        "chosen_inline_result",
        "callback_query",
        "shipping_query",
        "pre_checkout_query",
        "purchased_paid_media",
        "poll",
        "poll_answer",
        "my_chat_member",
        "chat_member",
        "chat_join_request",
        "message_reaction",
        "message_reaction_count",
        "chat_boost",
        "removed_chat_boost",
        "managed_bot",
    }
)
OPT_IN = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
LIFETIMES = {
    "callback_query": timedelta(seconds=150),
    "inline_query": timedelta(seconds=30),
    "chosen_inline_result": timedelta(seconds=600),
}
DAY = timedelta(hours=24)
MAX_LIMIT = 100
MAX_TIMEOUT = 50
CONFLICT = (
    "Conflict: terminated by other getUpdates request; "
    "make sure that only one bot instance is running"
)


@dataclass(frozen=True, slots=True)
class Update:
    """Something that happened and that the bot has not confirmed yet."""

    id: int
    kind: str
    body: dict[str, object]
    expires_at: datetime

    def to_json(self) -> dict[str, object]:
        """Build the Update object."""
        return {"update_id": self.id, self.kind: self.body}


class Updates:
    """One bot's queue; at most one poll waits for it at a time."""

    def __init__(self, clock: Clock, *, stir: Callable[[], None]) -> None:
        self._clock = clock
        # Called when a poll begins to wait, for those who wait for just that.
        self._stir = stir
        self._queue: deque[Update] = deque()
        self._last_id = 100_000_000
        self._allowed: frozenset[str] = KINDS - OPT_IN
        self._poll: asyncio.Future[None] | None = None

    @property
    def allowed(self) -> frozenset[str]:
        """The kinds that are queued at present."""
        return self._allowed

    @property
    def is_polled(self) -> bool:
        """Tell whether a poll is waiting at this moment."""
        return self._poll is not None and not self._poll.done()

    def allow(self, kinds: Iterable[object] | None) -> None:
        """Set the kinds for updates made from now on; None leaves the setting alone."""
        if kinds is None:
            return
        known = frozenset(kind for kind in kinds if kind in KINDS)
        self._allowed = frozenset(str(kind) for kind in known) or KINDS - OPT_IN

    def push(self, kind: str, body: dict[str, object]) -> None:
        """Queue an update, unless the bot did not ask for this kind."""
        if kind not in self._allowed:
            return
        self._last_id += 1
        expires_at = self._clock.now() + LIFETIMES.get(kind, DAY)
        self._queue.append(Update(self._last_id, kind, body, expires_at))
        self.wake()

    def pending(self) -> tuple[Update, ...]:
        """What is queued and has not expired, oldest first."""
        now = self._clock.now()
        if any(update.expires_at <= now for update in self._queue):
            self._queue = deque(one for one in self._queue if one.expires_at > now)
        return tuple(self._queue)

    def forget(self) -> None:
        """Drop everything that is queued."""
        self._queue.clear()

    def wake(self) -> None:
        """Let a waiting poll look at the queue again, or end."""
        if self._poll is not None and not self._poll.done():
            self._poll.set_result(None)

    async def get(self, *, offset: int, limit: int, timeout: int) -> tuple[Update, ...]:  # noqa: ASYNC109 - the parameter's name in the Bot API
        """Confirm what is older than `offset` and wait for something to give out."""
        self._supersede()
        self._confirm(offset)
        limit = limit if 1 <= limit <= MAX_LIMIT else MAX_LIMIT
        if timeout > 0 and not self.pending():
            await self._wait(min(timeout, MAX_TIMEOUT))
        return self.pending()[:limit]

    def _supersede(self) -> None:
        """End an older poll: Telegram lets the newer one live."""
        if self._poll is not None and not self._poll.done():
            self._poll.set_exception(ApiError(409, CONFLICT))
        self._poll = None

    def _confirm(self, offset: int) -> None:
        if offset > 0:
            while self._queue and self._queue[0].id < offset:
                self._queue.popleft()
        elif offset < 0:
            while len(self._queue) > -offset:
                self._queue.popleft()

    async def _wait(self, seconds: int) -> None:
        # The network's patience is real time: a test's clock that jumps must not make polls spin.
        poll = asyncio.get_running_loop().create_future()
        self._poll = poll
        self._stir()
        try:
            async with asyncio.timeout(seconds):
                await poll
        except TimeoutError:
            pass
        finally:
            if self._poll is poll:
                self._poll = None
            if not poll.done():
                poll.cancel()
