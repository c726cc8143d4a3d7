"""Looking: what is watched is looked at less often the more a look costs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.looking import Pauses

costs = st.floats(0, 100)


@given(st.lists(costs, max_size=20), costs)
def test_a_pause_follows_the_cost_of_looks_and_at_most_doubles(
    before: list[float], look: float
) -> None:
    pauses, last = Pauses(), 0.25
    for one in before:
        pause = pauses.after(one)
        assert 0.25 <= pause <= max(0.25, 2 * last)
        last = pause
    for _ in range(15):
        last = pauses.after(look)
    assert last == max(0.25, 20 * look)


def test_a_cheap_look_brings_the_pause_back_at_once() -> None:
    pauses = Pauses()
    assert [pauses.after(1.0) for _ in range(7)] == [0.5, 1, 2, 4, 8, 16, 20]
    assert pauses.after(0.01) == pytest.approx(0.25)
