"""What operators see: the panel under a prepared post, its progress, the claim link."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from bot.domain.callback import Callback
from bot.domain.message import Draft, Keyboard, Message
from bot.domain.sends import Send
from bot.rendering import keyboards
from bot.rendering.blocks import block
from bot.rendering.cleaning import echo
from bot.rendering.dates import length_in_words
from bot.rendering.sends import counts_in_words
from bot.rendering.shortening import shortened
from bot.rendering.style import Style

MAX_NAMED_CHATS = 8
MAX_CHAT_NAME = 60
HASH_SHOWN = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class PostPlan:
    """What a post would do: to whom (`chats` names the first ones), how much and how long."""

    chats: Sequence[str]
    chat_count: int
    story_count: int
    message_count: int
    duration: timedelta
    stars: float = 0.0
    digest: str
    post: Callback
    cancel: Callback
    quiet_until: str = ""
    """The time of day until which it is quiet, as people say it; empty outside quiet hours."""


def post_panel(plan: PostPlan, *, style: Style) -> Message:
    """Show below the preview to whom it goes and how long it takes, with the two buttons."""
    names = tuple(shortened(echo(name), MAX_CHAT_NAME) for name in plan.chats[:MAX_NAMED_CHATS])
    return _panel(
        "post",
        style,
        keyboards.rows(
            [
                keyboards.callback_button("Post now", plan.post),
                keyboards.callback_button("Cancel", plan.cancel),
            ]
        ),
        chats=names,
        more=max(plan.chat_count - len(names), 0),
        chat_count=plan.chat_count,
        story_count=plan.story_count,
        message_count=plan.message_count,
        duration=_sending(plan.duration, plan.stars),
        digest=plan.digest[:HASH_SHOWN],
        quiet_until=plan.quiet_until,
    )


def post_account(
    send: Send, *, digest: str, chat_count: int = 0, by: str = "", style: Style
) -> Message:
    """Give the account of a post that is through; `by` approved it."""
    return _panel(
        "posted",
        style,
        chat_count=chat_count,
        by=shortened(echo(by), MAX_CHAT_NAME),
        digest=digest[:HASH_SHOWN],
        counts=counts_in_words(send),
    )


def post_cancelled(style: Style) -> Message:
    """Say that a prepared post is dropped."""
    return _panel("post_cancelled", style)


def post_stale(style: Style) -> Message:
    """Say that the approved preview is not what would go out any more."""
    return _panel("post_stale", style)


def nothing_to_post(
    style: Style, *, words: str = "", counts: Sequence[tuple[int, str]] = ()
) -> Message:
    """Say that no story is due, or none for those words; `counts` says why, reason by reason."""
    return _panel(
        "nothing_to_post",
        style,
        words=shortened(echo(words), MAX_CHAT_NAME),
        counts=tuple(counts),
    )


def no_recipients(style: Style) -> Message:
    """Say that there is nobody to post to."""
    return _panel("no_recipients", style)


def operators_only(style: Style) -> Message:
    """Refuse an operator's command to everybody else, politely."""
    return _panel("operators_only", style)


def claimed(style: Style) -> Message:
    """Welcome the first operator."""
    return _panel("claimed", style)


def claim_failed(style: Style) -> Message:
    """Refuse a claim link that was used or is none of ours."""
    return _panel("claim_failed", style)


def _panel(name: str, style: Style, keyboard: Keyboard = (), **values: Any) -> Message:
    text = block(f"desk/{name}", style=style, **values)
    return Draft(text=text, keyboard=keyboard).finished()


def _sending(length: timedelta, stars: float) -> str:
    """Say how long a send takes, and what it costs at most."""
    duration = "at once" if length < timedelta(seconds=2) else f"about {length_in_words(length)}"
    return f"{duration}, at most {stars:g} Stars" if stars else duration
