"""/settings: one panel for a person, a group, a channel or a thread. Every tap is checked anew."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Iterable
from dataclasses import replace

from telegram import User

from bot.domain.callback import decoded
from bot.domain.message import Message
from bot.domain.pacing import Priority
from bot.domain.panel import Ask, Deed, Target, View, asked
from bot.domain.subscription import Chat, ChatId, ChatState, UserId
from bot.errors import MembershipUnknown
from bot.gateway.awaited import Awaited
from bot.gateway.context import Office, Said, Tap
from bot.publishing.panel import Outcome, Subject
from bot.publishing.preferences import Place
from bot.publishing.values import is_value
from bot.publishing.zones import zone_at
from bot.rendering import courtesies, panels
from bot.rendering.settings import Named

logger = logging.getLogger(__name__)

MOST_PLACES = 40
"""Groups and channels that we ask Telegram about for one person."""
_NAME = re.compile(r"(?:https?://t\.me/|@)?([A-Za-z][A-Za-z0-9_]{3,31})", re.ASCII)
_OF_TOPICS = frozenset({Deed.FOLLOW, Deed.UNFOLLOW, Deed.MUTE, Deed.UNMUTE})
_NUMBER = re.compile(r"-\d{1,16}", re.ASCII)


async def settings(said: Said) -> None:
    """/settings: the panel of this chat; in private, /settings @name the panel of a channel."""
    if said.words and not said.place.is_shared:
        await _of_another(said)
        return
    if not await said.may_change():
        await said.reply(panels.administrators_only(said.style))
        return
    await show(said, Ask())


async def pause(said: Said) -> None:
    """/pause [days or a day]: nothing comes for a while; without words, the page to choose."""
    if not await said.may_change():
        await said.reply(panels.administrators_only(said.style))
    elif not said.words:
        await show(said, Ask(view=View.PAUSE))
    else:
        subject = _subject(said.office, said.place, said.code)
        ask = Ask(view=View.PAUSE)
        outcome = await said.office.use_cases.panel.type(ask, said.words, subject)
        await _post(said, outcome.message, ask)


async def resume(said: Said) -> None:
    """/resume: what was paused goes on."""
    if not await said.may_change():
        await said.reply(panels.administrators_only(said.style))
        return
    subject = _subject(said.office, said.place, said.code)
    ask = Ask(deed=Deed.PAUSE, value="no")
    outcome = await said.office.use_cases.panel.press(ask, subject)
    if outcome is not None:
        await _post(said, outcome.message, ask)


async def show(said: Said, ask: Ask, *, hint: str = "") -> None:
    """Show a page of the panel of the chat that something was said in."""
    subject = _subject(said.office, said.place, said.code)
    panel = said.office.use_cases.panel
    await _post(said, await panel.show(ask, subject, hint=hint), ask)


async def greet(said: Said, *, is_operator: bool) -> None:
    """Greet a person: what this is, topics to follow, *Subscribe*."""
    subject = replace(_subject(said.office, said.place, said.code), is_operator=is_operator)
    ask = Ask(view=View.START)
    await _post(said, await said.office.use_cases.panel.show(ask, subject), ask)


async def show_for(said: Said, target: Target) -> bool:
    """Show the panel of another chat in private; False when the person may not change it."""
    subject = await _subject_of(said.office, target, said.person, said.own_language)
    if subject is None:
        return False
    ask = Ask(target=target)
    await _post(said, await said.office.use_cases.panel.show(ask, subject), ask)
    return True


async def offer(office: Office, target: Target, user: User) -> None:
    """Show the panel of a channel to who has added us there, if we may write to them."""
    person = ChatId(user.id)
    known = await office.use_cases.subscriptions.chat(person)
    if known is None or known.state is not ChatState.AWAKE:
        return
    try:
        subject = await _subject_of(office, target, UserId(user.id), user.language_code)
    except MembershipUnknown:
        return  # /settings asks again
    if subject is not None:
        message = await office.use_cases.panel.show(Ask(target=target), subject)
        await office.speech.say(message, chat_id=person)


async def _of_another(said: Said) -> None:
    chat = await _chat_named(said.office, said.words)
    if chat is None or not await show_for(said, Target(chat_id=chat.id)):
        await said.reply(courtesies.no_such_chat(said.words, style=said.style))


async def pressed(tap: Tap) -> None:
    """Do what a button of the panel says, if it stands there and the tapper may."""
    ask = asked(tap.callback) if tap.callback is not None else None
    if ask is None or not tap.is_offered:
        await tap.tell(panels.STALE_BUTTON, alert=True)
        return
    subject = await _subject_of_tap(tap, ask)
    if subject is None:
        await tap.tell(panels.ADMINISTRATORS_ONLY, alert=True)
        fields = {"chat": tap.place.chat_id, "person": tap.person}
        logger.warning("settings refused", extra=fields)
        return
    if ask.view is View.PLACES:
        subject = replace(subject, places=await _places(tap))
    if ask.deed in _OF_TOPICS:
        subject = replace(subject, standing=_topics_in(tap))
    if ask.view is View.START:
        subject = replace(subject, is_operator=await _is_operator(tap))
    outcome = await tap.office.use_cases.panel.press(ask, subject)
    if outcome is None:
        await tap.tell(panels.STALE_BUTTON, alert=True)
        return
    await tap.answer(outcome.note, alert=not outcome.is_done)
    await _await_words(tap, ask)
    message_id = await _repaint(tap, outcome.message)
    _remember(tap.office, tap.place, ask, message_id)
    if outcome.is_first:
        await tap.office.use_cases.orders.welcome(subject.place)


async def repaint_greeting(tap: Tap) -> bool:
    """Show the greeting as it is now; False where something else was tapped."""
    asks = [ask for ask in _asks_in(tap) if ask.view is View.START]
    if tap.place.is_shared or not asks:
        return False
    subject = replace(
        _subject(tap.office, tap.place, tap.code),
        is_operator=await _is_operator(tap),
        standing=_topics_in(tap),
    )
    ask = Ask(view=View.START, where=asks[0].where)
    await _repaint(tap, await tap.office.use_cases.panel.show(ask, subject))
    return True


async def _is_operator(tap: Tap) -> bool:
    if tap.place.is_shared or tap.person is None:
        return False
    return await tap.office.use_cases.operators.is_operator(tap.person)


def _asks_in(tap: Tap) -> Iterable[Ask]:
    """Read the buttons of the tapped message, as far as they are the panel's."""
    for button in (button for row in tap.keyboard for button in row):
        callback = decoded(button.get("callback_data"), parts=2)
        ask = None if callback is None else asked(callback)
        if ask is not None:
            yield ask


def _topics_in(tap: Tap) -> tuple[str, ...]:
    return tuple(ask.value for ask in _asks_in(tap) if ask.deed in _OF_TOPICS)


async def _await_words(tap: Tap, ask: Ask) -> None:
    awaited, now = tap.office.awaited, tap.office.clock.now()
    if ask.deed is Deed.TYPE:
        await awaited.ask(tap.place, Awaited(ask=ask, message_id=tap.message_id, at=now))
    else:
        await awaited.leave(tap.place, tap.message_id, now)


async def typed(said: Said) -> bool:
    """Take what somebody was asked to write, or what is plainly a value for the page that stands
    last; False when it is something else.
    """
    replied = said.message.reply_to_message
    answered = None if replied is None else replied.message_id
    awaited = await said.office.awaited.get(said.place, answered, said.office.clock.now())
    if awaited is None:
        awaited = await _page_meant(said, answered)
    location = said.message.location
    is_zone = location is not None and (awaited is None or awaited.ask.view is View.ZONE)
    if is_zone and not said.place.is_shared:
        return await _located(said, awaited)
    if awaited is None or not said.message.text or said.message.text.startswith("/"):
        return False
    subject = await _subject_of_words(said, awaited.ask)
    if subject is None:  # an administrator may still answer
        await said.reply(panels.administrators_only(said.style))
        return True
    outcome = await said.office.use_cases.panel.type(awaited.ask, said.words, subject)
    await _answer_below(said, outcome, awaited, awaited.ask)
    return True


async def _page_meant(said: Said, answered: int | None) -> Awaited | None:
    """Give the page that stands last when what was written can only be meant for it."""
    office, place, now = said.office, said.place, said.office.clock.now()
    page = office.awaited.shown(place, now)
    if page is None or answered not in (None, page.message_id) or not said.message.text:
        return None
    if not office.messenger.newest.is_last(place.chat_id, page.message_id):
        return None
    language = said.style.phrases.language
    view, words = page.ask.view, said.words
    # In a thread: the first who writes a city loads the names of all.
    is_meant = await asyncio.to_thread(is_value, view, words, language=language, now=now)
    return page if is_meant else None


async def _located(said: Said, awaited: Awaited | None) -> bool:
    """Take the zone of a place that was shared: it is looked up here and not kept."""
    location = said.message.location
    ask = awaited.ask if awaited is not None else Ask(view=View.ZONE)
    subject = await _subject_of_words(said, ask)
    if location is None or subject is None:
        return False
    zone = await asyncio.to_thread(zone_at, location.latitude, location.longitude)
    panel = said.office.use_cases.panel
    if zone is None:
        hint = said.style.phrases("I know no time zone for that place. Write a city instead.")
        await _post(said, await panel.show(ask, subject, hint=hint), ask)
        return True
    message = await panel.set_zone(zone, subject, target=ask.target)
    await _answer_below(said, Outcome(message=message), awaited, ask)
    return True


async def _answer_below(said: Said, outcome: Outcome, awaited: Awaited | None, ask: Ask) -> None:
    """Show the panel below what was written, and let the one above rest."""
    if awaited is not None:
        await said.office.speech.change_buttons(
            {"inline_keyboard": []}, chat_id=said.place.chat_id, message_id=awaited.message_id
        )
    message_id = await _post(said, outcome.message, ask)
    if awaited is None or not awaited.is_asked:
        return
    now = said.office.clock.now()
    await said.office.awaited.leave(said.place, awaited.message_id, now)
    if not outcome.is_done and message_id is not None and not awaited.is_last:
        again = replace(awaited, message_id=message_id, at=now, is_last=True)
        await said.office.awaited.ask(said.place, again)


async def _post(said: Said, message: Message, ask: Ask) -> int | None:
    """Answer with a panel; its buttons stay buttons, also where several people see them."""
    place = said.place
    if place.is_shared:
        answered = {"message_id": said.message.message_id, "allow_sending_without_reply": True}
        message = replace(message, parameters={**message.parameters, "reply_parameters": answered})
    speech = said.office.speech
    message_id = await speech.say(message, chat_id=place.chat_id, thread_id=place.thread_id)
    _remember(said.office, place, ask, message_id)
    return message_id


async def _repaint(tap: Tap, message: Message) -> int | None:
    place, speech = tap.place, tap.office.speech
    if await speech.change(message, chat_id=place.chat_id, message_id=tap.message_id):
        return tap.message_id
    return await speech.say(message, chat_id=place.chat_id, thread_id=place.thread_id)


def _remember(office: Office, place: Place, ask: Ask, message_id: int | None) -> None:
    """Remember which page stands in a chat, for values that are written below it."""
    if message_id is not None:
        page = Ask(view=ask.view, target=ask.target)
        at = office.clock.now()
        office.awaited.show(place, Awaited(ask=page, message_id=message_id, at=at, is_asked=False))


async def _subject_of_tap(tap: Tap, ask: Ask) -> Subject | None:
    if ask.target is not None:
        if tap.place.is_shared:
            return None
        return await _subject_of(tap.office, ask.target, tap.person, tap.own_language)
    return _subject(tap.office, tap.place, tap.code) if await tap.may_change() else None


async def _subject_of_words(said: Said, ask: Ask) -> Subject | None:
    if ask.target is not None:
        return await _subject_of(said.office, ask.target, said.person, said.own_language)
    return _subject(said.office, said.place, said.code) if await said.may_change() else None


def _subject(office: Office, place: Place, language: str | None) -> Subject:
    spoken = None if place.is_shared else language
    is_standing = place.chat_id in office.use_cases.channels.shared_ids
    return Subject(
        place=place, language=spoken, has_places=not place.is_shared, is_standing=is_standing
    )


async def _subject_of(
    office: Office, target: Target, person: UserId | None, language: str | None
) -> Subject | None:
    """Give another chat as the subject of a panel; None when this person must not change it."""
    chat = await office.use_cases.subscriptions.chat(target.chat_id)
    if chat is None or not chat.kind.is_shared or person is None:
        return None
    if not await _may_change(office, chat, person):
        return None
    place = Place(chat_id=chat.id, thread_id=target.thread_id, kind=chat.kind)
    return Subject(
        place=place,
        is_here=False,
        chat=_title(chat),
        language=language,
        is_standing=chat.id in office.use_cases.channels.shared_ids,
    )


async def _may_change(
    office: Office, chat: Chat, person: UserId, *, priority: Priority = Priority.ANSWER
) -> bool:
    """Whether somebody runs a chat, or the publication that is posted to it."""
    cases = office.use_cases
    if chat.id in cases.channels.shared_ids and await cases.operators.may_send(person):
        return True
    place = Place(chat_id=chat.id, kind=chat.kind)
    return await office.may_change(place, person, as_chat=False, priority=priority)


async def _places(tap: Tap) -> tuple[Named, ...]:
    """Give the groups and channels whose settings this person may change."""
    office, person = tap.office, tap.person
    if person is None or tap.place.is_shared:
        return ()
    now = office.clock.now()
    known = office.places.of(person, now)
    if known is None:
        chats = await office.use_cases.subscriptions.shared_chats(limit=MOST_PLACES)
        allowed = await asyncio.gather(*(_runs(office, chat, person) for chat in chats))
        known = tuple(
            Named(name=_title(chat), key=Target(chat_id=chat.id).encoded())
            for chat, may in zip(chats, allowed, strict=True)
            if may
        )
        office.places.keep(person, known, now)
    return known


async def _runs(office: Office, chat: Chat, person: UserId) -> bool:
    """Whether a chat is offered to somebody; what they do there is asked for again."""
    try:
        return await _may_change(office, chat, person, priority=Priority.FLASH)
    except MembershipUnknown:
        return False


async def _chat_named(office: Office, words: str) -> Chat | None:
    subscriptions = office.use_cases.subscriptions
    if _NUMBER.fullmatch(words):
        return await subscriptions.chat(ChatId(int(words)))
    found = _NAME.fullmatch(words)
    return None if found is None else await subscriptions.chat_named(found[1])


def _title(chat: Chat) -> str:
    return chat.title or (f"@{chat.username}" if chat.username else str(chat.id))
