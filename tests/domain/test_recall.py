"""What takes a withdrawn story out of a message leaves everything else as it is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.article import Article, Picture
from bot.domain.digest import Item
from bot.domain.message import Message
from bot.domain.picture import Seen
from bot.domain.recall import Withdrawn, calls_for, replaced, without_story
from bot.domain.sections import Section
from bot.domain.subscription import Layout
from bot.rendering import digests
from bot.rendering.style import Style
from tests.rendering.builders import NOW
from tests.rendering.telegram import judge_text

LOOK = Seen(width=900, height=600)
NOTE = "Withdrawn by its publisher."


def article(number: int, words: str) -> Article:
    url = f"https://site-{number}.example/story"
    picture = Picture(url=f"https://site-{number}.example/{number}.jpg")
    return Article(
        path=f"{number}.md",
        title=words,
        excerpt=f"About {words}",
        web_url=url,
        pictures=(picture,),
    )


def withdrawn(one: Article) -> Withdrawn:
    assert one.link is not None
    return Withdrawn(stories=frozenset([one.story_id]), links=frozenset([one.link]), note=NOTE)


def linked(message: Message) -> dict[str, str]:
    """What each link of a text is written as."""
    return words_of(str(message.parameters["text"]), message.parameters.get("entities", []))


def words_of(text: str, entities: Any) -> dict[str, str]:
    units = text.encode("utf-16-le")
    return {
        one["url"]: units[2 * one["offset"] : 2 * (one["offset"] + one["length"])].decode(
            "utf-16-le"
        )
        for one in entities
        if "url" in one
    }


titles = st.text(
    st.characters(categories=["L", "N", "So"], include_characters=" 𝄞é"), min_size=3, max_size=30
).filter(lambda text: text.strip().isprintable() and len(text.strip()) > 2)


@given(st.lists(titles, min_size=2, max_size=9), st.data())
def test_the_others_keep_their_words_and_links(words: list[str], data: st.DataObject) -> None:
    articles = [article(number, text) for number, text in enumerate(words)]
    items = [Item(article=one, score=1.0) for one in articles]
    style = Style(now=NOW, is_shared=True, bot_username="tea_bot")
    (message,) = digests.render(items, style=style)
    gone = data.draw(st.sampled_from(articles))
    (call,) = calls_for(message, (7,), withdrawn(gone), is_alone=False)
    assert call.method == "editMessageText"
    after = call.parameters
    assert after["message_id"] == 7
    before, left = linked(message), words_of(after["text"], after.get("entities", []))
    assert left == {url: text for url, text in before.items() if url != gone.link}
    assert after["text"].count(NOTE) == 1
    judge_text(after["text"], after.get("entities", []), limit=4096)
    buttons = [one["url"] for row in after["reply_markup"]["inline_keyboard"] for one in row]
    assert len(buttons) == len(items) - 1
    assert not any(gone.story_id in url for url in buttons)
    hides = gone is articles[0]
    assert (after["link_preview_options"] == {"is_disabled": True}) is hides


@given(st.lists(titles, min_size=2, max_size=9), st.data())
def test_a_rich_message_keeps_its_other_stories_as_they_are(
    words: list[str], data: st.DataObject
) -> None:
    articles = [article(number, text) for number, text in enumerate(words)]
    faces = Section(kinds=("profile",), budget=2)
    items = [Item(article=one, score=1.0) for one in articles]
    items[-1] = replace(items[-1], section=faces)
    looks = {one.pictures[0].url: LOOK for one in articles}
    style = Style(now=NOW, layout=Layout.RICH, is_shared=True, bot_username="tea", looks=looks)
    (message,) = digests.render(items, style=style)
    gone = data.draw(st.sampled_from(articles))
    (call,) = calls_for(message, (7,), withdrawn(gone), is_alone=False)
    assert call.method == "editMessageText"
    assert call.is_rich
    before = message.parameters["rich_message"]
    after = call.parameters["rich_message"]
    assert {k: v for k, v in after.items() if k != "blocks"} == {
        k: v for k, v in before.items() if k != "blocks"
    }
    kept = [part for part in parts_of(before["blocks"]) if str(gone.link) not in str(part)]
    note = {"type": "paragraph", "text": f"{articles.index(gone) + 1}. {NOTE}"}
    heads = [{"type": "heading", "text": {"type": "bold", "text": "Faces"}, "size": 2}]
    stood = [*(heads if gone is articles[-1] else []), note]
    assert sorted(map(str, parts_of(after["blocks"]))) == sorted(map(str, [*kept, stood]))
    buttons = [
        one["url"] for row in call.parameters["reply_markup"]["inline_keyboard"] for one in row
    ]
    assert len(buttons) == len(items) - 1
    assert not any(gone.story_id in url for url in buttons)
    bare = call.without_pictures()
    assert not bare.has_pictures
    assert call.has_pictures


def parts_of(blocks: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    parts: list[list[dict[str, Any]]] = [[]]
    for block in blocks:
        if block["type"] == "divider":
            parts.append([])
        else:
            parts[-1].append(block)
    return parts


def test_a_rich_message_that_only_names_a_story_loses_its_link() -> None:
    lead, other = article(1, "The kettle sings"), article(2, "The kettle again")
    items = [
        Item(article=lead, also=(other,), score=1.0),
        Item(article=article(3, "Pots"), score=1),
    ]
    (message,) = digests.render(items, style=Style(now=NOW, layout=Layout.RICH))
    (call,) = calls_for(message, (7,), withdrawn(other), is_alone=False)
    after = str(call.parameters["rich_message"])
    assert str(other.link) not in after
    assert str(lead.link) in after
    assert NOTE not in after
    assert calls_for(message, (7,), withdrawn(article(9, "Elsewhere")), is_alone=False) == ()


@pytest.mark.parametrize("is_lead", [True, False])
def test_a_story_that_is_only_named_loses_its_link(*, is_lead: bool) -> None:
    lead, other = article(1, "The kettle sings"), article(2, "The kettle again")
    items = [
        Item(article=lead, also=(other,), score=1.0),
        Item(article=article(3, "Pots"), score=1),
    ]
    (message,) = digests.render(items, style=Style(now=NOW))
    gone = lead if is_lead else other
    found = without_story(
        message.parameters["text"], message.parameters["entities"], withdrawn(gone)
    )
    assert found is not None
    text, entities = found
    assert gone.link not in words_of(text, entities)
    assert (NOTE in text) is is_lead
    assert "Pots" in text


def test_alone_it_is_deleted_and_unseen_it_is_said_so() -> None:
    one, other = article(1, "Kettles"), article(2, "Pots")
    style = Style(now=NOW, layout=Layout.CARDS)
    (card,) = digests.render([Item(article=one, score=1.0)], style=style)
    (call,) = calls_for(card, (5,), withdrawn(one), is_alone=True)
    assert (call.method, call.parameters) == ("deleteMessage", {"message_id": 5})
    assert calls_for(card, (5,), withdrawn(other), is_alone=False) == ()
    assert calls_for(card, (5, 6), withdrawn(one), is_alone=False) == ()
    (rich,) = digests.render(
        [Item(article=one, score=1.0)], style=replace(style, layout=Layout.RICH)
    )
    after = replaced(rich, 5, withdrawn(one))
    assert after.method == "editMessageText"
    assert after.parameters["rich_message"] == {"blocks": [{"type": "paragraph", "text": NOTE}]}


def test_an_album_loses_the_story_from_its_list_or_its_picture() -> None:
    one, other = article(1, "Kettles"), article(2, "Pots")

    def shot(told: Article) -> dict[str, Any]:
        link = {"type": "text_link", "offset": 0, "length": len(told.title), "url": told.link}
        return {"type": "photo", "media": "x", "caption": told.title, "caption_entities": [link]}

    each = Message(method="sendMediaGroup", parameters={"media": [shot(one), shot(other)]})
    (call,) = calls_for(each, (5, 6), withdrawn(other), is_alone=False)
    assert (call.method, call.parameters) == ("deleteMessage", {"message_id": 6})
    assert calls_for(each, (5,), withdrawn(other), is_alone=False) == ()
    listed = {"type": "photo", "media": "x", **shot(one)}
    whole = Message(
        method="sendMediaGroup", parameters={"media": [listed, {"type": "photo", "media": "y"}]}
    )
    (call,) = calls_for(whole, (5, 6), withdrawn(one), is_alone=False)
    assert call.method == "editMessageCaption"
    assert call.parameters == {"message_id": 5, "caption": NOTE}
