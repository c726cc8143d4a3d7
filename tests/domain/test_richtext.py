"""Rich text says what a text with entities says, and gives it back as Telegram would."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.richtext import plain_text, rich_text
from bot.rendering.finish import finish

WORDS = st.sampled_from(("tea ", "чай ", "𝄞 ", "x", ", ", "<a href='https://e.com/a'>pots</a>"))
TAGS = st.sampled_from(("b", "i", "u", "s", "tg-spoiler", "code"))


def wrapped(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    parts = st.lists(inner, min_size=1, max_size=4).map("".join)
    return st.builds(lambda tag, text: f"<{tag}>{text}</{tag}>", TAGS, parts) | parts


@given(st.recursive(WORDS, wrapped, max_leaves=12))
def test_a_finished_text_comes_back_as_it_was(markup: str) -> None:
    text = finish(markup)
    if text.value:
        assert plain_text(rich_text(text)) == text


def test_a_format_is_divided_where_another_begins_and_not_where_it_ends() -> None:
    text = finish("<tg-spoiler>one <b>two</b> three</tg-spoiler>")
    assert [(one.kind, one.offset, one.length) for one in text.entities] == [
        ("spoiler", 0, 4),
        ("spoiler", 4, 9),
        ("bold", 4, 3),
    ]
    assert plain_text(rich_text(text)) == text
