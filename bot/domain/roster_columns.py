"""The columns of a roster: a row is a mapping of column names to JSON values.

What a column may hold is said here and in `roster_values.py`; how a file writes them is not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from bot.domain import roster_values as read_as
from bot.domain.roster import RosterRow
from bot.domain.roster_values import MAX_CAP, MAX_ID, MAX_SIZE
from bot.domain.subscription import Chat, ChatId, ChatKind, ChatState, Hours, Layout, Subscription


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
        except read_as.Unfit as unfit:
            faults.append(Fault(name, unfit.problem, unfit.mend))
    if "chat_id" not in read and not any(fault.key == "chat_id" for fault in faults):
        faults.append(Fault("chat_id", "is missing", "the number that /id tells in that chat"))
    if faults:
        return None, tuple(faults)
    try:
        return _row(read), ()
    except read_as.Unfit as unfit:
        return None, (Fault(None, unfit.problem, unfit.mend),)
    except ValueError as error:  # hours at which nothing could ever come
        return None, (Fault(None, str(error), "mend days, times and quiet"),)


def _row(read: Mapping[str, Any]) -> RosterRow:
    chat_id: int = read["chat_id"]
    kind = read.get("kind", _usual_kind(chat_id))
    if (kind is ChatKind.PRIVATE) != (chat_id > 0):
        raise read_as.Unfit(
            f"chat {chat_id} cannot be {kind.value}",
            "people have positive numbers, groups and channels negative ones",
        )
    thread_id = read.get("thread_id", 0)
    if thread_id and kind is not ChatKind.SUPERGROUP:
        raise read_as.Unfit("thread_id: only forums have threads", "leave it empty")
    is_active = read.get("subscribed", True)
    ended_at = read.get("ended_at")
    if is_active and ended_at is not None:
        raise read_as.Unfit("ended_at: it has not ended", "leave it empty, or say subscribed no")
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
    "chat_id": Column(Kind.NUMBER, lambda row: row.chat.id, read_as.chat_number),
    "thread_id": Column(
        Kind.NUMBER,
        lambda row: row.subscription.thread_id or None,
        read_as.number(0, MAX_ID, "the thread of a forum, or leave it empty"),
    ),
    "kind": Column(Kind.WORD, lambda row: row.chat.kind.value, read_as.one_of(ChatKind)),
    "title": Column(Kind.TEXT, lambda row: row.chat.title or None, read_as.text),
    "username": Column(Kind.TEXT, lambda row: row.chat.username or None, read_as.text),
    "state": Column(Kind.WORD, lambda row: row.chat.state.value, read_as.one_of(ChatState)),
    "spoken": Column(Kind.WORD, lambda row: row.chat.language, read_as.code),
    "subscribed": Column(Kind.YES_NO, _wish("is_active"), read_as.yes_no),
    "followed": Column(Kind.LIST, _listed("followed"), read_as.names),
    "muted": Column(Kind.LIST, _listed("muted"), read_as.names),
    "muted_providers": Column(Kind.LIST, _listed("muted_providers"), read_as.names),
    "words_in": Column(Kind.LIST, _listed("words_in"), read_as.names),
    "words_out": Column(Kind.LIST, _listed("words_out"), read_as.names),
    "size": Column(
        Kind.NUMBER,
        _wish("size"),
        read_as.number(1, MAX_SIZE, f"stories in a digest, 1 to {MAX_SIZE}"),
    ),
    "layout": Column(
        Kind.WORD,
        lambda row: row.subscription.layout.value if row.subscription.layout else None,
        read_as.one_of(Layout),
    ),
    "sections": Column(Kind.JSON, _written_sections, read_as.sections),
    "provider_cap": Column(
        Kind.NUMBER,
        _wish("provider_cap"),
        read_as.number(1, MAX_CAP, f"1 to {MAX_CAP}"),
    ),
    "topic_cap": Column(
        Kind.NUMBER,
        _wish("topic_cap"),
        read_as.number(1, MAX_CAP, f"1 to {MAX_CAP}"),
    ),
    "weights": Column(Kind.JSON, _written_weights, read_as.weights),
    "has_pictures": Column(Kind.YES_NO, _wish("has_pictures"), read_as.yes_no),
    "is_silent": Column(Kind.YES_NO, _wish("is_silent"), read_as.yes_no),
    "has_flash": Column(Kind.YES_NO, _wish("has_flash"), read_as.yes_no),
    "is_learning": Column(Kind.YES_NO, _wish("is_learning"), read_as.yes_no),
    "language": Column(Kind.WORD, _wish("language"), read_as.language),
    "times": Column(Kind.LIST, _written_times, read_as.times),
    "days": Column(Kind.WORD, _written_days, read_as.days),
    "zone": Column(Kind.WORD, lambda row: row.subscription.hours.zone, read_as.zone),
    "quiet": Column(Kind.WORD, _written_quiet, read_as.quiet),
    "hours_since": Column(
        Kind.WORD, lambda row: _iso(row.subscription.hours_since), read_as.moment
    ),
    "paused_until": Column(
        Kind.WORD, lambda row: _iso(row.subscription.paused_until), read_as.moment
    ),
    "created_at": Column(Kind.WORD, lambda row: _iso(row.subscription.created_at), read_as.moment),
    "ended_at": Column(Kind.WORD, lambda row: _iso(row.ended_at), read_as.moment),
}
"""What a file of subscriptions holds, in its order."""

_WISHES = (
    *("followed", "muted", "muted_providers", "words_in", "words_out", "size", "layout"),
    *("sections", "provider_cap", "topic_cap", "weights", "has_pictures", "is_silent"),
    *("has_flash", "is_learning", "language"),
)
