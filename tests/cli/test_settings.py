"""Settings: read once, whole, with every problem in one list and no secret in it."""

from __future__ import annotations

from datetime import time, timedelta
from pathlib import Path

import pytest

from bot.domain.hours import WeekTimes
from bot.domain.languages import CONTENT_LANGUAGES
from bot.domain.schedule import QuietHours, Times
from bot.errors import SettingsError
from bot.search.languages import STEMMERS
from bot.settings import NOT_YET, Settings, load
from bot.wiring import limits, publication

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in {*Settings.model_fields, *NOT_YET}:
        monkeypatch.delenv(name.upper(), raising=False)


def test_without_anything_the_documented_defaults_hold(tmp_path: Path) -> None:
    settings = load(folder=tmp_path).settings
    assert settings.digest_times == WeekTimes((time(8), time(18)))
    assert (settings.digest_size, settings.hot_heat, settings.provider_cap) == (8, 70, 3)
    assert settings.max_age == settings.half_life == timedelta(days=7)
    assert (settings.messages_per_second, settings.max_in_flight) == (30, 100)
    alerts = publication(settings).alerts
    assert (alerts.flash_heat, alerts.flash_per_day, alerts.follow_ups_per_day) == (None, 3, 0)


def test_the_environment_wins_over_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text("DIGEST_SIZE=4\nHOT_HEAT=50\n")
    monkeypatch.setenv("DIGEST_SIZE", "5")
    settings = load(folder=tmp_path).settings
    assert (settings.digest_size, settings.hot_heat) == (5, 50)


def test_flashes_are_switched_by_their_heat(tmp_path: Path) -> None:
    for value, heat in (("off", None), ("95", 95)):
        (tmp_path / ".env").write_text(f"FLASH_HEAT={value}\n")
        assert publication(load(folder=tmp_path).settings).alerts.flash_heat == heat


def test_an_empty_value_counts_as_not_set(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("BOT_TOKEN=\nDIGEST_SIZE=\n")
    settings = load(folder=tmp_path).settings
    assert settings.bot_token is None
    assert settings.digest_size == 8


def test_all_problems_come_in_one_list_without_the_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = {
        "BOT_TOKEN": "hunter2-secret",
        "DATABASE_URL": "postgresql://u:passw0rd@h/x",
        "TIMEZONE": "Mars/Olympus",
        "CONTENT_LANGUAGE": "tlh",
        "DIGEST_TIMES": "25:99",
        "DIGEST_CRON": "99 * * *",
        "QUIET_HOURS": "22-7",
        "DIGEST_SIZE": "many",
        "MAX_AGE": "7 parsecs",
        "CHANNELS": "nowhere",
        "OPERATORS": "ann",
        "MESSAGES_PER_SECOND": "99",
        "UNCERTAIN": "maybe",
        "WRITE_BACK": "sometimes",
    }
    for name, value in wrong.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as caught:
        load(folder=tmp_path)
    named = {problem.partition(":")[0] for problem in caught.value.problems}
    assert named == wrong.keys() - {"DATABASE_URL"}
    told = str(caught.value)
    assert "hunter2" not in told
    assert "passw0rd" not in told


def test_unknown_and_planned_names_are_warned_of_without_their_values(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("BOT_TOKNE=123:secret\nVETO_WINDOW=95\n")
    warnings = load(folder=tmp_path).warnings
    assert any("BOT_TOKNE" in warning for warning in warnings)
    assert any("VETO_WINDOW" in warning and "no effect" in warning for warning in warnings)
    assert "secret" not in " ".join(warnings)


def test_secrets_do_not_show_in_the_settings_repr(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(
        "BOT_TOKEN=123456:very-secret-token\nDATABASE_URL=postgresql://u:passw0rd@h/x\n"
    )
    shown = repr(load(folder=tmp_path))
    assert "very-secret" not in shown
    assert "passw0rd" not in shown


def test_the_missing_token_is_told_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="BotFather"):
        _ = load(folder=tmp_path).settings.token


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("-1001234567890,@my_news", (-1001234567890, "@my_news")),
        ("@my_news @my_news", ("@my_news",)),
        ("", ()),
    ],
)
def test_channels_are_numbers_or_names(
    tmp_path: Path, written: str, meant: tuple[int | str, ...]
) -> None:
    (tmp_path / ".env").write_text(f"CHANNELS={written}\n")
    assert load(folder=tmp_path).settings.channels == meant


def test_every_setting_stands_in_the_example_and_only_those() -> None:
    lines = (ROOT / ".env.example").read_text().splitlines()
    named = {line.lstrip("#").partition("=")[0] for line in lines if "=" in line[:30]}
    named = {name for name in named if name.isupper()}
    assert named == {name.upper() for name in Settings.model_fields}


def test_the_example_works_as_it_is_but_for_the_token(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text((ROOT / ".env.example").read_text())
    loaded = load(folder=tmp_path)
    assert loaded.warnings == ()


def test_what_the_example_shows_commented_out_is_the_default(tmp_path: Path) -> None:
    example = (ROOT / ".env.example").read_text()
    defaults = load(folder=tmp_path).settings
    samples = {"BOT_NAME", "BOT_API_URL", "TOPICS_FILE", "SITE_URL", "CHANNELS", "DIGEST_CRON"}
    samples |= {"CONTENT_LANGUAGE", "QUIET_HOURS", "TEMPLATES_DIR"}
    shown = [
        line.removeprefix("#")
        for line in example.splitlines()
        if line.startswith("#") and "=" in line[:30] and line[1].isupper()
    ]
    kept = [line for line in shown if line.partition("=")[0] not in samples]
    (tmp_path / ".env").write_text("\n".join(kept))
    assert load(folder=tmp_path).settings == defaults


@pytest.mark.parametrize(
    ("written", "times", "days"),
    [
        ("18:00, 8:00", (time(8), time(18)), frozenset(range(1, 8))),
        ("mon-fri 08:00", (time(8),), frozenset(range(1, 6))),
        ("SAT,sun 10:30;20:00", (time(10, 30), time(20)), frozenset({6, 7})),
        ("fri-mon 9:00", (time(9),), frozenset({5, 6, 7, 1})),
    ],
)
def test_digest_times_may_be_for_some_days_only(
    tmp_path: Path, written: str, times: tuple[time, ...], days: frozenset[int]
) -> None:
    (tmp_path / ".env").write_text(f"DIGEST_TIMES={written}\nTIMEZONE=Europe/Lisbon\n")
    plan = publication(load(folder=tmp_path).settings)
    assert plan.schedule == Times(times=times, days=days, zone="Europe/Lisbon")


@pytest.mark.parametrize(
    "written", ["monday 08:00", "mon 08:00 tue 10:00", "mon-fri", "mon-x 8:00"]
)
def test_days_that_cannot_be_meant_are_refused(tmp_path: Path, written: str) -> None:
    (tmp_path / ".env").write_text(f"DIGEST_TIMES={written}\n")
    with pytest.raises(SettingsError, match=r"DIGEST_TIMES: .*times look like"):
        load(folder=tmp_path)


@pytest.mark.parametrize(
    ("written", "meant"),
    [("22:00-07:00", (time(22), time(7))), ("13:30 - 15:00", (time(13, 30), time(15)))],
)
def test_quiet_hours_are_a_stretch_of_the_day_in_the_time_zone(
    tmp_path: Path, written: str, meant: tuple[time, time]
) -> None:
    (tmp_path / ".env").write_text(f"QUIET_HOURS={written}\nTIMEZONE=Asia/Tokyo\n")
    begin, end = meant
    expected = QuietHours(begin=begin, end=end, zone="Asia/Tokyo")
    assert publication(load(folder=tmp_path).settings).quiet == expected


@pytest.mark.parametrize(
    "written", ["22:00", "22:00-24:00", "08:00-08:00", "night", "22:00-07:00-"]
)
def test_a_stretch_that_is_none_is_refused(tmp_path: Path, written: str) -> None:
    (tmp_path / ".env").write_text(f"QUIET_HOURS={written}\n")
    with pytest.raises(SettingsError, match=r"QUIET_HOURS: .*no stretch of the day"):
        load(folder=tmp_path)


def test_quiet_hours_can_be_switched_off(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("QUIET_HOURS=off\n")
    assert publication(load(folder=tmp_path).settings).quiet is None


@pytest.mark.parametrize(("written", "meant"), [("on", True), ("ON", True), ("off", False)])
def test_write_back_is_on_or_off(tmp_path: Path, written: str, meant: bool) -> None:
    (tmp_path / ".env").write_text(f"WRITE_BACK={written}\n")
    assert load(folder=tmp_path).settings.write_back is meant


@pytest.mark.parametrize(
    ("code", "language"),
    [("en", "en"), ("DE", "de"), ("pt-BR", "pt"), ("zh_Hant", "zh"), ("ja", "ja"), ("nb-NO", "no")],
)
def test_content_languages_are_read_with_any_region(
    tmp_path: Path, code: str, language: str
) -> None:
    loaded = load(folder=tmp_path, changes={"CONTENT_LANGUAGE": code})
    assert loaded.settings.content_language == language


@pytest.mark.parametrize("code", ["klingon", "e", "eng", "-", "de;en", "\x00"])
def test_an_unknown_content_language_is_refused_with_those_known(tmp_path: Path, code: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load(folder=tmp_path, changes={"CONTENT_LANGUAGE": code})
    (problem,) = caught.value.problems
    assert problem.startswith("CONTENT_LANGUAGE: ")
    assert " de el en es " in problem
    assert "\x00" not in problem


def test_every_language_with_stems_can_be_set() -> None:
    assert STEMMERS.keys() <= CONTENT_LANGUAGES


def test_paid_broadcasts_need_a_limit_and_raise_the_ceiling(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="PAID_STARS_PER_DAY: PAID_BROADCAST=on needs"):
        load(folder=tmp_path, changes={"PAID_BROADCAST": "on"})
    paid = {"PAID_BROADCAST": "on", "PAID_STARS_PER_DAY": "500"}
    pace = limits(load(folder=tmp_path, changes=paid).settings)
    assert (pace.per_second, pace.paid_per_second) == (30, 1000)
    pace = limits(load(folder=tmp_path, changes=paid | {"MESSAGES_PER_SECOND": "200"}).settings)
    assert (pace.per_second, pace.paid_per_second) == (30, 200)
    pace = limits(load(folder=tmp_path, changes={"PAID_STARS_PER_DAY": "500"}).settings)
    assert (pace.per_second, pace.paid_per_second) == (30, 0)


@pytest.mark.parametrize(
    ("given", "days", "is_warned"),
    [({}, 90, False), ({"KEEP_DELIVERIES": "10d"}, 14, True), ({"MAX_AGE": "60d"}, 120, False)],
)
def test_deliveries_are_kept_twice_as_long_as_stories_are_sent(
    tmp_path: Path, given: dict[str, str], days: int, is_warned: bool
) -> None:
    loaded = load(folder=tmp_path, changes=given)
    assert loaded.settings.keep == timedelta(days=days)
    assert any("KEEP_DELIVERIES" in warning for warning in loaded.warnings) == is_warned
