"""Rows looked up and not yet claimed, so that one look serves many claims; no I/O but that look.

Nothing here is a promise: who sends a row is decided when it is marked as sending.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot.domain.delivery import Delivery, DeliveryId
from bot.domain.pacing import Priority
from bot.domain.subscription import ChatId
from bot.publishing.ports import Permits
from bot.store.deliveries import Deliveries

LOOK_AHEAD = 200
"""Rows looked up at once; only the first open row of each chat is among them."""
STALE_AFTER = 1.0
"""Seconds: rows that other processes add are seen this late at the latest."""
SOON = 0.25
"""Seconds between looks for chats that have waited long enough."""
MOST_PICTURES = 1000


@dataclass(frozen=True, slots=True)
class Granted:
    """A row that may go now."""

    delivery: Delivery
    is_paid: bool


class Ahead:
    """Looks up rows in order and takes permits for them; `time` is the event loop's."""

    def __init__(
        self, *, deliveries: Deliveries, permits: Permits, time: Callable[[], float]
    ) -> None:
        self._deliveries = deliveries
        self._permits = permits
        self._time = time
        self._rows: deque[Delivery] = deque()
        self._looked_at: float | None = None
        self._busy: set[ChatId] = set()
        self._resting: dict[ChatId, float] = {}
        self._known_pictures: set[str] = set()
        self._new_pictures: dict[str, DeliveryId] = {}
        self.may_hold_more = False
        """The last look found as many as it may: more may be due behind them."""

    def __len__(self) -> int:
        return len(self._rows)

    def forget(self) -> None:
        """Look again before anything else goes: there are new rows, perhaps more urgent ones."""
        self._looked_at = None

    def begun(self, delivery: Delivery) -> None:
        """Note that a row is in flight: its chat gets nothing else, its new picture goes alone."""
        self._busy.add(delivery.chat_id)
        picture = delivery.message.picture
        if picture is not None and picture not in self._known_pictures:
            self._new_pictures[picture] = delivery.id

    def ended(self, delivery: Delivery, *, is_sent: bool) -> None:
        """Note that the end of a row, as it was in flight, is committed."""
        self._busy.discard(delivery.chat_id)
        picture = delivery.message.picture
        if picture is None:
            return
        if self._new_pictures.get(picture) == delivery.id:
            del self._new_pictures[picture]
        if is_sent:
            if len(self._known_pictures) >= MOST_PICTURES:
                self._known_pictures.clear()
            self._known_pictures.add(picture)

    async def look(self, now: datetime) -> None:
        """Look rows up, unless those at hand are enough for now. Raises StoreError."""
        moment = self._time()
        if self._rows and self._looked_at is not None:
            age = moment - self._looked_at
            has_rested = any(until <= moment for until in self._resting.values())
            if age < (SOON if has_rested else STALE_AFTER):
                return
        self._resting = {c: until for c, until in self._resting.items() if until > moment}
        found = await self._deliveries.due(
            now=now, limit=LOOK_AHEAD, skip_chats=self._busy | self._resting.keys()
        )
        self._rows = deque(found)
        self._looked_at = moment
        self.may_hold_more = len(found) >= LOOK_AHEAD // 2

    def granted(self, room: int) -> tuple[list[Granted], float]:
        """Take permits for at most `room` rows; also the seconds until the next one may go."""
        granted: list[Granted] = []
        held: list[Delivery] = []
        pause = STALE_AFTER
        moment = self._time()
        chats: set[ChatId] = set()
        pictures: set[str] = set()
        while self._rows and len(granted) < room:
            row = self._rows.popleft()
            # Threads of one forum share its pace and its order.
            if row.chat_id in self._busy or row.chat_id in self._resting or row.chat_id in chats:
                continue
            if self._must_wait_for_picture(row, pictures):
                held.append(row)
                continue
            # Whatever is sent to many leaves the reserve to people who wait for an answer.
            priority = max(row.priority, Priority.FLASH)
            grant = self._permits.try_take(row.chat_id, priority, row.message.cost)
            if grant.wait <= 0:
                granted.append(Granted(row, grant.is_paid))
                chats.add(row.chat_id)
                continue
            pause = min(pause, grant.wait)
            if grant.is_for_all:
                held.append(row)
                break
            self._resting[row.chat_id] = moment + grant.wait
        self._rows.extendleft(reversed(held))
        return granted, pause

    def _must_wait_for_picture(self, row: Delivery, pictures: set[str]) -> bool:
        """Let the first message with a new picture go alone: the others then have its file_id."""
        picture = row.message.picture
        if picture is None or picture in self._known_pictures:
            return False
        if picture in self._new_pictures or picture in pictures:
            return True
        pictures.add(picture)
        return False
