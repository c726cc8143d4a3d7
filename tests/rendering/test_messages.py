"""Whatever articles hold: Telegram takes every message as it is, and no story is lost."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import time, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from bot.domain.article import Article, Provider, RelatedStory
from bot.domain.callback import Action, Callback
from bot.domain.delivery import DigestId, State
from bot.domain.digest import Digest, DigestKind, Item
from bot.domain.hand import Deed, Sheet, Step
from bot.domain.languages import INTERFACE_LANGUAGES
from bot.domain.message import Message, hash_of, without_picture
from bot.domain.panel import Target, View, short
from bot.domain.rules import Weights
from bot.domain.sections import Section
from bot.domain.sends import Doubt, Send, SendId, SendState
from bot.domain.subscription import ChatId, Layout, Subscription
from bot.rendering import (
    courtesies,
    desk,
    desk_panel,
    digests,
    own_data,
    panels,
    saved,
    sends,
    whys,
)
from bot.rendering.answers import Shown, nothing_found, results_page
from bot.rendering.phrases import ENGLISH
from bot.rendering.settings import Facts, Named, Usual
from bot.rendering.settings_pages import LANGUAGE_NAMES, page
from bot.rendering.stories import StoryTopic, story_view
from bot.rendering.style import Style
from bot.rendering.topics import TopicRow, topics_page
from bot.store.message_rows import story_rows
from tests.rendering import hostile
from tests.rendering.builders import NOW, an_article, an_item
from tests.rendering.telegram import judge
from tests.support.examples import examples

STYLES = st.builds(
    Style,
    now=st.just(NOW),
    layout=st.sampled_from(Layout),
    is_shared=st.booleans(),
    bot_username=st.sampled_from((None, "gazette_bot", "@gazette_bot", "no such name")),
    site_url=st.sampled_from((None, "https://site.example", "https://site.example/sub/", "bad")),
    zone=st.sampled_from(("UTC", "Europe/Berlin", "Pacific/Apia")),
    title=st.none() | hostile.texts(300),
    language=st.sampled_from(INTERFACE_LANGUAGES),
)
COMMANDS = frozenset(
    f"/{name}"
    for name in (
        *(
            "start",
            "help",
            "latest",
            "hot",
            "topics",
            "topic",
            "search",
            "settings",
            "pause",
            "resume",
            "subscribe",
            "unsubscribe",
        ),
        *(
            "follow",
            "mute",
            "why",
            "saved",
            "remind",
            "id",
            "privacy",
            "export",
            "forget",
            "digest",
            "post",
            "sends",
        ),
    )
)
ASKED = Callback(Action.FORGET, ("y", "1001.1790000000"))
# Without shrinking: a failing digest of a dozen long articles would shrink for minutes.
slow = settings(
    max_examples=examples(60),
    deadline=None,
    derandomize=True,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def every_second_word(text: str) -> list[tuple[int, int]]:
    """Mark so many words that nothing could be more of a question."""
    return [match.span() for match in re.finditer(r"\w+|[^\w\s]", text)][::2]


@slow
@given(items=hostile.items(), style=STYLES)
def test_telegram_takes_every_digest_and_every_story_is_on_exactly_one_message(
    items: tuple[Item, ...], style: Style
) -> None:
    messages = digests.render(items, style=style)
    for message in messages:
        judge(message)
        judge(without_picture(message))
    shown = Counter(key for message in messages for key in message.stories)
    assert set(shown) == set(Digest(items=items, messages=messages).story_keys)
    elsewhere = {story.story_key for item in items for story in item.article.related}
    assert all(shown[key] == 1 for item in items for key in item.story_keys if key not in elsewhere)
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
        topics=[StoryTopic(name=name) for name in article.topics],
        mark=every_second_word,
    )
    judge(message)


@slow
@given(hits=st.lists(hostile.articles(), max_size=12), words=hostile.texts(4000), style=STYLES)
def test_telegram_takes_every_answer(hits: list[Article], words: str, style: Style) -> None:
    answer = results_page(
        [Shown(article=hit, also=hits[:8], mark=every_second_word) for hit in hits],
        heading=words,
        total=25,
        page=2,
        page_size=12,
        pager=lambda page: Callback(Action.QUERY, (str(page), "words")),
        understood=(words, words),
        is_exact=False,
        follow=(words, False),
        style=style,
        has_number_buttons=True,
    )
    judge(answer)
    judge(nothing_found(words, [words, "AI"], hits, reasons=[words], style=style))


def what_was_saved(words: str, style: Style) -> Iterator[Message]:
    """Saved stories and reminders in which every word is a stranger's."""
    story = an_article().story_id
    kept = saved.Kept(story=story, title=words, source=words, url="https://x.example")
    again = replace(kept, url=None, remind_at=NOW + timedelta(hours=3))
    asked = words
    yield saved.saved_page([kept, again] * 4, total=30, page=2, words=asked, style=style)
    yield saved.saved_page([], total=0, page=1, words=words, style=style)
    yield saved.remind_panel(words, story, [NOW + timedelta(days=9)], has_one=True, style=style)
    yield saved.reminded(words, story, NOW + timedelta(days=1), style=style)
    yield saved.not_a_time(words, style=style)
    yield saved.which_story(style)
    yield from saved.reminder(
        replace(FOREIGN, title=words, excerpt=words, topics=(words,)), style=style
    ).messages
    yield courtesies.in_private_only(style)


def a_few_whys(words: str, style: Style) -> Iterator[Message]:
    """Accounts of choices in which every word is a stranger's."""
    reasons = {
        **{
            "because": ["hot"],
            "heat": None,
            "heat_used": 49.5,
            "heat_from": "median of the candidates",
        },
        **{"age_hours": 50.0, "freshness": 0.5, "quality_factor": 1.2, "quality": 100},
        **{"follow_factor": 1.5, "words": [words], "leaning": -2, "leaning_factor": 0.7},
        "joined": [{"path": words, "by": "words", "likeness": 0.4, "words": [words]}],
    }
    fate = whys.Fate(title=words, url="https://x.example", reasons=reasons, score=1.5, path=words)
    fates = [fate, replace(fate, came_at=NOW, beside=words), replace(fate, left=words, url=None)]
    yield whys.of_digest(fates * 30, came_at=NOW, style=style, in_full=True)
    yield whys.of_stories([("", fates), (words, fates)], words=words, style=style, in_full=True)
    yield whys.of_next(fates, [(words, 3), ("muted topic", 2)] * 9, style=style, in_full=False)
    yield whys.nothing(words=words, style=style)


def settings_pages(words: str, style: Style) -> list[Message]:
    wish = Subscription(
        chat_id=ChatId(1),
        followed=(words,) * 9,
        muted=(words,),
        words_in=(words,),
        words_out=(words,) * 20,
        muted_providers=(words,),
        sections=(Section(kinds=(words or "x",), budget=2),),
        is_silent=True,
        paused_until=NOW + timedelta(days=3),
    )
    facts = Facts(
        wish=wish,
        usual=Usual(
            size=8,
            layout=Layout.LIST,
            provider_cap=3,
            topic_cap=4,
            weights=Weights(),
            sections=(),
        ),
        times=(time(8), time(18, 30)),
        days=frozenset({1, 7}),
        quiet=(time(22), time(7)),
        zone="America/Argentina/Buenos_Aires",
        next_at=NOW + timedelta(days=2),
        titles=(words,) * 5,
        more=3,
        chat=words,
        target=Target(chat_id=ChatId(-1_001_234_567_890), thread_id=2**31),
        hint=words,
        named=(Named(name=words, key=short(words), count=7, depth=2),) * 30,
        is_operator=True,
        has_places=True,
    )
    idle = replace(facts, wish=replace(wish, is_active=False), times=None, next_at=None)
    return [page(view, one, style=style) for view in View for one in (facts, idle)]


def every_panel(words: str, style: Style) -> Iterator[Message]:
    """Everything that the bot says of itself; its variable words are a stranger's."""
    row = TopicRow(name=words, count=3, key=words)
    story = Item(article=Article(path="a.md", title=words, web_url="https://a.example/"), score=1.0)
    other = Item(article=Article(path="b.md", title=words, web_url="https://b.example/"), score=1.0)
    sheet = Sheet(lines=(story, other), pinned=frozenset({story.article.story_key}))
    plan = desk_panel.Plan(
        chats=(words, words),
        chat_count=9,
        message_count=1,
        duration=timedelta(seconds=4),
        digest="1a2b3c4d5e6f7081",
        layout=Layout.COVER,
        quiet_until="07:00",
        troubles={other.article.story_key: words},
    )
    offer = desk_panel.Offer(stories=[story] * 7, moments=[(NOW, True)], words=words, why_not=words)
    yield from (
        *settings_pages(words, style),
        panels.help_text(style, is_operator=True),
        panels.subscribed(style, times=words, topics=[words]),
        panels.subscribed(style, named=panels.NamedTopic(words=words, nearest=[words])),
        panels.subscribed(
            style, named=panels.NamedTopic(words=words, topic=words, is_slip=True), topics=[words]
        ),
        panels.followed(words, style=style, is_subscribed=False, was_muted=True, typed=words),
        panels.followed(words, style=style, is_new=False),
        panels.unfollowed(words, style=style),
        panels.unfollowed(words, style=style, was_followed=False),
        panels.muted(words, style=style, was_followed=True, typed=words),
        panels.unmuted(words, style=style),
        panels.unmuted(words, style=style, was_muted=False),
        *(
            panels.no_such_topic(words, [words], command=command, style=style)
            for command in ("follow", "unfollow", "mute", "unmute")
        ),
        panels.unknown_command(words, style=style),
        *a_few_whys(words, style),
        *what_was_saved(words, style),
        courtesies.hello(style),
        own_data.privacy(style, days=90),
        own_data.question(style, minutes=10, is_operator=True, yes=ASKED, no=ASKED),
        own_data.erased(style),
        own_data.standing(style),
        courtesies.wishes(
            "follow", followed=[words] * 90, muted=["AI", words], choices=[words], style=style
        ),
        topics_page([row, replace(row, key="x", parent=words)], style=style),
        desk_panel.seen(sheet, plan, style=style),
        *(
            desk_panel.panel(
                sheet,
                plan,
                style=style,
                at=Deed(draft=10**9, version=10**6, step=step, what=("2", "1")),
                offer=offer,
            )
            for step in Step
        ),
        desk.test_failed(style),
        desk.note(style, desk.cannot_add(words, style.phrases)),
        desk.nothing_to_post(style, words=words, counts=[(3, words)]),
        desk.post_account(a_send(words), digest="1a2b", chat_count=1, by=words, style=style),
        sends.listed([a_send(words), a_send(words, done_at=NOW)], style=style, per_second=30),
        *(
            sends.panel(
                a_send(words, state=state),
                [a_doubt(words)] * 9,
                style=style,
                per_second=30,
                is_asking=is_asking,
            )
            for state in SendState
            for is_asking in (False, True)
        ),
    )


@pytest.mark.long
@slow
@given(words=hostile.texts(200), style=STYLES)
def test_telegram_takes_every_panel(words: str, style: Style) -> None:
    for message in every_panel(words, style):
        judge(message, live=COMMANDS)


@pytest.mark.parametrize(
    "language",
    [pytest.param("ru"), *(pytest.param(one, marks=pytest.mark.long) for one in ("ar", "zh"))],
)
def test_nothing_stays_in_english(language: str) -> None:
    style = Style(now=NOW, language=language, zone="Europe/Berlin", title="ツ")
    item = Item(article=FOREIGN, score=1.0, also=(replace(FOREIGN, path="b.md", provider=None),))
    shown = [
        *every_panel("ツ", style),
        *every_panel("ツ", replace(style, is_shared=True)),
        *digests.render([item] * 3, style=style),
        story_view(FOREIGN, style=style, also=[FOREIGN], back=Callback(Action.DIGEST, ("1",))),
        results_page(
            [Shown(article=FOREIGN)],
            heading="ツ",
            total=25,
            page=2,
            page_size=12,
            pager=lambda page: Callback(Action.QUERY, (str(page), "ツ")),
            is_being_read=True,
            follow=("ツ", False),
            style=style,
        ),
        nothing_found("ツ", ["ツ"], [FOREIGN], is_being_read=True, style=style),
    ]
    left = {
        word
        for message in shown
        for text in (str(message.text), *_labels(message))
        for word in re.findall(r"(?<![\w/])[A-Za-z]{3,}", text)
    }
    assert " ".join(sorted(left - KEPT_AS_IT_IS)) == ""


FOREIGN = Article(
    path="a.md",
    title="ツ",
    excerpt="ツ",
    web_url="https://xn--bdk.example/",
    kind="video",
    topics=("ツ",),
    provider=Provider(name="ツ", domain=None),
    dated_at=NOW - timedelta(hours=30),
    duration=timedelta(minutes=135),
)
KEPT_AS_IT_IS = frozenset(
    [
        *("CHANNELS", "UTC", "Telegram", "Stars", "TOPIC", "CAP"),
        *("from", "type", "video", "source", "name", "example"),
        *re.findall(r"[A-Za-z]{3,}", " ".join(LANGUAGE_NAMES.values())),
    ]
)
"""Names, what is typed as it stands, and units of money."""


def _labels(message: Message) -> list[str]:
    rows = message.parameters.get("reply_markup", {}).get("inline_keyboard", [])
    return [button["text"] for row in rows for button in row]


def a_send(words: str, **facts: Any) -> Send:
    """Give a send whose words are somebody else's."""
    usual: dict[str, Any] = {
        "id": SendId(12),
        "kind": DigestKind.SLOT,
        "state": SendState.PAUSED,
        "title": words,
        "due_at": NOW,
        "started_at": NOW,
        "changed_at": NOW,
        "alarm": words,
        "counts": {State.SENT: 1200, State.PENDING: 800, State.UNCERTAIN: 3},
        "undecided": 3,
        "undecided_until": NOW,
    }
    return Send(**(usual | facts))


def a_doubt(words: str) -> Doubt:
    """Give an uncertain message to a chat of any name."""
    return Doubt(
        digest_id=DigestId(12),
        chat_id=ChatId(5),
        chat=words,
        since=NOW,
        reason=words,
        is_undecided=True,
    )


def test_telegram_takes_every_fixed_panel() -> None:
    style = Style(now=NOW)
    for message in (
        courtesies.in_private(style, has_preview=True),
        courtesies.in_private(style, has_preview=False),
        panels.unsubscribed(style),
        panels.unsubscribed(style, was_subscribed=False),
        panels.identity(-1001234567890, style=style, thread_id=5, user_id=7),
        panels.no_stories(style),
        panels.story_gone(style),
        panels.administrators_only(style),
        panels.too_fast(style, seconds=1),
        panels.failed(style),
        courtesies.hello(style, is_subscribed=True),
        courtesies.words_only(style),
        *(
            courtesies.wishes(command, followed=(), muted=(), choices=(), style=style)
            for command in ("follow", "unfollow", "mute", "unmute")
        ),
        topics_page([], style=style),
        desk.post_account(a_send("", counts={}), digest="1a2b", style=style),
        sends.listed([], style=style, per_second=30),
        sends.panel(a_send("", counts={}), [], style=style, per_second=30),
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
        for module in (panels, courtesies, desk)
        for name, value in vars(module).items()
        if name.isupper() and isinstance(value, str)
    ]
    toasts += [courtesies.too_fast(30, ENGLISH), desk.cannot_add("so " * 200, ENGLISH)]
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


ESCAPES = (
    "\x1b[31mtea\x1b[0m",
    "\x9b1;31mtea\x9b0m",
    "\x1b]0;title\x07tea",
    "t\x08e\x7fa\x00\x85",
    "\x1bctea",
)


@pytest.mark.parametrize("words", ESCAPES)
def test_control_characters_and_escapes_are_left_out_of_echoes(words: str) -> None:
    style = Style(now=NOW)
    for message in (
        panels.no_such_topic(words, [], command="mute", style=style),
        nothing_found(words, [], [], style=style),
        desk.nothing_to_post(style, words=words),
        panels.unknown_command(words, style=style),
    ):
        assert "tea" in message.text
        assert not any(unicodedata.category(one) == "Cc" for one in message.text if one != "\n")
        assert "[" not in message.text
        assert "title" not in message.text


def test_the_also_line_names_no_address_twice_and_never_the_leads_own() -> None:
    own = "https://example.org/stories/1"
    related = (
        RelatedStory(title="Myself", url=f"{own}/?utm_source=x"),
        RelatedStory(title="My original", url="https://origin.example/first"),
        RelatedStory(title="Elsewhere", url="https://other.example/a"),
        RelatedStory(title="Elsewhere again", url="https://www.other.example/a#top"),
        RelatedStory(title="The copy", url="https://example.org/stories/2"),
    )
    copies = tuple(an_article(1, path=f"_copies/{number}.md") for number in range(3000))
    other = an_article(2)
    twin = an_article(2, path="_news/twin.md", provider=Provider(name="Twin"))
    item = an_item(
        1, related=related, also=(*copies, other, twin), original_url="https://origin.example/first"
    )
    (message,) = digests.render([item], style=Style(now=NOW))
    also = next(line for line in message.text.split("\n") if line.startswith("Also"))
    assert also == "Also: Paper 2, other.example"


def test_what_stands_under_also_elsewhere_is_received_too() -> None:
    related = tuple(
        RelatedStory(title=f"Elsewhere {n}", url=f"https://www.site{n}.example/a/?utm_medium=x")
        for n in range(9)
    )
    item = an_item(1, related=related, also=(an_article(2),))
    for layout in (Layout.LIST, Layout.CARDS):
        items = (item, an_item(3))
        messages = digests.render(items, style=Style(now=NOW, layout=layout))
        elsewhere = [f"https://site{n}.example/a" for n in range(3)]
        assert list(messages[0].stories[:2]) == list(item.story_keys)
        assert [key for key in messages[0].stories if "site" in key] == elsewhere
        digest = Digest(items=items, messages=messages)
        assert set(elsewhere) < set(digest.story_keys)
        rows = story_rows(DigestId(1), digest)
        leads = {row["story_key"] for row in rows if row["is_lead"]}
        assert leads == {one.article.story_key for one in items}
        assert {row["story_key"] for row in rows} == set(digest.story_keys)
