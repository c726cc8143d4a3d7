"""Times to come, as people write them in each language of the bot."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.languages import INTERFACE_LANGUAGES
from bot.search.ahead import moment_ahead
from tests.support.examples import examples

NOW = datetime(2026, 11, 27, 20, 30, tzinfo=UTC)  # a Friday
EIGHT = {
    "en": ("tomorrow at eight", "tomorrow at 8", "tomorrow 8am", "tomorrow morning", "8:00"),
    "de": ("morgen um acht", "morgen um 8 Uhr", "morgen früh"),
    "es": ("mañana a las ocho", "mañana por la mañana", "mañana"),
    "fr": ("demain à huit heures", "demain à 8h", "demain matin"),
    "pt": ("amanhã às oito", "amanhã às 8h", "amanhã de manhã"),
    "ru": ("завтра в восемь", "завтра в 8:00", "завтра утром"),
    "uk": ("завтра о восьмій", "завтра о 8:00"),
    "tr": ("yarın saat sekizde", "yarın saat 8", "yarın sekiz"),
    "ar": ("غدا الساعة الثامنة", "غدًا في الساعة ٨"),
    "fa": ("فردا ساعت هشت", "فردا ساعت ۸"),
    "hi": ("कल सुबह आठ बजे", "कल 8 बजे"),
    "id": ("besok jam delapan", "besok jam 8"),
    "zh": ("明天早上八点", "明天8点", "明天八点"),
}
TWO_HOURS = {
    "en": "in two hours",
    "de": "in 2 Stunden",
    "es": "en 2 horas",
    "fr": "dans 2 heures",
    "pt": "em 2 horas",
    "ru": "через 2 часа",
    "uk": "через 2 години",
    "tr": "2 saat sonra",
    "ar": "بعد 2 ساعات",
    "fa": "2 ساعت بعد",
    "hi": "2 घंटे बाद",
    "id": "dalam 2 jam",
    "zh": "2小时后",
}


def ahead(words: str, language: str = "en", zone: str = "UTC") -> datetime | None:
    return moment_ahead(words, now=NOW, zone=zone, language=language)


def at(day: int, hour: int, minute: int = 0, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


def test_tomorrow_at_eight_is_understood_in_every_language() -> None:
    assert set(EIGHT) == set(TWO_HOURS) == set(INTERFACE_LANGUAGES)
    for language, said in EIGHT.items():
        for words in said:
            assert ahead(words, language) == at(28, 8), (language, words)
        assert ahead(TWO_HOURS[language], language) == NOW + timedelta(hours=2), language


@pytest.mark.parametrize(
    ("words", "moment"),
    [
        ("21:15", at(27, 21, 15)),
        ("at 20:15", at(28, 20, 15)),
        ("tomorrow at 8 pm", at(28, 20)),
        ("tomorrow evening at eight", at(28, 20)),
        ("monday 9:00", at(30, 9)),
        ("friday", at(4, 8, month=12)),
        ("day after tomorrow at noon", at(29, 12)),
        ("2026-12-24 18:00", at(24, 18, month=12)),
        ("24 december 18:00", at(24, 18, month=12)),
        ("in 20 minutes", NOW + timedelta(minutes=20)),
        ("until monday", at(30, 8)),
        ("bis Montag", at(30, 8)),
        ("übermorgen um 8:30", at(29, 8, 30)),  # also in another language than one's own
    ],
)
def test_days_and_times_are_the_next_ones(words: str, moment: datetime) -> None:
    assert ahead(words) == moment


def test_the_clock_is_the_readers_own() -> None:
    assert ahead("tomorrow at eight", zone="Asia/Tokyo") == at(28, 23)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "24 december"),
        ("en", "until December 24"),
        ("en", "dec 24, 2026"),
        ("de", "24.12."),
        ("de", "bis 24.12.2026"),
        ("de", "am 24. Dezember um 8 Uhr"),
        ("es", "24 de diciembre"),
        ("fr", "24/12"),
        ("ru", "24 декабря"),
        ("ar", "٢٤ ديسمبر"),
        ("zh", "12月24日早上八点"),
    ],
)
def test_days_of_the_calendar_are_read_as_they_are_written(language: str, words: str) -> None:
    assert ahead(words, language) == at(24, 8, month=12)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "until monday"),
        ("de", "bis Montag"),
        ("es", "hasta el lunes"),
        ("fr", "jusqu'à lundi"),
        ("pt", "até segunda"),
        ("ru", "до понедельника"),
        ("uk", "до понеділка"),
        ("tr", "pazartesi"),
        ("ar", "حتى الاثنين"),
        ("fa", "تا دوشنبه"),
        ("hi", "सोमवार तक"),
        ("id", "sampai senin"),
        ("zh", "到星期一"),
    ],
)
def test_the_next_monday_is_understood_in_every_language(language: str, words: str) -> None:
    assert ahead(words, language) == at(30, 8)


@pytest.mark.parametrize("words", ["31.2.", "99.99.9999", "31 february 2027", "24.12.2020"])
def test_a_day_that_there_is_not_or_was_is_none(words: str) -> None:
    assert ahead(words) is None


@pytest.mark.parametrize("words", ["", "when pigs fly", "tonight", "yesterday", "25:99", "x" * 90])
def test_what_is_no_time_to_come_is_none(words: str) -> None:
    assert ahead(words) is None


@settings(max_examples=examples(150), deadline=None)
@given(st.text(max_size=90), st.sampled_from(INTERFACE_LANGUAGES))
def test_nothing_that_is_typed_breaks_it(words: str, language: str) -> None:
    moment = ahead(words, language)
    assert moment is None or moment > NOW
