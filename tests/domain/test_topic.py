"""Topics: spellings, families, suggestions."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.topic import Topic, TopicTree, folded, slips

calm = settings(deadline=None)  # machines pause; time is measured elsewhere
TREE = TopicTree(
    [
        Topic(name="Power Apps", shortname="PA", keywords=("powerapps",), hashtags=("#PApps",)),
        Topic(name="AI Builder", parent="Power Apps"),
        Topic(name="Portals", parent="pa"),
        Topic(name="Portal Forms", parent="Portals"),
        Topic(name="Café Tea"),
    ],
    mentioned=["Coffee", "coffee", "power-apps", " ", "#"],
)


def names(topics: tuple[Topic, ...]) -> list[str]:
    return [topic.name for topic in topics]


@pytest.mark.parametrize(
    "spelling",
    ["Power Apps", "power apps", "POWER-APPS", "power_apps ", "#PowerApps", "pa", "papps", "PApps"],
)
def test_a_topic_is_found_by_any_of_its_spellings(spelling: str) -> None:
    topic = TREE.find(spelling)
    assert topic is not None
    assert topic.name == "Power Apps"


def test_accents_and_case_do_not_matter() -> None:
    assert folded("CAFÉ  tea") == folded("cafe-Tea")
    assert TREE.find("cafe tea") == Topic(name="Café Tea")


def test_a_topic_that_nobody_described_is_still_one() -> None:
    assert names(TREE.topics)[-1] == "Coffee"
    assert len(TREE.topics) == 6


@pytest.mark.parametrize("empty", ["", " ", "#", "--"])
def test_nothing_is_no_topic(empty: str) -> None:
    assert TREE.find(empty) is None
    assert TopicTree([Topic(name=empty)], mentioned=[empty]).topics == ()


def test_names_of_programming_languages_stay_apart() -> None:
    assert len({folded(name) for name in ("C", "C#", "C++", ".NET", "F#")}) == 5


def test_a_family_holds_all_that_lie_below_also_by_a_parents_short_name() -> None:
    everything = {"power apps", "ai builder", "portals", "portal forms"}
    assert TREE.family("PA") == everything
    assert TREE.family("portals") == {"portals", "portal forms"}
    assert TREE.family("Unheard Of") == {"unheard of"}
    assert TREE.families(["portals", "Coffee"]) == {"portals", "portal forms", "coffee"}
    assert TREE.families([]) == frozenset()


def test_the_spellings_of_some_topics_are_all_ways_to_write_them() -> None:
    described = [
        Topic(
            name="Côte d'Azur", shortname="Azur", keywords=("Nice", "ℌyères"), hashtags=("#azur",)
        ),
        Topic(name="Nice"),
        Topic(name="C#", keywords=("C sharp",)),
    ]
    tree = TopicTree(described, mentioned=("Menton", "C-SHARP"))
    assert tree.spellings({"cote d'azur", "menton"}) == {"cote d'azur", "azur", "hyeres", "menton"}
    assert tree.spellings({"nice"}) == {"nice"}  # a name comes before a keyword
    assert tree.spellings(tree.family("c sharp")) == {"c#", "c sharp"}
    assert tree.spellings({"nowhere"}) == frozenset()


def test_a_circle_of_parents_ends() -> None:
    tree = TopicTree([Topic(name="A", parent="B"), Topic(name="B", parent="A")])
    assert tree.family("A") == tree.family("B") == {"a", "b"}


def test_a_name_wins_over_the_keyword_of_another() -> None:
    tree = TopicTree([Topic(name="Drinks", keywords=("Tea",)), Topic(name="Tea")])
    assert tree.find("tea") == Topic(name="Tea")


def test_what_articles_call_by_a_synonym_is_the_described_topic() -> None:
    tree = TopicTree([Topic(name="Tea", keywords=("chai",), parent="Drinks")], mentioned=["Chai"])
    assert names(tree.topics) == ["Tea"]
    assert tree.find("CHAI") == tree.find("tea")


def test_the_nearest_topics_are_suggested_best_first() -> None:
    assert names(TREE.nearest("portl"))[0] == "Portals"
    assert names(TREE.nearest("cofee", limit=1)) == ["Coffee"]
    assert TREE.nearest("zzzzzz") == ()


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("robtos", "Robots"),
        ("rbots", "Robots"),
        ("roboots", "Robots"),
        ("Rabots", "Robots"),
        ("glaceirs and icee", "Glaciers and Ice"),
        ("bowing", None),  # two are as near
        ("rbotso", None),  # two slips in a short word
        ("tee", None),  # too short to be sure
        ("zeppelin", None),
        ("", None),
    ],
)
def test_a_slip_is_forgiven_when_only_one_topic_can_be_meant(typed: str, meant: str | None) -> None:
    names = ("Robots", "Rowing", "Mowing", "Tea", "Glaciers and Ice")
    found = TopicTree(mentioned=names).meant(typed)
    assert (found.name if found else None) == meant


def test_only_what_is_near_is_suggested() -> None:
    tree = TopicTree(mentioned=["Robots", "Nature", "Books", "Tea"])
    assert names(tree.nearest("robtos")) == ["Robots"]
    assert names(tree.nearest("tee")) == ["Tea"]


@calm
@given(st.text(max_size=12), st.text(max_size=12))
def test_slips_are_counted_alike_from_both_sides(one: str, other: str) -> None:
    assert slips(one, other) == slips(other, one)
    assert (slips(one, other) == 0) == (one == other)
    assert abs(len(one) - len(other)) <= slips(one, other) <= max(len(one), len(other))


@calm
@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    assert folded(folded(text)) == folded(text)


@calm
@given(st.lists(st.text(min_size=1, max_size=8)))
def test_whatever_articles_mention_is_found_again(mentioned: list[str]) -> None:
    tree = TopicTree(mentioned=mentioned)
    for name in mentioned:
        topic = tree.find(name)
        assert (topic is None) == (folded(name) == "")
        assert topic is None or tree.canonical(name) in tree.family(topic.name)
