"""Illustrate: look at the pictures of chosen stories before their digest is written."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Sequence

from bot.domain.article import Article
from bot.domain.digest import Item
from bot.domain.picture import Looks, PictureKey
from bot.domain.subscription import Layout
from bot.publishing.ports import Viewer
from bot.rendering.illustration import keys_to_look_at

Plan = tuple[Sequence[Item], Layout]
"""The items of a digest, and the layout that it will have."""


async def looks_at(digests: Iterable[Plan], *, viewer: Viewer, site_url: str | None) -> Looks:
    """Look at every picture that the digests may show, each once."""
    keys = await asyncio.to_thread(picture_keys, tuple(digests), site_url=site_url)
    return await viewer.look(keys) if keys else {}


def picture_keys(digests: Iterable[Plan], *, site_url: str | None) -> tuple[PictureKey, ...]:
    """Name the pictures that digests may show."""
    # Thousands of audiences share their stories: each is looked through once.
    articles = {
        id(article): article for items, layout in digests for article in _shown(items, layout)
    }
    keys = (key for one in articles.values() for key in keys_to_look_at(one, site_url=site_url))
    return tuple(dict.fromkeys(keys))


def _shown(items: Sequence[Item], layout: Layout) -> Iterator[Article]:
    """Give the articles whose pictures a layout shows: a list has one, the others one a story."""
    for item in items[:1] if layout is Layout.LIST else items:
        yield item.article
        if layout in (Layout.ALBUM, Layout.COVER, Layout.RICH):
            yield from item.also
