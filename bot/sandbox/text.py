"""Message text as Telegram cleans it, and the lengths that it counts in.

Entity offsets count UTF-16 units, length limits count code points, some limits count bytes.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable
from itertools import accumulate

# The clean-up stops near 35,000 bytes (TDLib's clean_input_string).
MAX_CLEAN_BYTES = 34_997

_REMOVED = {0x0D, *range(0x2028, 0x202F), 0x0333, 0x033F, 0x030A}
_SPACED = {*range(0x20)} - {0x0A, 0x0D}
_TABLE = {**dict.fromkeys(_REMOVED), **dict.fromkeys(_SPACED, " ")}
_ANY_REMOVED = re.compile("[" + "".join(map(chr, sorted(_REMOVED))) + "]")
_DIRECTION_RUN = re.compile("[\u200e\u200f]+(?=[\u200e\u200f])")
# Shown as nothing: spaces of all widths, fillers and joiners.
_INVISIBLE = re.compile(
    "[\\s\u00a0\u00ad\u1680\u180e\u2000-\u200f\u202e\u202f\u205f\u2060\u2800\u3000\ufeff\ufffc]*"
)


def utf16_length(text: str) -> int:
    """Count the UTF-16 units of `text`."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def utf16_starts(text: str) -> list[int]:
    """Give the UTF-16 offset of every character, and of the end."""
    return list(accumulate((2 if char > "\uffff" else 1 for char in text), initial=0))


def clean(text: str) -> str:
    """Turn control characters into spaces and remove what Telegram removes."""
    return _DIRECTION_RUN.sub(lambda run: "\u200c" * len(run[0]), text.translate(_TABLE))


def shift_of(text: str) -> Callable[[int], int]:
    """Make the function that maps UTF-16 offsets in `text` to offsets in `clean(text)`."""
    removed = [utf16_length(text[: found.start()]) for found in _ANY_REMOVED.finditer(text)]
    if not removed:
        return lambda offset: offset
    # All removed characters are one UTF-16 unit wide.
    return lambda offset: offset - bisect_left(removed, offset)


def cut_long(text: str) -> str:
    """Cut `text` where Telegram's clean-up stops reading."""
    encoded = text.encode("utf-8", "surrogatepass")
    if len(encoded) <= MAX_CLEAN_BYTES:
        return text
    return encoded[:MAX_CLEAN_BYTES].decode("utf-8", "ignore")


def is_visible(text: str) -> bool:
    """Tell whether a reader sees anything of `text`."""
    return _INVISIBLE.fullmatch(text) is None
