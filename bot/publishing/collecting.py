"""Python's collector of circles among objects, asked less often while very much is made at once."""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

COLLECTED_AFTER = 50_000
"""New objects, about ten megabytes, between two looks at the youngest of them."""
NEVER = 1_000_000
"""Looks at the younger objects before all are looked at: more than any import or slot has."""

_held = 0
_usual = gc.get_threshold()


@asynccontextmanager
async def fewer_collections(*, is_whole: bool = True) -> AsyncIterator[None]:
    """Let Python look for circles among new objects seldom, and (not `is_whole`) never among all.

    At the usual pace it looks at every new value four times, a tenth of an import. With a million
    readers in memory a look at all objects takes 100 to 700 ms, in which nobody is answered; what a
    slot makes holds hardly a circle. May be entered several times at once.
    """
    global _held, _usual
    if not _held:
        _usual = gc.get_threshold()
    _held += 1
    young, old, whole = gc.get_threshold()
    gc.set_threshold(max(young, COLLECTED_AFTER), old, whole if is_whole else NEVER)
    try:
        yield
    finally:
        _held -= 1
        if not _held:
            gc.set_threshold(*_usual)
