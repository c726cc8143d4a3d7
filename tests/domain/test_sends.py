"""Sends: what their buttons say, how fast they are, and when they had better stop."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.callback import Action, Callback, decoded
from bot.domain.delivery import (
    Delivery,
    DeliveryId,
    DigestId,
    Outcome,
    Sent,
    State,
    UncertainPolicy,
    settle,
)
from bot.domain.digest import DigestKind
from bot.domain.message import Message
from bot.domain.sends import (
    BURST_CALLS,
    BURST_CHATS,
    BURST_SPAN,
    Burst,
    Bursts,
    Send,
    SendId,
    SendState,
    Step,
    Wish,
    wish_of,
)
from bot.domain.subscription import ChatId
from bot.errors import (
    BotDisabled,
    ChatGone,
    ChatPaused,
    OurFault,
    OutcomeUnknown,
    Refused,
    SlowDown,
    Unreachable,
)

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
SEND = SendId(7)

moments = st.integers(0, 7 * 10**15).map(
    lambda number: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=number)
)
wishes = st.builds(
    Wish,
    step=st.sampled_from([step for step in Step if step is not Step.LIST]),
    send=st.integers(0, 10**18 - 1).map(SendId),
    as_of=moments,
    count=st.integers(0, 10**9 - 1),
) | st.just(Wish(step=Step.LIST))


@given(wishes)
def test_a_button_says_what_it_was_made_for(wish: Wish) -> None:
    data = Callback(Action.SENDS, wish.encoded()).encoded()
    read = decoded(data, parts=2)
    assert read is not None
    assert wish_of(read.arguments) == wish


@given(st.lists(st.text(max_size=20) | st.sampled_from([s.value for s in Step]), max_size=3))
def test_what_we_never_wrote_is_no_wish(arguments: list[str]) -> None:
    wish = wish_of(arguments)
    assert wish is None or wish_of(wish.encoded()) == wish


def a_send(**facts: Any) -> Send:
    usual: dict[str, Any] = {
        "id": SEND,
        "kind": DigestKind.SLOT,
        "state": SendState.RUNNING,
        "title": "Tea",
        "due_at": NOW,
        "started_at": NOW,
        "changed_at": NOW,
        "counts": {State.SENT: 100, State.PENDING: 880, State.SENDING: 20},
    }
    return Send(**(usual | facts))


def test_rate_and_time_left_come_from_the_last_moments() -> None:
    now = NOW + 60 * SECOND
    send = a_send(recent=500)
    assert send.rate(now) == 25.0
    assert send.time_left(now, per_second=30) == timedelta(seconds=900 / 25)
    just_resumed = replace(send, changed_at=now - 10 * SECOND, recent=250)
    assert just_resumed.rate(now) == 25.0


def test_before_there_is_a_rate_the_allowed_pace_stands_for_it() -> None:
    assert a_send().rate(NOW) is None
    assert a_send().time_left(NOW, per_second=30) == timedelta(seconds=30)
    queued = a_send(due_at=NOW + timedelta(hours=1), started_at=NOW)
    assert queued.time_left(NOW, per_second=30) == timedelta(hours=1, seconds=30)


@pytest.mark.parametrize(
    "facts", [{"state": SendState.PAUSED}, {"state": SendState.DONE, "done_at": NOW}]
)
def test_nothing_is_left_of_what_does_not_run(facts: dict[str, Any]) -> None:
    assert a_send(**facts).time_left(NOW, per_second=30) is None


def seen(bursts: Bursts, outcome: Outcome, *, chat: int, now: datetime = NOW) -> Burst | None:
    """Let a call to a chat end."""
    delivery = Delivery(
        id=DeliveryId(chat),
        digest_id=DigestId(7),
        chat_id=ChatId(chat),
        state=State.SENDING,
        due_at=NOW,
        created_at=NOW,
        attempts=1,
        message=Message(method="sendMessage", parameters={"text": "Tea"}),
    )
    settlement = settle(delivery, outcome, now=now, uncertain=UncertainPolicy.SKIP)
    return bursts.saw(SEND, settlement, outcome, now=now)


ALARMING = [
    Refused("Bad Request: something new"),
    OutcomeUnknown("read timeout"),
    OurFault("our own error: KeyError"),
    ChatGone("Bad Request: chat not found"),
    ChatPaused("not enough rights"),
]


@pytest.mark.parametrize("outcome", ALARMING, ids=str)
def test_failures_of_many_chats_at_once_are_a_burst(outcome: Outcome) -> None:
    bursts = Bursts()
    found = [seen(bursts, outcome, chat=number) for number in range(1, BURST_CHATS + 1)]
    assert found[:-1] == [None] * (BURST_CHATS - 1)
    assert found[-1] is not None
    assert str(outcome) in found[-1].reason
    assert bool(found[-1].lost) == ("not found" in str(outcome))
    assert seen(bursts, outcome, chat=99) is None, "a clean slate after it"


@pytest.mark.parametrize(
    "outcome",
    [
        ChatGone("Forbidden: bot was blocked by the user"),
        ChatGone("Forbidden: user is deactivated", for_good=True),
        SlowDown(SECOND),
        Unreachable("refused"),
        BotDisabled("Unauthorized"),
        Sent(message_ids=(1,)),
    ],
    ids=lambda outcome: str(outcome)[:40],
)
def test_what_concerns_single_chats_or_mends_itself_is_none(outcome: Outcome) -> None:
    bursts = Bursts()
    assert not any(seen(bursts, outcome, chat=number) for number in range(1, 200))


def test_one_chat_that_fails_again_and_again_is_no_burst() -> None:
    bursts = Bursts()
    assert not any(seen(bursts, Refused("no"), chat=1) for _ in range(200))


def test_a_share_below_half_is_no_burst() -> None:
    bursts = Bursts()
    for number in range(1, 400):
        good = number % 3 != 0
        outcome: Outcome = Sent(message_ids=(1,)) if good else Refused("no")
        assert seen(bursts, outcome, chat=number) is None


def test_failures_that_are_long_ago_do_not_count() -> None:
    bursts = Bursts()
    for number in range(1, 200):
        now = NOW + number * (BURST_SPAN / (BURST_CHATS - 2))
        assert seen(bursts, Refused("no"), chat=number, now=now) is None


@given(st.lists(st.tuples(st.integers(1, 30), st.booleans()), max_size=120))
def test_a_burst_is_never_told_of_few_chats_or_a_small_share(
    calls: list[tuple[int, bool]],
) -> None:
    bursts = Bursts()
    window: list[tuple[int, bool]] = []
    for chat, is_bad in calls:
        window = [*window, (chat, is_bad)][-BURST_CALLS:]
        outcome: Outcome = Refused("no") if is_bad else Sent(message_ids=(1,))
        burst = seen(bursts, outcome, chat=chat)
        bad = [one for one, failed in window if failed]
        expected = is_bad and len(set(bad)) >= BURST_CHATS and 2 * len(bad) >= len(window)
        assert (burst is not None) == expected
        if burst is not None:
            assert (burst.failures, burst.calls) == (len(bad), len(window))
            window = []
