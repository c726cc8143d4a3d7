"""When a story is an alert: so hot that it goes out at once, or much hotter than it was. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

FLASH_AGE = timedelta(hours=24)
"""Older news is no flash, however hot it becomes."""
FOLLOW_UP_AGE = timedelta(hours=48)
"""So long after it was sent a story may still be followed up."""
GROWTH = 25
"""So much hotter than when it was sent is much hotter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRules:
    """What the operator allows; None and 0: nothing."""

    flash_heat: int | None = None
    flash_per_day: int = 3
    follow_ups_per_day: int = 0


def is_much_hotter(heat: int | None, before: int | None, *, hot_heat: int) -> bool:
    """Whether a story has become much hotter than it was when it was sent, and is hot."""
    return heat is not None and before is not None and heat >= hot_heat and heat - before >= GROWTH
