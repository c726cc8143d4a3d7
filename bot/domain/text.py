"""Text with its entities, in the units that Telegram counts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """A stretch of text with a meaning; `offset` and `length` count UTF-16 units."""

    kind: str
    offset: int
    length: int
    url: str | None = None
    language: str | None = None

    def moved(self, by: int) -> Entity:
        """Give it so many UTF-16 units further on."""
        if by == 0:
            return self
        return Entity(
            kind=self.kind,
            offset=self.offset + by,
            length=self.length,
            url=self.url,
            language=self.language,
        )

    def as_json(self) -> dict[str, Any]:
        """Give the MessageEntity object of the Bot API."""
        value: dict[str, Any] = {"type": self.kind, "offset": self.offset, "length": self.length}
        if self.url is not None:
            value["url"] = self.url
        if self.language is not None:
            value["language"] = self.language
        return value


@dataclass(frozen=True, slots=True)
class Text:
    """Text with its entities, as Telegram takes it without any markup.

    `live` counts what Telegram will link by itself, such as a hashtag that is meant to be one.
    """

    value: str = ""
    entities: tuple[Entity, ...] = ()
    live: int = field(default=0, compare=False)

    def __add__(self, other: Text) -> Text:
        """Join two texts; the offsets of the second are shifted."""
        shift = utf16_length(self.value)
        moved = tuple(entity.moved(shift) for entity in other.entities)
        return Text(self.value + other.value, self.entities + moved, self.live + other.live)

    @property
    def entity_count(self) -> int:
        """Count what Telegram's limit of entities counts, its own among them."""
        return len(self.entities) + self.live

    def __len__(self) -> int:
        """Count characters as Telegram's limits do: code points."""
        return len(self.value)


def utf16_length(text: str) -> int:
    """Count UTF-16 units: characters beyond U+FFFF are two."""
    if text.isascii():
        return len(text)
    return len(text.encode("utf-16-le", errors="surrogatepass")) // 2


def join(texts: Iterable[Text]) -> Text:
    """Join texts in order."""
    parts = tuple(texts)
    entities: list[Entity] = []
    shift = 0
    for part in parts:
        entities += (entity.moved(shift) for entity in part.entities)
        shift += utf16_length(part.value)
    return Text(
        "".join(part.value for part in parts), tuple(entities), sum(part.live for part in parts)
    )


def lines_of(text: Text) -> tuple[Text, ...]:
    """Divide a text at its line breaks; entities that reach over one are divided too."""
    lines: list[Text] = []
    start = 0
    for words in text.value.split("\n"):
        end = start + utf16_length(words)
        entities = tuple(
            replace(
                one,
                offset=max(one.offset, start) - start,
                length=min(one.offset + one.length, end) - max(one.offset, start),
            )
            for one in text.entities
            if max(one.offset, start) < min(one.offset + one.length, end)
        )
        lines.append(Text(words, entities))
        start = end + 1
    return tuple(lines)
