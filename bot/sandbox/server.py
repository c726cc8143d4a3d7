"""Puts a sandbox on the loopback interface, inside the running event loop."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import ipaddress
import socket
from collections.abc import AsyncIterator, Iterator, Sequence

import uvicorn
from starlette.applications import Starlette
from starlette.routing import BaseRoute
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from bot.sandbox.api import CUT
from bot.sandbox.application import build
from bot.sandbox.state import Sandbox

# Well above the bot's own 4 s: the side that sends must be the one that drops idle connections.
KEEP_ALIVE = 75
GRACE = 3


class PortTaken(OSError):
    """Another process listens on the port."""

    def __init__(self, port: int) -> None:
        super().__init__(errno.EADDRINUSE, f"port {port} is taken")
        self.port = port


def create_app(sandbox: Sandbox, extra_routes: Sequence[BaseRoute] = ()) -> Starlette:
    """Build the application of a sandbox, with `extra_routes` before its pictures."""
    return build(sandbox.world, extra_routes)


class _Protocol(H11Protocol):
    """HTTP that can cut its connection, which no well-behaved server offers."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        app = self.app

        async def with_cut(scope: Scope, receive: Receive, send: Send) -> None:
            scope["extensions"] = {**scope.get("extensions", {}), CUT: transport.abort}
            await app(scope, receive, send)

        self.app = with_cut


class _Server(uvicorn.Server):
    """Uvicorn as a guest in somebody else's event loop."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()
        self.leave = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        # Signals belong to the host, which ends us by leaving the `async with`.
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()

    async def main_loop(self) -> None:
        # The stock loop looks ten times a second whether it should stop.
        await self.leave.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # The stock one naps for tenths of a second, which hundreds of tests would pay for.
        for server in self.servers:
            server.close()
        for connection in tuple(self.server_state.connections):
            connection.shutdown()
        tasks = set(self.server_state.tasks)
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=GRACE)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        for connection in tuple(self.server_state.connections):
            connection.transport.close()


@contextlib.asynccontextmanager
async def serve(
    sandbox: Sandbox,
    port: int = 0,
    host: str = "127.0.0.1",
    extra_routes: Sequence[BaseRoute] = (),
) -> AsyncIterator[str]:
    """Serve `sandbox` and yield its address, such as http://127.0.0.1:41234.

    Port 0 takes any free one. Raises PortTaken, and ValueError for a host that is not
    loopback: everybody who reaches the sandbox may speak as anyone in it.
    """
    if not ipaddress.ip_address(host).is_loopback:
        raise ValueError(f"the sandbox is served on loopback addresses only, not on {host}")
    listener = _listen(host, port)
    port = listener.getsockname()[1]
    address = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    config = uvicorn.Config(
        create_app(sandbox, extra_routes),
        http=_Protocol,
        ws="none",
        lifespan="off",
        log_config=None,
        # Paths hold the token.
        access_log=False,
        server_header=False,
        date_header=False,
        timeout_keep_alive=KEEP_ALIVE,
    )
    server = _Server(config)
    sandbox.opened(address)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        await asyncio.wait(
            {task, asyncio.ensure_future(server.ready.wait())},
            return_when=asyncio.FIRST_COMPLETED,
        )
        yield address
    finally:
        sandbox.closed(address)
        server.leave.set()
        await task


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(socket.SOMAXCONN)
        listener.setblocking(False)  # noqa: FBT003 - the socket's own signature
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise PortTaken(port) from error
        raise
    return listener
