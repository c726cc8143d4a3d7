"""HTTP/1.1 for one question at a time on kept connections, and nothing more than the Bot API needs.

A general client costs three times the call itself in processor time, and does not say whether the
first byte had left. No redirects, cookies, compression or proxies; files go another way
(transport.py).
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import socket
import ssl
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from aiohappyeyeballs import AddrInfoType, start_connection

MAX_HEAD = 64 * 1024
MAX_BODY = 32 * 1024 * 1024
"""Bytes of an answer; the longest of the Bot API (100 updates) is far shorter."""
NEXT_ADDRESS = 0.25
"""Seconds that one address of a host has before the next is tried beside it."""
_END: Final = b"\r\n\r\n"
_WITHOUT_BODY = frozenset({204, 304})


class WireError(Exception):
    """A question without an answer; `is_before`: no byte of it had left us."""

    def __init__(self, words: str, *, is_before: bool) -> None:
        super().__init__(words)
        self.is_before = is_before


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: `head` is all of the status line and the headers, as received."""

    status: int
    head: bytes
    body: bytes

    def header(self, name: bytes) -> str:
        """Give a header's value, "" for none; `name` is in lower case."""
        return _header(self.head.lower(), name).decode("latin-1")


def _header(lower: bytes, name: bytes) -> bytes:
    start = lower.find(b"\r\n" + name + b":")
    if start < 0:
        return b""
    start += len(name) + 3
    end = lower.find(b"\r\n", start)
    return lower[start : end if end >= 0 else len(lower)].strip()


class _Line(asyncio.Protocol):
    """One connection with at most one question under way."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None
        self.free_since = 0.0
        self.patience = 0.0
        """The seconds that the answer may take."""
        self.late_at = math.inf
        """When it is late, by the event loop's time."""
        self._buffer = b""
        self._head: bytes | None = None
        self._length = -1
        self._keeps = True
        self._answer: asyncio.Future[Answer] | None = None

    @property
    def is_usable(self) -> bool:
        """Whether another question may be asked on it."""
        transport = self.transport
        return self._keeps and transport is not None and not transport.is_closing()

    def ask(self, question: bytes) -> asyncio.Future[Answer]:
        """Write a question; gives what will be its answer. Raises WireError when it is closed."""
        transport = self.transport
        if transport is None or transport.is_closing():
            raise WireError("the connection was closed", is_before=True)
        self._answer = asyncio.get_running_loop().create_future()
        transport.write(question)
        return self._answer

    def close(self) -> None:
        """Hang up."""
        if self.transport is not None:
            self.transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the connection."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - what asyncio promises
        self.transport = transport

    def connection_lost(self, error: Exception | None) -> None:
        """End the question under way; an answer without a length is whole now."""
        self._keeps = False
        if self._head is not None and self._length == -1 and not self._is_chunked():
            self._finish(self._buffer)
            return
        words = f"{type(error).__name__}: {error}" if error else "the server hung up"
        self.fail(words)

    def eof_received(self) -> bool:
        """Close when the server has closed its side."""
        return False

    def data_received(self, data: bytes) -> None:
        """Take what came; answers are small, so it is joined and looked at again."""
        if self._answer is None:
            self._keeps = False  # nobody asked
            self.close()
            return
        self._buffer += data
        if self._head is None and not self._read_head():
            return
        if self._length >= 0:
            if len(self._buffer) >= self._length:
                self._keeps = self._keeps and len(self._buffer) == self._length
                self._finish(self._buffer[: self._length])
        elif self._is_chunked():
            body = _unchunked(self._buffer)
            if body is not None:
                self._finish(body)
        if len(self._buffer) > MAX_BODY:
            self.fail("the answer is too long")

    def _read_head(self) -> bool:
        end = self._buffer.find(_END)
        if end < 0:
            if len(self._buffer) > MAX_HEAD:
                self.fail("the answer is not HTTP")
            return False
        head, self._buffer = self._buffer[:end], self._buffer[end + 4 :]
        if not head.startswith(b"HTTP/1.") or not head[9:12].isdigit():
            self.fail("the answer is not HTTP")
            return False
        if head[9:10] == b"1":  # "100 Continue" and its like come before the answer
            return self._read_head()
        lower = head.lower()
        length = _header(lower, b"content-length")
        self._head = head
        self._length = int(length) if length.isdigit() else -1
        if int(head[9:12]) in _WITHOUT_BODY:
            self._length = 0
        connection = _header(lower, b"connection")
        if b"close" in connection or (head[7:8] == b"0" and b"keep-alive" not in connection):
            self._keeps = False
        return True

    def _is_chunked(self) -> bool:
        return self._head is not None and b"chunked" in _header(
            self._head.lower(), b"transfer-encoding"
        )

    def _finish(self, body: bytes) -> None:
        head, answer = self._head, self._answer
        self._buffer, self._head, self._length, self._answer = b"", None, -1, None
        if answer is not None and head is not None and not answer.done():
            answer.set_result(Answer(int(head[9:12]), head, body))
        if not self._keeps:
            self.close()

    def fail(self, words: str) -> None:
        """Hang up; the question under way has no answer."""
        self._keeps = False
        answer, self._answer = self._answer, None
        if answer is not None and not answer.done():
            answer.set_exception(WireError(words, is_before=False))
        self.close()


def _unchunked(data: bytes) -> bytes | None:
    """Join the pieces of a body; None while some are missing. Rubbish never ends."""
    body, at = b"", 0
    while True:
        end = data.find(b"\r\n", at)
        if end < 0:
            return None
        try:
            size = int(data[at:end].partition(b";")[0], 16)
        except ValueError:
            return None
        at = end + 2
        if size == 0:
            return body if data.find(b"\r\n", at) >= 0 else None
        if len(data) < at + size + 2:
            return None
        body += data[at : at + size]
        at += size + 2


class Wire:
    """Kept connections to one server; further questions wait for a place.

    `connections` bounds those under way, `keep_alive` is how long (in seconds) an idle one is used
    again by `time`, a clock in seconds that is never set.
    """

    def __init__(
        self,
        *,
        host: str,
        port: int,
        is_secure: bool,
        connections: int,
        keep_alive: float,
        time: Callable[[], float],
    ) -> None:
        self._host = host
        self._port = port
        self._ssl = ssl.create_default_context() if is_secure else None
        self._connections = connections
        self._taken = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._alarm: asyncio.TimerHandle | None = None
        self._keep_alive = keep_alive
        self._time = time
        self._free: list[_Line] = []
        self._used: set[_Line] = set()
        self._is_closed = False

    async def ask(self, question: bytes, *, connect_timeout: float, timeout: float) -> Answer:  # noqa: ASYNC109 - a timer for the answer alone costs a fifth
        """Ask once; waits `connect_timeout` for a place and a connection, then `timeout` seconds.

        Raises WireError.
        """
        if self._taken < self._connections:
            self._taken += 1
        else:
            await self._place(connect_timeout)
        line: _Line | None = None
        try:
            line = self._kept(self._time()) or await self._connected(connect_timeout)
            self._used.add(line)
            answer = line.ask(question)
            line.patience = timeout
            line.late_at = asyncio.get_running_loop().time() + timeout
            if self._alarm is None or line.late_at < self._alarm.when():
                self._watch(line.late_at)
            return await answer
        finally:
            self._leave()
            if line is not None:
                self._give_back(line, self._time())

    def _watch(self, late_at: float) -> None:
        """Look then for answers that are late: one timer for all questions."""
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm = asyncio.get_running_loop().call_at(late_at, self._hang_up_late)

    def _hang_up_late(self) -> None:
        self._alarm = None
        now = asyncio.get_running_loop().time()
        for line in [line for line in self._used if line.late_at <= now]:
            line.fail(f"Timeout: no answer in {line.patience:g} s")
        soonest = min((one.late_at for one in self._used if one.late_at > now), default=None)
        if soonest is not None:
            self._watch(soonest)

    async def close(self) -> None:
        """Hang up everywhere; a call that is still connecting hangs up when it has its answer."""
        self._is_closed = True
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        for line in [*self._free, *self._used]:
            line.close()
        self._free.clear()
        await asyncio.sleep(0)  # the transports close in the next round

    def _kept(self, now: float) -> _Line | None:
        while self._free:
            line = self._free.pop()
            if line.is_usable and now - line.free_since < self._keep_alive:
                return line
            line.close()
        return None

    def _give_back(self, line: _Line, now: float) -> None:
        self._used.discard(line)
        if line.is_usable and line._answer is None and not self._is_closed:
            line.free_since = now
            self._free.append(line)
        else:
            line.close()

    async def _place(self, seconds: float) -> None:
        """Wait for a place; whoever leaves hands it over."""
        place = asyncio.get_running_loop().create_future()
        self._waiting.append(place)
        try:
            async with asyncio.timeout(seconds):
                await place
        except BaseException as error:
            if place.done() and not place.cancelled():  # it came together with the end
                self._leave()
            if isinstance(error, TimeoutError):
                words = "Timeout: no place among the connections"
                raise WireError(words, is_before=True) from None
            raise

    def _leave(self) -> None:
        """Give a place to who has waited longest for one."""
        while self._waiting:
            place = self._waiting.popleft()
            if not place.done():
                place.set_result(None)
                return
        self._taken -= 1

    async def _connected(self, seconds: float) -> _Line:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(seconds):
                # asyncio's own race of addresses loses the socket that has just won when the call
                # is cancelled; from the one to the other nothing is awaited.
                connected = await start_connection(
                    await self._addresses(), happy_eyeballs_delay=NEXT_ADDRESS
                )
                _, line = await loop.create_connection(
                    _Line,
                    sock=connected,
                    ssl=self._ssl,
                    server_hostname=self._host if self._ssl is not None else None,
                )
        except TimeoutError:
            raise WireError("Timeout: no connection", is_before=True) from None
        except OSError as error:  # refused, no such host, a certificate that is not right
            raise WireError(f"{type(error).__name__}: {error}", is_before=True) from None
        return line

    async def _addresses(self) -> Sequence[AddrInfoType]:
        """Look the host up, in a thread unless it is an address itself."""
        kind = socket.SOCK_STREAM
        with contextlib.suppress(socket.gaierror):
            return socket.getaddrinfo(
                self._host, self._port, type=kind, flags=socket.AI_NUMERICHOST
            )
        loop = asyncio.get_running_loop()
        return await loop.getaddrinfo(self._host, self._port, type=kind)
