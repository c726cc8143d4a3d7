"""The state machine of a delivery: every outcome has one end, and no way leads out of an end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.delivery import (
    FIRST_PAUSE,
    GIVE_UP_AFTER,
    LONGEST_PAUSE,
    MAX_RESENDS,
    RECEIVED,
    Delivery,
    DeliveryId,
    DigestId,
    Outcome,
    Reaction,
    Sent,
    Settlement,
    State,
    UncertainPolicy,
    pause_after,
    reshape,
    settle,
)
from bot.domain.message import (
    SEND_RICH,
    Button,
    Draft,
    Entity,
    Message,
    Preview,
    Shot,
    Text,
    album,
    split,
    utf16_length,
)
from bot.domain.rich import heading, photos_of, picture
from bot.domain.subscription import ChatId
from bot.errors import (
    Aspect,
    BotDisabled,
    ChatGone,
    ChatMoved,
    ChatPaused,
    NothingToDo,
    OurFault,
    OutcomeUnknown,
    PartlySent,
    PollingConflict,
    Refused,
    SendError,
    SlowDown,
    Unfit,
    Unreachable,
)

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)

words = st.text(min_size=1, max_size=30)
entities = st.lists(
    st.sampled_from(
        [
            Entity(kind="bold", offset=0, length=1),
            Entity(kind="text_link", offset=0, length=1, url="https://example.org/"),
        ]
    ),
    max_size=3,
).map(tuple)
messages = st.builds(
    Draft,
    text=st.builds(Text, words, entities),
    keyboard=st.sampled_from([(), ((Button(text="Read", url="https://example.org/"),),)]),
    preview=st.sampled_from([None, Preview(url="https://example.org/")]),
    photo=st.none() | st.just("https://example.org/tea.png"),
    is_silent=st.booleans(),
    stories=st.just(()),
).map(Draft.finished)
moments = st.timedeltas(timedelta(0), 2 * GIVE_UP_AFTER).map(lambda age: NOW - age)
deliveries = st.builds(
    Delivery,
    id=st.just(DeliveryId(1)),
    digest_id=st.just(DigestId(1)),
    chat_id=st.just(ChatId(-5)),
    state=st.just(State.SENDING),
    due_at=moments,
    created_at=moments,
    attempts=st.integers(1, 100),
    is_reshaped=st.booleans(),
    message=messages,
)
pauses = st.timedeltas(SECOND, timedelta(hours=20))
outcomes: st.SearchStrategy[Outcome] = st.one_of(
    st.builds(Sent, message_ids=st.just((7,))),
    st.builds(SlowDown, pauses),
    st.builds(Unfit, st.sampled_from(Aspect), st.just("no")),
    st.builds(ChatMoved, st.just(-100)),
    *(
        st.just(kind("no"))
        for kind in (
            Unreachable,
            OutcomeUnknown,
            ChatGone,
            ChatPaused,
            BotDisabled,
            NothingToDo,
            Refused,
            PollingConflict,
            SendError,
        )
    ),
)
policies = st.sampled_from(UncertainPolicy)


@given(deliveries, outcomes, policies)
def test_a_row_in_flight_is_settled_or_waits_and_never_stays_in_flight(
    delivery: Delivery, outcome: Outcome, policy: UncertainPolicy
) -> None:
    after = settle(delivery, outcome, now=NOW, uncertain=policy).delivery
    assert after.state is not State.SENDING
    assert after.state is State.PENDING or after.state.is_final
    if after.state is State.PENDING:
        assert after.due_at >= NOW
        assert after.attempts in (delivery.attempts, delivery.attempts - 1)
    assert (after.state is State.SENT) == bool(isinstance(outcome, Sent | NothingToDo))
    assert (after.state is State.UNCERTAIN) == isinstance(outcome, OutcomeUnknown)
    kept = ("id", "digest_id", "thread_id", "position", "created_at", "resend_of")
    assert all(getattr(after, name) == getattr(delivery, name) for name in kept)


@given(
    deliveries, outcomes, st.sampled_from([state for state in State if state is not State.SENDING])
)
def test_only_a_row_in_flight_can_be_settled(
    delivery: Delivery, outcome: Outcome, state: State
) -> None:
    with pytest.raises(ValueError, match=f"is {state.value}"):
        settle(replace(delivery, state=state), outcome, now=NOW)


REACTIONS: dict[type, Reaction] = {
    ChatGone: Reaction.SLEEP_CHAT,
    ChatPaused: Reaction.PAUSE_CHAT,
    ChatMoved: Reaction.MOVE_CHAT,
    BotDisabled: Reaction.STOP,
}


@given(deliveries, outcomes, policies)
def test_every_outcome_has_exactly_one_reaction(
    delivery: Delivery, outcome: Outcome, policy: UncertainPolicy
) -> None:
    settlement = settle(delivery, outcome, now=NOW, uncertain=policy)
    assert settlement.reaction is REACTIONS.get(type(outcome), Reaction.NONE)
    assert (settlement.new_chat_id is not None) == isinstance(outcome, ChatMoved)
    assert (settlement.slow_down is not None) == isinstance(outcome, SlowDown)
    resends = isinstance(outcome, OutcomeUnknown) and policy is UncertainPolicy.RESEND
    assert settlement.resend == resends


def in_flight(**facts: Any) -> Delivery:
    """Give a text message in flight for the first time."""
    message = Draft(text=Text("Tea")).finished()
    usual = Delivery(
        id=DeliveryId(1),
        digest_id=DigestId(1),
        chat_id=ChatId(-5),
        state=State.SENDING,
        due_at=NOW,
        created_at=NOW,
        attempts=1,
        message=message,
    )
    return replace(usual, **facts)


def after(outcome: Outcome, **facts: Any) -> Settlement:
    return settle(in_flight(**facts), outcome, now=NOW)


def test_a_wait_that_telegram_asks_for_is_kept_exactly_and_is_no_failure_of_ours() -> None:
    settlement = after(SlowDown(timedelta(seconds=17)), attempts=4)
    assert settlement.delivery.due_at == NOW + timedelta(seconds=17)
    assert settlement.delivery.attempts == 3
    assert settlement.slow_down == timedelta(seconds=17)


@given(st.integers(-3, 10_000))
def test_pauses_double_and_stay_bounded(attempts: int) -> None:
    assert FIRST_PAUSE <= pause_after(attempts) <= LONGEST_PAUSE
    assert pause_after(attempts) <= pause_after(attempts + 1)
    assert pause_after(1) == FIRST_PAUSE
    assert pause_after(2) == 2 * FIRST_PAUSE


def test_failing_connections_are_tried_for_a_day_and_then_expire() -> None:
    due_at, attempts, now = NOW, 0, NOW
    states = set()
    while True:
        attempts += 1
        row = in_flight(attempts=attempts)
        row = settle(row, Unreachable("refused"), now=now).delivery
        states.add(row.state)
        if row.state is State.EXPIRED:
            break
        assert row.due_at > due_at
        assert row.due_at - now <= LONGEST_PAUSE
        due_at = now = row.due_at
        attempts = row.attempts
    assert states == {State.PENDING, State.EXPIRED}
    assert GIVE_UP_AFTER <= now - NOW <= GIVE_UP_AFTER + LONGEST_PAUSE


def test_what_waited_for_days_has_its_whole_day_of_trying() -> None:
    """A paused send, or one queued for next week, does not expire at its first failure."""
    row = in_flight(created_at=NOW - timedelta(days=30))
    assert settle(row, Unreachable("refused"), now=NOW).delivery.state is State.PENDING


@pytest.mark.parametrize("outcome", [Refused("no"), ChatGone("blocked"), ChatPaused("no rights")])
def test_a_definite_no_is_final_and_tells_its_reason(outcome: SendError) -> None:
    row = after(outcome).delivery
    assert (row.state, row.reason) == (State.REFUSED, str(outcome))
    assert row.state not in RECEIVED


def test_a_group_that_moved_is_tried_again_under_its_new_id() -> None:
    settlement = after(ChatMoved(-100))
    assert (settlement.delivery.chat_id, settlement.new_chat_id) == (-100, -100)
    assert settlement.delivery.state is State.PENDING


@given(deliveries, st.sampled_from(Aspect))
def test_a_message_is_reshaped_once_and_keeps_its_words(delivery: Delivery, aspect: Aspect) -> None:
    unfit = Unfit(aspect, "no")
    row = settle(delivery, unfit, now=NOW).delivery
    if delivery.is_reshaped:
        assert row.state is State.REFUSED
        return
    if row.state is State.REFUSED:
        assert reshape(delivery.message, aspect) is None
        return
    assert row.is_reshaped
    assert row.message != delivery.message
    assert words_of(row.message) == words_of(delivery.message)
    assert row.message.stories == delivery.message.stories
    again = settle(replace(row, state=State.SENDING), unfit, now=NOW).delivery
    assert again.state is State.REFUSED


def words_of(message: Message) -> str:
    """All that is said, also in a second call."""
    return message.text + (message.rest.text if message.rest is not None else "")


def entities_of(message: Message) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = message.parameters.get("entities", [])
    return found


GONE: dict[Aspect, Callable[[Message], bool]] = {
    Aspect.PICTURE: lambda message: message.method == "sendPhoto",
    Aspect.BUTTON: lambda message: "reply_markup" in message.parameters,
    Aspect.LINK: lambda message: any(e["type"] == "text_link" for e in entities_of(message)),
    Aspect.MARKUP: lambda message: bool(entities_of(message)),
    Aspect.REPLY: lambda message: "reply_parameters" in message.parameters,
    Aspect.LENGTH: lambda message: "photo" in message.parameters,
}


@given(messages, st.sampled_from(Aspect))
def test_another_form_lacks_what_was_refused_and_no_form_is_the_same(
    message: Message, aspect: Aspect
) -> None:
    other = reshape(message, aspect)
    if other is None:
        return
    assert other != message
    assert not GONE[aspect](other)
    buttons = "reply_markup"
    if aspect is not Aspect.BUTTON:
        last = other.rest or other
        assert last.parameters.get(buttons) == message.parameters.get(buttons)


def test_a_server_that_cuts_every_answer_does_not_fill_a_chat() -> None:
    cut = OutcomeUnknown("read timeout")
    assert after(cut, resends=MAX_RESENDS - 1).resend
    assert not after(cut, resends=MAX_RESENDS).resend


def test_an_error_of_our_own_leaves_the_row_uncertain_and_is_never_resent() -> None:
    settlement = after(OurFault("a bug"))
    assert settlement.delivery.state is State.UNCERTAIN
    assert not settlement.resend


@given(deliveries, st.lists(outcomes, min_size=1, max_size=30), policies)
def test_a_life_goes_on_until_an_end_and_never_beyond(
    delivery: Delivery, heard: list[Outcome], policy: UncertainPolicy
) -> None:
    row, reshapings = delivery, 0
    for outcome in heard:
        if row.state.is_final:
            with pytest.raises(ValueError, match=row.state.value):
                settle(row, outcome, now=NOW, uncertain=policy)
            continue
        before = replace(row, state=State.SENDING)
        row = settle(before, outcome, now=NOW, uncertain=policy).delivery
        reshapings += row.is_reshaped and not before.is_reshaped
        assert row.is_reshaped >= before.is_reshaped
        assert row.message_ids[: len(before.message_ids)] == before.message_ids
    assert reshapings <= 1


@given(st.text(max_size=200), st.lists(st.tuples(st.integers(0, 199), st.integers(1, 50))))
def test_a_message_in_two_says_the_same_as_one(words: str, places: list[tuple[int, int]]) -> None:
    size = utf16_length(words)
    entities = tuple(
        Entity(kind="bold", offset=offset, length=min(length, size - offset))
        for offset, length in places
        if offset < size
    )
    whole = Draft(text=Text(words, entities)).finished()
    first = split(whole)
    if first is whole:
        return
    rest = first.rest
    assert rest is not None
    assert first.text + rest.text == words
    assert first.text.strip()
    assert rest.text.strip()
    cut = utf16_length(first.text)
    covered = [
        (entity["offset"] + shift, entity["length"])
        for part, shift in ((first, 0), (rest, cut))
        for entity in part.parameters["entities"]
    ]
    assert sum(length for _, length in covered) == sum(one.length for one in entities)
    for part in (first, rest):
        limit = utf16_length(part.text)
        assert all(e["offset"] + e["length"] <= limit for e in part.parameters["entities"])


def test_a_message_in_two_is_sent_when_both_are() -> None:
    whole = Draft(text=Text("Tea is back"), keyboard=()).finished()
    row = after(Unfit(Aspect.LENGTH, "too long"), message=whole).delivery
    assert (row.state, row.message.text) == (State.PENDING, "Tea ")
    row = settle(replace(row, state=State.SENDING), Sent(message_ids=(7,)), now=NOW).delivery
    assert (row.state, row.message.text, row.message_ids) == (State.PENDING, "is back", (7,))
    row = settle(replace(row, state=State.SENDING), Sent(message_ids=(8,)), now=NOW).delivery
    assert (row.state, row.message_ids) == (State.SENT, (7, 8))


BOLD = Entity(kind="bold", offset=0, length=1)
LINK = Entity(kind="text_link", offset=0, length=1, url="https://example.org/")
WORDS = Text("all the words", (LINK, BOLD))


def an_album(*captions: Text) -> Delivery:
    shots = [Shot(photo=f"attach://{n}.png", caption=one) for n, one in enumerate(captions)]
    return Delivery(
        id=DeliveryId(1),
        digest_id=DigestId(1),
        chat_id=ChatId(-5),
        state=State.SENDING,
        due_at=NOW,
        created_at=NOW,
        message=album(shots, is_silent=True),
    )


@pytest.mark.parametrize("pause", [None, 8 * SECOND])
def test_of_an_album_whose_first_picture_stands_nothing_is_sent_again(
    pause: timedelta | None,
) -> None:
    part = PartlySent("failed to send message #3", first_failed=3, retry_after=pause)
    done = settle(an_album(WORDS, Text(), Text()), part, now=NOW)
    assert (done.delivery.state, done.resend) == (State.SENT, False)
    assert done.delivery.reason == "failed to send message #3"
    assert done.slow_down == pause


@pytest.mark.parametrize("pause", [None, 8 * SECOND])
def test_where_the_picture_with_the_words_failed_the_words_follow_alone(
    pause: timedelta | None,
) -> None:
    part = PartlySent("failed to send message #1", first_failed=1, retry_after=pause)
    done = settle(an_album(WORDS, Text(), Text()), part, now=NOW)
    row = done.delivery
    assert (row.state, row.due_at) == (State.PENDING, NOW + (pause or timedelta(0)))
    assert row.message.as_json() == {
        "method": "sendMessage",
        "text": "all the words",
        "entities": [LINK.as_json(), BOLD.as_json()],
        "link_preview_options": {"is_disabled": True},
        "disable_notification": True,
    }
    again = replace(row, state=State.SENDING)
    assert settle(again, part, now=NOW).delivery.state is State.REFUSED


def test_an_album_whose_words_stand_below_it_is_refused_rather_than_said_twice() -> None:
    each = an_album(Text("1. one"), Text("2. two"))
    part = PartlySent("failed to send message #1", first_failed=1)
    for outcome in (part, Unfit(Aspect.PICTURE, "group send failed")):
        assert settle(each, outcome, now=NOW).delivery.state is State.REFUSED


def test_an_albums_markup_and_links_can_be_left_out() -> None:
    message = an_album(WORDS, Text("b", (BOLD,))).message
    plain = reshape(message, Aspect.MARKUP)
    assert plain is not None
    assert "caption_entities" not in str(plain.parameters)
    unlinked = reshape(message, Aspect.LINK)
    assert unlinked is not None
    assert [item["caption_entities"] for item in unlinked.parameters["media"]] == [
        [BOLD.as_json()],
        [BOLD.as_json()],
    ]
    assert plain.text == unlinked.text == message.text == "all the words\nb"


def test_a_rich_message_loses_its_pictures_then_becomes_a_list_and_no_timeout_changes_it() -> None:
    rich = {"blocks": [picture("attach://a.jpg"), heading(Text("Tea"), size=4)]}
    message = Message(method=SEND_RICH, parameters={"rich_message": rich})
    row = Delivery(
        id=DeliveryId(1),
        digest_id=DigestId(1),
        chat_id=ChatId(-5),
        state=State.SENDING,
        due_at=NOW,
        created_at=NOW,
        message=message,
    )
    assert settle(row, OutcomeUnknown("cut"), now=NOW).delivery.message == message
    first = settle(row, Unfit(Aspect.PICTURE, "x"), now=NOW)
    assert first.reaction is Reaction.NONE
    assert photos_of(first.delivery.message) == ()
    again = replace(first.delivery, state=State.SENDING)
    for outcome in (Unfit(Aspect.PICTURE, "x"), Refused("x"), Unfit(Aspect.KIND, "x")):
        for sending in (row, again):
            if sending is row and isinstance(outcome, Unfit) and outcome.aspect is Aspect.PICTURE:
                continue
            second = settle(sending, outcome, now=NOW)
            assert second.reaction is Reaction.KEEP_TO_LIST
            assert second.delivery.state is State.PENDING
            assert second.delivery.message.method == "sendMessage"
            assert second.delivery.message.text == "Tea"
            assert second.delivery.has_own_form
    # The list is a message as any other: a part of it that is refused is left out, once.
    wordy = replace(
        second.delivery.message,
        parameters={**second.delivery.message.parameters, "reply_markup": {}},
    )
    listed = replace(second.delivery, state=State.SENDING, message=wordy)
    bare = settle(listed, Unfit(Aspect.BUTTON, "x"), now=NOW).delivery
    assert (bare.state, bare.message) == (State.PENDING, second.delivery.message)
    bare = replace(bare, state=State.SENDING)
    assert settle(bare, Unfit(Aspect.LINK, "x"), now=NOW).delivery.state is State.REFUSED
    assert settle(listed, Refused("x"), now=NOW).delivery.state is State.REFUSED
    assert settle(row, ChatGone("x"), now=NOW).reaction is Reaction.SLEEP_CHAT
