"""Text and entities → HTML, told by an HTML parser."""

from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chatview import safe_href, text_html

KINDS = (
    "bold",
    "italic",
    "underline",
    "strikethrough",
    "spoiler",
    "code",
    "pre",
    "text_link",
    "text_mention",
    "url",
    "mention",
    "hashtag",
    "cashtag",
    "bot_command",
    "email",
    "phone_number",
    "blockquote",
    "expandable_blockquote",
    "custom_emoji",
    "date_time",
    "of_tomorrow",
)
VOID = {"input", "br", "img"}
SAFE_TAGS = {"div", "span", "a", "b", "i", "u", "s", "code", "pre", "blockquote", "input"}


class Reading(HTMLParser):
    """Reads HTML, refusing what is not balanced, and keeps what a reader would get."""

    def __init__(self, markup: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.text = ""
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.inside: list[tuple[str, tuple[str, ...]]] = []
        self.feed(markup)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names))
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            assert not (tag == "a" and "a" in self.open), "a link inside a link"
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data
        self.inside.append((data, tuple(self.open)))

    def around(self, text: str) -> tuple[str, ...]:
        """The elements around the piece of text that holds the given one."""
        return next(tags for data, tags in self.inside if text in data)


def entity(kind: str, offset: int, length: int, **more: Any) -> dict[str, Any]:
    return {"type": kind, "offset": offset, "length": length, **more}


def utf16(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


characters = st.characters(exclude_categories=["Cs"], exclude_characters="\x00")
texts = st.one_of(
    st.text(characters, max_size=60),
    st.text("ab \n\r<>&\"'/😀שלום1", max_size=60),
)
addresses = st.one_of(
    st.sampled_from(
        [
            'https://example.com/?a=1&b="><script>alert(1)</script>',
            "javascript:alert(1)",
            "JaVaScRiPt:alert(1)//https://e.com",
            "data:text/html,<script>",
            "tg://user?id=5",
            "",
        ]
    ),
    st.text(characters, max_size=30),
)


@st.composite
def formatted(draw: st.DrawFn) -> tuple[str, list[dict[str, Any]]]:
    text = draw(texts)
    length = utf16(text)
    entities = []
    for _ in range(draw(st.integers(0, 8))):
        offset = draw(st.integers(0, length))
        entities.append(
            entity(
                draw(st.sampled_from(KINDS)),
                offset,
                draw(st.integers(0, length - offset)),
                url=draw(addresses),
                language=draw(st.sampled_from(["", "python", '"><b>', "c++"])),
            )
        )
    return text, entities


@given(formatted())
def test_any_entities_give_balanced_html_that_says_exactly_the_text(
    message: tuple[str, list[dict[str, Any]]],
) -> None:
    text, entities = message
    # An entity that ends inside a surrogate pair is refused by Telegram; here it must not harm.
    assert Reading(text_html(text, entities)).text == text


@given(formatted())
def test_no_text_and_no_entity_brings_in_a_script(
    message: tuple[str, list[dict[str, Any]]],
) -> None:
    for tag, attributes in Reading(text_html(*message)).tags:
        assert tag in SAFE_TAGS
        assert not any(name.startswith("on") or name == "style" for name in attributes)
        href = attributes.get("href")
        assert href is None or href.lower().startswith(("http://", "https://", "tg://"))


@given(
    texts,
    st.lists(
        st.fixed_dictionaries(
            {},
            optional={
                "type": st.sampled_from(KINDS) | st.none() | st.integers(),
                "offset": st.integers(-9, 99) | st.none() | st.text(),
                "length": st.integers(-9, 99) | st.floats(),
                "user": st.just({"id": 7}) | st.just({}) | st.none(),
            },
        )
    ),
)
def test_broken_entities_never_change_the_text(text: str, entities: list[dict[str, Any]]) -> None:
    assert Reading(text_html(text, entities)).text == text


def test_offsets_count_utf16_units() -> None:
    reading = Reading(text_html("😀😀bold😀", [entity("bold", 4, 4)]))
    assert reading.around("bold") == ("div", "b")
    assert reading.text == "😀😀bold😀"


def test_crossing_entities_keep_both_styles_where_they_meet() -> None:
    html = text_html("abcdef", [entity("bold", 0, 4), entity("italic", 2, 4)])
    assert html == '<div class="line" dir="auto"><b>ab<i>cd</i></b><i>ef</i></div>'


def test_every_line_finds_its_own_direction() -> None:
    html = text_html("hello\nשלום\n\nlast")
    assert html.count('<div class="line" dir="auto">') == 4


def test_the_line_break_after_a_quote_does_not_show_as_an_empty_line() -> None:
    html = text_html("said\nafter", [entity("blockquote", 0, 4)])
    assert html == (
        '<blockquote><div class="line" dir="auto">said\n</div></blockquote>'
        '<div class="line" dir="auto">after</div>'
    )


def test_an_empty_line_after_a_quote_stays() -> None:
    html = text_html("said\n\nafter", [entity("blockquote", 0, 4)])
    assert html.count('<div class="line" dir="auto">') == 3


def test_a_long_expandable_quote_is_folded_and_a_short_one_is_not() -> None:
    long = "\n".join("abcdef")
    assert 'class="collapsed"' in text_html(long, [entity("expandable_blockquote", 0, len(long))])
    assert "collapsed" not in text_html("short", [entity("expandable_blockquote", 0, 5)])
    assert "collapsed" not in text_html(long, [entity("blockquote", 0, len(long))])


def test_a_program_keeps_its_language_and_its_line_breaks() -> None:
    html = text_html("\nx = 1\n", [entity("pre", 0, 7, language="python")])
    assert html == '<pre><code class="language-python">\nx = 1\n</code></pre>'


def test_a_program_inside_a_quote_stays_inside() -> None:
    reading = Reading(text_html("a\ncode\nb", [entity("blockquote", 0, 8), entity("pre", 2, 4)]))
    assert reading.around("code") == ("blockquote", "pre", "code")
    assert reading.around("b") == ("blockquote", "div")


@pytest.mark.parametrize(
    ("text", "kind", "href"),
    [
        ("https://e.com/a?b=1&c=2", "url", "https://e.com/a?b=1&c=2"),
        ("README.md", "url", "http://README.md"),
        ("@gazette_demo_bot", "mention", "https://t.me/gazette_demo_bot"),
    ],
)
def test_what_telegram_links_is_a_link(text: str, kind: str, href: str) -> None:
    tags = Reading(text_html(text, [entity(kind, 0, len(text))])).tags
    assert [attributes["href"] for tag, attributes in tags if tag == "a"] == [href]


def test_an_autolinked_title_leads_where_its_author_said() -> None:
    html = text_html(
        "main.py", [entity("url", 0, 7), entity("text_link", 0, 7, url="https://e.com/x")]
    )
    assert Reading(html).tags[-1][1]["href"] == "https://e.com/x"


def test_a_command_and_a_hashtag_say_what_a_tap_would_send() -> None:
    html = text_html("/hot #tea", [entity("bot_command", 0, 4), entity("hashtag", 5, 4)])
    said = [attributes.get("data-say") for _, attributes in Reading(html).tags]
    assert [word for word in said if word] == ["/hot", "#tea"]


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", " https://e.com", "https:/e.com", "ftp://e.com", "//e.com", ""]
)
def test_only_web_and_telegram_addresses_are_followed(url: str) -> None:
    assert safe_href(url) is None
    html = text_html("word", [entity("text_link", 0, 4, url=url)])
    assert "href" not in html
    assert Reading(html).text == "word"


def test_lone_surrogates_are_shown_as_unreadable_and_can_be_written() -> None:
    assert "a\ufffdb" in text_html("a\ud800b").encode("utf-8").decode("utf-8")
