"""Deep links: whatever a button in a group leads to, the private chat opens the same."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from hypothesis import assume, given
from hypothesis import strategies as st

from bot.domain.callback import Action, Callback
from bot.domain.message import Draft, Text
from bot.domain.topic import Topic, TopicTree, folded
from bot.publishing.links import MORE, callback_of, in_shared_chat, parameter
from bot.publishing.order import moment_in_words
from bot.rendering import keyboards
from bot.rendering.phrases import ENGLISH

ALLOWED = re.compile(r"[A-Za-z0-9_-]{1,64}")
names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=90)


@given(st.lists(names, min_size=1, max_size=8), st.integers(1, 99))
def test_every_topic_has_a_link_that_leads_to_it(words: list[str], page: int) -> None:
    tree = TopicTree([Topic(name=word) for word in words])
    assume(tree.topics)
    for topic in tree.topics:
        key = folded(topic.name)
        start = parameter(Callback(Action.TOPIC, (str(page), key)))
        assert start is not None
        assert ALLOWED.fullmatch(start)
        assert callback_of(start, tree) == Callback(Action.TOPIC, ("1", key))


@given(names)
def test_words_have_a_link_that_asks_the_same_or_none(words: str) -> None:
    start = parameter(Callback(Action.QUERY, ("3", words)))
    if start is not None:
        assert ALLOWED.fullmatch(start)
        assert callback_of(start, TopicTree()) == Callback(Action.QUERY, ("1", words))


@given(st.text(max_size=80))
def test_no_parameter_breaks_the_reading(text: str) -> None:
    callback_of(text, TopicTree([Topic(name="Tea")]))


def test_lists_and_stories_have_links_and_orders_have_none() -> None:
    tree = TopicTree()
    for action in (Action.TOPICS, Action.HOT, Action.LATEST):
        start = parameter(Callback(action, ("7",)))
        assert start is not None
        assert callback_of(start, tree) == Callback(action, ("1",))
    story = Callback(Action.STORY, ("0123456789ab",))
    assert callback_of("story-0123456789ab", tree) == story
    assert parameter(story) == "story-0123456789ab"
    for action in (Action.DESK, Action.FOLLOW, Action.DIGEST, Action.NOTHING):
        assert parameter(Callback(action, ("1", "2"))) is None


def test_in_a_group_a_pager_becomes_one_link_and_orders_stay() -> None:
    def pages(number: int) -> Callback:
        return Callback(Action.TOPIC, (str(number), "tea"))

    keyboard = keyboards.rows(
        keyboards.pager(2, 3, pages, ENGLISH),
        [
            keyboards.tap("Subscribe", Action.SUBSCRIBE),
            keyboards.tap("Post", Action.DESK, "1.1", "n.ab"),
        ],
        [keyboards.link("Read", "https://tea.example/1")],
    )
    message = in_shared_chat(
        Draft(text=Text("Tea"), keyboard=keyboard).finished(), bot_username="tea_bot"
    )
    assert message.parameters["reply_markup"]["inline_keyboard"] == [
        [{"text": MORE, "url": "https://t.me/tea_bot?start=topic-tea"}],
        [{"text": "Subscribe", "callback_data": "1:sub"}],
        [{"text": "Read", "url": "https://tea.example/1"}],
    ]
    nameless = in_shared_chat(
        Draft(text=Text("Tea"), keyboard=keyboard[:1]).finished(), bot_username=None
    )
    assert "reply_markup" not in nameless.parameters


def test_the_next_digest_is_told_in_the_publications_zone() -> None:
    now = datetime(2026, 11, 23, 22, 30, tzinfo=UTC)

    def told(day: int, hour: int, zone: str) -> str:
        moment = datetime(2026, 11, day, hour, tzinfo=UTC)
        return moment_in_words(moment, now=now, zone=zone)

    assert told(23, 23, "UTC") == "at 23:00 UTC today"
    assert told(24, 8, "UTC") == "at 08:00 UTC tomorrow"
    assert told(24, 8, "America/New_York") == "at 03:00 New York time tomorrow"
    assert told(23, 23, "Asia/Tokyo") == "at 08:00 Tokyo time today"
    assert told(27, 8, "UTC") == "at 08:00 UTC on Friday 27 November"
