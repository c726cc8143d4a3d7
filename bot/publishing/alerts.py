"""Alerts: a story so hot that it goes out at once, and one that grows hotter after it was sent."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.domain.alerts import FLASH_AGE, FOLLOW_UP_AGE, is_much_hotter
from bot.domain.article import StoryKey
from bot.domain.digest import Digest, DigestKind, Item
from bot.domain.picture import Looks
from bot.domain.selection import Pool
from bot.domain.subscription import Hours, Subscription
from bot.errors import StoreError
from bot.publishing.catalogue import Catalogue
from bot.publishing.channels import Channels
from bot.publishing.compose import Composed, Composer, audiences
from bot.publishing.illustrate import looks_at
from bot.publishing.moment import Audience
from bot.publishing.ports import Viewer
from bot.publishing.publication import Publication
from bot.rendering import alerts as looks_of
from bot.rendering import digests as rendering
from bot.store.alerts import Alerts as AlertRows
from bot.store.articles import Articles
from bot.store.deliveries import Deliveries
from bot.store.subscriptions import Subscriptions

logger = logging.getLogger(__name__)

NO_CAP = 1000
LOOK_AGAIN = timedelta(minutes=5)
"""What nobody could get is looked at again after so long: quiet hours end, readers come."""
MOST_REMEMBERED = 1000


class Alerts:
    """Sends what cannot wait for the next digest, within what the operator allows a day."""

    def __init__(
        self,
        *,
        publication: Publication,
        rows: AlertRows,
        composer: Composer,
        articles: Articles,
        deliveries: Deliveries,
        subscriptions: Subscriptions,
        channels: Channels,
        catalogue: Catalogue,
        viewer: Viewer,
        wake_courier: Callable[[], None],
    ) -> None:
        self._publication = publication
        self._rows = rows
        self._composer = composer
        self._articles = articles
        self._deliveries = deliveries
        self._subscriptions = subscriptions
        self._channels = channels
        self._catalogue = catalogue
        self._viewer = viewer
        self._wake_courier = wake_courier
        self._looked_at: dict[tuple[DigestKind, StoryKey], datetime] = {}

    async def tick(self, now: datetime) -> None:
        """Send the flashes and follow-ups that are due; at most one of each kind a call.

        Never beside the composing of a slot: both would choose without knowing of one another.
        """
        rules = self._publication.alerts
        if rules.flash_heat is not None and await self._has_room(
            DigestKind.FLASH, rules.flash_per_day, now
        ):
            await self._flash(rules.flash_heat, now)
        if await self._has_room(DigestKind.FOLLOW_UP, rules.follow_ups_per_day, now):
            await self._follow_up(now)

    async def _has_room(self, kind: DigestKind, per_day: int, now: datetime) -> bool:
        if per_day <= 0:
            return False
        local = now.astimezone(ZoneInfo(self._publication.zone))
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
        return await self._rows.count(kind, since=midnight) < per_day

    async def _flash(self, heat: int, now: datetime) -> None:
        for key in await self._rows.flashable(heat=heat, since=now - FLASH_AGE):
            if not self._is_due(DigestKind.FLASH, key, now):
                continue
            readers = await self._wanting_flash(now)
            composed = await self._composed(key, readers, now, kind=DigestKind.FLASH)
            if not composed:
                continue  # nobody lacks it, or it is quiet where it is wanted: looked at again
            if await self._store(composed, DigestKind.FLASH, key, now):
                return

    async def _follow_up(self, now: datetime) -> None:
        hot_heat = self._publication.rules.hot_heat
        since = now - FOLLOW_UP_AGE
        dated = since - self._publication.rules.max_age
        for story in await self._rows.hotter(since=since, dated=dated, heat=hot_heat):
            if not is_much_hotter(story.heat, story.before, hot_heat=hot_heat):
                continue
            if not self._is_due(DigestKind.FOLLOW_UP, story.story_key, now):
                continue
            readers = await self._following_up(story.story_key, now)
            composed = await self._composed(
                story.story_key, readers, now, kind=DigestKind.FOLLOW_UP
            )
            if composed and await self._store(composed, DigestKind.FOLLOW_UP, story.story_key, now):
                return

    def _is_due(self, kind: DigestKind, key: StoryKey, now: datetime) -> bool:
        """Whether a story was not looked at a moment ago: to ask who lacks it reads histories."""
        looked_at = self._looked_at.pop((kind, key), None)
        is_due = looked_at is None or abs(now - looked_at) >= LOOK_AGAIN
        self._looked_at[kind, key] = now if is_due or looked_at is None else looked_at
        while len(self._looked_at) > MOST_REMEMBERED:
            del self._looked_at[next(iter(self._looked_at))]
        return is_due

    async def _store(
        self, composed: Sequence[Composed], kind: DigestKind, key: StoryKey, now: datetime
    ) -> bool:
        """Store an alert and mark its story, both or neither; False when it was marked before."""
        try:
            if not await self._composer.store(composed, kind=kind, now=now, alert=key):
                return False
        except StoreError:
            self._looked_at.pop((kind, key), None)  # it is still to be sent, as soon as that works
            raise
        chats = sum(len(one.addresses) for one in composed)
        logger.info("alert", extra={"kind": kind.value, "story": key, "chats": chats})
        self._wake_courier()
        return True

    async def _wanting_flash(self, now: datetime) -> list[Subscription]:
        """Give who wants flashes and may have one now; the settings' channels first."""
        channels = [one for one in await self._channels.subscriptions() if one.wants_flash]
        return self._awake(channels, await self._subscriptions.wanting_flash(now), now)

    async def _following_up(self, key: StoryKey, now: datetime) -> list[Subscription]:
        """Give who has had a story and may have more of it now; the settings' channels first."""
        channels = [one for one in await self._channels.subscriptions() if one.takes_follow_ups]
        had_by = await self._rows.had_by(key, among=[one.chat_id for one in channels])
        channels = [one for one in channels if (one.chat_id, one.thread_id) in had_by]
        return self._awake(channels, await self._subscriptions.following_up(key, now), now)

    def _awake(
        self, channels: Iterable[Subscription], others: Iterable[Subscription], now: datetime
    ) -> list[Subscription]:
        """Give each once, without those that pause or have quiet hours now."""
        found: dict[tuple[int, int], Subscription] = {}
        are_quiet: dict[Hours, bool] = {}
        for one in (*channels, *others):
            if (one.chat_id, one.thread_id) in found:
                continue
            if one.paused_until is not None and now < one.paused_until:
                continue
            if one.hours not in are_quiet:
                quiet = self._publication.timetable(one.hours).quiet
                are_quiet[one.hours] = quiet is not None and quiet.until(now) is not None
            if not are_quiet[one.hours]:
                found[one.chat_id, one.thread_id] = one
        return list(found.values())

    async def _composed(
        self, key: StoryKey, readers: Sequence[Subscription], now: datetime, *, kind: DigestKind
    ) -> tuple[Composed, ...]:
        """Write the story for everybody who may get it, alike for those who are alike."""
        if not readers:
            return ()
        addresses = [(one.chat_id, one.thread_id) for one in readers]
        as_of = await self._deliveries.newest()
        received = await self._deliveries.received_by(addresses)
        groups = audiences(readers, received)
        pool = await self._pool(key, groups, now)

        def choosing() -> list[tuple[Audience, Item]]:
            items = ((one, self._item(pool, key, one, kind)) for one in groups)
            return [(one, item) for one, item in items if item is not None]

        chosen = await asyncio.to_thread(choosing)
        plans = [
            ((item,), one.subscription.layout or self._publication.layout) for one, item in chosen
        ]
        site_url = self._publication.site_url
        looks = await looks_at(plans, viewer=self._viewer, site_url=site_url)
        return tuple(
            Composed(
                digest=self._digest(item, one.subscription, kind, key, looks, now),
                addresses=one.addresses,
                subscription=one.subscription,
                received=one.received,
                # A follow-up comes to those who have had the story: nothing races with it.
                as_of=as_of,
            )
            for one, item in chosen
        )

    async def _pool(self, key: StoryKey, groups: Iterable[Audience], now: datetime) -> Pool:
        """Put the story among those that were received: what is nothing new is no flash."""
        keys = {key, *(story for one in groups for story in one.received)}
        known = await self._articles.by_story_keys(keys)
        oldest = now - self._publication.rules.max_age
        young = [
            one
            for one in known.values()
            if one.article.story_key == key or (one.dated_at is not None and one.dated_at >= oldest)
        ]
        return Pool(young, topics=self._catalogue.topics, now=now)

    def _item(self, pool: Pool, key: StoryKey, audience: Audience, kind: DigestKind) -> Item | None:
        """Give the story as the rules of an audience let it through; None when they do not."""
        rules = replace(
            self._publication.rules_for(audience.subscription, self._catalogue.topics),
            size=NO_CAP,
            provider_cap=NO_CAP,
            topic_cap=NO_CAP,
            sections=(),
        )
        received = audience.received
        if kind is DigestKind.FOLLOW_UP:
            received = frozenset()
        items = pool.choose(rules, received=received, accounts=False).items
        mine = (item for item in items if key in item.story_keys)
        found = next(mine, None)
        if found is None or (kind is DigestKind.FLASH and found.article.story_key != key):
            return None
        article = next(one for one in (found.article, *found.also) if one.story_key == key)
        return replace(found, article=article, also=(), section=None)

    def _digest(
        self,
        item: Item,
        subscription: Subscription,
        kind: DigestKind,
        key: StoryKey,
        looks: Looks,
        now: datetime,
    ) -> Digest:
        style = self._publication.style(
            is_shared=subscription.chat_kind.is_shared,
            now=now,
            layout=subscription.layout,
            looks=looks,
            hours=subscription.hours,
            language=subscription.reading_language,
        )
        style = replace(style, is_silent=bool(subscription.is_silent))
        if kind is DigestKind.FLASH:
            messages = rendering.render((item,), style=looks_of.headed_as_flash(style))
        else:
            written = rendering.render((item,), style=looks_of.headed_as_follow_up(style))
            messages = tuple(replace(message, follows=key) for message in written)
        return Digest(items=(item,), messages=messages)
