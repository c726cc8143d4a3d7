"""Slices: a large slot is stored in parts, so that nobody waits until all of it is there.

On SQLite one transaction writes at a time. A person who taps a button, and the courier who notes
what became of its calls, have their turn between two slices.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import datetime, timedelta

from bot.domain.delivery import DigestId
from bot.store.digest_rows import NewDigest
from bot.store.slot_sends import Hold, SlotSends

logger = logging.getLogger(__name__)

SLICE_SECONDS = 0.25
"""How long a slice may keep other writers waiting; its size is found by how long others took."""
FIRST_ROWS = 20_000
FEWEST_ROWS, MOST_ROWS = 5_000, 50_000
"""Deliveries in a slice. Each slice changes pages all over the index by chat, so that very small
ones cost as much as larger ones. A digest is never cut: one that goes to a million is a slice."""


class Slices:
    """Cuts digests into runs of about `rows` deliveries, which may change on the way."""

    def __init__(self, new: Sequence[NewDigest]) -> None:
        self._new = new
        self.rows = FIRST_ROWS
        self.to_come = sum(map(_rows_of, new))
        """How many deliveries come after the last slice that was given."""

    def __iter__(self) -> Iterator[Sequence[NewDigest]]:
        """Give the slices, each at least one digest."""
        start = 0
        while start < len(self._new):
            end, rows = start, 0
            while end < len(self._new) and (end == start or rows < self.rows):
                rows += _rows_of(self._new[end])
                end += 1
            self.to_come -= rows
            yield self._new[start:end]
            start = end

    def took(self, seconds: float, rows: int) -> None:
        """Learn from how long a slice took."""
        fit = int(rows * SLICE_SECONDS / max(seconds, 0.001))
        self.rows = min(max(fit, FEWEST_ROWS), MOST_ROWS)


async def store_in_slices(
    sends: SlotSends,
    hold: Hold,
    new: Sequence[NewDigest],
    *,
    now: datetime,
    on_slice: Callable[[Sequence[DigestId], Sequence[NewDigest]], Awaitable[None]],
) -> bool:
    """Store all digests of slots and finish these; False when that was not ours to the end.

    `now`: the moment for which the digests were composed. `on_slice` is told of each slice that is
    stored; its deliveries may leave at once.
    """
    loop_time = asyncio.get_running_loop().time
    begun = loop_time()
    slices = Slices(new)
    for part in slices:
        left = slices.to_come
        at = now + timedelta(seconds=loop_time() - begun)
        stored = await sends.add(hold, part, to_come=left, now=now, at=at)
        if stored is None:
            logger.warning("slot not stored to its end", extra={"left": left})
            return False
        hold = stored.hold
        slices.took(stored.seconds, sum(map(_rows_of, part)))
        await on_slice(stored.ids, part)
        if left:
            await asyncio.sleep(sends.pause)
    return True


def _rows_of(new: NewDigest) -> int:
    return max(len(new.recipients) * len(new.digest.messages), 1)
