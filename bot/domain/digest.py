"""A digest: what one slot carries for one audience, with the account of its choice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from bot.domain.article import Article, StoryKey
from bot.domain.message import DigestHash, Message, hash_of
from bot.domain.sections import Section


class DigestKind(Enum):
    """Why a digest was made."""

    SLOT = "slot"
    MANUAL = "manual"
    FIRST = "first"
    ASKED = "asked"
    """What is new, for a chat that did not want to wait for its hour."""
    REMINDER = "reminder"
    """One story again, for the one reader who asked for it."""
    PREVIEW = "preview"
    FLASH = "flash"
    """One story that could not wait."""
    FOLLOW_UP = "follow-up"
    """One story that was sent, and has become much hotter since."""


OF_ONE_CHAT = (DigestKind.FIRST, DigestKind.ASKED, DigestKind.REMINDER)
"""Kinds that concern nobody but the chat that gets them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One line of a digest: the leading article, the others of its event, and why.

    `update_of`: the story by which the chat has had this event; the line brings later news of it.
    `section` None: the main part, which stands first and has no heading.
    """

    article: Article
    score: float
    also: tuple[Article, ...] = ()
    update_of: StoryKey | None = None
    section: Section | None = None
    reasons: Mapping[str, Any] = field(default_factory=dict)

    def accounted(self, more: Mapping[str, Any], *, section: Section | None = None) -> Item:
        """Give it with more of its account, and in a section if one is named.

        Made at once: `replace` takes ten times as long, and a slot has a hundred thousand lines.
        """
        return Item(
            article=self.article,
            score=self.score,
            also=self.also,
            update_of=self.update_of,
            section=section if section is not None else self.section,
            reasons={**self.reasons, **more},
        )

    @property
    def story_keys(self) -> tuple[StoryKey, ...]:
        """Every story that a reader of this line has seen, the leading one first."""
        return tuple(dict.fromkeys(a.story_key for a in (self.article, *self.also)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """Chosen items and the messages that say them, ready to be stored and sent as they are."""

    items: tuple[Item, ...]
    messages: tuple[Message, ...]

    @property
    def hash(self) -> DigestHash:
        """Name the digest by what is sent."""
        return hash_of(self.messages)

    @property
    def cost(self) -> int:
        """How many messages Telegram's limits count for one chat."""
        return sum(message.cost for message in self.messages)

    @property
    def story_keys(self) -> tuple[StoryKey, ...]:
        """Every story in it: those of its items in order, then those its messages point to."""
        items = (key for item in self.items for key in item.story_keys)
        told = (key for message in self.messages for key in message.stories)
        return tuple(dict.fromkeys((*items, *told)))
