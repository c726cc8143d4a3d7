"""Questions in plain words and by command, and the pages of their answers."""

from __future__ import annotations

import json
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from bot.cli.main import app
from bot.gateway.context import SLOW
from bot.sandbox.faults import Effect
from tests.support.world import (
    World,
    a_story,
    data_of,
    labels,
    links,
    stories,
    text_of,
    world,
)

TREE: list[dict[str, object]] = [
    {"name": "Drinks"},
    {"name": "Tea", "parent": "Drinks", "keywords": ["chai"]},
    {"name": "Coffee", "parent": "Drinks"},
]


async def test_plain_words_find_stories_with_their_sources(tmp_path: Path) -> None:
    kettle = a_story("A kettle that sings", topics=["Tea"], provider="kettles.example")
    async with world(tmp_path, articles=[kettle, *stories(3)]) as w:
        answer = await w.ask(w.reader, "singing kettle")
        assert "A kettle that sings" in text_of(answer)
        assert "kettles.example" in text_of(answer)
        assert kettle.url in links(answer)


async def test_a_typo_still_finds_and_says_what_was_searched(tmp_path: Path) -> None:
    articles = [a_story("The longest glacier walk", topics=["Mountains"]), *stories(3)]
    async with world(tmp_path, articles=articles) as w:
        answer = await w.ask(w.reader, "glaceir")
        assert "The longest glacier walk" in text_of(answer)
        assert "glacier (you wrote glaceir)" in text_of(answer)


async def test_a_topic_by_another_name_brings_its_stories_and_offers_to_follow(
    tmp_path: Path,
) -> None:
    async with world(tmp_path, articles=stories(2), topics=TREE) as w:
        answer = await w.ask(w.reader, "/topic chai")
        assert text_of(answer).startswith("Tea\n2 stories")
        assert "Follow Tea" in labels(answer)
        parent = await w.ask(w.reader, "drinks")
        assert "Tea story number 1" in text_of(parent)


async def test_pages_turn_in_place_forward_and_back(tmp_path: Path) -> None:
    async with world(tmp_path, articles=stories(12)) as w:
        first = await w.ask(w.reader, "/topic tea")
        assert "page 1 of 3" in text_of(first)
        assert labels(first)[:5] == ["1", "2", "3", "4", "5"]
        before = w.shown(first)
        await w.tap(w.reader, first, "▶")
        second = await w.until_shown(first, "page 2 of 3")
        assert labels(second)[:5] == ["6", "7", "8", "9", "10"]
        await w.tap(w.reader, second, "▶")
        third = await w.until_shown(first, "page 3 of 3")
        assert labels(third)[:2] == ["11", "12"]
        assert "▶" not in labels(third)
        await w.tap(w.reader, third, "◀")
        await w.until_shown(first, "page 2 of 3")
        await w.tap(w.reader, w.shown(first), "◀")
        again = await w.until_shown(first, "page 1 of 3")
        assert (again["text"], again["entities"]) == (before["text"], before["entities"])
        seen = [number for page in (before, second, third) for number in _numbers(page)]
        assert sorted(seen) == list(range(1, 13))
        await w.tap(w.reader, w.shown(first), "1 / 3")
        assert w.nothing_spins()
        assert len(w.ours(w.reader)) == 1


def _numbers(page: dict[str, Any]) -> list[int]:
    prefix = "Tea story number "
    words = text_of(page).split(prefix)[1:]
    return [int(word.split()[0]) for word in words]


async def test_words_too_long_for_a_button_page_all_the_same(tmp_path: Path) -> None:
    long = "story number or perhaps a glacier in a very long question indeed about tea"
    async with world(tmp_path, articles=stories(12)) as w:
        first = await w.ask(w.reader, long)
        assert data_of(first, "▶").startswith("1:Q:2:")
        await w.tap(w.reader, first, "▶")
        second = await w.until_shown(first, "page 2 of")
        await w.tap(w.reader, second, (0, 0))
        story = await w.until_shown(first, "What is known about")
        await w.tap(w.reader, story, "↩ Back")
        await w.until_shown(first, "page 2 of")


async def test_a_story_opens_from_an_answer_and_leads_back_to_its_page(tmp_path: Path) -> None:
    async with world(tmp_path, articles=stories(7)) as w:
        answer = await w.ask(w.reader, "/hot")
        await w.tap(w.reader, answer, "▶")
        page = await w.until_shown(answer, "page 2 of 2")
        await w.tap(w.reader, page, "7")
        story = await w.until_shown(answer, "What is known about: Tea story number 7")
        assert "7 / 7" in labels(story)
        assert "▶" not in labels(story)
        await w.tap(w.reader, story, "◀")
        await w.until_shown(answer, "What is known about: Tea story number 6")
        await w.tap(w.reader, w.shown(answer), "↩ Back")
        await w.until_shown(answer, "page 2 of 2")


async def test_latest_is_newest_first_and_hot_is_hottest_first(tmp_path: Path) -> None:
    articles = [
        a_story("Old and hot", heat=90, age=timedelta(hours=30)),
        a_story("New and cool", heat=30, age=timedelta(hours=1)),
    ]
    async with world(tmp_path, articles=articles) as w:
        latest = text_of(await w.ask(w.reader, "/latest"))
        assert latest.index("New and cool") < latest.index("Old and hot")
        hot = text_of(await w.ask(w.reader, "/hot"))
        assert hot.index("Old and hot") < hot.index("New and cool")


async def test_topics_are_buttons_with_counts_that_open_below(tmp_path: Path) -> None:
    articles = [*stories(3), *stories(2, topic="Coffee")]
    async with world(tmp_path, articles=articles, topics=TREE) as w:
        listed = await w.ask(w.reader, "/topics")
        assert labels(listed) == ["Drinks · 5", "↳ Tea · 3", "↳ Coffee · 2"]
        await w.tap(w.reader, listed, "↳ Coffee · 2")
        opened = await w.next_message(w.reader, {listed["message_id"]})
        assert text_of(opened).startswith("Coffee\n2 stories")
        assert w.shown(listed) == listed


async def test_nothing_found_offers_near_topics_and_the_latest(tmp_path: Path) -> None:
    async with world(tmp_path, articles=stories(5), topics=TREE) as w:
        answer = await w.ask(w.reader, "cofee zeppelin")
        assert "Nothing on cofee zeppelin yet" in text_of(answer)
        assert "Coffee" in labels(answer)
        assert "All topics" in labels(answer)
        assert text_of(answer).count("Tea story number") == 3


async def test_an_empty_library_is_said_kindly(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        for command in ("/latest", "/hot"):
            assert "Nothing new just now" in text_of(await w.ask(w.reader, command))
        assert "No topics yet" in text_of(await w.ask(w.reader, "/topics"))
        assert "Nothing on tea yet" in text_of(await w.ask(w.reader, "tea"))


async def test_commands_without_words_ask_for_them(tmp_path: Path) -> None:
    async with world(tmp_path, articles=stories(2)) as w:
        assert "A word or two is enough" in text_of(await w.ask(w.reader, "/search"))
        assert text_of(await w.ask(w.reader, "/topic")).startswith("Topics")


async def test_an_unknown_command_gets_a_useful_answer(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        answer = await w.ask(w.reader, "/tea <b>now</b>")
        assert "I don’t know /tea" in text_of(answer).replace("\u2060", "")
        assert "/help" in text_of(answer)


HOSTILE = (
    *('"', "AND OR NOT", "tea*", "-tea", '-"tea', "NEAR(tea, 5)", "title:tea", "' OR 1=1 --"),
    *("<b>tea</b> &amp; [x](y)", "ﷺ" * 200, "\u202etea", "🫖" * 300, "0" * 4096, "{{ 7*7 }}"),
    *("a" * 60 + " tea", "té", "/", "// tea", "tea:tea:tea", "%s %d {}"),
)


@pytest.mark.long
async def test_hostile_words_are_answered_like_any_others(tmp_path: Path) -> None:
    async with world(tmp_path, articles=stories(8)) as w:
        for words in HOSTILE:
            eve = w.sandbox.add_person("Eve")
            answer = await w.ask(eve, words)
            assert "Something went wrong" not in text_of(answer), words
            if "▶" in labels(answer):
                await w.tap(eve, answer, "▶")
                await w.until_shown(answer, "page 2 of")


async def test_what_is_no_words_gets_one_friendly_sentence(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        w.sandbox.world.push(
            "message",
            {
                "message_id": 9000,
                "from": w.reader.to_json(),
                "chat": w.sandbox.chat(w.reader).to_json(),
                "date": 1_790_000_000,
                "contact": {"phone_number": "1", "first_name": "Ann"},
            },
        )
        w.sandbox.chat(w.reader).bot.status = "member"
        await w.until(lambda: len(w.ours(w.reader)) == 1)
        assert "only understand words" in text_of(w.last(w.reader))


async def test_hostile_titles_are_shown_as_they_are_written(tmp_path: Path) -> None:
    titles = [
        "<b>Bold</b> & <script>alert(1)</script>",
        "[link](https://evil.example) _under_ *star* `code`",
        "README.md by @nobody #tag /start $USD",
        "{{ 7*7 }} {% raw %}",
        "العربية عن الشاي",
    ]
    articles = [a_story(title, provider=f"p{n}.example") for n, title in enumerate(titles)]
    async with world(tmp_path, articles=articles) as w:
        answer = await w.ask(w.reader, "/latest")
        for title in titles:
            assert title in text_of(answer)
        assert all("evil.example" not in url for url in links(answer))
        await w.tap(w.reader, answer, "1")
        await w.until(lambda: "↩ Back" in labels(w.shown(answer)))


async def test_a_topic_with_a_slip_in_its_name_is_told_as_it_was_written(tmp_path: Path) -> None:
    async with world(tmp_path, articles=stories(7, topic="Robots")) as w:
        for question in ("/topic robtos", "robtos"):
            answer = await w.ask(w.reader, question)
            assert text_of(answer).startswith("Robots (you wrote robtos)\n7 stories")
            assert "Follow Robots" in labels(answer)


async def test_a_topic_is_meant_that_words_by_themselves_do_not_find(tmp_path: Path) -> None:
    filed = [a_story(f"Canvas number {n}", topics=["Power Apps"]) for n in (1, 2)]
    articles = [*filed, a_story("Power is out in many towns", topics=["Weather"])]
    async with world(tmp_path, articles=articles) as w:
        for question in ("powerapps", "power aps"):
            answer = await w.ask(w.reader, question)
            assert text_of(answer).startswith(f"Power Apps (you wrote {question})\n2 stories")
        assert "Search for “power aps”" in labels(answer)
        typed = await w.inline(w.reader, "powerapps")
        assert sorted(one.title for one in typed.choices.values()) == [
            "Canvas number 1",
            "Canvas number 2",
        ]
        other = await w.ask(w.reader, "power is out")
        assert "Power is out in many towns" in text_of(other)
    asked = ("power aps", "--articles", str(tmp_path / "articles"), "--json")
    found = json.loads(CliRunner().invoke(app, ["search", *asked]).stdout)
    assert sorted(item["title"] for item in found["items"]) == [
        "Canvas number 1",
        "Canvas number 2",
    ]


async def test_a_word_that_stories_hold_is_no_slip_of_a_topic(tmp_path: Path) -> None:
    articles = [*stories(2, topic="Beers"), a_story("Bears in town", topics=["Animals"])]
    async with world(tmp_path, articles=articles) as w:
        answer = await w.ask(w.reader, "/topic bears")
        assert "Bears in town" in text_of(answer)
        assert "you wrote" not in text_of(answer)


@pytest.mark.parametrize(
    ("title", "asked"),
    [
        ("وشجرة الشاي", "شجرة"),
        ("Robots at work", "robots"),
        ("Ein Café am Fluss", "cafe"),
        ("A glacier moves", "Glaciers"),
    ],
)
async def test_a_form_of_a_word_is_no_correction(tmp_path: Path, title: str, asked: str) -> None:
    async with world(tmp_path, articles=[a_story(title, topics=["Things"])]) as w:
        answer = await w.ask(w.reader, asked)
        assert title in text_of(answer)
        assert text_of(answer).startswith(f"{asked}\n1 story")


async def test_only_what_is_hot_is_on_the_hot_list(tmp_path: Path) -> None:
    hot = stories(12)
    cool = [a_story(f"Cool number {n}", heat=40 + n) for n in range(6)]
    async with world(tmp_path, articles=[*hot, *cool]) as w:
        answer = await w.ask(w.reader, "/hot")
        assert "12 hottest stories · page 1 of 3" in text_of(answer)
        await w.tap(w.reader, answer, "▶")
        await w.until_shown(answer, "page 2 of 3")
        await w.tap(w.reader, w.shown(answer), "▶")
        last = await w.until_shown(answer, "page 3 of 3")
        assert "Cool number" not in text_of(last)


async def test_the_best_ten_are_on_the_hot_list_when_hardly_anything_is_hot(
    tmp_path: Path,
) -> None:
    cool = [a_story(f"Cool number {n}", heat=40 + n) for n in range(14)]
    async with world(tmp_path, articles=[a_story("Hot", heat=90), *cool]) as w:
        answer = await w.ask(w.reader, "/hot")
        assert "10 hottest stories · page 1 of 2" in text_of(answer)
        assert "1. Hot" in text_of(answer)


async def test_control_characters_in_what_was_typed_are_not_echoed(tmp_path: Path) -> None:
    async with world(tmp_path, articles=stories(2)) as w:
        answer = await w.ask(w.reader, "\x1b[31mzeppelin\x1b[0m\x07")
        assert "Nothing on zeppelin yet" in text_of(answer)


@pytest.mark.parametrize("words", ["tea", "/settings", "/follow tea"])
async def test_a_slow_answer_shows_that_the_bot_is_typing_and_a_quick_one_does_not(
    tmp_path: Path, words: str
) -> None:
    async with world(tmp_path, articles=stories(2)) as w:
        await quickly_answered(w, words)
        before = len(typed(w))
        slow = w.sandbox.faults.add(Effect.SILENT, method="sendMessage", chat_id=w.reader.id)
        w.say(w.reader, words)
        await w.until(lambda: len(typed(w)) > before)
        assert typed(w)[before:] == [w.reader.id]
        slow.release()


async def test_typing_that_fails_costs_nothing(tmp_path: Path) -> None:
    async with world(tmp_path, articles=stories(2)) as w:
        w.sandbox.faults.add(Effect.SERVER_ERROR, method="sendChatAction")
        slow = w.sandbox.faults.add(Effect.SILENT, method="sendMessage", chat_id=w.reader.id)
        w.say(w.reader, "tea")
        await w.until(lambda: typed(w))
        slow.release()
        assert "Tea story" in text_of(await w.ask(w.reader, "/hot"))


async def quickly_answered(w: World, words: str) -> None:
    """Ask until an answer comes before it counts as slow, as a busy machine may need."""
    for _ in range(20):
        before, begun = len(typed(w)), time.perf_counter()
        await w.ask(w.reader, words)
        if time.perf_counter() - begun < SLOW:
            assert len(typed(w)) == before
            return
    pytest.fail("no answer was quick")


def typed(w: World) -> list[object]:
    """The chats that were shown that the bot is typing."""
    return [call.chat_id for call in w.sandbox.calls if call.method.lower() == "sendchataction"]
