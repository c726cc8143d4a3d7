"""The small things said around the stories: a greeting to a group, what a chat follows, toasts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.domain.callback import Action
from bot.domain.languages import N_
from bot.domain.message import Draft, Keyboard, Message, Text
from bot.rendering import keyboards
from bot.rendering.blocks import block
from bot.rendering.cleaning import one_line
from bot.rendering.phrases import Phrases
from bot.rendering.shortening import shortened
from bot.rendering.style import Style

MAX_NAMED = 20
"""Topics that are named, with a button each."""

DIGEST_GONE = N_("That digest is no longer here. /latest shows what is new.")
IN_PRIVATE = N_("Write to me in private: there I can open stories and turn pages for you.")
OUR_FAULT = N_(
    "Something went wrong on our side, and it has been noted. Please try again in a minute."
)
CANNOT_ASK = N_(
    "Telegram does not tell me right now who the administrators are. Please try again in a minute."
)
"""Short answers to a tap (at most 200 characters, Bot API answerCallbackQuery)."""


def hello(style: Style, *, is_subscribed: bool = False) -> Message:
    """Greet a group: what this is, who decides on the digest, how everybody asks."""
    _ = style.phrases
    subscribe = None
    if not is_subscribed:
        subscribe = keyboards.tap(_("Subscribe this chat"), Action.SUBSCRIBE)
    shelves = [
        keyboards.tap(_("Topics"), Action.TOPICS, 1),
        keyboards.tap(_("Hot"), Action.HOT, 1),
    ]
    return _panel(
        "hello",
        style,
        keyboards.rows([subscribe], shelves),
        title=_name(style.title or "Gazette"),
        is_subscribed=is_subscribed,
    )


def cannot_ask(style: Style) -> Message:
    """Say that nothing was changed, for nobody knows who may."""
    return Draft(text=Text(style.phrases(CANNOT_ASK))).finished()


def nothing_new(style: Style) -> Message:
    """Say that a digest that somebody asked for would be empty."""
    _ = style.phrases
    words = _("There is nothing new for a digest yet. /latest shows the newest stories.")
    return Draft(text=Text(words)).finished()


def too_fast(seconds: int, _: Phrases) -> str:
    """Tell a tapper once how long we rest."""
    return _.ngettext(
        "That was a lot at once. I answer again in about %(count)s second.",
        "That was a lot at once. I answer again in about %(count)s seconds.",
        seconds,
        count=seconds,
    )


def in_private(style: Style, *, has_preview: bool) -> Message:
    """Tell an operator in a group where the preview is, or the word that there is none."""
    return _panel("in_private", style, has_preview=has_preview)


def in_private_only(style: Style) -> Message:
    """Say in a group that this concerns one reader alone."""
    return _panel("in_private_only", style)


def no_such_chat(words: str, *, style: Style) -> Message:
    """Answer somebody who names a chat whose settings are not theirs, or that we do not know."""
    return _panel("no_such_chat", style, words=_name(words))


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
    _ = style.phrases
    is_muting = command in ("mute", "unmute")
    following = [keyboards.follow(topic, _, is_followed=True) for topic in followed[:MAX_NAMED]]
    silenced = [keyboards.wish(Action.UNMUTE, topic, _) for topic in muted[:MAX_NAMED]]
    offered = [keyboards.follow(topic, _, is_followed=False) for topic in choices]
    # The example is a topic that there is, so that tapping and sending it works.
    examples = {"follow": choices, "mute": choices, "unfollow": followed, "unmute": muted}[command]
    return _panel(
        "wishes",
        style,
        keyboards.grid(
            keyboards.row(
                *([] if is_muting else following),
                *([] if command == "unfollow" else silenced),
                *(offered if command == "follow" else []),
            ),
            widest=2,
        ),
        command=command,
        is_shared=style.is_shared,
        followed=tuple(_name(topic) for topic in followed),
        muted=tuple(_name(topic) for topic in muted),
        is_muting=is_muting,
        example=_name(examples[0]) if examples else "",
    )


def _name(text: str) -> str:
    return shortened(one_line(text), 60)


def _panel(name: str, style: Style, keyboard: Keyboard = (), **values: Any) -> Message:
    text = block(f"panels/{name}", style=style, **values)
    return Draft(text=text, keyboard=keyboard).finished()
