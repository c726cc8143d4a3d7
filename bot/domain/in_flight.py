"""How many calls may be under way at once: no more than the pace needs. Arithmetic only.

Each row in flight is one that a kill makes uncertain, so none is put there before its time.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from itertools import chain

HEADROOM = 2.0
"""Times what is needed on average: answers come unevenly."""
FEWEST = 8
"""Permits are taken a few at a time, and ends are committed a few at a time."""
USUAL_ROUND_TRIP = 0.25
"""Seconds, before anything is known."""
REMEMBERED = 64
"""Round trips of late that tell what the next ones will be like."""


def places(
    *, rate: float, round_trips: Collection[float], ages: Collection[float], most: int
) -> int:
    """Tell how many calls may be under way when `rate` a second may begin; 1 to `most`.

    Little's law: what is under way is the rate times how long it takes on average. `round_trips`
    are the seconds that calls took of late, from the commit that put a row in flight to the one
    that settled it; `ages` those for which calls have been under way by now. A server that becomes
    slow thus gets more places while it does, and a few chats that it lets wait hold up nobody.
    """
    known = len(round_trips) + len(ages)
    total = math.fsum(chain(round_trips, ages))
    needed = rate * HEADROOM * (total / known if known else USUAL_ROUND_TRIP)
    return int(min(max(math.ceil(needed), FEWEST), most)) if needed < most else most
