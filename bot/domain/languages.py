"""Languages: those that articles may be written in, and those that the bot speaks."""

from __future__ import annotations

from functools import lru_cache

_CODES = (
    "ar bg bn ca cs da de el en es et fa fi fr ga he hi hr hu hy id it ja ka ko lt lv ms nl no pl"
    " pt ro ru sk sl sq sr sv ta th tr uk ur vi zh"
)
CONTENT_LANGUAGES = frozenset(_CODES.split())
"""ISO 639-1 codes. Some have stems in the index; words of the others are found as they stand."""
_SAME = {"nb": "no", "nn": "no", "iw": "he", "in": "id"}


def content_language(code: str) -> str | None:
    """Read a code such as `de`, `pt-BR` or `zh_Hant`; None when the language is not known here."""
    name = code.strip().replace("_", "-").partition("-")[0].lower()
    name = _SAME.get(name, name)
    return name if name in CONTENT_LANGUAGES else None


INTERFACE_LANGUAGES = ("en", "de", "es", "fr", "pt", "ru", "uk", "tr", "ar", "fa", "hi", "id", "zh")
"""ISO 639-1 codes of the languages that the bot itself speaks."""
DEFAULT_LANGUAGE = "en"


@lru_cache(maxsize=256)
def interface_language(code: str | None) -> str | None:
    """Read a code such as Telegram's `pt-br`; None when the bot does not speak that language."""
    name = content_language(code or "")
    return name if name in INTERFACE_LANGUAGES else None


def N_(text: str) -> str:
    """Mark a text that will be said in a reader's language later: where it is shown."""
    return text
