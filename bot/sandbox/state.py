"""The sandbox: its people and chats, what they do and what they see.

The bot's side is the Bot API (`api.py`); this is the side of everybody else. Every deed
makes the updates that Telegram would send, and every change can be waited for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Literal, TypeVar

from starlette.applications import Starlette

from bot.sandbox import deeds, inline, membership
from bot.sandbox.application import build
from bot.sandbox.chats import Chat, Membership, Person, Status
from bot.sandbox.clock import Clock, MachineClock
from bot.sandbox.deeds import Button
from bot.sandbox.faults import Faults
from bot.sandbox.flood import FloodLimits
from bot.sandbox.messages import Json, Message
from bot.sandbox.photos import StoredFile
from bot.sandbox.previews import WebPage
from bot.sandbox.rehearsal import Rehearsal
from bot.sandbox.watch import Change, ChangeStream
from bot.sandbox.world import Call, CallbackAnswer, InlineAnswer, World

T = TypeVar("T")
Place = Chat | Person | int


class Sandbox:
    """A Telegram in miniature, seen from outside of the bot.

    `web` are the pages that links may lead to, by address; it is looked at live. `site` is a
    folder whose pictures the sandbox serves. `flood` switches Telegram's limits on; give
    FloodLimits for other numbers.
    """

    def __init__(
        self,
        token: str = "999:sandbox-token",  # noqa: S107 - opens nothing but this sandbox
        *,
        clock: Clock,
        bot_username: str = "gazette_demo_bot",
        bot_name: str = "Gazette",
        flood: bool | FloodLimits = False,
        web: Mapping[str, WebPage] | None = None,
        site: Path | None = None,
    ) -> None:
        limits = flood if isinstance(flood, FloodLimits) else FloodLimits() if flood else None
        self.world = World(
            token=token,
            clock=clock,
            bot_username=bot_username,
            bot_name=bot_name,
            limits=limits,
            web=web if web is not None else {},
            site=site,
        )
        self.rehearsal = Rehearsal(self.world)

    @property
    def machine_clock(self) -> MachineClock:
        """The time that it hands to a bot which asks for it: right, unless a rehearsal moves it."""
        return self.world.machine_clock

    @property
    def app(self) -> Starlette:
        """The ASGI application without further routes."""
        return build(self.world)

    # People and chats

    def add_person(
        self,
        first_name: str,
        *,
        user_id: int | None = None,
        username: str | None = None,
        language_code: str = "en",
    ) -> Person:
        """Let somebody open an account; the bot cannot write to them until they write first."""
        person = self.world.chats.add_person(
            first_name, user_id=user_id, username=username, language_code=language_code
        )
        self.world.tell("person", self.world.chats.get(person.id))
        return person

    def add_group(
        self,
        title: str,
        *,
        members: Iterable[Person] = (),
        administrators: Iterable[Person] = (),
        chat_id: int | None = None,
        kind: Literal["supergroup", "group"] = "supergroup",
        forum: bool = False,
        with_bot: bool = True,
    ) -> Chat:
        """Found a group; the first administrator (or member) brings the bot along."""
        chat = Chat(
            id=self.world.chats.free_id(kind) if chat_id is None else chat_id,
            kind=kind,
            title=title,
            is_forum=forum,
        )
        return self._found(chat, members, administrators, with_bot)

    def add_channel(
        self,
        title: str,
        *,
        username: str | None = None,
        administrators: Iterable[Person] = (),
        chat_id: int | None = None,
        with_bot: bool = True,
    ) -> Chat:
        """Found a channel with the bot as an administrator who may post."""
        chat = Chat(
            id=self.world.chats.free_id("channel") if chat_id is None else chat_id,
            kind="channel",
            title=title,
            username=username,
        )
        return self._found(chat, (), administrators, with_bot)

    def _found(
        self,
        chat: Chat,
        members: Iterable[Person],
        rulers: Iterable[Person],
        with_bot: bool,  # noqa: FBT001 - as it was said in public
    ) -> Chat:
        people = (*rulers, *members)
        brings = (next(iter(people), None) or self._nobody()) if with_bot else None
        return membership.found(self.world, chat, rulers=rulers, members=members, brings_bot=brings)

    @staticmethod
    def _nobody() -> Person:
        """Somebody from outside, for chats that were founded without people."""
        return Person(id=100, first_name="Founder")

    def chat(self, place: Place) -> Chat:
        """The chat that is meant; a person stands for their private chat with the bot."""
        if isinstance(place, Chat):
            return place
        return self.world.chats.get(place.id if isinstance(place, Person) else place)

    @property
    def chats(self) -> tuple[Chat, ...]:
        """All chats in the order in which they were made."""
        return tuple(self.world.chats)

    @property
    def people(self) -> tuple[Person, ...]:
        """All persons in the order in which they came."""
        return self.world.chats.people()

    # What people do

    def say(
        self,
        person: Person,
        place: Place,
        text: str,
        *,
        thread: int | None = None,
        reply_to: int | None = None,
    ) -> int:
        """Write a message; gives its id. ValueError when Telegram's app would not send it."""
        chat = self.chat(place)
        message = deeds.say(self.world, person, chat, text, thread_id=thread, reply_to=reply_to)
        return message.id

    def share_location(
        self, person: Person, place: Place, *, latitude: float, longitude: float
    ) -> int:
        """Send a place on the map; gives the message's id."""
        where: Json = {"location": {"latitude": latitude, "longitude": longitude}}
        return deeds.share(self.world, person, self.chat(place), where).id

    def show_photo(
        self, person: Person, place: Place, data: bytes, *, name: str = "", caption: str = ""
    ) -> int:
        """Send a picture; gives the message's id. ApiError for what Telegram takes for none."""
        chat = self.chat(place)
        return deeds.show_photo(self.world, person, chat, data, name=name, caption=caption).id

    def edit(self, place: Place, message_id: int, text: str) -> None:
        """Change a person's message."""
        message = self._message(place, message_id)
        deeds.edit(self.world, message.chat, message, text)

    def press(self, person: Person, place: Place, message_id: int, button: Button) -> str:
        """Tap a callback button, named by (row, column), data or text; gives the query id."""
        return deeds.press(self.world, person, self._message(place, message_id), button)

    def forge(self, person: Person, place: Place, message_id: int, data: str) -> str:
        """Send a callback query with any data, as a stranger's client can."""
        chat = self.chat(place)
        message = self.world.messages.find(chat, message_id)
        shown = message.to_json() if message is not None else None
        return deeds.ask_back(self.world, person, chat, message_id, data, shown)

    def ask_inline(
        self, person: Person, query: str, *, offset: str = "", where: str = "private"
    ) -> str:
        """Ask the bot from the input line of some chat; gives the query id."""
        return inline.ask(self.world, person, query, offset=offset, where=where)

    def choose(
        self,
        person: Person,
        place: Place,
        query_id: str,
        result_id: str,
        *,
        thread: int | None = None,
    ) -> int:
        """Send a result of an inline query into a chat, "via" the bot; gives the message's id.

        LookupError when the answer that the person got holds no such result.
        """
        chat = self.chat(place)
        message = inline.choose(self.world, person, chat, query_id, result_id, thread_id=thread)
        return message.id

    def react(self, person: Person, place: Place, message_id: int, emoji: str | None) -> None:
        """Put a reaction under a message; None takes it away."""
        deeds.react(self.world, person, self._message(place, message_id), emoji)

    def delete_message(self, place: Place, message_id: int) -> None:
        """Delete a message by somebody's hand; the bot is not told."""
        self.world.remove(self._message(place, message_id))

    def block(self, person: Person) -> None:
        """Stop the bot from writing to a person."""
        self._set_private(person, Membership(status="kicked"))

    def unblock(self, person: Person) -> None:
        """Let the bot write again."""
        self._set_private(person, Membership(status="member"))

    def _set_private(self, person: Person, changed: Membership) -> None:
        chat = self.chat(person)
        if chat.bot.status != changed.status:
            membership.set_bot(self.world, chat, person, changed)

    def deactivate(self, person: Person) -> None:
        """Close a person's account."""
        self.chat(person).is_deleted = True

    def join(self, person: Person, place: Place) -> None:
        """Let a person come into a group or channel."""
        membership.set_member(self.world, self.chat(place), person, person, "member")

    def leave(self, person: Person, place: Place) -> None:
        """Let a person go."""
        membership.set_member(self.world, self.chat(place), person, person, "left")

    def add_bot(self, person: Person, place: Place, *, rights: Iterable[str] | None = None) -> None:
        """Bring the bot into a group or channel; with `rights` as an administrator."""
        membership.add_bot(self.world, self.chat(place), person, rights=rights)

    def kick_bot(self, person: Person, place: Place) -> None:
        """Throw the bot out."""
        membership.remove_bot(self.world, self.chat(place), person)

    def promote_bot(self, person: Person, place: Place, rights: Sequence[str] = ()) -> None:
        """Make the bot an administrator with these rights."""
        changed = Membership(status="administrator", rights=frozenset(rights))
        membership.set_bot(self.world, self.chat(place), person, changed)

    def demote_bot(self, person: Person, place: Place) -> None:
        """Make the bot an ordinary member."""
        membership.set_bot(self.world, self.chat(place), person, Membership(status="member"))

    def migrate(
        self, place: Place, *, by: Person | None = None, chat_id: int | None = None
    ) -> Chat:
        """Turn a basic group into a supergroup; gives the new chat."""
        return membership.migrate(self.world, self.chat(place), by or self._nobody(), chat_id)

    def set_member(self, by: Person, person: Person, place: Place, status: Status) -> None:
        """Let somebody in, throw them out, make them an administrator or none."""
        membership.set_member(self.world, self.chat(place), by, person, status)

    def hide(self, person: Person, place: Place, *, is_hidden: bool = True) -> None:
        """Let an administrator write as the group, or under their own name again."""
        membership.hide(self.world, self.chat(place), person, is_hidden=is_hidden)

    def add_topic(self, person: Person, place: Place, name: str) -> int:
        """Open a topic in a forum; gives its thread id."""
        return membership.add_topic(self.world, self.chat(place), person, name)

    def close_topic(self, person: Person, place: Place, thread: int) -> None:
        """Let nobody but administrators write in a topic."""
        membership.close_topic(self.world, self.chat(place), person, thread)

    def reopen_topic(self, person: Person, place: Place, thread: int) -> None:
        """Let everybody write in a topic again."""
        membership.reopen_topic(self.world, self.chat(place), person, thread)

    def delete_topic(self, place: Place, thread: int) -> None:
        """Remove a topic with all that was written in it."""
        chat = self.chat(place)
        chat.topics[thread].is_deleted = True
        for message in self.world.messages.of(chat.id):
            if message.thread_id == thread:
                self.world.remove(message)

    # What is seen

    def messages(self, place: Place) -> tuple[Json, ...]:
        """The messages that a chat shows now, oldest first, as Bot API Message objects."""
        return tuple(one.to_view() for one in self.world.messages.of(self.chat(place).id))

    def _message(self, place: Place, message_id: int) -> Message:
        chat = self.chat(place)
        message = self.world.messages.find(chat, message_id)
        if message is None:
            raise LookupError(f"there is no message {message_id} in chat {chat.id}")
        return message

    @property
    def calls(self) -> Sequence[Call]:
        """What the bot called, oldest first."""
        return self.world.calls

    @property
    def answers(self) -> Mapping[str, CallbackAnswer]:
        """Tapped buttons by query id; a pending one still shows its spinner."""
        return self.world.answers

    @property
    def inline_answers(self) -> Mapping[str, InlineAnswer]:
        """Inline queries by query id."""
        return self.world.inline_answers

    @property
    def faults(self) -> Faults:
        """The queue of things that will go wrong."""
        return self.world.faults

    def typing(self, place: Place) -> str | None:
        """The chat action that the bot shows at this moment, such as "typing"."""
        return self.world.action_in(self.chat(place).id)

    def commands(self, person: Person, place: Place) -> tuple[dict[str, str], ...]:
        """The command menu that a person sees in a chat."""
        return self.world.menus.seen_by(person, self.chat(place))

    def file(self, file_id: str) -> StoredFile | None:
        """A picture or file by file_id; `await file.read()` gives its bytes."""
        return self.world.files.find(file_id)

    def page(self, url: str) -> WebPage | None:
        """The page of the little web at an address."""
        return self.world.web.page(url)

    # Waiting

    async def wait_for(self, predicate: Callable[[], T], timeout: float = 10) -> T:  # noqa: ASYNC109 - tests read it aloud
        """Wait until `predicate` gives something true, and give that; else TimeoutError.

        It is looked at again after every change, so it needs no pauses of its own.
        """
        return await self.world.watch.wait_for(predicate, timeout)

    def changes(self) -> ChangeStream:
        """Start a stream of changes; it ends when the sandbox is no longer served."""
        return self.world.watch.listen()

    def opened(self, address: str) -> None:
        """Note that the sandbox is served at `address`."""
        self.world.closed.clear()
        self.world.web.addresses.add(address)

    def closed(self, address: str) -> None:
        """End polls, silent calls and streams: the server wants to go down."""
        self.world.web.addresses.discard(address)
        self.world.closed.set()
        self.world.updates.wake()
        self.world.watch.tell(Change(type="closing"))
