"""Values written below a page of the settings panel are told from questions."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.domain.panel import View
from bot.publishing.values import is_value

NOW = datetime(2026, 11, 22, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("view", "words", "language"),
    [
        (View.TIMES, "25:99", "en"),
        (View.TIMES, "7:30 and 18", "en"),
        (View.TIMES, "7.30 und 18", "de"),
        (View.TIMES, "7:30和18", "zh"),
        (View.FIRST_HOUR, "8 p.m., 7AM", "en"),
        (View.TIMES, "8 Uhr und 18 Uhr 30", "de"),
        (View.TIMES, "٧:٣٠ مساءً", "ar"),
        (View.QUIET, "von 22 bis 7 Uhr", "de"),
        (View.QUIET, "22:00\u201307:00", "en"),
        (View.PAUSE, "2026-12-24", "en"),
        (View.PAUSE, "5", "en"),
        (View.ZONE, "utc+3", "en"),
        (View.ZONE, "\u22123:30", "en"),
        (View.ZONE, "Lissabon", "de"),
        (View.ZONE, "Portugal", "en"),  # has three zones: the panel asks which
    ],
)
def test_what_can_only_be_a_value_is_meant_for_its_page(
    view: View, words: str, language: str
) -> None:
    assert is_value(view, words, language=language, now=NOW)


@pytest.mark.parametrize(
    ("view", "words"),
    [
        (View.TIMES, "tea"),
        (View.TIMES, "and"),
        (View.TIMES, "iPhone 16"),
        (View.TIMES, "sand 7"),
        (View.TIMES, "eight"),
        (View.TIMES, "7 und 8"),  # not in this language
        (View.TIMES, "8" * 81),
        (View.QUIET, "-"),
        (View.PAUSE, "24 hours of tea"),
        (View.ZONE, "Lisbonn"),
        (View.ZONE, "robots"),
        (View.WORDS, "7:30"),
        (View.FOLLOW, "Tea"),
        (View.MAIN, "7:30"),
    ],
)
def test_what_could_be_a_question_stays_one(view: View, words: str) -> None:
    assert not is_value(view, words, language="en", now=NOW)
