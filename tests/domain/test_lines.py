"""One line per event, later news of what was sent, and room for other topics."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.article import Article, DateSource, Provider, StoryKey
from bot.domain.lines import FULL, SENT_EVENT, UPDATE_AFTER
from bot.domain.selection import Choice, Known, Rules, choose
from bot.domain.topic import TopicTree
from tests.support.examples import examples

NOW = datetime(2026, 5, 13, 12, tzinfo=UTC)
TREE = TopicTree()

FERRY = "Ferry Amani with 120 aboard runs aground near Mwanza in fog"
FERRY_AGAIN = "All 120 rescued from ferry Amani aground near Mwanza"
FERRY_LATER = "Captain of ferry Amani tells Mwanza court of fog before running aground"
OTHER = "Bakery gives away its sourdough to neighbours"


def known(path: str, title: str, *, hours: float = 5, **fields: Any) -> Known:
    article = Article(
        path=path,
        title=title,
        web_url=f"https://{path}.example/story",
        dated_at=NOW - timedelta(hours=hours),
        date_source=DateSource.FIELD,
        heat=fields.pop("heat", 50),
        provider=Provider(domain=fields.pop("provider", f"{path}.example")),
        topics=fields.pop("topics", ()),
    )
    return Known(article=article, **fields)


def chosen(*library: Known, received: tuple[Known, ...] = (), rules: Rules | None = None) -> Choice:
    keys = frozenset(StoryKey(one.article.story_key) for one in received)
    return choose([*library, *received], rules or Rules(), topics=TREE, received=keys, now=NOW)


def lines(choice: Choice) -> list[list[str]]:
    return [[one.path for one in (item.article, *item.also)] for item in choice.items]


def reasons(choice: Choice) -> dict[str, str]:
    return {left.article.path: left.reason for left in choice.left}


def test_articles_of_one_event_share_a_line_led_by_the_best_and_say_why() -> None:
    choice = chosen(
        known("one", FERRY), known("two", FERRY_AGAIN, heat=60, hours=3), known("x", OTHER)
    )
    assert lines(choice) == [["two", "one"], ["x"]]
    joined = choice.items[0].reasons["joined"]
    assert [(one["path"], one["by"]) for one in joined] == [("one", "words")]
    assert {"amani", "mwanz"} <= set(joined[0]["words"])
    assert joined[0]["likeness"] >= 0


def test_the_same_news_of_an_event_that_was_sent_does_not_come_again() -> None:
    sent = known("one", FERRY, hours=10)
    choice = chosen(
        known("two", FERRY_AGAIN, hours=5, heat=90), known("x", OTHER), received=(sent,)
    )
    assert lines(choice) == [["x"]]
    assert reasons(choice)["two"] == SENT_EVENT


def test_later_news_as_hot_as_what_was_sent_is_an_update() -> None:
    sent = known("one", FERRY, hours=30)
    choice = chosen(known("two", FERRY_AGAIN, hours=14, heat=50), received=(sent,))
    assert lines(choice) == [["two"]]
    assert choice.items[0].update_of == sent.article.story_key
    assert choice.items[0].reasons["update_of"] == "one"


def test_later_news_that_is_cooler_than_what_was_sent_is_none() -> None:
    sent = known("one", FERRY, hours=30)
    choice = chosen(known("two", FERRY_AGAIN, hours=14, heat=49), received=(sent,))
    assert reasons(choice)["two"] == SENT_EVENT
    hot = chosen(known("two", FERRY_AGAIN, hours=14, heat=70), received=(sent,))
    assert lines(hot) == [["two"]]


def test_what_a_chat_received_elsewhere_ties_nothing_for_another_chat() -> None:
    choice = chosen(known("one", FERRY), known("two", FERRY_AGAIN))
    assert choice.items[0].update_of is None


def test_a_topic_leaves_room_for_others_but_no_place_empty() -> None:
    titles = ("Kettle", "Bridge", "Comet", "Violin", "Orchard", "Ferry")
    tea = [
        known(title, f"{title} of the day", heat=90 - n, topics=("Tea",))
        for n, title in enumerate(titles)
    ]
    rain = known("rain", "Umbrella makers meet in Lisbon", heat=10, topics=("Rain",))
    rules = Rules(size=3, topic_cap=2)
    choice = chosen(*tea, rain, rules=rules)
    assert lines(choice) == [["Kettle"], ["Bridge"], ["rain"]]
    assert reasons(choice) == dict.fromkeys(titles[2:], "2 of its topic")
    alone = chosen(*tea, rules=rules)
    assert lines(alone) == [["Kettle"], ["Bridge"], ["Comet"]]
    assert alone.items[2].reasons["beyond_topic_cap"] is True
    assert "beyond_topic_cap" not in alone.items[1].reasons


def test_a_topic_that_was_asked_for_or_is_followed_has_no_cap() -> None:
    tea = [
        known(title, f"{title} of the day", heat=90 - n, topics=("Tea",))
        for n, title in enumerate(("Kettle", "Bridge", "Comet"))
    ]
    rain = known("rain", "Umbrella makers meet in Lisbon", heat=10, topics=("Rain",))
    rules = Rules(size=3, topic_cap=1)
    family = frozenset({"tea"})
    for wish in (replace(rules, followed=family), replace(rules, only=family)):
        choice = chosen(*tea, rain, rules=wish)
        assert lines(choice) == [["Kettle"], ["Bridge"], ["Comet"]]
    full = reasons(chosen(*tea, rain, rules=Rules(size=3, topic_cap=9)))
    assert full == {"rain": FULL}


TITLES = (FERRY, FERRY_AGAIN, FERRY_LATER, OTHER, "Sourdough for neighbours: a bakery shares")


@st.composite
def libraries(draw: st.DrawFn) -> list[Known]:
    count = draw(st.integers(1, 10))
    return [
        known(
            f"{number:02}",
            draw(st.sampled_from(TITLES)),
            hours=draw(st.sampled_from((1, 8, 15, 40, 90))),
            heat=draw(st.sampled_from((10, 50, 80))),
            provider=draw(st.sampled_from(("a.example", "b.example", "c.example"))),
            topics=draw(st.sampled_from(((), ("Tea",), ("Rain",)))),
        )
        for number in range(count)
    ]


@settings(max_examples=examples(150), deadline=None)
@given(libraries(), st.sets(st.integers(0, 9)), st.randoms(use_true_random=False))
def test_what_holds_with_a_history(library: list[Known], had: set[int], chance: Any) -> None:
    received = frozenset(library[n].article.story_key for n in had if n < len(library))
    rules = Rules(size=4, provider_cap=2, topic_cap=1)
    choice = choose(library, rules, topics=TREE, received=received, now=NOW)
    shuffled = list(library)
    chance.shuffle(shuffled)
    assert choose(shuffled, rules, topics=TREE, received=received, now=NOW) == choice
    shown = [one for item in choice.items for one in (item.article, *item.also)]
    assert not received & {one.story_key for one in shown}, "nothing comes twice"
    accounted = [one.path for one in shown] + [left.article.path for left in choice.left]
    assert sorted(accounted) == sorted(one.article.path for one in library)
    for item in choice.items:
        if item.update_of is not None:
            assert item.update_of in received
            before = next(k.article for k in library if k.article.story_key == item.update_of)
            assert item.article.dated_at is not None
            assert before.dated_at is not None
            assert item.article.dated_at - before.dated_at >= UPDATE_AFTER
