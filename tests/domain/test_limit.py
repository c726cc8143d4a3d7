"""The limit for one person, over any sequence of questions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.limit import Limit, Verdict

START = datetime(2026, 11, 23, 8, tzinfo=UTC)
WINDOW = timedelta(seconds=30)
REST = timedelta(minutes=1)
COUNT = 4

Asked = list[tuple[int, float]]
asked = st.lists(st.tuples(st.integers(1, 3), st.floats(0, 40)), max_size=120)


def verdicts(questions: Asked) -> dict[int, list[tuple[datetime, Verdict]]]:
    """Ask in order, each question so many seconds after the one before; give all by person."""
    limit = Limit(count=COUNT, window=WINDOW, rest=REST)
    now = START
    found: dict[int, list[tuple[datetime, Verdict]]] = {}
    for person, pause in questions:
        now += timedelta(seconds=pause)
        found.setdefault(person, []).append((now, limit.ask(person, now)))
    return found


@given(asked)
def test_nobody_gets_more_answers_than_the_limit_in_any_window(questions: Asked) -> None:
    for given_to in verdicts(questions).values():
        answered = [at for at, verdict in given_to if verdict is Verdict.ANSWER]
        for first, later in zip(answered, answered[COUNT:], strict=False):
            assert later - first >= WINDOW


@given(asked)
def test_who_is_told_hears_nothing_until_the_rest_is_over(questions: Asked) -> None:
    for given_to in verdicts(questions).values():
        rests_until = None
        for at, verdict in given_to:
            resting = rests_until is not None and at < rests_until
            assert (verdict is Verdict.SILENCE) == resting
            if verdict is Verdict.TELL:
                rests_until = at + REST


@given(asked)
def test_what_one_person_asks_changes_nothing_for_another(questions: Asked) -> None:
    alone: Asked = []
    since = 0.0
    for person, pause in questions:
        since += pause
        if person == 1:
            alone.append((person, since))
            since = 0.0
    together = [verdict for _, verdict in verdicts(questions).get(1, [])]
    assert together == [verdict for _, verdict in verdicts(alone).get(1, [])]


def test_a_calm_person_is_always_answered() -> None:
    limit = Limit(count=COUNT, window=WINDOW, rest=REST)
    moments = (START + number * WINDOW / COUNT for number in range(200))
    assert {limit.ask(7, now) for now in moments} == {Verdict.ANSWER}


def test_five_hundred_commands_in_half_a_minute_are_answered_up_to_the_limit_and_told_once() -> (
    None
):
    limit = Limit()
    given_to = [limit.ask(7, START + timedelta(seconds=0.06 * n)) for n in range(500)]
    assert given_to[:30] == [Verdict.ANSWER] * 30
    assert given_to[30] is Verdict.TELL
    assert set(given_to[31:]) == {Verdict.SILENCE}


def test_the_rest_that_is_told_is_the_time_until_the_next_answer() -> None:
    limit = Limit(count=1, window=WINDOW, rest=REST)
    assert limit.rest_of(7, START) == timedelta(0)
    limit.ask(7, START)
    assert limit.rest_of(7, START) == timedelta(0)
    assert limit.ask(7, START + timedelta(seconds=2)) is Verdict.TELL
    late = START + timedelta(seconds=12)
    rest = limit.rest_of(7, late)
    assert rest == REST - timedelta(seconds=10)
    assert limit.ask(7, late + rest - timedelta(seconds=1)) is Verdict.SILENCE
    assert limit.ask(7, late + rest) is Verdict.ANSWER


def test_one_person_being_answered_late_gives_nobody_else_another_time() -> None:
    limit = Limit(count=1, window=WINDOW, rest=REST)
    assert limit.ask(8, START + timedelta(seconds=20)) is Verdict.ANSWER
    assert limit.ask(7, START) is Verdict.ANSWER
    assert limit.ask(7, START + WINDOW) is Verdict.ANSWER


def test_a_clock_that_goes_back_gives_nobody_more() -> None:
    limit = Limit(count=1, window=WINDOW, rest=REST)
    assert limit.ask(7, START) is Verdict.ANSWER
    assert limit.ask(7, START - timedelta(hours=1)) is Verdict.TELL
    assert limit.ask(7, START) is Verdict.SILENCE
    assert limit.ask(7, START + REST) is Verdict.ANSWER


def test_who_has_gone_quiet_is_forgotten() -> None:
    limit = Limit()
    for person in range(1000):
        limit.ask(person, START)
    limit.ask(5000, START + WINDOW)
    assert len(limit) == 1
