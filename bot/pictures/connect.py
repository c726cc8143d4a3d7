"""Connections that are checked at the address they really go to.

A name is resolved once, here; its addresses are checked and one of the allowed is connected to,
so neither a redirect nor a name that changes its mind leads anywhere else.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from ipaddress import ip_address

import httpcore
import httpx

from bot.errors import PictureError, PictureUnreachable
from bot.pictures.guard import Address, Allow

MAX_CONNECTIONS = 40
MAX_LOOKUPS = 16
"""Names looked up at once, in threads of their own: a name server that hangs must not take those
in which the program answers people."""


class CheckedBackend(httpcore.AsyncNetworkBackend):
    """Resolves names itself and connects only where `allow` says so."""

    def __init__(self, allow: Allow) -> None:
        self._allow = allow
        self._inner = httpcore.AnyIOBackend()
        self._lookups = ThreadPoolExecutor(MAX_LOOKUPS, thread_name_prefix="picture host")

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  (httpcore's signature)
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first allowed address that answers."""
        addresses = await self._resolved(host, port)
        allowed = [address for address in addresses if self._allow(address, port)]
        if not allowed:
            raise PictureError("its host is not on the public internet")
        for number, address in enumerate(allowed):
            try:
                return await self._inner.connect_tcp(
                    str(address), port, timeout, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if number == len(allowed) - 1:
                    raise
        raise AssertionError("unreachable")

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ASYNC109  (httpcore's signature)
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Refuse: no picture comes from there."""
        raise PictureError("no picture comes from a local socket")

    async def _resolved(self, host: str, port: int) -> tuple[Address, ...]:
        loop = asyncio.get_running_loop()
        look_up = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
        try:
            found = await loop.run_in_executor(self._lookups, look_up)
        except (OSError, UnicodeError) as error:
            raise PictureUnreachable("its host is unknown") from error
        return tuple(dict.fromkeys(ip_address(info[4][0]) for info in found))

    def close(self) -> None:
        """Let go of the threads; a look-up that hangs ends by itself."""
        self._lookups.shutdown(wait=False, cancel_futures=True)

    async def sleep(self, seconds: float) -> None:
        """Wait, for httpcore's retries (we ask for none)."""
        await self._inner.sleep(seconds)


class CheckedTransport(httpx.AsyncBaseTransport):
    """httpx on a pool with our backend: its own transport does not take one."""

    def __init__(self, allow: Allow, context: ssl.SSLContext) -> None:
        self._backend = CheckedBackend(allow)
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=context,
            max_connections=MAX_CONNECTIONS,
            max_keepalive_connections=0,
            network_backend=self._backend,
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request; httpcore's exceptions pass as they are."""
        if not isinstance(request.stream, httpx.AsyncByteStream):
            raise TypeError("only requests of an AsyncClient")
        answer = await self._pool.handle_async_request(
            httpcore.Request(
                method=request.method,
                url=httpcore.URL(
                    scheme=request.url.raw_scheme,
                    host=request.url.raw_host,
                    port=request.url.port,
                    target=request.url.raw_path,
                ),
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        return httpx.Response(
            answer.status,
            headers=answer.headers,
            stream=_Body(answer),
            extensions=answer.extensions,
        )

    async def aclose(self) -> None:
        """Close every connection."""
        await self._pool.aclose()
        self._backend.close()


class _Body(httpx.AsyncByteStream):
    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in self._answer.aiter_stream():
            yield part

    async def aclose(self) -> None:
        await self._answer.aclose()
