"""Reasons for which a choice leaves stories out, in an operator's language.

They are made in English, as the ledger and the command line tell them (`domain.selection`); here
the same words are said in others. How a reader hears them: `rendering.whys`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.domain.languages import N_
from bot.rendering.phrases import Phrases

# Note: each says why a story does not come: "12 · muted topic"; no full stop
_REASONS: Sequence[tuple[str, str]] = (
    (r"withdrawn by its publisher", N_("withdrawn by its publisher")),
    (r"no title", N_("no title")),
    (r"no usable link", N_("no usable link")),
    (r"no date, .*", N_("no date")),
    (r"its date has not come yet", N_("its date has not come yet")),
    (r"older than ([\d.]+) days?", N_("older than %(value)s days")),
    (r"older than ([\d.]+) hours?", N_("older than %(value)s hours")),
    (
        r"already published and heat below (\d+)",
        N_("already published and heat below %(value)s"),
    ),
    (r"quality below (\d+)", N_("quality below %(value)s")),
    (r"this chat has received it", N_("this chat has received it")),
    (r"one of these chats has received it", N_("one of these chats has received it")),
    (r"(.*) has received it", N_("%(value)s has received it")),
    (r"sent before, too long ago.*", N_("sent before, too long ago to know to whom")),
    (r"muted topic", N_("muted topic")),
    (r"muted provider", N_("muted provider")),
    (r"other topics were asked for", N_("other topics were asked for")),
    (r"holds “(.*)”, which is to stay out", N_("holds “%(value)s”, which is to stay out")),
    (
        r"its event was sent, and this is nothing newer",
        N_("its event was sent, and this is nothing newer"),
    ),
    (r"the digest is full", N_("the digest is full")),
    (r"(\d+) of its provider", N_("%(value)s of its provider")),
    (r"(\d+) of its topic", N_("%(value)s of its topic")),
    (r"(\d+) of its section", N_("%(value)s of its section")),
    (r"it is not in the library", N_("it is not in the library")),
    (r"it is not in the library any more", N_("it is not in the library any more")),
)


def said(reason: str, _: Phrases) -> str:
    """Say a reason; as it stands in the account if it is not known here."""
    for pattern, text in _REASONS:
        found = re.fullmatch(pattern, reason, re.DOTALL)
        if found is not None:
            values = {"value": found[1]} if found.groups() else {}
            return _(text, **values)
    return reason
