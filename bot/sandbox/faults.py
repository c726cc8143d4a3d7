"""Things that go wrong on demand: refusals, broken answers, cut and silent connections.

A fault waits in the queue until a call fits it. Whoever runs the sandbox adds faults; the
server asks for them and carries them out.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum


class Effect(Enum):
    """What a fault does to a call."""

    TOO_MANY_REQUESTS = "429"
    SERVER_ERROR = "500"
    BAD_GATEWAY = "502"
    UNAUTHORIZED = "401"
    BLOCKED = "403"
    TOO_LARGE = "413"
    CUT_BEFORE = "cut-before"
    CUT_AFTER = "cut-after"
    SILENT = "silent"
    FLOOD = "flood"
    """Silent for `seconds`, then a 429, as the server does by itself before it refuses."""
    SERVER_PAGE = "500-page"
    BAD_PICTURE = "bad-picture"
    MALFORMED = "malformed"
    ANSWER = "answer"


_AFTER = frozenset({Effect.CUT_AFTER, Effect.SILENT, Effect.MALFORMED})


@dataclass(slots=True, kw_only=True, eq=False)
class Fault:
    """One entry of the queue, and what happened with it."""

    effect: Effect
    method: str | None = None
    # In small letters; None means any.
    methods: frozenset[str] | None = None
    chat_id: int | None = None
    # How many calls are still to be hit; None means all from now on.
    times: int | None = 1
    retry_after: int = 5
    # How long a silent call stays silent when nobody releases it; None means for ever.
    seconds: float | None = None
    # Whether the call takes effect although its answer is broken.
    is_taken: bool = False
    # What is answered, word for word, by the effect "answer".
    status: int = 400
    description: str = "Bad Request"
    parameters: Mapping[str, int] = field(default_factory=dict)
    hits: int = 0
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    released: asyncio.Event = field(default_factory=asyncio.Event)

    def release(self) -> None:
        """Let silent calls be answered."""
        self.released.set()

    def fits(self, method: str, chat_id: int | None) -> bool:
        """Tell whether a call is one that this fault waits for."""
        if self.times is not None and self.hits >= self.times:
            return False
        right_method = self.method is None or self.method.lower() == method.lower()
        right_kind = self.methods is None or method.lower() in self.methods
        return right_method and right_kind and (self.chat_id is None or self.chat_id == chat_id)


class Faults:
    """The queue of faults; the oldest that fits a call hits it."""

    def __init__(self, on_hit: Callable[[], None] = lambda: None) -> None:
        self._queue: list[Fault] = []
        self._on_hit = on_hit

    def __iter__(self) -> Iterator[Fault]:
        return iter(tuple(self._queue))

    def add(
        self,
        effect: Effect | str,
        *,
        method: str | None = None,
        methods: frozenset[str] | None = None,
        chat_id: int | None = None,
        times: int | None = 1,
        retry_after: int = 5,
        seconds: float | None = None,
        is_taken: bool | None = None,
    ) -> Fault:
        """Let the next `times` calls that fit go wrong.

        `effect` may be given by value ("429", "cut-after", …). Unless `is_taken` says
        otherwise, refused calls are not carried out, and those that are cut off afterwards,
        kept silent or answered with rubbish are.
        """
        effect = Effect(effect)
        fault = Fault(
            effect=effect,
            method=method,
            methods=methods,
            chat_id=chat_id,
            times=times,
            retry_after=retry_after,
            seconds=seconds,
            is_taken=effect in _AFTER if is_taken is None else is_taken,
        )
        self._queue.append(fault)
        return fault

    def answer(
        self,
        status: int,
        description: str,
        *,
        parameters: Mapping[str, int] | None = None,
        method: str | None = None,
        chat_id: int | None = None,
        times: int | None = 1,
    ) -> Fault:
        """Let the next `times` calls that fit be refused in exactly these words.

        `description` is whole, as in "Bad Request: chat not found"; `parameters` are Telegram's
        retry_after or migrate_to_chat_id.
        """
        fault = self.add(Effect.ANSWER, method=method, chat_id=chat_id, times=times)
        fault.status = status
        fault.description = description
        fault.parameters = parameters or {}
        return fault

    def remove(self, fault: Fault) -> None:
        """Take a fault out of the queue, and let its silent calls go."""
        fault.release()
        if fault in self._queue:
            self._queue.remove(fault)

    def clear(self) -> None:
        """Take out all faults."""
        for fault in tuple(self._queue):
            self.remove(fault)

    def take(self, method: str, chat_id: int | None) -> Fault | None:
        """Find the fault for a call and count the hit; None when all is well."""
        fault = next((one for one in self._queue if one.fits(method, chat_id)), None)
        if fault is None:
            return None
        fault.hits += 1
        fault.reached.set()
        if fault.times is not None and fault.hits >= fault.times:
            self._queue.remove(fault)
        self._on_hit()
        return fault
