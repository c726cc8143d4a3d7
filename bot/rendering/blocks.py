"""Blocks: small templates, each rendered once per content and kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import BaseLoader, ChoiceLoader, FileSystemLoader, PackageLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from bot.domain.languages import INTERFACE_LANGUAGES
from bot.domain.message import MAX_TEXT, Text
from bot.rendering.catalogues import BEHIND_CONTEXT
from bot.rendering.cleaning import cleaned
from bot.rendering.emphasis import Emphasised
from bot.rendering.finish import QUOTED, UNQUOTED, cut, finish
from bot.rendering.phrases import COMMA, Phrases, phrases_in
from bot.rendering.style import Style

KEPT_BLOCKS = 4096
"""About 2 MB: every line of several hundred different digests."""


def block(name: str, *, style: Style, **values: Any) -> Text:
    """Render the template `name` (without `.html`) to text and entities, in the style's language.

    Values must be hashable. A template of this name in the style's folder replaces ours. Our
    templates end no line by themselves: `<br>` does.
    """
    return _block(name, style.templates, style.language, tuple(sorted(values.items())))


@lru_cache(maxsize=KEPT_BLOCKS)
def _block(
    name: str, folder: Path | None, language: str, values: tuple[tuple[str, Any], ...]
) -> Text:
    phrases = phrases_in(language)
    template = _environment(folder).get_template(f"{name}.html")
    html = template.render({**_speech(phrases.language), **dict(values)})
    return cut(finish(html, is_right_to_left=phrases.is_right_to_left), MAX_TEXT)


@lru_cache(maxsize=len(INTERFACE_LANGUAGES))
def _speech(language: str) -> Mapping[str, Any]:
    """Give what `{% trans %}` and `_()` call in a template, and what else a language brings.

    `number(n)` writes a number, `listed(names)` names; `space` stands between two sentences.
    """
    phrases = phrases_in(language)

    def gettext(message: str, /, **values: object) -> Markup:
        return _filled(phrases, phrases.gettext(message), values)

    def ngettext(one: str, many: str, number: int, /, **values: object) -> Markup:
        text = phrases.counted(one, many, number)
        return _filled(phrases, text, {"number": number} | values)

    def pgettext(context: str, message: str, /, **values: object) -> Markup:
        return gettext(context + BEHIND_CONTEXT + message, **values)

    def number(value: int) -> Markup:
        return Markup.escape(phrases.number(value))

    def listed(names: Iterable[str]) -> Markup:
        comma = Markup.escape(phrases(COMMA))
        return comma.join(Markup.escape(_quoted(phrases.value(name))) for name in names)

    return {
        "_": gettext,
        "gettext": gettext,
        "ngettext": ngettext,
        "pgettext": pgettext,
        "number": number,
        "listed": listed,
        "space": Markup.escape(phrases.space),
    }


def _filled(phrases: Phrases, text: str, values: Mapping[str, object]) -> Markup:
    shown = {name: Markup.escape(_quoted(phrases.value(value))) for name, value in values.items()}
    return Markup(text) % shown  # noqa: S704 - a text of ours; what stands in it is escaped


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
        extensions=["jinja2.ext.i18n"],
    )
    # Our own functions put values into a text: somebody else's words stay marked as such.
    environment.newstyle_gettext = True  # type: ignore[attr-defined]
    environment.policies["ext.i18n.trimmed"] = True
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
