from __future__ import annotations

import asyncio
import gzip
import socket
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from ipaddress import ip_address
from typing import Any

import pytest
from aiohttp import web

from bot.errors import PictureError
from bot.pictures import Fetcher
from bot.pictures.guard import Address
from bot.pictures.judge import MAX_BYTES
from tests.support.drawing import drawn

PICTURE = drawn("PNG")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Host:
    """A web server on a port of its own; each path is told what to answer."""

    def __init__(self) -> None:
        self.port = 0
        self.asked: list[str] = []
        self.released = asyncio.Event()
        self._answers: dict[str, Handler] = {}

    def url(self, path: str, *, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    def answers(self, path: str, handler: Handler) -> str:
        self._answers[path] = handler
        return self.url(path)

    def serves(self, path: str, data: bytes, **headers: str) -> str:
        async def handler(request: web.Request) -> web.Response:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            return web.Response(body=data, headers=named)

        return self.answers(path, handler)

    def redirects(self, path: str, target: str, status: int = 302) -> str:
        async def handler(request: web.Request) -> web.Response:
            return web.Response(status=status, headers={"location": target})

        return self.answers(path, handler)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request.path)
        return await self._answers[request.path](request)

    def allows(self, address: Address, port: int) -> bool:
        return address == ip_address("127.0.0.1") and port == self.port


@asynccontextmanager
async def serving() -> AsyncIterator[Host]:
    host = Host()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", host.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host.port = runner.addresses[0][1]
    try:
        yield host
    finally:
        host.released.set()
        await runner.cleanup()


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
    loop = asyncio.get_running_loop()

    async def resolve(name: str, port: int, **how: Any) -> list[Any]:
        assert name == "pictures.example"
        found = answers.pop(0)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in found]

    host.serves("/a.png", PICTURE)
    url = host.url("/a.png", host="pictures.example")
    with monkeypatch.context() as patch:
        patch.setattr(loop, "getaddrinfo", resolve)
        assert (await fetcher.fetch(url)).width == 300
        with pytest.raises(PictureError, match="public"):
            await fetcher.fetch(url)
        assert (await fetcher.fetch(url)).width == 300
        with pytest.raises(PictureError, match="public"):
            await fetcher.fetch(url)
    assert host.asked == ["/a.png", "/a.png"]


async def test_a_host_that_hangs_costs_a_bounded_time(host: Host) -> None:
    async def hangs(request: web.Request) -> web.StreamResponse:
        await host.released.wait()
        return web.Response(body=PICTURE)

    async def dribbles(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(PICTURE[:50])
        await host.released.wait()
        return response

    fetcher = Fetcher(allow=host.allows, time_limit=timedelta(seconds=0.3))
    for handler in (hangs, dribbles):
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
