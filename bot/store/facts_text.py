"""The text of an article's facts, as their column holds it."""

from __future__ import annotations

import json
from datetime import datetime

import orjson

from bot.domain.facts import Facts

_SLOWLY = " "
"""Stands before what orjson must not read: it refuses halves of pairs and rounds long numbers."""


def text_of(facts: Facts) -> str:
    """Write facts as JSON; no NUL and no half of a UTF-16 pair stands in it as it is."""
    try:
        return orjson.dumps(facts).decode()
    except TypeError:  # a lone half of a pair, or a number of more than 64 bits
        return _SLOWLY + json.dumps(facts, separators=(",", ":"), default=datetime.isoformat)


def facts_from(text: str) -> Facts:
    """Read what `text_of` wrote."""
    read = json.loads if text.startswith(_SLOWLY) else orjson.loads
    facts: Facts = read(text)
    return facts
