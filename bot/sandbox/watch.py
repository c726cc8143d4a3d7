"""What changed, for those who wait for it: tests and the page's live stream."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Something that a client may want to draw again.

    `type` is one of: message, edit, delete, answer, typing, person, chat, commands, pin,
    reaction, update, call, fault, closing.
    """

    type: str
    chat_id: int | None = None
    message_id: int | None = None
    query_id: str | None = None
    user_id: int | None = None


class ChangeStream:
    """Changes since the stream was made; ends when the sandbox closes."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self._waiting: deque[Change] = deque()
        self._arrived = asyncio.Event()
        self._is_over = False

    def put(self, change: Change) -> None:
        if self._is_over:
            return
        self._waiting.append(change)
        self._is_over = change.type == "closing"
        self._arrived.set()

    def close(self) -> None:
        """Stop listening."""
        self._watch.leave(self)

    def __aiter__(self) -> ChangeStream:
        return self

    async def __anext__(self) -> Change:
        while not self._waiting:
            if self._is_over:
                self.close()
                raise StopAsyncIteration
            self._arrived.clear()
            await self._arrived.wait()
        return self._waiting.popleft()


class Watch:
    """Tells everybody who listens about every change."""

    def __init__(self) -> None:
        self._streams: set[ChangeStream] = set()
        self._waiters: set[asyncio.Future[None]] = set()

    def listen(self) -> ChangeStream:
        """Start a stream; the caller closes it."""
        stream = ChangeStream(self)
        self._streams.add(stream)
        return stream

    def leave(self, stream: ChangeStream) -> None:
        self._streams.discard(stream)

    def tell(self, change: Change) -> None:
        for stream in tuple(self._streams):
            stream.put(change)
        self.stir()

    def stir(self) -> None:
        """Let waiting predicates be looked at again."""
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_result(None)
        self._waiters.clear()

    async def wait_for(self, predicate: Callable[[], T], timeout: float) -> T:  # noqa: ASYNC109 - tests read it aloud
        """Wait until `predicate` gives something true, and give that."""
        async with asyncio.timeout(timeout):
            while not (found := predicate()):
                waiter = asyncio.get_running_loop().create_future()
                self._waiters.add(waiter)
                await waiter
        return found
