"""A delivery: one message of one digest to one chat, and what may become of it.

```
pending ──permit──▶ sending ──▶ sent | refused | uncertain
   ▲                   │
   └── later, moved, ──┘        pending ──▶ expired | cancelled
       reshaped, a rest
```
A final state is never left; a resend is a new row that names the uncertain one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum
from typing import NewType

from bot.domain.message import (
    SEND_PHOTO,
    SEND_RICH,
    Message,
    split,
    without,
    without_links,
    without_markup,
    without_picture,
    without_reply,
)
from bot.domain.pacing import Priority
from bot.domain.quick import quick, quick_replace
from bot.domain.rich import as_list, photos_of, without_pictures
from bot.domain.subscription import NO_THREAD, ChatId
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
    SendError,
    SlowDown,
    ThreadShut,
    Unfit,
    Unreachable,
)

DeliveryId = NewType("DeliveryId", int)
DigestId = NewType("DigestId", int)

FIRST_PAUSE = timedelta(seconds=2)
LONGEST_PAUSE = timedelta(minutes=5)
GIVE_UP_AFTER = timedelta(hours=24)
"""A message that could not leave us for so long is old news: it expires. Only the time of trying
counts: neither a paused send nor one that is queued for later grows old by waiting."""

MAX_RESENDS = 3
"""A server that cuts off every answer must not fill a chat: then the row stays uncertain."""


class State(Enum):
    """The states of a delivery; the last five are final."""

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    REFUSED = "refused"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    UNCERTAIN = "uncertain"

    @property
    def is_final(self) -> bool:
        """Whether nothing more happens to the row."""
        return self not in (State.PENDING, State.SENDING)


RECEIVED = (State.PENDING, State.SENDING, State.SENT, State.UNCERTAIN)
"""The states that count as received when we ask what a chat has had."""


class UncertainPolicy(Enum):
    """What happens after an uncertain delivery."""

    RESEND = "resend"
    SKIP = "skip"
    ASK = "ask"
    """An operator decides on each."""


class Reaction(Enum):
    """What else follows from an outcome, beside the row's new state."""

    NONE = "none"
    SLEEP_CHAT = "sleep chat"
    PAUSE_CHAT = "pause chat"
    SHUT_THREAD = "shut thread"
    """A topic is closed: its order waits until it is open again."""
    END_THREAD = "end thread"
    """A topic is deleted: its order ends. Nothing is ever posted elsewhere instead."""
    MOVE_CHAT = "move chat"
    STOP = "stop"
    KEEP_TO_LIST = "keep to list"
    """The chat does not take rich messages: it gets lists from now on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A row of the ledger."""

    id: DeliveryId
    digest_id: DigestId
    chat_id: ChatId
    thread_id: int = NO_THREAD
    position: int = 0
    priority: Priority = Priority.DIGEST
    state: State = State.PENDING
    due_at: datetime
    attempts: int = 0
    created_at: datetime
    is_reshaped: bool = False
    """It has had its one other form, because Telegram refused a part of it."""
    has_own_form: bool = False
    """Its message is not the digest's any more, and is kept with it."""
    message: Message
    message_ids: tuple[int, ...] = ()
    reason: str | None = None
    resend_of: DeliveryId | None = None
    resends: int = 0
    """How many uncertain rows came before this one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """Telegram took the message; `file_id` is the largest size of an uploaded or fetched photo."""

    message_ids: tuple[int, ...]
    file_id: str | None = None


Outcome = Sent | SendError


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """The row after an outcome, whether the message is sent again, and what else must happen."""

    delivery: Delivery
    reaction: Reaction = Reaction.NONE
    resend: bool = False
    asks: bool = False
    """An operator decides whether it is sent again."""
    new_chat_id: ChatId | None = None
    slow_down: timedelta | None = None


_settlement = quick(Settlement)
_changed = quick_replace(Delivery)


def begun(delivery: Delivery) -> Delivery:
    """Put a row in flight: its permit is granted, and the attempt counts."""
    return _changed(delivery, state=State.SENDING, attempts=delivery.attempts + 1)


def settle(
    delivery: Delivery,
    outcome: Outcome,
    *,
    now: datetime,
    uncertain: UncertainPolicy = UncertainPolicy.RESEND,
) -> Settlement:
    """Decide what an outcome means for a row in state `sending`. Pure.

    Raises ValueError for a row that is final already: no way leads out of a final state.
    """
    if delivery.state is not State.SENDING:
        raise ValueError(f"delivery {delivery.id} is {delivery.state.value}, not being sent")
    match outcome:
        case Sent(message_ids=ids):
            return _settlement(delivery=_sent(delivery, ids, now=now))
        case NothingToDo():
            return Settlement(delivery=replace(delivery, state=State.SENT))
        case OutcomeUnknown():
            row = replace(delivery, state=State.UNCERTAIN, reason=str(outcome))
            wanted = uncertain is UncertainPolicy.RESEND and delivery.resends < MAX_RESENDS
            asks = uncertain is UncertainPolicy.ASK
            return Settlement(delivery=row, resend=wanted, asks=asks)
        case OurFault():
            row = replace(delivery, state=State.UNCERTAIN, reason=str(outcome))
            return Settlement(delivery=row, asks=uncertain is UncertainPolicy.ASK)
        case PartlySent():
            return _after_part(delivery, outcome, now=now)
        case SlowDown() | Unreachable() | ChatMoved() | BotDisabled() | Unfit():
            return _once_more(delivery, outcome, now=now)
        case _:
            return _never_again(delivery, outcome, now=now)


def _sent(delivery: Delivery, ids: tuple[int, ...], *, now: datetime) -> Delivery:
    """Note the ids; where the message had to be split, its rest is to be sent next."""
    ids = (*delivery.message_ids, *ids)
    rest = delivery.message.rest
    if rest is None:
        return _changed(delivery, state=State.SENT, message_ids=ids)
    return replace(delivery, state=State.PENDING, due_at=now, message=rest, message_ids=ids)


def _once_more(delivery: Delivery, outcome: SendError, *, now: datetime) -> Settlement:
    """Put the row back: it surely was not delivered."""
    match outcome:
        case SlowDown(retry_after=pause):  # their pause, not our failure
            return Settlement(delivery=_later(delivery, now + pause, outcome), slow_down=pause)
        case ChatMoved(new_chat_id=new):
            row = replace(_later(delivery, now, outcome), chat_id=ChatId(new))
            return Settlement(
                delivery=row,
                reaction=Reaction.MOVE_CHAT,
                new_chat_id=ChatId(new),
            )
        case BotDisabled():  # waits for a valid token
            return Settlement(delivery=_later(delivery, now, outcome), reaction=Reaction.STOP)
        case Unfit(aspect=aspect):
            return _other_form(delivery, aspect, outcome, now=now)
        case _:
            return Settlement(delivery=_after_failure(delivery, outcome, now=now))


def _other_form(
    delivery: Delivery, aspect: Aspect, outcome: SendError, *, now: datetime
) -> Settlement:
    row = _reshaped(delivery, aspect, outcome, now=now)
    if delivery.message.method == SEND_RICH and row.message.method != SEND_RICH:
        # A list is what the chat gets from now on, and may be reshaped as any other message.
        row = replace(row, is_reshaped=False)
        return Settlement(delivery=row, reaction=Reaction.KEEP_TO_LIST)
    return Settlement(delivery=row)


def _after_part(delivery: Delivery, outcome: PartlySent, *, now: datetime) -> Settlement:
    """Send what is missing of an album, never again what may stand in the chat.

    An album carries its words on its first picture. If that one was sent, nobody lacks a story;
    if it was not, the words follow alone.
    """
    if outcome.first_failed > 1:
        row = replace(delivery, state=State.SENT, reason=str(outcome))
    else:
        row = _reshaped(delivery, Aspect.PICTURE, outcome, now=now)
        if row.state is State.PENDING and outcome.retry_after is not None:
            row = replace(row, due_at=now + outcome.retry_after)
    return Settlement(delivery=row, slow_down=outcome.retry_after)


def _never_again(delivery: Delivery, outcome: SendError, *, now: datetime) -> Settlement:
    row = replace(delivery, state=State.REFUSED, reason=str(outcome))
    match outcome:
        case ChatGone():
            return Settlement(delivery=row, reaction=Reaction.SLEEP_CHAT)
        case ThreadShut() if delivery.thread_id != NO_THREAD:
            is_closed = "closed" in str(outcome).lower()
            reaction = Reaction.SHUT_THREAD if is_closed else Reaction.END_THREAD
            return Settlement(delivery=row, reaction=reaction)
        case ChatPaused():
            return Settlement(delivery=row, reaction=Reaction.PAUSE_CHAT)
        case _ if delivery.message.method == SEND_RICH:  # a definite no, for a reason not known
            return _other_form(delivery, Aspect.KIND, outcome, now=now)
        case _:
            return Settlement(delivery=row)


def pause_after(attempts: int) -> timedelta:
    """Give the pause after the n-th failure to connect: doubling from 2 s up to 5 minutes."""
    doublings = min(max(attempts - 1, 0), 20)
    return min(FIRST_PAUSE * 2.0**doublings, LONGEST_PAUSE)


def failing_for(attempts: int) -> timedelta:
    """Give the time that n failures to connect in a row have taken, pause after pause."""
    growing = min(max(attempts - 1, 0), 10)
    early = sum((pause_after(number) for number in range(1, growing + 1)), timedelta(0))
    return early + LONGEST_PAUSE * (max(attempts - 1, 0) - growing)


def _later(delivery: Delivery, due_at: datetime, outcome: SendError) -> Delivery:
    """Make the row pending again and give the attempt back: it was not our failure."""
    attempts = max(delivery.attempts - 1, 0)
    return replace(
        delivery, state=State.PENDING, due_at=due_at, attempts=attempts, reason=str(outcome)
    )


def _after_failure(delivery: Delivery, outcome: SendError, *, now: datetime) -> Delivery:
    if failing_for(delivery.attempts) >= GIVE_UP_AFTER:
        return replace(delivery, state=State.EXPIRED, reason=str(outcome))
    due_at = now + pause_after(delivery.attempts)
    return replace(delivery, state=State.PENDING, due_at=due_at, reason=str(outcome))


def _reshaped(delivery: Delivery, aspect: Aspect, outcome: SendError, *, now: datetime) -> Delivery:
    is_rich = delivery.message.method == SEND_RICH
    # A rich message that was refused without its pictures too still has a list to become.
    aspect = Aspect.KIND if is_rich and delivery.is_reshaped else aspect
    message = reshape(delivery.message, aspect)
    if (delivery.is_reshaped and not is_rich) or message is None:
        return replace(delivery, state=State.REFUSED, reason=str(outcome))
    row = _later(delivery, now, outcome)
    return replace(row, is_reshaped=True, has_own_form=True, message=message)


def reshape(message: Message, aspect: Aspect) -> Message | None:
    """Give another form of a message without the part that Telegram refused; None if it has none.

    The words stay whole: a picture, a keyboard, the entities or the reply are what goes, and a
    text that is too long becomes two.
    """
    if message.method == SEND_RICH:
        return _of_rich(message, aspect)
    match aspect:
        case Aspect.PICTURE:
            other = without_picture(message)
        case Aspect.BUTTON:
            other = without(message, "reply_markup")
        case Aspect.LINK:
            other = without_links(message)
        case Aspect.MARKUP:
            other = without_markup(message)
        case Aspect.REPLY:
            other = without_reply(message)
        case Aspect.LENGTH:
            other = without_picture(message) if message.method == SEND_PHOTO else split(message)
        case Aspect.KIND:
            return None
    return other if other != message else None


def _of_rich(message: Message, aspect: Aspect) -> Message:
    """Give a rich message without what is refused; whatever else is refused, as a list."""
    match aspect:
        case Aspect.PICTURE if photos_of(message):
            return without_pictures(message)
        case Aspect.BUTTON if "reply_markup" in message.parameters:
            return without(message, "reply_markup")
        case Aspect.REPLY if "reply_parameters" in message.parameters:
            return without(message, "reply_parameters")
        case _:
            return as_list(message)
