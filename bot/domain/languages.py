"""Languages that articles may be said to be written in."""

from __future__ import annotations

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
