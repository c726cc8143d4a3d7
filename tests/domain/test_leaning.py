"""Votes become a few bounded steps, whatever readers do."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.article import StoryKey
from bot.domain.leaning import (
    FEWEST_COUNTED,
    MOST_LEANINGS,
    ONE_STEP,
    TWO_STEPS,
    Source,
    Vote,
    counted_points,
    leanings,
    points_of,
)
from bot.domain.rules import MOST_LEANING, Leaning


def vote(story: str, points: int, topic: str = "tea", provider: str | None = None) -> Vote:
    return Vote(
        story=StoryKey(story), points=points, source=Source.TAP, topics=(topic,), provider=provider
    )


def test_a_tap_is_a_step_and_a_second_one_takes_three() -> None:
    one = vote("a", ONE_STEP)
    assert leanings([one]) == {Leaning(name="tea", steps=1)}
    three = [vote(name, ONE_STEP) for name in "abc"]
    assert leanings(three) == {Leaning(name="tea", steps=2)}
    assert leanings([*three, vote("d", -3 * ONE_STEP)]) == frozenset()
    assert leanings([vote("a", 1)]) == frozenset(), "a whole digest says little of one story"
    assert TWO_STEPS == 3 * ONE_STEP


def test_reactions_say_yes_no_or_nothing() -> None:
    assert points_of(["❤"], is_alone=True) == ONE_STEP
    assert points_of(["❤️‍🔥", "👍"], is_alone=False) == 1
    assert points_of(["👎"], is_alone=True) == -ONE_STEP
    for nothing in ([], ["😢"], ["👍", "👎"], [""], ["custom"]):
        assert points_of(nothing, is_alone=True) == 0


@pytest.mark.parametrize(
    ("counts", "points"),
    [
        ([("👍", FEWEST_COUNTED - 1)], 0),
        ([("👍", FEWEST_COUNTED)], ONE_STEP),
        ([("👍", 2), ("👎", 5)], -ONE_STEP),
        ([("👍", 5), ("👎", 5)], 0),
        ([("😢", 500)], 0),
    ],
)
def test_below_a_channels_post_the_many_count(counts: list[tuple[str, int]], points: int) -> None:
    assert counted_points(counts, is_alone=True) == points


votes = st.lists(
    st.builds(
        vote,
        st.text("abc", min_size=1, max_size=2),
        st.integers(-9, 9),
        st.sampled_from([f"topic {n}" for n in range(20)]),
        st.none() | st.sampled_from([f"{n}.example" for n in range(20)]),
    ),
    max_size=60,
)


@given(votes)
def test_whatever_is_said_bends_little(given_votes: list[Vote]) -> None:
    found = leanings(given_votes)
    assert len(found) <= MOST_LEANINGS
    assert all(1 <= abs(one.steps) <= MOST_LEANING for one in found)
    assert len({(one.name, one.is_provider) for one in found}) == len(found)
    assert leanings(reversed(given_votes)) == found
