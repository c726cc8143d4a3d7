"""Cuts that a reader does not mind."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rendering.shortening import is_boundary, shortened, with_ending

CLUSTERS = (
    "👨‍👩‍👧‍👦",
    "🏴󠁧󠁢󠁥󠁮󠁧󠁿",
    "🇺🇦",
    "👍🏽",
    "❤️‍🔥",
    "1️⃣",
    "e\u0301",
    "क्षि",
    "\u1112\u1161\u11ab",
    "ก็",
    "字",
    "a",
)


@given(st.text(), st.integers(0, 50))
def test_the_limit_holds(text: str, limit: int) -> None:
    assert len(shortened(text, limit)) <= limit
    assert shortened(text, len(text)) == text


@given(st.lists(st.sampled_from(CLUSTERS), min_size=1, max_size=12), st.integers(2, 60))
def test_no_visible_character_is_cut(clusters: list[str], limit: int) -> None:
    whole = "".join(clusters)
    kept = shortened(whole, limit)
    if kept == whole:
        return
    kept = kept.removesuffix("…")
    starts = {"".join(clusters[:count]) for count in range(len(clusters) + 1)}
    assert kept in starts


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_there_is_no_boundary_inside_a_visible_character(cluster: str) -> None:
    text = f"x{cluster}x"
    places = [place for place in range(len(text) + 1) if is_boundary(text, place)]
    assert places == [0, 1, len(text) - 1, len(text)]


def test_words_stay_whole_and_no_comma_stands_before_the_ellipsis() -> None:
    assert shortened("One, two, three, four", 12) == "One, two…"
    assert shortened("Donaudampfschifffahrt", 10) == "Donaudamp…"


def test_an_excerpt_that_its_source_cut_off_gets_an_ellipsis() -> None:
    long = "word " * 40
    assert with_ending(long + "and then") == long + "and then…"
    assert with_ending(long + "the end.") == long + "the end."
    assert with_ending("Short and sweet") == "Short and sweet"
    assert with_ending("The best evenings are ...") == "The best evenings are…"
    assert with_ending("The best evenings, …") == "The best evenings…"
