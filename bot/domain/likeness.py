"""Likeness: whether two articles tell one event, judged by their words, times and providers.

The figures were found on one half of a labelled set (docs/notes/0010-events.md); each has its
reason here, and none was made for a single pair.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from bot.domain.article import Article
from bot.domain.terms import Rarity, Terms, terms_of

SAME_EVENT = 0.0
"""From this score on two articles are one event."""
NO_EVENT = -1.0
"""The score of two articles that cannot be one, whatever else they share."""
FARTHEST = timedelta(days=7)
"""Articles further apart tell two events, whatever their words."""

BASE = -3.4
"""Two articles of which nothing is known are two events."""
EVIDENCE, MOST_EVIDENCE = 0.5, 8.0
"""For what they share, by rarity. More than so much is a shared template, not more proof."""
IN_TITLES, IN_ONE_TITLE, IN_TEXTS = 1.0, 0.8, 0.55
"""A title says what happened; an excerpt also tells the circumstances."""
COVERED = 3.6
"""For the part of one title that the other article tells."""
OTHER_NAMES = -0.3
"""For names that each title has and the other article lacks: other places, people, products."""
FIRST_DAY, LATER_DAYS = -3.4, -1.0
"""For a day between them, and for each further one: what is told later is more often news."""
OTHER_DAYS = -1.1
"""Both name days of the week, and no day in common: they happened at different times."""
OTHER_NUMBERS = -1.4
"""Both give telling numbers, and none in common: other sums, sizes, magnitudes, counts."""
ONE_PROVIDER, ONE_PATTERN = -2.0, -4.0
"""A newsroom tells an event once: its next article is another one, the more so in like words."""
OTHER_LANGUAGE = 1.6
"""Across languages only names and numbers can be shared: less is expected."""
TELLING = 1.4
"""From this weight on a term tells something by itself: a name, a number, a rare word."""
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
        return COVERED
    if _are_of_a_series(a, b):
        return NO_EVENT
    score = BASE + _for_time(a, b, apart)
    score += ONE_PROVIDER if is_one_provider else 0.0
    score += OTHER_LANGUAGE if a.language != b.language else 0.0
    if score + COVERED + EVIDENCE * MOST_EVIDENCE < SAME_EVENT:
        return NO_EVENT
    evidence = _evidence(a, b, rarity)
    score += EVIDENCE * min(evidence, MOST_EVIDENCE)
    score += OTHER_NUMBERS if _have_other_numbers(a, b, rarity) else 0.0
    if score + COVERED < SAME_EVENT:
        return NO_EVENT
    covered = max(_covered(a, b, rarity), _covered(b, a, rarity))
    score += (COVERED + (ONE_PATTERN if is_one_provider else 0.0)) * covered
    return score + OTHER_NAMES * min(_only(a, b, rarity), _only(b, a, rarity))


def shared_terms(one: Judged, other: Judged, rarity: Rarity, *, most: int = 6) -> tuple[str, ...]:
    """Name what two articles share, the most telling first."""
    a, b = one.terms, other.terms
    shared = a.text.keys() & b.text.keys()
    weighed = {term: rarity.weight(term, min(a.text[term], b.text[term])) for term in shared}
    telling = sorted((term for term in shared if weighed[term] > 0), key=lambda t: (-weighed[t], t))
    return tuple(term.removeprefix("=") for term in telling[:most])


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
    )


def _have_other_numbers(a: Terms, b: Terms, rarity: Rarity) -> bool:
    ours, theirs = _numbers(a, rarity), _numbers(b, rarity)
    return bool(ours and theirs and not ours & theirs)


def _numbers(terms: Terms, rarity: Rarity) -> set[str]:
    """Give the numbers that tell something; small counts, which change with the news, do not."""
    return {one for one in terms.numbers if rarity.weight(one, terms.text[one]) >= TELLING}


def _for_time(a: Terms, b: Terms, apart: timedelta) -> float:
    days = apart / timedelta(days=1)
    score = FIRST_DAY * min(days, 1.0) + LATER_DAYS * max(days - 1.0, 0.0)
    if a.days and b.days and not a.days & b.days:
        score += OTHER_DAYS
    return score
