"""Limits hold by construction: whatever the size of a digest, no story is lost to them."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.article import Picture
from bot.domain.digest import Item
from bot.domain.message import Message
from bot.domain.picture import Looks, Seen
from bot.domain.rich import as_list
from bot.domain.subscription import Layout
from bot.rendering import digests
from bot.rendering.style import Style
from tests.rendering.builders import NOW, an_item
from tests.rendering.telegram import judge
from tests.support.examples import examples

STYLE = Style(now=NOW, is_shared=True, bot_username="gazette_bot")


def a_digest(size: int, *, title: int, pictures: int, links: int) -> tuple[tuple[Item, ...], Looks]:
    """So many stories, their titles so long, the first ones with a picture, all with coverage."""
    looks = {f"https://cdn.example/{n}.jpg": Seen(width=640, height=360) for n in range(pictures)}
    keys = list(looks)
    items = tuple(
        an_item(
            number,
            title=(f"{number} " + "words and README.md " * (title // 20 + 1))[: max(title, 6)],
            pictures=(Picture(url=keys[number - 1]),) if number <= pictures else (),
            also=tuple(an_item(1000 * number + other).article for other in range(links)),
        )
        for number in range(1, size + 1)
    )
    return items, looks


def hold(messages: tuple[Message, ...], items: tuple[Item, ...]) -> None:
    for message in messages:
        judge(message)
    shown = Counter(key for message in messages for key in message.stories)
    assert all(shown[key] == 1 for item in items for key in item.story_keys)


@pytest.mark.long
@settings(max_examples=examples(200))
@given(
    layout=st.sampled_from(Layout),
    size=st.integers(1, 50),
    title=st.sampled_from((6, 80, 400, 3000)),
    pictures=st.sampled_from((0, 1, 2, 10, 11, 50)),
    links=st.integers(0, 9),
)
def test_digests_of_one_to_fifty_stories_hold_every_limit(
    layout: Layout, size: int, title: int, pictures: int, links: int
) -> None:
    items, looks = a_digest(size, title=title, pictures=min(pictures, size), links=links)
    messages = digests.render(items, style=replace(STYLE, layout=layout, looks=looks))
    hold(messages, items)


@pytest.mark.parametrize("layout", Layout)
def test_a_digest_of_five_thousand_characters_loses_no_story(layout: Layout) -> None:
    items, looks = a_digest(30, title=150, pictures=4, links=1)
    messages = digests.render(items, style=replace(STYLE, layout=layout, looks=looks))
    hold(messages, items)
    text = " ".join(message.text for message in messages)
    assert len(text) > 5000
    for number in range(1, 31):
        assert f"{number} words and" in text
    if layout is Layout.RICH:
        (rich,) = messages
        form: Message | None = as_list(rich)
        told = []
        while form is not None:
            told.append(form.text)
            form = form.rest
        assert len(told) > 1
        assert all(f"{number} words and" in " ".join(told) for number in range(1, 31))


def test_a_hundred_entities_are_not_exceeded_by_many_links() -> None:
    items, _ = a_digest(24, title=20, pictures=0, links=6)
    messages = digests.render(items, style=STYLE)
    hold(messages, items)
    assert all(len(message.parameters["entities"]) <= 100 for message in messages)
    assert len(messages) > 1
