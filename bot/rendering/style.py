"""Who a rendering is for: everything beside the stories that decides how messages look."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from bot.domain.article import StoryId
from bot.domain.languages import DEFAULT_LANGUAGE
from bot.domain.picture import Looks
from bot.domain.subscription import Layout
from bot.rendering.overrides import Overrides
from bot.rendering.phrases import Phrases, phrases_in

T = TypeVar("T")

_USERNAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{2,31}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """How messages for one audience look.

    `is_shared`: several people read the chat, so no button may change what all see. `language`
    is what the bot itself speaks (articles stay in theirs). `bot_username` is needed for links
    into the bot, `site_url` for addresses of site-relative pictures. `title` stands at the head
    of a digest, None leaves the head out. `templates` are an operator's own, in place of ours.
    `has_inline`: `@bot words` works in other chats. `looks` tells what was seen of pictures;
    without `has_pictures` none is shown, nor that of a page. `kept` holds
    what was written once for all audiences of a moment, whose styles share it.
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
    has_pictures: bool = True
    has_inline: bool = False
    templates: Overrides | None = None
    looks: Looks | None = None
    kept: dict[object, Any] | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Refuse a time without a zone: relative dates would be anybody's guess."""
        if self.now.tzinfo is None:
            raise ValueError("now has no time zone")

    @property
    def phrases(self) -> Phrases:
        """What is said in the language of these readers."""
        return phrases_in(self.language)

    def keeping(self, key: tuple[object, ...], make: Callable[[], T]) -> T:
        """Give what was made for this key before, or make it.

        The key says all that decides it beside language, zone, layout, reader and templates.
        Articles are named by `id`: they live as long as the moment that they are kept for.
        """
        if self.kept is None:
            return make()
        place = (
            *(self.language, self.zone, self.layout, self.is_shared, self.has_pictures),
            *(id(self.templates), key),
        )
        if place not in self.kept:
            self.kept[place] = make()
        found: T = self.kept[place]
        return found

    def deep_link(self, story: StoryId) -> str | None:
        """Give the address that opens a story in a private chat with the bot, if we know it."""
        name = (self.bot_username or "").removeprefix("@")
        if not _USERNAME.fullmatch(name):
            return None
        return f"https://t.me/{name}?start=story-{story}"
