"""Blocks: small templates, each rendered once per content and kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from jinja2 import PackageLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from bot.domain.message import MAX_TEXT, Text
from bot.domain.problem import Problem
from bot.domain.subscription import Layout
from bot.rendering.cleaning import cleaned
from bot.rendering.finish import QUOTED, UNQUOTED, cut, finish
from bot.rendering.overrides import Overrides
from bot.rendering.phrases import phrases_in
from bot.rendering.quoting import quoted
from bot.rendering.speech import EXTENSION, speech_in, teach
from bot.rendering.style import Style

KEPT_BLOCKS = 4096
"""About 2 MB: every line of several hundred different digests."""

_Values = tuple[tuple[str, Any], ...]


def block(name: str, *, style: Style, **values: Any) -> Text:
    """Render the template `name` (without `.html`) to text and entities, in the style's language.

    Values must be hashable. Our templates end no line by themselves: `<br>` does.
    """
    return _block(name, style.language, tuple(sorted(values.items())))


def layout_block(
    name: str,
    *,
    style: Style,
    extras: Callable[[], Mapping[str, Any]] = dict,
    **values: Any,
) -> Text:
    """Render a block that operators may replace with a template of their own.

    `extras` gives what only their templates are given. Where theirs is unfit, ours is used, and
    they are told.
    """
    overrides = style.templates
    if overrides is None or not overrides.has(name, style.layout):
        return block(name, style=style, **values)
    given = tuple(sorted({**extras(), **values}.items()))
    found = _override(overrides, name, style.layout, style.language, given)
    if isinstance(found, Text):
        return found
    overrides.tell(found)
    return block(name, style=style, **values)


@lru_cache(maxsize=KEPT_BLOCKS)
def _block(name: str, language: str, values: _Values) -> Text:
    phrases = phrases_in(language)
    template = _environment().get_template(f"{name}.html")
    html = template.render({**speech_in(phrases.language), **dict(values)})
    return cut(finish(html, is_right_to_left=phrases.is_right_to_left), MAX_TEXT)


@lru_cache(maxsize=KEPT_BLOCKS)
def _override(
    overrides: Overrides, name: str, layout: Layout, language: str, values: _Values
) -> Text | Problem:
    return overrides.render(name, layout, dict(values), language=language)


@lru_cache(maxsize=1)
def _environment() -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        loader=PackageLoader("bot.rendering"),
        autoescape=True,
        finalize=quoted,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=[EXTENSION],
    )
    teach(environment)
    environment.filters["lines"] = _lines
    return environment


def _lines(value: str) -> Markup:
    """Keep the line breaks of a text."""
    marked = (f"{QUOTED}{Markup.escape(cleaned(line))}{UNQUOTED}" for line in value.split("\n"))
    return Markup("<br>".join(marked))  # noqa: S704 - every line is escaped
