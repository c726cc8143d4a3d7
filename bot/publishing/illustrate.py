"""Illustrate: look at the pictures of chosen stories before their digest is written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from bot.domain.digest import Item
from bot.domain.picture import Looks, PictureKey
from bot.domain.subscription import Layout
from bot.publishing.ports import Viewer
from bot.rendering.illustration import keys_to_look_at

Plan = tuple[Sequence[Item], Layout]
"""The items of a digest, and the layout that it will have."""


async def looks_at(
    digests: Iterable[Plan],
    *,
    viewer: Viewer,
    site_url: str | None,
) -> Looks:
    """Look at every picture that the digests may show, each once."""
    wanted = dict.fromkeys(
        key for items, layout in digests for key in picture_keys(items, layout, site_url=site_url)
    )
    return await viewer.look(wanted) if wanted else {}


def picture_keys(
    items: Sequence[Item], layout: Layout, *, site_url: str | None
) -> Iterator[PictureKey]:
    """Name the pictures that a digest may show: a list shows one, other layouts one a story."""
    for item in items[:1] if layout is Layout.LIST else items:
        yield from keys_to_look_at(item.article, site_url=site_url)
        if layout in (Layout.ALBUM, Layout.COVER):
            for other in item.also:
                yield from keys_to_look_at(other, site_url=site_url)
