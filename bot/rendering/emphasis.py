"""Emphasis: the words of a text that answer a question, in bold."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from bot.rendering.cleaning import cleaned
from bot.rendering.finish import QUOTED, UNQUOTED

MOST_BOLD = 8
"""Stretches of one text: bold that is everywhere tells nothing, and each is an entity."""

Places = Sequence[tuple[int, int]]
"""Stretches of a text in characters, in order, none within another."""
Mark = Callable[[str], Places]
"""Says which words of a text matched."""


@dataclass(frozen=True, slots=True)
class Emphasised:
    """Somebody else's words, cleaned, some of them in bold."""

    text: str
    places: tuple[tuple[int, int], ...]

    def __str__(self) -> str:
        """Give the words alone."""
        return self.text

    @property
    def markup(self) -> Markup:
        """Write them for a template; nothing in them is taken for markup."""
        pieces: list[str] = []
        end = 0
        for start, stop in self.places:
            pieces += [_quoted(self.text[end:start]), f"<b>{_quoted(self.text[start:stop])}</b>"]
            end = stop
        return Markup("".join((*pieces, _quoted(self.text[end:]))))  # noqa: S704 - all escaped


def emphasised(text: str, mark: Mark | None) -> str | Emphasised:
    """Set the words that matched in bold, those beside each other in one go."""
    places = tuple(_joined(text, mark(text)))[:MOST_BOLD] if mark is not None else ()
    return Emphasised(text, places) if places else text


def _joined(text: str, places: Places) -> Iterable[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for start, end in places:
        if joined and text[joined[-1][1] : start].isspace():
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined


def _quoted(words: str) -> str:
    return f"{QUOTED}{Markup.escape(cleaned(words))}{UNQUOTED}" if words else ""
