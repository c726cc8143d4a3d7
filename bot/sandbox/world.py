"""All parts of the miniature, wired together, and the ways in which they change."""

from __future__ import annotations

import asyncio
import itertools
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from bot.sandbox.chats import Chat, Chats, Person
from bot.sandbox.clock import Clock, MachineClock
from bot.sandbox.commands import CommandMenus
from bot.sandbox.faults import Faults
from bot.sandbox.flood import Flood, FloodLimits
from bot.sandbox.messages import Json, Message, Messages
from bot.sandbox.photos import Files
from bot.sandbox.previews import LittleWeb, WebPage
from bot.sandbox.updates import Updates
from bot.sandbox.watch import Change, Watch

MAX_CALLS = 100_000
ACTION_LASTS = timedelta(seconds=5)
# Whoever is an anonymous administrator writes under this account.
ANONYMOUS = {
    "id": 1087968824,
    "is_bot": True,
    "first_name": "Group",
    "username": "GroupAnonymousBot",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call that the bot made, as it was answered."""

    method: str
    parameters: Mapping[str, object]
    # The HTTP status; 0 when the connection was cut without an answer.
    status: int
    at: datetime
    description: str = ""

    @property
    def chat_id(self) -> object:
        """The chat that was named, as it was given."""
        return self.parameters.get("chat_id")


@dataclass(slots=True, kw_only=True)
class CallbackAnswer:
    """A tapped button: the spinner turns while it is pending."""

    query_id: str
    person: Person
    chat_id: int
    message_id: int
    data: str
    asked_at: datetime
    is_pending: bool = True
    text: str = ""
    show_alert: bool = False
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class InlineChoice:
    """A result of an inline query: its line in the panel, and the message that it becomes."""

    id: str
    title: str
    description: str
    # An address, or empty.
    thumbnail: str
    content: Json
    preview: Json | None
    reply_markup: Json | None


@dataclass(slots=True, kw_only=True)
class InlineAnswer:
    """An inline query and the results that the bot gave, also as they can be chosen, by id."""

    query_id: str
    person: Person
    query: str
    asked_at: datetime
    is_pending: bool = True
    results: tuple[Json, ...] = ()
    choices: Mapping[str, InlineChoice] = field(default_factory=dict)
    options: Json = field(default_factory=dict)


class World:
    """The state behind the sandbox; `Sandbox` is its face for people, the API for the bot."""

    def __init__(
        self,
        *,
        token: str,
        clock: Clock,
        bot_username: str,
        bot_name: str,
        limits: FloodLimits | None,
        web: Mapping[str, WebPage],
        site: Path | None,
    ) -> None:
        self.token = token
        # An older server, or one that does not know rich messages yet, says so.
        self.takes_rich = True
        self.clock = clock
        self.machine_clock = MachineClock(clock)
        self.bot: Json = {
            "id": int(token.partition(":")[0]),
            "is_bot": True,
            "first_name": bot_name,
            "username": bot_username,
        }
        self.chats = Chats()
        self.messages = Messages()
        self.watch = Watch()
        self.updates = Updates(clock, stir=self.watch.stir)
        self.faults = Faults(on_hit=lambda: self.tell("fault"))
        self.flood = Flood(limits, clock)
        self.web = LittleWeb(web, site)
        self.files = Files(token, self.web)
        self.menus = CommandMenus()
        self.calls: deque[Call] = deque(maxlen=MAX_CALLS)
        self.on_call: Callable[[Call], None] = lambda _: None
        self.answers: dict[str, CallbackAnswer] = {}
        self.inline_answers: dict[str, InlineAnswer] = {}
        self.actions: dict[int, tuple[str, datetime]] = {}
        # Set while the server goes down: polls and silent calls end at once.
        self.closed = asyncio.Event()
        self._numbers = itertools.count(4_000_000_000_000_001)

    @property
    def bot_id(self) -> int:
        """The bot's user id."""
        return int(str(self.bot["id"]))

    def number(self) -> str:
        """Make an id of the kind that queries, albums and chat instances have."""
        return str(next(self._numbers))

    def user_json(self, user_id: int) -> Json | None:
        """The User object of somebody whom the bot can see."""
        if user_id == self.bot_id:
            return self.bot
        person = self.chats.person(user_id)
        return person.to_json() if person is not None else None

    def post(self, message: Message) -> Message:
        """Put a message into its chat."""
        self.messages.add(message)
        if message.is_ours and self.actions.pop(message.chat.id, None) is not None:
            self.tell("typing", message.chat)
        self.tell("message", message.chat, message.id)
        return message

    def changed(self, message: Message) -> None:
        """Say that a message looks different now."""
        self.tell("edit", message.chat, message.id)

    def remove(self, message: Message) -> None:
        """Take a message out of its chat."""
        self.messages.remove(message)
        self.tell("delete", message.chat, message.id)

    def push(self, kind: str, body: Json) -> None:
        """Queue an update for the bot."""
        self.updates.push(kind, body)
        self.tell("update")

    def tell(self, kind: str, chat: Chat | None = None, message_id: int | None = None) -> None:
        """Let everybody who watches know."""
        chat_id = chat.id if chat is not None else None
        self.watch.tell(Change(type=kind, chat_id=chat_id, message_id=message_id))

    def action_in(self, chat_id: int) -> str | None:
        """What the bot is seen doing in a chat at this moment."""
        action, until = self.actions.get(chat_id, ("", self.clock.now()))
        return action if until > self.clock.now() else None

    def record(self, call: Call) -> None:
        """Write down a call."""
        self.calls.append(call)
        self.on_call(call)
        self.watch.tell(Change(type="call"))
