"""The lexicon's shape, and words that it must read whatever their form and language."""

from __future__ import annotations

import pytest

from bot.domain.concepts import ANY, PLACE, WITHIN, Concept, concepts, meaning_of

LANGUAGES = frozenset("en de fr es pt it nl ru uk pl tr ar fa hi id zh ja".split())  # noqa: SIM905


def meant(text: str, language: str) -> set[str]:
    return {name for names in meaning_of(text.split(), language).values() for name in names}


def test_every_line_is_a_concept_of_words_in_known_languages() -> None:
    lines = tuple(concepts())
    territories = {concept.name for concept in lines if ANY in concept.words}
    for concept in lines:
        assert 0 < concept.part < 0.06, concept.name
        assert concept.words, concept.name
        assert all(concept.words.values()), f"{concept.name}: a language without a word"
        for territory in concept.words.get(WITHIN, ()):
            assert PLACE + territory in territories, concept.name
        assert concept.words.keys() <= LANGUAGES | {ANY, WITHIN}, concept.name


def test_no_concept_stands_twice() -> None:
    names = [concept.name for concept in concepts() if is_of_news(concept)]
    assert 350 <= len(names) == len(set(names))


def is_of_news(concept: Concept) -> bool:
    return concept.name[0] != PLACE


@pytest.mark.parametrize(
    ("text", "language", "concept"),
    [
        ("drivers walked out on Wednesday", "en", "strike"),
        ("Streiks", "de", "strike"),
        ("Bahnstreik", "de", "strike"),
        ("Bahnstreik", "de", "train"),
        ("la grève", "fr", "strike"),
        ("забастовки", "ru", "strike"),
        ("grevler", "tr", "strike"),
        ("ट्रेन", "", "train"),
        ("الزلزال", "", "quake"),
        ("昨日発生した地震で", "", "quake"),
        ("Moskau", "de", "@moscow"),
        ("à Moscou", "fr", "@ru"),
        ("French", "en", "@fr"),
    ],
)
def test_a_word_is_understood(text: str, language: str, concept: str) -> None:
    assert concept in meant(text, language)


def test_a_name_needs_its_capital() -> None:
    assert "@nice" in meant("Nice", "en")
    assert "@nice" not in meant("nice", "en")
