"""Own data: the file, what is kept, and everything erased after a second thought."""

from __future__ import annotations

from bot.gateway.context import Said, Tap
from bot.publishing.own_data import Answer
from bot.rendering import own_data, panels


async def export(said: Said) -> None:
    """/export: everything about the reader, or the group, as a file."""
    if not await said.may_change():
        await said.reply(panels.administrators_only(said.style))
        return
    file = await said.office.use_cases.own_data.export(said.place)
    sent = await said.hand(file.content, name=file.name, caption=file.caption)
    if not sent:
        await said.reply(panels.failed(said.style))


async def privacy(said: Said) -> None:
    """/privacy: what is kept, for how long and why."""
    await said.reply(said.office.use_cases.own_data.privacy(said.place))


async def forget(said: Said) -> None:
    """/forget: ask whether everything shall be erased."""
    if not await said.may_change():
        await said.reply(panels.administrators_only(said.style))
        return
    await said.reply(await said.office.use_cases.own_data.question(said.place, said.person))


async def answered(tap: Tap) -> None:
    """*Erase everything* and *Keep it*; the right is looked at again, as with every tap."""
    desk = tap.office.use_cases.own_data
    match desk.answer(tap.callback, tap.place, tap.person):
        case Answer.STALE:
            await tap.tell(panels.STALE_BUTTON, alert=True)
        case Answer.NOT_YOURS:
            await tap.tell(own_data.NOT_YOURS, alert=True)
        case Answer.TOO_LATE:
            await tap.tell(own_data.TOO_LATE, alert=True)
        case Answer.KEEP:
            await _say(tap, desk.kept(tap.place).text)
            if not tap.place.is_shared:
                await tap.show(desk.kept(tap.place))
        case Answer.ERASE:
            if not await tap.may_change():
                await tap.tell(panels.ADMINISTRATORS_ONLY, alert=True)
                return
            erased = await desk.erase(tap.place)
            await tap.answer()
            await (tap.send(erased) if tap.place.is_shared else tap.show(erased))


async def _say(tap: Tap, words: str) -> None:
    """Answer a tap: in a group with the words, for there nothing else changes."""
    await (tap.answer(words) if tap.place.is_shared else tap.answer())
