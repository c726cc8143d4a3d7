"""A call that is given up at any moment leaves no connection behind that nobody closes."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import Any

import pytest
from telegram import InputFile
from telegram.request import RequestData
from telegram.request._requestparameter import RequestParameter

from bot.gateway.transport import HIDDEN, AiohttpRequest
from tests.gateway.test_tls import OURS, serving
from tests.support.odd_server import TOKEN, OddServer, odd_server
from tests.support.steps import Play, Run, cancel, disturbed_at_each_step

MESSAGE = RequestData([RequestParameter("text", "Hello", [])])


def a_file() -> RequestData:
    return RequestData([RequestParameter.from_input("document", InputFile(b"abc"))])


async def all_ended(server: OddServer) -> None:
    """Wait until the server has seen the end of every connection."""
    async with asyncio.timeout(10):
        await asyncio.gather(*server.tasks)


@pytest.fixture
def two_addresses(monkeypatch: pytest.MonkeyPatch) -> str:
    """A host with an address at which nobody listens before the one that is right."""
    name, look_up = "two.example", socket.getaddrinfo

    def found(host: str, port: int, *how: int, **more: int) -> list[Any]:
        if host != name:
            return look_up(host, port, *how, **more)
        if more.get("flags"):
            raise socket.gaierror(socket.EAI_NONAME, "this is no address")
        return [*look_up("::1", port, *how, **more), *look_up("127.0.0.1", port, *how, **more)]

    monkeypatch.setattr(socket, "getaddrinfo", found)
    return name


def scene(data: Callable[[], RequestData], host: str = "127.0.0.1") -> Play:
    async def play(run: Run) -> bool:
        async with odd_server() as server:
            address = server.address.replace("127.0.0.1", host)
            request = AiohttpRequest(TOKEN)
            await request.initialize()
            call = request.post(f"{address}/bot{HIDDEN}/SendDocument", data())
            was_through = await run(call)
            await request.shutdown()
            await all_ended(server)
        return was_through

    return play


@pytest.mark.parametrize("data", [lambda: MESSAGE, a_file], ids=["message", "file"])
def test_a_call_cancelled_at_any_step_leaves_no_connection(
    data: Callable[[], RequestData],
) -> None:
    steps, left = disturbed_at_each_step(scene(data), cancel)
    assert left == []
    assert steps > 5


def test_a_call_cancelled_while_addresses_race_leaves_no_connection(two_addresses: str) -> None:
    steps, left = disturbed_at_each_step(scene(lambda: MESSAGE, two_addresses), cancel)
    assert left == []
    assert steps > 5


def test_a_call_cancelled_at_any_step_of_tls_leaves_no_connection(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(OURS / "certificate.pem"))

    async def play(run: Run) -> bool:
        async with serving([]) as url:
            request = AiohttpRequest(TOKEN)
            await request.initialize()
            was_through = await run(request.ask(url, {"text": "Hello"}))
            await request.shutdown()
        return was_through

    steps, left = disturbed_at_each_step(play, cancel)
    assert left == []
    assert steps > 5


def test_a_transport_shut_down_at_any_step_of_a_call_leaves_no_connection() -> None:
    async def play(run: Run) -> bool:
        async with odd_server() as server:
            request = AiohttpRequest(TOKEN)
            opened.append(request)
            await request.initialize()
            was_through = await run(request.post(f"{server.address}/bot{HIDDEN}/Send", MESSAGE))
            if was_through:
                await request.shutdown()
            await all_ended(server)
        return was_through

    def shut_down(_: asyncio.Task[object]) -> asyncio.Task[None]:
        return asyncio.get_running_loop().create_task(opened[-1].shutdown())

    opened: list[AiohttpRequest] = []
    steps, left = disturbed_at_each_step(play, shut_down)
    assert left == []
    assert steps > 5
