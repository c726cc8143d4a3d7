"""Parts beside the bot: whatever makes one fail, it is said and it goes on."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from bot.errors import StoreError
from bot.publishing.notices import Notices
from bot.publishing.supervision import Supervision
from bot.rendering.phrases import ENGLISH
from tests.support.clocks import StandingClock

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def supervision(stopped: asyncio.Event) -> tuple[Supervision, list[str]]:
    """Give one whose notices are collected."""
    told: list[str] = []
    notices = Notices(clock=StandingClock(NOON))

    async def tell(text: object, _: object) -> None:
        assert callable(text)
        told.append(text(ENGLISH))

    notices.connect(tell)
    return Supervision(notices=notices, stopped=stopped), told


async def test_a_part_that_fails_is_told_of_once_and_begins_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    kept, told = supervision(asyncio.Event())
    failures: list[Exception] = [KeyError("x"), OSError("y"), KeyError("z")]
    begun = 0

    async def run() -> None:
        nonlocal begun
        begun += 1
        if failures:
            raise failures.pop()

    await kept.keep("watcher", run, again_after=0.001)
    assert begun == 4
    (words,) = told
    assert "(watcher)" in words
    assert caplog.text.count("Traceback") == 3


async def test_a_stop_ends_the_rest_behind_a_failure() -> None:
    stopped = asyncio.Event()
    kept, told = supervision(stopped)
    has_failed = asyncio.Event()

    async def run() -> None:
        has_failed.set()
        raise RuntimeError

    keeping = asyncio.create_task(kept.keep("retention", run, again_after=3600))
    await has_failed.wait()
    stopped.set()
    await keeping
    assert len(told) == 1


async def test_a_guarded_action_never_raises_and_is_not_repeated() -> None:
    kept, told = supervision(asyncio.Event())
    calls = 0

    async def act() -> None:
        nonlocal calls
        calls += 1
        raise StoreError("database or disk is full")

    await kept.guarded("rescan", act)()
    assert calls == 1
    assert told == ["The database is in trouble: database or disk is full"]


async def test_a_part_that_is_cancelled_ends() -> None:
    kept, _ = supervision(asyncio.Event())
    keeping = asyncio.create_task(kept.keep("recalls", asyncio.Event().wait))  # type: ignore[arg-type]
    await asyncio.sleep(0)
    keeping.cancel()
    with pytest.raises(asyncio.CancelledError):
        await keeping
