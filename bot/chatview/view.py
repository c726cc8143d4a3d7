"""What a rendering needs to know beside the messages: who looks, and where pictures are."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any

Message = Mapping[str, Any]

PEER_COLOURS = 7


def same_address(file_id: str) -> str:
    """The picture under its own name: right where a message holds an address instead of an id."""
    return file_id


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """How a chat is looked at.

    `viewer` is the user id whose own messages stand at the right; `shows_senders` is for groups;
    `picture_url` turns a file_id into an address for <img>.
    """

    picture_url: Callable[[str], str] = same_address
    viewer: int | None = None
    shows_senders: bool = False
    zone: tzinfo = UTC


def peer_colour(peer_id: int) -> int:
    """Number of the colour that stands for this person or chat, from 0 to 6."""
    return abs(peer_id) % PEER_COLOURS


def initials(name: str) -> str:
    """One or two letters for an avatar."""
    words = [word for word in name.split() if word[0].isalnum()]
    if not words:
        return name[:1]
    letters = words[0][0] + (words[-1][0] if len(words) > 1 else "")
    return letters.upper()


def sender_of(message: Message) -> tuple[int, str]:
    """Id and name of whoever a message stands under: a chat before a person."""
    chat = message.get("sender_chat")
    if isinstance(chat, Mapping):
        return int(chat.get("id", 0)), str(chat.get("title", ""))
    person = message.get("from")
    if isinstance(person, Mapping):
        names = (str(person.get("first_name", "")), str(person.get("last_name", "")))
        return int(person.get("id", 0)), " ".join(name for name in names if name)
    return 0, ""


def sent_at(message: Message, zone: tzinfo) -> datetime | None:
    """When the message was sent, on the viewer's clock; None if it does not say."""
    date = message.get("date")
    if not isinstance(date, int) or date <= 0:
        return None
    return datetime.fromtimestamp(date, zone)
