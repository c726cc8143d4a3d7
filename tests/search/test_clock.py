"""Times of the day and parts of it, as people write them in each language of the bot."""

from __future__ import annotations

from datetime import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.languages import INTERFACE_LANGUAGES
from bot.search.clock import clock, stretch
from tests.support.examples import examples

EIGHT = {
    "en": ("8", "8:00", "8 am", "eight", "at eight", "8 o'clock", "8 in the morning"),
    "de": ("8 Uhr", "um 8", "um acht", "acht Uhr", "8 Uhr morgens"),
    "es": ("a las 8", "las ocho", "8 de la mañana", "8 h"),
    "fr": ("8h", "8h00", "à 8 heures", "huit heures", "8 heures du matin"),
    "pt": ("às 8", "8h", "oito horas", "8 da manhã"),
    "ru": ("в 8", "8 утра", "8 часов", "восемь"),
    "uk": ("о 8", "о восьмій", "8 ранку"),
    "tr": ("saat 8", "saat sekiz", "sabah 8"),
    "ar": ("٨", "الساعة ٨", "الساعة الثامنة", "8 صباحًا", "٨ ص"),
    "fa": ("۸", "ساعت ۸", "ساعت هشت", "۸ صبح"),
    "hi": ("८ बजे", "8 बजे", "सुबह आठ बजे"),
    "id": ("jam 8", "pukul delapan", "8 pagi"),
    "zh": ("8点", "八点", "早上八点", "上午8点"),
}
HALF_PAST_SEVEN_IN_THE_EVENING = {
    "en": ("7:30 pm", "half past seven in the evening", "19.30"),
    "de": ("19.30 Uhr", "19 Uhr 30", "halb acht abends", "um halb 8 abends"),
    "es": ("19:30 h", "siete y media de la tarde"),
    "fr": ("19h30", "19 heures 30", "sept heures et demie du soir"),
    "pt": ("19h30", "sete e meia da noite"),
    "ru": ("19:30", "19 часов 30", "7:30 вечера"),
    "uk": ("19:30", "7:30 вечора"),
    "tr": ("19:30", "akşam yedi buçuk"),
    "ar": ("١٩:٣٠", "٧:٣٠ مساءً", "السابعة والنصف مساء"),
    "fa": ("۱۹:۳۰", "هفت و نیم شب"),
    "hi": ("१९:३०", "शाम साढ़े सात बजे"),
    "id": ("19.30", "setengah delapan malam"),
    "zh": ("19：30", "晚上7点半", "晚上七点30分"),
}
TEN_TO_SEVEN = {
    "en": ("22:00-07:00", "from 10 pm to 7 am", "22 until 7"),
    "de": ("22 bis 7 Uhr", "von 22 Uhr bis 7 Uhr", "22:00 – 7:00"),
    "es": ("de las 22 a las 7", "22 h - 7 h"),
    "fr": ("de 22h à 7h", "22h-7h"),
    "pt": ("das 22h às 7h", "22h até 7h"),
    "ru": ("с 22 до 7", "22:00 до 07:00"),
    "uk": ("з 22 до 7",),
    "tr": ("22 - 7", "gece 10 ile 7"),
    "ar": ("من 10 مساء إلى 7 صباحا", "٢٢:٠٠-٠٧:٠٠"),
    "fa": ("از ۲۲ تا ۷",),
    "hi": ("22 से 7 तक",),
    "id": ("jam 22 sampai jam 7",),
    "zh": ("22点到7点", "晚上10点至早上7点"),
}


@pytest.mark.parametrize("language", INTERFACE_LANGUAGES)
def test_times_of_the_day_are_read_as_each_language_writes_them(language: str) -> None:
    assert {words: clock(words) for words in EIGHT[language]} == dict.fromkeys(
        EIGHT[language], time(8)
    )
    evening = HALF_PAST_SEVEN_IN_THE_EVENING[language]
    assert {words: clock(words) for words in evening} == dict.fromkeys(evening, time(19, 30))
    night = TEN_TO_SEVEN[language]
    assert {words: stretch(words) for words in night} == dict.fromkeys(night, (time(22), time(7)))


@pytest.mark.parametrize(
    ("words", "at"),
    [("noon", time(12)), ("Mitternacht", time(0)), ("12 am", time(0)), ("12 pm", time(12))],
)
def test_the_middles_of_day_and_night_have_names(words: str, at: time) -> None:
    assert clock(words) == at


@pytest.mark.parametrize(
    "words", ["", "25:99", "8:60", "13 pm", "8-9", "tea", "iPhone 16", "tomorrow at 8", "8 " * 40]
)
def test_what_is_no_time_of_the_day_is_none(words: str) -> None:
    assert clock(words) is None
    assert stretch(f"{words} - {words}") is None


@settings(max_examples=examples(200), deadline=None)
@given(st.text(max_size=90))
def test_nothing_that_is_typed_breaks_it(words: str) -> None:
    assert clock(words) is None or stretch(words) is None


@given(st.times())
def test_a_time_in_figures_is_that_time(at: time) -> None:
    at = at.replace(second=0, microsecond=0)
    for written in (f"{at:%H:%M}", f"{at:%H.%M}", f"{at:%I:%M %p}", f"{at:%H Uhr %M}"):
        assert clock(written) == at
