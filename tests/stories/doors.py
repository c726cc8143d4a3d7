"""What a story needs of the place where it is told, and the plainest such place.

A story is told through a *door*: people write, tap and look there. The sandbox has two of them: its
own side for people, which is told here, and its chat page in a browser (`page_door.py`). Stories
do not know which one they are told through.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, Protocol

from bot.sandbox.chats import GENERAL_TOPIC, Chat, Person
from bot.sandbox.state import Sandbox
from tests.support.world import BOT_NAME, Json, buttons, is_ours, labels, text_of

Kind = Literal["group", "forum", "channel"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """Where people talk: their chat with the bot, a group, a channel, one topic of a forum."""

    chat: int
    topic: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A message of the bot as it stands in a room."""

    room: Room
    number: int
    text: str
    buttons: tuple[str, ...] = ()
    time: str = ""
    """When it came, such as 21:00, by UTC."""
    file: str = ""
    """The name of the file that hangs on it."""
    reactions: str = ""


class Door(Protocol):
    """What people do and see. Each deed is that of one person, who is named first."""

    async def say(
        self, who: Person, room: Room, words: str, *, answering: Shown | None = None
    ) -> None:
        """Write a message, perhaps as an answer to one."""

    async def tap(self, who: Person, message: Shown, label: str) -> None:
        """Tap a button below a message."""

    async def follow(self, who: Person, message: Shown, label: str, *, into: str) -> None:
        """Tap a button that adds the bot to a chat, and choose the chat by its name."""

    async def open_link(self, who: Person, start: str) -> None:
        """Come to the bot by a link that carries `start`."""

    async def share_place(self, who: Person, room: Room, place: str) -> None:
        """Send a place on the map; it is one of PLACES."""

    async def share_picture(self, who: Person, room: Room, picture: bytes, words: str) -> None:
        """Send a picture with words below it."""

    async def react(self, who: Person, message: Shown, emoji: str) -> None:
        """Put a reaction below a message."""

    async def read(self, who: Person, room: Room) -> tuple[Shown, ...]:
        """The bot's messages in a room as somebody sees them, oldest first."""

    async def notices(self) -> Sequence[str]:
        """What taps were answered with so far, whoever tapped."""

    async def file(self, who: Person, message: Shown) -> bytes:
        """Take the file that hangs on a message."""

    async def block(self, who: Person) -> None:
        """Block the bot."""

    async def unblock(self, who: Person) -> None:
        """Let the bot write again."""

    async def arrive(self, name: str, language: str) -> Person:
        """Let somebody new open an account."""

    async def found(
        self, who: Person, kind: Kind, title: str, *, members: Sequence[Person] = (), name: str = ""
    ) -> Room:
        """Open a group, a forum or a channel, without the bot; `name` is a channel's public one."""

    async def bring_bot(self, who: Person, room: Room) -> None:
        """Add the bot to a chat."""

    async def hide(self, who: Person, room: Room) -> None:
        """Write as the group from now on."""

    async def open_topic(self, who: Person, forum: Room, name: str) -> Room:
        """Open a topic in a forum."""

    async def turn_topic(self, who: Person, topic: Room, *, closed: bool) -> None:
        """Close a topic, or open it again."""

    async def change(self) -> None:
        """Wait until something may look different than when it was read last."""

    async def spinning(self) -> bool:
        """Whether a tapped button still waits for its answer."""


PLACES = {"Lisbon": (38.72, -9.14), "Tehran": (35.69, 51.39)}


@dataclass(kw_only=True)
class PlainDoor:
    """The sandbox's own side for people: what they do is called, what they see is asked for."""

    sandbox: Sandbox
    heard: list[str]

    async def say(
        self, who: Person, room: Room, words: str, *, answering: Shown | None = None
    ) -> None:
        reply_to = None if answering is None else answering.number
        self.sandbox.say(who, room.chat, words, thread=_thread(room), reply_to=reply_to)

    async def tap(self, who: Person, message: Shown, label: str) -> None:
        query = self.sandbox.press(who, message.room.chat, message.number, label)
        await self.sandbox.wait_for(lambda: not self.sandbox.answers[query].is_pending)
        self.heard.append(self.sandbox.answers[query].text)

    async def follow(self, who: Person, message: Shown, label: str, *, into: str) -> None:
        shown = next(one for one in self._messages(message.room) if _number(one) == message.number)
        (link,) = [one["url"] for one in buttons(shown) if one["text"] == label]
        (chat,) = [one for one in self.sandbox.chats if one.title == into]
        rights = link.partition("admin=")[2]
        named = [f"can_{right}" for right in rights.split("+")] if rights else None
        self.sandbox.add_bot(who, chat, rights=named)
        start = link.partition("startgroup=")[2]
        if start:
            self.sandbox.say(who, chat, f"/start@{BOT_NAME} {start}")

    async def open_link(self, who: Person, start: str) -> None:
        self.sandbox.say(who, who, f"/start {start}")

    async def share_place(self, who: Person, room: Room, place: str) -> None:
        latitude, longitude = PLACES[place]
        self.sandbox.share_location(who, room.chat, latitude=latitude, longitude=longitude)

    async def share_picture(self, who: Person, room: Room, picture: bytes, words: str) -> None:
        self.sandbox.show_photo(who, room.chat, picture, name="picture.png", caption=words)

    async def react(self, who: Person, message: Shown, emoji: str) -> None:
        self.sandbox.react(who, message.room.chat, message.number, emoji)

    async def read(self, who: Person, room: Room) -> tuple[Shown, ...]:
        return tuple(_shown(one, room) for one in self._messages(room) if is_ours(one))

    def _messages(self, room: Room) -> list[Json]:
        every = self.sandbox.messages(room.chat)
        if not room.topic:
            return list(every)
        return [one for one in every if one.get("message_thread_id", GENERAL_TOPIC) == room.topic]

    async def notices(self) -> Sequence[str]:
        return self.heard

    async def file(self, who: Person, message: Shown) -> bytes:
        shown = next(one for one in self._messages(message.room) if _number(one) == message.number)
        found = self.sandbox.file(shown["document"]["file_id"])
        assert found is not None
        return await found.read()

    async def block(self, who: Person) -> None:
        self.sandbox.block(who)

    async def unblock(self, who: Person) -> None:
        self.sandbox.unblock(who)

    async def arrive(self, name: str, language: str) -> Person:
        return self.sandbox.add_person(name, language_code=language)

    async def found(
        self, who: Person, kind: Kind, title: str, *, members: Sequence[Person] = (), name: str = ""
    ) -> Room:
        chat: Chat
        if kind == "channel":
            chat = self.sandbox.add_channel(
                title, username=name or None, administrators=(who,), with_bot=False
            )
        else:
            chat = self.sandbox.add_group(
                title,
                members=members,
                administrators=(who,),
                forum=kind == "forum",
                with_bot=False,
            )
        return Room(chat=chat.id)

    async def bring_bot(self, who: Person, room: Room) -> None:
        self.sandbox.add_bot(who, room.chat)

    async def hide(self, who: Person, room: Room) -> None:
        self.sandbox.hide(who, room.chat)

    async def open_topic(self, who: Person, forum: Room, name: str) -> Room:
        return Room(chat=forum.chat, topic=self.sandbox.add_topic(who, forum.chat, name))

    async def turn_topic(self, who: Person, topic: Room, *, closed: bool) -> None:
        turn = self.sandbox.close_topic if closed else self.sandbox.reopen_topic
        turn(who, topic.chat, topic.topic)

    async def change(self) -> None:
        # False for the first look: what was seen before must not count as a change.
        looks = itertools.count()
        await self.sandbox.wait_for(lambda: next(looks))

    async def spinning(self) -> bool:
        return any(answer.is_pending for answer in self.sandbox.answers.values())


def _thread(room: Room) -> int | None:
    return room.topic if room.topic > GENERAL_TOPIC else None


def _number(message: Json) -> int:
    return int(message["message_id"])


def _shown(message: Json, room: Room) -> Shown:
    return Shown(
        room=room,
        number=_number(message),
        text=text_of(message),
        buttons=tuple(labels(message)),
        time=f"{datetime.fromtimestamp(message['date'], UTC):%H:%M}",
        file=str(message.get("document", {}).get("file_name", "")),
        reactions="".join(one["emoji"] for one in message.get("_reactions", ())),
    )
