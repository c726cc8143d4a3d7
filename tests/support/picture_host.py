"""A web server that the pictures of a test lie on; each path is told what to answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from ipaddress import ip_address

from aiohttp import web

from bot.pictures.guard import Address

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


def hanging(host: Host) -> Handler:
    """Answer nothing until the test is over."""

    async def handler(request: web.Request) -> web.StreamResponse:
        await host.released.wait()
        return web.Response(status=503)

    return handler


def dripping(host: Host, data: bytes) -> Handler:
    """Answer one byte a second until the test is over."""

    async def handler(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for at in range(len(data)):
            await response.write(data[at : at + 1])
            try:
                async with asyncio.timeout(1):
                    await host.released.wait()
                break
            except TimeoutError:
                continue
        return response

    return handler
