"""Time zones as people name them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.languages import INTERFACE_LANGUAGES
from bot.domain.timetable import is_zone
from bot.publishing.zonenames import NAMES, SEVERAL
from bot.publishing.zones import REGIONS, in_region, zone_meant

NOW = datetime(2026, 11, 22, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("language", "words", "zone"),
    [
        ("en", "Lisbon", "Europe/Lisbon"),
        ("en", "paris, France", "Europe/Paris"),
        ("en", "UK", "Europe/London"),
        ("en", "San Francisco", "America/Los_Angeles"),
        ("en", "EST", "America/New_York"),
        ("en", "UTC+3", "Etc/GMT-3"),
        ("de", "München", "Europe/Berlin"),
        ("de", "Deutschland", "Europe/Berlin"),  # Büsingen keeps the same time
        ("de", "MEZ", "Europe/Berlin"),
        ("pt", "Rio de Janeiro", "America/Sao_Paulo"),
        ("ru", "Питер", "Europe/Moscow"),
        ("tr", "Ankara", "Europe/Istanbul"),
        ("ar", "السعودية", "Asia/Riyadh"),
        ("ar", "UTC+٣", "Etc/GMT-3"),
        ("fa", "اصفهان", "Asia/Tehran"),
        ("hi", "मुंबई", "Asia/Kolkata"),
        ("id", "WIB", "Asia/Jakarta"),
        ("zh", "北京", "Asia/Shanghai"),
    ],
)
def test_what_people_call_their_time_is_understood(language: str, words: str, zone: str) -> None:
    assert zone_meant(words, language=language, now=NOW).zone == zone


@pytest.mark.parametrize(
    ("language", "words", "zone"),
    [
        ("en", "USA", "America/Los_Angeles"),
        ("ru", "Россия", "Europe/Moscow"),
        ("en", "Lisbonn", "Europe/Lisbon"),
        ("en", "IST", "Asia/Kolkata"),
        ("de", "Münchn", "Europe/Berlin"),
    ],
)
def test_what_may_mean_several_is_asked_back(language: str, words: str, zone: str) -> None:
    meant = zone_meant(words, language=language, now=NOW)
    assert meant.zone is None
    assert zone in meant.offered


@pytest.mark.parametrize("words", ["Mars/Base", "", " / ", "UTC+25", "the moon"])
def test_what_is_no_zone_is_none(words: str) -> None:
    assert zone_meant(words, now=NOW).zone is None


def test_atlantis_is_no_slip_of_atlanta() -> None:
    assert zone_meant("Atlantis", now=NOW).offered == ()


def test_the_names_that_we_add_mean_zones_that_there_are_and_none_means_two() -> None:
    zones = [*NAMES, *(zone for several in SEVERAL.values() for zone in several.split())]
    assert all(is_zone(zone) for zone in zones)
    names = [name.strip() for text in (*NAMES.values(), *SEVERAL) for name in text.split(";")]
    assert len(names) == len(set(names))
    assert all(list(in_region(region)) == sorted(in_region(region)) for region in REGIONS)


@given(st.text(max_size=90), st.sampled_from(INTERFACE_LANGUAGES))
def test_nothing_that_is_typed_breaks_it(words: str, language: str) -> None:
    meant = zone_meant(words, language=language, now=NOW)
    assert all(is_zone(zone) for zone in (*meant.offered, *([meant.zone] if meant.zone else [])))
