"""The editor's desk in the chat: /post, the panel's buttons, replies to it, and what follows."""

from __future__ import annotations

from bot.domain.hand import deed_of
from bot.domain.message import Message
from bot.domain.pacing import Priority
from bot.domain.subscription import ChatId, UserId
from bot.gateway.board import Board
from bot.gateway.context import Said, Tap
from bot.gateway.follow import Look
from bot.publishing.desk_answers import Answer, Sending
from bot.rendering import courtesies, desk, panels


async def post(said: Said) -> None:
    """/post [words]: show what would go out, in the operator's private chat, with the desk."""
    cases = said.office.use_cases
    person = said.person
    if person is None or not await cases.operators.may(person, "post", only_looks=True):
        await said.reply(desk.operators_only(said.style))
        return
    may_send = await cases.operators.may_send(person)
    board, spoken = Board(said.office, person), cases.desk.speaking(said.own_language)
    proof = await (spoken.open(said.words, by=person) if may_send else spoken.look(said.words))
    is_known = said.place.is_shared and proof.draft is not None and proof.is_shown
    if not is_known and not await board.show_anew(proof):
        await said.reply(panels.failed(said.style))
    elif said.place.is_shared:
        hint = courtesies.in_private(said.style, has_preview=bool(proof.messages))
        await said.reply(hint)


async def tapped(tap: Tap) -> None:
    """Do what a button of the desk's panel asks for."""
    cases = tap.office.use_cases
    deed = deed_of(tap.callback.arguments if tap.callback is not None else ())
    name = f"desk: {deed.step.name.lower()}" if deed is not None else "desk"
    if tap.person is None or not await cases.operators.may(tap.person, name):
        await tap.tell(panels.NOT_FOR_YOU, alert=True)
        return
    if tap.place.is_shared or deed is None:
        await tap.tell(panels.STALE_BUTTON, alert=True)
        return
    answer = await cases.desk.speaking(tap.own_language).act(deed, by=tap.person)
    await tap.answer(answer.said, alert=answer.is_alert)
    await _follow_up(tap, answer)


async def heard(said: Said) -> bool:
    """Take a reply to the panel: a story to add, a head line, a time; False: it is none."""
    replied = said.message.reply_to_message
    if said.person is None or said.place.is_shared or replied is None:
        return False
    cases = said.office.use_cases
    if not await cases.desk.is_shown_in(replied.message_id, by=said.person):
        return False
    if not await cases.operators.may(said.person, "desk: reply"):
        await said.reply(desk.operators_only(said.style))
        return True
    spoken = cases.desk.speaking(said.own_language)
    answer = await spoken.hear(said.message.text or "", by=said.person)
    if answer.said:
        await said.reply(desk.note(said.style, answer.said))
    if answer.proof is not None and not await Board(said.office, said.person).show(answer.proof):
        await said.reply(panels.failed(said.style))
    return True


async def _follow_up(tap: Tap, answer: Answer) -> None:
    assert tap.person is not None  # noqa: S101 - `tapped` has looked
    board = Board(tap.office, tap.person)
    if answer.proof is not None:
        if not await board.show(answer.proof, panel_id=tap.message_id):
            await tap.send(panels.failed(tap.style))
    elif answer.sending is not None:
        await tap.show(answer.sending.panel)
        _watch(tap, answer.sending)
    elif answer.panel is not None:
        await tap.show(answer.panel)
        await board.remove(answer.gone)
    elif answer.test:
        await _test(tap, tap.person, answer.test)


async def _test(tap: Tap, person: UserId, messages: tuple[Message, ...]) -> None:
    """Send a post to the operator alone. It is no delivery: nobody has received it by that."""
    office = tap.office
    for message in messages:
        sent = await office.speech.say(message, chat_id=ChatId(person), priority=Priority.OPERATOR)
        if sent is None:
            await office.speech.say(desk.test_failed(tap.style), chat_id=ChatId(person))
            return


def _watch(tap: Tap, sending: Sending) -> None:
    """Keep the panel up to date until the post is through, or the program ends."""

    spoken = tap.office.use_cases.desk.speaking(tap.own_language)

    async def look() -> Look:
        panel, is_last = await spoken.progress(sending, name=tap.name)
        return Look(message=panel, is_last=is_last)

    following = tap.office.follow.follow(
        look, chat_id=tap.place.chat_id, message_id=tap.message_id, shown=sending.panel
    )
    tap.office.later(following)
