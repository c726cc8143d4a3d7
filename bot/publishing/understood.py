"""Understood: what the bot took a question for, and why it found nothing, in words for people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rapidfuzz import fuzz, process

from bot.domain.topic import folded
from bot.rendering.dates import span_of
from bot.rendering.phrases import COMMA, Phrases
from bot.search.asking import is_asking
from bot.search.query import Query, without_marks
from bot.search.ranking import Found
from bot.search.words import words_of


def understood(
    query: Query, found: Found, *, heading: str, zone: str, phrases: Phrases
) -> tuple[str, ...]:
    """Say what was taken for a time, a topic, a source or a kind, and what is missing.

    What the heading above it says already is not repeated.
    """
    _ = phrases
    said = folded(heading)
    topics = [_("topic %(name)s", name=name) for name in found.topics if folded(name) not in said]
    parts = [
        span_of(found.since, found.until, zone=zone, phrases=_),
        *topics[:2],
        *(_filter(text, _) for text in found.filters),
        *(_("without %(words)s", words=term) for term in query.without),
    ]
    if found.not_then:
        # Note: a time was named, but the stories below are of any time
        parts.append(_("nothing for “%(words)s”, so of any time", words=" ".join(found.not_then)))
    elif found.is_partial:
        # Note: the stories below hold only some of the words that were searched
        parts.append(_("some of these words"))
    return tuple(part for part in parts if part)


MOST_SOURCES = 3
NEAR = 70
"""Per cent of likeness from which on a source may have been meant: `kichen` and `kitchen`."""


def nearest_sources(query: Query, sources: Iterable[str]) -> tuple[str, ...]:
    """Give the sources spelled like what `from:` asks for, best first; none for one that there is.

    Of a domain each label counts: whoever means `kitchen.example` types `kitchen`.
    """
    parts = {
        part: source for source in sources for part in (source, *source.split(".")) if len(part) > 2
    }
    found: dict[str, None] = {}
    for one in query.filters:
        typed = folded(one.value)
        if one.key == "from" and one.is_wanted and typed not in parts:
            near = process.extract(
                typed, parts.keys(), scorer=fuzz.ratio, score_cutoff=NEAR, limit=6
            )
            found.update(dict.fromkeys(parts[part] for part, _, _ in near))
    return tuple(found)[:MOST_SOURCES]


def reasons(
    query: Query, found: Found, *, zone: str, phrases: Phrases, sources: Iterable[str] = ()
) -> tuple[str, ...]:
    """Say why nothing was found, where that is more than that there is nothing.

    `sources` are all there are: the nearest are named where there is none with the name typed.
    """
    _ = phrases
    told: list[str] = []
    when = span_of(found.since, found.until, zone=zone, phrases=_)
    typed = " ".join(found.dated_by)
    missing = _telling(found.why)
    if when and folded(when) != folded(typed):
        # Note: %(when)s is a time in words: Tuesday 17 November 2026, since 16 Nov 2026
        told.append(_("I took “%(typed)s” for %(when)s.", typed=typed, when=when))
    if found.is_narrow:
        # Note: %(filters)s is what was typed to narrow the search, such as from:bbc
        told.append(_("There is something without %(filters)s.", filters=" ".join(found.filters)))
    elif len(query.words) + len(query.phrases) > 1:
        if missing:
            # Note: %(words)s are words in quotes: “tea” or “coffee”
            told.append(_("No story has %(words)s.", words=_quoted(missing, _)))
        elif not query.without and not found.dated_by:
            told.append(_("There are stories with these words, but none with enough of them."))
    elif found.filters:
        # Note: %(kinds)s says what was asked for: from BBC or of type video
        kinds = _listed([_filter(text, _) for text in found.filters], _)
        told.append(_("No story is %(kinds)s.", kinds=kinds))
    if near := nearest_sources(query, sources):
        # Note: %(sources)s are newspapers or sites: bbc.co.uk or cbc.ca
        told.append(_("The nearest sources: %(sources)s.", sources=_listed(near, _)))
    if query.without:
        told.append(_("Stories with %(words)s were left out.", words=_quoted(query.without, _)))
    return tuple(told)


def _telling(words: Iterable[str]) -> tuple[str, ...]:
    """Leave out the words that only frame a question, and the marks around the others."""
    return tuple(without_marks(word) for word in words if not is_asking(words_of(word)))


def _filter(text: str, _: Phrases) -> str:
    is_wanted, text = not text.startswith("-"), text.removeprefix("-")
    key, _colon, value = text.partition(":")
    value = value.strip('"')
    if key == "from":
        # Note: %(source)s is a newspaper or a site
        wanted, unwanted = (
            _("from %(source)s", source=value),
            _("not from %(source)s", source=value),
        )
    else:
        wanted, unwanted = _("of type %(kind)s", kind=value), _("not of type %(kind)s", kind=value)
    return wanted if is_wanted else unwanted


def _quoted(words: Iterable[str], _: Phrases) -> str:
    # Note: a word in the quotation marks of the language
    return _listed([_("“%(word)s”", word=word) for word in words], _)


def _listed(words: Sequence[str], _: Phrases) -> str:
    *others, last = words
    if not others:
        return last
    # Note: the end of a list of which any may be meant: tea, coffee or water
    return _("%(others)s or %(last)s", others=_(COMMA).join(others), last=last)
