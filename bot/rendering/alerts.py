"""How alerts look: a digest of one story under a head line of its own."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.languages import N_
from bot.rendering.style import Style

# Note: the head line of a message with one story, sent at once because it is so hot
_FLASH = N_("Just in")
# Note: the head line of a message that comes back to a story, which has become much hotter
_FOLLOW_UP = N_("Much talked about now")


def headed_as_flash(style: Style) -> Style:
    """Put the head line of a flash."""
    return replace(style, title=style.phrases(_FLASH))


def headed_as_follow_up(style: Style) -> Style:
    """Put the head line of a follow-up."""
    return replace(style, title=style.phrases(_FOLLOW_UP))
