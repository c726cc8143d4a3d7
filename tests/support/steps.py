"""Does something before a certain step of the event loop, to try every step one after the other."""

from __future__ import annotations

import asyncio
import gc
import selectors
import warnings
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

ENOUGH = 500
"""No call takes so many steps."""

Disturb = Callable[[asyncio.Task[object]], asyncio.Task[None] | None]
"""Is given the call; what it begins is waited for."""


class _Steps(selectors.DefaultSelector):
    """Counts the steps of its event loop: each waits for what is ready, and looks at it once."""

    def __init__(self) -> None:
        super().__init__()
        self._left: int | None = None
        self._act: Callable[[], object] = lambda: None

    def before(self, step: int, act: Callable[[], object]) -> None:
        """Act before a step, counted from now on."""
        self._left, self._act = step, act

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if self._left is not None:
            self._left -= 1
            if self._left < 0:
                self._left, timeout = None, 0
                self._act()
        return super().select(timeout)


Run = Callable[[Coroutine[Any, Any, object]], Awaitable[bool]]
Play = Callable[[Run], Awaitable[bool]]


def cancel(call: asyncio.Task[object]) -> None:
    """Disturb a call by giving it up."""
    call.cancel()


def disturbed_at_each_step(play: Play, disturb: Disturb) -> tuple[int, list[str]]:
    """Play a scene until it comes to its end undisturbed: before step 0, before step 1, and so on.

    `play` is given a function that runs its call, disturbs it at the step, waits for both and
    tells whether the call was through before. Gives the number of steps, and the warnings of
    things that nobody had closed in the end.
    """
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        step = 0
        while not _played(play, disturb, step):
            step += 1
            assert step < ENOUGH
        gc.collect()
    return step, [str(one.message) for one in caught]


def _played(play: Play, disturb: Disturb, step: int) -> bool:
    steps = _Steps()

    async def run(call: Coroutine[Any, Any, object]) -> bool:
        begun: list[asyncio.Task[None] | None] = []
        task = asyncio.create_task(call)
        steps.before(step, lambda: begun.append(disturb(task)))
        await asyncio.gather(task, return_exceptions=True)
        for one in begun:
            if one is not None:
                await one
        return not begun

    async def scene() -> bool:
        return await play(run)

    with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(steps)) as runner:
        return runner.run(scene())
