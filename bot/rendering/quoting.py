"""Somebody else's words in a template: marked, so that they are shown as written."""

from __future__ import annotations

from markupsafe import Markup

from bot.rendering.cleaning import cleaned
from bot.rendering.emphasis import Emphasised
from bot.rendering.finish import QUOTED, UNQUOTED
from bot.rendering.hashtags import Hashtag


def quoted(value: object) -> object:
    """Mark what a template inserts as somebody else's words; markup that we made stays ours.

    The signs that mark it are removed from the words before: nobody can unquote himself.
    """
    if isinstance(value, (Emphasised, Hashtag)):
        return value.markup
    if isinstance(value, str) and not isinstance(value, Markup):
        return f"{QUOTED}{cleaned(value)}{UNQUOTED}"
    return value
