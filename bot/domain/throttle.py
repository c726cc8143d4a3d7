"""How much of the believed allowance the server really lets through. Arithmetic only, in seconds.

The published limits are no promise. What goes out faster than the server likes is refused, or waits
there unseen: the answers come later and later. Both mean that we ask for too much.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

DROP = 0.2
"""What is given up at once of the share that was too much."""
RECOVERY = 120.0
"""Seconds until we are back at the share that was too much; only then is more tried."""
ONE_CAUSE = 5.0
"""Seconds in which further complaints have the same cause."""
LEAST_SHARE = 0.02
LEAST_BY_TIME = 0.5
"""A server that is slow for reasons of its own must not bring us to a stand."""
LOOKED_AT = 32
"""Answers that tell how long the server takes."""
QUEUEING = 0.25
"""Seconds by which answers come later than the quickest when the server lets us wait."""
FORGET_QUICKEST = 300.0
"""Seconds for which the quickest answer is the measure."""


@dataclass(slots=True)
class Throttle:
    """The share of the allowance to use: 1.0 until the server complains.

    It falls by a fifth at once and comes back along a cubic curve (as in TCP CUBIC, RFC 9438): soon
    near the share that was too much, long just below it, then carefully beyond.
    """

    _top: float | None = None
    _since: float = 0.0
    _times: deque[float] = field(default_factory=lambda: deque(maxlen=LOOKED_AT))
    _heard: int = 0
    _quickest: float = float("inf")
    _quickest_at: float = 0.0

    @property
    def is_open(self) -> bool:
        """Whether the whole allowance may be used."""
        return self._top is None

    def share(self, now: float) -> float:
        """Give the share to use now, above 0 up to 1."""
        if self._top is None:
            return 1.0
        part = (now - self._since) / RECOVERY - 1.0
        share = self._top * (1.0 + DROP * part**3)
        if share >= 1.0:
            self._top = None
        return min(max(share, LEAST_SHARE), 1.0)

    def lower(self, now: float) -> None:
        """Go slower: the server has complained. Several complaints at once are one."""
        if self._top is not None and now - self._since < ONE_CAUSE:
            return
        self._top = self.share(now)
        self._since = now

    def answered(self, seconds: float, *, now: float) -> None:
        """Hear how long an answer took; three in four that come late are a complaint, too.

        A chat of its own that the server lets wait changes nothing.
        """
        if seconds <= self._quickest or now - self._quickest_at > FORGET_QUICKEST:
            self._quickest, self._quickest_at = seconds, now
        self._times.append(seconds)
        self._heard += 1
        if self._heard % (LOOKED_AT // 4) or len(self._times) < LOOKED_AT:
            return
        quicker_quarter = sorted(self._times)[LOOKED_AT // 4]
        is_late = quicker_quarter > 2 * self._quickest + QUEUEING
        if is_late and self.share(now) > LEAST_BY_TIME:
            self.lower(now)
            self._times.clear()

    def remembered(self, now: float) -> tuple[float, float] | None:
        """Give the share that was too much and how many seconds ago, to outlive a restart."""
        return None if self._top is None else (self._top, now - self._since)

    def remember(self, top: float, ago: float, *, now: float) -> None:
        """Take over what an earlier process had learned."""
        self._top = min(max(top, LEAST_SHARE), 1.0)
        self._since = now - ago
