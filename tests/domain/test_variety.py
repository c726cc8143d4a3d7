"""Sections, weights, words and leanings: what a reader may ask of the choice beside topics."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.alike import Chooser
from bot.domain.article import Provider, StoryKey
from bot.domain.rules import MOST_LEANING, Leaning, Weights, read_weights
from bot.domain.sections import Section, read_sections
from bot.domain.selection import Choice, Known, Pool, Rules, choose
from bot.domain.wording import folded_words
from tests.domain.test_selection import (
    NOW,
    TREE,
    chosen,
    histories,
    known,
    libraries,
    paths,
    reasons,
    rules_of_audiences,
)
from tests.support.examples import examples

VIDEOS = Section(kinds=("video", "course"), budget=2)
FACES = Section(kinds=("profile",), budget=1, heading="Faces")
NEWS = [known(f"news{n}", heat=90 - n) for n in range(4)]
CLIPS = [known(f"clip{n}", heat=40 - n, kind="Video") for n in range(3)]


def test_a_section_has_its_places_and_what_it_does_not_need_is_filled() -> None:
    rules = Rules(size=4, sections=(FACES, VIDEOS))
    choice = chosen(*NEWS, *CLIPS, rules=rules)
    assert paths(choice) == ["news0", "news1", "clip0", "clip1"]
    assert [item.section for item in choice.items] == [None, None, VIDEOS, VIDEOS]
    assert choice.items[2].reasons["section"] == "video+course:2"
    assert reasons(choice) == {
        "news2": "the digest is full", "news3": "the digest is full", "clip2": "the digest is full",
    }  # fmt: skip
    roomy = chosen(*NEWS, *CLIPS, rules=replace(rules, size=9))
    assert paths(roomy) == [*(f"news{n}" for n in range(4)), "clip0", "clip1"]
    assert reasons(roomy) == {"clip2": "2 of its section"}
    alone = chosen(*CLIPS, rules=Rules(size=1, sections=(VIDEOS,)))
    assert paths(alone) == ["clip0"], "a digest of one story that has no news is not empty"
    out = chosen(*NEWS, *CLIPS, rules=Rules(sections=read_sections("video:0")))
    assert set(reasons(out).values()) == {"0 of its section"}


def test_the_category_names_a_section_where_the_type_does_not() -> None:
    rules = Rules(sections=read_sections("news:1"))
    choice = chosen(known("a", category="News"), known("b", heat=20), rules=rules)
    assert paths(choice) == ["b", "a"]


def test_sections_and_weights_are_read_as_they_are_written() -> None:
    text = "video+course:2,Faces of the week=profile:1,download:0"
    assert ",".join(map(str, read_sections(f" {text.upper().replace('FACES', 'Faces')} "))) == (
        "video+course:2,Faces OF THE WEEK=profile:1,download:0"
    )
    assert read_sections("off") == read_sections("") == ()
    for wrong in ("video", "video:31", "video:-1", ":2", "=video:2", "a:1,A:2", "a:²"):
        with pytest.raises(ValueError, match="section"):
            read_sections(wrong)
    assert str(read_weights("Freshness:2 follows:0.5")) == (
        "heat:1,freshness:2,quality:1,follows:0.5"
    )
    for wrong in ("heat", "heat:4", "heat:-1", "luck:1", "heat:nan"):
        with pytest.raises(ValueError, match="weight"):
            read_weights(wrong)


def test_weights_bend_the_order_and_stand_in_the_account() -> None:
    old = known("old", hours=6 * 24, heat=90, quality=100)
    new = known("new", hours=1, heat=40, quality=0)
    assert paths(chosen(old, new)) == ["old", "new"]
    fresh = chosen(old, new, rules=Rules(weights=Weights(freshness=3)))
    assert paths(fresh) == ["new", "old"]
    assert fresh.items[0].reasons["weights"] == "heat:1,freshness:3,quality:1,follows:1"
    nothing = Weights(heat=0, freshness=0, quality=0, follows=0)
    flat = chosen(old, new, rules=Rules(weights=nothing, followed=frozenset({"tea"})))
    assert [item.score for item in flat.items] == [1.0, 1.0]
    assert paths(flat) == ["new", "old"]


def words(*given: str) -> frozenset[str]:
    return frozenset(map(folded_words, given))


def test_words_lead_or_stay_out_whole_and_in_every_script() -> None:
    library = (
        known("cafe", title="A new Café for cats", heat=50),
        known("cathedral", title="The cathedral opens", heat=60),
        known("c", title="Learn C++ in a week", heat=40),
        known("cjk", title="東京で新しい猫カフェ", heat=30),
    )
    led = chosen(*library, rules=Rules(words_in=words("cafe")))
    assert paths(led) == ["cafe", "cathedral", "c", "cjk"]
    assert led.items[0].reasons["words"] == ["cafe"]
    assert led.items[0].reasons["follow_factor"] > 1
    for word, out in (("cat", None), ("CATS", "cafe"), ("c++", "c"), ("c", None), ("猫", "cjk")):
        left = reasons(chosen(*library, rules=Rules(words_out=words(word))))
        assert list(left) == ([] if out is None else [out]), word
    both = chosen(*library, rules=Rules(words_in=words("cafe"), words_out=words("new  cafe")))
    assert reasons(both)["cafe"] == "holds “new cafe”, which is to stay out"


def test_leanings_move_a_few_steps_and_no_more() -> None:
    tea = known("tea", topics=("Tea",), heat=50, provider=Provider(domain="a.example"))
    rain = known("rain", topics=("Rain",), heat=55)
    more = Leaning(name="tea", steps=1)
    assert paths(chosen(tea, rain)) == ["rain", "tea"]
    up = chosen(tea, rain, rules=Rules(leanings=frozenset({more})))
    assert paths(up) == ["tea", "rain"]
    assert up.items[0].reasons["leaning"] == 1
    assert "leaning" not in up.items[1].reasons
    much = frozenset({replace(more, steps=2), Leaning(name="a.example", steps=2, is_provider=True)})
    most = chosen(tea, rain, rules=Rules(leanings=much)).items[0].reasons
    assert most["leaning"] == MOST_LEANING
    less = frozenset({Leaning(name="rain", steps=-2)})
    assert paths(chosen(tea, rain, rules=Rules(leanings=less))) == ["tea", "rain"]
    with pytest.raises(ValueError, match="steps"):
        Leaning(name="tea", steps=3)


def test_what_was_left_out_after_weighing_has_its_account() -> None:
    choice = chosen(*NEWS, rules=Rules(size=2))
    left = {one.article.path: one for one in choice.left}
    assert left["news2"].score == pytest.approx(choice.items[0].score * 88 / 90, rel=1e-4)
    assert left["news2"].reasons["rank"] == 3
    assert choice.items[1].reasons["rank"] == 2
    out = chosen(known("out", topics=("Rain",)), rules=Rules(muted=frozenset({"rain"})))
    assert [(one.reason, one.score) for one in out.left] == [("muted topic", None)]


wide_rules = st.builds(
    replace,
    rules_of_audiences,
    sections=st.sampled_from(
        ((), (VIDEOS,), (FACES, VIDEOS), read_sections("article:2"), read_sections("video:0"))
    ),
    words_in=st.sampled_from((frozenset[str](), words("title"))),
    words_out=st.sampled_from((frozenset[str](), words("headline"))),
    weights=st.builds(
        Weights, **dict.fromkeys(("heat", "freshness", "quality", "follows"), st.floats(0, 3))
    ),
    leanings=st.frozensets(
        st.builds(
            Leaning,
            name=st.sampled_from(("tea", "rain", "one.example")),
            steps=st.sampled_from((-2, -1, 1, 2)),
            is_provider=st.booleans(),
        ),
        max_size=2,
    ),
)


@settings(max_examples=examples(400), deadline=None)
@given(libraries(), wide_rules, histories, st.randoms(use_true_random=False))
def test_what_holds_with_all_wishes_together(
    library: list[Known], rules: Rules, received: frozenset[StoryKey], chance: random.Random
) -> None:
    library = [_of_kind(one, chance.choice(("article", "video", "profile"))) for one in library]
    pool = Pool(library, topics=TREE, now=NOW)
    choice = pool.choose(rules, received=received)
    _judge(choice, library, rules, received)
    chance.shuffle(library)
    assert choose(library, rules, topics=TREE, received=received, now=NOW) == choice
    for _ in range(2):  # a pool keeps nothing of one reader for the next
        other = replace(rules, leanings=frozenset(), words_out=frozenset())
        pool.choose(other, received=frozenset())
        assert pool.choose(rules, received=received, accounts=False).items == choice.items


@settings(max_examples=examples(300), deadline=None)
@given(libraries(), wide_rules, st.lists(histories, min_size=1, max_size=12))
def test_histories_that_no_choice_tells_apart_have_the_same_items(
    library: list[Known], rules: Rules, received: list[frozenset[StoryKey]]
) -> None:
    pool, plain = (Pool(library, topics=TREE, now=NOW) for _ in range(2))
    chooser = Chooser(pool, rules)
    for history in received * 2:
        choosing = plain.choose if history else plain.choose_first
        assert chooser.items(history) == choosing(rules, received=history).items
        assert chooser.items(history) is chooser.items(history)


def _of_kind(one: Known, kind: str) -> Known:
    return replace(one, article=replace(one.article, kind=kind))


def _judge(
    choice: Choice, library: list[Known], rules: Rules, received: frozenset[StoryKey]
) -> None:
    assert len(choice.items) <= rules.size
    shown = [article for item in choice.items for article in (item.article, *item.also)]
    assert not received & {article.story_key for article in shown}
    places = Counter(item.section for item in choice.items)
    assert all(places[section] <= section.budget for section in rules.sections)
    order = [None, *rules.sections]
    parts = [order.index(item.section) for item in choice.items]
    assert parts == sorted(parts), "sections stand together, the main part first"
    for section in order:
        scores = [item.score for item in choice.items if item.section == section]
        assert scores == sorted(scores, reverse=True)
    accounted = [a.path for a in shown] + [left.article.path for left in choice.left]
    assert sorted(accounted) == sorted(one.article.path for one in library)
    if len(choice.items) < rules.size:
        left = {one.reason for one in choice.left}
        caps = {"the digest is full", f"{rules.topic_cap} of its topic"}
        budgets = sum(section.budget for section in rules.sections)
        assert not left & caps or budgets >= rules.size, "no place stays empty"
