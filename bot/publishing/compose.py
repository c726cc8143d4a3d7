"""Compose: from the library and a chat's wish to a digest, and to rows that will be delivered."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from bot.domain.article import StoryKey
from bot.domain.delivery import DigestId
from bot.domain.digest import Digest, DigestKind, Item
from bot.domain.events import Links
from bot.domain.pacing import Priority
from bot.domain.picture import Looks
from bot.domain.selection import Pool
from bot.domain.subscription import ChatId, Layout, Subscription
from bot.domain.topic import TopicTree
from bot.publishing.catalogue import Catalogue
from bot.publishing.illustrate import looks_at
from bot.publishing.ports import Viewer
from bot.publishing.publication import Publication
from bot.rendering import digests as rendering
from bot.rendering.style import Style
from bot.store.articles import Articles
from bot.store.deliveries import Deliveries
from bot.store.digests import Digests, NewDigest
from bot.store.slots import SlotPlace

logger = logging.getLogger(__name__)

Address = tuple[ChatId, int]
"""A chat and its thread."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """Chats with one wish and one history: they get the same digest, rendered once."""

    subscription: Subscription
    received: frozenset[StoryKey]
    addresses: Sequence[Address]


@dataclass(frozen=True, slots=True, kw_only=True)
class Composed:
    """A digest and the chats that will get it."""

    digest: Digest
    addresses: Sequence[Address]
    subscription: Subscription
    """The wish of these chats, with the name of the first."""
    received: frozenset[StoryKey] = field(default=frozenset(), repr=False)
    as_of: int
    """The mark of the ledger up to which the chats' histories were known."""


def audiences(
    subscriptions: Iterable[Subscription], received: Mapping[Address, frozenset[StoryKey]]
) -> tuple[Audience, ...]:
    """Group subscriptions by wish and history, in the order in which each first appears."""
    grouped: dict[tuple[object, frozenset[StoryKey]], list[Subscription]] = {}
    for subscription in subscriptions:
        history = received.get((subscription.chat_id, subscription.thread_id), frozenset())
        grouped.setdefault((subscription.wish, history), []).append(subscription)
    return tuple(
        Audience(
            subscription=members[0],
            received=history,
            addresses=tuple((member.chat_id, member.thread_id) for member in members),
        )
        for (_, history), members in grouped.items()
    )


def choose_items(
    pool: Pool, audience: Audience, *, publication: Publication, topics: TopicTree
) -> tuple[Item, ...]:
    """Choose for one audience; empty when there is nothing to say. Pure."""
    rules = publication.rules_for(audience.subscription, topics)
    choosing = pool.choose if audience.received else pool.choose_first
    return choosing(rules, received=audience.received, accounts=False).items


def write_digest(
    items: tuple[Item, ...],
    subscription: Subscription,
    *,
    publication: Publication,
    looks: Looks,
    now: datetime,
    kept: dict[object, Any] | None = None,
) -> Digest:
    """Render what was chosen for one audience. Pure; `kept` is shared by those of one moment."""
    style = style_for(subscription, publication=publication, looks=looks, now=now, kept=kept)
    return Digest(items=items, messages=rendering.render(items, style=style))


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


_PRIORITIES = {
    DigestKind.MANUAL: Priority.OPERATOR,
    DigestKind.FIRST: Priority.FLASH,
    DigestKind.FLASH: Priority.FLASH,
    DigestKind.FOLLOW_UP: Priority.FLASH,
}
"""A person waits for these, or they are in a hurry: they go before the digests of a slot."""


class Composer:
    """Composes for many chats at once and stores the result in one transaction."""

    def __init__(
        self,
        *,
        publication: Publication,
        articles: Articles,
        digests: Digests,
        deliveries: Deliveries,
        catalogue: Catalogue,
        viewer: Viewer,
    ) -> None:
        self.publication = publication
        self._articles = articles
        self._digests = digests
        self._deliveries = deliveries
        self._catalogue = catalogue
        self._viewer = viewer

    async def compose(
        self,
        subscriptions: Sequence[Subscription],
        *,
        now: datetime,
        keep_empty: bool = False,
        events: Links | None = None,
    ) -> tuple[Composed, ...]:
        """Compose one digest per audience; audiences without news are left out.

        `keep_empty`: they get an empty one, to which an editor may add. `events`: those of the
        library, where somebody has found them already.
        """
        as_of = await self._deliveries.newest()
        alike = await self.audiences_of(subscriptions)
        return await self.compose_for(
            alike, as_of=as_of, now=now, keep_empty=keep_empty, events=events
        )

    async def audiences_of(self, subscriptions: Sequence[Subscription]) -> list[Audience]:
        """Give subscriptions with their histories, alike ones together."""
        addresses = [(wish.chat_id, wish.thread_id) for wish in subscriptions]
        received = await self._deliveries.received_by(addresses)
        return list(await asyncio.to_thread(audiences, subscriptions, received))

    async def newest(self) -> int:
        """Mark the place in the ledger up to which histories that are read now are known."""
        return await self._deliveries.newest()

    async def compose_for(
        self,
        alike: Sequence[Audience],
        *,
        as_of: int,
        now: datetime,
        keep_empty: bool = False,
        events: Links | None = None,
    ) -> tuple[Composed, ...]:
        """Compose for audiences whose histories were read after the mark `as_of`."""
        library = await self._articles.known(since=now - self.publication.rules.max_age)
        topics = self._catalogue.topics

        def choosing() -> list[tuple[Audience, tuple[Item, ...]]]:
            pool = Pool(library, topics=topics, now=now, events=events)
            found = (
                (
                    audience,
                    choose_items(pool, audience, publication=self.publication, topics=topics),
                )
                for audience in alike
            )
            return [(audience, items) for audience, items in found if items or keep_empty]

        chosen = await asyncio.to_thread(choosing)
        layouts = [
            (items, audience.subscription.layout or self.publication.layout)
            for audience, items in chosen
        ]
        looks = await looks_at(layouts, viewer=self._viewer, site_url=self.publication.site_url)

        kept: dict[object, Any] = {}

        def writing() -> tuple[Composed, ...]:
            return tuple(
                Composed(
                    digest=write_digest(
                        items,
                        audience.subscription,
                        publication=self.publication,
                        looks=looks,
                        now=now,
                        kept=kept,
                    ),
                    addresses=audience.addresses,
                    subscription=audience.subscription,
                    received=audience.received,
                    as_of=as_of,
                )
                for audience, items in chosen
            )

        return await asyncio.to_thread(writing)

    async def store(
        self,
        composed: Iterable[Composed],
        *,
        kind: DigestKind,
        now: datetime,
        slots: Sequence[SlotPlace] = (),
        due_at: datetime | None = None,
        alert: StoryKey | None = None,
    ) -> tuple[DigestId, ...]:
        """Make the rows of composed digests, and finish the slots, in one transaction.

        `due_at` None: the messages may leave at once. `alert`: the story of a flash or follow-up;
        nothing is stored, and () given, when it has had that already.
        """
        priority = _PRIORITIES.get(kind, Priority.DIGEST)
        new = [
            NewDigest(
                digest=one.digest,
                recipients=one.addresses,
                kind=kind,
                priority=priority,
                due_at=due_at,
                as_of=one.as_of,
            )
            for one in composed
        ]
        ids = await self._digests.store(new, now=now, slots=slots, alert=alert)
        for digest_id, one in zip(ids, new, strict=True):
            logger.info(
                "digest stored",
                extra={
                    "digest": digest_id,
                    "kind": kind.value,
                    "stories": len(one.digest.items),
                    "messages": len(one.digest.messages),
                    "chats": len(one.recipients),
                },
            )
        return ids
