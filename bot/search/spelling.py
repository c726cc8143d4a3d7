"""Other forms of a word, and the word that was meant by one that nobody wrote."""

from __future__ import annotations

from rapidfuzz.distance import OSA
from rapidfuzz.process import extract

from bot.domain.topic import TopicTree
from bot.search.tables import Tables
from bot.search.words import is_unspaced, stem, words_of

MOST_FORMS = 12
SHORTEST_CORRECTED = 4
LONG = 8
"""From this length on two slips are forgiven, below it one."""


def forms(tables: Tables, word: str) -> tuple[str, ...]:
    """Give the indexed words that are other forms of the word, by its stem."""
    root = stem(word)
    if len(root) < 3 or is_unspaced(word):
        return ()
    # All forms begin alike but for the last letter of the stem (study, studies).
    first = root[:-1] if root != word or root.endswith("i") else root
    first = first if len(first) >= 3 else root[:3]
    found = tables.words_between(first, f"{first}\U0010ffff")
    alike = (other for other in found if other != word and stem(other) == root)
    return tuple(sorted(alike, key=lambda other: (len(other), other)))[:MOST_FORMS]


def corrected(tables: Tables, word: str, topics: TopicTree) -> str:
    """Give the nearest known word, or the word itself when it is known or nothing is near.

    Known words are those of the articles and of the topics' spellings. Of words equally near
    the one with the same first letter wins, then the more frequent one.
    """
    parts = words_of(word)
    if len(parts) != 1 or len(parts[0]) < SHORTEST_CORRECTED or is_unspaced(parts[0]):
        return word
    meant = parts[0]
    known = tables.words()
    for topic in topics.topics:
        for spelling in topic.spellings:
            for part in words_of(spelling):
                known.setdefault(part, 0)
    if meant in known or forms(tables, meant):
        return word
    allowed = 2 if len(meant) >= LONG else 1
    near = extract(meant, list(known), scorer=OSA.distance, score_cutoff=allowed, limit=None)
    if not near:
        return word
    best = min(near, key=lambda hit: (hit[1], hit[0][0] != meant[0], -known[hit[0]], hit[0]))
    return best[0]
