"""How often the events are those that people see: the labelled set, and what holds for all."""

from __future__ import annotations

from itertools import permutations
from math import nan

import pytest

from bot.domain.article import Article
from bot.domain.events import groups, links
from tests.events.labelled import NEWSROOMS, SECOND, THIRD, Pair, articles, pairs, pairs_in

LEAST_PRECISION, LEAST_RECALL = 0.95, 0.80


def joined_alone(pair: Pair) -> bool:
    """Whether two articles are one event when there are no others: nothing was counted."""
    return len(groups((pair.one, pair.other))) == 1


def figures(half: tuple[Pair, ...], joined: list[bool]) -> tuple[float, float]:
    hits = sum(found and pair.is_same for pair, found in zip(half, joined, strict=True))
    precision = hits / sum(joined) if any(joined) else nan
    return precision, hits / sum(pair.is_same for pair in half)


def test_the_set_is_large_and_its_halves_are_alike() -> None:
    opened, sealed = pairs(sealed=False), pairs(sealed=True)
    assert len(opened) + len(sealed) >= 320
    for half in (opened, sealed):
        assert len(half) >= 140
        assert 0.25 <= sum(pair.is_same for pair in half) / len(half) <= 0.5
    assert not {p.one.path for p in opened} & {p.one.path for p in sealed}, "no article in both"


@pytest.mark.parametrize("sealed", [False, True], ids=["open half", "sealed half"])
@pytest.mark.parametrize("among", ["alone", "among all"])
def test_events_are_those_that_people_see(sealed: bool, among: str) -> None:
    half = pairs(sealed=sealed)
    if among == "alone":
        joined = [joined_alone(pair) for pair in half]
    else:
        found = links(articles())
        joined = [len(found.groups((pair.one, pair.other))) == 1 for pair in half]
    precision, recall = figures(half, joined)
    name = "sealed" if sealed else "open"
    print(f"\n{name} half, {among}: {len(half)} pairs, {precision=:.3f}, {recall=:.3f}")
    assert precision >= LEAST_PRECISION
    assert recall >= LEAST_RECALL


def test_pairs_of_another_hand_are_read_no_worse_than_they_were() -> None:
    """They are harder than ours (docs/notes/0010-events.md): a recall of 0.80 is not reached."""
    others = pairs_in(SECOND)
    precision, recall = figures(others, [joined_alone(pair) for pair in others])
    print(f"\nanother hand: {len(others)} pairs, {precision=:.3f}, {recall=:.3f}")
    assert precision >= 0.95
    assert recall >= 0.75


def test_pairs_of_a_third_hand_are_read_and_their_figures_told() -> None:
    """They ask nothing of the rule: what it is held to, it is soon made for."""
    assert counts_told("third hand", pairs_in(THIRD)) == [(287, 95), (130, 56)]


def test_pairs_of_newsrooms_are_read_and_their_figures_told() -> None:
    """They are open, for fitting; the rule was made before them."""
    assert counts_told("newsrooms", pairs_in(NEWSROOMS)) == [(499, 180), (207, 92)]


def counts_told(hand: str, others: tuple[Pair, ...]) -> list[tuple[int, int]]:
    """Print a set's figures; give its pairs and those of one event, in one language and in two."""
    within = tuple(pair for pair in others if len(pair.languages) == 1)
    across = tuple(pair for pair in others if len(pair.languages) == 2)
    for name, some in {"all": others, "one language": within, "two languages": across}.items():
        same = sum(pair.is_same for pair in some)
        precision, recall = figures(some, [joined_alone(pair) for pair in some])
        print(f"\n{hand}, {name}: {len(some)} pairs, {same=}, {precision=:.3f}, {recall=:.3f}")
    assert len(within) + len(across) == len(others), "every article tells its language"
    return [(len(some), sum(pair.is_same for pair in some)) for some in (within, across)]


def by_path(found: tuple[tuple[Article, ...], ...]) -> set[frozenset[str]]:
    return {frozenset(article.path for article in group) for group in found}


def test_two_articles_are_judged_alike_in_either_order() -> None:
    for pair in pairs(sealed=False):
        assert by_path(groups((pair.one, pair.other))) == by_path(groups((pair.other, pair.one)))


def test_the_events_of_a_family_do_not_depend_on_the_order() -> None:
    family = articles()[:5]
    events = by_path(groups(family))
    assert all(by_path(groups(order)) == events for order in permutations(family))


def test_all_articles_together_fall_into_events_around_a_middle_one() -> None:
    everything = articles()
    found = links(everything)
    events = found.groups(everything)
    assert by_path(events) == by_path(found.groups(everything[::-1]))
    assert by_path(events) == by_path(links(everything[::-1]).groups(everything))
    for group in events:
        assert any(
            all(other is one or found.tie(one, other) is not None for other in group)
            for one in group
        ), f"nothing in the middle of {[article.title for article in group]}"
