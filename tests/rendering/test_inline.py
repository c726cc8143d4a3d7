"""Whatever articles hold: Telegram takes every inline result, and the message it becomes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from bot.domain.article import Article, Picture, Provider
from bot.domain.message import MAX_TEXT
from bot.rendering import inline
from bot.rendering.style import Style
from tests.rendering import hostile
from tests.rendering.builders import NOW, an_article, the_seed_article
from tests.rendering.telegram import judge_keyboard, judge_text
from tests.support.examples import examples

SHARED = Style(now=NOW, is_shared=True, bot_username="gazette_bot", site_url="https://site.example")
STYLES = st.builds(
    Style,
    now=st.just(NOW),
    is_shared=st.just(True),
    bot_username=st.sampled_from((None, "gazette_bot", "no such name")),
    site_url=st.sampled_from((None, "https://site.example", "bad", "attach://site")),
    zone=st.sampled_from(("UTC", "Pacific/Apia")),
)
MAX_CALL = 1 << 20
"""Bytes of one call's parameters that are no files."""

slow = settings(
    max_examples=examples(60),
    deadline=None,
    derandomize=True,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def judge(result: dict[str, Any]) -> None:
    """Fail unless Telegram takes the result and posts it exactly as it stands."""
    assert result["type"] == "article"
    assert 1 <= len(result["id"].encode()) <= 64
    shown = [result["title"], *([result["description"]] if "description" in result else [])]
    for words in shown:
        assert words == words.strip() != ""
        assert "\n" not in words
        assert len(words) <= 256
    assert result.get("thumbnail_url", "https://").startswith(("http://", "https://"))
    content = result["input_message_content"]
    judge_text(content["message_text"], content.get("entities", []), limit=MAX_TEXT)
    options = content["link_preview_options"]
    assert options == {"is_disabled": True} or options["url"].startswith(("http://", "https://"))
    judge_keyboard(result.get("reply_markup"))
    rows = result.get("reply_markup", {}).get("inline_keyboard", [])
    assert all("url" in button for row in rows for button in row)


@slow
@given(found=st.lists(hostile.articles(), max_size=20), style=STYLES)
def test_telegram_takes_every_result_and_a_page_of_them_in_one_call(
    found: list[Article], style: Style
) -> None:
    results = inline.results(found, style=style)
    for result in results:
        judge(result)
    ids = [result["id"] for result in results]
    assert ids == list(dict.fromkeys(article.story_id for article in found))
    assert len(orjson.dumps(results)) < MAX_CALL
    for result in inline.without_pictures(results):
        judge(result)
        assert "thumbnail_url" not in result


@slow
@given(hostile.texts(400))
def test_every_name_makes_a_button(name: str) -> None:
    made = inline.button(f"Open {name}", "ask-dGVh")
    assert 1 <= len(made["text"]) <= 40
    assert "\n" not in made["text"]


def test_the_longest_articles_of_a_page_fit_one_call() -> None:
    wide = "\U0001f9c9"
    articles = [
        an_article(
            number,
            title=wide * 4000,
            excerpt=wide * 4000,
            web_url=f"https://example.org/{number}/" + "ü" * 300,
            provider=Provider(name=wide * 200),
            pictures=(Picture(url="https://example.org/" + "p" * 1900),),
        )
        for number in range(20)
    ]
    results = inline.results(articles, style=SHARED)
    assert len(results) == 20
    assert len(orjson.dumps(results)) < MAX_CALL
    for result in results:
        judge(result)


def test_no_more_results_than_telegram_takes_and_no_story_twice() -> None:
    articles = [an_article(number) for number in range(60)]
    twice = [replace(article, path=f"copy/{article.path}") for article in articles]
    results = inline.results([*articles[:3], *twice[:3], *articles[3:]], style=SHARED)
    assert len(results) == inline.MAX_RESULTS
    assert len({result["id"] for result in results}) == inline.MAX_RESULTS


def test_a_result_reads_like_this() -> None:
    article = the_seed_article()
    (result,) = inline.results([article], style=SHARED)
    content = result.pop("input_message_content")
    picture = article.pictures[0].url
    assert result == {
        "type": "article",
        "id": article.story_id,
        "title": article.title,
        "description": result["description"],
        "thumbnail_url": picture,
        "reply_markup": {
            "inline_keyboard": [
                [
                    {"text": "Read", "url": article.link},
                    {
                        "text": "More in the bot",
                        "url": f"https://t.me/gazette_bot?start=story-{article.story_id}",
                    },
                ]
            ]
        },
    }
    assert result["description"].startswith(
        "Common Dreams · 17 Sep 2020 · As kids head back to school, parents raise the alarm"
    )
    assert content["message_text"] == (
        f"{article.title}\nCommon Dreams · 17 Sep 2020\n\n{article.excerpt}"
    )
    assert content["link_preview_options"]["url"] == picture


@pytest.mark.parametrize(
    ("facts", "site_url", "thumbnail"),
    [
        ({"pictures": (Picture(url="/assets/a.png"),)}, None, None),
        (
            {"pictures": (Picture(url="/assets/a.png"),)},
            "https://site.example/sub",
            "https://site.example/sub/assets/a.png",
        ),
        ({"pictures": (Picture(url="https://e.com/logo.png", width=50, height=50),)}, None, None),
        ({"pictures": (Picture(url="https://e.com/a.png"),)}, None, "https://e.com/a.png"),
        ({"pictures": ()}, "https://site.example", None),
    ],
)
def test_a_thumbnail_is_an_address_that_everybody_can_reach(
    facts: dict[str, Any], site_url: str | None, thumbnail: str | None
) -> None:
    style = replace(SHARED, site_url=site_url)
    (result,) = inline.results([an_article(**facts)], style=style)
    assert result.get("thumbnail_url") == thumbnail


def test_what_a_file_does_not_say_is_left_out() -> None:
    bare = Article(path="x.md", title="Bare", dated_at=NOW - timedelta(days=1))
    (result,) = inline.results([bare], style=replace(SHARED, bot_username=None))
    assert result == {
        "type": "article",
        "id": bare.story_id,
        "title": "Bare",
        "description": "yesterday",
        "input_message_content": result["input_message_content"],
    }
    assert result["input_message_content"] == {
        "message_text": "Bare\nyesterday",
        "entities": [
            {"type": "bold", "offset": 0, "length": 4},
            {"type": "italic", "offset": 5, "length": 9},
        ],
        "link_preview_options": {"is_disabled": True},
    }
