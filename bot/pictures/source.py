"""One door to every picture that is uploaded, wherever it lies."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from bot.pictures.fetch import Fetcher
from bot.pictures.judge import PictureFile
from bot.pictures.local import load_local


class PictureSource:
    """Loads pictures by what stands behind `attach://` in a stored message."""

    def __init__(self, folders: Sequence[Path], fetcher: Fetcher) -> None:
        self._folders = tuple(folders)
        self._fetcher = fetcher
        self._decoding = asyncio.Semaphore(1)  # a large picture takes much memory

    async def load(self, key: str) -> PictureFile:
        """Load by web address or by path below the articles folders.

        Raises PictureError and nothing else: the message then goes without its picture.
        """
        if key[:8].lower().startswith(("http://", "https://")):
            return await self._fetcher.fetch(key)
        async with self._decoding:
            return await asyncio.to_thread(load_local, self._folders, key)

    async def aclose(self) -> None:
        """Close the connections of the fetcher."""
        await self._fetcher.aclose()
