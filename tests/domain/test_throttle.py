"""Going slower than believed: a fifth at once, and slowly back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.pacing import Limits, Pace, Priority
from bot.domain.subscription import ChatId
from bot.domain.throttle import DROP, LEAST_BY_TIME, LEAST_SHARE, LOOKED_AT, RECOVERY, Throttle

moments = st.lists(st.floats(0, 300), max_size=40)


@given(moments)
def test_the_share_stays_within_its_bounds_and_falls_by_a_fifth_at_most(
    pauses: list[float],
) -> None:
    throttle, now = Throttle(), 0.0
    for pause in pauses:
        now += pause
        before = throttle.share(now)
        throttle.lower(now)
        after = throttle.share(now)
        assert LEAST_SHARE <= after <= before <= 1.0
        assert after >= before * (1 - DROP) - 1e-9 or after == LEAST_SHARE


@given(st.lists(st.floats(0, 30), max_size=40))
def test_without_complaints_the_share_only_grows_and_ends_whole(pauses: list[float]) -> None:
    throttle, now = Throttle(), 100.0
    throttle.lower(now)
    shares = [throttle.share(now)]
    for pause in pauses:
        now += pause
        shares.append(throttle.share(now))
    assert shares == sorted(shares)
    assert throttle.share(now + 2 * RECOVERY) == 1.0


def test_it_comes_back_soon_near_what_was_too_much_and_stays_just_below() -> None:
    throttle = Throttle()
    throttle.lower(0.0)
    assert round(throttle.share(0.0), 3) == 0.8
    assert throttle.share(RECOVERY / 2) > 0.97
    assert throttle.share(0.9 * RECOVERY) < 1.0


def test_complaints_at_once_are_one() -> None:
    throttle = Throttle()
    for number in range(30):
        throttle.lower(number / 10)
    assert throttle.share(3.0) >= 0.8


def answers(throttle: Throttle, seconds: float, count: int, *, now: float) -> float:
    for _ in range(count):
        now += 0.04
        throttle.answered(seconds, now=now)
    return now


def test_a_server_that_lets_us_wait_is_asked_for_less() -> None:
    throttle = Throttle()
    now = answers(throttle, 0.05, LOOKED_AT, now=0.0)
    assert throttle.share(now) == 1.0
    now = answers(throttle, 1.5, 2 * LOOKED_AT, now=now)
    assert throttle.share(now) < 1.0


def test_a_few_chats_that_the_server_lets_wait_slow_nobody_down() -> None:
    throttle, now = Throttle(), 0.0
    for number in range(20 * LOOKED_AT):
        now += 0.04
        throttle.answered(6.0 if number % 3 == 0 else 0.05, now=now)
    assert throttle.share(now) == 1.0


def test_a_server_that_is_slow_for_reasons_of_its_own_brings_nobody_to_a_stand() -> None:
    throttle = Throttle()
    now = answers(throttle, 0.05, LOOKED_AT, now=0.0)
    now = answers(throttle, 5.0, 2_000, now=now)
    assert throttle.share(now) >= LEAST_BY_TIME * (1 - DROP)


@pytest.mark.parametrize("allowed", [15, 20, 25, 28])
def test_a_server_that_allows_less_is_not_stormed(allowed: int) -> None:
    """The strictest server: a token bucket of a second that refuses at once, and never waits."""
    pace, now = Pace(Limits(), now=0.0), 0.0
    tokens, at, refused, sent = float(allowed), 0.0, 0, 0
    while now < 300:
        chat = ChatId(1 + sent + refused)
        wait = pace.wait(chat, now=now, priority=Priority.DIGEST)
        if wait > 0:
            now += wait
            continue
        pace.take(chat, now=now)
        tokens, at = min(tokens + (now - at) * allowed, float(allowed)), now
        if tokens >= 1:
            tokens, sent = tokens - 1, sent + 1
        else:
            refused += 1
            pace.slow_down(chat, 1.5, now=now)
    assert sent >= 0.75 * allowed * 300
    assert refused <= 40
