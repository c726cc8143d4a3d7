"""The purse: how many messages may still cost Stars today, whatever happens to the process."""

from __future__ import annotations

from datetime import UTC, date

from bot.domain.clock import Clock
from bot.store.deliveries import Deliveries

MESSAGES_A_STAR = 10


class Purse:
    """Counts towards a daily limit of Stars, per day of UTC; before `open` nothing may be paid.

    A message is counted, durably, before its call, and given back when it surely was not sent.
    """

    def __init__(self, *, stars_a_day: int, deliveries: Deliveries, clock: Clock) -> None:
        self._most = stars_a_day * MESSAGES_A_STAR
        self._deliveries = deliveries
        self._clock = clock
        self._day: date | None = None
        self._spent = 0

    @property
    def left(self) -> int:
        """Count the messages that may still cost Stars today."""
        if self._day is None:
            return 0
        today = self._clock.now().astimezone(UTC).date()
        if today != self._day:
            self._day, self._spent = today, 0
        return max(self._most - self._spent, 0)

    async def open(self) -> None:
        """Look up what was spent today. Raises StoreError."""
        now = self._clock.now()
        self._spent = await self._deliveries.paid_today(now)
        self._day = now.astimezone(UTC).date()

    def take(self, count: int) -> bool:
        """Count so many messages, or refuse all of them."""
        if self.left < count:
            return False
        self._spent += count
        return True

    def give_back(self, count: int) -> None:
        """Take so many messages off again: they were not sent."""
        self._spent = max(self._spent - count, 0)
