"""Blocks: small templates, each rendered once per content and kept."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import BaseLoader, ChoiceLoader, FileSystemLoader, PackageLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from bot.domain.message import MAX_TEXT, Text
from bot.rendering.cleaning import cleaned
from bot.rendering.emphasis import Emphasised
from bot.rendering.finish import QUOTED, UNQUOTED, cut, finish

KEPT_BLOCKS = 4096
"""About 2 MB: every line of several hundred different digests."""


def block(name: str, *, folder: Path | None = None, **values: Any) -> Text:
    """Render the template `name` (without `.html`) to text and entities.

    Values must be hashable. A template of this name in `folder` replaces ours. Our templates end
    no line by themselves: `<br>` does.
    """
    return _block(name, folder, tuple(sorted(values.items())))


@lru_cache(maxsize=KEPT_BLOCKS)
def _block(name: str, folder: Path | None, values: tuple[tuple[str, Any], ...]) -> Text:
    html = _environment(folder).get_template(f"{name}.html").render(dict(values))
    return cut(finish(html), MAX_TEXT)


@lru_cache(maxsize=8)
def _environment(folder: Path | None) -> ImmutableSandboxedEnvironment:
    loader: BaseLoader = PackageLoader("bot.rendering")
    if folder is not None:
        loader = ChoiceLoader([FileSystemLoader(folder), loader])
    environment = ImmutableSandboxedEnvironment(
        loader=loader,
        autoescape=True,
        finalize=_quoted,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["lines"] = _lines
    return environment


def _quoted(value: object) -> object:
    """Mark what a template inserts as somebody else's words; markup that we made stays ours.

    The signs that mark it are removed from the words before: nobody can unquote himself.
    """
    if isinstance(value, Emphasised):
        return value.markup
    if isinstance(value, str) and not isinstance(value, Markup):
        return f"{QUOTED}{cleaned(value)}{UNQUOTED}"
    return value


def _lines(value: str) -> Markup:
    """Keep the line breaks of a text."""
    quoted = (f"{QUOTED}{Markup.escape(cleaned(line))}{UNQUOTED}" for line in value.split("\n"))
    return Markup("<br>".join(quoted))  # noqa: S704 - every line is escaped
