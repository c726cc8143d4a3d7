"""Outlook: what digests would hold now, for people who look at their settings."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.clock import Clock
from bot.domain.events import Links
from bot.domain.selection import Choice, Pool
from bot.domain.subscription import Subscription
from bot.errors import StoreError
from bot.publishing.catalogue import Catalogue
from bot.publishing.publication import Publication
from bot.store.articles import Articles
from bot.store.deliveries import Deliveries

logger = logging.getLogger(__name__)

KEPT = timedelta(minutes=5)
"""How long a library that has not changed is asked again as it was read; a changed one is read
anew in the background as often."""
MOST_KEPT = timedelta(minutes=30)
"""Older than that nobody is shown, even if the library takes long to read."""
QUICK = timedelta(milliseconds=250)
"""Whoever looks may wait for that; what takes longer is read while people see what was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """The library as it was read: its articles, and how many each source and kind has."""

    pool: Pool
    sources: Counter[str]
    kinds: Counter[str]
    revision: str
    at: datetime
    took: timedelta


class Outlook:
    """To find the events of ten thousand articles takes seconds: it is done once for all who look.

    A library that is read quickly is read by whoever looks first after a change. Another is read
    in the background, and for these seconds people are shown what was.
    """

    def __init__(
        self,
        *,
        publication: Publication,
        articles: Articles,
        deliveries: Deliveries,
        catalogue: Catalogue,
        clock: Clock,
        quick: timedelta = QUICK,
    ) -> None:
        self._publication = publication
        self._articles = articles
        self._deliveries = deliveries
        self._catalogue = catalogue
        self._clock = clock
        self._quick = quick
        self._view: View | None = None
        self._reading = asyncio.Lock()
        self._choosing = asyncio.Lock()
        self._renewing: asyncio.Task[None] | None = None

    async def view(self) -> View:
        """Give the library as it is, or as it was a moment ago where that would take long."""
        known, age = self._view, self._age()
        if known is not None and timedelta(0) <= age < MOST_KEPT:
            if age < KEPT and known.revision == await self._articles.revision():
                return known
            if known.took > self._quick:
                self._renew_soon()
                return known
        return await self._read()

    async def choose(self, wish: Subscription) -> Choice:
        """Choose as the next digest of a subscription would, if it came now."""
        view = await self.view()
        address = (wish.chat_id, wish.thread_id)
        received = (await self._deliveries.received_by([address]))[address]
        rules = self._publication.rules_for(wish, self._catalogue.topics)
        choose = view.pool.choose if received else view.pool.choose_first
        async with self._choosing:  # a pool keeps what it finds out, and is not made for two
            return await asyncio.to_thread(choose, rules, received=received, accounts=False)

    async def links(self) -> Links | None:
        """Give the events of the library as it is; None where they have to be found first."""
        known = self._view
        if known is None or not timedelta(0) <= self._age() < MOST_KEPT:
            return None
        return known.pool.links if known.revision == await self._articles.revision() else None

    def begin(self) -> None:
        """Read the library in the background, before somebody looks."""
        self._renew_soon()

    async def renew(self) -> None:
        """Read the library if it has changed, or if it was read long ago."""
        known = self._view
        if (
            known is None
            or not timedelta(0) <= self._age() < MOST_KEPT / 2
            or known.revision != await self._articles.revision()
        ):
            await self._read()

    async def close(self) -> None:
        """Read nothing any more."""
        if self._renewing is not None:
            self._renewing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._renewing

    def _age(self) -> timedelta:
        """Say how old the view is; endless when there is none."""
        return timedelta.max if self._view is None else self._clock.now() - self._view.at

    def _renew_soon(self) -> None:
        if self._renewing is None or self._renewing.done():
            self._renewing = asyncio.create_task(self._renew_quietly(), name="outlook")

    async def _renew_quietly(self) -> None:
        try:
            await self._read()
        except StoreError as error:
            logger.warning("the library was not read anew", extra={"reason": str(error)})

    async def _read(self) -> View:
        async with self._reading:
            now, revision = self._clock.now(), await self._articles.revision()
            known = self._view
            is_same = known is not None and known.revision == revision
            if known is not None and is_same and timedelta(0) <= now - known.at < KEPT:
                return known  # somebody else was quicker
            begun = time.perf_counter()
            rules, topics = self._publication.rules, self._catalogue.topics
            library = await self._articles.known(since=now - rules.max_age)

            def read() -> Pool:
                pool = Pool(library, topics=topics, now=now)
                pool.choose(rules, accounts=False)  # finds the events, which takes longest
                return pool

            pool = await asyncio.to_thread(read)
            articles = [one.article for one in library if not one.article.is_removed]
            self._view = View(
                pool=pool,
                sources=Counter(one.provider_key for one in articles if one.provider_key),
                kinds=Counter(one.kind.strip().casefold() for one in articles if one.kind.strip()),
                revision=revision,
                at=now,
                took=timedelta(seconds=time.perf_counter() - begun),
            )
            return self._view
