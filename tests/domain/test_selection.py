from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.article import Article, DateSource, Provider, RelatedStory, StoryKey
from bot.domain.selection import (
    FIRST_DIGEST_MINIMUM,
    Choice,
    Known,
    Rules,
    choose,
    choose_first,
    freshness,
)
from bot.domain.topic import Topic, TopicTree
from tests.support.examples import examples

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
TREE = TopicTree([Topic(name="Tea"), Topic(name="Green Tea", parent="Tea"), Topic(name="Rain")])
NO_KEYS: frozenset[StoryKey] = frozenset()


def url(path: str) -> str:
    return f"https://news.example/{path}"


def known(
    path: str, *, hours: float = 5, first_seen_hours: float | None = None, **fields: Any
) -> Known:
    is_written_back = bool(fields.pop("is_written_back", False))
    fields.setdefault("title", f"About {path}")
    fields.setdefault("web_url", url(path))
    fields.setdefault("dated_at", NOW - timedelta(hours=hours))
    fields.setdefault("date_source", DateSource.FIELD if fields["dated_at"] else None)
    fields.setdefault("heat", 50)
    fields.setdefault("provider", Provider(domain=f"{path}.example"))
    seen = None if first_seen_hours is None else NOW - timedelta(hours=first_seen_hours)
    article = Article(path=path, **fields)
    return Known(article=article, first_seen_at=seen, is_written_back=is_written_back)


def chosen(
    *library: Known, rules: Rules | None = None, received: frozenset[StoryKey] = NO_KEYS
) -> Choice:
    return choose(library, rules or Rules(), topics=TREE, received=received, now=NOW)


def paths(choice: Choice) -> list[str]:
    return [item.article.path for item in choice.items]


def reasons(choice: Choice) -> dict[str, str]:
    return {left.article.path: left.reason for left in choice.left}


def test_the_gate_lets_unpublished_and_hot_articles_through_and_says_why_not() -> None:
    choice = chosen(
        known("false", marked_published=False),
        known("missing", marked_published=None),
        known("hot", marked_published=True, heat=70),
        known("ours", marked_published=True, is_written_back=True),
        known("published", marked_published=True, heat=69),
        known("no-heat", marked_published=True, heat=None),
        known("removed", is_removed=True),
        known("untitled", title=""),
        known("linkless", web_url="http://localhost/"),
        known("old", hours=7 * 24 + 0.1, heat=160),
        known("undated", dated_at=None),
        known("first-seen", dated_at=None, first_seen_hours=3),
        known("seen-long-ago", dated_at=None, first_seen_hours=500),
    )
    assert set(paths(choice)) == {"false", "missing", "hot", "ours", "first-seen"}
    told = reasons(choice)
    assert told["published"] == told["no-heat"] == "already published and heat below 70"
    assert told["old"] == told["seen-long-ago"] == "older than 7 days"
    assert set(told) == {
        "published", "no-heat", "removed", "untitled", "linkless", "old", "undated",
        "seen-long-ago",
    }  # fmt: skip


def test_exactly_max_age_is_young_enough() -> None:
    assert paths(chosen(known("edge", hours=7 * 24))) == ["edge"]


def test_amp_addresses_identify_a_story_and_are_no_link() -> None:
    amp = known("amp", web_url=None, amp_urls=(url("one") + "?amp",))
    twin = known("one", heat=80)
    assert amp.article.story_key == twin.article.story_key
    assert reasons(chosen(amp)) == {"amp": "no usable link"}
    received = frozenset({amp.article.story_key})
    assert chosen(twin, received=received).items == ()


def test_wishes_about_topics_providers_and_quality_are_kept() -> None:
    library = (
        known("child", topics=("green tea",)),
        known("parent", topics=("TEA",), quality=10),
        known("rain", topics=("Rain",), provider=Provider(domain="www.rain.example")),
    )
    assert set(paths(chosen(*library, rules=Rules(only=TREE.family("tea"))))) == {"child", "parent"}
    assert paths(chosen(*library, rules=Rules(muted=TREE.family("tea")))) == ["rain"]
    providers = frozenset({"rain.example"})
    assert "rain" not in paths(chosen(*library, rules=Rules(muted_providers=providers)))
    assert reasons(chosen(*library, rules=Rules(min_quality=11)))["parent"] == "quality below 11"


def test_a_followed_topic_leads_and_hides_nothing() -> None:
    library = (
        known("tea", topics=("Green Tea",), heat=50),
        known("rain", topics=("Rain",), heat=60),
    )
    assert paths(chosen(*library)) == ["rain", "tea"]
    assert paths(chosen(*library, rules=Rules(followed=TREE.family("tea")))) == ["tea", "rain"]


def test_heat_is_halved_by_age_and_a_wrong_date_wins_nothing() -> None:
    choice = chosen(known("week", hours=7 * 24, heat=100), known("fresh", hours=0, heat=51))
    assert paths(choice) == ["fresh", "week"]
    assert choice.items[1].score == pytest.approx(50)
    soon = chosen(known("soon", hours=-0.5, heat=49), known("now", hours=0))
    assert paths(soon) == ["now", "soon"]


def test_a_story_whose_date_has_not_come_waits_for_it() -> None:
    choice = chosen(known("tomorrow", hours=-24, heat=99), known("now", hours=0))
    assert paths(choice) == ["now"]
    assert reasons(choice)["tomorrow"] == "its date has not come yet"


def test_missing_heat_counts_as_the_median_and_the_reasons_say_so() -> None:
    choice = chosen(
        known("low", heat=20),
        known("high", heat=90),
        known("mid", heat=40),
        known("none", heat=None),
    )
    assert paths(choice) == ["high", "mid", "none", "low"]
    account = {item.article.path: item.reasons for item in choice.items}
    assert account["none"]["heat"] is None
    assert account["none"]["heat_used"] == 40
    assert account["none"]["heat_from"] == "median of the candidates"
    assert account["mid"]["heat_from"] == "file"
    assert account["mid"]["because"] == ["unpublished"]
    assert account["high"]["because"] == ["unpublished", "hot"]


def test_the_account_multiplies_to_the_score() -> None:
    rules = Rules(followed=TREE.family("tea"))
    choice = chosen(known("tea", topics=("Tea",), quality=80, heat=90, hours=30), rules=rules)
    account = choice.items[0].reasons
    product = 1.0
    for name in ("heat_used", "freshness", "quality_factor", "follow_factor"):
        product *= account[name]
    assert choice.items[0].score == pytest.approx(product, rel=1e-3)
    assert account["follow_factor"] > 1
    assert account["quality_factor"] > 1


def test_one_line_per_event_led_by_the_best_with_the_others_beside_it() -> None:
    related = (RelatedStory(title="Other coverage", url=url("b") + "?utm_source=x"),)
    choice = chosen(known("a", heat=60, related=related), known("b", heat=90), known("c", heat=10))
    assert paths(choice) == ["b", "c"]
    assert [article.path for article in choice.items[0].also] == ["a"]
    assert choice.items[0].reasons["event"] == ["a"]
    assert choice.left == ()


def test_a_line_that_is_left_out_accounts_for_every_article_of_its_event() -> None:
    related = (RelatedStory(title="Other coverage", url=url("b")),)
    library = (known("top", heat=90), known("a", related=related), known("b"))
    choice = chosen(*library, rules=Rules(size=1))
    assert reasons(choice) == {"a": "the digest is full", "b": "the digest is full"}


def test_no_provider_fills_the_digest() -> None:
    one = Provider(domain="one.example")
    library = [known(f"{n}", provider=one, heat=90 - n) for n in range(5)]
    choice = chosen(*library, known("other", heat=5), rules=Rules(provider_cap=2))
    assert paths(choice) == ["0", "1", "other"]
    assert set(reasons(choice).values()) == {"2 of its provider"}


def test_a_first_digest_is_the_last_day() -> None:
    day = [known(f"day{n}", hours=n + 1, heat=30) for n in range(4)]
    hot = known("hot", hours=50, heat=160)
    choice = choose_first([*day, hot], Rules(), topics=TREE, now=NOW)
    assert set(paths(choice)) == {"day0", "day1", "day2", "day3"}


def test_a_first_digest_after_a_quiet_day_is_the_best_three_of_the_week() -> None:
    week = [known(f"w{n}", hours=30 + n, heat=90 - n) for n in range(6)]
    today = [known("today", hours=1, heat=1), known("today2", hours=1, heat=1)]
    choice = choose_first([*week, *today], Rules(max_age=timedelta(days=30)), topics=TREE, now=NOW)
    assert paths(choice) == ["w0", "w1", "w2"]


def test_a_first_digest_holds_no_more_than_was_asked_for_and_nothing_from_nothing() -> None:
    week = [known(f"w{n}", hours=30 + n) for n in range(6)]
    assert len(choose_first(week, Rules(size=2), topics=TREE, now=NOW).items) == 2
    assert choose_first([], Rules(), topics=TREE, now=NOW).items == ()
    young = Rules(max_age=timedelta(hours=6))
    assert choose_first(week, young, topics=TREE, now=NOW).items == ()


@given(
    st.timedeltas(timedelta(days=-999), timedelta(days=9999)),
    st.timedeltas(timedelta(seconds=1), timedelta(days=999)),
)
def test_freshness_stays_between_nothing_and_all(age: timedelta, half_life: timedelta) -> None:
    assert 0.0 <= freshness(age, half_life) <= 1.0


def test_freshness_is_a_half_after_one_half_life_counting_days() -> None:
    assert freshness(timedelta(days=3), timedelta(days=3)) == 0.5


PLACES = tuple("abcdefgh")


@st.composite
def libraries(draw: st.DrawFn) -> list[Known]:
    """Small libraries with many coincidences: shared stories, events, providers and scores."""
    count = draw(st.integers(0, 12))
    library = []
    for number in range(count):
        links = draw(st.lists(st.sampled_from(PLACES), max_size=2))
        domain = draw(st.sampled_from(("one.example", "two.example", None)))
        library.append(
            known(
                f"{number:02}.md",
                hours=draw(st.sampled_from((-3, 0, 5, 30, 160, 200))),
                title=draw(st.sampled_from(("A title", "A title", "A title", ""))),
                web_url=url(draw(st.sampled_from(PLACES))),
                heat=draw(st.sampled_from((None, 0, 50, 70, 120))),
                quality=draw(st.sampled_from((None, 0, 50, 100))),
                marked_published=draw(st.sampled_from((None, False, True))),
                is_written_back=draw(st.booleans()),
                is_removed=draw(st.sampled_from((False, False, False, True))),
                topics=draw(st.sampled_from(((), ("Tea",), ("green-tea", "Rain")))),
                provider=None if domain is None else Provider(domain=domain),
                related=tuple(RelatedStory(title="x", url=url(link)) for link in links),
            )
        )
    return library


rules_of_audiences = st.builds(
    Rules,
    size=st.integers(1, 8),
    provider_cap=st.integers(1, 3),
    min_quality=st.sampled_from((0, 40)),
    followed=st.sampled_from((frozenset[str](), TREE.family("tea"))),
    muted=st.sampled_from((frozenset[str](), frozenset({"rain"}))),
    only=st.sampled_from((frozenset[str](), TREE.family("tea"))),
)
histories = st.frozensets(st.sampled_from([known(p).article.story_key for p in PLACES]), max_size=3)


@settings(max_examples=examples(200), deadline=None)
@given(libraries(), rules_of_audiences, histories, st.randoms(use_true_random=False))
def test_the_choice_does_not_depend_on_the_order_of_the_library(
    library: list[Known], rules: Rules, received: frozenset[StoryKey], chance: random.Random
) -> None:
    shuffled = list(library)
    chance.shuffle(shuffled)
    one = choose(library, rules, topics=TREE, received=received, now=NOW)
    other = choose(shuffled, rules, topics=TREE, received=received, now=NOW)
    assert one == other
    assert one.left == other.left


@settings(max_examples=examples(300), deadline=None)
@given(libraries(), rules_of_audiences, histories)
def test_what_holds_for_every_choice(
    library: list[Known], rules: Rules, received: frozenset[StoryKey]
) -> None:
    for choose_any in (choose, choose_first):
        choice = choose_any(library, rules, topics=TREE, received=received, now=NOW)
        assert len(choice.items) <= rules.size
        shown = [article for item in choice.items for article in (item.article, *item.also)]
        assert not received & {article.story_key for article in shown}
        lines = Counter(key for item in choice.items for key in item.story_keys)
        assert all(count == 1 for count in lines.values()), "a story stands in two lines"
        providers = Counter(item.article.provider_key for item in choice.items)
        assert max(providers.values(), default=0) <= rules.provider_cap
        scores = [item.score for item in choice.items]
        assert scores == sorted(scores, reverse=True)
        assert all(item.reasons["because"] for item in choice.items)
        accounted = [a.path for a in shown] + [left.article.path for left in choice.left]
        assert sorted(accounted) == sorted(one.article.path for one in library)
        assert all(left.reason for left in choice.left)


@settings(max_examples=examples(100), deadline=None)
@given(libraries(), rules_of_audiences)
def test_sending_again_and_again_ends_and_repeats_no_story(
    library: list[Known], rules: Rules
) -> None:
    received: frozenset[StoryKey] = frozenset()
    for _ in range(len(library) + 1):
        choice = choose(library, rules, topics=TREE, received=received, now=NOW)
        sent = frozenset(key for item in choice.items for key in item.story_keys)
        assert not sent & received
        received |= sent
    assert choose(library, rules, topics=TREE, received=received, now=NOW).items == ()


def test_three_is_what_a_first_digest_wants_at_least() -> None:
    exactly = [known(f"day{n}", hours=2, heat=1) for n in range(FIRST_DIGEST_MINIMUM)]
    hot = known("hot", hours=50, heat=160)
    assert "hot" not in paths(choose_first([*exactly, hot], Rules(), topics=TREE, now=NOW))
    fewer = [*exactly[1:], replace(hot)]
    assert "hot" in paths(choose_first(fewer, Rules(), topics=TREE, now=NOW))
