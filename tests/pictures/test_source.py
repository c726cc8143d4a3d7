"""Looking at pictures: many at once, bounded in time, and never twice for nothing."""

from __future__ import annotations

import asyncio
import io
import socket
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from bot.domain.picture import Seen, collage_key
from bot.errors import PictureError
from bot.pictures.cache import PictureCache
from bot.pictures.fetch import Fetcher
from bot.pictures.source import PictureSource
from tests.support.drawing import drawn, photo, png_of
from tests.support.picture_host import Host, dripping, hanging, serving


@pytest.fixture
async def host() -> AsyncIterator[Host]:
    async with serving() as host:
        yield host


@pytest.fixture(autouse=True)
def names(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every name below `.example` is this machine."""
    real = socket.getaddrinfo

    def resolve(name: str, *rest: Any, **how: Any) -> Any:
        return real("127.0.0.1" if name.endswith(".example") else name, *rest, **how)

    with monkeypatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", resolve)
        yield


class Desk:
    """A source on one host, with a cache below a folder."""

    def __init__(self, host: Host, folder: Path, *, patience: float = 10) -> None:
        self.source = PictureSource(
            [folder],
            Fetcher(allow=host.allows),
            cache=PictureCache(folder / "cache"),
            patience=timedelta(seconds=patience),
        )

    async def __aenter__(self) -> PictureSource:
        return self.source

    async def __aexit__(self, *_: object) -> None:
        await self.source.aclose()


async def test_pictures_are_told_by_what_they_are(host: Host, tmp_path: Path) -> None:
    (tmp_path / "below.jpg").write_bytes(photo(1, (640, 480)))
    plain = host.serves("/plain.jpg", photo(2, (900, 600)))
    webp = host.serves("/webp.jpg", photo(3, (500, 400), "WEBP"))
    pixel = host.serves("/pixel.gif", drawn("GIF", (1, 1)))
    huge = host.serves("/huge.png", png_of(20_000, 20_000, bytes(20_001) * 100))
    page = host.serves("/page.jpg", b"<html>", content_type="image/jpeg")
    gone = host.url("/gone.jpg", host="nobody.invalid")
    keys = [plain, webp, pixel, huge, page, gone, "below.jpg", "missing.jpg", "../secret.jpg"]
    async with Desk(host, tmp_path) as source:
        looks = await source.look(keys)
    assert looks == {
        plain: Seen(width=900, height=600),
        webp: Seen(width=500, height=400, is_plain=False),
        pixel: None,
        huge: None,
        page: None,
        "below.jpg": Seen(width=640, height=480),
        "missing.jpg": None,
        "../secret.jpg": None,
    }


@pytest.mark.long
async def test_hosts_that_hang_cost_one_patience_and_only_their_own_pictures(
    host: Host, tmp_path: Path
) -> None:
    host.serves("/good.jpg", photo())
    host.answers("/hangs.jpg", hanging(host))
    host.answers("/drips.jpg", dripping(host, photo()))
    good = [host.url("/good.jpg", host=f"good{n}.example") for n in range(4)]
    hangs = [host.url("/hangs.jpg", host=f"hangs{n}.example") for n in range(4)]
    drips = [host.url("/drips.jpg", host=f"drips{n}.example") for n in range(4)]
    many = [host.url("/hangs.jpg", host="one.example") + f"?{n}" for n in range(12)]
    (tmp_path / "below.jpg").write_bytes(photo())
    async with Desk(host, tmp_path, patience=0) as source:
        assert sorted(await source.look([*hangs, "below.jpg"])) == ["below.jpg"]
    async with Desk(host, tmp_path, patience=4) as source:
        await source.look([host.serves("/first.jpg", photo())])  # what is read once was read
        start = asyncio.get_running_loop().time()
        looks = await source.look([*many, *hangs, *drips, *good])
        assert asyncio.get_running_loop().time() - start < 20
        assert sorted(looks) == sorted(good)
        asked = len(host.asked)
        # What hung is not waited for again, neither by a digest nor by a message that is sent.
        again = await source.look([*hangs, *drips, *good])
        assert sorted(again) == sorted(good)
        for url in hangs:
            with pytest.raises(PictureError):
                await source.load(url)
        assert len(host.asked) == asked


async def test_what_was_looked_at_is_loaded_from_the_cache_also_after_a_restart(
    host: Host, tmp_path: Path
) -> None:
    url = host.serves("/a.webp", photo(1, (700, 500), "WEBP"))
    async with Desk(host, tmp_path) as source:
        await source.look([url])
        first = await source.load(url)
    async with Desk(host, tmp_path) as source:
        assert await source.load(url) == first
        assert first.format == "JPEG"
    assert host.asked == ["/a.webp"]


async def test_a_collage_is_drawn_from_its_name_with_the_same_bytes_every_time(
    host: Host, tmp_path: Path
) -> None:
    (tmp_path / "b.jpg").write_bytes(photo(2))
    keys = [host.serves("/a.jpg", photo(1)), "b.jpg", host.serves("/c.png", photo(3, kind="PNG"))]
    key = collage_key([(1, keys[0]), (2, keys[1]), (7, keys[2])])
    async with Desk(host, tmp_path) as source:
        first = await source.load(key)
    async with Desk(host, tmp_path) as source:
        second = await source.load(key)
    assert first == second
    with Image.open(io.BytesIO(first.data)) as image:
        assert (image.format, image.size) == ("JPEG", (first.width, first.height))


async def test_a_picture_that_was_lost_leaves_its_place_and_the_numbers_stay(
    host: Host, tmp_path: Path
) -> None:
    whole, lost = host.serves("/a.jpg", photo(1)), host.serves("/b.jpg", b"no picture")
    async with Desk(host, tmp_path) as source:
        picture = await source.load(collage_key([(1, whole), (2, lost)]))
        with pytest.raises(PictureError, match="none"):
            await source.load(collage_key([(1, lost), (2, lost)]))
    with Image.open(io.BytesIO(picture.data)) as image:
        right = image.crop((image.width - 200, 150, image.width, image.height)).convert("L")
        greys = right.tobytes()
        assert max(greys) - min(greys) < 12  # one grey, but for what JPEG makes of it


@pytest.mark.parametrize(
    "key", ["collage:", "collage:{}", "collage:[]", "collage:[[1]]", 'collage:[[1,"collage:[]"]]']
)
async def test_a_name_that_names_no_collage_is_a_picture_error(
    host: Host, tmp_path: Path, key: str
) -> None:
    async with Desk(host, tmp_path) as source:
        with pytest.raises(PictureError):
            await source.load(key)
