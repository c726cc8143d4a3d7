"""Who a rendering is for: everything beside the stories that decides how messages look."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from bot.domain.article import StoryId
from bot.domain.languages import DEFAULT_LANGUAGE
from bot.domain.picture import Looks
from bot.domain.subscription import Layout
from bot.rendering.overrides import Overrides
from bot.rendering.phrases import Phrases, phrases_in

_USERNAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{2,31}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """How messages for one audience look.

    `is_shared`: several people read the chat, so no button may change what all see. `language`
    is what the bot itself speaks (articles stay in theirs). `bot_username` is needed for links
    into the bot, `site_url` for addresses of site-relative pictures. `title` stands at the head
    of a digest, None leaves the head out. `templates` are an operator's own, in place of ours.
    `looks` tells what was seen of pictures.
    """

    now: datetime
    layout: Layout = Layout.LIST
    is_shared: bool = False
    bot_username: str | None = None
    site_url: str | None = None
    zone: str = "UTC"
    language: str = DEFAULT_LANGUAGE
    title: str | None = "Gazette"
    is_silent: bool = False
    templates: Overrides | None = None
    looks: Looks | None = None

    def __post_init__(self) -> None:
        """Refuse a time without a zone: relative dates would be anybody's guess."""
        if self.now.tzinfo is None:
            raise ValueError("now has no time zone")

    @property
    def phrases(self) -> Phrases:
        """What is said in the language of these readers."""
        return phrases_in(self.language)

    def deep_link(self, story: StoryId) -> str | None:
        """Give the address that opens a story in a private chat with the bot, if we know it."""
        name = (self.bot_username or "").removeprefix("@")
        if not _USERNAME.fullmatch(name):
            return None
        return f"https://t.me/{name}?start=story-{story}"
