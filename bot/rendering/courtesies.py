"""The small things said around the stories: a greeting to a group, what a chat follows, toasts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.domain.callback import Action
from bot.domain.message import Draft, Keyboard, Message
from bot.domain.topic import folded
from bot.rendering import keyboards
from bot.rendering.blocks import block
from bot.rendering.cleaning import one_line
from bot.rendering.shortening import shortened
from bot.rendering.style import Style

MAX_NAMED = 20
"""Topics that are named, with a button each."""

DIGEST_GONE = "That digest is no longer here. /latest shows what is new."
POST_STALE = (
    "This preview is no longer valid: it was sent, cancelled, or a channel got one of its "
    "stories meanwhile. Nothing was sent by this tap; /post makes a fresh one."
)
IN_PRIVATE = "Write to me in private: there I open stories and turn pages for you alone."
TOO_FAST = "That was a lot at once. I answer again in a minute."
OUR_FAULT = "Something went wrong on our side, and it has been noted. Please try again in a minute."
"""Short answers to a tap (at most 200 characters, Bot API answerCallbackQuery)."""


def hello(style: Style, *, is_subscribed: bool = False) -> Message:
    """Greet a group: what this is, who decides on the digest, how everybody asks."""
    subscribe = None if is_subscribed else keyboards.tap("Subscribe this chat", Action.SUBSCRIBE)
    shelves = [keyboards.tap("Topics", Action.TOPICS, 1), keyboards.tap("Hot", Action.HOT, 1)]
    return _panel(
        "hello",
        style,
        keyboards.rows([subscribe], shelves),
        title=_name(style.title or "Gazette"),
        is_subscribed=is_subscribed,
    )


def words_only(style: Style) -> Message:
    """Answer a picture, a sticker or a voice message."""
    return _panel("words_only", style)


def wishes(
    command: str,
    *,
    followed: Sequence[str],
    muted: Sequence[str],
    choices: Sequence[str],
    style: Style,
) -> Message:
    """List what a chat follows and mutes, with a button to stop each; then topics to choose from.

    `command` is what was written without a topic behind it.
    """
    following = [keyboards.follow(topic, is_followed=True) for topic in followed[:MAX_NAMED]]
    silenced = [
        keyboards.tap(f"Unmute {_name(topic)}", Action.UNMUTE, folded(topic))
        for topic in muted[:MAX_NAMED]
    ]
    offered = [keyboards.follow(topic, is_followed=False) for topic in choices]
    return _panel(
        "wishes",
        style,
        keyboards.grid(keyboards.row(*following, *silenced, *offered), widest=2),
        command=command,
        is_shared=style.is_shared,
        followed=tuple(_name(topic) for topic in followed),
        muted=tuple(_name(topic) for topic in muted),
    )


def _name(text: str) -> str:
    return shortened(one_line(text), 60)


def _panel(name: str, style: Style, keyboard: Keyboard = (), **values: Any) -> Message:
    text = block(f"panels/{name}", folder=style.templates, **values)
    return Draft(text=text, keyboard=keyboard).finished()
