"""Sends in words: the same for the operators' panels and for the command line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.domain.callback import Action, Callback
from bot.domain.delivery import State
from bot.domain.digest import DigestKind
from bot.domain.message import Button, Draft, Keyboard, Message
from bot.domain.sends import Doubt, Send, SendState, Step, Wish
from bot.rendering import keyboards
from bot.rendering.blocks import block
from bot.rendering.cleaning import echo, one_line
from bot.rendering.dates import length_in_words, time_of_day
from bot.rendering.shortening import shortened
from bot.rendering.style import Style

BAR = 12
MAX_TITLE = 60
MAX_NAMED = 8
MAX_CHAT_NAME = 40

STALE = "This has changed meanwhile; your tap did nothing. Here is how it is now."
"""A short answer to a tap (at most 200 characters, Bot API answerCallbackQuery)."""

_MARKS = {
    SendState.RUNNING: "▶",
    SendState.PAUSED: "⏸",
    SendState.CANCELLED: "✕",
    SendState.DONE: "✓",
}
_KINDS = {
    DigestKind.SLOT: "Digest",
    DigestKind.MANUAL: "Post",
    DigestKind.FIRST: "First digest",
    DigestKind.PREVIEW: "Preview",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SendView:
    """A send in words. Empty words say that there is nothing to say."""

    id: int
    mark: str
    state: str
    what: str
    """What it is and since when: `Digest of 08:00`."""
    title: str
    bar: str
    percent: int
    settled: str
    total: str
    counts: str
    pace: str
    """Rate, time left and when the last reader has it."""
    ended: str
    alarm: str
    undecided: int


def view(send: Send, *, now: datetime, zone: str, per_second: float) -> SendView:
    """Say how a send is; `per_second` is the pace that is allowed."""
    share = send.settled / send.total if send.total else 1.0
    begun = send.due_at or send.started_at
    of = "of" if send.kind is DigestKind.SLOT else "since"
    state = send.state.value
    if send.state is SendState.CANCELLED and not send.is_through:
        state = "being cancelled"
    return SendView(
        id=send.id,
        mark=_MARKS[send.state],
        state=state,
        what=f"{_KINDS[send.kind]} {of} {time_of_day(begun, now=now, zone=zone)}",
        title=shortened(one_line(send.title), MAX_TITLE),
        bar=bar(share),
        percent=int(share * 100),
        settled=f"{send.settled:,}",
        total=f"{send.total:,}",
        counts=counts_in_words(send),
        pace=_pace(send, now=now, zone=zone, per_second=per_second),
        ended="" if send.done_at is None else time_of_day(send.done_at, now=now, zone=zone),
        alarm=shortened(one_line(send.alarm or ""), 200),
        undecided=send.undecided,
    )


def bar(share: float, *, width: int = BAR) -> str:
    """Draw how far something is; a bar is full only when all is done."""
    filled = int(min(max(share, 0.0), 1.0) * width)
    return "▓" * filled + "░" * (width - filled)


def counts_in_words(send: Send) -> str:
    """Say how many messages are in which state: `1,200 sent · 3 refused`."""
    told = (f"{send.counts[state]:,} {state.value}" for state in State if send.counts.get(state))
    return " · ".join(told)


def _pace(send: Send, *, now: datetime, zone: str, per_second: float) -> str:
    left = send.time_left(now, per_second=per_second)
    if left is None:
        return ""
    if send.due_at is not None and send.due_at > now:
        begins = f"begins {time_of_day(send.due_at, now=now, zone=zone)}"
    else:
        rate = send.rate(now)
        begins = "starting" if rate is None else f"{rate:.0f} a second" if rate >= 1 else "slowly"
    last = time_of_day(now + left, now=now, zone=zone)
    return f"{begins} · {_left(left)} · the last reader has it at {last}"


def _left(left: timedelta) -> str:
    return f"about {length_in_words(left)} left"


def listed(sends: Sequence[Send], *, style: Style, per_second: float) -> Message:
    """List sends, with a button for each that is not through."""
    views = tuple(
        view(send, now=style.now, zone=style.zone, per_second=per_second) for send in sends
    )
    live = [send for send in sends if not send.is_through or send.undecided]
    buttons = [_button(f"Show {send.id}", Step.SHOW, send) for send in live]
    ids = {send.id for send in live}
    text = block(
        "desk/sends",
        style=style,
        live=tuple(one for one in views if one.id in ids),
        past=tuple(one for one in views if one.id not in ids),
    )
    rows = keyboards.grid(keyboards.row(*buttons), widest=3)
    refresh = keyboards.rows([_tap("Refresh", Wish(step=Step.LIST))])
    return Draft(text=text, keyboard=(*rows, *refresh)).finished()


def panel(
    send: Send,
    doubts: Sequence[Doubt],
    *,
    style: Style,
    per_second: float,
    is_asking: bool = False,
) -> Message:
    """Show one send with what can be done about it; `is_asking`: whether cancelling is meant."""
    shown = view(send, now=style.now, zone=style.zone, per_second=per_second)
    named = tuple(
        (
            shortened(echo(doubt.chat), MAX_CHAT_NAME),
            time_of_day(doubt.since, now=style.now, zone=style.zone),
            doubt.digest_id,
        )
        for doubt in doubts[:MAX_NAMED]
    )
    uncertain = max(send.undecided, len(doubts))
    text = block(
        "desk/send",
        style=style,
        send=shown,
        doubts=named,
        more=max(uncertain - len(named), 0),
        is_asking=is_asking,
        open=f"{send.open:,}",
    )
    keyboard = _really(send) if is_asking else _steps(send)
    return Draft(text=text, keyboard=keyboard).finished()


def alarm(send: Send) -> str:
    """Tell operators that a send has paused by itself, and why."""
    return (
        f"Send {send.id} has paused by itself: {send.alarm}. "
        f"{send.open:,} messages wait; nothing is lost."
    )


def alarm_buttons(send: Send) -> Keyboard:
    """Offer what can be done about it."""
    return keyboards.rows(
        [_button("Resume", Step.RESUME, send), _button("Cancel…", Step.CANCEL, send)],
        [_button("Show", Step.SHOW, send)],
    )


def question(send: Send) -> str:
    """Ask operators to decide on uncertain messages."""
    one = send.undecided == 1
    subject = "1 message" if one else f"{send.undecided:,} messages"
    was, it = ("was", "it") if one else ("were", "they")
    return (
        f"{subject} of send {send.id} {was} cut off between sending and hearing back: {it} may "
        f"have arrived or not. Shall {it} be sent again?"
    )


def question_buttons(send: Send) -> Keyboard:
    """Lead to where it is decided: there the operator sees which messages they are."""
    return keyboards.rows([_button("Look and decide", Step.SHOW, send)])


def _steps(send: Send) -> Keyboard:
    is_running = send.state is SendState.RUNNING
    hold = _button("Pause", Step.PAUSE, send) if is_running else None
    if send.state is SendState.PAUSED:
        hold = _button("Resume", Step.RESUME, send)
    cancel = None if send.state is SendState.CANCELLED else _button("Cancel…", Step.CANCEL, send)
    steer = [] if send.is_through else [hold, cancel]
    decide: list[Button | None] = []
    if send.undecided and send.undecided_until is not None:
        seen = Wish(step=Step.AGAIN, send=send.id, as_of=send.undecided_until, count=send.undecided)
        decide = [
            _tap(f"Send {send.undecided} again", seen),
            _tap("Leave as is", replace(seen, step=Step.LEAVE)),
        ]
    look = [_button("Refresh", Step.SHOW, send), _tap("All sends", Wish(step=Step.LIST))]
    return keyboards.rows(decide, steer, look)


def _really(send: Send) -> Keyboard:
    return keyboards.rows(
        [
            _button(f"Yes, cancel {send.open:,}", Step.REALLY, send),
            _button("No", Step.SHOW, send),
        ]
    )


def _button(text: str, step: Step, send: Send) -> Button | None:
    return _tap(text, Wish(step=step, send=send.id, as_of=send.changed_at))


def _tap(text: str, wish: Wish) -> Button | None:
    return keyboards.callback_button(text, Callback(Action.SENDS, wish.encoded()))
