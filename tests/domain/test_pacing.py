from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.pacing import FEW_CHATS, Limits, Pace, Priority, estimate, sending_time
from bot.domain.subscription import ChatId
from tests.support.examples import examples

LIMITS = Limits()
READER = ChatId(7)
GROUP = ChatId(-100)
TINY = 1e-6


class Sender:
    """Sends as the pace allows, on a clock of its own, and remembers when."""

    def __init__(self, limits: Limits = LIMITS, *, now: float = 1000.0) -> None:
        self.now = now
        self.pace = Pace(limits, now=now)
        self.sent: list[tuple[float, ChatId]] = []

    def send(self, chat: ChatId, priority: Priority = Priority.DIGEST) -> float:
        """Wait as long as told, take the permit, and tell the waiting time."""
        begin = self.now
        for _ in range(100):
            wait = self.pace.wait(chat, now=self.now, priority=priority)
            if wait <= 0:
                break
            self.now += wait
        else:
            raise AssertionError("the wait that was told was never enough")
        self.take(chat)
        return self.now - begin

    def take(self, chat: ChatId) -> None:
        self.pace.take(chat, now=self.now)
        self.sent.append((self.now, chat))

    def most(self, seconds: float, chat: ChatId | None = None) -> int:
        """Count the most that went out within any stretch of so many seconds, its ends included."""
        moments = [at for at, one in self.sent if chat is None or one == chat]
        return max(
            (sum(start <= at <= start + seconds + TINY for at in moments) for start in moments),
            default=0,
        )


def test_a_start_never_begins_with_a_burst() -> None:
    sender = Sender()
    for number in range(60):
        sender.send(ChatId(number + 1))
    assert sender.most(1.0) <= 31
    assert sender.sent[0][0] > 1000.0


def test_bulk_to_many_readers_reaches_the_allowance() -> None:
    sender = Sender()
    for number in range(600):
        sender.send(ChatId(number + 1))
    assert sender.now - 1000.0 == pytest.approx(600 / 30, rel=0.05)


def test_a_group_gets_three_at_once_and_twenty_a_minute() -> None:
    sender = Sender()
    sender.now += 5
    assert [sender.send(GROUP) for _ in range(3)] == [0.0, 0.0, 0.0]
    assert sender.send(GROUP) > 3
    for _ in range(60):
        sender.send(GROUP)
    assert sender.most(60.0) == 20


def test_a_reader_gets_three_answers_at_once_then_one_a_second() -> None:
    sender = Sender()
    sender.now += 5
    waits = [sender.send(READER, Priority.ANSWER) for _ in range(6)]
    assert waits == [0.0, 0.0, 0.0, *[pytest.approx(1.0)] * 3]


def test_one_chat_that_must_wait_holds_nobody_else() -> None:
    sender = Sender()
    sender.now += 5
    for _ in range(3):
        sender.send(GROUP)
    assert sender.pace.wait(GROUP, now=sender.now, priority=Priority.ANSWER) > 0
    assert sender.pace.wait(READER, now=sender.now, priority=Priority.DIGEST) == 0.0


def test_a_chat_that_was_told_to_wait_waits_exactly_as_told() -> None:
    sender = Sender()
    sender.now += 5
    sender.pace.slow_down(GROUP, 17.0, now=sender.now)
    assert sender.pace.wait(GROUP, now=sender.now, priority=Priority.ANSWER) == 17.0
    assert sender.pace.wait(READER, now=sender.now, priority=Priority.ANSWER) == 0.0
    sender.pace.slow_down(GROUP, 2.0, now=sender.now)
    assert sender.pace.wait(GROUP, now=sender.now + 16, priority=Priority.ANSWER) == 1.0
    assert sender.pace.wait(GROUP, now=sender.now + 17, priority=Priority.ANSWER) == 0.0


def test_three_chats_that_are_slowed_down_together_pause_everything() -> None:
    sender = Sender()
    sender.now += 5
    for number in (1, 2, 2):
        sender.pace.slow_down(ChatId(number), 9.0, now=sender.now)
    assert sender.pace.overall_wait(now=sender.now, priority=Priority.ANSWER) == 0.0
    sender.pace.slow_down(ChatId(3), 9.0, now=sender.now + 4)
    assert sender.pace.wait(READER, now=sender.now + 4, priority=Priority.ANSWER) == 9.0
    assert sender.pace.overall_wait(now=sender.now + 4, priority=Priority.ANSWER) == 9.0


def test_slow_downs_long_apart_pause_nobody_else() -> None:
    sender = Sender()
    for number in range(1, 9):
        sender.now += 6
        sender.pace.slow_down(ChatId(number), 30.0, now=sender.now)
    assert sender.pace.overall_wait(now=sender.now, priority=Priority.DIGEST) == 0.0


def test_what_went_out_before_a_restart_counts() -> None:
    before = [(GROUP, 990.0), (GROUP, 990.0), (GROUP, 999.0), (READER, 999.9)]
    sender = Sender()
    sender.pace.prime((chat, at, 1) for chat, at in before)
    sender.sent = [(at, chat) for chat, at in before]
    for _ in range(30):
        sender.send(GROUP)
    assert sender.most(60.0, GROUP) <= 20


def test_idle_chats_are_forgotten() -> None:
    sender = Sender()
    most = 0
    for number in range(1, 3001):
        sender.send(ChatId(number))
        most = max(most, len(sender.pace._chats))
    assert most <= 2 * FEW_CHATS


@pytest.mark.parametrize("priority", [Priority.DIGEST, Priority.FLASH])
def test_an_answer_never_waits_behind_a_broadcast(priority: Priority) -> None:
    sender = Sender()
    for number in range(200):
        sender.send(ChatId(number + 100), priority)
        for person in range(8):
            chat = ChatId(person + 1)
            if number == 0:
                assert sender.pace.wait(chat, now=sender.now, priority=Priority.ANSWER) == 0.0
    # A whole reserve of people at once, in the middle of it.
    assert [sender.send(ChatId(n + 1), Priority.ANSWER) for n in range(8)] == [0.0] * 8
    assert sender.send(ChatId(50), Priority.OPERATOR) < 0.05


chats = st.sampled_from([ChatId(1), ChatId(2), GROUP, ChatId(-200)])
steps = st.lists(
    st.tuples(
        st.one_of(st.just(0.0), st.floats(0, 0.2), st.floats(0, 90)),
        chats,
        st.sampled_from(list(Priority)),
    ),
    max_size=120,
)


@settings(max_examples=examples(150), deadline=None)
@given(steps)
def test_no_stretch_of_time_holds_more_than_allowed(
    plan: list[tuple[float, ChatId, Priority]],
) -> None:
    sender = Sender()
    for pause, chat, priority in plan:
        sender.now += pause
        sender.send(chat, priority)
    for group in (GROUP, ChatId(-200)):
        assert sender.most(60.0, group) <= LIMITS.shared_per_minute
        assert sender.most(1.0, group) <= LIMITS.shared_burst + 1
    for reader in (ChatId(1), ChatId(2)):
        assert sender.most(1.0, reader) <= LIMITS.private_burst + 1
        assert sender.most(60.0, reader) <= LIMITS.private_burst + 60


@settings(max_examples=examples(40), deadline=None)
@given(st.lists(st.sampled_from((0.0, 0.0, 0.0, 0.01, 0.5, 3.0)), min_size=30, max_size=200))
def test_all_chats_together_hold_the_overall_pace(pauses: list[float]) -> None:
    sender = Sender()
    for number, pause in enumerate(pauses):
        sender.now += pause
        sender.send(ChatId(number + 1), Priority.ANSWER if number % 3 else Priority.DIGEST)
    for seconds in (1.0, 10.0, 60.0):
        assert sender.most(seconds) <= LIMITS.burst + LIMITS.per_second * seconds


@settings(max_examples=examples(100), deadline=None)
@given(
    st.lists(st.tuples(st.floats(0, 0.5), st.integers(1, 400)), max_size=80),
    st.sampled_from([Priority.DIGEST, Priority.FLASH]),
)
def test_after_any_broadcast_the_reserve_is_free_for_people(
    plan: list[tuple[float, int]], priority: Priority
) -> None:
    sender = Sender()
    sender.now += LIMITS.reserve / LIMITS.per_second
    for pause, number in plan:
        sender.now += pause
        sender.send(ChatId(number), priority)
        assert sender.pace.overall_wait(now=sender.now, priority=Priority.ANSWER) <= TINY
    waits = [sender.send(ChatId(1000 + n), Priority.ANSWER) for n in range(int(LIMITS.reserve))]
    assert max(waits) <= TINY


def test_the_time_of_a_send_is_what_the_pace_takes() -> None:
    assert sending_time({}, LIMITS) == timedelta(0)
    assert sending_time({READER: 1}, LIMITS) == timedelta(0)
    readers = {ChatId(number): 1 for number in range(1, 301)}
    sender = Sender(now=0.0)
    sender.now = 60.0
    for chat in readers:
        sender.send(chat)
    told = sending_time(readers, LIMITS).total_seconds()
    assert told == pytest.approx(sender.now - 60.0, abs=0.1)
    group = Sender(now=0.0)
    group.now = 60.0
    for _ in range(12):
        group.send(GROUP)
    assert sending_time({GROUP: 12}, LIMITS).total_seconds() == pytest.approx(group.now - 60.0)


def test_what_a_paid_send_costs_and_how_long_it_takes() -> None:
    readers = {ChatId(number): 1 for number in range(1, 100_001)}
    free = estimate(readers, LIMITS)
    assert (round(free.duration.total_seconds() / 60), free.stars) == (56, 0.0)
    paid = Limits(paid_per_second=1000.0)
    told = estimate(readers, paid)
    assert told.duration.total_seconds() == pytest.approx(100, rel=0.01)
    assert told.stars == pytest.approx(9700, rel=0.01)
    part = estimate(readers, paid, payable=50_000)
    assert part.stars == 5000.0
    assert part.duration.total_seconds() == pytest.approx(50_000 / 30, rel=0.01)
    assert estimate(readers, paid, payable=0) == free


@given(st.integers(0, 5000), st.integers(0, 6000))
def test_paying_is_never_slower_and_never_beyond_what_may_be_paid(count: int, payable: int) -> None:
    readers = {ChatId(number): 1 for number in range(1, count + 1)}
    told = estimate(readers, Limits(paid_per_second=1000.0), payable=payable)
    assert told.duration <= estimate(readers, LIMITS).duration
    assert 0 <= told.stars <= payable / 10


def test_an_album_costs_its_pictures_and_may_be_larger_than_a_burst() -> None:
    sender = Sender()
    sender.now += 5
    assert sender.pace.wait(GROUP, now=sender.now, priority=Priority.DIGEST, cost=10) == 0.0
    sender.pace.take(GROUP, now=sender.now, cost=10)
    # Ten of twenty a minute are used up, and the burst of three with them.
    assert sender.pace.wait(GROUP, now=sender.now, priority=Priority.DIGEST) > 20
    for number in range(3):
        wait = sender.pace.wait(ChatId(number + 1), now=sender.now, priority=Priority.DIGEST)
        sender.now += wait
    assert sender.pace.wait(ChatId(9), now=sender.now + 9, priority=Priority.DIGEST, cost=10) == 0.0


def test_single_messages_do_not_pass_an_album_for_ever() -> None:
    pace = Pace(Limits(), now=0.0)
    now, singles = 0.0, 0
    while pace.wait(ChatId(-1), now=now, priority=Priority.DIGEST, cost=10) > 0:
        if pace.wait(ChatId(singles + 1), now=now, priority=Priority.DIGEST) == 0:
            singles += 1
            pace.take(ChatId(singles), now=now)
        now += 0.01
        assert now < 2, "the album waits while others go"
    pace.take(ChatId(-1), now=now, cost=10)
    wait = pace.wait(ChatId(999), now=now, priority=Priority.DIGEST)
    assert wait >= 9 / 30  # all of it counts
    assert pace.wait(ChatId(-1), now=now, priority=Priority.DIGEST) > 20
