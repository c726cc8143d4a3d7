"""The editor's hand: whatever is done to a sheet, pinned lines lead and no story is doubled."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.article import Article
from bot.domain.digest import Item
from bot.domain.hand import (
    MOST_LINES,
    Deed,
    Sheet,
    Step,
    deed_of,
    minute_of,
    moment_of,
    shaped,
)
from bot.domain.moments import offered_moments, spoken_moment
from bot.domain.sections import Section

NOW = datetime(2026, 3, 28, 23, 30, tzinfo=UTC)
ZONE = "Europe/Berlin"


def item(number: int, section: Section | None = None) -> Item:
    url = f"https://tea.example/{number}"
    article = Article(path=f"{number}.md", title=f"Story {number}", web_url=url)
    return Item(article=article, score=1.0, section=section)


def sheet(count: int) -> Sheet:
    return Sheet(lines=tuple(item(number) for number in range(count)))


numbers = st.integers(-1, 9)
deeds = st.one_of(
    st.builds(
        lambda step, number: Deed(draft=1, version=1, step=step, what=(str(number),)),
        st.sampled_from([Step.DROP, Step.UP, Step.DOWN, Step.PIN, Step.UNPIN]),
        numbers,
    ),
    st.tuples(st.just("swap"), numbers, st.integers(0, 12)),
    st.tuples(st.just("add"), st.integers(0, 12)),
    st.tuples(st.just("anew"), st.lists(st.integers(0, 12), unique=True)),
)


@given(st.integers(0, 8), st.lists(deeds, max_size=12))
def test_pinned_lines_lead_and_no_story_stands_twice(count: int, done: list[object]) -> None:
    one = sheet(count)
    for deed in done:
        match deed:
            case Deed():
                one = shaped(one, deed)
            case ("swap", int(number), int(other)):
                one = one.swapped(number, item(other))
            case ("add", int(other)):
                one = one.added(item(other))
            case ("anew", list(others)):
                one = one.chosen_anew([item(other) for other in others], taken=frozenset())
        keys = [line.article.story_key for line in one.lines]
        assert len(keys) == len(set(keys)) <= MOST_LINES
        pinned = [one.is_pinned(line) for line in one.lines]
        assert pinned == sorted(pinned, reverse=True)
        assert sum(pinned) == len(one.pinned)


@given(
    st.integers(0, 10**15),
    st.integers(0, 10**6),
    st.sampled_from(Step),
    st.lists(st.sampled_from(["1", "30", "0123456789ab", "cards"]), max_size=2),
)
def test_a_deed_is_read_as_it_was_written(
    draft: int, version: int, step: Step, what: list[str]
) -> None:
    deed = Deed(draft=draft, version=version, step=step, what=tuple(what))
    assert deed_of(deed.encoded()) == deed


@given(st.lists(st.text(max_size=12), max_size=3))
def test_forged_deeds_never_raise(arguments: list[str]) -> None:
    deed = deed_of(arguments)
    assert deed is None or deed_of(deed.encoded()) == deed


def test_an_order_that_mixes_sections_has_none() -> None:
    video = Section(kinds=("video",), budget=2)
    plain = Sheet(lines=(item(1), item(2, video), item(3, video)))
    assert [one.section for one in plain.items] == [None, video, video]
    assert [one.section for one in plain.moved(1, 3).items] == [None, None, None]


@pytest.mark.parametrize(
    ("words", "local"),
    [
        ("18:30", "2026-03-29 18:30"),
        ("at 0:45", "2026-03-29 00:45"),
        ("0:15", "2026-03-30 00:15"),
        ("tomorrow 9.05", "2026-03-30 09:05"),
        ("today 0:15", "2026-03-29 00:15"),
        ("friday 18:00", "2026-04-03 18:00"),
        ("sun 0:10", "2026-04-05 00:10"),
        ("2026-04-01 7:00", "2026-04-01 07:00"),
        ("2026-04-01T07:00:00+02:00", "2026-04-01 07:00"),
        ("2:30", "2026-03-29 03:30"),  # there is no such moment in that night
        ("25:00", None),
        ("someday 9:00", None),
        ("soon", None),
    ],
)
def test_times_are_read_as_people_write_them(words: str, local: str | None) -> None:
    read = spoken_moment(words, now=NOW, zone=ZONE)
    shown = None if read is None else f"{read.astimezone(_zone()):%Y-%m-%d %H:%M}"
    assert shown == local


@given(st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)))  # noqa: DTZ001
def test_moments_on_offer_lie_ahead_in_order(naive: datetime) -> None:
    now = naive.replace(tzinfo=UTC)
    offered = offered_moments(now, zone=ZONE)
    assert offered == tuple(sorted(set(offered)))
    assert all(now < one <= now + timedelta(days=4) for one in offered)
    assert all(moment_of(minute_of(one)) == one for one in offered)


def _zone() -> ZoneInfo:

    return ZoneInfo(ZONE)
