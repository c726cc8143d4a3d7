"""How far a post is: a bar on a terminal, a plain line now and then elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Self

import typer

from bot.cli import inputs
from bot.clock import SystemClock
from bot.domain.sends import Send, SendState
from bot.rendering.dates import length_in_words
from bot.rendering.sends import counts_in_words

LINE_SECONDS = 5.0
"""How often a plain line is printed while something changes."""


class PostBar:
    """Progress for whoever waits; `per_second` is the pace that is allowed."""

    def __init__(
        self, *, per_second: float, seconds_now: Callable[[], float] = time.monotonic
    ) -> None:
        self._per_second = per_second
        self._now = seconds_now
        self._send: Send | None = None
        self._bar: Any = None
        self._task: Any = None
        self._line_at = seconds_now() + LINE_SECONDS
        self._line = ""

    def __enter__(self) -> Self:
        if inputs.is_terminal():
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

            self._bar = Progress(
                "posting", BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[pace]}")
            )
            self._bar.start()
            self._task = self._bar.add_task("posting", pace="")
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    @property
    def has_alarm(self) -> bool:
        """Whether the send paused by itself."""
        return self._send is not None and self._send.alarm is not None

    def show(self, send: Send) -> None:
        """Take the newest counts."""
        self._send = send
        pace = _pace(send, self._per_second)
        if self._bar is not None:
            self._bar.update(self._task, total=send.total, completed=send.settled, pace=pace)
        elif send.open and self._now() >= self._line_at:
            line = f"{send.settled:,} of {send.total:,} · {pace}"
            if line != self._line:
                typer.echo(line)
            self._line, self._line_at = line, self._now() + LINE_SECONDS

    def summary(self, *, is_looking_on: bool) -> str:
        """Say how many deliveries ended in which state, and what becomes of the others."""
        send = self._send
        if send is None:
            return "Done."
        told = counts_in_words(send).replace(" · ", ", ")
        steer = f"gazette sends {send.id}"
        if send.alarm is not None:
            return f"Paused by itself: {send.alarm}. {told}. `{steer} --resume` lets it go on."
        if not send.open:
            word = "Cancelled" if send.state is SendState.CANCELLED else "Done"
            return f"{word}: {told}."
        if send.state is SendState.PAUSED and not is_looking_on:
            return f"Paused: {told}. `{steer} --resume` and `gazette run` let it go on."
        if is_looking_on:
            return f"So far: {told}. The running bot goes on with it; `{steer}` shows how far."
        return (
            f"Stopped: {told}. What is pending waits in the database; `gazette run` or "
            "the next `gazette post` sends it."
        )


def _pace(send: Send, per_second: float) -> str:
    """Say rate and time left, or that somebody holds it."""
    if send.state is not SendState.RUNNING:
        return str(send.state.value)
    now = SystemClock().now()
    left = send.time_left(now, per_second=per_second)
    rate = send.rate(now)
    told = [] if rate is None else [f"{rate:.0f} a second"]
    if left is not None:
        told.append(f"about {length_in_words(left)} left")
    return " · ".join(told)
