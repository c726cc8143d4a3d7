"""One door to every picture that is looked at or uploaded, wherever it lies."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from bot.domain.picture import Looks, Seen, is_collage, parts_of
from bot.errors import PictureError, PictureUnreachable
from bot.pictures.cache import PictureCache
from bot.pictures.collage import drawn_collage
from bot.pictures.judge import PictureFile
from bot.pictures.local import load_local

MAX_LOOKS = 32
"""Pictures fetched at once; below the connections of the fetcher, so that none waits there."""
MAX_LOOKS_PER_HOST = 4
"""A host that hangs must not hold all places."""
BAD_FOR = 600.0
"""Seconds for which what could not be had is not asked for again."""
REMEMBERED = 5000
PATIENCE = timedelta(seconds=5)
"""A digest waits no longer for the hosts of its pictures."""


class Fetcher(Protocol):
    """Fetches pictures from the web."""

    async def fetch(self, url: str) -> PictureFile:
        """Fetch a picture. Raises PictureError."""
        ...

    async def aclose(self) -> None:
        """Close every connection."""
        ...


class PictureSource:
    """Looks at and loads pictures by what stands behind `attach://` in a stored message.

    Without a `fetcher` the web is not asked. Without a `cache` every picture of the web is fetched
    whenever it is needed.
    """

    def __init__(
        self,
        folders: Sequence[Path],
        fetcher: Fetcher | None,
        *,
        cache: PictureCache | None = None,
        patience: timedelta = PATIENCE,
    ) -> None:
        self._folders = tuple(folders)
        self._fetcher = fetcher
        self._cache = cache
        self._patience = patience
        self._decoding = asyncio.Semaphore(1)  # a large picture takes much memory
        self._looking = asyncio.Semaphore(MAX_LOOKS)
        self._hosts: dict[str, asyncio.Semaphore] = {}
        self._seen: OrderedDict[str, Seen] = OrderedDict()
        self._bad: OrderedDict[str, tuple[float, PictureError]] = OrderedDict()

    async def load(self, key: str) -> PictureFile:
        """Load by web address, by path below the articles folders, or by a collage's key.

        Raises PictureError and nothing else: the message then goes without its picture.
        """
        if is_collage(key):
            return await self._collage(key)
        if not is_web(key):
            async with self._decoding:
                return await asyncio.to_thread(load_local, self._folders, key)
        if self._cache is not None:
            kept = await asyncio.to_thread(self._cache.get, key)
            if kept is not None:
                return kept
        self._refuse_bad(key)
        if self._fetcher is None:
            raise PictureUnreachable("nothing is fetched here")
        try:
            picture = await self._fetcher.fetch(key)
        except PictureError as error:
            self._condemn(key, error)
            raise
        if self._cache is not None:
            await asyncio.to_thread(self._cache.put, key, picture)
        return picture

    async def look(self, keys: Iterable[str]) -> Looks:
        """Look at pictures, many at once; the web is waited for no longer than `patience` in all.

        None stands for a picture that cannot be sent; one that could not be had is left out.
        """
        looks: dict[str, Seen | None] = {}
        wanted = dict.fromkeys(keys)
        async with asyncio.TaskGroup() as group:
            group.create_task(self._look_at_web([key for key in wanted if is_web(key)], looks))
            for key in wanted:
                if not is_web(key):  # a matter of our own processor
                    group.create_task(self._look(key, looks))
        return {key: looks[key] for key in wanted if key in looks}

    async def _look_at_web(self, keys: Sequence[str], looks: dict[str, Seen | None]) -> None:
        patience = self._patience.total_seconds()
        try:
            async with asyncio.timeout(patience), asyncio.TaskGroup() as group:
                for key in keys:
                    group.create_task(self._look(key, looks))
        except TimeoutError:
            # Nor are they waited for once more when the messages are sent.
            for key in keys:
                if key not in looks:
                    self._condemn(key, PictureUnreachable("its host takes too long"))

    async def aclose(self) -> None:
        """Close the connections of the fetcher."""
        if self._fetcher is not None:
            await self._fetcher.aclose()

    async def _look(self, key: str, looks: dict[str, Seen | None]) -> None:
        if key in self._seen:
            self._seen.move_to_end(key)
            looks[key] = self._seen[key]
            return
        async with AsyncExitStack() as places:
            if is_web(key):
                for place in (self._host(key), self._looking):
                    await places.enter_async_context(place)
            try:
                seen = (await self.load(key)).seen
            except PictureUnreachable:
                return
            except PictureError:
                looks[key] = None
                return
        looks[key] = seen
        if is_web(key):  # a file of the library may be another one tomorrow
            self._seen[key] = seen
            if len(self._seen) > REMEMBERED:
                self._seen.popitem(last=False)

    async def _collage(self, key: str) -> PictureFile:
        pictures: list[tuple[int, bytes | None]] = []
        for number, one in parts_of(key):
            try:
                pictures.append((number, (await self.load(one)).data))
            except PictureError:
                pictures.append((number, None))
        async with self._decoding:
            return await asyncio.to_thread(drawn_collage, pictures)

    def _host(self, key: str) -> asyncio.Semaphore:
        if len(self._hosts) > REMEMBERED:
            self._hosts = {name: one for name, one in self._hosts.items() if one.locked()}
        return self._hosts.setdefault(_host_of(key), asyncio.Semaphore(MAX_LOOKS_PER_HOST))

    def _refuse_bad(self, key: str) -> None:
        known = self._bad.get(key)
        if known is None:
            return
        until, error = known
        if asyncio.get_running_loop().time() < until:
            raise error.with_traceback(None)
        del self._bad[key]

    def _condemn(self, key: str, error: PictureError) -> None:
        self._bad[key] = (asyncio.get_running_loop().time() + BAD_FOR, error)
        self._bad.move_to_end(key)
        if len(self._bad) > REMEMBERED:
            self._bad.popitem(last=False)


def is_web(key: str) -> bool:
    """Whether a key is a web address."""
    return key[:8].lower().startswith(("http://", "https://"))


def _host_of(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
