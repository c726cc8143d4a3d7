"""What templates call to speak the language of a style: texts, numbers, lists of names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from jinja2 import Environment
from markupsafe import Markup

from bot.domain.languages import INTERFACE_LANGUAGES
from bot.rendering.catalogues import BEHIND_CONTEXT
from bot.rendering.phrases import COMMA, Phrases, phrases_in
from bot.rendering.quoting import quoted

EXTENSION = "jinja2.ext.i18n"


def teach(environment: Environment) -> None:
    """Let templates of an environment that has EXTENSION hold texts to translate."""
    # Our own functions put values into a text: somebody else's words stay marked as such.
    environment.newstyle_gettext = True  # type: ignore[attr-defined]
    environment.policies["ext.i18n.trimmed"] = True


@lru_cache(maxsize=len(INTERFACE_LANGUAGES))
def speech_in(language: str) -> Mapping[str, Any]:
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
        return comma.join(Markup.escape(quoted(phrases.value(name))) for name in names)

    return {
        "_": gettext,
        "gettext": gettext,
        "ngettext": ngettext,
        "pgettext": pgettext,
        "number": number,
        "listed": listed,
        "comma": Markup.escape(phrases(COMMA)),
        "space": Markup.escape(phrases.space),
    }


def _filled(phrases: Phrases, text: str, values: Mapping[str, object]) -> Markup:
    shown = {name: _shown(phrases, value) for name, value in values.items()}
    return Markup(text) % shown  # noqa: S704 - a text of ours; what stands in it is escaped


def _shown(phrases: Phrases, value: object) -> Markup:
    """Write a value into a text: somebody else's words are marked so, what we made stays markup."""
    written = phrases.value(value)
    if isinstance(value, Markup):
        return Markup(written)  # noqa: S704 - it was markup; isolates around it change nothing
    return Markup.escape(quoted(written))
