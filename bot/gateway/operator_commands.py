"""The editor's desk: preview, approval, progress; and how the first operator gets there."""

from __future__ import annotations

import logging

from bot.domain.callback import Action
from bot.domain.pacing import Priority
from bot.domain.subscription import ChatId, UserId
from bot.errors import SendError
from bot.gateway.command_list import OPERATORS
from bot.gateway.context import Office, Said, Tap
from bot.gateway.follow import Look
from bot.publishing.desk import Decision, Preview, Ruling, digest_of
from bot.rendering import courtesies, desk, panels

logger = logging.getLogger(__name__)


async def post(said: Said) -> None:
    """/post [words]: show what would go out, in the operator's private chat, and ask."""
    cases = said.office.use_cases
    if said.person is None or not await cases.operators.may(said.person, "post"):
        await said.reply(desk.operators_only(said.style))
        return
    async with said.office.typing(said.place):
        preview = await cases.desk.prepare(said.words, by=said.person)
        if not (preview.is_known and said.place.is_shared) and not await _show(said, preview):
            # What cannot be seen must not be approved.
            cases.desk.unseen(by=said.person)
            await said.reply(panels.failed(said.style))
        elif said.place.is_shared:
            hint = courtesies.in_private(said.style, has_preview=bool(preview.messages))
            await said.reply(hint)


async def _show(said: Said, preview: Preview) -> bool:
    """Show an operator in private what would go out; False when not all of it arrived."""
    assert said.person is not None  # noqa: S101 - operators are persons
    for message in (*preview.messages, preview.panel):
        sent = await said.office.speech.say(
            message, chat_id=ChatId(said.person), priority=Priority.OPERATOR
        )
        if sent is None:
            return False
    return True


async def decide(tap: Tap) -> None:
    """*Post now* and *Cancel* below a preview."""
    cases = tap.office.use_cases
    assert tap.callback is not None  # noqa: S101 - the dispatcher has looked
    is_post = tap.callback.action is Action.POST
    if tap.person is None or not await cases.operators.may(
        tap.person, "post now" if is_post else "cancel"
    ):
        await tap.answer(panels.NOT_FOR_YOU, alert=True)
        return
    named = digest_of(tap.callback.arguments)
    if tap.place.is_shared or named is None:
        await tap.answer(panels.STALE_BUTTON, alert=True)
        return
    verb = cases.desk.post if is_post else cases.desk.cancel
    decision = await verb(*named, by=tap.person)
    if decision.panel is None:
        await tap.answer(courtesies.POST_STALE, alert=True)
        return
    await tap.answer("Posting." if is_post else "Cancelled.")
    await tap.show(decision.panel)
    if decision.ruling is Ruling.POSTED:
        _watch(tap, decision)


async def claim(said: Said) -> None:
    """/start claim-…: make the first operator."""
    if await said.office.use_cases.operators.claim(said.words, said.person):
        await said.reply(desk.claimed(said.style))
        if said.person is not None:
            await offer_menu(said.office, said.person)
    else:
        await said.reply(desk.claim_failed(said.style))


async def offer_menu(office: Office, operator: UserId) -> None:
    """Give an operator the longer menu; one who never pressed Start gets it later."""
    try:
        await office.menus.set_for_operator(operator, OPERATORS)
    except SendError as error:
        fields = {"operator": operator, "reason": f"{type(error).__name__}: {error}"}
        logger.warning("operator's menu not set", extra=fields)


def _watch(tap: Tap, decision: Decision) -> None:
    """Keep the panel up to date until the post is through, or the program ends."""

    async def look() -> Look:
        panel, is_last = await tap.office.use_cases.desk.progress(decision, name=tap.name)
        return Look(message=panel, is_last=is_last)

    place = tap.place
    following = tap.office.follow.follow(
        look, chat_id=place.chat_id, message_id=tap.message_id, shown=decision.panel
    )
    tap.office.later(following)
