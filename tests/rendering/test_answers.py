"""Pages of answers: how many there are, and what gives way when a page is full."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.callback import Action, Callback
from bot.domain.message import MAX_ENTITIES, Message
from bot.rendering.answers import Shown, results_page
from bot.rendering.emphasis import MOST_BOLD
from bot.rendering.style import Style
from tests.rendering import hostile
from tests.rendering.builders import NOW, an_article
from tests.rendering.telegram import judge

STYLE = Style(now=NOW, bot_username="gazette_bot")


def page(*hits: Shown, **how: Any) -> Message:
    return results_page(
        hits,
        **{
            "heading": "tea",
            "total": len(hits),
            "page": 1,
            "page_size": 5,
            "pager": lambda number: Callback(Action.QUERY, (str(number), "tea")),
            "style": STYLE,
            **how,
        },
    )


def kinds(message: Message, kind: str) -> int:
    return sum(entity["type"] == kind for entity in message.parameters["entities"])


@pytest.mark.parametrize(
    ("total", "is_exact", "words"),
    [
        (1, True, "1 story"),
        (12_345, True, "12,345 stories · page 1 of 999"),
        (4_389, False, "about 4,300 stories · page 1 of 878"),
        (1_234_567, False, "about 1,200,000 stories · page 1 of 999"),
        (57, False, "57 stories · page 1 of 12"),
    ],
)
def test_an_estimate_is_told_as_one(total: int, is_exact: bool, words: str) -> None:
    message = page(Shown(article=an_article()), total=total, is_exact=is_exact)
    assert message.text.split("\n")[1] == words


def test_when_a_page_is_full_bold_words_and_other_coverage_give_way_before_titles() -> None:
    def every_word(text: str) -> list[tuple[int, int]]:
        return [match.span() for match in re.finditer(r"\w+", text)][::2]

    title = "One, two, three, four, five, six, seven, eight, nine, ten and so on to twenty"
    also = [an_article(number) for number in range(20, 30)]
    hits = [
        Shown(article=an_article(number, title=title), also=also, mark=every_word)
        for number in range(1, 13)
    ]
    few = page(*hits[:5])
    judge(few)
    assert kinds(few, "bold") == 1 + 5 * MOST_BOLD
    full = page(*hits, page_size=12)
    judge(full)
    assert full.text.count(title) == 12
    assert kinds(full, "text_link") == 12
    assert len(full.parameters["entities"]) <= MAX_ENTITIES


@settings(deadline=None, max_examples=100)
@given(title=hostile.texts(400), data=st.data())
def test_bold_words_change_no_letter(title: str, data: st.DataObject) -> None:
    edges = sorted(data.draw(st.sets(st.integers(0, 400), max_size=12)))
    places = list(zip(edges[::2], edges[1::2], strict=False))
    article = an_article(title=title, excerpt="")
    plain, marked = (
        page(Shown(article=article, mark=mark))
        for mark in (None, lambda text: [one for one in places if one[1] <= len(text)])
    )
    judge(marked)
    assert marked.text.replace("\u2060", "") == plain.text.replace("\u2060", "")
