"""Likeness: whether two articles tell one event, judged by their words, times and providers.

Two texts of one event share words, or tell the same in words of their own (`bot.domain.concepts`).
The figures were fitted to the open families of a labelled set (docs/notes/0010-events.md); each
has its reason here, and none was made for a single pair.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from bot.domain.article import Article
from bot.domain.concepts import PLACE, part_of, places
from bot.domain.terms import Rarity, Terms, terms_of

SAME_EVENT = 0.0
"""From this score on two articles are one event."""
NO_EVENT = -1.0
"""The score of two articles that cannot be one, whatever else they share."""
FARTHEST = timedelta(days=7)
"""Articles further apart tell two events, whatever their words."""

BASE = -1.4
"""Two articles of which nothing is known are two events; so are two that share but one name."""
EVIDENCE, MOST_EVIDENCE = 0.35, 10.0
"""For what they share, by rarity. More than so much is a shared template, not more proof."""
IN_TITLES, IN_ONE_TITLE, IN_TEXTS = 1.0, 0.8, 0.55
"""A title says what happened; an excerpt also tells the circumstances."""
IN_OTHER_WORDS = 0.6
"""For what both tell in words of their own: *walkout* and *grève* are less sure than one word."""
OTHER_NAMES, MOST_OTHER_NAMES = -0.18, 8.0
"""For names that one title has and the other article lacks: other places, people, products."""
OTHER_PLACES, OTHER_PLACES_IN_TITLES = -0.9, -0.76
"""Both name places, and none in common; and the more, the rarer those are that titles name."""
SAME_HOURS = timedelta(hours=6)
"""So far apart newsrooms tell the first news of one event: it says nothing against it."""
FIRST_DAY, LATER_DAYS = -2.25, -2.1
"""For a day between them beyond that, and for each further one: what is told later is news."""
OTHER_DAYS = -0.65
"""Both name days of the week, and no day in common: they happened at different times."""
OTHER_NUMBERS = -0.4
"""Both give telling numbers, and none in common: other sums, sizes, magnitudes, counts."""
ONE_PROVIDER, ONE_PATTERN = -3.35, -2.6
"""A newsroom tells an event once: its next article is another one, the more so in like words."""
OTHER_LANGUAGE = 0.45
"""Across languages fewer words can be shared: less is expected."""
TELLING = 1.4
"""From this weight on a term tells something by itself: a name, a number, a rare word."""
TWINS = 1.0
"""The score of two articles that are one text."""
TWIN_WORDS, TWIN_TIME = 4, timedelta(hours=48)
"""One title of so many terms, told twice within this time, is one text put out again."""


@dataclass(frozen=True, slots=True)
class Judged:
    """An article with its terms, and who published it."""

    article: Article
    terms: Terms
    provider: str | None


def judged(article: Article) -> Judged:
    """Read an article for comparing."""
    return Judged(article, terms_of(article), article.provider_key)


def likeness(one: Judged, other: Judged, rarity: Rarity) -> float:
    """Score two articles: `SAME_EVENT` or more when they tell one event. Symmetric.

    A lower score says only that they do not: it is not looked at to the end.
    """
    apart = _apart(one.article, other.article)
    if apart > FARTHEST:
        return NO_EVENT
    a, b = one.terms, other.terms
    is_one_provider = one.provider is not None and one.provider == other.provider
    if _are_twins(one, other, apart=apart, is_one_provider=is_one_provider):
        return TWINS
    if _are_of_a_series(a, b):
        return NO_EVENT
    score = BASE + _for_time(a, b, apart)
    score += ONE_PROVIDER if is_one_provider else 0.0
    score += OTHER_LANGUAGE if a.language != b.language else 0.0
    if score + EVIDENCE * MOST_EVIDENCE < SAME_EVENT:
        return NO_EVENT
    evidence = _evidence(a, b, rarity) + IN_OTHER_WORDS * _in_other_words(a, b, rarity)
    score += EVIDENCE * min(evidence, MOST_EVIDENCE)
    if score < SAME_EVENT:
        return NO_EVENT
    score += OTHER_NUMBERS if _have_other_numbers(a, b, rarity) else 0.0
    if is_one_provider:
        score += ONE_PATTERN * max(_covered(a, b, rarity), _covered(b, a, rarity))
    only = max(_only(a, b, rarity), _only(b, a, rarity))
    return score + OTHER_NAMES * min(only, MOST_OTHER_NAMES) + _for_places(a, b, rarity)


def shared_terms(one: Judged, other: Judged, rarity: Rarity, *, most: int = 6) -> tuple[str, ...]:
    """Name what two articles share, the most telling first."""
    a, b = one.terms, other.terms
    shared = a.text.keys() & b.text.keys()
    weighed = {term: rarity.weight(term, min(a.text[term], b.text[term])) for term in shared}
    for concept in _untold(a, b):
        weighed[concept] = rarity.weight(concept, part_of(concept))
    telling = sorted((term for term, weight in weighed.items() if weight > 0), key=str)
    telling.sort(key=lambda term: -weighed[term])
    return tuple(dict.fromkeys(term.lstrip("=@") for term in telling))[:most]


def _apart(one: Article, other: Article) -> timedelta:
    """Give the time between two articles; an unknown date is no distance."""
    if one.dated_at is None or other.dated_at is None:
        return timedelta(0)
    return abs(one.dated_at - other.dated_at)


def _are_twins(one: Judged, other: Judged, *, apart: timedelta, is_one_provider: bool) -> bool:
    if apart > TWIN_TIME or len(one.terms.title) < TWIN_WORDS:
        return False
    if one.terms.title.keys() != other.terms.title.keys():
        return False
    return not is_one_provider or one.article.excerpt == other.article.excerpt


def _are_of_a_series(a: Terms, b: Terms) -> bool:
    """Whether two titles differ in nothing but their numbers: two episodes, two daily figures."""
    ours, theirs = a.title.keys(), b.title.keys()
    return ours != theirs and all(any(map(str.isdigit, term)) for term in ours ^ theirs)


def _evidence(a: Terms, b: Terms, rarity: Rarity) -> float:
    """Weigh what two articles share."""
    found = 0.0
    for term in a.text.keys() & b.text.keys():
        weight = rarity.weight(term, min(a.text[term], b.text[term]))
        share = min(a.names.get(term, 1.0), b.names.get(term, 1.0))
        titles = (term in a.title) + (term in b.title)
        found += weight * share * (IN_TEXTS, IN_ONE_TITLE, IN_TITLES)[titles]
    return round(found, 6)  # sets have no order, and sums depend on it in the last digit


def _untold(a: Terms, b: Terms) -> set[str]:
    """Give the concepts that both tell without a word in common."""
    return {
        concept
        for concept in a.concepts.keys() & b.concepts.keys()
        if a.concepts[concept].isdisjoint(b.concepts[concept])
    }


def _in_other_words(a: Terms, b: Terms, rarity: Rarity) -> float:
    """Weigh the concepts that two articles share without a word; a word counts for one of them."""
    weighed = {concept: rarity.weight(concept, part_of(concept)) for concept in _untold(a, b)}
    found = 0.0
    ours: set[str] = set()
    theirs: set[str] = set()
    for concept in sorted(weighed, key=lambda concept: (-weighed[concept], concept)):
        one = a.concepts[concept] - b.text.keys() - ours
        other = b.concepts[concept] - a.text.keys() - theirs
        if not one or not other:
            continue
        if concept[0] != PLACE:  # a city also stands for its country
            ours |= one
            theirs |= other
        titles = (concept in a.in_title) + (concept in b.in_title)
        found += weighed[concept] * (IN_TEXTS, IN_ONE_TITLE, IN_TITLES)[titles]
    return round(found, 6)


def _for_places(a: Terms, b: Terms, rarity: Rarity) -> float:
    """Weigh that they name different places."""
    ours, theirs = places(a.concepts), places(b.concepts)
    score = OTHER_PLACES if ours and theirs and ours.isdisjoint(theirs) else 0.0
    only = [
        sum(rarity.weight(place, part_of(place)) for place in sorted(named - known))
        for named, known in ((places(a.in_title), theirs), (places(b.in_title), ours))
    ]
    return score + OTHER_PLACES_IN_TITLES * min(only)


def _covered(a: Terms, b: Terms, rarity: Rarity) -> float:
    """Give the part of the title of `a`, by rarity, that `b` tells."""
    whole = told = 0.0
    for term, part in a.title.items():
        weight = rarity.weight(term, min(part, b.text.get(term, 1.0))) * a.names.get(term, 1.0)
        whole += weight
        if term in b.text:
            told += weight
    return told / whole if whole else 0.0


def _only(a: Terms, b: Terms, rarity: Rarity) -> float:
    """Weigh the names in the title of `a` that `b` does not mention."""
    return sum(
        rarity.weight(name, a.title[name]) * share
        for name, share in a.names.items()
        if name in a.title and name not in b.text
        if b.concepts.keys().isdisjoint(a.meaning.get(name, ()))
    )


def _have_other_numbers(a: Terms, b: Terms, rarity: Rarity) -> bool:
    ours, theirs = _numbers(a, rarity), _numbers(b, rarity)
    return bool(ours and theirs and not ours & theirs)


def _numbers(terms: Terms, rarity: Rarity) -> set[str]:
    """Give the numbers that tell something; small counts, which change with the news, do not."""
    return {one for one in terms.numbers if rarity.weight(one, terms.text[one]) >= TELLING}


def _for_time(a: Terms, b: Terms, apart: timedelta) -> float:
    days = max(apart - SAME_HOURS, timedelta(0)) / timedelta(days=1)
    score = FIRST_DAY * min(days, 1.0) + LATER_DAYS * max(apart / timedelta(days=1) - 1.0, 0.0)
    if a.days and b.days and not a.days & b.days:
        score += OTHER_DAYS
    return score
