"""Catalogues: translations as translators write them (`.po`), read once per language.

The files are read as they are: nothing has to be compiled after a clone or a change, and nothing
compiled can be older than its source. Only what `make texts` writes is read, a fraction of the
format: that takes 4 ms where Babel's reader takes 20, and Babel itself need not be loaded.
"""

from __future__ import annotations

import gettext
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

from bot.domain.languages import DEFAULT_LANGUAGE, INTERFACE_LANGUAGES

BEHIND_CONTEXT = "\x04"
"""Stands between the context of a text and the text, as in gettext's own files."""

_LINE = re.compile(r'(?:(msgctxt|msgid|msgid_plural|msgstr)(?:\[(\d)\])? )?"(.*)"$')
_ESCAPED = re.compile(r"\\(.)")
_SIGNS = {"n": "\n", "t": "\t", "r": "\r"}
_PLURAL = re.compile(r"plural=([^;\n]+)")


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The texts of one language; each has one form, or as many as the language counts by.

    `form` says which of them belongs to a number.
    """

    texts: Mapping[str, tuple[str, ...]]
    form: Callable[[int], int]


@lru_cache(maxsize=len(INTERFACE_LANGUAGES))
def catalogue(language: str) -> Catalogue:
    """Give the texts of a language; none for English, in which they are written."""
    if language == DEFAULT_LANGUAGE:
        return Catalogue({}, lambda number: int(number != 1))
    file = resources.files("bot.rendering") / "locale" / language / "LC_MESSAGES" / "gazette.po"
    texts = dict(_entries(file.read_text("utf-8")))
    found = _PLURAL.search(texts.pop("", ("",))[0])
    return Catalogue(texts, gettext.c2py(found[1]) if found else lambda number: 0)


def _entries(source: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Give every text with its translation; what is not translated whole is left out."""
    for paragraph in source.split("\n\n"):
        parts: dict[str, str] = {}
        part = ""
        for line in paragraph.splitlines():
            if line.startswith("#, ") and "fuzzy" in line:
                break  # a guess that nobody has confirmed
            found = _LINE.match(line)
            if found is None:
                continue
            if found[1]:
                part = found[1] + (found[2] or "")
            parts[part] = parts.get(part, "") + _ESCAPED.sub(_sign, found[3])
        else:
            forms = tuple(text for name, text in parts.items() if name.startswith("msgstr"))
            if forms and all(forms):
                context = parts.get("msgctxt")
                text = parts.get("msgid", "")
                yield (text if context is None else context + BEHIND_CONTEXT + text), forms


def _sign(escaped: re.Match[str]) -> str:
    return _SIGNS.get(escaped[1], escaped[1])
