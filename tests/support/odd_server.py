"""A Bot API server that answers as the test says: the odd ways that the sandbox does not have."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

TOKEN = "999:AAtop-secret_token"
SECRET = "AAtop-secret_token"


@dataclass
class Request:
    """One request as it came over the wire."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    writer: asyncio.StreamWriter

    @property
    def endpoint(self) -> str:
        return self.path.rpartition("/")[2]

    @property
    def parameters(self) -> dict[str, Any]:
        value = json.loads(self.body)
        assert isinstance(value, dict)
        return value

    async def answer(
        self, status: int, body: bytes, *, content_type: str = "application/json", **more: str
    ) -> None:
        lines = [
            f"HTTP/1.1 {status} Odd",
            f"Content-Type: {content_type}",
            f"Content-Length: {len(body)}",
            *(f"{name.replace('_', '-')}: {value}" for name, value in more.items()),
        ]
        self.writer.write("\r\n".join([*lines, "", ""]).encode() + body)
        await self.writer.drain()

    async def answer_json(self, status: int, value: object) -> None:
        await self.answer(status, json.dumps(value).encode())


Act = Callable[[Request], Awaitable[None]]


@dataclass
class OddServer:
    """Plays the acts in order, one per request, then `otherwise` for all that follow."""

    acts: deque[Act] = field(default_factory=deque)
    requests: list[Request] = field(default_factory=list)
    otherwise: Act | None = None
    address: str = ""
    connections: int = 0
    came: asyncio.Condition = field(default_factory=asyncio.Condition)
    writers: list[asyncio.StreamWriter] = field(default_factory=list)
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    async def until(self, enough: Callable[[], bool]) -> None:
        async with asyncio.timeout(10), self.came:
            await self.came.wait_for(enough)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.writers.append(writer)
        task = asyncio.current_task()
        assert task is not None
        self.tasks.append(task)
        try:
            while (request := await self._read(reader, writer)) is not None:
                async with self.came:
                    self.requests.append(request)
                    self.came.notify_all()
                act = self.acts.popleft() if self.acts else self.otherwise or sent
                await act(request)
        except (ConnectionError, asyncio.CancelledError):
            pass  # asyncio's streams complain in the log of a task that ends as cancelled
        finally:
            writer.close()

    async def _read(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> Request | None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
        except (asyncio.IncompleteReadError, ConnectionError):
            return None
        first, *lines = head.strip().split("\r\n")
        method, path, _ = first.split(" ")
        headers = {
            name.strip().lower(): value.strip()
            for name, _, value in (line.partition(":") for line in lines)
        }
        if "content-length" in headers:
            body = await reader.readexactly(int(headers["content-length"]))
        else:
            body = await self._chunks(reader) if "transfer-encoding" in headers else b""
        return Request(method, path, headers, body, writer)

    async def _chunks(self, reader: asyncio.StreamReader) -> bytes:
        body = b""
        while True:
            size = int((await reader.readline()).strip(), 16)
            body += await reader.readexactly(size)
            await reader.readexactly(2)
            if size == 0:
                return body


async def sent(request: Request) -> None:
    """Answer as to a message that was sent."""
    await request.answer_json(200, {"ok": True, "result": {"message_id": 7, "date": 1, "chat": {}}})


async def cut(request: Request) -> None:
    """Hang up without a word."""
    request.writer.close()


def says(status: int, body: bytes, **headers: str) -> Act:
    """Answer with exactly this body."""

    async def act(request: Request) -> None:
        await request.answer(status, body, **headers)

    return act


def refuses(status: int, description: str, **parameters: object) -> Act:
    """Answer as the Bot API does when it refuses."""

    async def act(request: Request) -> None:
        answer: dict[str, object] = {
            "ok": False,
            "error_code": status,
            "description": description,
        }
        if parameters:
            answer["parameters"] = parameters
        await request.answer_json(status, answer)

    return act


def result(value: object) -> Act:
    """Answer with this result."""

    async def act(request: Request) -> None:
        await request.answer_json(200, {"ok": True, "result": value})

    return act


def silent(until: asyncio.Event, then: Act = sent) -> Act:
    """Answer only when the test says so."""

    async def act(request: Request) -> None:
        await until.wait()
        await then(request)

    return act


@asynccontextmanager
async def odd_server(*, port: int = 0) -> AsyncIterator[OddServer]:
    odd = OddServer()
    server = await asyncio.start_server(odd.serve, "127.0.0.1", port)
    odd.address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield odd
    finally:
        server.close()
        for writer in odd.writers:
            writer.close()
        for task in odd.tasks:
            task.cancel()
        await asyncio.gather(*odd.tasks, return_exceptions=True)
