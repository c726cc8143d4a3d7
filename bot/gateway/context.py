"""What a handler is given: what somebody said or tapped, and the ways to answer it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from telegram import CallbackQuery, MaybeInaccessibleMessage, Update, User
from telegram import Chat as TelegramChat
from telegram import Message as TelegramMessage

from bot.domain.callback import Callback, decoded
from bot.domain.clock import Clock
from bot.domain.languages import interface_language
from bot.domain.message import Message, captioned
from bot.domain.pacing import Priority
from bot.domain.subscription import NO_THREAD, Chat, ChatId, ChatKind, ChatState, UserId
from bot.errors import SendError, StoreError
from bot.gateway.application import Identity
from bot.gateway.awaited import AwaitedWords
from bot.gateway.beside import Beside
from bot.gateway.follow import Follow
from bot.gateway.menus import Menus
from bot.gateway.messenger import TelegramMessenger
from bot.gateway.places import KnownPlaces
from bot.gateway.shown import ShownStories
from bot.gateway.speech import Speech
from bot.publishing.answer import Answers
from bot.publishing.asker import Asker
from bot.publishing.channels import Channels
from bot.publishing.desk import Desk
from bot.publishing.inline import InlineAnswers
from bot.publishing.links import in_shared_chat
from bot.publishing.operators import NOBODY, Operators
from bot.publishing.order import Orders
from bot.publishing.own_data import OwnDataDesk
from bot.publishing.panel import Panel
from bot.publishing.preferences import Place
from bot.publishing.recalls import Recalls
from bot.publishing.sends import Sends
from bot.publishing.tally import Tally
from bot.publishing.taste import Tastes
from bot.publishing.why import Whys
from bot.rendering.phrases import Phrases, phrases_in
from bot.rendering.style import Style
from bot.store.awaited import AwaitedRows
from bot.store.digests import Digests
from bot.store.subscriptions import Subscriptions

logger = logging.getLogger(__name__)

FRESH = timedelta(minutes=1)
SLOW = 0.3
"""Seconds after which a person is shown that an answer is being written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UseCases:
    """What can be done for people."""

    answers: Answers
    inline: InlineAnswers
    orders: Orders
    desk: Desk
    operators: Operators
    sends: Sends
    recalls: Recalls
    whys: Whys
    tastes: Tastes
    own_data: OwnDataDesk
    tally: Tally
    subscriptions: Subscriptions
    digests: Digests
    panel: Panel
    channels: Channels
    awaited: AwaitedRows


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """What all conversations share."""

    use_cases: UseCases
    messenger: TelegramMessenger
    speech: Speech
    follow: Follow
    beside: Beside
    menus: Menus
    identity: Identity
    clock: Clock
    later: Callable[[Coroutine[Any, Any, None]], object]
    """Starts work that nobody waits for; it must end soon once `is_open` says no."""
    is_open: Callable[[], bool]
    awaited: AwaitedWords
    places: KnownPlaces = field(default_factory=KnownPlaces)
    shown: ShownStories = field(default_factory=ShownStories)

    def style(self, place: Place) -> Style:
        """Say how messages look in a chat now."""
        return self.use_cases.answers.style(
            Asker(is_shared=place.is_shared, language=place.language)
        )

    async def at_home(self, place: Place, code: str | None) -> Place:
        """Say what is spoken in a place: what it has chosen, else in private what the person does.

        `code` is that person's language; None: the one in which Telegram last showed them here.
        A database in trouble changes nothing but that.
        """
        spoken = None if place.is_shared else interface_language(code)
        subscriptions = self.use_cases.subscriptions
        try:
            stored = await subscriptions.get(place.chat_id, place.thread_id)
            if stored is not None and stored.language is not None:
                spoken = interface_language(stored.language)
            elif code is None and not place.is_shared:
                known = await subscriptions.chat(place.chat_id)
                spoken = interface_language(known.language) if known is not None else None
        except StoreError:
            logger.debug("what is spoken is not known", extra={"chat": place.chat_id})
        return replace(place, language=spoken)

    async def asker(self, place: Place) -> Asker:
        """Say for whom an answer in this chat is."""
        stored = await self.use_cases.subscriptions.get(place.chat_id, place.thread_id)
        asker = Asker(is_shared=place.is_shared, language=place.language, chat_id=place.chat_id)
        if stored is None:
            return asker
        return replace(
            asker,
            followed=stored.followed,
            muted=stored.muted,
            muted_providers=stored.muted_providers,
        )

    async def may_change(
        self,
        place: Place,
        person: UserId | None,
        *,
        as_chat: bool,
        priority: Priority = Priority.ANSWER,
    ) -> bool:
        """Whether somebody may change what a chat gets: in private oneself, else administrators.

        Asked of Telegram each time: a right that was taken away counts at once. `as_chat`:
        written in the name of the chat itself, which only its administrators can do. Raises
        MembershipUnknown when Telegram cannot be asked.
        """
        if not place.is_shared or as_chat:
            return True
        if person is None or person in NOBODY:
            return False
        return (await self.beside.member(place.chat_id, person, priority=priority)).is_administrator

    @contextlib.asynccontextmanager
    async def typing(self, place: Place) -> AsyncIterator[None]:
        """Show that an answer is being written, once, when it takes long; not in channels.

        Nothing waits for that, and it may fail.
        """
        if place.kind is ChatKind.CHANNEL:
            yield
            return
        is_answered = asyncio.Event()
        self.later(self._type_unless(is_answered, place))
        try:
            yield
        finally:
            is_answered.set()

    async def _type_unless(self, is_answered: asyncio.Event, place: Place) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(SLOW):
                await is_answered.wait()
                return
        await self.beside.type(place)

    async def see(self, chat: TelegramChat, code: str | None = None) -> None:
        """Note a chat as it is now; a person who writes wakes a chat that we held for asleep.

        `code`: the language of whoever writes; that of a private chat is kept for its digests.
        """
        now = self.clock.now()
        subscriptions = self.use_cases.subscriptions
        known = await subscriptions.chat(ChatId(chat.id))
        title = chat.title or chat.full_name or ""
        seen = Chat(
            id=ChatId(chat.id),
            kind=ChatKind(chat.type),
            title=title,
            username=chat.username,
            language=code if chat.type == ChatKind.PRIVATE.value else None,
        )
        if known is None or replace(known, state=seen.state) != seen:
            await subscriptions.see_chat(seen, now)
        if known is not None and known.state is ChatState.ASLEEP:
            await subscriptions.wake(seen.id, now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A message of a person; `words` is what stands behind the command, or all of it."""

    office: Office
    message: TelegramMessage
    place: Place
    person: UserId | None
    words: str
    code: str | None = None
    """The language that the person speaks, as Telegram tells it."""

    @classmethod
    def of(cls, office: Office, update: Update) -> Said | None:
        """Read an update; None when it holds no message."""
        message = update.effective_message
        if message is None:
            return None
        thread = message.message_thread_id if message.is_topic_message else None
        return cls(
            office=office,
            message=message,
            place=Place(
                chat_id=ChatId(message.chat.id),
                thread_id=thread or NO_THREAD,
                kind=ChatKind(message.chat.type),
            ),
            person=_person(message.from_user),
            code=_code(message.from_user),
            words=_words(message.text or ""),
        )

    @property
    def style(self) -> Style:
        """How messages look here now."""
        return self.office.style(self.place)

    @property
    def is_for_us(self) -> bool:
        """Whether we are meant: in private always, in a group by our name or a reply to us."""
        if not self.place.is_shared:
            return True
        if (self.message.text or "").startswith("/"):
            name = (self.message.text or "").split(maxsplit=1)[0]
            return name.lower().endswith(f"@{self.office.identity.username.lower()}")
        replied = self.message.reply_to_message
        author = replied.from_user if replied is not None else None
        return author is not None and author.id == self.office.identity.id

    async def at_home(self) -> Said:
        """Give the same, answered in the language of the place where it was said."""
        return replace(self, place=await self.office.at_home(self.place, self.code))

    @property
    def own_language(self) -> str | None:
        """What the person is spoken to in, wherever that is; None: as the publication does."""
        return interface_language(self.code) if self.place.is_shared else self.place.language

    async def asker(self) -> Asker:
        """Say for whom the answer is."""
        return await self.office.asker(self.place)

    async def may_change(self) -> bool:
        """Whether this person may change what the chat gets."""
        sender = self.message.sender_chat
        as_chat = sender is not None and sender.id == self.place.chat_id
        return await self.office.may_change(self.place, self.person, as_chat=as_chat)

    async def reply(self, message: Message) -> int | None:
        """Answer where it was said; in a group as a reply, so that everybody sees to what."""
        place = self.place
        if place.is_shared:
            message = self._as_reply(_shared(self.office, message, self.style.phrases))
        return await self.office.speech.say(
            message, chat_id=place.chat_id, thread_id=place.thread_id
        )

    async def hand(self, content: bytes, *, name: str, caption: Message) -> bool:
        """Answer with a file; False when it did not arrive as far as we know."""
        place = self.place
        message = captioned(caption)
        if place.is_shared:
            message = self._as_reply(message)
        return await self.office.speech.hand(
            message,
            (name, content),
            chat_id=place.chat_id,
            thread_id=place.thread_id,
        )

    def _as_reply(self, message: Message) -> Message:
        answered = {"message_id": self.message.message_id, "allow_sending_without_reply": True}
        return replace(message, parameters={**message.parameters, "reply_parameters": answered})


@dataclass(slots=True, kw_only=True)
class Tap:
    """A tapped button. Whatever happens, its spinner is stopped exactly once."""

    office: Office
    query_id: str
    place: Place
    person: UserId | None
    name: str
    message_id: int
    callback: Callback | None
    data: str
    keyboard: tuple[tuple[Mapping[str, Any], ...], ...] = ()
    """The buttons of the message as it was when tapped; none when it is too old to be seen."""
    code: str | None = None
    """The language that the tapper speaks, as Telegram tells it."""
    sent_at: datetime | None = None
    is_answered: bool = field(default=False, init=False)

    @classmethod
    def of(cls, office: Office, query: CallbackQuery) -> Tap | None:
        """Read a callback query; None when it belongs to no chat (inline messages: not ours)."""
        message = query.message
        if message is None:
            return None
        seen = message if isinstance(message, TelegramMessage) else None
        thread = seen.message_thread_id if seen is not None and seen.is_topic_message else None
        return cls(
            office=office,
            query_id=query.id,
            place=Place(
                chat_id=ChatId(message.chat.id),
                thread_id=thread or NO_THREAD,
                kind=ChatKind(message.chat.type),
            ),
            code=_code(query.from_user),
            person=_person(query.from_user),
            name=query.from_user.first_name,
            message_id=message.message_id,
            callback=decoded(query.data, parts=2),
            data=query.data or "",
            keyboard=_keyboard(message),
            sent_at=seen.date if seen is not None else None,
        )

    @property
    def style(self) -> Style:
        """How messages look here now."""
        return self.office.style(self.place)

    @property
    def is_fresh(self) -> bool:
        """Whether the message was sent a moment ago."""
        return self.sent_at is not None and self.office.clock.now() - self.sent_at < FRESH

    @property
    def is_offered(self) -> bool:
        """Whether the message has this button: who forges a tap has none to show."""
        return any(self._is_in(row) for row in self.keyboard)

    @property
    def turns_page(self) -> bool:
        """Whether the button is one of those beside a page number."""
        row = next((row for row in self.keyboard if self._is_in(row)), ())
        return len(row) > 1 and any(button.get("callback_data") == "1:n" for button in row)

    async def asker(self) -> Asker:
        """Say for whom the answer is."""
        return await self.office.asker(self.place)

    async def may_change(self) -> bool:
        """Whether this person may change what the chat gets."""
        return await self.office.may_change(self.place, self.person, as_chat=False)

    @property
    def phrases(self) -> Phrases:
        """What is said to the tapper alone, in their language."""
        return phrases_in(self.own_language or self.style.language)

    @property
    def own_language(self) -> str | None:
        """What the tapper is spoken to in, wherever that is; None: as the publication does."""
        return interface_language(self.code) if self.place.is_shared else self.place.language

    async def tell(self, message: str, *, alert: bool = False) -> None:
        """Stop the spinner with a marked text (`N_`), said in the tapper's language."""
        await self.answer(self.phrases(message), alert=alert)

    async def answer(self, text: str = "", *, alert: bool = False) -> None:
        """Stop the spinner, with a word for the tapper alone. Only the first answer counts."""
        if self.is_answered:
            return
        self.is_answered = True
        try:
            await self.office.messenger.answer_callback(self.query_id, text, alert=alert)
        except SendError as error:
            logger.warning("tap not answered", extra={"reason": f"{type(error).__name__}: {error}"})

    async def show(self, message: Message) -> None:
        """Show something in place of the message, or below it where that is not possible."""
        place = self.place
        if place.is_shared:
            raise RuntimeError("a tap must not change what several people see")
        speech = self.office.speech
        if not await speech.change(message, chat_id=place.chat_id, message_id=self.message_id):
            await self.send(message)

    async def send(self, message: Message) -> int | None:
        """Send something below the message."""
        place = self.place
        if place.is_shared:
            message = _shared(self.office, message, self.style.phrases)
        return await self.office.speech.say(
            message, chat_id=place.chat_id, thread_id=place.thread_id
        )

    async def swap_button(
        self,
        other: Mapping[str, Any] | None,
        *,
        beside: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> None:
        """Put another button in the place of the tapped one; None takes it away.

        `beside`: what becomes of others, by their callback data.
        """
        if self.place.is_shared or not self.keyboard:
            return
        swaps = {**(beside or {}), self.data: other}
        rows = [
            [swaps.get(button.get("callback_data", ""), button) for button in row]
            for row in self.keyboard
        ]
        kept = [[button for button in row if button is not None] for row in rows]
        await self.office.speech.change_buttons(
            {"inline_keyboard": [row for row in kept if row]},
            chat_id=self.place.chat_id,
            message_id=self.message_id,
        )

    def _is_in(self, row: tuple[Mapping[str, Any], ...]) -> bool:
        return any(self._is_mine(button) for button in row)

    def _is_mine(self, button: Mapping[str, Any]) -> bool:
        return bool(button.get("callback_data") == self.data)


def _shared(office: Office, message: Message, phrases: Phrases) -> Message:
    username = office.identity.username or None
    return in_shared_chat(message, bot_username=username, phrases=phrases)


def _person(user: User | None) -> UserId | None:
    return None if user is None or user.id in NOBODY else UserId(user.id)


def _code(user: User | None) -> str | None:
    code = user.language_code if user is not None else None
    return code.lower().partition("-")[0] if code else None


def _words(text: str) -> str:
    """Give what stands behind a command, or the whole text when it begins with none."""
    if not text.startswith("/"):
        return text.strip()
    _, *rest = text.split(maxsplit=1)
    return rest[0].strip() if rest else ""


def _keyboard(message: MaybeInaccessibleMessage) -> tuple[tuple[Mapping[str, Any], ...], ...]:
    if not isinstance(message, TelegramMessage) or message.reply_markup is None:
        return ()
    rows = message.reply_markup.inline_keyboard
    return tuple(tuple(button.to_dict() for button in row) for row in rows)
