"""Sends in words: the same for the operators' panels and for the command line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.domain.callback import Action, Callback
from bot.domain.delivery import State
from bot.domain.digest import DigestKind
from bot.domain.languages import N_
from bot.domain.message import Button, Draft, Keyboard, Message
from bot.domain.sends import Doubt, Send, SendState, Step, Wish
from bot.rendering import keyboards
from bot.rendering.blocks import block
from bot.rendering.cleaning import echo, one_line
from bot.rendering.dates import length_in_words, time_of_day
from bot.rendering.phrases import ENGLISH, Phrases
from bot.rendering.shortening import shortened
from bot.rendering.style import Style

BAR = 12
MAX_TITLE = 60
MAX_NAMED = 8
MAX_CHAT_NAME = 40

STALE = N_("This has changed meanwhile; your tap did nothing. Here is how it is now.")
"""A short answer to a tap (at most 200 characters, Bot API answerCallbackQuery)."""

_BURST = re.compile(r"(\d+) of the last (\d+) calls failed: (.*)", re.DOTALL)
"""How the reason of a burst is written in the ledger (`domain.sends.Burst.reason`)."""
_MARKS = {
    SendState.RUNNING: "▶",
    SendState.PAUSED: "⏸",
    SendState.CANCELLED: "✕",
    SendState.DONE: "✓",
}
# Note: %(time)s is a time of day, with the date on another day: 14:02, 22 Nov 14:02
_KINDS = {
    DigestKind.SLOT: N_("Digest of %(time)s"),
    DigestKind.MANUAL: N_("Post since %(time)s"),
    DigestKind.FIRST: N_("First digest since %(time)s"),
    DigestKind.ASKED: N_("Digest somebody asked for since %(time)s"),
    DigestKind.REMINDER: N_("Reminder of %(time)s"),
    DigestKind.PREVIEW: N_("Preview since %(time)s"),
    DigestKind.FLASH: N_("Flash since %(time)s"),
    DigestKind.FOLLOW_UP: N_("Follow-up since %(time)s"),
}
_STATES = {
    SendState.RUNNING: N_("running"),
    SendState.PAUSED: N_("paused"),
    SendState.CANCELLED: N_("cancelled"),
    SendState.DONE: N_("done"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SendView:
    """A send in words. Empty words say that there is nothing to say."""

    id: int
    mark: str
    state: str
    is_running: bool
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


def view(
    send: Send, *, now: datetime, zone: str, per_second: float, phrases: Phrases = ENGLISH
) -> SendView:
    """Say how a send is; `per_second` is the pace that is allowed."""
    share = send.settled / send.total if send.total else 1.0
    begun = send.due_at or send.started_at
    _ = phrases
    state = _(_STATES[send.state])
    if send.state is SendState.CANCELLED and not send.is_through:
        state = _("being cancelled")
    return SendView(
        id=send.id,
        mark=_MARKS[send.state],
        state=state,
        is_running=send.state is SendState.RUNNING,
        what=_(_KINDS[send.kind], time=time_of_day(begun, now=now, zone=zone, phrases=_)),
        title=shortened(one_line(send.title), MAX_TITLE),
        bar=bar(share),
        percent=int(share * 100),
        settled=_.number(send.settled),
        total=_.number(send.total),
        counts=counts_in_words(send, _),
        pace=_pace(send, _, now=now, zone=zone, per_second=per_second),
        ended=(
            "" if send.done_at is None else time_of_day(send.done_at, now=now, zone=zone, phrases=_)
        ),
        alarm=shortened(one_line(_why(send, _)), 200),
        undecided=send.undecided,
    )


def bar(share: float, *, width: int = BAR) -> str:
    """Draw how far something is; a bar is full only when all is done."""
    filled = int(min(max(share, 0.0), 1.0) * width)
    return "▓" * filled + "░" * (width - filled)


def counts_in_words(send: Send, _: Phrases = ENGLISH) -> str:
    """Say how many messages are in which state: `1,200 sent · 3 refused`."""
    told = (_state(state, send.counts[state], _) for state in State if send.counts.get(state))
    return " · ".join(told)


def _state(state: State, count: int, _: Phrases) -> str:
    # Note: so many messages, and what became of them
    match state:
        case State.PENDING:
            return _.ngettext("%(number)s pending", "%(number)s pending", count)
        case State.SENDING:
            return _.ngettext("%(number)s sending", "%(number)s sending", count)
        case State.SENT:
            return _.ngettext("%(number)s sent", "%(number)s sent", count)
        case State.REFUSED:
            return _.ngettext("%(number)s refused", "%(number)s refused", count)
        case State.EXPIRED:
            return _.ngettext("%(number)s expired", "%(number)s expired", count)
        case State.CANCELLED:
            return _.ngettext("%(number)s cancelled", "%(number)s cancelled", count)
        case State.UNCERTAIN:
            return _.ngettext("%(number)s uncertain", "%(number)s uncertain", count)


def _pace(send: Send, _: Phrases, *, now: datetime, zone: str, per_second: float) -> str:
    left = send.time_left(now, per_second=per_second)
    if left is None:
        return ""
    if send.due_at is not None and send.due_at > now:
        begins = _("begins %(time)s", time=time_of_day(send.due_at, now=now, zone=zone, phrases=_))
    else:
        begins = _rate(send.rate(now), _)
    last = time_of_day(now + left, now=now, zone=zone, phrases=_)
    rest = _("about %(length)s left", length=length_in_words(left, _))
    end = _("the last reader has it at %(time)s", time=last)
    return f"{begins} · {rest} · {end}"


def _rate(rate: float | None, _: Phrases) -> str:
    if rate is None:
        # Note: a send that is just beginning
        return _("starting")
    if rate < 1:
        return _("slowly")
    return _.ngettext("%(number)s a second", "%(number)s a second", round(rate))


def listed(sends: Sequence[Send], *, style: Style, per_second: float) -> Message:
    """List sends, with a button for each that is not through."""
    _ = style.phrases
    views = tuple(
        view(send, now=style.now, zone=style.zone, per_second=per_second, phrases=_)
        for send in sends
    )
    live = [send for send in sends if not send.is_through or send.undecided]
    buttons = [_button(_("Show %(id)s", id=str(send.id)), Step.SHOW, send) for send in live]
    ids = {send.id for send in live}
    text = block(
        "desk/sends",
        style=style,
        live=tuple(one for one in views if one.id in ids),
        past=tuple(one for one in views if one.id not in ids),
    )
    rows = keyboards.grid(keyboards.row(*buttons), widest=3)
    refresh = keyboards.rows([_tap(_("Refresh"), Wish(step=Step.LIST))])
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
    _ = style.phrases
    shown = view(send, now=style.now, zone=style.zone, per_second=per_second, phrases=_)
    named = tuple(
        (
            shortened(echo(doubt.chat), MAX_CHAT_NAME),
            time_of_day(doubt.since, now=style.now, zone=style.zone, phrases=_),
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
        open=send.open,
    )
    keyboard = _really(send, _) if is_asking else _steps(send, _)
    return Draft(text=text, keyboard=keyboard).finished()


def alarm(send: Send, _: Phrases) -> str:
    """Tell operators that a send has paused by itself, and why."""
    paused = _(
        "Send %(id)s has paused by itself: %(reason)s.", id=str(send.id), reason=_why(send, _)
    )
    waits = _.ngettext(
        "%(number)s message waits; nothing is lost.",
        "%(number)s messages wait; nothing is lost.",
        send.open,
    )
    return paused + _.space + waits


def _why(send: Send, _: Phrases) -> str:
    """Say why a send has paused by itself; what a server said stays in its words."""
    found = _BURST.fullmatch(send.alarm or "")
    if found is None:
        return send.alarm or ""
    failures, calls, words = found.groups()
    return _(
        "%(failures)s of the last %(calls)s calls failed: %(words)s",
        failures=failures,
        calls=calls,
        words=words,
    )


def alarm_buttons(send: Send, _: Phrases) -> Keyboard:
    """Offer what can be done about it."""
    return keyboards.rows(
        [_button(_("Resume"), Step.RESUME, send), _button(_("Cancel…"), Step.CANCEL, send)],
        [_button(_("Show"), Step.SHOW, send)],
    )


def question(send: Send, _: Phrases) -> str:
    """Ask operators to decide on uncertain messages."""
    return _.ngettext(
        "%(number)s message of send %(id)s was cut off between sending and hearing back: it may "
        "have arrived or not. Shall it be sent again?",
        "%(number)s messages of send %(id)s were cut off between sending and hearing back: they "
        "may have arrived or not. Shall they be sent again?",
        send.undecided,
        id=str(send.id),
    )


def question_buttons(send: Send, _: Phrases) -> Keyboard:
    """Lead to where it is decided: there the operator sees which messages they are."""
    return keyboards.rows([_button(_("Look and decide"), Step.SHOW, send)])


def _steps(send: Send, _: Phrases) -> Keyboard:
    is_running = send.state is SendState.RUNNING
    hold = _button(_("Pause"), Step.PAUSE, send) if is_running else None
    if send.state is SendState.PAUSED:
        hold = _button(_("Resume"), Step.RESUME, send)
    cancel = None
    if send.state is not SendState.CANCELLED:
        cancel = _button(_("Cancel…"), Step.CANCEL, send)
    steer = [] if send.is_through else [hold, cancel]
    decide: list[Button | None] = []
    if send.undecided and send.undecided_until is not None:
        seen = Wish(step=Step.AGAIN, send=send.id, as_of=send.undecided_until, count=send.undecided)
        decide = [
            _tap(
                _.ngettext("Send %(number)s again", "Send %(number)s again", send.undecided), seen
            ),
            # Note: a button: the uncertain messages are not sent again
            _tap(_("Leave as is"), replace(seen, step=Step.LEAVE)),
        ]
    look = [
        _button(_("Refresh"), Step.SHOW, send),
        _tap(_("All sends"), Wish(step=Step.LIST)),
    ]
    return keyboards.rows(decide, steer, look)


def _really(send: Send, _: Phrases) -> Keyboard:
    yes = _.ngettext("Yes, cancel %(number)s", "Yes, cancel %(number)s", send.open)
    return keyboards.rows([_button(yes, Step.REALLY, send), _button(_("No"), Step.SHOW, send)])


def _button(text: str, step: Step, send: Send) -> Button | None:
    return _tap(text, Wish(step=step, send=send.id, as_of=send.changed_at))


def _tap(text: str, wish: Wish) -> Button | None:
    return keyboards.callback_button(text, Callback(Action.SENDS, wish.encoded()))
