"""Asker: whom an answer is for."""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain.subscription import ChatId
from bot.domain.topic import Topic, folded


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Whom an answer is for: one person or several, who follow and mute these topics.

    `language` None: the publication's.
    """

    is_shared: bool = False
    language: str | None = None
    chat_id: ChatId | None = None
    muted_providers: tuple[str, ...] = ()
    followed: tuple[str, ...] = ()
    muted: tuple[str, ...] = ()

    def follows(self, topic: Topic) -> bool:
        """Whether the topic is followed."""
        return folded(topic.name) in {folded(name) for name in self.followed}

    def mutes(self, topic: Topic) -> bool:
        """Whether the topic is muted."""
        return folded(topic.name) in {folded(name) for name in self.muted}
