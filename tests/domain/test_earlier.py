"""Later news leads back to earlier messages; nothing else of a message changes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.earlier import address_of, linked_back
from bot.domain.message import Message
from bot.domain.subscription import ChatId, Layout
from bot.rendering import digests
from bot.rendering.style import Style
from tests.rendering.builders import NOW, an_item
from tests.rendering.telegram import judge

TITLES = st.text(st.characters(categories=["L", "N", "P"], include_characters=" 𝄞"), max_size=30)
BACK = "https://t.me/c/1234/5"


def marks(message: Message) -> list[dict[str, Any]]:
    return list(message.parameters["entities"])


@given(
    st.lists(st.tuples(TITLES, st.booleans()), min_size=1, max_size=8),
    st.sampled_from(("en", "de", "ar", "hi", "zh")),
)
def test_the_words_before_each_update_lead_back_and_nothing_else_changes(
    told: list[tuple[str, bool]], language: str
) -> None:
    items = [
        replace(
            an_item(number, title=f"Tea {title} x"),
            update_of=an_item(99).article.story_key if is_update else None,
        )
        for number, (title, is_update) in enumerate(told, start=1)
    ]
    (message,) = digests.render(items, style=Style(now=NOW, language=language))
    urls = [str(one.article.link) for one in items if one.update_of is not None]
    linked = linked_back(message, dict.fromkeys(urls, BACK))
    judge(message)
    assert linked.text == message.text
    new = [one for one in marks(linked) if one.get("url") == BACK]
    assert [one for one in marks(linked) if one not in new] == marks(message)
    assert len(new) == len(urls)
    word = Style(now=NOW, language=language).phrases("Update:")
    units = linked.text.encode("utf-16-le")
    for one in new:
        start, end = one["offset"], one["offset"] + one["length"]
        assert units[2 * start : 2 * end].decode("utf-16-le") == word
    assert linked_back(linked, dict.fromkeys(urls, BACK)) == linked  # told twice is told once


def test_captions_lead_back_too_and_a_line_without_words_does_not() -> None:
    update = replace(an_item(1), update_of=an_item(99).article.story_key)
    (card,) = digests.render([update], style=Style(now=NOW, layout=Layout.CARDS))
    url = str(update.article.link)
    assert BACK in str(linked_back(card, {url: BACK}))
    judge(card)
    (plain,) = digests.render([an_item(1)], style=Style(now=NOW))
    assert linked_back(plain, {url: BACK}) == plain


@pytest.mark.parametrize(
    ("chat", "address"),
    [(-1001234, None), (42, None), (-1_001_234_567_890, "https://t.me/c/1234567890/7")],
)
def test_only_messages_of_channels_and_supergroups_have_an_address(
    chat: int, address: str | None
) -> None:
    assert address_of(ChatId(chat), 7) == address
