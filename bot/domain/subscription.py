"""A chat and its standing wish."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, time
from enum import Enum
from typing import NewType

from bot.domain.languages import interface_language
from bot.domain.rules import Leaning, Weights
from bot.domain.sections import Section

ChatId = NewType("ChatId", int)
UserId = NewType("UserId", int)

NO_THREAD = 0
"""The chat itself or a forum's General topic: `message_thread_id` is left out."""


class ChatKind(Enum):
    """The kinds of chats that Telegram knows."""

    PRIVATE = "private"
    GROUP = "group"
    SUPERGROUP = "supergroup"
    CHANNEL = "channel"

    @property
    def is_shared(self) -> bool:
        """Whether several people read it: nobody's tap may change what everybody sees."""
        return self is not ChatKind.PRIVATE


class ChatState(Enum):
    """Whether we may write to a chat."""

    AWAKE = "awake"
    ASLEEP = "asleep"
    """Blocked, kicked or gone: wakes when it comes back."""
    PAUSED = "paused"
    """A right is missing: an operator must act."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat:
    """A place that messages go to."""

    id: ChatId
    kind: ChatKind
    title: str = ""
    username: str | None = None
    language: str | None = None
    """What the person of a private chat speaks, as Telegram last showed it."""
    state: ChatState = ChatState.AWAKE


class Layout(Enum):
    """How a digest looks."""

    LIST = "list"
    """One message: a lead with its picture, numbered lines."""
    CARDS = "cards"
    """A picture with caption and buttons per story."""
    ALBUM = "album"
    """The pictures together, with the list below them."""
    COVER = "cover"
    """One picture made of all pictures, numbered, with the list below it."""
    RICH = "rich"
    """One rich message: headings, pictures and longer summaries; a list where it is refused."""


NO_QUIET = (time(0), time(0))
"""Quiet hours of no length: the chat wants none, also where the publication has some."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """When a chat wants its digests, where that differs from the publication; None: it does not.

    `times` are of the wall clock of `zone`, sorted, each once; `days` are ISO weekdays (Monday is
    1); `quiet` begins and ends at local times, across midnight if the end is earlier.
    """

    times: tuple[time, ...] | None = None
    days: frozenset[int] | None = None
    zone: str | None = None
    quiet: tuple[time, time] | None = None

    def __post_init__(self) -> None:
        """Refuse hours at which nothing could ever come."""
        if self.times is not None and (
            not self.times or list(self.times) != sorted(set(self.times))
        ):
            raise ValueError("times must be sorted, each once, and not none at all")
        if self.days is not None and (not self.days or not self.days <= frozenset(range(1, 8))):
            raise ValueError("days must be of 1 to 7, and not none at all")
        if self.quiet is not None and self.quiet[0] == self.quiet[1] and self.quiet != NO_QUIET:
            raise ValueError("quiet hours begin and end at the same time")

    @property
    def key(self) -> str:
        """Name the hours by what they say: alike hours have one key, the publication's none."""
        parts = []
        if self.times is not None:
            parts.append("times=" + ",".join(f"{one:%H:%M}" for one in self.times))
        if self.days is not None:
            parts.append("days=" + "".join(str(day) for day in sorted(self.days)))
        if self.zone is not None:
            parts.append(f"zone={self.zone}")
        if self.quiet is not None:
            parts.append(f"quiet={self.quiet[0]:%H:%M}-{self.quiet[1]:%H:%M}")
        return ";".join(parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """What one chat (or one thread of a forum) wants, and since when.

    None: as the publication does it. `followed` topics come first, `muted` ones and
    `muted_providers` never; stories with one of `words_in` come first, too, those with one of
    `words_out` never. Topic names are kept as the topic tree spells them, words as they were
    typed, all sorted. `sections` () : none, also where the publication has some. `language` is a
    code such as `pt`, chosen; `spoken` is what the person of a private chat speaks. `is_silent`:
    messages come without a sound. `is_learning`: taps and reactions bend what is chosen. Nothing
    comes before `paused_until`. Slots count that are due after `hours_since`, the moment at which
    these hours were chosen. `leanings` are what taps and reactions sum up to; they are noted by
    those, never as a wish.
    """

    chat_id: ChatId
    thread_id: int = NO_THREAD
    chat_kind: ChatKind = ChatKind.PRIVATE
    is_active: bool = True
    followed: tuple[str, ...] = ()
    muted: tuple[str, ...] = ()
    muted_providers: tuple[str, ...] = ()
    words_in: tuple[str, ...] = ()
    words_out: tuple[str, ...] = ()
    size: int | None = None
    layout: Layout | None = None
    sections: tuple[Section, ...] | None = None
    provider_cap: int | None = None
    topic_cap: int | None = None
    weights: Weights | None = None
    has_pictures: bool | None = None
    is_silent: bool | None = None
    has_flash: bool | None = None
    is_learning: bool | None = None
    language: str | None = None
    spoken: str | None = None
    hours: Hours = field(default_factory=Hours)
    hours_since: datetime | None = None
    paused_until: datetime | None = None
    leanings: frozenset[Leaning] = frozenset()
    created_at: datetime | None = None

    @property
    def wants_flash(self) -> bool:
        """Whether a story may come at once; a channel that says nothing gets it, nobody else."""
        return self.chat_kind is ChatKind.CHANNEL if self.has_flash is None else self.has_flash

    @property
    def takes_follow_ups(self) -> bool:
        """Whether a story it has had may come again; only who refuses alerts gets none."""
        return self.has_flash is not False

    @property
    def reading_language(self) -> str | None:
        """What its readers are spoken to in; None: as the publication does."""
        return interface_language(self.language or self.spoken)

    @property
    def wish(self) -> tuple[object, ...]:
        """What must be alike for two chats to share a digest (with alike histories).

        The zone is part of it because a digest says `today`; the other hours only decide when.
        """
        return (
            self.chat_kind.is_shared,
            self.followed,
            self.muted,
            self.muted_providers,
            self.words_in,
            self.words_out,
            self.size,
            self.layout.value if self.layout else None,
            self.sections,
            self.provider_cap,
            self.topic_cap,
            self.weights,
            self.has_pictures,
            self.is_silent,
            self.reading_language,
            self.hours.zone,
            self.bent,
        )

    @property
    def bent(self) -> frozenset[Leaning]:
        """What its taps and reactions bend; nothing where it has that switched off."""
        return frozenset() if self.is_learning is False else self.leanings


class Role(Enum):
    """What an operator may do."""

    OWNER = "owner"
    EDITOR = "editor"
    VIEWER = "viewer"
