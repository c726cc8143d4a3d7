from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.schedule import (
    LOOK_BACK,
    MOST_MISSED,
    Due,
    QuietHours,
    Times,
    due,
    lateness,
    next_start,
)
from tests.support.examples import examples

HOUR = timedelta(hours=1)
ZONES = (
    "UTC", "Europe/Berlin", "America/New_York", "America/St_Johns", "Australia/Lord_Howe",
    "Asia/Kathmandu", "America/Santiago", "Africa/Cairo", "Pacific/Apia", "Pacific/Kiritimati",
)  # fmt: skip


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def fired(schedule: Times, start: str, end: str) -> list[str]:
    zone = ZoneInfo(schedule.zone)
    found = []
    moment = schedule.after(at(start))
    while moment is not None and moment < at(end):
        found.append(moment.astimezone(zone).isoformat(timespec="minutes"))
        moment = schedule.after(moment)
    return found


def test_times_are_local_and_given_in_utc() -> None:
    schedule = Times(times=(time(18), time(8)), zone="Europe/Berlin")
    assert fired(schedule, "2026-01-05T08:00+01:00", "2026-01-06T09:00+01:00") == [
        "2026-01-05T18:00+01:00", "2026-01-06T08:00+01:00",
    ]  # fmt: skip
    first = schedule.after(at("2026-07-01T00:00Z"))
    assert first == at("2026-07-01T06:00Z")
    assert first is not None
    assert first.tzinfo is UTC


def test_only_the_chosen_days_count_by_iso_weekday() -> None:
    mondays = Times(times=(time(8),), zone="UTC", days=frozenset({1}))
    assert fired(mondays, "2026-03-02T08:00Z", "2026-03-17T00:00Z") == [
        "2026-03-09T08:00+00:00", "2026-03-16T08:00+00:00",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "schedule", [Times(times=(), zone="UTC"), Times(times=(time(8),), zone="UTC", days=frozenset())]
)
def test_a_schedule_without_times_or_days_is_never_due(schedule: Times) -> None:
    assert schedule.after(at("2026-01-01T00:00Z")) is None
    assert due(
        schedule, since=at("2026-01-01T00:00Z"), now=at("2027-01-01T00:00Z"), late_limit=HOUR
    ) == Due(start=None)


@pytest.mark.parametrize(
    ("zone", "local", "expected"),
    [
        ("Europe/Berlin", "2026-03-29T02:30", "2026-03-29T03:00+02:00"),
        ("America/New_York", "2026-03-08T02:00", "2026-03-08T03:00-04:00"),
        ("Australia/Lord_Howe", "2026-10-04T02:15", "2026-10-04T02:30+11:00"),
        ("America/Santiago", "2026-09-06T00:30", "2026-09-06T01:00-03:00"),
        ("Africa/Cairo", "2026-04-24T00:00", "2026-04-24T01:00+03:00"),
        ("Pacific/Apia", "2011-12-30T08:00", "2011-12-31T00:00+14:00"),
    ],
)
def test_in_a_gap_it_fires_at_the_first_moment_after(zone: str, local: str, expected: str) -> None:
    wall = datetime.fromisoformat(local)
    schedule = Times(times=(wall.time(),), zone=zone)
    day_before = wall.replace(tzinfo=ZoneInfo(zone)) - timedelta(days=1)
    first = schedule.after(day_before.astimezone(UTC))
    assert first == at(expected)


@pytest.mark.parametrize(
    ("zone", "local", "expected"),
    [
        ("Europe/Berlin", "2026-10-25T02:30", "2026-10-25T02:30+02:00"),
        ("America/New_York", "2026-11-01T01:00", "2026-11-01T01:00-04:00"),
        ("Australia/Lord_Howe", "2026-04-05T01:45", "2026-04-05T01:45+11:00"),
        ("America/Santiago", "2026-04-04T23:30", "2026-04-04T23:30-03:00"),
    ],
)
def test_in_a_fold_it_fires_once(zone: str, local: str, expected: str) -> None:
    schedule = Times(times=(datetime.fromisoformat(local).time(),), zone=zone)
    day = at(expected)
    found = fired(schedule, (day - 12 * HOUR).isoformat(), (day + 12 * HOUR).isoformat())
    assert found == [expected]


def test_alike_schedules_have_one_key() -> None:
    one = Times(times=(time(8), time(18)), zone="UTC")
    assert one.key == Times(times=(time(18), time(8), time(8)), zone="UTC").key
    assert one.key != Times(times=(time(8), time(18)), zone="Europe/Berlin").key
    assert one.key != Times(times=(time(8), time(18)), zone="UTC", days=frozenset({1})).key
    assert one.key != Times(times=(time(8),), zone="UTC").key


def test_several_missed_slots_merge_into_the_newest() -> None:
    schedule = Times(times=(time(8), time(18)), zone="UTC")
    found = due(
        schedule,
        since=at("2026-03-01T08:00Z"),
        now=at("2026-03-03T09:00Z"),
        late_limit=timedelta(hours=3),
    )
    assert found.start == at("2026-03-03T08:00Z")
    assert found.missed == tuple(
        map(at, ("2026-03-01T18:00Z", "2026-03-02T08:00Z", "2026-03-02T18:00Z"))
    )


def test_a_slot_that_is_too_late_is_only_recorded() -> None:
    schedule = Times(times=(time(8),), zone="UTC")
    since = at("2026-03-01T09:00Z")
    limit = timedelta(hours=3)
    in_time = due(schedule, since=since, now=at("2026-03-02T11:00Z"), late_limit=limit)
    assert in_time == Due(start=at("2026-03-02T08:00Z"))
    late = due(schedule, since=since, now=at("2026-03-02T11:00:01Z"), late_limit=limit)
    assert late == Due(start=None, missed=(at("2026-03-02T08:00Z"),))
    early = due(schedule, since=since, now=at("2026-03-02T07:59:59Z"), late_limit=limit)
    assert early == Due(start=None)


def test_a_long_absence_records_no_more_than_the_newest_slots() -> None:
    quarters = tuple(time(hour, minute) for hour in range(24) for minute in (0, 15, 30, 45))
    schedule = Times(times=quarters, zone="Europe/Berlin")
    now, long_ago = at("2026-03-01T00:07Z"), timedelta(days=11)
    found = due(schedule, since=now - long_ago, now=now, late_limit=long_ago)
    assert found.start == at("2026-03-01T00:00Z")
    assert len(found.missed) == MOST_MISSED - 1


times_of_day = st.lists(
    st.builds(time, st.integers(0, 23), st.sampled_from((0, 1, 15, 30, 45, 59))),
    min_size=1, max_size=3, unique=True,
)  # fmt: skip
# Around the changes of all zones above, that of Samoa (a whole day) among them.
starts = st.sampled_from(
    [
        date(2011, 12, 28), date(2026, 3, 6), date(2026, 3, 27), date(2026, 4, 3),
        date(2026, 4, 22), date(2026, 9, 4), date(2026, 10, 2), date(2026, 10, 23),
        date(2026, 10, 30),
    ]
)  # fmt: skip


@settings(max_examples=examples(150), deadline=None)
@given(times_of_day, st.sampled_from(ZONES), starts)
def test_every_local_day_has_each_of_its_times_once(
    times: list[time], zone: str, first: date
) -> None:
    schedule = Times(times=tuple(times), zone=zone)
    begin = datetime.combine(first, time(12), tzinfo=UTC)
    end = begin + timedelta(days=5)
    local = ZoneInfo(zone)
    found = []
    moment = schedule.after(begin)
    while moment is not None and moment <= end:
        found.append(moment)
        moment = schedule.after(moment)
    assert found == sorted(set(found))
    walls = [moment.astimezone(local).replace(tzinfo=None) for moment in found]
    shown = [wall for wall in walls if wall.time() in times]
    assert len(set(shown)) == len(shown), "a wall-clock time fired twice"
    for wall, moment in zip(walls, found, strict=True):
        if wall.time() not in times:  # only the end of a gap may be another time
            before = (moment - timedelta(seconds=1)).astimezone(local).replace(tzinfo=None)
            assert wall - before > timedelta(seconds=1)
    day = begin.astimezone(local).date()
    while day <= end.astimezone(local).date():
        for wall_time in times:
            wall = datetime.combine(day, wall_time)
            instant = wall.replace(tzinfo=local).astimezone(UTC)
            exists = instant.astimezone(local).replace(tzinfo=None) == wall
            if exists and begin < instant <= end:
                assert instant in found, "a time that the clock showed was left out"
        day += timedelta(days=1)


@settings(max_examples=examples(100), deadline=None)
@given(
    times_of_day,
    st.sampled_from(ZONES),
    starts,
    st.lists(st.timedeltas(timedelta(0), timedelta(hours=30)), min_size=1, max_size=12),
    st.sampled_from((timedelta(0), timedelta(minutes=20), timedelta(hours=3), timedelta(days=3))),
)
def test_each_slot_starts_at_most_once_across_any_restarts(
    times: list[time], zone: str, first: date, pauses: list[timedelta], late_limit: timedelta
) -> None:
    """What was looked at last is the newest recorded slot, or the look itself without one."""
    schedule = Times(times=tuple(times), zone=zone)
    begin = now = datetime.combine(first, time(12), tzinfo=UTC)
    recorded: list[datetime] = []
    started: list[datetime] = []
    for pause in pauses:
        now += pause
        found = due(
            schedule, since=recorded[-1] if recorded else begin, now=now, late_limit=late_limit
        )
        recorded.extend(found.missed)
        if found.start is not None:
            assert timedelta(0) <= now - found.start <= late_limit
            recorded.append(found.start)
            started.append(found.start)
    assert recorded == sorted(set(recorded))
    assert set(started) <= set(recorded)
    every = []
    moment = schedule.after(begin)
    while moment is not None and moment <= now:
        every.append(moment)
        moment = schedule.after(moment)
    assert recorded == every


NIGHT = QuietHours(begin=time(22), end=time(7), zone="Europe/Berlin")


@pytest.mark.parametrize(
    ("moment", "until"),
    [
        ("2026-11-22T21:59+01:00", None),
        ("2026-11-22T22:00+01:00", "2026-11-23T07:00+01:00"),
        ("2026-11-23T00:30+01:00", "2026-11-23T07:00+01:00"),
        ("2026-11-23T06:59+01:00", "2026-11-23T07:00+01:00"),
        ("2026-11-23T07:00+01:00", None),
        ("2026-03-29T01:59+01:00", "2026-03-29T07:00+02:00"),  # an hour is left out this night
        ("2026-10-24T23:00+02:00", "2026-10-25T07:00+01:00"),  # an hour comes twice
    ],
)
def test_quiet_hours_are_those_of_the_local_clock_across_midnight(
    moment: str, until: str | None
) -> None:
    assert NIGHT.until(at(moment)) == (None if until is None else at(until))


def test_quiet_hours_of_no_length_cannot_be() -> None:
    with pytest.raises(ValueError, match="same time"):
        QuietHours(begin=time(22), end=time(22), zone="UTC")


def test_slots_of_the_quiet_hours_are_held_and_come_as_one_at_their_end() -> None:
    schedule = Times(times=(time(20), time(23), time(3), time(7)), zone="Europe/Berlin")
    since, limit = at("2026-11-22T20:00+01:00"), timedelta(hours=1)
    at_night = at("2026-11-23T03:30+01:00")
    end = at("2026-11-23T07:00+01:00")
    assert next_start(schedule, after=since, quiet=NIGHT) == end
    assert next_start(schedule, after=at_night, quiet=NIGHT) == end
    assert next_start(schedule, after=end, quiet=NIGHT) == at("2026-11-23T20:00+01:00")
    assert due(schedule, since=since, now=at_night, late_limit=limit, quiet=NIGHT) == Due(
        start=None
    )
    assert due(schedule, since=since, now=end, late_limit=limit, quiet=NIGHT) == Due(
        start=end, missed=(at("2026-11-22T23:00+01:00"), at("2026-11-23T03:00+01:00"))
    )


def test_a_slot_that_was_overslept_until_in_the_quiet_hours_starts_at_their_end() -> None:
    schedule = Times(times=(time(21, 30),), zone="Europe/Berlin")
    slept_from, woken = at("2026-11-22T21:00+01:00"), at("2026-11-22T23:00+01:00")
    end = at("2026-11-23T07:00+01:00")
    assert next_start(schedule, after=woken, quiet=NIGHT, since=slept_from) == end
    tomorrow = at("2026-11-23T21:30+01:00")
    assert next_start(schedule, after=woken, quiet=NIGHT) == tomorrow
    assert next_start(schedule, after=end, quiet=NIGHT, since=woken) == tomorrow


def test_quiet_hours_do_not_make_a_slot_late() -> None:
    schedule = Times(times=(time(21),), zone="Europe/Berlin")
    slot, limit = at("2026-11-22T21:00+01:00"), timedelta(hours=2)
    since = slot - HOUR
    for moment, is_late in (("07:00", False), ("08:00", False), ("08:01", True)):
        now = at(f"2026-11-23T{moment}+01:00")
        found = due(schedule, since=since, now=now, late_limit=limit, quiet=NIGHT)
        assert found == (Due(start=None, missed=(slot,)) if is_late else Due(start=slot))
    assert lateness(slot, now=at("2026-11-24T21:00+01:00"), quiet=NIGHT) == 30 * HOUR
    assert lateness(slot, now=since, quiet=NIGHT) == -HOUR


def test_slots_before_the_look_back_leave_no_trace() -> None:
    half_hours = Times(times=tuple(time(n // 60, n % 60) for n in range(0, 1440, 30)), zone="UTC")
    now = at("2027-03-01T00:10Z")
    found = due(half_hours, since=at("2026-03-01T00:00Z"), now=now, late_limit=HOUR)
    assert found.start == at("2027-03-01T00:00Z")
    assert min(found.missed) > now - LOOK_BACK
    assert len(found.missed) == 48 * 8 - 1
