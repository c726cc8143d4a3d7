"""Dates in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.rendering.dates import coarse_date, day_of, length_in_words

NOW = datetime(2026, 11, 17, 9, 30, tzinfo=UTC)  # a Tuesday


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (NOW, "today"),
        (NOW + timedelta(hours=20), "today"),
        (NOW + timedelta(days=3), "20 Nov"),
        (NOW - timedelta(hours=9), "today"),
        (NOW - timedelta(hours=10), "yesterday"),
        (NOW - timedelta(days=2), "Sunday"),
        (NOW - timedelta(days=6), "Wednesday"),
        (NOW - timedelta(days=7), "10 Nov"),
        (datetime(2020, 9, 17, 1, 49, tzinfo=UTC), "17 Sep 2020"),
        (datetime.min.replace(tzinfo=UTC), "1 Jan 1"),
        (datetime.max.replace(tzinfo=UTC), "31 Dec 9999"),
    ],
)
def test_a_date_is_told_as_seen_from_now(moment: datetime, words: str) -> None:
    assert coarse_date(moment, now=NOW, zone="UTC") == words


def test_the_readers_zone_decides_what_is_today() -> None:
    moment = datetime(2026, 11, 16, 23, 30, tzinfo=UTC)
    assert coarse_date(moment, now=NOW, zone="UTC") == "yesterday"
    assert coarse_date(moment, now=NOW, zone="Europe/Berlin") == "today"
    assert day_of(moment, zone="Europe/Berlin") == "Tuesday 17 November"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (40, "40 s"), (2806, "47 min"), (3600, "1 h"), (8100, "2 h 15 min")],
)
def test_lengths_are_told_in_two_units_at_most(seconds: int, words: str) -> None:
    assert length_in_words(timedelta(seconds=seconds)) == words
