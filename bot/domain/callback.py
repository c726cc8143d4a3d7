"""What a tapped button says: versioned, checked, at most 64 bytes, and never a right by itself."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from bot.domain.message import MAX_CALLBACK_DATA

VERSION = "1"
SEPARATOR = ":"


class Action(Enum):
    """Everything that a button can ask for; the value is what stands in the data."""

    STORY = "s"
    """Open a story in place: the story id; then the list it stands in, unless that is a digest."""
    DIGEST = "d"
    """Back to the list that a story was opened from: none for the digest of this message."""
    TOPIC = "t"
    """A page of a topic's stories: page number, topic key."""
    TOPICS = "ts"
    """A page of the topic list: page number."""
    QUERY = "q"
    """A page of a query's stories: page number, the words."""
    STORED_QUERY = "Q"
    """The same with the id of stored words, for words that do not fit."""
    HOT = "h"
    """A page of the hottest stories: page number."""
    LATEST = "l"
    """A page of the newest stories: page number."""
    FOLLOW = "f"
    """Follow a topic: topic key."""
    UNFOLLOW = "uf"
    """Follow a topic no longer: topic key."""
    MUTE = "m"
    """Keep a topic out: topic key."""
    UNMUTE = "um"
    """Mute a topic no longer: topic key."""
    SUBSCRIBE = "sub"
    UNSUBSCRIBE = "uns"
    DESK = "dk"
    """Operators: work on the draft of a post: its id and version, then a step (`domain.hand`)."""
    RECALL = "rc"
    """Operators: recall a withdrawn story or leave it: a verb, the story id (`domain.recall`)."""
    SENDS = "sd"
    """Operators: look at a send or steer it: a step, then what it is bound to (`domain.sends`)."""
    WHY = "w"
    """Why a story came or did not: the story id; without one, what would come now."""
    FORGET = "fg"
    """Erase everything about the chat, or not: y or n, then who was asked and until when."""
    SAVE = "sv"
    """Save a story: its id."""
    UNSAVE = "us"
    """Save a story no longer: its id."""
    SAVED = "sl"
    """A page of saved stories: page number, then the words that they hold, if any."""
    VOTE = "v"
    """More or less like a story: its id, then +, - or 0 to take it back."""
    MUTE_SOURCE = "mp"
    """Keep the provider of a story out: the story's id."""
    UNMUTE_SOURCE = "up"
    """Let the provider of a story in again: the story's id."""
    REMIND = "r"
    """Be reminded of a story: its id, then minutes since 1970, or x for not any more."""
    SETTINGS = "o"
    """The settings panel: whose (none: this chat's), a page and a change (`domain.panel`)."""
    NOTHING = "n"
    """A button that only shows something, such as the page number."""


@dataclass(frozen=True, slots=True)
class Callback:
    """An action with its arguments; the last argument may hold the separator."""

    action: Action
    arguments: tuple[str, ...] = ()

    def encoded(self) -> str:
        """Write it as callback data. Raises ValueError when it does not fit 64 bytes."""
        data = SEPARATOR.join((VERSION, self.action.value, *self.arguments))
        if not fits(data):
            raise ValueError(f"callback data of {_size(data)} bytes")
        return data


def fits(data: str) -> bool:
    """Whether Telegram takes this as callback data."""
    return _is_writable(data) and 1 <= _size(data) <= MAX_CALLBACK_DATA


def decoded(data: str | None, *, parts: int = 3) -> Callback | None:
    """Read callback data; None for anything we did not write in this version.

    At most `parts` arguments are split off; what follows belongs to the last one.
    """
    if not data or not fits(data):
        return None
    version, _, rest = data.partition(SEPARATOR)
    if version != VERSION:
        return None
    name, separator, arguments = rest.partition(SEPARATOR)
    try:
        action = Action(name)
    except ValueError:
        return None
    return Callback(action, tuple(arguments.split(SEPARATOR, parts - 1)) if separator else ())


def _size(data: str) -> int:
    return len(data.encode(errors="surrogatepass"))


def _is_writable(data: str) -> bool:
    """Whether it is text: JSON can bring us half of a surrogate pair, which has no bytes."""
    return not any("\ud800" <= character <= "\udfff" for character in data)
