"""A moment: what the digests of all audiences share that are composed at one time.

Of a million chats in ten thousand audiences most choices and most texts are the same: each is
made once, and digests that say the same are one value.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from bot.domain.alike import Chooser
from bot.domain.article import StoryKey
from bot.domain.digest import Digest, Item
from bot.domain.events import Links
from bot.domain.known import Known
from bot.domain.picture import Looks
from bot.domain.selection import Pool
from bot.domain.subscription import ChatId, Layout, Subscription
from bot.domain.topic import TopicTree
from bot.publishing.publication import Publication
from bot.rendering import digests as rendering
from bot.rendering.style import Style

Address = tuple[ChatId, int]
"""A chat and its thread."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """Chats with one wish and one history: they get the same digest, rendered once."""

    subscription: Subscription
    received: frozenset[StoryKey]
    addresses: Sequence[Address]


@dataclass(slots=True)
class _Wish:
    """What chats with one wish share, whatever they have received."""

    chooser: Chooser
    style: Style | None = None
    digests: dict[int, Digest] = field(default_factory=dict)
    """By the items' `id`: the chooser keeps them."""


class Moment:
    """Chooses and writes for the audiences of one moment. Pure; not for several threads at once."""

    def __init__(
        self,
        library: Iterable[Known],
        *,
        publication: Publication,
        topics: TopicTree,
        now: datetime,
        events: Links | None = None,
    ) -> None:
        self._publication = publication
        self._topics = topics
        self._now = now
        self._pool = Pool(library, topics=topics, now=now, events=events)
        self._wishes: dict[tuple[object, ...], _Wish] = {}
        self._kept: dict[object, Any] = {}
        self.looks: Looks = {}
        """What was seen of the pictures of all that was chosen; known before any is written."""

    def choose(self, audience: Audience) -> tuple[Item, ...]:
        """Choose for one audience; empty when there is nothing to say."""
        return self._wish(audience.subscription).chooser.items(audience.received)

    def write(self, items: tuple[Item, ...], subscription: Subscription) -> Digest:
        """Render what was chosen for an audience."""
        wish = self._wish(subscription)
        found = wish.digests.get(id(items))
        if found is None:
            if wish.style is None:
                wish.style = style_for(
                    subscription,
                    publication=self._publication,
                    looks=self.looks,
                    now=self._now,
                    kept=self._kept,
                )
            messages = rendering.render(items, style=wish.style)
            found = wish.digests[id(items)] = Digest(items=items, messages=messages)
        return found

    def _wish(self, subscription: Subscription) -> _Wish:
        found = self._wishes.get(subscription.wish)
        if found is None:
            rules = self._publication.rules_for(subscription, self._topics)
            found = self._wishes[subscription.wish] = _Wish(Chooser(self._pool, rules))
        return found


def style_for(
    subscription: Subscription,
    *,
    publication: Publication,
    looks: Looks,
    now: datetime,
    layout: Layout | None = None,
    kept: dict[object, Any] | None = None,
) -> Style:
    """Say how digests look where a chat has its say; `layout` None: the chat's own."""
    style = publication.style(
        is_shared=subscription.chat_kind.is_shared,
        now=now,
        layout=layout or subscription.layout,
        looks=looks,
        kept=kept,
        hours=subscription.hours,
        language=subscription.reading_language,
    )
    return replace(
        style,
        is_silent=bool(subscription.is_silent),
        has_pictures=subscription.has_pictures is not False,
    )
