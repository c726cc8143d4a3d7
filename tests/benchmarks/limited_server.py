"""A Bot API server that takes so many messages a second, as a process of its own.

`python limited_server.py RATE SLOWEST` prints its port. Each way takes 20 to 60 ms when SLOWEST is
60, nothing when it is 0. What comes too fast is refused at once: a bucket of one second, no hidden
waiting. RATE 0 takes everything. GET /stats tells what came.
"""

from __future__ import annotations

import asyncio
import json
import math
import random
import re
import sys
import time
from collections import Counter
from dataclasses import dataclass, field

_CHAT = re.compile(rb'chat_id"?(?:=|:\s*"?|\r\n\r\n)(-?\d+)')
_LENGTH = re.compile(rb"content-length:\s*(\d+)", re.IGNORECASE)
FIRST_ANSWER = 9_000_000
"""Chats from here on are people who asked something."""


@dataclass
class Server:
    rate: float
    slowest: float
    chance: random.Random = field(default_factory=lambda: random.Random(7))
    tokens: float = 0.0
    at: float = 0.0
    taken: Counter[int] = field(default_factory=Counter)
    times: list[tuple[float, bool]] = field(default_factory=list)
    refused: int = 0
    delays: dict[int, float] = field(default_factory=dict)

    def way(self) -> float:
        """How long one way takes, in seconds."""
        return self.chance.uniform(self.slowest / 3, self.slowest) / 1000 if self.slowest else 0.0

    def admit(self, now: float) -> int:
        """Take a message, or tell the seconds to wait."""
        if not self.rate:
            return 0
        self.tokens = min(self.tokens + (now - self.at) * self.rate, self.rate)
        self.at = now
        if self.tokens >= 1:
            self.tokens -= 1
            return 0
        return max(math.ceil((1 - self.tokens) / self.rate), 1)

    def answer(self, path: bytes, body: bytes) -> tuple[int, object]:
        if path.endswith(b"/stats"):
            return 200, self.stats()
        if not path.lower().rstrip(b"/").endswith(b"/sendmessage"):
            me = {"id": 999, "is_bot": True, "first_name": "Gazette", "username": "gazette_bot"}
            return 200, {"ok": True, "result": me}
        found = _CHAT.search(body)
        chat = int(found[1]) if found else 0
        now = time.monotonic()
        wait = self.admit(now)
        if wait:
            self.refused += 1
            words = f"Too Many Requests: retry after {wait}"
            hint = {"retry_after": wait}
            return 429, {"ok": False, "error_code": 429, "description": words, "parameters": hint}
        self.taken[chat] += 1
        self.times.append((now, chat < FIRST_ANSWER))
        place = {"id": chat, "type": "private", "first_name": "A"}
        message = {"message_id": len(self.times), "date": 1, "chat": place, "text": "Tea"}
        return 200, {"ok": True, "result": message}

    def stats(self) -> dict[str, object]:
        broadcast = [at for at, is_bulk in self.times if is_bulk]
        first, last = (broadcast[0], broadcast[-1]) if broadcast else (0.0, 0.0)
        bulk = {chat: count for chat, count in self.taken.items() if chat < FIRST_ANSWER}
        return {
            "chats": len(bulk),
            "doubled": sum(count > 1 for count in bulk.values()),
            "refused": self.refused,
            "seconds": last - first,
            "delays": self.delays,
            "meanwhile": sum(first < at <= last for at, _ in self.times),
        }


class Connection(asyncio.Protocol):
    def __init__(self, server: Server) -> None:
        self.server = server
        self.buffer = b""
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while (end := self.buffer.find(b"\r\n\r\n")) >= 0:
            head = self.buffer[:end]
            found = _LENGTH.search(head)
            size = end + 4 + (int(found[1]) if found else 0)
            if len(self.buffer) < size:
                return
            body, self.buffer = self.buffer[end + 4 : size], self.buffer[size:]
            there, back = self.server.way(), self.server.way()
            found = _CHAT.search(body)
            if found and int(found[1]) >= FIRST_ANSWER:
                chat = int(found[1])
                self.server.delays[chat] = self.server.delays.get(chat, 0.0) + there + back
            path = head.split(b" ", 2)[1]
            if there + back:
                asyncio.get_running_loop().call_later(there, self.arrive, path, body, back)
            else:
                self.arrive(path, body, 0.0)

    def arrive(self, path: bytes, body: bytes, back: float) -> None:
        status, value = self.server.answer(path, body)
        payload = json.dumps(value).encode()
        head = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: "
        whole = head.encode() + b"%d\r\n\r\n%b" % (len(payload), payload)
        if back:
            asyncio.get_running_loop().call_later(back, self.write, whole)
        else:
            self.write(whole)

    def write(self, data: bytes) -> None:
        if self.transport is not None and not self.transport.is_closing():
            self.transport.write(data)


async def main() -> None:
    state = Server(rate=float(sys.argv[1]), slowest=float(sys.argv[2]))
    state.tokens, state.at = state.rate, time.monotonic()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(state), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
