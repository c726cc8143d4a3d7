from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.article import Provider
from bot.search.dates import dated
from tests.support.questions import NOW, article, ask, filled, paths

YESTERDAY = ("2026-03-09", "2026-03-10")
LAST_WEEK = ("2026-03-02", "2026-03-09")
THIS_WEEK = ("2026-03-09", "2026-03-16")
SINCE_MONDAY = ("2026-03-09", None)
MARCH_2021 = ("2021-03-01", "2021-04-01")

QUESTIONS: dict[str, tuple[str | None, str | None]] = {
    "today": ("2026-03-10", "2026-03-11"),
    "this month": ("2026-03-01", "2026-04-01"),
    "last month": ("2026-02-01", "2026-03-01"),
    "this year": ("2026-01-01", "2027-01-01"),
    "last year": ("2025-01-01", "2026-01-01"),
    "day before yesterday": ("2026-03-08", "2026-03-09"),
    "2020": ("2020-01-01", "2021-01-01"),
    "2020?": ("2020-01-01", "2021-01-01"),
    "in 2020": ("2020-01-01", "2021-01-01"),
    "since 2020": ("2020-01-01", None),
    "2019 2021": ("2019-01-01", "2022-01-01"),
    "2020-09": ("2020-09-01", "2020-10-01"),
    "2020-12": ("2020-12-01", "2021-01-01"),
    "2020-09-17": ("2020-09-17", "2020-09-18"),
    "17.9.2020": ("2020-09-17", "2020-09-18"),
    "12 september 2020": ("2020-09-12", "2020-09-13"),
    "September 12th, 2020": ("2020-09-12", "2020-09-13"),
    "3 days ago": ("2026-03-07", "2026-03-08"),
    "last 7 days": ("2026-03-03", None),
    "last 2 months": ("2026-01-10", None),
    "in march": ("2026-03-01", "2026-04-01"),
    "in april": ("2025-04-01", "2025-05-01"),
    "on friday": ("2026-03-06", "2026-03-07"),
    "since last week": ("2026-03-02", None),
}
YESTERDAYS = (
    "yesterday", "gestern", "ayer", "hier", "ontem", "вчера", "вчора", "dün", "أمس", "دیروز",
    "बीते कल", "kemarin", "昨天", "Yesterday!",
)  # fmt: skip
LAST_WEEKS = (
    "last week", "letzte Woche", "la semana pasada", "la semaine dernière", "semana passada",
    "на прошлой неделе", "минулого тижня", "geçen hafta", "الأسبوع الماضي", "هفته گذشته",
    "पिछले सप्ताह", "minggu lalu", "上周",
)  # fmt: skip
THIS_WEEKS = (
    "this week", "diese Woche", "esta semana", "cette semaine", "на этой неделе", "цього тижня",
    "bu hafta", "هذا الأسبوع", "این هفته", "इस सप्ताह", "minggu ini", "本周",
)  # fmt: skip
SINCE_MONDAYS = (
    "since monday", "seit Montag", "desde el lunes", "depuis lundi", "desde segunda-feira",
    "с понедельника", "з понеділка", "pazartesiden beri", "منذ الاثنين", "از دوشنبه", "सोमवार से",
    "sejak senin",
)  # fmt: skip
MARCHES = (
    "march 2021", "März 2021", "marzo de 2021", "mars 2021", "março de 2021", "март 2021",
    "в марте 2021 года", "березень 2021", "mart 2021", "مارس 2021", "مارس ۲۰۲۱", "मार्च 2021",
    "maret 2021", "2021年3月", "2021-03",
)  # fmt: skip
DAYS_AGO = (
    "3 days ago", "vor 3 Tagen", "hace 3 días", "il y a 3 jours", "há 3 dias", "3 дня назад",
    "3 дні тому", "3 gün önce", "قبل 3 أيام", "3 روز پیش", "3 दिन पहले", "3 hari yang lalu",
    "3天前", "三天前",
)  # fmt: skip
LAST_DAYS = (
    "last 7 days", "in den letzten 7 Tagen", "los últimos 7 días", "les 7 derniers jours",
    "nos últimos 7 dias", "за последние 7 дней", "останні 7 днів", "son 7 gün", "آخر 7 أيام",
    "7 روز گذشته", "पिछले 7 दिनों", "7 hari terakhir", "最近7天", "过去七天",
)  # fmt: skip
MARCHES_ALONE = (
    "in march", "im März", "en marzo", "en mars", "em março", "в марте", "у березні",
    "mart ayında", "Mart'ta", "في مارس", "در مارس", "मार्च में", "bulan Maret", "3月", "三月份",
)  # fmt: skip
FRIDAYS = (
    "on friday", "am Freitag", "el viernes pasado", "vendredi dernier", "na sexta-feira",
    "в прошлую пятницу", "у п’ятницю", "cuma günü", "الجمعة الماضية", "جمعه گذشته", "शुक्रवार को",
    "hari Jumat", "周五", "上星期五",
)  # fmt: skip
YEARS = (
    "in 2020", "im Jahr 2020", "en el año 2020", "en l'an 2020", "em 2020", "в 2020 году",
    "у 2020 році", "2020 yılında", "في عام 2020", "در سال 2020", "2020 में", "pada tahun 2020",
    "2020年",
)  # fmt: skip
BEFORES = (
    "before 2020", "vor 2020", "antes de 2020", "avant 2020", "до 2020 года", "до 2020 року",
    "2020'den önce", "قبل 2020", "پیش از 2020", "2020 से पहले", "sebelum 2020", "2020年之前",
    "before january 2020", "before 2020-01-01", "until december 2019", "until 2019",
    "bis 2019", "hasta 2019", "jusqu'à 2019", "jusqu’en 2019", "até 2019", "حتى 2019", "تا 2019",
    "2019 तक", "sampai 2019", "bis zum 31.12.2019",
)  # fmt: skip
SPANS = (
    "from 2019 to 2021", "between 2019 and 2021", "2019-2021", "2019 – 2021", "2019 to 2021",
    "zwischen 2019 und 2021", "von 2019 bis 2021", "entre 2019 y 2021", "desde 2019 hasta 2021",
    "entre 2019 et 2021", "de 2019 à 2021", "de 2019 até 2021", "с 2019 по 2021",
    "от 2019 до 2021", "між 2019 і 2021", "2019 ile 2021 arasında", "بين 2019 و 2021",
    "بین ۲۰۱۹ و ۲۰۲۱", "2019 से 2021 तक", "dari 2019 sampai 2021", "2019年到2021年",
    "从2019年到2021年", "2021 to 2019",
    "2019 और 2021 के बीच",
)  # fmt: skip
SPRINGS = (
    "between march and may 2021", "from march to may 2021", "von März bis Mai 2021",
    "de marzo a mayo de 2021", "de mars à mai 2021", "de março a maio de 2021",
    "с марта по май 2021", "antara Maret dan Mei 2021", "2021年3月至2021年5月",
)  # fmt: skip
WEEKS_AGO = (
    "two weeks ago", "vor zwei Wochen", "hace dos semanas", "il y a deux semaines",
    "há duas semanas", "две недели назад", "два тижні тому", "iki hafta önce", "دو هفته پیش",
    "दो सप्ताह पहले", "dua minggu lalu", "两周前", "2 weeks ago",
)  # fmt: skip
WEEKENDS = (
    "last weekend", "letztes Wochenende", "el fin de semana pasado", "le week-end dernier",
    "fim de semana passado", "в прошлые выходные", "минулі вихідні", "geçen hafta sonu",
    "آخر هفته گذشته", "पिछले सप्ताहांत", "akhir pekan lalu",
)  # fmt: skip
HOURS = (
    "last 24 hours", "past 24 hours", "in den letzten 24 Stunden", "las últimas 24 horas",
    "les dernières 24 heures", "nas últimas 24 horas", "за последние 24 часа", "останні 24 години",
    "son 24 saat", "آخر 24 ساعة", "24 ساعت گذشته", "पिछले 24 घंटे", "24 jam terakhir", "最近24小时",
    "24 hours ago",
)  # fmt: skip
ALL = [
    *QUESTIONS.items(),
    *((words, YESTERDAY) for words in YESTERDAYS),
    *((words, LAST_WEEK) for words in LAST_WEEKS),
    *((words, THIS_WEEK) for words in THIS_WEEKS),
    *((words, SINCE_MONDAY) for words in SINCE_MONDAYS),
    *((words, MARCH_2021) for words in MARCHES),
    *((words, ("2026-03-07", "2026-03-08")) for words in DAYS_AGO),
    *((words, ("2026-03-03", None)) for words in LAST_DAYS),
    *((words, ("2026-03-01", "2026-04-01")) for words in MARCHES_ALONE),
    *((words, ("2026-03-06", "2026-03-07")) for words in FRIDAYS),
    *((words, ("2020-01-01", "2021-01-01")) for words in YEARS),
    *((words, SINCE_MONDAY) for words in ("自周一以来", "从星期一")),
    *((words, (None, "2020-01-01")) for words in BEFORES),
    *((words, ("2026-03-08", "2026-03-09")) for words in ("avant hier", "avant-hier")),
    *((words, ("2020-09-17", "2020-09-18")) for words in ("17/09/2020", "9/17/2020")),
    ("since 2019 until 2020", ("2019-01-01", "2021-01-01")),
    ("since 2021 before 2020", (None, "2020-01-01")),
    *((words, ("2019-01-01", "2022-01-01")) for words in SPANS),
    *((words, ("2021-03-01", "2021-06-01")) for words in SPRINGS),
    *((words, ("2026-02-24", "2026-02-25")) for words in WEEKS_AGO),
    *((words, ("2026-03-07", "2026-03-09")) for words in WEEKENDS),
    *((words, ("2021-05-03", "2021-05-06")) for words in ("du 3 au 5 mai 2021", "3 - 5 May 2021")),
    ("from friday to monday", ("2026-03-06", "2026-03-10")),
    ("from monday to friday", ("2026-03-02", "2026-03-07")),
    ("from november to february", ("2025-11-01", "2026-03-01")),
    ("since last friday", ("2026-03-06", None)),
    ("past three days", ("2026-03-07", None)),
    ("a week ago", ("2026-03-03", "2026-03-04")),
    ("this morning", ("2026-03-10", "2026-03-11")),
    ("上週", LAST_WEEK),
    ("3月5日", ("2026-03-05", "2026-03-06")),
]


@pytest.mark.parametrize(("words", "days"), ALL)
def test_words_that_say_when_are_understood(
    words: str, days: tuple[str | None, str | None]
) -> None:
    read = dated(["comet", *words.split(), "harbour"], now=NOW, zone=UTC)
    assert (_day(read.since), _day(read.until)) == days
    assert read.rest == ("comet", "harbour")


@pytest.mark.parametrize(
    "words",
    [
        "march of the penguins", "second may", "sun and mars", "august wilson", "dec", "monday",
        "black friday sales", "1000 days", "week", "day", "may", "9999", "1066", "2020-13",
        "the last of us", "from here", "since", "in", "3 days", "24/7", "in the march of",
        "before", "until we meet", "vor ort", "13/13/2020",
        "from paris to london", "from here to eternity", "from 9 to 5", "between the lines",
        "24 hours of le mans", "one day", "seven years", "to", "a to z", "rush hour",
        "五月天", "十月革命", "how long it may last", "現在",
    ],
)  # fmt: skip
def test_ordinary_words_stay_words(words: str) -> None:
    read = dated(words.split(), now=NOW, zone=UTC)
    assert not read.is_dated
    assert read.rest == tuple(words.split())


@pytest.mark.parametrize("words", HOURS)
def test_hours_count_back_from_now(words: str) -> None:
    read = dated(["comet", *words.split()], now=NOW, zone=ZoneInfo("Asia/Tokyo"))
    assert (read.since, read.until, read.rest) == (NOW - timedelta(hours=24), None, ("comet",))


def test_of_two_hours_the_fewer_count_and_days_bound_them() -> None:
    read = dated(["last", "hour", "last", "24", "hours"], now=NOW, zone=UTC)
    assert read.since == NOW - timedelta(hours=1)
    read = dated(["last", "24", "hours", "until", "yesterday"], now=NOW, zone=UTC)
    assert (read.since, _day(read.until)) == (NOW - timedelta(hours=24), "2026-03-10")


@pytest.mark.parametrize(
    ("asked", "since"),
    [
        ("2019 last 24 hours", datetime(2019, 1, 1, tzinfo=UTC)),
        ("last 24 hours until 2020", NOW - timedelta(hours=24)),
    ],
)
def test_days_that_ended_before_the_hours_do_not_leave_nothing(asked: str, since: datetime) -> None:
    read = dated(asked.split(), now=NOW, zone=UTC)
    assert (read.since, read.until, read.rest) == (since, None, ())


def test_a_day_begins_in_the_time_zone_of_who_asks() -> None:
    late = datetime(2026, 3, 10, 23, 30, tzinfo=UTC)
    read = dated(["today"], now=late, zone=ZoneInfo("Asia/Tokyo"))
    assert (read.since, read.until) == (
        datetime(2026, 3, 10, 15, tzinfo=UTC),
        datetime(2026, 3, 11, 15, tzinfo=UTC),
    )


PIECES = (
    "last past dernier passado günü les за im Jahr 3月 三月 周五 天前 Mart'ta this since"
    " in 3 12 2021 2020-09 31 days ago may march monday beri से 今天的新闻 前 of"
    " to bis and und - 到 between from zwischen two hours hour a weekend ago 2019-2021 arasında"
    " de г. vor before until önce पहले तक hasta el il y a 30 february 99 year 400 years 2099 1970"
)
WORDS = st.sampled_from(PIECES.split())


@settings(max_examples=200, deadline=None)
@given(
    st.lists(WORDS | st.text(min_size=1, max_size=8), max_size=7),
    st.dates(date(1971, 1, 1), date(2099, 1, 1)),
)
def test_nothing_typed_raises_and_no_word_is_lost(words: list[str], day: date) -> None:
    now = datetime(day.year, day.month, day.day, tzinfo=UTC)
    read = dated(words, now=now, zone=UTC)
    if read.since and read.until:
        assert read.since < read.until
    if all(map(str.isascii, words)) and not read.is_dated:
        assert read.rest == tuple(words)


def test_dates_limit_what_is_found_and_are_told() -> None:
    index = filled(
        article("old.md", "Comet", days=5),
        article("new.md", "Comet", days=1),
        article("other.md", "Rain", days=4),
    )
    assert paths(ask(index, "comet last week")) == ["old.md"]
    assert paths(ask(index, "comet since 2026-03-01")) == ["new.md", "old.md"]
    found = ask(index, "comet yesterday")
    assert (paths(found), found.dated_by, found.is_partial) == (["new.md"], ("yesterday",), False)
    assert paths(ask(index, "march 2026")) == ["new.md", "other.md", "old.md"]


@pytest.mark.parametrize(
    "words",
    [
        "what happened yesterday?", "yesterday's news", "news of yesterday", "yesterday",
        "was ist gestern passiert?", "¿qué pasó ayer?", "que s'est-il passé hier ?",
        "o que aconteceu ontem?", "что случилось вчера?", "що сталося вчора?", "dün ne oldu?",
        "ماذا حدث أمس؟", "دیروز چه اتفاقی افتاد؟", "बीते कल क्या हुआ?", "apa yang terjadi kemarin?",
    ],
)  # fmt: skip
def test_words_that_only_ask_are_not_looked_for_beside_a_time(words: str) -> None:
    index = filled(
        article("one.md", "Comet", days=1),
        article("two.md", "What happened to the harbour", days=1),
        article("old.md", "Yesterday and what happened", days=4),
    )
    assert sorted(paths(ask(index, words))) == ["one.md", "two.md"]


def test_words_that_only_ask_are_not_looked_for_beside_a_source() -> None:
    index = filled(
        article("a.md", "Comet", days=1, provider=Provider(name="Tide")),
        article("b.md", "News of a comet", days=1),
    )
    assert paths(ask(index, "news from:tide")) == ["a.md"]
    assert paths(ask(index, '"news" yesterday')) == ["b.md"]
    assert paths(ask(index, "news comet")) == ["b.md"]


def test_a_date_on_which_nothing_was_gives_way_and_says_so() -> None:
    index = filled(article("a.md", "Lanterns", days=3))
    found = ask(index, "lanterns today")
    assert (paths(found), found.is_partial, found.since) == (["a.md"], True, None)


def test_a_year_that_is_a_word_of_a_title_is_found_as_one() -> None:
    index = filled(article("a.md", "Looking back at Expo 1992", days=3))
    assert paths(ask(index, "expo 1992")) == ["a.md"]


def test_a_topic_that_is_called_like_a_day_is_a_topic() -> None:
    index = filled(article("a.md", "Rain", days=30, topics=("Tea",)))
    assert paths(ask(index, "tea since 2026-01-01")) == ["a.md"]
    assert ask(index, "tea since 2026-01-01").since == NOW.replace(
        month=1, day=1, hour=0
    ) + timedelta(0)


def _day(moment: datetime | None) -> str | None:
    return None if moment is None else f"{moment:%Y-%m-%d}"
