"""The seed article and its neighbours, as readers see them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.domain.article import Picture, Provider, StoryKey
from bot.domain.digest import Item
from bot.domain.richtext import plain_text
from bot.domain.sections import Section
from bot.domain.subscription import Layout
from bot.domain.urls import canonical_url
from bot.rendering import digests
from bot.rendering.lines import price_of
from bot.rendering.style import Style
from tests.rendering.builders import (
    NOW,
    SEED_RELATED_URL,
    SEED_TITLE,
    SEED_URL,
    an_article,
    an_item,
    the_seed_article,
)
from tests.rendering.telegram import judge

STYLE = Style(now=NOW, bot_username="gazette_bot")
EXCERPT = (
    "As kids head back to school, parents raise the alarm about invasive surveillance tech being "
    "used both in person and for remote learning, and call for lawmakers and school administrators "
    "to ban facial recognition."
)
PICTURE = (
    "https://www.commondreams.org/sites/default/files/users/user18439/cd_tall_logo_bw_tparent.png"
)


def seed_item() -> Item:
    return Item(article=the_seed_article(), score=49.0)


def test_the_seed_article_leads_a_list() -> None:
    story = the_seed_article().story_id
    (message,) = digests.render([seed_item(), an_item(2)], style=STYLE)
    judge(message)
    head = "Gazette · Tuesday 17 November\n\n"
    body = f"{SEED_TITLE}\n{EXCERPT}\nCommon Dreams · 17 Sep 2020\nAlso: Campus Safety Magazine"
    text = f"{head}{body}\n\n2. Story number 2\nPaper 2 · yesterday"
    assert message.as_json() == {
        "method": "sendMessage",
        "text": text,
        "entities": [
            {"type": "bold", "offset": 0, "length": 7},
            {"type": "text_link", "offset": 31, "length": 91, "url": SEED_URL},
            {"type": "bold", "offset": 31, "length": 91},
            {"type": "italic", "offset": text.index("Common Dreams"), "length": 27},
            {
                "type": "text_link",
                "offset": text.index("Campus"),
                "length": 22,
                "url": SEED_RELATED_URL,
            },
            {
                "type": "text_link",
                "offset": text.index("Story number 2"),
                "length": 14,
                "url": "https://example.org/stories/2",
            },
            {"type": "italic", "offset": text.index("Paper 2"), "length": 19},
        ],
        "link_preview_options": {
            "url": PICTURE,
            "prefer_large_media": True,
            "show_above_text": True,
        },
        "reply_markup": {
            "inline_keyboard": [
                [
                    {"text": "1", "callback_data": f"1:s:{story}"},
                    {"text": "2", "callback_data": f"1:s:{an_article(2).story_id}"},
                ]
            ]
        },
    }


def test_the_seed_article_becomes_a_card() -> None:
    article = the_seed_article()
    style = replace(STYLE, layout=Layout.CARDS, is_shared=True)
    (message,) = digests.render([seed_item()], style=style)
    judge(message)
    assert message.method == "sendPhoto"
    assert message.parameters["photo"] == PICTURE
    assert message.text == (
        f"{SEED_TITLE}\n{EXCERPT}\nCommon Dreams · 17 Sep 2020\nAlso: Campus Safety Magazine"
        "\n#ComputerVision #AI"
    )
    assert message.parameters["reply_markup"]["inline_keyboard"] == [
        [
            {"text": "Read", "url": SEED_URL},
            {
                "text": "More in the bot",
                "url": f"https://t.me/gazette_bot?start=story-{article.story_id}",
            },
        ]
    ]
    assert message.stories == (article.story_key, canonical_url(SEED_RELATED_URL))


def test_a_channels_numbers_lead_into_the_bot() -> None:
    (message,) = digests.render([seed_item()], style=replace(STYLE, is_shared=True))
    ((button,),) = message.parameters["reply_markup"]["inline_keyboard"]
    story = the_seed_article().story_id
    assert button == {"text": "1", "url": f"https://t.me/gazette_bot?start=story-{story}"}


def test_a_card_without_a_picture_shows_its_page() -> None:
    (message,) = digests.render([an_item()], style=replace(STYLE, layout=Layout.CARDS))
    assert message.method == "sendMessage"
    assert message.parameters["link_preview_options"]["url"] == "https://example.org/stories/1"


def test_a_picture_of_the_library_is_uploaded_with_a_card_and_previewed_from_the_site() -> None:
    item = an_item(pictures=(Picture(url="/assets/tea.jpg", width=800, height=600),))
    site = replace(STYLE, site_url="https://site.example")
    (card,) = digests.render([item], style=replace(site, layout=Layout.CARDS))
    assert card.parameters["photo"] == "attach://assets/tea.jpg"
    (listed,) = digests.render([item], style=site)
    assert listed.parameters["link_preview_options"]["url"] == "https://site.example/assets/tea.jpg"


def test_a_video_tells_its_length_and_price() -> None:
    item = an_item(kind="video", duration=timedelta(minutes=46, seconds=46), extra={"price": 0})
    (message,) = digests.render([item], style=STYLE)
    assert "Paper 1 · yesterday · video, 47 min · free" in message.text


def test_a_bare_number_is_no_price() -> None:
    prices = ["$49", "Free", 0, 0.0, "12", 12, True, None, ["x"], " 9,99 € "]
    shown = [price_of(an_article(extra={"price": price})) for price in prices]
    assert shown == ["$49", "free", "free", "free", "", "", "", "", "", "9,99 €"]


def test_a_source_named_like_an_address_leads_to_its_story() -> None:
    (message,) = digests.render([an_item(provider=Provider(name="Booking.com"))], style=STYLE)
    judge(message)
    at = message.text.index("Booking.com")
    links = [e for e in message.parameters["entities"] if e["type"] == "text_link"]
    assert {"type": "text_link", "offset": at, "length": 11, "url": links[0]["url"]} in links


def test_a_second_story_of_one_source_is_named_by_its_title() -> None:
    same = Provider(name="Paper 1")
    item = an_item(1, also=(an_article(2, provider=same),))
    (message,) = digests.render([item], style=STYLE)
    assert "Also: Story number 2" in message.text


def test_many_articles_of_one_event_are_counted_and_all_are_on_the_message() -> None:
    item = an_item(1, also=tuple(an_article(number) for number in range(2, 12)))
    (message,) = digests.render([item], style=STYLE)
    judge(message)
    assert "Paper 7 and 4 more" in message.text
    assert message.stories == item.story_keys


def test_no_title_means_no_head() -> None:
    (message,) = digests.render([an_item()], style=replace(STYLE, title=None))
    assert message.text.startswith("Story number 1\n")


def test_the_same_items_give_the_same_bytes() -> None:
    items = [seed_item(), *(an_item(number) for number in range(2, 9))]
    first = digests.render(items, style=STYLE)
    assert first == digests.render(items, style=STYLE)


def test_later_news_of_an_event_says_that_it_is_an_update() -> None:
    items = [seed_item(), an_item(2)]
    updates = [replace(one, update_of=StoryKey("before")) for one in items]
    plain = digests.render(items, style=STYLE)[0].text
    (message,) = digests.render(updates, style=STYLE)
    judge(message)
    told = message.text
    assert "Update: " not in plain
    assert told.count("Update: ") == 2
    assert told.replace("Update: ", "") == plain


def test_sections_have_headings_in_every_layout() -> None:
    videos = Section(kinds=("video", "course"), budget=2)
    faces = Section(kinds=("profile",), budget=1, heading="Faces & <friends>")
    items = [
        seed_item(),
        replace(an_item(2), section=videos),
        replace(an_item(3), section=videos),
        replace(an_item(4), section=faces),
    ]
    for layout in Layout:
        messages = digests.render(items, style=replace(STYLE, layout=layout))
        for message in messages:
            judge(message)
        text = "\n".join(message.text for message in messages)
        assert text.count("Videos\n") == text.count("Faces & <friends>\n") == 1, layout
        assert text.index("More than 1,000") < text.index("Videos") < text.index("Story number 2")
        assert text.index("Story number 3") < text.index("Faces") < text.index("Story number 4")
    assert digests.render(items[1:], style=STYLE)[0].text.splitlines()[2] == "Videos"


def test_a_rich_message_has_a_heading_above_the_first_story_of_each_section() -> None:
    videos, faces = (
        Section(kinds=("video",), budget=2),
        Section(kinds=("profile",), budget=1, heading="People"),
    )
    items = [an_item(1), *(replace(an_item(n), section=videos) for n in (2, 3))]
    items.append(replace(an_item(4), section=faces))
    (message,) = digests.render(items, style=replace(STYLE, layout=Layout.RICH))
    judge(message)
    blocks = message.parameters["rich_message"]["blocks"]
    told = [(b["size"], plain_text(b["text"]).value) for b in blocks if b["type"] == "heading"]
    stories = [(4, f"{n}. Story number {n}") for n in range(1, 5)]
    assert told[1:] == [stories[0], (2, "Videos"), *stories[1:3], (2, "People"), stories[3]]
    assert told[0][0] == 1
