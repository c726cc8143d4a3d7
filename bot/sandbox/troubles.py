"""The troubles that can be rehearsed: what each does, where it fits, and how it is asked for.

One table for the command line, the chat page and the documents.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Literal

MESSAGE_METHODS = frozenset(
    {
        *("sendmessage", "sendphoto", "senddocument", "sendmediagroup"),
        *("copymessage", "forwardmessage", "editmessagetext", "editmessagecaption"),
        *("editmessagemedia", "editmessagereplymarkup"),
    }
)
"""What a trouble hits unless it names a method: calls that put or change messages."""
PICTURE_METHODS = frozenset({"sendphoto", "sendmediagroup", "editmessagemedia"})

MAX_TIMES = 10_000
MAX_SECONDS = 3_600
MAX_HOURS = 8_784
USUAL_RETRY = 5
USUAL_HOURS = 2
GRAMMAR = (
    "EFFECT[:chat=ID|@NAME|TITLE][:times=N|always][:retry=S][:seconds=S][:hours=H]"
    "[:method=NAME|any]"
)
_KEYS = ("chat", "times", "retry", "seconds", "hours", "method")


class State(Enum):
    """Troubles that are no broken answer but a way in which a chat can be."""

    BLOCKED = "blocked"
    KICKED = "kicked"
    MIGRATED = "migrated"
    CLOSED = "closed"


class Jump(Enum):
    """Troubles of the bot's own machine: its clock goes wrong."""

    AHEAD = 1
    BACK = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """One kind of trouble; `asks` names the numbers that it takes beside how often.

    `does` is a state of chats, a jump of the clock, or the name of an effect on calls (faults.py).
    """

    name: str
    group: str
    title: str
    says: str
    does: str | State | Jump
    asks: tuple[Literal["retry", "seconds", "hours"], ...] = ()
    seconds: float | None = None


_WAIT, _SERVER, _LINE, _CHAT = "Asked to wait", "Server in trouble", "The line", "The chat"
_MACHINE = "The bot's machine"

TROUBLES: Mapping[str, Trouble] = {
    one.name: one
    for one in (
        Trouble(
            name="429",
            group=_WAIT,
            title="Too many requests",
            says="Telegram refuses the message and says how many seconds to wait.",
            does="429",
            asks=("retry",),
        ),
        Trouble(
            name="flood",
            group=_WAIT,
            title="Silence, then too many requests",
            says="The server waits by itself for some seconds, and refuses only then.",
            does="flood",
            asks=("seconds", "retry"),
            seconds=8,
        ),
        Trouble(
            name="500",
            group=_SERVER,
            title="Server error",
            says="A page of HTML with status 500; the message was not taken.",
            does="500-page",
        ),
        Trouble(
            name="502",
            group=_SERVER,
            title="Bad gateway",
            says="A page of HTML with status 502; the message was not taken, but nobody says so.",
            does="502",
        ),
        Trouble(
            name="malformed",
            group=_SERVER,
            title="Malformed answer",
            says="The message was taken; the JSON that says so ends in the middle.",
            does="malformed",
        ),
        Trouble(
            name="cut-before",
            group=_LINE,
            title="Cut before the message was taken",
            says="The connection ends without an answer; the message did not arrive.",
            does="cut-before",
        ),
        Trouble(
            name="cut-after",
            group=_LINE,
            title="Cut after the message was taken",
            says="The message arrived; the connection ends before the answer.",
            does="cut-after",
        ),
        Trouble(
            name="slow",
            group=_LINE,
            title="Answer too slow",
            says="The message arrived; the answer takes longer than anybody waits.",
            does="silent",
            asks=("seconds",),
            seconds=60,
        ),
        Trouble(
            name="bad-picture",
            group=_CHAT,
            title="Picture refused",
            says="Telegram does not take the pictures of messages.",
            does="bad-picture",
        ),
        Trouble(
            name="blocked",
            group=_CHAT,
            title="Blocked by a person",
            says="A person blocks the bot, until it is ended here or they unblock it.",
            does=State.BLOCKED,
        ),
        Trouble(
            name="kicked",
            group=_CHAT,
            title="Kicked out",
            says="The bot is thrown out of a group or channel, until it is ended here.",
            does=State.KICKED,
        ),
        Trouble(
            name="migrated",
            group=_CHAT,
            title="Group becomes a supergroup",
            says="A basic group gets another id, for good; only the new one works.",
            does=State.MIGRATED,
        ),
        Trouble(
            name="closed",
            group=_CHAT,
            title="Topics closed",
            says="The topics of a forum are closed, until it is ended here.",
            does=State.CLOSED,
        ),
        Trouble(
            name="clock-ahead",
            group=_MACHINE,
            title="Clock goes ahead",
            says="The clock jumps ahead, as for a laptop that slept; set right when it is ended.",
            does=Jump.AHEAD,
            asks=("hours",),
        ),
        Trouble(
            name="clock-back",
            group=_MACHINE,
            title="Clock goes back",
            says="The clock is set back by some hours, until that is ended here.",
            does=Jump.BACK,
            asks=("hours",),
        ),
    )
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A trouble as it was asked for; `chat` None: wherever it fits, `times` None: always.

    `methods` in small letters; None: any call, polls too.
    """

    trouble: Trouble
    chat: str | None = None
    times: int | None = 1
    retry: int = USUAL_RETRY
    seconds: float | None = None
    hours: int = USUAL_HOURS
    methods: frozenset[str] | None = field(default=MESSAGE_METHODS)


def effects_in_words() -> str:
    """List the effects, a paragraph each, for whoever types them."""
    lines = [
        f"--fault takes {GRAMMAR}",
        "Without chat= it is every chat (chat=reader, chat=@gazette_demo, chat=-4001 name one), "
        "without times= one call, without method= calls that send or edit. EFFECT is one of:",
    ]
    for one in TROUBLES.values():
        keys = f" ({', '.join(f'{key}=' for key in one.asks)})" if one.asks else ""
        lines.append(f"{one.name}{keys}: {one.says}")
    return "\n\n".join(lines)


def read_wish(text: str) -> Wish:
    """Read `EFFECT[:key=value]…`; raises ValueError with words for whoever wrote it."""
    name, *parts = text.strip().split(":")
    if name not in TROUBLES:
        raise ValueError(f"{name!r} is no effect: {', '.join(TROUBLES)}")
    trouble = TROUBLES[name]
    given: dict[str, str] = {}
    for part in parts:
        key, found, value = part.partition("=")
        if not found or not value or key not in _KEYS:
            raise ValueError(f"{part!r} is not understood: {GRAMMAR}")
        given[key] = value
    for key in ("retry", "seconds", "hours"):
        if key in given and key not in trouble.asks:
            raise ValueError(f"{name} takes no {key}")
    if isinstance(trouble.does, Jump) and given.keys() - {"hours"}:
        raise ValueError(f"{name} happens to the bot's machine and takes only hours=")
    if isinstance(trouble.does, State) and given.keys() - {"chat"}:
        raise ValueError(f"{name} is a state of a chat and takes only chat=")
    return Wish(
        trouble=trouble,
        chat=None if given.get("chat", "all") == "all" else given["chat"],
        times=None if given.get("times") == "always" else whole(given, "times", 1, MAX_TIMES),
        retry=whole(given, "retry", USUAL_RETRY, MAX_SECONDS),
        seconds=_seconds(given, trouble),
        hours=whole(given, "hours", USUAL_HOURS, MAX_HOURS),
        methods=_methods(given.get("method"), trouble),
    )


def whole(given: Mapping[str, object], key: str, usual: int, most: int) -> int:
    """Take a whole number from 1 to `most`; raises ValueError for any other."""
    value = str(given.get(key, usual))
    if not (value.isascii() and value.isdecimal() and 1 <= int(value) <= most):
        raise ValueError(f"{key} is a whole number from 1 to {most}, not {value!r}")
    return int(value)


def _seconds(given: Mapping[str, str], trouble: Trouble) -> float | None:
    if "seconds" not in given:
        return trouble.seconds
    return float(whole(given, "seconds", 1, MAX_SECONDS))


def _methods(name: str | None, trouble: Trouble) -> frozenset[str] | None:
    if trouble.does == "bad-picture":
        return PICTURE_METHODS
    if name is None:
        return MESSAGE_METHODS
    return None if name == "any" else frozenset({name.lower()})
