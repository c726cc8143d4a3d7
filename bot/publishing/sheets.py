"""Sheets as values that can be stored, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.domain.article import StoryKey
from bot.domain.digest import Item
from bot.domain.hand import Sheet
from bot.domain.sections import Section, read_sections
from bot.domain.selection import Known
from bot.domain.subscription import Layout


def sheet_json(sheet: Sheet) -> dict[str, Any]:
    """Write a sheet; articles are named by their paths."""
    return {
        "lines": [
            {
                "path": line.article.path,
                "also": [other.path for other in line.also],
                "score": line.score,
                "update_of": line.update_of,
                "section": str(line.section) if line.section is not None else None,
                "reasons": dict(line.reasons),
            }
            for line in sheet.lines
        ],
        "pinned": sorted(sheet.pinned),
        "words": sheet.words,
        "layout": sheet.layout.value if sheet.layout is not None else None,
        "head": sheet.head,
    }


def paths_of(stored: Mapping[str, Any]) -> tuple[str, ...]:
    """Name the articles of a stored sheet."""
    lines = stored["lines"]
    return tuple(path for line in lines for path in (line["path"], *line["also"]))


def sheet_from(stored: Mapping[str, Any], known: Mapping[str, Known]) -> Sheet:
    """Read a sheet; a line whose article is not known any more is gone."""
    lines = tuple(
        Item(
            article=known[line["path"]].article,
            also=tuple(known[path].article for path in line["also"] if path in known),
            score=line["score"],
            update_of=StoryKey(line["update_of"]) if line["update_of"] else None,
            section=_section(line["section"]),
            reasons=line["reasons"],
        )
        for line in stored["lines"]
        if line["path"] in known
    )
    there = {line.article.story_key for line in lines}
    layout = stored["layout"]
    return Sheet(
        lines=lines,
        pinned=frozenset(StoryKey(key) for key in stored["pinned"]) & there,
        words=stored["words"],
        layout=None if layout is None else Layout(layout),
        head=stored["head"],
    )


def _section(stored: str | None) -> Section | None:
    return None if stored is None else next(iter(read_sections(stored)), None)
