"""Texts and addresses that have broken somebody's digest before."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, timedelta
from typing import Any

from hypothesis import strategies as st

from bot.domain.article import Article, Picture, Provider, RelatedStory
from bot.domain.digest import Item
from bot.domain.sections import Section

PIECES = (
    *(
        "<b>",
        "</a>",
        "&amp;",
        "&",
        "<3",
        "<",
        ">",
        '"',
        "'",
        "{{ x }}",
        "{% if %}",
        "`",
        "**",
        "__",
    ),
    *(
        "[a](b)",
        "||",
        "~~",
        "\\",
        "_",
        "*",
        "README.md",
        "main.py",
        "ASP.NET",
        "node.js",
        "a@b.com",
    ),
    *("@name", "@channel_1", "#tag", "#тег", "#1a", "$USD", "/start", "/help@bot", "example.com"),
    *("https://e.com/x?y=1&lt=2", "http://localhost", "tg://resolve?domain=x", "t.me/x", "1.2.3.4"),
    *(
        "пример.рф",
        "xn--p1ai.xn--p1ai",
        "word.The",
        "e.g.",
        "U.S.",
        "(see a.io)",
        "…",
        "—",
        "•",
        "·",
    ),
    *(
        "👨‍👩‍👧‍👦",
        "🏴󠁧󠁢󠁥󠁮󠁧󠁿",
        "🇺🇦🇵🇱",
        "👍🏽",
        "❤️‍🔥",
        "1️⃣",
        "😀",
        "\U0001f1fa",
        "e\u0301",
        "a\u030a",
        "\u030a",
    ),
    *(
        "العربية",
        "עברית",
        "\u202eevil\u202c",
        "\u2067",
        "\u200f\u200f\u200e",
        "日本語の見出し",
        "한국어",
        "ก็",
    ),
    *(
        "\u1112\u1161\u11ab",
        "क्षि",
        "\x00",
        "\x01",
        "\t",
        "\r\n",
        "\n",
        "\x0b",
        "\x7f",
        "\x85",
        "\ufeff",
    ),
    *(
        "\u200b",
        "\u2060",
        "\u00ad",
        "\u2028",
        "\u3000",
        "\u00a0",
        "\ud800",
        "\udfff",
        "\ufdd0",
        "\ufdd1",
    ),
    *(
        "\ufffe",
        "\U000e0001",
        "\u2800",
        "\u3164",
        "\u0333",
        "ﷺ",
        "ǆ",
        "ﬁ",
        "㎏",
        "word",
        "a",
        " ",
        "  ",
    ),
)
WORDS = st.lists(
    st.sampled_from(PIECES) | st.text(max_size=6) | st.characters(codec=None), max_size=30
)


@st.composite
def texts(draw: st.DrawFn, longest: int = 400) -> str:
    """Draw hostile text, sometimes as long as it may be."""
    text = draw(st.sampled_from(("", " "))).join(draw(WORDS))
    if text and draw(st.integers(0, 9)) == 0:
        text = text * (longest // len(text) + 1)
    return text[:longest]


URLS = st.sampled_from(
    (
        None,
        "",
        "javascript:alert(1)",
        "mailto:a@b.com",
        "/rel",
        "//e.com/x",
        "http://localhost/",
        "https://e",
        "ftp://e.com",
        "https://e.com:99999/",
        "https://user:pw@e.com/",
        " https://e.com/a ",
        "https://e.com/a b",
        "https://e.com",
        "HTTPS://E.COM/Path?x=<y>&lt=2#f",
        "https://пример.рф/путь",
        "https://e.com/" + "long/" * 390,
        "https://[::1]/",
        "https://1.2.3.4/",
        "https://e.com/\ud800",
        "https://e.com/\u202e",
        "https://e.com/%zz?a=b%20c",
        "\ufdd0https://e.com/x",
    )
)
LINKS = st.integers(0, 40).map(lambda number: f"https://news.example/{number}") | URLS
SIDES = st.none() | st.sampled_from((0, 1, 50, 199, 200, 640, 1080, 2560, 10_000))
PICTURES = st.builds(
    Picture,
    url=st.sampled_from(
        (
            "/assets/a.png",
            "//assets//b.jpeg",
            "/assets/../../etc/passwd",
            "//cdn.example.com/c.webp",
            "https://e.com/d.svg",
            "https://e.com/e",
            "https://e.com/f.gif?x=1",
            "http://localhost/g.png",
            "",
            "https://[bad",
            "/assets/%2e%2e/%00.png",
            "/assets/\ud800.png",
        )
    ),
    width=SIDES,
    height=SIDES,
)
PROVIDERS = st.none() | st.builds(
    Provider,
    name=st.none() | texts(60),
    domain=st.none() | st.sampled_from(("e.com", "www.news.example", "#x", "")),
)
MOMENTS = st.none() | st.datetimes(timezones=st.just(UTC))
RELATED = st.builds(
    RelatedStory,
    title=texts(80),
    url=LINKS,
    provider=PROVIDERS,
    pictures=st.lists(PICTURES, max_size=1).map(tuple),
)


@st.composite
def articles(draw: st.DrawFn) -> Article:
    """Draw an article with anything in it that a file may hold."""
    extra: dict[str, Any] = {"price": draw(st.none() | st.just(0) | texts(20))}
    return Article(
        path=f"_news/{draw(st.integers(0, 10**9))}.md",
        title=draw(texts(4000)),
        kind=draw(st.sampled_from(("article", "video", "course", "#odd kind", ""))),
        excerpt=draw(texts(600)),
        dated_at=draw(MOMENTS),
        web_url=draw(LINKS),
        original_url=draw(LINKS),
        provider=draw(PROVIDERS),
        topics=tuple(draw(st.lists(texts(90), max_size=3))),
        pictures=tuple(draw(st.lists(PICTURES, max_size=3))),
        related=tuple(draw(st.lists(RELATED, max_size=4))),
        duration=draw(st.none() | st.timedeltas(timedelta(0), timedelta(days=3))),
        extra=extra,
    )


@st.composite
def items(draw: st.DrawFn, most: int = 12) -> tuple[Item, ...]:
    """Draw a digest's items: no story twice, as the choice of a digest promises."""
    drawn = draw(st.lists(articles(), max_size=most, unique_by=lambda a: a.story_key))
    chosen: list[Item] = []
    while drawn:
        lead = drawn.pop(0)
        count = draw(st.sampled_from((0, 0, 0, 1, 2, 9)))
        also, drawn = tuple(drawn[:count]), drawn[count:]
        chosen.append(Item(article=lead, score=1.0, also=also))
    headings = draw(st.lists(texts(60), max_size=2))
    for number, heading in enumerate(headings):  # sections at the end, as a choice orders them
        at = max(len(chosen) - len(headings) + number, 0)
        section = Section(kinds=("video",), budget=number, heading=heading)
        chosen[at:] = [replace(item, section=section) for item in chosen[at:]]
    return tuple(chosen)
