from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.article import StoryKey
from bot.domain.message import (
    ATTACHED,
    Button,
    Draft,
    Entity,
    Message,
    Preview,
    Shot,
    Text,
    album,
    hash_of,
    join,
    utf16_length,
    without,
    without_picture,
)

letters = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


def linked(word: str) -> Text:
    entity = Entity(kind="text_link", offset=0, length=utf16_length(word), url="https://a.example/")
    return Text(word, (entity,) if word else ())


def shown(text: Text) -> list[str]:
    units = text.value.encode("utf-16-le")
    return [
        units[2 * e.offset : 2 * (e.offset + e.length)].decode("utf-16-le") for e in text.entities
    ]


@given(letters)
def test_lengths_count_utf16_units(text: str) -> None:
    assert utf16_length(text) == len(text.encode("utf-16-le")) // 2


@given(st.lists(st.tuples(letters, letters), max_size=6))
def test_joined_texts_keep_their_entities_on_their_words(parts: list[tuple[str, str]]) -> None:
    whole = join(part for plain, word in parts for part in (Text(plain), linked(word)))
    assert whole.value == "".join(plain + word for plain, word in parts)
    assert shown(whole) == [word for _, word in parts if word]
    assert len(whole) == len(whole.value)


@given(letters, letters, letters)
def test_joining_may_be_bracketed_in_any_way(a: str, b: str, c: str) -> None:
    one, two, three = linked(a), linked(b), linked(c)
    assert (one + two) + three == one + (two + three)
    assert Text() + one == one == one + Text()


def test_an_emoji_shifts_what_follows_by_two() -> None:
    assert (Text("👋 ") + linked("tea")).entities[0].offset == 3


@pytest.mark.parametrize(
    "actions",
    [
        {}, {"callback_data": "1:s", "url": "https://a.example"}, {"callback_data": ""},
        {"callback_data": "é" * 33},
    ],
)  # fmt: skip
def test_a_button_that_telegram_refuses_cannot_be_made(actions: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="button"):
        Button(text="Go", **actions)


def test_a_button_has_the_one_action_it_was_given() -> None:
    assert Button(text="A", callback_data="é" * 32).as_json()["callback_data"] == "é" * 32
    assert Button(text="A", url="https://a.example").as_json()["url"] == "https://a.example"
    assert Button(text="A", inline_query="").as_json() == {"text": "A", "switch_inline_query": ""}


def draft(**fields: Any) -> Draft:
    fields.setdefault("text", linked("tea"))
    fields.setdefault("stories", (StoryKey("https://a.example"),))
    return Draft(**fields)


def test_a_text_says_which_link_is_previewed_or_that_none_is() -> None:
    plain = draft().finished()
    assert plain.method == "sendMessage"
    assert plain.parameters["link_preview_options"] == {"is_disabled": True}
    lead = draft(preview=Preview(url="https://a.example/x")).finished()
    assert lead.parameters["link_preview_options"] == {
        "url": "https://a.example/x", "prefer_large_media": True, "show_above_text": True,
    }  # fmt: skip
    assert "reply_markup" not in plain.parameters
    assert "parse_mode" not in plain.parameters


def test_a_photo_carries_the_text_as_caption_and_loses_nothing_without_the_picture() -> None:
    keyboard = ((Button(text="Go", callback_data="1:n"),),)
    photo = draft(photo=f"{ATTACHED}a.png", keyboard=keyboard, is_silent=True).finished()
    assert (photo.method, photo.text) == ("sendPhoto", "tea")
    text = without_picture(photo)
    assert (text.method, text.text, text.stories) == ("sendMessage", "tea", photo.stories)
    assert text.parameters["entities"] == photo.parameters["caption_entities"]
    assert text.parameters["reply_markup"] == photo.parameters["reply_markup"]
    assert text.parameters["disable_notification"] is True
    assert not {"photo", "caption", "caption_entities"} & set(text.parameters)
    assert without_picture(text) == text


def test_named_parameters_can_be_left_out() -> None:
    message = draft(is_silent=True).finished()
    assert "disable_notification" not in without(message, "disable_notification").parameters
    assert without(message, "no such thing") == message


values = st.recursive(
    st.none() | st.booleans() | st.integers() | letters,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(letters, inner, max_size=3),
    max_leaves=8,
)
parameters = st.dictionaries(letters.filter(lambda name: name != "method"), values, max_size=4)
messages = st.builds(
    Message, method=st.sampled_from(("sendMessage", "sendPhoto")), parameters=parameters
)


def reversed_keys(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: reversed_keys(one) for key, one in reversed(value.items())}
    return [reversed_keys(one) for one in value] if isinstance(value, list) else value


@given(st.lists(messages, max_size=4))
def test_a_hash_depends_on_content_and_not_on_how_it_was_stored(whole: list[Message]) -> None:
    first = hash_of(whole)
    assert len(first) == 16
    assert set(first) <= set("0123456789abcdef")
    again = []
    for message in whole:
        stored = json.loads(json.dumps(reversed_keys(message.as_json())))
        again.append(Message(method=stored.pop("method"), parameters=stored))
    assert hash_of(again) == first


@given(st.lists(messages, min_size=1, max_size=3), messages)
def test_another_content_or_order_has_another_hash(whole: list[Message], other: Message) -> None:
    assert hash_of([*whole, other]) != hash_of(whole)
    if whole[0].as_json() != other.as_json():
        assert hash_of([other, *whole]) != hash_of([whole[0], other, *whole[1:]])


def test_a_hash_is_the_same_in_every_release() -> None:
    message = Message(method="sendMessage", parameters={"text": "Teä 👋", "entities": []})
    assert hash_of([message]) == "d0b560d79de4c1ba"
    assert hash_of([draft(stories=()).finished()]) == hash_of([draft().finished()])


@pytest.mark.parametrize("count", [0, 1, 11])
def test_an_album_has_two_to_ten_pictures(count: int) -> None:
    with pytest.raises(ValueError, match="album"):
        album([Shot(photo="attach://a.png")] * count)


def test_an_album_costs_as_many_messages_as_it_has_pictures() -> None:
    assert album([Shot(photo="attach://a.png")] * 7).cost == 7
    assert Draft(text=Text("a"), photo="attach://a.png").finished().cost == 1
