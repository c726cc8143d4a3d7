"""Looking: how long to wait until something that is watched is looked at again."""

from __future__ import annotations

LEAST_PAUSE = 0.25
"""Seconds; a person who waits is shown progress no more often."""
PAUSE_TO_LOOK = 20
"""A look may cost a twentieth of the time: one at a send of a million rows takes a second."""


class Pauses:
    """The pauses between looks: they grow with what a look costs, at most to twice the last one.

    A single look that was slow because the machine was busy makes nobody wait for long.
    """

    def __init__(self) -> None:
        self._last = LEAST_PAUSE

    def after(self, look: float) -> float:
        """Give the seconds to wait after a look that took `look` seconds."""
        self._last = min(2 * self._last, max(LEAST_PAUSE, PAUSE_TO_LOOK * look))
        return self._last
