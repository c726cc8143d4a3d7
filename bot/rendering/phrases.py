"""Phrases: what the bot says of itself, in the language of whoever reads it.

A text is written in English where it is used, and is the key of its translations. Several
languages are spoken side by side in one process: there is no current language, only the
`Phrases` that somebody was handed. How a text is written: docs/languages.md.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache

from bot.domain.languages import INTERFACE_LANGUAGES, N_, interface_language
from bot.rendering.catalogues import BEHIND_CONTEXT, catalogue

# Note: between the names of a list, with the space behind it where there is one
COMMA = N_(", ")
RIGHT_TO_LEFT = frozenset({"ar", "fa"})
ISOLATE, END_OF_ISOLATE = "\u2068", "\u2069"
"""Around a name in a text of the other direction: neither disturbs the order of the other."""
RIGHT_TO_LEFT_MARK = "\u200f"

_LETTER = re.compile(r"[^\W\d_]")


class Phrases:
    """Says texts in one language. Named `_` where it is used: `_("Topics")`.

    Values stand in a text as `%(name)s`, so a percent sign is written `%%`. Whole numbers are
    written as the language does (`1,234`): numbers that only identify are handed in as text.
    """

    __slots__ = ("_catalogue", "is_right_to_left", "language")

    def __init__(self, language: str) -> None:
        self.language = language
        self.is_right_to_left = language in RIGHT_TO_LEFT
        self._catalogue = catalogue(language)

    def __call__(self, message: str, /, **values: object) -> str:
        """Say a text."""
        return self._filled(self.gettext(message), values)

    def ngettext(self, one: str, many: str, number: int, /, **values: object) -> str:
        """Say a text about a number of things; it stands in the text as `%(number)s`."""
        return self._filled(self.counted(one, many, number), {"number": number} | values)

    def pgettext(self, context: str, message: str, /, **values: object) -> str:
        """Say a text that means several things in English; the context says which."""
        return self._filled(self.gettext(context + BEHIND_CONTEXT + message), values)

    def gettext(self, message: str) -> str:
        """Translate a text, with its places for values still open."""
        found = self._catalogue.texts.get(message)
        return found[0] if found else message.rpartition(BEHIND_CONTEXT)[2]

    def counted(self, one: str, many: str, number: int) -> str:
        """Translate a text in the form that belongs to a number, its places still open."""
        forms = self._catalogue.texts.get(one)
        if forms is None:
            return one if number == 1 else many
        return forms[min(self._catalogue.form(number), len(forms) - 1)]

    @property
    def space(self) -> str:
        """What stands between two sentences."""
        return "" if self.language == "zh" else " "

    def listed(self, names: Iterable[str]) -> str:
        """Write names one after the other: `tea, coffee`."""
        return self(COMMA).join(str(self.value(name)) for name in names)

    def number(self, number: int) -> str:
        """Write a whole number: `1,234`. Digits are Latin everywhere: hours are typed back so."""
        if abs(number) < 1000:
            return str(number)
        if self.language == "en":
            return f"{number:,}"
        from babel.numbers import format_decimal  # most processes never need it

        return format_decimal(number, locale=self.language)

    def decimal(self, number: float) -> str:
        """Write a figure: `0.75`, `0,75`."""
        written = f"{number:g}"
        if self.language == "en" or "." not in written:
            return written
        from babel.numbers import get_decimal_symbol

        return written.replace(".", get_decimal_symbol(self.language, numbering_system="latn"))

    def value(self, value: object) -> object:
        """Write a value as it stands in a text of this language."""
        if isinstance(value, int) and not isinstance(value, bool):
            return self.number(value)
        if not self.is_right_to_left or not isinstance(value, str) or ISOLATE in value:
            return value  # a text of ours within another stands apart already
        return f"{ISOLATE}{value}{END_OF_ISOLATE}" if _runs_left_to_right(value) else value

    def _filled(self, text: str, values: Mapping[str, object]) -> str:
        text = text % {name: self.value(value) for name, value in values.items()}
        return directed(text) if self.is_right_to_left else text


Saying = Callable[[Phrases], str]
"""A text for somebody whose language is not known yet: `lambda _: _("Topics")`."""


@lru_cache(maxsize=len(INTERFACE_LANGUAGES))
def _phrases(language: str) -> Phrases:
    return Phrases(language)


def phrases_in(code: str | None) -> Phrases:
    """Give the phrases of a language; English for one that the bot does not speak."""
    return _phrases(interface_language(code) or "en")


ENGLISH = phrases_in("en")


def directed(text: str) -> str:
    """Have every line that holds right-to-left words run so, whatever it begins with.

    Clients give a line the direction of its first letter; a name in front would turn it round.
    """
    lines = text.split("\n")
    return "\n".join(RIGHT_TO_LEFT_MARK + line if needs_mark(line) else line for line in lines)


def needs_mark(line: str) -> bool:
    """Whether a line begins with a letter of the other direction than its right-to-left words."""
    first = _LETTER.search(line)
    if first is None or line.startswith(RIGHT_TO_LEFT_MARK) or _is_right_to_left(first[0]):
        return False
    return any(_is_right_to_left(character) for character in line[first.end() :])


def _runs_left_to_right(text: str) -> bool:
    return any(unicodedata.bidirectional(character) == "L" for character in text)


def _is_right_to_left(character: str) -> bool:
    return unicodedata.bidirectional(character) in ("R", "AL")
