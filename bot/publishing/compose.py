"""Compose: from the library and a chat's wish to a digest, and to rows that will be delivered."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from bot.domain.article import StoryKey
from bot.domain.delivery import DigestId
from bot.domain.digest import Digest, DigestKind, Item
from bot.domain.events import Links
from bot.domain.pacing import Priority
from bot.domain.subscription import Subscription
from bot.publishing.catalogue import Catalogue
from bot.publishing.illustrate import looks_at
from bot.publishing.moment import Address, Audience, Moment
from bot.publishing.ports import Viewer
from bot.publishing.publication import Publication
from bot.store.articles import Articles
from bot.store.deliveries import Deliveries
from bot.store.digest_rows import NewDigest
from bot.store.digests import Digests

logger = logging.getLogger(__name__)


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


_PRIORITIES = {
    DigestKind.MANUAL: Priority.OPERATOR,
    DigestKind.FIRST: Priority.FLASH,
    DigestKind.ASKED: Priority.FLASH,
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

        moment = await asyncio.to_thread(
            partial(
                Moment,
                library,
                publication=self.publication,
                topics=topics,
                now=now,
                events=events,
            )
        )

        def choosing() -> list[tuple[Audience, tuple[Item, ...]]]:
            found = ((audience, moment.choose(audience)) for audience in alike)
            return [(audience, items) for audience, items in found if items or keep_empty]

        chosen = await asyncio.to_thread(choosing)
        layouts = [
            (items, audience.subscription.layout or self.publication.layout)
            for audience, items in chosen
        ]
        moment.looks = await looks_at(
            layouts, viewer=self._viewer, site_url=self.publication.site_url
        )

        def writing() -> tuple[Composed, ...]:
            return tuple(
                Composed(
                    digest=moment.write(items, audience.subscription),
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
        due_at: datetime | None = None,
        alert: StoryKey | None = None,
    ) -> tuple[DigestId, ...]:
        """Make the rows of composed digests in one transaction.

        `due_at` None: the messages may leave at once. `alert`: the story of a flash or follow-up;
        nothing is stored, and () given, when it has had that already.
        """
        new = to_be_stored(composed, kind=kind, due_at=due_at)
        ids = await self._digests.store(new, now=now, alert=alert)
        await asyncio.to_thread(tell_stored, ids, new)
        return ids


def to_be_stored(
    composed: Iterable[Composed], *, kind: DigestKind, due_at: datetime | None = None
) -> list[NewDigest]:
    """Give composed digests as they are stored."""
    priority = _PRIORITIES.get(kind, Priority.DIGEST)
    return [
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


def tell_stored(ids: Sequence[DigestId], stored: Sequence[NewDigest]) -> None:
    """Log what was stored; apart from the event loop, for a slot may have ten thousand digests."""
    for digest_id, one in zip(ids, stored, strict=False):
        logger.info(
            "digest stored",
            extra={
                "digest": digest_id,
                "kind": one.kind.value,
                "stories": len(one.digest.items),
                "messages": len(one.digest.messages),
                "chats": len(one.recipients),
            },
        )
