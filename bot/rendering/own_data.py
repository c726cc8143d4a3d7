"""What is said about own data: what is kept, the file, and the question before it is erased."""

from __future__ import annotations

from typing import Any

from bot.domain.callback import Callback
from bot.domain.languages import N_
from bot.domain.message import Draft, Keyboard, Message
from bot.rendering import keyboards
from bot.rendering.blocks import block
from bot.rendering.style import Style

NOT_YOURS = N_("Somebody else was asked that. /forget asks you.")
TOO_LATE = N_("That question is too old. /forget asks again.")
"""Short answers to a tap (at most 200 characters, Bot API answerCallbackQuery)."""


def privacy(style: Style, *, days: int) -> Message:
    """Say what is kept of a chat, for how long and why."""
    return _panel("privacy", style, days=days, is_shared=style.is_shared)


def exported(style: Style) -> Message:
    """Say what the file is; the words become its caption."""
    return _panel("exported", style, is_shared=style.is_shared)


def question(
    style: Style, *, minutes: int, is_operator: bool, yes: Callback, no: Callback
) -> Message:
    """Ask whether everything shall be erased."""
    _ = style.phrases
    buttons = [
        keyboards.callback_button(_("Erase everything"), yes),
        keyboards.callback_button(_("Keep it"), no),
    ]
    return _panel(
        "forget",
        style,
        keyboards.rows(buttons),
        minutes=minutes,
        is_operator=is_operator,
        is_shared=style.is_shared,
    )


def erased(style: Style) -> Message:
    """Say that everything is erased."""
    return _panel("forgotten", style, is_shared=style.is_shared)


def kept(style: Style) -> Message:
    """Say that nothing was erased."""
    return _panel("kept", style)


def standing(style: Style) -> Message:
    """Say that the settings of the publication name this chat."""
    return _panel("standing", style)


def _panel(name: str, style: Style, keyboard: Keyboard = (), **values: Any) -> Message:
    text = block(f"panels/own/{name}", style=style, **values)
    return Draft(text=text, keyboard=keyboard).finished()
