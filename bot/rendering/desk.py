"""What operators see: the panel under a prepared post, its progress, the claim link."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.domain.hand import HASH_SHOWN
from bot.domain.languages import N_
from bot.domain.message import Draft, Keyboard, Message
from bot.domain.sends import Send
from bot.rendering.blocks import block
from bot.rendering.cleaning import echo, one_line
from bot.rendering.phrases import Phrases
from bot.rendering.sends import counts_in_words
from bot.rendering.shortening import shortened
from bot.rendering.style import Style

MAX_CHAT_NAME = 60


POSTING = N_("Posting.")
PLANNED = N_("Planned. /sends shows it, and cancels it.")
CANCELLED = N_("Cancelled.")
TESTING = N_("Here it is, as readers would get it.")
UNCHANGED = N_("Nothing has changed.")
POST_STALE = N_(
    "This preview is no longer valid: it was sent or cancelled. This tap did nothing; /post makes "
    "a fresh one."
)
DRAFT_STALE = N_(
    "This post has changed meanwhile; your tap did nothing. /post shows it as it is now."
)
TAKEN = N_(
    "A channel got one of its stories meanwhile. Nothing was sent; the panel shows which story it "
    "is."
)
WITHDRAWN = N_(
    "A story of it was withdrawn by its publisher meanwhile. Nothing was sent; the panel shows "
    "which."
)
STORY_LOST = N_("A story of it has left the library: here is the post without it.")
BAD_TIME = N_("That time has passed or is more than seven days away. Nothing was sent.")
NO_TIME = N_("I cannot read that as a time. Try 18:30, tomorrow 9:00, friday 18:00.")
"""Short answers to a tap (at most 200 characters, Bot API answerCallbackQuery)."""


def cannot_add(reason: str, _: Phrases) -> str:
    """Say why a story does not come into a post; `reason` is said already."""
    return _("This story cannot be posted: %(reason)s.", reason=shortened(one_line(reason), 120))


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
        counts=counts_in_words(send, style.phrases),
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


def test_failed(style: Style) -> Message:
    """Say that a test did not arrive as a whole."""
    _ = style.phrases
    return note(
        style,
        _("Telegram did not take all of it: readers would not get it, either."),
    )


def note(style: Style, text: str) -> Message:
    """Say a short word about a reply to the panel."""
    return _panel("note", style, text=text)


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
