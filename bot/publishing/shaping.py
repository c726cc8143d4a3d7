"""Shaping: what flags and words of the command line make of composed digests."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.domain.article import StoryKey
from bot.domain.digest import Digest, Item
from bot.domain.hand import Sheet
from bot.domain.subscription import Layout
from bot.domain.topic import folded
from bot.domain.urls import canonical_url
from bot.publishing.candidates import Candidates
from bot.publishing.compose import Composed
from bot.publishing.illustrate import looks_at
from bot.publishing.moment import style_for
from bot.publishing.ports import Viewer
from bot.publishing.proofs import headed
from bot.publishing.publication import Publication
from bot.rendering import digests as rendering


@dataclass(frozen=True, slots=True, kw_only=True)
class Hand:
    """What an editor wants otherwise than the rules: stories by link, id, path or words."""

    drop: Sequence[str] = ()
    swap: Sequence[str] = ()
    add: Sequence[str] = ()
    pin: Sequence[str] = ()
    layout: Layout | None = None
    head: str | None = None

    @property
    def is_empty(self) -> bool:
        """Whether the rules alone decide."""
        return self == Hand()


@dataclass(frozen=True, slots=True, kw_only=True)
class Shaped:
    """A digest with its sheet; `missing` names the wishes that could not be fulfilled, and why."""

    composed: Composed
    sheet: Sheet
    missing: tuple[str, ...] = ()


class Shaper:
    """Shapes digests that were composed for chats, before they are stored."""

    def __init__(self, *, publication: Publication, candidates: Candidates, viewer: Viewer) -> None:
        self._publication = publication
        self._candidates = candidates
        self._viewer = viewer

    async def shape(self, composed: Composed, hand: Hand, *, now: datetime) -> Shaped:
        """Do what flags ask for: swap, drop, add, pin, then layout and head line."""
        sheet = Sheet(lines=composed.digest.items)
        missing: list[str] = []
        for flag, wishes, step in self._steps(hand):
            for wish in wishes:
                changed = await step(composed, sheet, wish, now)
                if changed is None:
                    missing.append(f"--{flag}: {wish!r} is no story that can be found here")
                else:
                    sheet = changed
        sheet = replace(sheet, layout=hand.layout, head=hand.head)
        written = await self.rewritten(composed, sheet, now=now)
        return Shaped(composed=written, sheet=sheet, missing=tuple(missing))

    def _steps(self, hand: Hand) -> tuple[tuple[str, Sequence[str], _Step], ...]:
        return (
            ("swap", hand.swap, self._swap),  # first: what is dropped must not come back by it
            ("drop", hand.drop, self._drop),
            ("add", hand.add, self._add),
            ("pin", hand.pin, self._pin),
        )

    async def rewritten(self, composed: Composed, sheet: Sheet, *, now: datetime) -> Composed:
        """Write the messages of a sheet for the chats of a digest."""
        plan = self._publication
        wish = composed.subscription
        layout = sheet.layout or wish.layout or plan.layout
        items = sheet.items
        looks = await looks_at([(items, layout)], viewer=self._viewer, site_url=plan.site_url)
        style = style_for(wish, publication=plan, looks=looks, now=now, layout=layout)
        messages = await asyncio.to_thread(rendering.render, items, style=headed(style, sheet))
        return replace(composed, digest=Digest(items=items, messages=messages))

    async def ranked(self, composed: Composed, sheet: Sheet, now: datetime) -> tuple[Item, ...]:
        """Give what else these chats could get, best first."""
        return await self._candidates.ranked(
            composed.subscription,
            received=composed.received,
            without=sheet.stories,
            now=now,
        )

    async def found(
        self, composed: Composed, sheet: Sheet, words: str, now: datetime
    ) -> Item | None:
        """Find one story that could be added: named, by words of its title, else by search."""
        for item in await self.ranked(composed, sheet, now):
            if _is_meant(item, words):
                return item
        found = await self._candidates.found(words, received=composed.received, now=now)
        fresh = (one for one in found.items if sheet.stories.isdisjoint(one.story_keys))
        return next(fresh, None)

    async def _drop(
        self, composed: Composed, sheet: Sheet, wish: str, now: datetime
    ) -> Sheet | None:
        number = line_of(sheet, wish)
        return None if number is None else sheet.dropped(number)

    async def _swap(
        self, composed: Composed, sheet: Sheet, wish: str, now: datetime
    ) -> Sheet | None:
        number = line_of(sheet, wish)
        others = await self.ranked(composed, sheet, now)
        return None if number is None or not others else sheet.swapped(number, others[0])

    async def _add(
        self, composed: Composed, sheet: Sheet, wish: str, now: datetime
    ) -> Sheet | None:
        if line_of(sheet, wish) is not None:
            return sheet
        item = await self.found(composed, sheet, wish, now)
        return None if item is None else sheet.added(item)

    async def _pin(
        self, composed: Composed, sheet: Sheet, wish: str, now: datetime
    ) -> Sheet | None:
        added = await self._add(composed, sheet, wish, now)
        if added is None:
            return None
        return added.pinned_to_top(line_of(added, wish) or len(added.lines))


_Step = Callable[[Composed, Sheet, str, datetime], Awaitable[Sheet | None]]


def line_of(sheet: Sheet, wish: str) -> int | None:
    """Give the number of the line that a link, id, path or words of a title name."""
    numbered = enumerate(sheet.lines, start=1)
    return next((number for number, line in numbered if _is_meant(line, wish)), None)


def _is_meant(item: Item, wish: str) -> bool:
    wish = wish.strip()
    article = item.article
    key = canonical_url(wish) if "://" in wish else None
    if wish in (article.story_id, article.path) or (
        key is not None and StoryKey(key) in article.addresses
    ):
        return True
    words = folded(wish).split()
    title = folded(article.title).split()
    return bool(words) and set(words) <= set(title)
