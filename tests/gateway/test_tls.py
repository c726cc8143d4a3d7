"""Calls over TLS: the server must be who it says it is, and nothing leaves before that is known."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from telegram.request import RequestData

from bot.gateway.failures import CallFailed, Stage
from bot.gateway.transport import HIDDEN, AiohttpRequest

OURS = Path(__file__).parent / "tls"
"""A certificate for localhost that nobody trusts unless told to; its key opens nothing else."""


@asynccontextmanager
async def serving(heard: list[bytes]) -> AsyncIterator[str]:
    """An https server that answers every call, and notes what it was asked."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await reader.readline():
            length = 0
            while (line := await reader.readline()) not in (b"\r\n", b""):
                name, _, value = line.partition(b":")
                length = int(value) if name.lower() == b"content-length" else length
            heard.append(head + await reader.readexactly(length))
            writer.write(body())
            await writer.drain()
        writer.close()

    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(OURS / "certificate.pem", OURS / "key.pem")
    server = await asyncio.start_server(talk, "127.0.0.1", 0, ssl=context)
    async with server:
        yield f"https://localhost:{server.sockets[0].getsockname()[1]}/bot{HIDDEN}/sendMessage"


def body() -> bytes:
    answer = b'{"ok":true,"result":{"message_id":7}}'
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(answer), answer)


@asynccontextmanager
async def asking() -> AsyncIterator[AiohttpRequest]:
    request = AiohttpRequest("999:secret")
    await request.initialize()
    try:
        yield request
    finally:
        await request.shutdown()


async def test_calls_go_to_a_server_that_is_trusted_on_one_kept_connection(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(OURS / "certificate.pem"))
    heard: list[bytes] = []
    async with serving(heard) as url, asking() as request:
        for number in range(3):
            assert await request.ask(url, {"text": f"ж {number}"}) == {"message_id": 7}
        assert await request.post(url, RequestData()) == {"message_id": 7}
    assert [one.split(b" ")[1] for one in heard] == [b"/bot999:secret/sendMessage"] * 4
    assert "ж 2" in heard[2].decode()


async def test_nothing_is_said_to_a_server_that_is_not_trusted() -> None:
    heard: list[bytes] = []
    async with serving(heard) as url, asking() as request:
        with pytest.raises(CallFailed) as caught:
            await request.ask(url, {"text": "secret"})
    assert caught.value.stage is Stage.BEFORE
    assert "certificate" in str(caught.value).lower()
    assert heard == []


async def test_nothing_is_said_where_the_certificate_is_anothers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(OURS / "certificate.pem"))
    heard: list[bytes] = []
    async with serving(heard) as url, asking() as request:
        with pytest.raises(CallFailed) as caught:
            await request.ask(url.replace("localhost", "127.0.0.1"), {"text": "secret"})
    assert caught.value.stage is Stage.BEFORE
    assert "certificate" in str(caught.value).lower()
    assert heard == []
