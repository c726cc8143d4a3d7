"""Albums and covers: all stories are there, whatever pictures there are."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from bot.domain.article import Picture
from bot.domain.digest import Digest, Item
from bot.domain.message import MAX_CAPTION, Message, hash_of, without_picture
from bot.domain.picture import Seen, parts_of
from bot.domain.subscription import Layout
from bot.rendering import digests
from bot.rendering.illustration import keys_to_look_at
from bot.rendering.style import Style
from tests.rendering import hostile
from tests.rendering.builders import NOW, an_article, an_item
from tests.rendering.telegram import judge
from tests.support.examples import examples

STYLE = Style(now=NOW, bot_username="gazette_bot")
LONG = "a headline of some length that goes on and on about the very same matter "


def pictured(number: int, **facts: Any) -> Item:
    url = f"https://cdn.example/{number}.jpg"
    return an_item(number, pictures=(Picture(url=url, width=1200, height=675),), **facts)


def rendered(items: list[Item], layout: Layout, **how: Any) -> tuple[Message, ...]:
    messages = digests.render(items, style=replace(STYLE, layout=layout, **how))
    for message in messages:
        judge(message)
    shown = Counter(key for message in messages for key in message.stories)
    assert shown == {item.article.story_key: 1 for item in items}
    return messages


def captions(message: Message) -> list[str]:
    return [item.get("caption", "") for item in message.parameters["media"]]


def test_a_short_list_is_the_one_caption_of_the_album() -> None:
    (album,) = rendered([pictured(1), an_item(2), pictured(3)], Layout.ALBUM)
    assert album.method == "sendMediaGroup"
    assert [item["media"] for item in album.parameters["media"]] == [
        "attach://https://cdn.example/1.jpg",
        "attach://https://cdn.example/3.jpg",
    ]
    first, second = captions(album)
    assert first == (
        "Gazette · Tuesday 17 November\n\n1. Story number 1\nPaper 1 · yesterday\n\n"
        "2. Story number 2\nPaper 2 · yesterday\n\n3. Story number 3\nPaper 3 · yesterday"
    )
    assert second == ""
    assert album.cost == 2


def test_a_long_list_follows_the_album_and_every_picture_has_its_title() -> None:
    items = [pictured(number, title=f"{LONG}{LONG}{number}") for number in range(1, 9)]
    album, listed = rendered(items, Layout.ALBUM)
    assert [caption.split("\n")[0] for caption in captions(album)] == [
        f"{number}. {LONG}{LONG}{number}" for number in range(1, 9)
    ]
    assert album.stories == ()
    assert listed.method == "sendMessage"
    assert listed.text.startswith("Gazette · Tuesday 17 November\n\n1. a headline")
    assert listed.parameters["link_preview_options"] == {"is_disabled": True}
    assert len(listed.parameters["reply_markup"]["inline_keyboard"]) == 2
    assert [bool(m.parameters.get("disable_notification")) for m in (album, listed)] == [
        False,
        True,
    ]


@pytest.mark.parametrize(
    ("count", "albums"), [(10, [10]), (11, [6, 5]), (20, [10, 10]), (21, [7, 7, 7])]
)
def test_more_than_ten_pictures_are_several_albums_of_like_size(
    count: int, albums: list[int]
) -> None:
    items = [pictured(number, title=f"{LONG * 2}{number}") for number in range(1, count + 1)]
    messages = rendered(items, Layout.ALBUM)
    assert [message.cost for message in messages[: len(albums)]] == albums
    assert [message.method for message in messages[len(albums) :]] == ["sendMessage"]


@pytest.mark.parametrize("layout", [Layout.ALBUM, Layout.COVER])
def test_one_picture_is_a_photo_and_none_a_list(layout: Layout) -> None:
    (photo,) = rendered([an_item(1), pictured(2)], layout)
    assert photo.method == "sendPhoto"
    assert photo.parameters["photo"] == "https://cdn.example/2.jpg"
    assert "1. Story number 1" in photo.text
    titles = [an_item(1, title=LONG * 14), pictured(2, title=LONG * 5)]
    assert [message.method for message in rendered(titles, layout)] == ["sendMessage"]
    plain = [an_item(1), an_item(2)]
    assert rendered(plain, layout) == rendered(plain, Layout.LIST)


def test_a_cover_shows_its_pictures_with_the_numbers_of_the_list() -> None:
    (cover,) = rendered([pictured(1), an_item(2), pictured(3)], Layout.COVER, is_shared=True)
    assert cover.method == "sendPhoto"
    key = cover.parameters["photo"].removeprefix("attach://")
    assert parts_of(key) == ((1, "https://cdn.example/1.jpg"), (3, "https://cdn.example/3.jpg"))
    assert "3. Story number 3" in cover.text
    buttons = [b for row in cover.parameters["reply_markup"]["inline_keyboard"] for b in row]
    assert [button["text"] for button in buttons] == ["1", "2", "3"]
    assert all(button["url"].startswith("https://t.me/gazette_bot?start=") for button in buttons)


@pytest.mark.parametrize("title", ["Gazette", None])
def test_a_long_list_follows_its_cover(title: str | None) -> None:
    items = [pictured(number, title=f"{LONG}{LONG}{number}") for number in range(1, 13)]
    cover, listed = rendered(items, Layout.COVER, title=title)
    assert cover.text == ("Gazette · Tuesday 17 November" if title else "Tuesday 17 November")
    assert len(parts_of(cover.parameters["photo"].removeprefix("attach://"))) == 9
    assert listed.text.startswith("1. a headline")
    assert "12. a headline" in listed.text


@pytest.mark.parametrize("layout", [Layout.ALBUM, Layout.COVER])
def test_pictures_that_nobody_could_look_at_are_left_out(layout: Layout) -> None:
    items = [pictured(number) for number in (1, 2, 3, 4)]
    photo = Seen(width=1200, height=675)
    looks = {f"https://cdn.example/{number}.jpg": photo for number in (2, 4)}
    (message,) = rendered(items, layout, looks=looks)
    assert "1.jpg" not in str(message.parameters)
    assert "2.jpg" in str(message.parameters)
    (listed,) = rendered(items, layout, looks={})
    assert listed.method == "sendMessage"


def test_a_picture_that_two_stories_share_is_shown_once() -> None:
    shared = (Picture(url="https://cdn.example/same.jpg", width=900, height=600),)
    items = [an_item(1, pictures=shared), an_item(2, pictures=shared), pictured(3)]
    (album,) = rendered(items, Layout.ALBUM)
    assert album.cost == 2


def test_the_picture_of_an_other_article_of_the_event_stands_in() -> None:
    other = an_article(
        9, pictures=(Picture(url="https://cdn.example/9.jpg", width=900, height=600),)
    )
    item = an_item(1, also=(other,))
    (album,) = digests.render([item, pictured(2)], style=replace(STYLE, layout=Layout.ALBUM))
    assert album.cost == 2
    assert album.stories == (*item.story_keys, an_article(2).story_key)


@pytest.mark.parametrize("layout", Layout)
def test_a_digest_of_5000_characters_loses_no_story(layout: Layout) -> None:
    items = [pictured(number, title=f"{LONG * 2}{number}") for number in range(1, 31)]
    assert sum(len(item.article.title) for item in items) > 4000
    messages = rendered(items, layout)
    text = "\n".join(message.text for message in messages)
    assert all(f"{LONG * 2}{number}" in text for number in range(1, 31))


SIZES = st.sampled_from(((1200, 675), (300, 300), (800, 400), (90, 90), (3000, 200)))
SEEN = st.none() | st.builds(
    lambda size, plain, drawn: Seen(width=size[0], height=size[1], is_plain=plain, is_drawn=drawn),
    SIZES,
    st.booleans(),
    st.booleans(),
)


@settings(
    max_examples=examples(60),
    deadline=None,
    derandomize=True,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(
    items=hostile.items(),
    layout=st.sampled_from(Layout),
    is_shared=st.booleans(),
    title=st.none() | hostile.texts(300),
    data=st.data(),
)
def test_telegram_takes_every_layout_whatever_was_seen_of_the_pictures(
    items: tuple[Item, ...], layout: Layout, is_shared: bool, title: str | None, data: st.DataObject
) -> None:
    articles = [article for item in items for article in (item.article, *item.also)]
    keys = {key for article in articles for key in keys_to_look_at(article)}
    looks = {key: data.draw(SEEN) for key in sorted(keys) if data.draw(st.booleans())}
    style = replace(STYLE, layout=layout, is_shared=is_shared, title=title, looks=looks)
    messages = digests.render(items, style=style)
    for message in messages:
        judge(message)
        words = without_picture(message)
        if words.method != "sendMediaGroup":
            judge(words)
        if message.method == "sendMediaGroup":
            told = [item for item in message.parameters["media"] if item.get("caption")]
            assert len(told) in (1, message.cost)
            assert all(len(item["caption"]) <= MAX_CAPTION for item in told)
            assert bool(message.stories) == (len(told) == 1)
    shown = Counter(key for message in messages for key in message.stories)
    assert set(shown) == set(Digest(items=items, messages=messages).story_keys)
    elsewhere = {story.story_key for item in items for story in item.article.related}
    assert all(shown[key] == 1 for item in items for key in item.story_keys if key not in elsewhere)
    assert hash_of(messages) == hash_of(digests.render(items, style=style))
