"""Words that run the other way than the line they stand in.

Telegram keeps isolates (U+2066 to U+2069) and drops the older overrides. Between isolates a name
neither turns its line round nor lets the signs behind it drift to its other end.
"""

from __future__ import annotations

import re
import unicodedata

from bot.rendering.phrases import END_OF_ISOLATE, ISOLATE, Phrases

_ISOLATES = re.compile("[\u2066-\u2069]")
_ANY_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdfd\ufe70-\ufefc\U00010800-\U0001efff]")


def isolated(text: str, phrases: Phrases) -> str:
    """Give words as they may stand on a line of that language with others beside them.

    Isolates that somebody left open in them are taken out.
    """
    whole = _ISOLATES.sub("", text)
    if phrases.is_right_to_left:
        is_other = any(unicodedata.bidirectional(sign) == "L" for sign in whole)
    else:
        is_other = _ANY_RIGHT_TO_LEFT.search(whole) is not None
    return f"{ISOLATE}{whole}{END_OF_ISOLATE}" if is_other else whole
