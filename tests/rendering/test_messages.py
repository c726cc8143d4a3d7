"""Whatever articles hold: Telegram takes every message as it is, and no story is lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from bot.domain.article import Article
from bot.domain.callback import Action, Callback
from bot.domain.digest import Digest, Item
from bot.domain.message import hash_of, without_picture
from bot.domain.subscription import Layout
from bot.rendering import courtesies, desk, digests, panels
from bot.rendering.answers import nothing_found, results_page
from bot.rendering.stories import story_view
from bot.rendering.style import Style
from bot.rendering.topics import TopicRow, topics_page
from tests.rendering import hostile
from tests.rendering.builders import NOW, an_article, an_item
from tests.rendering.telegram import judge

STYLES = st.builds(
    Style,
    now=st.just(NOW),
    layout=st.sampled_from(Layout),
    is_shared=st.booleans(),
    bot_username=st.sampled_from((None, "gazette_bot", "@gazette_bot", "no such name")),
    site_url=st.sampled_from((None, "https://site.example", "https://site.example/sub/", "bad")),
    zone=st.sampled_from(("UTC", "Europe/Berlin", "Pacific/Apia")),
    title=st.none() | hostile.texts(300),
)
COMMANDS = frozenset(
    f"/{name}"
    for name in (
        *("start", "help", "latest", "hot", "topics", "topic", "subscribe", "unsubscribe"),
        *("follow", "mute", "id", "post"),
    )
)
# Without shrinking: a failing digest of a dozen long articles would shrink for minutes.
slow = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@slow
@given(items=hostile.items(), style=STYLES)
def test_telegram_takes_every_digest_and_every_story_is_on_exactly_one_message(
    items: tuple[Item, ...], style: Style
) -> None:
    messages = digests.render(items, style=style)
    for message in messages:
        judge(message)
        judge(without_picture(message))
    shown = [key for message in messages for key in message.stories]
    assert shown == list(Digest(items=items, messages=messages).story_keys)
    assert hash_of(messages) == hash_of(digests.render(items, style=style))


@slow
@given(article=hostile.articles(), also=st.lists(hostile.articles(), max_size=3), style=STYLES)
def test_telegram_takes_every_opened_story(
    article: Article, also: list[Article], style: Style
) -> None:
    message = story_view(
        article,
        style=style,
        also=also,
        position=(2, 3),
        previous=article.story_id,
        next=article.story_id,
        back=Callback(Action.DIGEST, ("1",)),
    )
    judge(message)


@slow
@given(hits=st.lists(hostile.articles(), max_size=12), words=hostile.texts(4000), style=STYLES)
def test_telegram_takes_every_answer(hits: list[Article], words: str, style: Style) -> None:
    answer = results_page(
        hits,
        heading=words,
        total=25,
        page=2,
        page_size=12,
        pager=lambda page: Callback(Action.QUERY, (str(page), "words")),
        follow=(words, False),
        style=style,
        has_number_buttons=True,
    )
    judge(answer)
    judge(nothing_found(words, [words, "AI"], hits, style=style))


@slow
@given(words=hostile.texts(200), style=STYLES)
def test_telegram_takes_every_panel(words: str, style: Style) -> None:
    row = TopicRow(name=words, count=3, key=words)
    plan = desk.PostPlan(
        chats=(words, words),
        chat_count=9,
        story_count=8,
        message_count=1,
        duration=timedelta(seconds=4),
        digest="1a2b3c4d5e6f7081",
        post=Callback(Action.POST, ("7", "1a2b3c4d")),
        cancel=Callback(Action.CANCEL, ("7", "1a2b3c4d")),
    )
    for message in (
        panels.start(style),
        panels.help_text(style, is_operator=True),
        panels.subscribed(style, times=words, topics=[words]),
        panels.followed(words, style=style, is_subscribed=False),
        panels.unfollowed(words, style=style),
        panels.muted(words, style=style),
        panels.unmuted(words, style=style),
        panels.no_such_topic(words, [words], command="follow", style=style),
        panels.which_topic("follow", [words], style=style),
        panels.unknown_command(words, style=style),
        courtesies.hello(style),
        courtesies.wishes(
            "follow", followed=[words] * 90, muted=["AI", words], choices=[words], style=style
        ),
        topics_page([row, replace(row, key="x", parent=words)], style=style),
        desk.post_panel(plan, style=style),
        desk.nothing_to_post(style, words=words, counts=[(3, words)]),
        desk.post_progress(
            desk.Progress(total=1, sent=1), digest="1a2b", chat_count=1, by=words, style=style
        ),
    ):
        judge(message, live=COMMANDS)


def test_telegram_takes_every_fixed_panel() -> None:
    style = Style(now=NOW)
    for message in (
        panels.start(style, is_subscribed=True),
        panels.unsubscribed(style),
        panels.unsubscribed(style, was_subscribed=False),
        panels.identity(-1001234567890, style=style, thread_id=5, user_id=7),
        panels.no_stories(style),
        panels.story_gone(style),
        panels.administrators_only(style),
        panels.too_fast(style),
        panels.failed(style),
        courtesies.hello(style, is_subscribed=True),
        courtesies.words_only(style),
        courtesies.wishes("mute", followed=(), muted=(), choices=(), style=style),
        topics_page([], style=style),
        desk.post_progress(desk.Progress(total=9, sent=4, uncertain=1), digest="1a2b", style=style),
        desk.post_progress(desk.Progress(total=9, sent=9), digest="1a2b", style=style),
        desk.post_cancelled(style),
        desk.post_stale(style),
        desk.nothing_to_post(style),
        desk.no_recipients(style),
        desk.operators_only(style),
        desk.claimed(style),
        desk.claim_failed(style),
    ):
        judge(message, live=COMMANDS)


@pytest.mark.parametrize("count", [1, 8, 40, 300])
def test_a_long_list_is_split_in_order_and_numbered_through(count: int) -> None:
    items = [an_item(number) for number in range(1, count + 1)]
    messages = digests.render(items, style=Style(now=NOW))
    for message in messages:
        judge(message)
    assert [key for message in messages for key in message.stories] == [
        item.article.story_key for item in items
    ]
    labels = [
        button["text"]
        for message in messages
        for row in message.parameters["reply_markup"]["inline_keyboard"]
        for button in row
    ]
    assert labels == [str(number) for number in range(1, count + 1)]
    assert (len(messages) > 1) == (count > 50)
    if len(messages) > 1:
        assert [m.text.split("\n")[0].rpartition(" ")[2] for m in messages] == [
            f"{number}/{len(messages)}" for number in range(1, len(messages) + 1)
        ]
        assert messages[1].text.startswith(f"2/{len(messages)}\n")


def test_short_answers_to_a_tap_fit() -> None:
    toasts = [
        value
        for module in (panels, courtesies)
        for name, value in vars(module).items()
        if name.isupper() and isinstance(value, str)
    ]
    assert len(toasts) >= 9
    assert all(0 < len(toast) <= 200 for toast in toasts)


def test_a_row_of_buttons_with_words_never_holds_more_than_two() -> None:
    topics = [f"Topic {number}" for number in range(30)]
    message = courtesies.wishes(
        "follow", followed=topics, muted=(), choices=(), style=Style(now=NOW)
    )
    rows = message.parameters["reply_markup"]["inline_keyboard"]
    assert {len(row) for row in rows} == {2}


def test_titles_of_400_characters_are_whole_in_every_layout() -> None:
    title = ("A headline that goes on & on <about> README.md, " * 9)[:400].strip()
    items = [an_item(number, title=title) for number in range(1, 21)]
    for layout in Layout:
        messages = digests.render(items, style=Style(now=NOW, layout=layout))
        for message in messages:
            judge(message)
        assert sum(message.text.count(title) for message in messages) == 20


def test_a_title_of_4000_characters_is_cut_between_words() -> None:
    title = "word " * 800
    (message,) = digests.render([an_item(title=title)], style=Style(now=NOW))
    assert "word word…" in message.text
    assert len(message.text) > 2900


def test_a_card_has_no_button_that_changes_what_others_see() -> None:
    style = Style(now=NOW, layout=Layout.CARDS, is_shared=True, bot_username="gazette_bot")
    for layout in Layout:
        for message in digests.render(
            [an_item(1), an_item(2)], style=replace(style, layout=layout)
        ):
            buttons = [b for r in message.parameters["reply_markup"]["inline_keyboard"] for b in r]
            assert buttons
            assert all("callback_data" not in button for button in buttons)


def test_a_channel_of_an_unknown_bot_gets_a_list_without_buttons() -> None:
    (message,) = digests.render([an_item()], style=Style(now=NOW, is_shared=True))
    assert "reply_markup" not in message.parameters


def test_no_items_make_no_message() -> None:
    assert digests.render([], style=Style(now=NOW)) == ()


def test_other_articles_of_the_event_stand_below_the_line() -> None:
    item = an_item(1, also=(an_article(2), an_article(3)))
    (message,) = digests.render([item], style=Style(now=NOW))
    assert "Also: Paper 2, Paper 3" in message.text
    assert message.stories == item.story_keys
