"""Forty questions to the project's own articles, each with the article that must come first."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.cli.inputs import read_library, topic_tree
from bot.domain.topic import TopicTree
from bot.search import Found, Index, Query
from bot.settings import Settings

SEEDS = Path(__file__).parents[2] / "seeds"
NOW = datetime(2026, 11, 22, 20, tzinfo=UTC)
"""A Sunday evening."""


@pytest.fixture(scope="module")
def library() -> tuple[Index, TopicTree]:
    files = read_library([SEEDS])
    known = {file.path: file.article for file in files if file.article is not None}
    topics, problems = topic_tree(Settings(), [SEEDS], known.values())
    assert not problems
    index = Index()
    index.replace(known.values())
    return index, topics


def ask(library: tuple[Index, TopicTree], words: str) -> Found:
    index, topics = library
    return index.search(
        Query.parse(words),
        topics=topics,
        now=NOW,
        half_life=timedelta(days=7),
        limit=10,
        zone=ZoneInfo("Europe/Berlin"),
    )


QUESTIONS = {
    "comet": "two-tailed-comet-brightens-overnight",
    "comets": "two-tailed-comet-brightens-overnight",
    "harbour lights": "harbour-lights-out-for-the-comet",
    "harbor lights": "harbour-lights-out-for-the-comet",
    "night tram": "first-night-tram-leaves-foundry-square",
    "nigth tram": "first-night-tram-leaves-foundry-square",
    "tram de nuit": "premiere-nuit-du-tram-4",
    "première nuit": "premiere-nuit-du-tram-4",
    "premiere nuit": "premiere-nuit-du-tram-4",
    "whale": "young-humpback-whale-spends-the-morning",
    "humpack whale": "young-humpback-whale-spends-the-morning",
    "ferry whale": "ferries-slow-to-walking-pace",
    "robot folding dumplings": "kitchen-robot-learns-to-fold-dumplings",
    "kitchn robot": "kitchen-robot-learns-to-fold-dumplings",
    "#robots": "kitchen-robot-learns-to-fold-dumplings",
    "artificial intelligence": "kitchen-robot-learns-to-fold-dumplings",
    "translation model": "translation-model-for-a-language",
    "language with 212 speakers": "translation-model-for-a-language",
    "sand battery": "sand-battery-keeps-a-school-warm",
    "batteries": "sand-battery-keeps-a-school-warm",
    "football": "village-side-reaches-the-quarter-final",
    "soccer": "village-side-reaches-the-quarter-final",
    "Fußball": "village-side-reaches-the-quarter-final",
    "violin": "violin-left-on-a-train-comes-home",
    '"lost-property cellar"': "violin-left-on-a-train-comes-home",
    "sourdough": "bakery-gives-away-its-sourdough",
    "bakery -video type:video": "twelve-minutes-inside-a-night-bakery",
    "type:video": "how-the-tide-turns-in-a-bathtub",
    "type:course": "star-maps-for-beginners",
    "baking from:kitchen": "bakery-gives-away-its-sourdough",
    "from:bergbote": "mountain-hut-asks-guests-to-carry",
    "Bibliothek": "buecher-auf-raedern",
    "buch": "buecher-auf-raedern",
    "bees lime trees": "lime-trees-feed-a-citys-bees-longest",
    "beekeeper": "lime-trees-feed-a-citys-bees-longest",
    "violin yesterday": "violin-left-on-a-train-comes-home",
    "sport yesterday": "village-side-reaches-the-quarter-final",
    "energy july 2026": "tidal-turbine-enters-its-second-year",
    "oceans in october": "deep-sea-survey-names-ninety-species",
    "2026-05": "town-clock-is-four-minutes-slow",
    "town clock slow": "town-clock-is-four-minutes-slow",
    "lighthouse keeper": "last-lighthouse-keeper-hands-over-his-logbooks",
    "lighthose keepr": "last-lighthouse-keeper-hands-over-his-logbooks",
    "彗星": "futatsu-no-o-wo-motsu-suisei",
    "حديقة": "hadiqa-fawqa-al-astuh",
    "الحديقة": "hadiqa-fawqa-al-astuh",
    "puffins": "ilse-varga-moreau",
    "ilse varga": "ilse-varga-moreau",
    "README.md": "a-readme-written-in-1998",
    "what is new about the sourdough starter?": "bakery-gives-away-its-sourdough",
    "star maps": "star-maps-for-beginners",
    "swiming pool": "rooftop-greenhouse-heats-the-pool",
}


@pytest.mark.parametrize(("words", "name"), QUESTIONS.items())
def test_the_right_article_comes_first(
    library: tuple[Index, TopicTree], words: str, name: str
) -> None:
    found = ask(library, words)
    assert found.hits, words
    assert name in found.hits[0].path


def test_a_withdrawn_article_is_never_found(library: tuple[Index, TopicTree]) -> None:
    assert not any("crocodile" in hit.path for hit in ask(library, "crocodile").hits)
