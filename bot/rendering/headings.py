"""Headings: what stands above the first story of a section."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.digest import Item
from bot.domain.languages import N_
from bot.domain.message import Text, join
from bot.domain.sections import MOST_HEADING, Section
from bot.rendering.blocks import layout_block
from bot.rendering.cleaning import is_visible, one_line
from bot.rendering.finish import cut
from bot.rendering.pages import GAP
from bot.rendering.phrases import Phrases
from bot.rendering.shortening import shortened
from bot.rendering.style import Style

# Note: headings of parts of a digest
_NAMES = {
    "article": N_("Articles"),
    "news": N_("News"),
    "video": N_("Videos"),
    "course": N_("Courses"),
    "collection": N_("Collections"),
    "download": N_("Downloads"),
    "forum": N_("Discussions"),
    "profile": N_("Faces"),
}
"""Kinds that articles are known to have; others are named as they name themselves."""


def headed(blocks: Sequence[Text], items: Sequence[Item], *, style: Style) -> list[Text]:
    """Put the heading of each section above its first story: the two are never parted."""
    texts = headings(items, style=style)
    return [
        join([heading, GAP, text]) if heading.value else text
        for heading, text in zip(texts, blocks, strict=True)
    ]


def headings(items: Sequence[Item], *, style: Style) -> list[Text]:
    """Give for each item the heading that stands above it; empty for all but the first."""
    before: Section | None = None
    texts = []
    for item in items:
        is_first = item.section is not None and item.section != before
        texts.append(_heading(item.section, style) if item.section and is_first else Text())
        before = item.section
    return texts


def kind_name(kind: str, _: Phrases) -> str:
    """Name a kind of articles."""
    return _(_NAMES[kind]) if kind in _NAMES else one_line(kind.capitalize())


def name_of(section: Section, *, style: Style) -> str:
    """Name a section for people."""
    kind = section.kinds[0]
    usual = kind_name(kind, style.phrases)
    return shortened(one_line(section.heading or usual), MOST_HEADING)


def _heading(section: Section, style: Style) -> Text:
    name = name_of(section, style=style)
    if not is_visible(name):
        return Text()
    return cut(layout_block("heading", style=style, heading=name), 2 * MOST_HEADING)
