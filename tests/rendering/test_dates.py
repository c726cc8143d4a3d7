"""Dates in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.rendering.dates import coarse_date, day_of, length_in_words, span_of
from bot.rendering.hours import moment_in_words
from bot.rendering.style import Style

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
    ("since", "until", "words"),
    [
        ("2026-11-21", "2026-11-22", "Saturday 21 November 2026"),
        ("2026-11-16", "2026-11-23", "16 to 22 Nov 2026"),
        ("2026-10-28", "2026-11-04", "28 Oct to 3 Nov 2026"),
        ("2025-12-29", "2026-01-05", "29 Dec 2025 to 4 Jan 2026"),
        ("2021-03-01", "2021-04-01", "March 2021"),
        ("2021-03-01", "2021-05-01", "1 Mar to 30 Apr 2021"),
        ("2020-01-01", "2021-01-01", "2020"),
        ("2019-01-01", "2022-01-01", "1 Jan 2019 to 31 Dec 2021"),
        ("2026-11-16", None, "since 16 Nov 2026"),
        (None, "2026-11-16", "until 15 Nov 2026"),
        (None, None, ""),
    ],
)
def test_a_time_is_told_in_whole_days(since: str | None, until: str | None, words: str) -> None:
    zone = ZoneInfo("Europe/Berlin")
    first, end = (
        None if day is None else datetime.fromisoformat(day).replace(tzinfo=zone)
        for day in (since, until)
    )
    assert span_of(first, end, zone="Europe/Berlin") == words


@pytest.mark.parametrize(
    ("language", "day"),
    [("en", "Friday 4 December"), ("de", "Freitag, 4. Dezember"), ("zh", "12月4日星期五")],
)
def test_the_next_digest_is_told_with_a_day_as_its_language_writes_it(
    language: str, day: str
) -> None:
    style = Style(now=NOW, language=language)
    moment = datetime(2026, 12, 4, 8, tzinfo=UTC)
    assert day in moment_in_words(moment, style=style, zone="UTC")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (40, "40 s"), (2806, "47 min"), (3600, "1 h"), (8100, "2 h 15 min")],
)
def test_lengths_are_told_in_two_units_at_most(seconds: int, words: str) -> None:
    assert length_in_words(timedelta(seconds=seconds)) == words
