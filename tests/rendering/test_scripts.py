"""Scripts of the world: directions, hashtags, and letters that nothing cuts apart."""

from __future__ import annotations

import unicodedata
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.digest import Item
from bot.domain.subscription import Layout
from bot.rendering import digests
from bot.rendering.directions import isolated
from bot.rendering.hashtags import hashtag_of
from bot.rendering.phrases import phrases_in
from bot.rendering.shortening import shortened
from bot.rendering.style import Style
from tests.rendering import hostile
from tests.rendering.builders import NOW, an_article, an_item
from tests.rendering.telegram import autolinks, judge

ARABIC = "مقال عن الشاي (2026)"
STYLE = Style(now=NOW, is_shared=True)

HASHTAGS = {
    "Computer Vision": "#ComputerVision",
    "AI": "#AI",
    "tea": "#tea",
    "machine learning": "#MachineLearning",
    "#Power Apps": "#PowerApps",
    "R&D": "#RAndD",
    "C#": "#CSharp",
    "C++": "#CPlusPlus",
    "C": "#C",
    "F# and C#": "#FSharpAndCSharp",
    "Disney+": "#DisneyPlus",
    "A+B": "#AB",
    ".NET": "#NET",
    "Künstliche Intelligenz": "#KünstlicheIntelligenz",
    "машинное обучение": "#МашинноеОбучение",
    "人工智能": "#人工智能",
    "الذكاء الاصطناعي": "#الذكاء_الاصطناعي",
    "5G": "#5G",
    "2026": None,
    "🍵": None,
    "हिन्दी": None,  # Telegram would end the tag at the first vowel sign
    "e\u0301cole": "#école",
    "a" * 80: None,
}


@pytest.mark.parametrize("name", HASHTAGS)
def test_a_topic_becomes_the_hashtag_that_people_would_write(name: str) -> None:
    tag = hashtag_of(name)
    assert (tag.text if tag else None) == HASHTAGS[name]


@given(hostile.texts(60) | st.text(max_size=30))
def test_every_hashtag_is_one_to_telegram_and_whole(name: str) -> None:
    tag = hashtag_of(name)
    if tag is not None:
        assert [words for _, _, words in autolinks(f"x {tag.text} y")] == [tag.text]


def test_a_title_of_the_other_direction_neither_turns_its_line_nor_loses_its_end() -> None:
    items = [an_item(1), an_item(2, title=ARABIC), an_item(3, title=ARABIC)]
    items[2] = replace(items[2], update_of=items[2].article.story_key)
    (message,) = digests.render(items, style=STYLE)
    judge(message)
    lines = message.text.split("\n")
    assert f"2. \u2068{ARABIC}\u2069" in lines
    assert f"3. Update: \u2068{ARABIC}\u2069" in lines
    # Alone on its line it runs as it does.
    (card,) = digests.render(items[1:2], style=replace(STYLE, layout=Layout.CARDS))
    assert card.text.split("\n")[0] == ARABIC
    # A reader of Arabic gets names of the other direction so.
    arabic = replace(STYLE, language="ar")
    (message,) = digests.render([an_item(1), an_item(2)], style=arabic)
    judge(message)
    assert "2. \u2068Story number 2\u2069" in message.text


@given(hostile.texts(80), st.sampled_from(("en", "ar")))
def test_isolates_are_always_closed(text: str, language: str) -> None:
    words = isolated(text, phrases_in(language))
    depth = 0
    for sign in words:
        depth += (sign in "\u2066\u2067\u2068") - (sign == "\u2069")
        assert depth >= 0
    assert depth == 0
    assert isolated(words, phrases_in(language)) == words


CLUSTERS = st.sampled_from(
    (
        *("👨‍👩‍👧‍👦", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "🇺🇦", "👍🏽", "❤️‍🔥", "1️⃣", "e\u0301\u0323", "ก็", "क्षि", "नि"),
        *("한", "\u1112\u1161\u11ab", "ﷺ", "あ\u3099", "न्\u200dद", "👩🏽‍🚀", "🏳️‍🌈", "日", "x"),
    )
)


@given(st.lists(CLUSTERS, min_size=1, max_size=40), st.integers(2, 60))
def test_shortening_never_cuts_a_visible_character_apart(clusters: list[str], limit: int) -> None:
    text = "".join(clusters)
    done = shortened(text, limit)
    assert len(done) <= limit
    if done == text:
        return
    kept = done.removesuffix("…")
    assert text.startswith(kept)
    ends = {len("".join(clusters[:count])) for count in range(len(clusters) + 1)}
    assert len(kept) in ends


def test_no_part_of_a_character_is_left_at_the_end_of_a_title_in_any_layout() -> None:
    title = "👨‍👩‍👧‍👦" * 600
    item = Item(article=an_article(1, title=title), score=1.0)
    for layout in Layout:
        for message in digests.render([item, an_item(2)], style=replace(STYLE, layout=layout)):
            judge(message)
            for line in message.text.split("\n"):
                assert not line.endswith("\u200d")
                if "…" in line and "👨" in line:
                    before = line.partition("…")[0]
                    assert before.endswith("👦"), [unicodedata.name(c) for c in before[-3:]]
