"""Both ends of the line: a server with moods, and the bot's transport opened."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator

import pytest

from bot.gateway.application import Listeners, Telegram
from bot.gateway.transport import AiohttpRequest
from tests.support.odd_server import TOKEN, OddServer, odd_server


@pytest.fixture
async def server() -> AsyncIterator[OddServer]:
    async with odd_server() as odd:
        yield odd


@pytest.fixture
async def request_() -> AsyncIterator[AiohttpRequest]:
    """The transport under test, opened."""
    request = AiohttpRequest(TOKEN, connect_timeout=5.0, read_timeout=10.0)
    await request.initialize()
    yield request
    await request.shutdown()


@pytest.fixture
async def telegram(server: OddServer) -> AsyncIterator[Telegram]:
    """The bot's end of the line at the odd server, with open connections but no getMe."""
    line = Telegram(
        TOKEN,
        api_url=server.address,
        listeners=Listeners(on_conflict=_unheard, on_disabled=_unheard),
    )
    for request in (line.bot.request, line._polling_request):
        await request.initialize()
    yield line
    for request in (line.bot.request, line._polling_request):
        await request.shutdown()


def _unheard(error: Exception) -> None:
    raise AssertionError(f"nobody listens here: {error!r}")


@pytest.fixture
def closed_port() -> int:
    """A port at which nobody listens."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    assert isinstance(port, int)
    return port
