"""What the bot says of itself: greetings, help, confirmations. Nothing here shows a story."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot.domain.callback import Action
from bot.domain.languages import N_
from bot.domain.message import Button, Draft, Keyboard, Message
from bot.domain.panel import Ask, View
from bot.domain.topic import folded
from bot.rendering import keyboards
from bot.rendering.blocks import block
from bot.rendering.cleaning import echo
from bot.rendering.phrases import Phrases
from bot.rendering.shortening import shortened
from bot.rendering.style import Style

MAX_WORDS = 120

STALE_BUTTON = N_("This button no longer works. Ask again for a fresh one.")
NOT_FOR_YOU = N_("Only operators of this publication can do that.")
ADMINISTRATORS_ONLY = N_("Only administrators of this chat can do that.")
STORY_GONE = N_("This story has been withdrawn.")
"""Short answers to a tap (at most 200 characters, Bot API answerCallbackQuery)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedTopic:
    """A topic that somebody named beside an order, and what became of it.

    `topic` None: there is none of that name, but `nearest` are spelled alike. `is_slip`: the
    words are not the topic's, but so near that no other can be meant.
    """

    words: str = ""
    topic: str | None = None
    is_slip: bool = False
    nearest: Sequence[str] = ()


NO_TOPIC = NamedTopic()


def help_text(style: Style, *, is_operator: bool = False) -> Message:
    """List what can be said, with the operators' commands for operators."""
    return _panel("help", style, is_operator=is_operator, is_shared=style.is_shared)


def subscribed(
    style: Style,
    *,
    times: str | None = None,
    is_new: bool = True,
    topics: Sequence[str] = (),
    named: NamedTopic = NO_TOPIC,
) -> Message:
    """Confirm a subscription.

    `times` is a sentence that says when digests come, `topics` what is followed, `named` the
    topic that was named with the order.
    """
    return _panel(
        "subscribed",
        style,
        _choices(named.nearest, "follow", style.phrases)
        + keyboards.rows(
            [
                _page(style.phrases("When shall it come?"), View.FIRST_HOUR),
                _page(style.phrases("Time zone"), View.ZONE),
            ]
            if not style.is_shared
            else [],
            _shelves(style.phrases),
        ),
        times=_words(times or ""),
        is_new=is_new,
        is_shared=style.is_shared,
        topics=tuple(_words(topic) for topic in topics),
        named=_words(named.topic or ""),
        typed=_words(named.words) if named.is_slip else "",
        unknown=_words(named.words) if named.topic is None else "",
        has_nearest=bool(named.nearest),
    )


def unsubscribed(style: Style, *, was_subscribed: bool = True) -> Message:
    """Confirm the end of a subscription and leave the door open."""
    _ = style.phrases
    again = keyboards.tap(
        _("Subscribe again") if was_subscribed else _("Subscribe"), Action.SUBSCRIBE
    )
    return _panel(
        "unsubscribed",
        style,
        keyboards.rows([again]),
        was_subscribed=was_subscribed,
        is_shared=style.is_shared,
    )


def followed(
    topic: str,
    *,
    style: Style,
    is_subscribed: bool = True,
    is_new: bool = True,
    was_muted: bool = False,
    typed: str = "",
) -> Message:
    """Confirm that a topic is followed; offer the digest to whom does not get it yet.

    `typed`: what was written instead of its name, where that was a slip.
    """
    _ = style.phrases
    return _panel(
        "followed",
        style,
        keyboards.rows(
            [keyboards.more_on(topic, _), keyboards.wish(Action.UNFOLLOW, topic, _)],
            [None if is_subscribed else keyboards.tap(_("Subscribe"), Action.SUBSCRIBE)],
        ),
        topic=_words(topic),
        is_subscribed=is_subscribed,
        is_new=is_new,
        was_muted=was_muted,
        typed=_words(typed),
        is_shared=style.is_shared,
    )


def unfollowed(topic: str, *, style: Style, was_followed: bool = True) -> Message:
    """Confirm that a topic is followed no longer."""
    return _panel(
        "unfollowed",
        style,
        keyboards.rows([keyboards.wish(Action.FOLLOW, topic, style.phrases)]),
        topic=_words(topic),
        was_followed=was_followed,
        is_shared=style.is_shared,
    )


def muted(
    topic: str, *, style: Style, is_new: bool = True, was_followed: bool = False, typed: str = ""
) -> Message:
    """Confirm that a topic stays out of the digest; `typed` as with `followed`."""
    return _panel(
        "muted",
        style,
        keyboards.rows([keyboards.wish(Action.UNMUTE, topic, style.phrases)]),
        topic=_words(topic),
        is_new=is_new,
        was_followed=was_followed,
        typed=_words(typed),
        is_shared=style.is_shared,
    )


def unmuted(topic: str, *, style: Style, was_muted: bool = True) -> Message:
    """Confirm that a topic may come again."""
    return _panel(
        "unmuted",
        style,
        keyboards.rows([keyboards.more_on(topic, style.phrases)]),
        topic=_words(topic),
        was_muted=was_muted,
    )


def no_such_topic(
    words: str, nearest: Sequence[str], *, command: str = "topic", style: Style
) -> Message:
    """Say that there is no such topic and offer those that may be meant, with what is wished."""
    return _panel(
        "no_such_topic",
        style,
        _choices(nearest, command, style.phrases) or keyboards.rows([_topics(style.phrases)]),
        words=_words(words),
        command=command,
        has_nearest=bool(nearest),
        is_shared=style.is_shared,
    )


def identity(
    chat_id: int, *, style: Style, thread_id: int = 0, user_id: int | None = None
) -> Message:
    """Tell the numbers that settings ask for; a tap copies them."""
    return _panel("identity", style, chat_id=chat_id, thread_id=thread_id, user_id=user_id)


def no_stories(style: Style) -> Message:
    """Say that the library is empty, or holds nothing fresh."""
    return _panel("no_stories", style)


def story_gone(style: Style) -> Message:
    """Say that a story that a link names is here no longer."""
    return _panel("story_gone", style, keyboards.rows(_shelves(style.phrases)[::-1]))


def unknown_command(words: str, *, style: Style) -> Message:
    """Answer a command that does not exist."""
    return _panel("unknown_command", style, words=_words(words), is_shared=style.is_shared)


def administrators_only(style: Style) -> Message:
    """Refuse a change of a shared chat's subscription to those who do not run the chat."""
    return _panel("administrators_only", style)


def too_fast(style: Style, *, seconds: int) -> Message:
    """Tell once that somebody asks faster than we answer, and for how long we rest."""
    return _panel("too_fast", style, seconds=seconds)


def failed(style: Style) -> Message:
    """Tell that something of ours broke."""
    return _panel("failed", style)


def _page(text: str, view: View) -> Button | None:
    return keyboards.callback_button(text, Ask(view=view).callback)


def _topics(_: Phrases) -> Button | None:
    return keyboards.tap(_("Topics"), Action.TOPICS, 1)


def _shelves(_: Phrases) -> tuple[Button | None, ...]:
    return (_topics(_), keyboards.tap(_("Hot right now"), Action.HOT, 1))


def _choices(topics: Sequence[str], command: str, _: Phrases) -> Keyboard:
    action = {
        "follow": Action.FOLLOW,
        "unfollow": Action.UNFOLLOW,
        "mute": Action.MUTE,
        "unmute": Action.UNMUTE,
    }.get(command)
    buttons = [
        keyboards.wish(action, topic, _)
        if action
        else keyboards.tap(topic, Action.TOPIC, 1, folded(topic))
        for topic in topics
    ]
    return keyboards.grid(keyboards.row(*buttons), widest=2)


def _words(text: str) -> str:
    return shortened(echo(text), MAX_WORDS)


def _panel(name: str, style: Style, keyboard: Keyboard = (), **values: Any) -> Message:
    text = block(f"panels/{name}", style=style, **values)
    return Draft(text=text, keyboard=keyboard).finished()
