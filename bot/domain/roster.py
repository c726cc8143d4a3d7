"""The roster: all subscriptions as plain values, for files that go out and come back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum

from bot.domain.subscription import Chat, ChatKind, Subscription


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterRow:
    """A subscription with its chat; `ended_at`: when it was ended, if it was."""

    chat: Chat
    subscription: Subscription
    ended_at: datetime | None = None


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
