"""A chat and its standing wish."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import NewType

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """What one chat (or one thread of a forum) wants, and since when.

    `size` and `layout` None: the publication's. `followed` topics come first, `muted` ones and
    `muted_providers` never. Topic names are kept as the topic tree spells them, sorted.
    """

    chat_id: ChatId
    thread_id: int = NO_THREAD
    chat_kind: ChatKind = ChatKind.PRIVATE
    is_active: bool = True
    followed: tuple[str, ...] = ()
    muted: tuple[str, ...] = ()
    muted_providers: tuple[str, ...] = ()
    size: int | None = None
    layout: Layout | None = None
    created_at: datetime | None = None

    @property
    def wish(self) -> tuple[object, ...]:
        """What must be alike for two chats to share a digest (with alike histories)."""
        return (
            self.chat_kind.is_shared,
            self.followed,
            self.muted,
            self.muted_providers,
            self.size,
            self.layout.value if self.layout else None,
        )


class Role(Enum):
    """What an operator may do."""

    OWNER = "owner"
    EDITOR = "editor"
    VIEWER = "viewer"
