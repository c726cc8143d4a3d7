"""What an answer says beside its stories: what matched, what was understood, why there is none."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.support.clocks import StandingClock
from tests.support.world import (
    World,
    a_story,
    buttons,
    labels,
    links,
    stories,
    text_of,
    world,
)

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
"""A Friday."""
NOON = StandingClock(NOW)
TREE: list[dict[str, object]] = [
    {"name": "Drinks", "hashtags": ["drinks"]},
    {"name": "Tea", "shortname": "T", "parent": "Drinks", "keywords": ["chai"]},
    {"name": "Coffee", "parent": "Drinks", "hashtags": ["espresso"]},
    {"name": "Rowing"},
]


def bold(message: dict[str, Any]) -> list[str]:
    """The words in bold, in order."""
    units = text_of(message).encode("utf-16-le")
    return [
        units[2 * one["offset"] : 2 * (one["offset"] + one["length"])].decode("utf-16-le")
        for one in message.get("entities", [])
        if one["type"] == "bold"
    ]


def related(*told: tuple[str, str]) -> list[dict[str, object]]:
    """Coverage of the same event, by title and address."""
    return [
        {"title": title, "webUrl": url, "publishedDateTime": NOW - timedelta(hours=3)}
        for title, url in told
    ]


MATCHED = [
    ("A walk on the glacier", "walking on glaciers", ["walk", "glacier"]),
    ("The volcanoes rest", "volcano", ["volcanoes"]),
    ("Der Fluss und die Brücken", "brücke", ["Brücken"]),
    ("Старые мосты города", "мост", ["мосты"]),
    ("Un café à la gare", "CAFE", ["café"]),
    ("二つの尾をもつ彗星が見えた", "彗星", ["彗星"]),
    ("北京的茶馆重新开门", "茶馆", ["茶馆"]),
    ("ตลาดน้ำเปิดใหม่", "ตลาดน้ำ", ["ตลาดน้ำ"]),
    ("서울의 새로운 다리", "다리", ["다리"]),
    ("नदी पर नया पुल", "पुल", ["पुल"]),
    ("حديقة فوق السطح", "الحديقة", ["حديقة"]),
    ("🫖 <tea> & *more* tea", "tea", ["tea", "tea"]),
    ("ROBOTS dance", "robtos", ["ROBOTS"]),
]


async def test_words_that_matched_are_bold_in_whatever_form(tmp_path: Path) -> None:
    articles = [
        replace(a_story(title, topics=["Things"]), path=f"_news/{number}.md")
        for number, (title, _, _) in enumerate(MATCHED)
    ]
    async with world(tmp_path, articles=articles) as w:
        for _, asked, words in MATCHED:
            answer = await w.ask(w.sandbox.add_person("Ann"), asked)
            heading, *found = bold(answer)
            assert heading.startswith(text_of(answer).split("\n")[0][:9])
            assert found == words
            assert len(links(answer)) >= 1


async def test_where_the_title_says_nothing_the_excerpt_shows_why(tmp_path: Path) -> None:
    excerpt = f"{'It begins quietly and goes on for a while. ' * 4}Then an otter steals the oar."
    article = a_story("Trouble on the river", topics=["Rowing"], excerpt=excerpt)
    async with world(tmp_path, articles=[article]) as w:
        answer = await w.ask(w.reader, "otters")
        assert bold(answer)[1:] == ["otter"]
        assert "an otter steals the oar." in text_of(answer)
        assert "It begins quietly and goes on for a while. It begins" not in text_of(answer)
        await w.tap(w.reader, answer, "1")
        story = await w.until_shown(answer, "It begins quietly")
        assert bold(story) == ["Trouble on the river", "otter"]


async def test_where_only_the_text_holds_the_words_its_passage_is_shown(tmp_path: Path) -> None:
    article = a_story("Trouble on the river", topics=["Rowing"], excerpt="A day out.")
    async with world(tmp_path, articles=[article]) as w:
        text = f"{article.text}\n<p>{'Much happens. ' * 30}Then [an otter](https://o.example) came."
        (w.folder / "articles" / article.path).write_text(text)
        await w.gazette.sync.run()
        answer = await w.ask(w.reader, "otters")
        assert bold(answer)[1:] == ["otter"]
        assert "Then an otter came." in text_of(answer)


async def test_one_event_is_one_line_that_names_the_others(tmp_path: Path) -> None:
    first = a_story("Bridge opens", provider="north.example", heat=90)
    second = a_story("The new bridge", provider="south.example", heat=80)
    lone = a_story("A bridge elsewhere", provider="west.example", heat=50)
    second.header["related"] = related(("Bridge opens", first.url))  # type: ignore[index]
    async with world(tmp_path, articles=[first, second, lone]) as w:
        answer = await w.ask(w.reader, "bridge")
        assert "2 stories" in text_of(answer)
        assert "Also: south.example" in text_of(answer)
        assert second.url in links(answer)
        await w.tap(w.reader, answer, "1")
        story = await w.until_shown(answer, "Also covered by south.example")
        assert second.url in links(story)


async def test_a_card_has_picture_coverage_and_wishes_that_change_in_place(tmp_path: Path) -> None:
    picture = {"url": "https://pictures.example/cup.jpg", "width": 900, "height": 500}
    article = a_story(
        "A cup for two",
        topics=["chai", "Rowing"],
        images=[picture],
        related=related(("Two for a cup", "https://east.example/cup")),
    )
    async with world(tmp_path, articles=[article], topics=TREE) as w:
        answer = await w.ask(w.reader, "cup")
        await w.tap(w.reader, answer, "1")
        story = await w.until_shown(answer, "Also covered by")
        assert story["link_preview_options"]["url"] == picture["url"]
        assert story["link_preview_options"]["show_above_text"]
        assert "https://east.example/cup" in links(story)
        assert labels(story) == [
            *("↩ Back", "Read", "☆ Save", "⏰ Remind me", "👍 More", "👎 Less"),
            *("Why this", "Share", "Mute a-cup-for-two.example"),
            *("Follow Tea", "Mute Tea", "Follow Rowing", "Mute Rowing"),
        ]
        await w.tap(w.reader, story, "Mute Tea")
        await w.until(lambda: "Unmute Tea" in labels(w.shown(answer)))
        await w.tap(w.reader, w.shown(answer), "Follow Tea")
        await w.until(lambda: "✓ Following Tea" in labels(w.shown(answer)))
        assert "Mute Tea" in labels(w.shown(answer))
        await w.tap(w.reader, w.shown(answer), "Mute Tea")
        await w.until(lambda: "Unmute Tea" in labels(w.shown(answer)))
        assert "Follow Tea" in labels(w.shown(answer))
        await w.tap(w.reader, w.shown(answer), "↩ Back")
        await w.until_shown(answer, "1 story")
        await w.tap(w.reader, w.shown(answer), "1")
        await w.until(lambda: "Unmute Tea" in labels(w.shown(answer)))


TAKEN_FOR = {
    "number yesterday": "Thursday 26 November 2026",
    "number this week": "23 to 29 Nov 2026",
    "number november 2026": "November 2026",
    "number 2026": "2026",
    "number since monday": "since 23 Nov 2026",
    "chai number": "topic Tea",
    "number from:tea": "from tea",
    "number type:article -zebra": "of type article · without zebra",
    "number -type:video": "not of type video",
    "number zeppelin": "some of these words",
    "number in march 2021": "nothing for “in march 2021”, so of any time",
}


async def test_an_answer_says_what_the_question_was_taken_for(tmp_path: Path) -> None:
    articles = [
        a_story(f"Tea number {n}", provider="tea.example", age=timedelta(days=1), now=NOW)
        for n in range(3)
    ]
    taken_for = {}
    async with world(tmp_path, articles=articles, topics=TREE, clock=NOON) as w:
        for asked in TAKEN_FOR:
            heading, count, understood, *_ = text_of(await w.ask(w.reader, asked)).split("\n")
            assert (heading, count) == (asked, "3 stories")
            taken_for[asked] = understood
    assert taken_for == TAKEN_FOR


LAST_WEEKS = (
    "last week", "letzte Woche", "la semana pasada", "la semaine dernière", "na semana passada",
    "на прошлой неделе", "минулого тижня", "geçen hafta", "الأسبوع الماضي", "هفته گذشته",
    "पिछले सप्ताह", "minggu lalu", "上周",
)  # fmt: skip
"""In every interface language."""
TIMES = {
    **dict.fromkeys(LAST_WEEKS, "16 to 22 Nov 2026"),
    "2026-11-19": "Thursday 19 November 2026",
    "19. November 2026": "Thursday 19 November 2026",
    "в ноябре 2026 года": "November 2026",
    "8 ноября 2026": "nothing for “8 ноября 2026”, so of any time",
}


async def test_time_words_of_every_interface_language_are_understood(tmp_path: Path) -> None:
    articles = [
        a_story("A glacier last week", age=timedelta(days=8), now=NOW),
        a_story("A glacier of long ago", age=timedelta(days=800), now=NOW),
    ]
    async with world(tmp_path, articles=articles, clock=NOON) as w:
        for words, line in TIMES.items():
            person = w.sandbox.add_person("Ann")
            answer = await w.ask(person, f"glacier {words}")
            heading, count, understood, _, first, *_ = text_of(answer).split("\n")
            assert (heading, understood) == (f"glacier {words}", line)
            assert first == "1. A glacier last week"
            assert (count == "1 story") is ("nothing" not in line)


WHY_NOT = {
    "what is new about purple zeppelins?": "No story has “purple” or “zeppelins”.",
    "number type:banana": "There is something without type:banana.",
    "story type:banana": "No story is of type banana.",
    "type:banana": "No story is of type banana.",
    "from:kichen": "The nearest sources: kitchen.example.",
    'tea from:"the kitchen"': "The nearest sources: kitchen.example.",
    "story -tea": "Stories with “tea” were left out.",
    "zeppelins last week": "I took “last week” for 16 to 22 Nov 2026.",
}


async def test_nothing_found_says_why(tmp_path: Path) -> None:
    told = [*stories(3, now=NOW), a_story("Pans", now=NOW, provider="kitchen.example")]
    async with world(tmp_path, articles=told, topics=TREE, clock=NOON) as w:
        for asked, why in WHY_NOT.items():
            answer = await w.ask(w.sandbox.add_person("Ann"), asked)
            assert text_of(answer).startswith(f"Nothing on {asked} yet.\n")
            assert why in text_of(answer).split("\n")
            assert "The latest stories" in text_of(answer)
        known = await w.ask(w.sandbox.add_person("Ann"), "zeppelins from:kitchen")
        assert "Nothing on zeppelins from:kitchen yet." in text_of(known)
        assert "nearest sources" not in text_of(known)


async def test_a_filter_that_leaves_nothing_can_be_taken_off(tmp_path: Path) -> None:
    async with world(tmp_path, articles=stories(3), topics=TREE) as w:
        answer = await w.ask(w.reader, 'type:banana "story number" from:nobody')
        await w.tap(w.reader, answer, 'Search for “"story number"”')
        known = {answer["message_id"]}
        assert "3 stories" in text_of(await w.next_message(w.reader, known))


async def test_a_topics_name_brings_what_is_filed_under_it(tmp_path: Path) -> None:
    filed = [a_story("Steam and leaves", topics=["chai"]), a_story("Green", topics=["tea"])]
    beside = a_story("Tea in a coffee house", topics=["Rowing"], heat=99)
    async with world(tmp_path, articles=[*filed, beside], topics=TREE) as w:
        for asked in ("tea", "TEA?", "#tea", "t", "/topic chai", "/topic #Tea"):
            answer = await w.ask(w.sandbox.add_person("Ann"), asked)
            assert text_of(answer).startswith("Tea\n2 stories"), asked
            assert "Tea in a coffee house" not in text_of(answer), asked
            assert "Follow Tea" in labels(answer), asked


async def test_the_name_of_a_topic_is_bold_in_its_stories_on_every_page(tmp_path: Path) -> None:
    articles = [a_story(f"A boat that rows, {n}", topics=["Rowing"]) for n in range(7)]
    async with world(tmp_path, articles=articles, topics=TREE) as w:
        for asked in ("rowing", "/topic rowing"):
            answer = await w.ask(w.reader, asked)
            assert bold(answer) == ["Rowing", *["rows"] * 5]
            await w.tap(w.reader, answer, "▶")
            turned = await w.until_shown(answer, "page 2 of 2")
            assert bold(turned) == ["Rowing", *["rows"] * 2]


async def test_from_a_topic_one_tap_leads_to_all_that_mentions_it(tmp_path: Path) -> None:
    beside = a_story("Tea in a coffee house", topics=["Rowing"], heat=99)
    async with world(tmp_path, articles=[*stories(2), beside], topics=TREE) as w:
        answer = await w.ask(w.reader, "tea")
        await w.tap(w.reader, answer, "Search for “tea”")
        wider = await w.next_message(w.reader, {answer["message_id"]})
        assert "3 stories" in text_of(wider)
        assert "3 stories" in text_of(await w.ask(w.reader, "/search tea"))
        assert "Search for" not in "".join(labels(await w.ask(w.reader, "coffee house")))


async def test_a_parent_includes_its_children_everywhere(tmp_path: Path) -> None:
    articles = [*stories(2), *stories(1, topic="Coffee"), *stories(1, topic="Rowing")]
    async with world(tmp_path, articles=articles, topics=TREE) as w:
        for asked in ("drinks", "#drinks", "/topic Drinks"):
            assert "Drinks\n3 stories" in text_of(await w.ask(w.reader, asked))
        assert "3 stories" in text_of(await w.ask(w.reader, "/search drinks"))
        assert text_of(await w.ask(w.reader, "#espresso")).startswith("Coffee\n1 story")
        for command, name in (("follow", "#espresso"), ("mute", "t"), ("follow", "Rowing")):
            told = text_of(await w.ask(w.reader, f"/{command} {name}"))
            assert "There is no topic" not in told


async def test_a_topic_that_only_articles_name_is_a_topic(tmp_path: Path) -> None:
    async with world(tmp_path, articles=stories(2), topics=TREE) as w:
        assert "There is no topic" in text_of(await w.ask(w.reader, "/follow Falconry"))
        await w.post(a_story("A hawk comes home", topics=["Falconry"]))
        assert "Following Falconry" in text_of(await w.ask(w.reader, "/follow falconry"))
        assert text_of(await w.ask(w.reader, "falconry")).startswith("Falconry\n1 story")
        assert "✓ Falconry · 1" in labels(await w.ask(w.reader, "/topics"))


async def test_in_a_group_an_answer_has_links_and_nothing_to_change(tmp_path: Path) -> None:
    beside = a_story("Tea in a coffee house", topics=["Rowing"])
    async with world(tmp_path, articles=[*stories(12), beside], topics=TREE) as w:
        owner = w.sandbox.add_person("Olga")
        group = w.sandbox.add_group("Circle", members=(w.reader,), administrators=(owner,))
        await w.until(lambda: w.ours(group))
        answer = await w.ask(w.reader, "/search@gazette_demo_bot tea number", group)
        assert "12 stories · page 1 of 3" in text_of(answer)
        assert bold(answer)[1:3] == ["Tea", "number"]
        assert all("url" in button for button in buttons(answer))
        await _leads_on(w, answer)


async def _leads_on(w: World, answer: dict[str, Any]) -> None:
    (start,) = [str(one["url"]).partition("?start=")[2] for one in buttons(answer)]
    opened = await w.ask(w.reader, f"/start {start}")
    assert "12 stories · page 1 of 3" in text_of(opened)
