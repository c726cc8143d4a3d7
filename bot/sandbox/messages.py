"""The messages that stand in the chats, as Bot API objects."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from bot.sandbox.chats import Chat
from bot.sandbox.entities import Entity

Json = dict[str, object]


@dataclass(slots=True, kw_only=True)
class Message:
    """One message; `content` holds the fields that differ from kind to kind."""

    id: int
    chat: Chat
    sent_at: datetime
    content: Json
    sender: Json = field(default_factory=dict)
    is_ours: bool = False
    thread_id: int | None = None
    reply_to: Message | None = None
    edited_at: datetime | None = None
    reply_markup: Json | None = None
    # Messages with a reply keyboard and forwarded ones cannot be edited.
    is_editable: bool = True
    is_protected: bool = False
    # What a client shows of the page that the message links to; no part of the Bot API.
    preview: Json | None = None
    reactions: dict[int, tuple[Json, ...]] = field(default_factory=dict)

    @property
    def text(self) -> str | None:
        """The text of a text message."""
        text = self.content.get("text")
        return text if isinstance(text, str) else None

    @property
    def is_media(self) -> bool:
        """Tell whether the message can have a caption."""
        return "photo" in self.content or "document" in self.content

    def to_json(self, *, with_reply: bool = True) -> Json:
        """Build the Message object of the Bot API."""
        body: Json = {"message_id": self.id, **self.sender, "chat": self.chat.to_json()}
        body["date"] = int(self.sent_at.timestamp())
        if self.edited_at is not None:
            body["edit_date"] = int(self.edited_at.timestamp())
        if self.thread_id is not None:
            body |= {"message_thread_id": self.thread_id, "is_topic_message": True}
        if self.reply_to is not None and with_reply:
            body["reply_to_message"] = self.reply_to.to_json(with_reply=False)
        if self.is_protected:
            body["has_protected_content"] = True
        body |= self.content
        if self.reply_markup is not None:
            body["reply_markup"] = self.reply_markup
        return body

    def to_view(self) -> Json:
        """Build what a client shows: the Message object with the sandbox's own fields."""
        body = self.to_json()
        if self.preview is not None:
            body["_preview"] = self.preview
        if self.reactions:
            body["_reactions"] = [one for given in self.reactions.values() for one in given]
        return body


def text_content(text: str, entities: tuple[Entity, ...], *, name: str = "text") -> Json:
    """Build the fields for a text or a caption."""
    if not text and name == "caption":
        return {}
    content: Json = {name: text}
    if entities:
        field_name = "entities" if name == "text" else "caption_entities"
        content[field_name] = [entity.to_json() for entity in entities]
    return content


class Messages:
    """All messages by chat. Ids are never used twice, so a gone message stays gone."""

    def __init__(self) -> None:
        self._logs: dict[int, dict[int, Message]] = {}
        # Private chats and basic groups share one count; the others have their own.
        self._shared_ids = itertools.count(1)
        self._own_ids: dict[int, Iterator[int]] = {}

    def next_id(self, chat: Chat) -> int:
        """Take the id for the next message of `chat`."""
        if chat.kind in {"private", "group"}:
            return next(self._shared_ids)
        return next(self._own_ids.setdefault(chat.id, itertools.count(1)))

    def add(self, message: Message) -> Message:
        self._logs.setdefault(message.chat.id, {})[message.id] = message
        return message

    def find(self, chat: Chat, message_id: int) -> Message | None:
        """The message with this id, if it stands in `chat`."""
        return self._logs.get(chat.id, {}).get(message_id)

    def remove(self, message: Message) -> None:
        del self._logs[message.chat.id][message.id]
        if message.id in message.chat.pinned:
            message.chat.pinned.remove(message.id)

    def of(self, chat_id: int) -> tuple[Message, ...]:
        """The messages of a chat in the order in which they were sent."""
        return tuple(self._logs.get(chat_id, {}).values())


def sender_in(chat: Chat, user: Mapping[str, object]) -> Json:
    """Build who a message is from, as readers of `chat` and the bot see it."""
    if chat.kind == "channel":
        return {"sender_chat": chat.to_json()}
    return {"from": dict(user)}


def inaccessible(chat: Chat, message_id: int) -> Json:
    """Build what stands for a message that the bot can no longer see."""
    return {"message_id": message_id, "chat": chat.to_json(), "date": 0}


def forward_origin(message: Message) -> Json:
    """Build where a forwarded message comes from."""
    origin = message.content.get("forward_origin")
    if isinstance(origin, dict):
        return origin
    date = int(message.sent_at.astimezone(UTC).timestamp())
    if message.chat.kind == "channel":
        chat = message.chat.to_json()
        return {"type": "channel", "chat": chat, "message_id": message.id, "date": date}
    return {"type": "user", "sender_user": message.sender.get("from", {}), "date": date}
