"""How many calls may be under way at once."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.in_flight import FEWEST, HEADROOM, places

rates = st.floats(0.01, 1e6)
seconds = st.lists(st.floats(0.0, 60.0), max_size=64)
most = st.integers(1, 1000)


@given(rates, seconds, seconds, most)
def test_there_is_always_room_and_never_more_than_allowed(
    rate: float, took: list[float], ages: list[float], most: int
) -> None:
    found = places(rate=rate, round_trips=took, ages=ages, most=most)
    assert min(FEWEST, most) <= found <= most


@given(rates, st.lists(st.floats(0.0, 60.0), min_size=1, max_size=64), seconds, st.floats(0, 60))
def test_the_longer_calls_are_under_way_the_more_there_may_be(
    rate: float, took: list[float], ages: list[float], longer: float
) -> None:
    before = places(rate=rate, round_trips=took, ages=ages, most=1000)
    after = places(rate=rate, round_trips=took, ages=[age + longer for age in ages], most=1000)
    assert after >= before


def test_a_kill_at_the_usual_pace_doubles_few() -> None:
    assert places(rate=30, round_trips=[0.15] * 64, ages=[0.1] * 4, most=100) == 9
    assert places(rate=30, round_trips=[8.0] * 64, ages=[], most=100) == 100


def carried(*, slow: float, seconds: float, rate: float = 30.0) -> tuple[float, int]:
    """Let the pace begin `rate` calls a second where there is room; gives calls a second, and the
    most under way. A share `slow` of the calls takes 8 s, the others 0.12 s.
    """
    chance, step, now = random.Random(3), 0.01, 0.0
    under_way: list[tuple[float, float]] = []
    took: list[float] = []
    done, permits, largest = 0, 0.0, 0
    while now < seconds:
        now += step
        permits = min(permits + rate * step, 20.0)
        ended = [begun for begun, until in under_way if until <= now]
        took = (took + [now - begun for begun in ended])[-64:]
        under_way = [one for one in under_way if one[1] > now]
        done += len(ended)
        ages = [now - begun for begun, _ in under_way]
        room = places(rate=rate, round_trips=took, ages=ages, most=100) - len(under_way)
        for _ in range(min(int(permits), max(room, 0))):
            permits -= 1
            under_way.append((now, now + (8.0 if chance.random() < slow else 0.12)))
        largest = max(largest, len(under_way))
    return (done + len(under_way)) / seconds, largest


def test_the_whole_pace_is_used_whether_chats_wait_or_not() -> None:
    quick, few = carried(slow=0.0, seconds=60)
    assert quick >= 29.5
    assert few <= HEADROOM * FEWEST
    mixed, _ = carried(slow=0.1, seconds=120)
    assert mixed >= 29
