from __future__ import annotations

import asyncio
import gzip
import socket
import threading
import zlib
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import web

from bot.errors import PictureError, PictureUnreachable
from bot.pictures.fetch import Fetcher
from bot.pictures.judge import MAX_BYTES
from tests.support.drawing import drawn, png_of
from tests.support.picture_host import Host, dripping, hanging, serving
from tests.support.steps import Run, cancel, disturbed_at_each_step

PICTURE = drawn("PNG")


@pytest.fixture
async def host() -> AsyncIterator[Host]:
    async with serving() as host:
        yield host


@pytest.fixture
async def fetcher(host: Host) -> AsyncIterator[Fetcher]:
    fetcher = Fetcher(allow=host.allows, time_limit=timedelta(seconds=5))
    yield fetcher
    await fetcher.aclose()


async def test_a_picture_is_fetched(host: Host, fetcher: Fetcher) -> None:
    picture = await fetcher.fetch(host.serves("/a.png", PICTURE))
    assert (picture.data, picture.format, picture.width) == (PICTURE, "PNG", 300)


async def test_the_bytes_decide_and_not_the_name_or_the_declared_type(
    host: Host, fetcher: Fetcher
) -> None:
    lie = host.serves("/a.html", PICTURE, content_type="text/html")
    assert (await fetcher.fetch(lie)).format == "PNG"
    webp = host.serves("/b.png", drawn("WEBP"), content_type="image/png")
    assert (await fetcher.fetch(webp)).name == "picture.jpg"
    page = host.serves("/c.png", b"<html>", content_type="image/png")
    with pytest.raises(PictureError, match="not a picture"):
        await fetcher.fetch(page)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_redirects_are_followed(host: Host, fetcher: Fetcher, status: int) -> None:
    host.serves("/end.png", PICTURE)
    start = host.redirects("/start", "end.png", status)
    assert (await fetcher.fetch(start)).width == 300


async def test_at_most_three_redirects(host: Host, fetcher: Fetcher) -> None:
    host.serves("/3", PICTURE)
    for number in range(3):
        host.redirects(f"/{number}", f"/{number + 1}")
    assert (await fetcher.fetch(host.url("/0"))).width == 300
    with pytest.raises(PictureError, match="redirects"):
        await fetcher.fetch(host.redirects("/circle", "/circle"))


async def test_no_redirect_leads_to_another_place_of_this_machine(
    host: Host, fetcher: Fetcher
) -> None:
    async with serving() as other:
        secret = other.serves("/secret.png", PICTURE)
        with pytest.raises(PictureError, match="public"):
            await fetcher.fetch(host.redirects("/a", secret))
        with pytest.raises(PictureError, match="public"):
            await fetcher.fetch(secret)
        assert other.asked == []


@pytest.mark.parametrize(
    "target",
    [
        "http://169.254.169.254/latest/meta-data/", "http://[::1]/x", "http://0x7f.1/x",
        "http://2130706433/x", "file:///etc/passwd", "ftp://example.org/x", "gopher://x", "//",
        "data:image/png;base64,AAAA", "http://user:word@example.org/x", "http://", "http://[x",
        "http://a" + "b" * 3000, "\ud800",
    ],
)  # fmt: skip
async def test_an_address_that_leads_elsewhere_is_refused_given_or_redirected_to(
    host: Host, fetcher: Fetcher, target: str
) -> None:
    with pytest.raises(PictureError):
        await fetcher.fetch(target)
    if target.isprintable():
        with pytest.raises(PictureError):
            await fetcher.fetch(host.redirects("/a", target))


async def test_by_default_nothing_on_this_machine_is_asked(host: Host) -> None:
    fetcher = Fetcher()
    for name in ("127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "127.1", "0.0.0.0"):
        with pytest.raises(PictureError):
            await fetcher.fetch(host.url("/a.png", host=name))
    assert host.asked == []
    await fetcher.aclose()


async def test_a_name_is_judged_by_the_address_that_is_connected_to(
    host: Host, fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name may answer with an allowed address first and with a hidden one the next time."""
    answers = [["127.0.0.1"], ["127.0.0.2"], ["127.0.0.2", "127.0.0.1"], ["::1"]]

    def resolve(name: str, port: int, **how: Any) -> list[Any]:
        assert name == "pictures.example"
        found = answers.pop(0)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in found]

    host.serves("/a.png", PICTURE)
    url = host.url("/a.png", host="pictures.example")
    with monkeypatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", resolve)
        assert (await fetcher.fetch(url)).width == 300
        with pytest.raises(PictureError, match="public"):
            await fetcher.fetch(url)
        assert (await fetcher.fetch(url)).width == 300
        with pytest.raises(PictureError, match="public"):
            await fetcher.fetch(url)
    assert host.asked == ["/a.png", "/a.png"]


async def test_a_host_that_hangs_costs_a_bounded_time(host: Host) -> None:
    fetcher = Fetcher(allow=host.allows, time_limit=timedelta(seconds=0.3))
    for handler in (hanging(host), dripping(host, PICTURE)):
        async with asyncio.timeout(5):
            with pytest.raises(PictureError, match="too long"):
                await fetcher.fetch(host.answers("/a", handler))
    await fetcher.aclose()


@pytest.mark.parametrize("declared", [None, "1000"])
async def test_endless_data_is_cut_off(host: Host, fetcher: Fetcher, declared: str | None) -> None:
    sent = 0

    async def endless(request: web.Request) -> web.StreamResponse:
        nonlocal sent
        response = web.StreamResponse()
        if declared is not None:
            response.headers["x-declared"] = declared
        await response.prepare(request)
        while not host.released.is_set():
            await response.write(PICTURE + bytes(100_000))
            sent += 100_000
        return response

    with pytest.raises(PictureError, match="bytes"):
        await fetcher.fetch(host.answers("/a", endless))
    assert sent < 4 * MAX_BYTES


async def test_a_gzip_bomb_is_not_unpacked(host: Host, fetcher: Fetcher) -> None:
    packer = zlib.compressobj(9, wbits=31)
    bomb = b"".join(packer.compress(bytes(1_000_000)) for _ in range(30)) + packer.flush()
    assert len(bomb) < 100_000
    with pytest.raises(PictureError, match="bytes"):
        await fetcher.fetch(host.serves("/a", bomb, content_encoding="gzip"))


async def test_packed_pictures_are_unpacked_and_broken_packing_is_refused(
    host: Host, fetcher: Fetcher
) -> None:
    packed = gzip.compress(PICTURE)
    good = host.serves("/a", packed, content_encoding="gzip")
    assert (await fetcher.fetch(good)).data == PICTURE
    for encoding, data in (("gzip", b"no gzip"), ("gzip", packed[:90]), ("br", PICTURE)):
        with pytest.raises(PictureError):
            await fetcher.fetch(host.serves("/b", data, content_encoding=encoding))


@pytest.mark.parametrize("status", [204, 206, 304, 404, 500])
async def test_other_answers_are_picture_errors(host: Host, fetcher: Fetcher, status: int) -> None:
    async def handler(request: web.Request) -> web.Response:
        return web.Response(status=status)

    with pytest.raises(PictureError, match=str(status)):
        await fetcher.fetch(host.answers("/a", handler))


@pytest.mark.parametrize(
    "answer", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nshort"]
)
async def test_broken_http_is_a_picture_error(answer: bytes) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(answer)
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    fetcher = Fetcher(allow=lambda address, asked: asked == port)
    with pytest.raises(PictureError):
        await fetcher.fetch(f"http://127.0.0.1:{port}/a.png")
    with pytest.raises(PictureError):
        await fetcher.fetch(f"https://127.0.0.1:{port}/a.png")
    server.close()
    await server.wait_closed()
    with pytest.raises(PictureError):
        await fetcher.fetch(f"http://127.0.0.1:{port}/a.png")
    await fetcher.aclose()


async def test_environment_proxies_are_not_used(
    host: Host, fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert (await fetcher.fetch(host.serves("/a.png", PICTURE))).width == 300


async def test_no_cookie_is_carried_from_one_fetch_to_the_next(
    host: Host, fetcher: Fetcher
) -> None:
    seen: list[str | None] = []

    async def handler(request: web.Request) -> web.Response:
        seen.append(request.headers.get("cookie"))
        return web.Response(body=PICTURE, headers={"set-cookie": "who=reader"})

    url = host.answers("/a", handler)
    await fetcher.fetch(url)
    await fetcher.fetch(url)
    assert seen == [None, None]


async def test_a_picture_of_20000_by_20000_pixels_is_refused_before_it_is_unpacked(
    host: Host, fetcher: Fetcher
) -> None:
    huge = png_of(20_000, 20_000, bytes(20_001) * 1000)
    with pytest.raises(PictureError, match="pixels"):
        await fetcher.fetch(host.serves("/huge.png", huge))


@pytest.mark.parametrize("hidden", ["127.0.0.1", "169.254.169.254", "::1", "10.0.0.7"])
async def test_a_name_that_leads_into_the_own_network_is_refused_also_there_and_back(
    host: Host, fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch, hidden: str
) -> None:
    addresses = {"pictures.example": "127.0.0.1", "inside.example": hidden}

    def resolve(name: str, port: int, **how: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (addresses.get(name, name), port))]

    host.serves("/end.png", PICTURE)
    async with serving() as inside:
        back = host.url("/end.png", host="pictures.example")
        inside.redirects("/back", back)
        there = host.redirects("/there", inside.url("/back", host="inside.example"))
        with monkeypatch.context() as patch:
            patch.setattr(socket, "getaddrinfo", resolve)
            assert (await fetcher.fetch(back)).width == 300
            with pytest.raises(PictureError, match="public"):
                await fetcher.fetch(there)
        assert inside.asked == []
    assert host.asked == ["/end.png", "/there"]


async def test_a_name_server_that_hangs_does_not_hold_the_programs_other_threads(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    released = threading.Event()

    def resolve(name: str, port: int, **how: Any) -> list[Any]:
        released.wait(20)
        return []

    fetcher = Fetcher(allow=host.allows, time_limit=timedelta(seconds=0.3))
    with monkeypatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", resolve)
        fetches = [fetcher.fetch(f"http://host{n}.example/a.png") for n in range(40)]
        fetching = asyncio.gather(*fetches, return_exceptions=True)
        await asyncio.sleep(0)
        assert await asyncio.to_thread(lambda: "still here") == "still here"
        assert all(isinstance(one, PictureUnreachable) for one in await fetching)
        released.set()
    await fetcher.aclose()


def test_a_fetch_cancelled_at_any_step_leaves_no_connection() -> None:
    async def play(run: Run) -> bool:
        async with serving() as host:
            fetcher = Fetcher(allow=host.allows, time_limit=timedelta(seconds=5))
            was_through = await run(fetcher.fetch(host.serves("/a.png", PICTURE)))
            await fetcher.aclose()
        return was_through

    steps, left = disturbed_at_each_step(play, cancel)
    assert left == []
    assert steps > 5
