"""Waiting for a permit, on a clock that the test moves."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import json
from datetime import timedelta

import pytest

from bot.domain.pacing import Grant, Limits, Priority
from bot.domain.subscription import ChatId
from bot.gateway.pace import Lessons, PacedCalls

LIMITS = Limits(per_second=30.0, burst=28.0, reserve=8.0)
ANN, BOB, GROUP = ChatId(1), ChatId(2), ChatId(-100)


class FakeTime:
    """A clock that jumps to the next sleeper as soon as everybody waits."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.naps = 0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []

    def time(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.naps += 1
        future = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self.now + seconds, self.naps, future))
        await future

    async def settle(self) -> None:
        """Let everything run that can run without the time going on."""
        for _ in range(20):
            await asyncio.sleep(0)

    async def advance(self, seconds: float) -> None:
        until = self.now + seconds
        await self.settle()
        while self._sleepers and self._sleepers[0][0] <= until:
            at, _, future = heapq.heappop(self._sleepers)
            if future.cancelled():
                continue
            self.now = max(self.now, at)
            future.set_result(None)
            await self.settle()
        self.now = until


@pytest.fixture
def clock() -> FakeTime:
    return FakeTime()


@pytest.fixture
def paced(clock: FakeTime) -> PacedCalls:
    return PacedCalls(LIMITS, time=clock.time, sleep=clock.sleep)


async def warm(clock: FakeTime) -> None:
    """Let the start pass, which never begins with a burst."""
    await clock.advance(10.0)


def ask(
    paced: PacedCalls, log: list[str], name: str, chat: ChatId, priority: Priority, cost: int = 1
) -> asyncio.Task[None]:
    async def call() -> None:
        await paced.permit(chat, priority, cost)
        log.append(name)

    return asyncio.create_task(call())


async def test_a_permit_that_is_free_costs_no_wait(paced: PacedCalls, clock: FakeTime) -> None:
    await warm(clock)
    await paced.permit(ANN, Priority.ANSWER)
    assert clock.naps == 0


async def test_a_start_never_begins_with_a_burst(paced: PacedCalls, clock: FakeTime) -> None:
    log: list[str] = []
    tasks = [ask(paced, log, str(n), ChatId(n), Priority.DIGEST) for n in range(1, 61)]
    await clock.advance(1.0)
    assert len(log) <= 30
    await clock.advance(2.0)
    assert len(log) == 60
    await asyncio.gather(*tasks)


async def test_people_go_before_a_broadcast(paced: PacedCalls, clock: FakeTime) -> None:
    await warm(clock)
    log: list[str] = []
    tasks = [ask(paced, log, "bulk", ChatId(n), Priority.DIGEST) for n in range(10, 200)]
    await clock.settle()
    assert len(log) == 20  # the rest of the burst is kept for people
    tasks += [ask(paced, log, "answer", ChatId(n), Priority.ANSWER) for n in range(300, 320)]
    await clock.settle()
    assert log.count("answer") == 8
    await clock.advance(0.5)
    assert log.count("answer") == 20
    await clock.advance(10.0)
    assert len(log) == 210
    await asyncio.gather(*tasks)


async def test_one_chat_that_must_wait_holds_up_nobody(paced: PacedCalls, clock: FakeTime) -> None:
    await warm(clock)
    log: list[str] = []
    tasks = [ask(paced, log, "ann", ANN, Priority.ANSWER) for _ in range(10)]
    tasks.append(ask(paced, log, "bob", BOB, Priority.DIGEST))
    await clock.settle()
    assert log == ["ann"] * 3 + ["bob"]
    await clock.advance(7.1)
    assert log.count("ann") == 10
    await asyncio.gather(*tasks)


async def test_within_a_chat_the_order_of_asking_is_kept(
    paced: PacedCalls, clock: FakeTime
) -> None:
    await warm(clock)
    log: list[str] = []
    tasks = [ask(paced, log, str(n), GROUP, Priority.DIGEST) for n in range(9)]
    await clock.advance(120.0)
    assert log == [str(n) for n in range(9)]
    await asyncio.gather(*tasks)


async def test_a_cancelled_wait_takes_nothing(paced: PacedCalls, clock: FakeTime) -> None:
    await warm(clock)
    log: list[str] = []
    tasks = [ask(paced, log, "x", ANN, Priority.ANSWER) for _ in range(30)]
    await clock.settle()
    for task in tasks[3:]:
        task.cancel()
    last = ask(paced, log, "last", ANN, Priority.ANSWER)
    await clock.advance(1.01)
    assert log == ["x", "x", "x", "last"]
    await last
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_who_is_told_to_slow_down_waits_and_others_do_not(
    paced: PacedCalls, clock: FakeTime
) -> None:
    await warm(clock)
    paced.slow_down(ANN, timedelta(seconds=30))
    log: list[str] = []
    tasks = [
        ask(paced, log, name, chat, Priority.ANSWER) for name, chat in (("a", ANN), ("b", BOB))
    ]
    await clock.advance(30.0)
    assert log == ["b"]
    await clock.advance(0.6)
    assert log == ["b", "a"]
    await asyncio.gather(*tasks)


async def test_several_that_are_told_so_pause_everybody(paced: PacedCalls, clock: FakeTime) -> None:
    await warm(clock)
    log: list[str] = []
    for chat in (10, 11, 12):
        paced.slow_down(ChatId(chat), timedelta(seconds=5))
    task = ask(paced, log, "bob", BOB, Priority.ANSWER)
    await clock.advance(5.0)
    assert log == []
    await clock.advance(0.6)
    assert log == ["bob"]
    await task


async def test_taking_without_waiting_tells_when_to_come_back(
    paced: PacedCalls, clock: FakeTime
) -> None:
    await warm(clock)
    taken = [paced.try_take(ChatId(n), Priority.DIGEST) for n in range(1, 30)]
    assert taken[:20] == [Grant()] * 20
    assert all(one.wait > 0.0 and one.is_for_all for one in taken[20:])
    assert 0.0 < paced.overall_wait(Priority.DIGEST) < taken[-1].wait
    assert paced.overall_wait(Priority.ANSWER) == 0.0
    await clock.advance(taken[-1].wait)
    assert paced.try_take(ChatId(99), Priority.DIGEST) == Grant()


async def test_permits_gather_for_who_sends_to_many_and_none_is_wasted(
    paced: PacedCalls, clock: FakeTime
) -> None:
    """Each asking costs a transaction; woken too early, whoever asks is told the same moment."""
    await warm(clock)
    begun, askings, numbers = clock.now, 0, itertools.count(1)
    taken = 0
    while clock.now < begun + 10:
        askings += 1
        while not (grant := paced.try_take(ChatId(next(numbers)), Priority.DIGEST)).wait:
            taken += 1
        await clock.advance(grant.wait / 2)
        again = paced.try_take(ChatId(next(numbers)), Priority.DIGEST)
        assert again.wait == pytest.approx(grant.wait / 2)
        assert paced.try_take(ChatId(9_000_000 + askings), Priority.ANSWER) == Grant()
        taken += 1
        await clock.advance(again.wait)
    assert askings <= 101
    assert taken == pytest.approx(20 + 30 * 10, abs=4)


async def test_a_chat_that_must_wait_alone_says_so(paced: PacedCalls, clock: FakeTime) -> None:
    await warm(clock)
    paced.slow_down(GROUP, timedelta(seconds=5))
    assert paced.try_take(GROUP, Priority.DIGEST) == Grant(5.5)
    assert paced.try_take(ANN, Priority.DIGEST) == Grant()


async def test_what_stars_are_paid_for_goes_beyond_the_free_pace(clock: FakeTime) -> None:
    limits = Limits(paid_per_second=1000.0)
    paced = PacedCalls(limits, time=clock.time, sleep=clock.sleep)
    left = [40]

    def may_pay(count: int) -> bool:
        left[0] -= count
        return left[0] >= 0

    await warm(clock)
    paced.may_pay = may_pay
    taken = [paced.try_take(ChatId(n), Priority.DIGEST) for n in range(1, 100)]
    assert taken[:20] == [Grant()] * 20
    assert taken[20:60] == [Grant(is_paid=True)] * 40
    assert all(one.wait > 0.0 for one in taken[60:])
    # What was paid for is no part of the free pace: the reserve is there for people.
    assert paced.overall_wait(Priority.ANSWER) == 0.0


async def test_what_telegram_asked_for_outlives_a_restart(
    paced: PacedCalls, clock: FakeTime
) -> None:
    await warm(clock)
    for number in range(3):
        paced.slow_down(ChatId(10 + number), timedelta(seconds=30))
    text = json.dumps(paced.remembered().as_json())
    restarted = PacedCalls(time=clock.time, sleep=clock.sleep)
    restarted.remember(Lessons.from_json(json.loads(text)), ago=timedelta(seconds=10))
    assert restarted.overall_wait(Priority.ANSWER) == pytest.approx(20.5)
    await clock.advance(21.0)
    assert restarted.overall_wait(Priority.ANSWER) == 0.0
    # It still goes slower than the limits say.
    throttle = restarted.remembered().throttle
    assert throttle is not None
    assert throttle == pytest.approx((1.0, 31.0))


async def test_taking_without_waiting_overtakes_nobody(paced: PacedCalls, clock: FakeTime) -> None:
    await warm(clock)
    log: list[str] = []
    tasks = [ask(paced, log, "a", ChatId(n), Priority.ANSWER) for n in range(1, 40)]
    await clock.settle()
    assert paced.try_take(ChatId(99), Priority.ANSWER).wait > 0.0
    await clock.advance(5.0)
    assert paced.try_take(ChatId(99), Priority.ANSWER) == Grant()
    await asyncio.gather(*tasks)


async def test_a_wait_sleeps_and_does_not_spin(paced: PacedCalls, clock: FakeTime) -> None:
    await warm(clock)
    log: list[str] = []
    tasks = [ask(paced, log, str(n), ChatId(n), Priority.DIGEST) for n in range(1, 321)]
    await clock.advance(11.0)
    assert len(log) == 320
    assert clock.naps <= 310  # at most one for every permit that had to wait
    await asyncio.gather(*tasks)


async def test_what_went_out_before_the_start_counts(paced: PacedCalls, clock: FakeTime) -> None:
    await warm(clock)
    paced.prime([(GROUP, timedelta(seconds=3 - n), 1) for n in range(3)])
    assert paced.try_take(GROUP, Priority.DIGEST).wait > 0.0


async def test_an_album_before_the_start_counts_by_its_pictures(
    paced: PacedCalls, clock: FakeTime
) -> None:
    await warm(clock)
    paced.prime([(GROUP, timedelta(seconds=1), 10)])
    assert paced.try_take(GROUP, Priority.DIGEST).wait > 20.0


async def test_closing_lets_nobody_wait_on(paced: PacedCalls, clock: FakeTime) -> None:
    await warm(clock)
    log: list[str] = []
    tasks = [ask(paced, log, "x", ANN, Priority.ANSWER) for _ in range(5)]
    await clock.settle()
    paced.close()
    await clock.settle()
    assert [task.cancelled() for task in tasks] == [False] * 3 + [True] * 2
    assert all(task.done() for task in tasks)
