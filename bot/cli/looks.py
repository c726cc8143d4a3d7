"""The pictures of a preview: looked at as the bot does, in a cache that ends with the command."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from bot.domain.digest import Item
from bot.domain.picture import Looks
from bot.domain.subscription import Layout
from bot.errors import PictureError
from bot.publishing.illustrate import picture_keys

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.cli.page import Embedded
    from bot.pictures.source import PictureSource

MADE_OF_PICTURES = (Layout.ALBUM, Layout.COVER, Layout.RICH)
"""Layouts that are uploaded: without the bytes of their pictures there is nothing to see."""


class Lookout:
    """Looks at the pictures of chosen stories below `folders`, and on the web where it must."""

    def __init__(self, folders: Sequence[Path], *, site_url: str | None) -> None:
        self._folders = folders
        self._site_url = site_url
        self._cache = tempfile.TemporaryDirectory(prefix="gazette-preview-")

    def __enter__(self) -> Lookout:
        return self

    def __exit__(self, *_: object) -> None:
        self._cache.cleanup()

    def look(self, items: Sequence[Item], layouts: Sequence[Layout]) -> Looks:
        """Look at what these layouts would show.

        Lists and cards alone name pictures of the web by their address: no preview waits for it.
        """
        from bot.pictures.source import is_web

        plans = [(items, layout) for layout in layouts]
        wanted = picture_keys(plans, site_url=self._site_url)
        if not any(layout in MADE_OF_PICTURES for layout in layouts):
            wanted = tuple(key for key in wanted if not is_web(key))
        return asyncio.run(self._looked(wanted)) if wanted else {}

    def embed(self, keys: Sequence[str]) -> dict[str, Embedded]:
        """Load pictures for a page; those that cannot be had are left out."""
        return asyncio.run(self._embedded(keys)) if keys else {}

    async def _looked(self, keys: Sequence[str]) -> Looks:
        async with self._source(keys) as source:
            return await source.look(keys)

    async def _embedded(self, keys: Sequence[str]) -> dict[str, Embedded]:
        from bot.cli.page import embedded

        found: dict[str, Embedded] = {}
        async with self._source(keys) as source:
            for key in dict.fromkeys(keys):
                try:
                    found[key] = embedded((await source.load(key)).data)
                except PictureError:
                    continue
        return found

    @asynccontextmanager
    async def _source(self, keys: Sequence[str]) -> AsyncIterator[PictureSource]:
        from bot.pictures.cache import PictureCache
        from bot.pictures.source import PictureSource

        fetcher = None
        if any("://" in key for key in keys):
            # Imported here: most libraries have all their pictures beside the articles.
            from bot.pictures.fetch import Fetcher

            fetcher = Fetcher()
        cache = PictureCache(Path(self._cache.name))
        source = PictureSource(self._folders, fetcher, cache=cache)
        try:
            yield source
        finally:
            await source.aclose()
