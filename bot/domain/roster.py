"""The roster: all subscriptions as plain values, for files that go out and come back.

A row is a mapping of column names to JSON values; what a column may hold, and what is wrong with
something else, is said here. How a file writes them is not.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from enum import Enum
from typing import Any

from bot.domain.languages import interface_language
from bot.domain.rules import Weights
from bot.domain.sections import Section
from bot.domain.subscription import Chat, ChatId, ChatKind, ChatState, Hours, Layout, Subscription
from bot.domain.timetable import is_zone

MAX_ID = 2**52
"""Ids of Telegram need up to 52 bits."""
MAX_SIZE = 30
MAX_CAP = 1000
MAX_WORDS = 1000
"""Names and words in one list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterRow:
    """A subscription with its chat; `ended_at`: when it was ended, if it was."""

    chat: Chat
    subscription: Subscription
    ended_at: datetime | None = None


class Kind(Enum):
    """How a column's values look in a file."""

    NUMBER = "a whole number"
    YES_NO = "yes or no"
    WORD = "a word"
    TEXT = "text"
    """Anything, blanks around it among them."""
    LIST = "a list"
    JSON = "JSON"


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one value, and the mend; `key` None: with the whole row."""

    key: str | None
    problem: str
    mend: str


class _Unfit(Exception):
    def __init__(self, problem: str, mend: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.mend = mend


@dataclass(frozen=True, slots=True)
class Column:
    """A column: how its values look, how one is taken from a row, how one is read.

    None stands for an empty place; `read` is not asked about that.
    """

    kind: Kind
    value: Callable[[RosterRow], Any]
    read: Callable[[Any], Any]


def values_of(row: RosterRow) -> dict[str, Any]:
    """Give a row as JSON values, in the order of the columns; None where there is nothing."""
    return {name: column.value(row) for name, column in COLUMNS.items()}


def row_of(values: Mapping[str, Any]) -> tuple[RosterRow | None, tuple[Fault, ...]]:
    """Read a row; None when anything about it is wrong. Unknown names are not looked at."""
    read: dict[str, Any] = {}
    faults: list[Fault] = []
    for name, column in COLUMNS.items():
        value = values.get(name)
        if value is None:
            continue
        try:
            read[name] = column.read(value)
        except _Unfit as unfit:
            faults.append(Fault(name, unfit.problem, unfit.mend))
    if "chat_id" not in read and not any(fault.key == "chat_id" for fault in faults):
        faults.append(Fault("chat_id", "is missing", "the number that /id tells in that chat"))
    if faults:
        return None, tuple(faults)
    try:
        return _row(read), ()
    except _Unfit as unfit:
        return None, (Fault(None, unfit.problem, unfit.mend),)
    except ValueError as error:  # hours at which nothing could ever come
        return None, (Fault(None, str(error), "mend days, times and quiet"),)


def _row(read: Mapping[str, Any]) -> RosterRow:
    chat_id: int = read["chat_id"]
    kind = read.get("kind", _usual_kind(chat_id))
    if (kind is ChatKind.PRIVATE) != (chat_id > 0):
        raise _Unfit(
            f"chat {chat_id} cannot be {kind.value}",
            "people have positive numbers, groups and channels negative ones",
        )
    thread_id = read.get("thread_id", 0)
    if thread_id and kind is not ChatKind.SUPERGROUP:
        raise _Unfit("thread_id: only forums have threads", "leave it empty")
    is_active = read.get("subscribed", True)
    ended_at = read.get("ended_at")
    if is_active and ended_at is not None:
        raise _Unfit("ended_at: it has not ended", "leave it empty, or say subscribed no")
    wishes = {name: read[name] for name in _WISHES if name in read}
    return RosterRow(
        chat=Chat(
            id=ChatId(chat_id),
            kind=kind,
            title=read.get("title", ""),
            username=read.get("username"),
            state=read.get("state", ChatState.AWAKE),
            language=read.get("spoken"),
        ),
        subscription=Subscription(
            chat_id=ChatId(chat_id),
            thread_id=thread_id,
            chat_kind=kind,
            is_active=is_active,
            hours=Hours(**{name: read.get(name) for name in ("times", "days", "zone", "quiet")}),
            hours_since=read.get("hours_since"),
            paused_until=read.get("paused_until"),
            created_at=read.get("created_at"),
            spoken=read.get("spoken"),
            **wishes,
        ),
        ended_at=ended_at,
    )


def _usual_kind(chat_id: int) -> ChatKind:
    if chat_id > 0:
        return ChatKind.PRIVATE
    return ChatKind.SUPERGROUP if chat_id <= -1_000_000_000_000 else ChatKind.GROUP


class Known(Enum):
    """What is known here of a place that a file names."""

    NOTHING = "nothing"
    WISHES = "wishes"
    """It follows or mutes something and never subscribed."""
    SUBSCRIBED = "subscribed"
    ENDED = "ended"
    FORGOTTEN = "forgotten"


class Verdict(Enum):
    """What becomes of a row of a file."""

    ADDED = "added"
    UPDATED = "updated"
    SAME = "same"
    KEPT = "kept"
    """Known here with other wishes: what its people said here stays."""
    UNSUBSCRIBED = "unsubscribed"
    """They ended it here; an older list does not bring it back."""
    FORGOTTEN = "forgotten"


def verdict(row: RosterRow, known: Known, *, is_same: bool, is_updating: bool) -> Verdict:
    """Decide about a row. Nobody who left is brought back, nobody who is here is sent away.

    `is_same`: its wishes are those that are stored. `is_updating`: a file's wishes replace those
    of who is subscribed here.
    """
    match known:
        case Known.FORGOTTEN:
            return Verdict.FORGOTTEN
        case Known.NOTHING:
            return Verdict.ADDED
        case Known.ENDED:
            is_ended = is_same and not row.subscription.is_active
            return Verdict.SAME if is_ended else Verdict.UNSUBSCRIBED
        case Known.WISHES if row.subscription.is_active:
            return Verdict.ADDED
        case Known.WISHES:
            return Verdict.SAME if is_same else Verdict.KEPT
    if not row.subscription.is_active:
        return Verdict.KEPT
    if is_same:
        return Verdict.SAME
    return Verdict.UPDATED if is_updating else Verdict.KEPT


def comparable(subscription: Subscription) -> Subscription:
    """Leave out what is not a wish: how it began, and whether it goes on."""
    return replace(
        subscription,
        chat_kind=ChatKind.PRIVATE,
        is_active=True,
        created_at=None,
        hours_since=None,
        spoken=None,
        leanings=frozenset(),
    )


# What is read


def _number(least: int, most: int, mend: str) -> Callable[[Any], int]:
    def read(value: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise _Unfit(f"{_shown(value)} is not such a number", mend)
        return value

    return read


def _id(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < abs(value) < MAX_ID:
        raise _Unfit(f"{_shown(value)} is no chat", "the number that /id tells in that chat")
    return value


def _yes_no(value: Any) -> bool:
    if not isinstance(value, bool):
        raise _Unfit(f"{_shown(value)} is neither yes nor no", "write yes or no")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise _Unfit(f"{_shown(value)} is no text", "write it as text")
    return value


def _names(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise _Unfit(f"{_shown(value)} is no list of names", "as in: tea; coffee")
    if len(value) > MAX_WORDS:
        raise _Unfit(f"{len(value)} names", f"at most {MAX_WORDS}")
    return tuple(value)


def _one_of(kinds: type[Enum]) -> Callable[[Any], Any]:
    names = [kind.value for kind in kinds]

    def read(value: Any) -> Any:
        if value not in names:
            raise _Unfit(f"there is no {_shown(value)}", f"one of {', '.join(names)}")
        return kinds(value)

    return read


def _moment(value: Any) -> datetime:
    mend = "as in 2026-11-22T18:00:00+00:00"
    try:
        moment = datetime.fromisoformat(_text(value))
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise _Unfit(f"{_shown(value)} is no moment", mend) from None


def _times(value: Any) -> tuple[time, ...]:
    return tuple(sorted({_clock(one) for one in _names(value)}))


def _clock(text: str) -> time:
    try:
        read = time.fromisoformat(text)
    except ValueError:
        read = None
    if read is None or len(text) != 5 or read.second or read.tzinfo:
        raise _Unfit(f"{_shown(text)} is no time of day", "as in 08:00") from None
    return read


def _days(value: Any) -> frozenset[int]:
    days = _text(value)
    if not days or not set(days) <= set("1234567"):
        raise _Unfit(f"{_shown(days)} are no days", "1 for Monday to 7 for Sunday, as in 12345")
    return frozenset(map(int, days))


def _zone(value: Any) -> str:
    name = _text(value)
    if not is_zone(name):
        raise _Unfit(f"there is no time zone {_shown(name)}", "as in Europe/Lisbon")
    return name


def _quiet(value: Any) -> tuple[time, time]:
    begin, dash, end = _text(value).partition("-")
    if not dash:
        raise _Unfit(f"{_shown(value)} are no quiet hours", "as in 22:00-07:00")
    return _clock(begin), _clock(end)


def _language(value: Any) -> str:
    if interface_language(_text(value)) != value:
        raise _Unfit(f"{_shown(value)} is no language of the bot", "as in en, pt or zh")
    return str(value)


def _code(value: Any) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,35}", _text(value)):
        raise _Unfit(f"{_shown(value)} is no language", "as in en or pt-br")
    return str(value)


def _sections(value: Any) -> tuple[Section, ...]:
    try:
        return tuple(
            Section(kinds=tuple(map(_text, kinds)), budget=budget, heading=_text(heading))
            for kinds, budget, heading in value
        )
    except (TypeError, ValueError, _Unfit):
        mend = 'as in [[["video","course"],2,"Watch"]]'
        raise _Unfit(f"{_shown(value)} are no sections", mend) from None


def _weights(value: Any) -> Weights:
    try:
        return Weights(**{name: float(number) for name, number in value.items()})
    except (TypeError, ValueError, AttributeError):
        raise _Unfit(f"{_shown(value)} are no weights", 'as in {"freshness": 2.0}') from None


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:59]}…"


# What is written


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _wish(name: str) -> Callable[[RosterRow], Any]:
    return lambda row: getattr(row.subscription, name)


def _listed(name: str) -> Callable[[RosterRow], Any]:
    return lambda row: list(getattr(row.subscription, name)) or None


def _written_sections(row: RosterRow) -> list[list[Any]] | None:
    sections = row.subscription.sections
    if sections is None:
        return None
    return [[list(one.kinds), one.budget, one.heading] for one in sections]


def _written_weights(row: RosterRow) -> dict[str, float] | None:
    weights = row.subscription.weights
    if weights is None:
        return None
    return {name: getattr(weights, name) for name in ("heat", "freshness", "quality", "follows")}


def _written_times(row: RosterRow) -> list[str] | None:
    times = row.subscription.hours.times
    return None if times is None else [f"{one:%H:%M}" for one in times]


def _written_days(row: RosterRow) -> str | None:
    days = row.subscription.hours.days
    return None if days is None else "".join(map(str, sorted(days)))


def _written_quiet(row: RosterRow) -> str | None:
    quiet = row.subscription.hours.quiet
    return None if quiet is None else "-".join(f"{one:%H:%M}" for one in quiet)


COLUMNS: Mapping[str, Column] = {
    "chat_id": Column(Kind.NUMBER, lambda row: row.chat.id, _id),
    "thread_id": Column(
        Kind.NUMBER,
        lambda row: row.subscription.thread_id or None,
        _number(0, MAX_ID, "the thread of a forum, or leave it empty"),
    ),
    "kind": Column(Kind.WORD, lambda row: row.chat.kind.value, _one_of(ChatKind)),
    "title": Column(Kind.TEXT, lambda row: row.chat.title or None, _text),
    "username": Column(Kind.TEXT, lambda row: row.chat.username or None, _text),
    "state": Column(Kind.WORD, lambda row: row.chat.state.value, _one_of(ChatState)),
    "spoken": Column(Kind.WORD, lambda row: row.chat.language, _code),
    "subscribed": Column(Kind.YES_NO, _wish("is_active"), _yes_no),
    "followed": Column(Kind.LIST, _listed("followed"), _names),
    "muted": Column(Kind.LIST, _listed("muted"), _names),
    "muted_providers": Column(Kind.LIST, _listed("muted_providers"), _names),
    "words_in": Column(Kind.LIST, _listed("words_in"), _names),
    "words_out": Column(Kind.LIST, _listed("words_out"), _names),
    "size": Column(
        Kind.NUMBER, _wish("size"), _number(1, MAX_SIZE, f"stories in a digest, 1 to {MAX_SIZE}")
    ),
    "layout": Column(
        Kind.WORD,
        lambda row: row.subscription.layout.value if row.subscription.layout else None,
        _one_of(Layout),
    ),
    "sections": Column(Kind.JSON, _written_sections, _sections),
    "provider_cap": Column(
        Kind.NUMBER, _wish("provider_cap"), _number(1, MAX_CAP, f"1 to {MAX_CAP}")
    ),
    "topic_cap": Column(Kind.NUMBER, _wish("topic_cap"), _number(1, MAX_CAP, f"1 to {MAX_CAP}")),
    "weights": Column(Kind.JSON, _written_weights, _weights),
    "has_pictures": Column(Kind.YES_NO, _wish("has_pictures"), _yes_no),
    "is_silent": Column(Kind.YES_NO, _wish("is_silent"), _yes_no),
    "has_flash": Column(Kind.YES_NO, _wish("has_flash"), _yes_no),
    "is_learning": Column(Kind.YES_NO, _wish("is_learning"), _yes_no),
    "language": Column(Kind.WORD, _wish("language"), _language),
    "times": Column(Kind.LIST, _written_times, _times),
    "days": Column(Kind.WORD, _written_days, _days),
    "zone": Column(Kind.WORD, lambda row: row.subscription.hours.zone, _zone),
    "quiet": Column(Kind.WORD, _written_quiet, _quiet),
    "hours_since": Column(Kind.WORD, lambda row: _iso(row.subscription.hours_since), _moment),
    "paused_until": Column(Kind.WORD, lambda row: _iso(row.subscription.paused_until), _moment),
    "created_at": Column(Kind.WORD, lambda row: _iso(row.subscription.created_at), _moment),
    "ended_at": Column(Kind.WORD, lambda row: _iso(row.ended_at), _moment),
}
"""What a file of subscriptions holds, in its order."""

_WISHES = (
    *("followed", "muted", "muted_providers", "words_in", "words_out", "size", "layout"),
    *("sections", "provider_cap", "topic_cap", "weights", "has_pictures", "is_silent"),
    *("has_flash", "is_learning", "language"),
)
