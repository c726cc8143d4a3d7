"""Schedules across every clock change of every time zone, against a clock read minute by minute."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import cache
from itertools import accumulate
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.schedule import QuietHours, Schedule, Times, next_start
from bot.publishing.cron import Cron

BEGIN = datetime(2017, 1, 1, tzinfo=UTC)
END = datetime(2027, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
ZONES = tuple(sorted(available_timezones() - {"localtime", "Factory"}))
# The usual change, half an hour, at midnight, once a year around Ramadan, and a day left out.
FEW = ("Europe/Lisbon", "Australia/Lord_Howe", "America/Santiago", "Africa/Casablanca", "Asia/Gaza")


@dataclass(frozen=True, slots=True)
class Change:
    """A clock change: the first moment of the new time."""

    zone: str
    at: datetime


@cache
def changes(zone: str) -> tuple[Change, ...]:
    """All changes of ten years, found by looking at the offset and halving."""
    return tuple(Change(zone, moment) for moment in _changes(ZoneInfo(zone)))


def _changes(zone: ZoneInfo) -> Iterator[datetime]:
    moment = BEGIN
    while moment < END:
        later = moment + DAY
        if moment.astimezone(zone).utcoffset() != later.astimezone(zone).utcoffset():
            yield _first_of_new(moment, later, zone)
        moment = later


def _first_of_new(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    offset = before.astimezone(zone).utcoffset()
    while after - before > MINUTE:
        middle = before + (after - before) // (2 * MINUTE) * MINUTE
        if middle.astimezone(zone).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after


class Wall:
    """What a clock on the wall shows, minute by minute, around one change."""

    def __init__(self, change: Change) -> None:
        self.zone = ZoneInfo(change.zone)
        self.begin = change.at - 2 * DAY
        self.end = change.at + 2 * DAY
        count = (self.end - self.begin) // MINUTE
        moments = [self.begin + n * MINUTE for n in range(count)]
        self.minutes = [(one, one.astimezone(self.zone).replace(tzinfo=None)) for one in moments]
        # The latest that was shown so far: it never goes back, so it can be searched by halving.
        self.reached = list(accumulate((shown for _, shown in self.minutes), max))

    def first_at_or_after(self, wanted: datetime) -> datetime | None:
        """The first moment at which the clock has reached a local time; None when not here."""
        place = bisect_left(self.reached, wanted)
        return self.minutes[place][0] if 0 < place < len(self.minutes) else None

    def near_and_far(self, change: Change) -> Iterator[tuple[datetime, datetime]]:
        """Some minutes of all days, more of those close to the change."""
        for moment, shown in self.minutes:
            minutes = abs(moment - change.at) // MINUTE
            if minutes % (3 if minutes < 240 else 90) == 0:
                yield moment, shown

    def expected(self, times: tuple[time, ...]) -> list[datetime]:
        """When daily times are due: as soon as the clock has reached them, once."""
        day = self.minutes[0][1].date()
        found = set()
        while day <= self.minutes[-1][1].date():
            found |= {self.first_at_or_after(datetime.combine(day, at)) for at in times}
            day += DAY
        return sorted(moment for moment in found if moment is not None)


def times_around(change: Change) -> tuple[time, ...]:
    """Times of the day before, in, and after what the change leaves out or repeats."""
    old = (change.at - MINUTE).astimezone(ZoneInfo(change.zone)).replace(tzinfo=None) + MINUTE
    new = change.at.astimezone(ZoneInfo(change.zone)).replace(tzinfo=None)
    low, high = min(old, new), max(old, new)
    middle = low + (high - low) / 2
    around = (low - MINUTE, low, low + MINUTE, middle, high - MINUTE, high, high + 61 * MINUTE)
    return tuple(sorted({one.replace(second=0, microsecond=0).time() for one in around}))


def fired(schedule: Schedule, begin: datetime, end: datetime) -> list[datetime]:
    found = []
    moment = schedule.after(begin)
    while moment is not None and moment < end:
        found.append(moment)
        moment = schedule.after(moment)
    return found


def check(change: Change) -> None:
    wall = Wall(change)
    times = times_around(change)
    begin, end = wall.begin, wall.end
    expected = [moment for moment in wall.expected(times) if begin < moment < end]
    found = fired(Times(times=times, zone=change.zone), begin, end)
    assert found == expected, (change, times)
    # One time at a time, as cron lines say it.
    for at in times:
        cron = Cron(expression=f"{at.minute} {at.hour} * * *", zone=change.zone)
        expected = [moment for moment in wall.expected((at,)) if begin < moment < end]
        assert fired(cron, begin, end) == expected, (change, at)
    check_quiet(change, wall, times)


def check_quiet(change: Change, wall: Wall, times: tuple[time, ...]) -> None:
    """In quiet hours nothing starts, whatever the clock does; outside nothing is held."""
    slots = Times(times=times, zone=change.zone)
    for first, last in ((times[1], times[-2]), (times[-1], times[2])):
        quiet = QuietHours(begin=first, end=last, zone=change.zone)
        for moment, shown in wall.near_and_far(change):
            at = shown.time()
            is_shown = first <= at < last if first < last else at >= first or at < last
            end = quiet.until(moment)
            assert not is_shown or end is not None, (change, quiet, moment)
            assert end is None or quiet.until(end) is None
        started = []
        start = next_start(slots, after=wall.begin, quiet=quiet)
        while start is not None and start < wall.end:
            assert quiet.until(start) is None, (change, quiet, start)
            started.append(start)
            start = next_start(slots, after=start, quiet=quiet)
        held = {quiet.until(slot) or slot for slot in fired(slots, wall.begin, wall.end)}
        assert started == sorted(one for one in held if one < wall.end), (change, quiet)


@pytest.mark.parametrize("zone", FEW)
def test_at_the_last_changes_of_some_zones_each_time_is_due_once(zone: str) -> None:
    for change in changes(zone)[-2:]:
        check(change)


@given(st.data())
def test_at_any_change_of_any_zone_each_time_is_due_once(data: st.DataObject) -> None:
    zone = data.draw(st.sampled_from(ZONES))
    if changes(zone):
        check(data.draw(st.sampled_from(changes(zone))))


@cache
def every_change() -> tuple[Change, ...]:
    """One of those that are alike to the minute on the walls of several zones; in all of them."""
    alike: dict[tuple[object, ...], Change] = {}
    for zone in ZONES:
        for change in changes(zone):
            wall = ZoneInfo(zone)
            key = (change.at, *((change.at + n * DAY).astimezone(wall).utcoffset() for n in DAYS))
            alike.setdefault(key, change)
    return tuple(alike.values())


DAYS = (-2, -1, 0, 1, 2)
PARTS = 4


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize("part", range(PARTS))
def test_at_every_change_of_every_zone_in_ten_years_each_time_is_due_once(part: int) -> None:
    assert sum(len(changes(zone)) for zone in ZONES) > 4000
    assert len(every_change()) > 500
    for change in every_change()[part::PARTS]:
        check(change)
