"""The operators' panel of sends: /sends, and the buttons that pause, resume, cancel and decide."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bot.domain.languages import N_
from bot.domain.message import Message
from bot.domain.pacing import Priority
from bot.domain.sends import Step, Wish, wish_of
from bot.domain.subscription import ChatId
from bot.gateway.context import Office, Said, Tap
from bot.gateway.follow import Look
from bot.publishing.sends import Ruling
from bot.rendering import courtesies, desk, panels
from bot.rendering import sends as rendering
from bot.rendering.phrases import Phrases

RECALLS_SHOWN = 3
_DONE = {
    Step.PAUSE: N_("Paused."),
    Step.RESUME: N_("It goes on."),
    Step.REALLY: N_("Cancelled."),
    Step.AGAIN: N_("They are sent again."),
    Step.LEAVE: N_("They stay as they are."),
}

Looking = Callable[[], Awaitable[Look]]


async def sends(said: Said) -> None:
    """/sends: what is on its way and what became of the last ones, in private."""
    operators = said.office.use_cases.operators
    if said.person is None or not await operators.may(said.person, "sends", only_looks=True):
        await said.reply(desk.operators_only(said.style))
        return
    look = _list(said.office, said.own_language)
    seen = await look()
    chat_id = ChatId(said.person)
    message_id = await said.office.speech.say(
        seen.message, chat_id=chat_id, priority=Priority.OPERATOR
    )
    if message_id is None:
        await said.reply(panels.failed(said.style))
        return
    if said.place.is_shared:
        await said.reply(courtesies.in_private(said.style, has_preview=False))
    _follow(said.office, look, chat_id, message_id, seen.message)
    await _offer_recalls(said.office, chat_id, said.style.phrases)


async def _offer_recalls(office: Office, chat_id: ChatId, phrases: Phrases) -> None:
    """Show the withdrawn stories that nobody has decided about, and what is being recalled."""
    recalls = office.use_cases.recalls
    for recall in (await recalls.open())[:RECALLS_SHOWN]:
        panel = await recalls.panel(recall.story_id, phrases)
        if panel is not None:
            await office.speech.say(panel, chat_id=chat_id, priority=Priority.OPERATOR)


async def steer(tap: Tap) -> None:
    """Do what a button of the panel asks for, if what its tapper saw is still so."""
    cases = tap.office.use_cases
    arguments = tap.callback.arguments if tap.callback is not None else ()
    wish = wish_of(arguments)
    deed = f"send: {wish.step.name.lower()}" if wish is not None else "send"
    only_looks = wish is not None and wish.step in (Step.LIST, Step.SHOW)
    if tap.person is None or not await cases.operators.may(tap.person, deed, only_looks=only_looks):
        await tap.tell(panels.NOT_FOR_YOU, alert=True)
        return
    if tap.place.is_shared or wish is None:
        await tap.tell(panels.STALE_BUTTON, alert=True)
        return
    if wish.step in _DONE:
        ruling = await cases.sends.fulfil(wish, by=tap.person)
        if ruling is Ruling.DONE:
            await tap.tell(_DONE[wish.step])
        else:
            await tap.tell(rendering.STALE, alert=True)
    await _show(tap, wish)


async def _show(tap: Tap, wish: Wish) -> None:
    """Show what a wish leads to in place of the message, and keep it up to date."""
    office = tap.office
    language = tap.own_language
    look = _list(office, language) if wish.step is Step.LIST else _one(office, wish, language)
    seen = await look()
    await tap.answer()
    office.follow.leave(tap.place.chat_id, tap.message_id)
    await tap.show(seen.message)
    _follow(office, look, tap.place.chat_id, tap.message_id, seen.message)


def _follow(
    office: Office, look: Looking, chat_id: ChatId, message_id: int, shown: Message
) -> None:
    office.later(office.follow.follow(look, chat_id=chat_id, message_id=message_id, shown=shown))


def _list(office: Office, language: str | None) -> Looking:
    sends = office.use_cases.sends.speaking(language)

    async def look() -> Look:
        return Look(message=await sends.list_panel())

    return look


def _one(office: Office, wish: Wish, language: str | None) -> Looking:
    """Look at one send; a question whether to cancel stands until it is answered or void."""
    sends = office.use_cases.sends.speaking(language)

    async def look() -> Look:
        is_asking = wish.step is Step.CANCEL
        message, is_last = await sends.panel(wish.send, is_asking=is_asking)
        return Look(message=message, is_last=is_last)

    return look
