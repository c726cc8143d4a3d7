"""Which line of which template wrote a piece of markup, or failed while it did."""

from __future__ import annotations

from collections.abc import Iterator
from inspect import isgenerator
from types import TracebackType

from jinja2 import Template

from bot.rendering.bounded import MAX_MARKUP, Overrun

SUFFIX = ".html"
"""The ending of every template's file."""


class Written:
    """What a template has written, and which line wrote it."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._places: list[tuple[int, tuple[str, int] | None]] = []
        self._length = 0

    @property
    def markup(self) -> str:
        """All of it."""
        return "".join(self._pieces)

    def take(self, stream: Iterator[str]) -> None:
        """Read all of it. Raises Overrun for what is too long."""
        for piece in stream:
            self._places.append((self._length, _place_in(stream)))
            self._pieces.append(piece)
            self._length += len(piece)
            if self._length > MAX_MARKUP:
                raise Overrun("writes too much")

    def place_of(self, at: int) -> tuple[str, int] | None:
        """Tell which file and line wrote what stands at a place of the markup."""
        found = None
        for (start, place), piece in zip(self._places, self._pieces, strict=True):
            if start <= at and place is not None:
                found = place[0], place[1] + piece[: at - start].count("\n")
        return found


def _place_in(stream: object) -> tuple[str, int] | None:
    """Tell where a template's generator stands, in the innermost file that it includes."""
    place = None
    while isgenerator(stream):
        frame = stream.gi_frame
        if frame is None:
            break
        template = frame.f_globals.get("__jinja_template__")
        if isinstance(template, Template) and template.filename is not None:
            place = template.filename, template.get_corresponding_lineno(frame.f_lineno)
        stream = stream.gi_yieldfrom or frame.f_locals.get("gen")
    return place


def place_of(traceback: TracebackType | None) -> tuple[str, int] | None:
    """Tell where a template failed: its lines stand in the traceback."""
    place = None
    while traceback is not None:
        file = traceback.tb_frame.f_code.co_filename
        if file.endswith(SUFFIX):
            place = file, traceback.tb_lineno
        traceback = traceback.tb_next
    return place
