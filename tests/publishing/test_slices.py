"""Slices: whole digests, each in one of them, as many as others took time for."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.subscription import ChatId
from bot.publishing.slices import FEWEST_ROWS, FIRST_ROWS, MOST_ROWS, SLICE_SECONDS, Slices
from bot.store.digest_rows import NewDigest
from tests.support.store_values import a_digest

ONE, TWO = a_digest(("tea",)), a_digest(("tea",), ("mate",))


@given(
    st.lists(st.tuples(st.sampled_from((ONE, TWO)), st.integers(0, 3 * FIRST_ROWS)), max_size=20),
    st.lists(st.floats(0, 60), min_size=1),
)
def test_every_digest_is_in_one_slice_and_what_comes_after_it_is_counted(
    given_digests: list[tuple[object, int]], seconds: list[float]
) -> None:
    new = [
        NewDigest(digest=digest, recipients=[(ChatId(1), 0)] * chats)  # type: ignore[arg-type]
        for digest, chats in given_digests
    ]
    rows = [max(len(one.recipients) * len(one.digest.messages), 1) for one in new]
    slices = Slices(new)
    seen: list[NewDigest] = []
    for number, part in enumerate(slices):
        of_part = rows[len(seen) : len(seen) + len(part)]
        assert sum(of_part[:-1]) < slices.rows, "without its last digest it was not full"
        seen += part
        assert slices.to_come == sum(rows[len(seen) :])
        slices.took(seconds[number % len(seconds)], sum(of_part))
        assert FEWEST_ROWS <= slices.rows <= MOST_ROWS
    assert seen == new


def test_a_slice_that_took_long_makes_the_next_one_shorter() -> None:
    slices = Slices([])
    slices.took(4 * SLICE_SECONDS, 40_000)
    assert slices.rows == 10_000
    slices.took(SLICE_SECONDS / 2, 10_000)
    assert slices.rows == 20_000
