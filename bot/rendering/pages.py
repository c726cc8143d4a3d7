"""Blocks become pages: as few messages as their order allows, and no block on two of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.message import MAX_ENTITIES, MAX_TEXT, Text, join

MAX_STORIES = 50
"""Number buttons on one message: Telegram takes 100, a thumb takes fewer."""
MAX_LINK_CHARACTERS = 16_000
"""All links of one message together. Telegram refuses entities that are too long as a whole
without saying from where on; this leaves room for eight links of the longest kind."""
GAP = Text("\n\n")
MAX_BLOCK = 3700
"""What one story may take of a message: the rest is for head and marker."""


@dataclass(frozen=True, slots=True)
class Room:
    """What is left on a page."""

    characters: int = MAX_TEXT
    entities: int = MAX_ENTITIES
    links: int = MAX_LINK_CHARACTERS
    blocks: int = MAX_STORIES

    def has(self, text: Text) -> bool:
        """Whether the block, with a gap before it, still fits."""
        return (
            len(text) + len(GAP) <= self.characters
            and text.entity_count <= self.entities
            and _link_characters(text) <= self.links
            and self.blocks > 0
        )

    def after(self, text: Text) -> Room:
        """Give what is left below the block."""
        return Room(
            self.characters - len(text) - len(GAP),
            self.entities - text.entity_count,
            self.links - _link_characters(text),
            self.blocks - 1,
        )


def split(blocks: Sequence[Text], *, room: Room) -> tuple[range, ...]:
    """Divide blocks into pages, each with that room; gives the numbers of the blocks on each.

    A block that fits no page by itself gets one of its own: whoever makes blocks bounds them.
    """
    pages: list[range] = []
    start, left = 0, room
    for number, text in enumerate(blocks):
        if number > start and not left.has(text):
            pages.append(range(start, number))
            start, left = number, room
        left = left.after(text)
    if blocks:
        pages.append(range(start, len(blocks)))
    return tuple(pages)


def page(head: Text, blocks: Sequence[Text]) -> Text:
    """Join a head (may be empty) and blocks with an empty line between them."""
    parts = [part for part in (head, *blocks) if part.value]
    spaced = [piece for part in parts for piece in (GAP, part)]
    return join(spaced[1:])


def _link_characters(text: Text) -> int:
    return sum(len(entity.url) for entity in text.entities if entity.url)
