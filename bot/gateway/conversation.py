"""The conversation: which handler answers what, and what happens around every one of them."""

from __future__ import annotations

import logging
import math
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any

from telegram import ChatMemberUpdated, Update
from telegram import Message as TelegramMessage
from telegram.ext import (
    CallbackContext,
    CallbackQueryHandler,
    ChatMemberHandler,
    CommandHandler,
    InlineQueryHandler,
    MessageHandler,
    MessageReactionHandler,
    filters,
)

from bot.domain.clock import Clock
from bot.domain.limit import Limit, Verdict
from bot.domain.message import MAX_TEXT, Draft, Text
from bot.domain.pacing import Priority
from bot.domain.subscription import ChatId
from bot.errors import MembershipUnknown, SendError, StoreError
from bot.gateway import (
    chat_commands,
    desk_commands,
    operator_commands,
    own_data_commands,
    reader_commands,
    sends_commands,
    settings_commands,
    taste_commands,
    topic_commands,
    why_commands,
)
from bot.gateway.application import AnyApplication, Identity
from bot.gateway.awaited import AwaitedWords
from bot.gateway.beside import Beside
from bot.gateway.button_commands import tapped
from bot.gateway.context import Office, Said, Tap, UseCases
from bot.gateway.follow import Follow
from bot.gateway.inline_commands import InlineQueries
from bot.gateway.introduction import Introduction
from bot.gateway.menus import Menus
from bot.gateway.messenger import TelegramMessenger
from bot.gateway.pace import PacedCalls
from bot.gateway.speech import Speech
from bot.publishing.notices import Buttons, Notices, store_trouble
from bot.publishing.operators import NOBODY
from bot.publishing.order import Wish
from bot.publishing.preferences import Place
from bot.publishing.tally import INLINE, MESSAGES, TAPS
from bot.rendering import courtesies, panels
from bot.rendering.phrases import Saying, phrases_in

__all__ = ["Conversation", "UseCases"]

logger = logging.getLogger(__name__)

Handle = Callable[[Said], Awaitable[None]]
Context = CallbackContext[Any, Any, Any, Any]

COMMANDS: Mapping[str, Handle] = {
    "start": reader_commands.start,
    "help": reader_commands.help_text,
    "latest": reader_commands.latest,
    "hot": reader_commands.hot,
    "topics": reader_commands.topics,
    "topic": reader_commands.topic,
    "search": reader_commands.search,
    "id": reader_commands.identity,
    "subscribe": topic_commands.subscribe,
    "unsubscribe": topic_commands.unsubscribe,
    "digest": topic_commands.digest,
    "follow": topic_commands.wisher(Wish.FOLLOW),
    "unfollow": topic_commands.wisher(Wish.UNFOLLOW),
    "mute": topic_commands.wisher(Wish.MUTE),
    "unmute": topic_commands.wisher(Wish.UNMUTE),
    "settings": settings_commands.settings,
    "pause": settings_commands.pause,
    "resume": settings_commands.resume,
    "why": why_commands.why,
    "saved": taste_commands.saved_stories,
    "remind": taste_commands.remind_by_words,
    "post": desk_commands.post,
    "export": own_data_commands.export,
    "forget": own_data_commands.forget,
    "privacy": own_data_commands.privacy,
    "sends": sends_commands.sends,
}


ALBUMS_KNOWN = 200

_REOPENED = (
    filters.StatusUpdate.FORUM_TOPIC_REOPENED | filters.StatusUpdate.GENERAL_FORUM_TOPIC_UNHIDDEN
)


class Conversation:
    """Everything that people say to the bot, and everything it says to its operators."""

    def __init__(
        self,
        use_cases: UseCases,
        *,
        messenger: TelegramMessenger,
        pace: PacedCalls,
        notices: Notices,
        identity: Identity,
        clock: Clock,
        introduction: Introduction,
    ) -> None:
        self._introduction = introduction
        self._use_cases = use_cases
        self._notices = notices
        self._clock = clock
        self._limit = Limit()
        self._albums = _Albums()
        self._inline = InlineQueries(
            use_cases.inline, messenger=messenger, clock=clock, on_failure=self._note
        )
        self._application: AnyApplication | None = None
        speech = Speech(
            messenger=messenger, pace=pace, subscriptions=use_cases.subscriptions, clock=clock
        )
        beside = Beside(messenger, pace, clock)
        self._office = Office(
            use_cases=use_cases,
            messenger=messenger,
            speech=speech,
            follow=Follow(speech=speech, clock=clock, is_open=self._is_open),
            beside=beside,
            menus=Menus(beside),
            identity=identity,
            clock=clock,
            later=self._later,
            is_open=self._is_open,
            awaited=AwaitedWords(use_cases.awaited),
        )

    def register(self, application: AnyApplication) -> None:
        """Add all handlers; of those that fit an update the first one has it."""
        self._application = application
        message = filters.UpdateType.MESSAGE
        for name, handle in COMMANDS.items():
            application.add_handler(CommandHandler(name, self._said(handle), filters=message))
        application.add_handler(
            CommandHandler(
                "id", self._said(reader_commands.identity), filters=filters.UpdateType.CHANNEL_POST
            )
        )
        application.add_handler(CallbackQueryHandler(self._tapped))
        application.add_handler(InlineQueryHandler(self._typed))
        application.add_handler(MessageReactionHandler(self._reacted))
        application.add_handler(
            ChatMemberHandler(self._membership, ChatMemberHandler.MY_CHAT_MEMBER)
        )
        application.add_handler(MessageHandler(filters.StatusUpdate.MIGRATE, self._moved))
        application.add_handler(MessageHandler(_REOPENED, self._reopened))
        application.add_handler(
            MessageHandler(
                message & ~filters.StatusUpdate.ALL,
                self._said(reader_commands.anything_else, is_command=False),
            )
        )

    async def set_menus(self) -> None:
        """Set the command menus; what fails is logged, for the bot works without them."""
        try:
            await self._introduction.renew()
        except (SendError, StoreError) as error:
            logger.warning("menus not set", extra={"reason": f"{type(error).__name__}: {error}"})
        for user_id in await self._use_cases.operators.all():
            await operator_commands.offer_menu(self._office, user_id)

    async def tell_operators(self, text: Saying, keyboard: Buttons) -> None:
        """Tell every operator in private; never raises. Who cannot be told is named in the log."""
        try:
            for user_id in await self._use_cases.operators.all():
                place = await self._office.at_home(Place(chat_id=ChatId(user_id)), None)
                phrases = self._office.style(place).phrases
                words = Text(text(phrases)[:MAX_TEXT])
                message = Draft(text=words, keyboard=keyboard(phrases)).finished()
                told = await self._office.speech.say(
                    message, chat_id=ChatId(user_id), priority=Priority.OPERATOR
                )
                if told is None:
                    logger.warning(
                        "operator not told: has this person pressed Start?",
                        extra={"operator": user_id},
                    )
        except StoreError:
            logger.exception("operators not told")

    def _said(
        self, handle: Handle, *, is_command: bool = True
    ) -> Callable[[Update, Context], Coroutine[Any, Any, None]]:
        async def callback(update: Update, context: Context) -> None:
            said = Said.of(self._office, update)
            if said is None or _is_nobodys(said.message) or not (is_command or said.is_for_us):
                return
            if self._albums.is_known(said.message.media_group_id):
                return  # one answer is enough for ten pictures
            try:
                await self._answer(said, handle)
            except MembershipUnknown:
                await said.reply(courtesies.cannot_ask(said.style))
            except Exception as error:  # noqa: BLE001 - one question must not stop the others
                await self._note(error, update)
                await self._apologise(said)

        return callback

    async def _answer(self, said: Said, handle: Handle) -> None:
        # When it was said, not when its turn came: what waits behind many answers came at once too.
        person, now = said.person or said.place.chat_id, self._clock.now()
        verdict = self._limit.ask(person, min(said.message.date, now))
        if verdict is Verdict.SILENCE:
            return
        await self._office.see(said.message.chat, said.code)
        said = await said.at_home()
        if verdict is Verdict.TELL:
            await said.reply(panels.too_fast(said.style, seconds=self._rest_of(person)))
        else:
            self._use_cases.tally.count(MESSAGES)
            if (said.message.text or "").startswith("/") and not said.place.is_shared:
                await self._office.awaited.leave(said.place, 0, now)  # a command is no answer
            async with self._office.typing(said.place):
                await handle(said)

    def _rest_of(self, person: int) -> int:
        """Give the seconds for which a person hears nothing, rounded up."""
        return max(math.ceil(self._limit.rest_of(person, self._clock.now()).total_seconds()), 1)

    async def _apologise(self, said: Said) -> None:
        try:
            await said.reply(panels.failed(said.style))
        except Exception:
            logger.exception("no apology either", extra={"chat": said.place.chat_id})

    async def _tapped(self, update: Update, context: Context) -> None:
        query = update.callback_query
        if query is None:
            return
        tap = Tap.of(self._office, query)
        if tap is None:
            phrases = phrases_in(query.from_user.language_code)
            await self._office.messenger.answer_callback(query.id, phrases(panels.STALE_BUTTON))
            return
        try:
            person = tap.person or tap.place.chat_id
            verdict = self._limit.ask(person, self._clock.now())
            if verdict is not Verdict.SILENCE:
                tap.place = await self._office.at_home(tap.place, tap.code)
            if verdict is Verdict.ANSWER:
                self._use_cases.tally.count(TAPS)
                await tapped(tap)
            elif verdict is Verdict.TELL:
                await tap.answer(
                    courtesies.too_fast(self._rest_of(person), tap.phrases), alert=True
                )
        except MembershipUnknown:
            await tap.tell(courtesies.CANNOT_ASK, alert=True)
        except Exception as error:  # noqa: BLE001 - one tap must not stop the others
            await self._note(error, update)
            await tap.tell(courtesies.OUR_FAULT, alert=True)
        finally:
            await tap.answer()

    async def _reacted(self, update: Update, context: Context) -> None:
        try:
            if update.message_reaction is not None:
                await taste_commands.reacted(self._office, update.message_reaction)
            elif update.message_reaction_count is not None:
                await taste_commands.counted(self._office, update.message_reaction_count)
        except Exception as error:  # noqa: BLE001 - one reaction must not stop the others
            await self._note(error, update)

    async def _typed(self, update: Update, context: Context) -> None:
        self._use_cases.tally.count(INLINE)
        await self._inline.asked(update)

    async def _membership(self, update: Update, context: Context) -> None:
        change = update.my_chat_member
        if isinstance(change, ChatMemberUpdated):
            await chat_commands.membership_changed(self._office, change, self._notices)

    async def _reopened(self, update: Update, context: Context) -> None:
        if update.effective_message is not None:
            await chat_commands.reopened(self._office, update.effective_message)

    async def _moved(self, update: Update, context: Context) -> None:
        if update.effective_message is not None:
            await chat_commands.moved(self._office, update.effective_message)

    async def _note(self, error: Exception, update: Update) -> None:
        """Log what broke, with its traceback and without what was said; tell operators once."""
        logger.error("update not handled", exc_info=error, extra={"update": update.update_id})
        cause = "store" if isinstance(error, StoreError) else f"bug:{type(error).__name__}"
        if isinstance(error, StoreError):
            await self._notices.tell(cause, store_trouble(error))
            return
        await self._notices.tell(
            cause,
            lambda _: _(
                "Something somebody asked could not be answered (%(kind)s); the log has the "
                "details.",
                kind=type(error).__name__,
            ),
        )

    def _is_open(self) -> bool:
        return self._application is not None and self._application.running

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        if self._application is None or not self._is_open():
            work.close()  # the program ends; nobody would wait for it
            return
        self._application.create_task(work)


class _Albums:
    """Remembers the last albums: each of their pictures is a message."""

    def __init__(self) -> None:
        self._known: deque[str] = deque(maxlen=ALBUMS_KNOWN)

    def is_known(self, album: str | None) -> bool:
        """Whether an album was met before; from now on it was."""
        if album is None or album in self._known:
            return album is not None
        self._known.append(album)
        return False


def _is_nobodys(message: TelegramMessage) -> bool:
    """Whether nobody asks us anything: another bot speaks, one of our own inline answers stands
    there, a channel's post was copied into its discussion group, or a command of somebody else was
    passed on.
    """
    author = message.from_user
    is_bot = author is not None and author.is_bot and author.id not in NOBODY
    is_passed_on = message.forward_origin is not None and (message.text or "").startswith("/")
    return (
        is_bot or message.via_bot is not None or bool(message.is_automatic_forward) or is_passed_on
    )
