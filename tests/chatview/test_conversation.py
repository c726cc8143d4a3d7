"""Messages → bubbles, albums, days and a page."""

import re
from typing import Any

from bot.chatview import CSS, View, bubble_html, conversation, page, summary

BOT = {"id": 999, "is_bot": True, "first_name": "Gazette"}
ANN = {"id": 111, "is_bot": False, "first_name": "Ann", "last_name": "Lee"}
VIEW = View(picture_url=lambda file_id: f"/file/{file_id}", viewer=111)
MONDAY = 1780000000


def message(message_id: int = 1, **fields: Any) -> dict[str, Any]:
    return {"message_id": message_id, "date": MONDAY, "from": BOT, **fields}


def photo(file_id: str, width: int = 800, height: int = 600) -> list[dict[str, Any]]:
    return [
        {"file_id": f"{file_id}-s", "width": 90, "height": 60},
        {"file_id": file_id, "width": width, "height": height},
    ]


def html_of(**fields: Any) -> str:
    return bubble_html([message(**fields)], VIEW)


def test_own_messages_stand_apart_from_those_of_others() -> None:
    assert 'class="message own' in html_of(**{"from": ANN}, text="hi")
    assert 'class="message other' in html_of(text="hi")


def test_the_largest_size_of_a_photo_is_shown_under_its_handed_in_address() -> None:
    html = html_of(photo=photo('big"'), caption="A cup")
    assert 'src="/file/big&quot;"' in html
    assert 'width="800" height="600"' in html
    assert html.index("<img") < html.index("A cup", html.index("</a>"))


def test_a_caption_goes_above_the_picture_on_request() -> None:
    html = html_of(photo=photo("p"), caption="Above", show_caption_above_media=True)
    assert html.index(">Above<") < html.index("<img")


def test_a_preview_stands_where_it_was_asked_for() -> None:
    card = {"url": "https://e.com/a", "title": "Card <title>", "image": "/assets/a.png"}
    below = html_of(text="words", _preview={**card, "large": False, "above": False})
    above = html_of(text="words", _preview={**card, "large": True, "above": True})
    assert below.index(">words<") < below.index("Card &lt;title&gt;")
    assert above.index("Card &lt;title&gt;") < above.index(">words<")
    assert 'class="preview large"' in above
    assert 'class="preview small"' in below


def test_a_preview_loads_no_picture_by_a_foreign_scheme() -> None:
    for image in ("javascript:alert(1)", "data:text/html,x", "//e.com/x.png"):
        html = html_of(
            text="words", _preview={"url": "https://e.com", "title": "T", "image": image}
        )
        assert "<img" not in html


def test_buttons_keep_their_rows_and_their_kinds() -> None:
    rows = [
        [{"text": "1", "callback_data": 's:"1"'}, {"text": "2", "callback_data": "s:2"}],
        [{"text": "Open", "url": "https://e.com/"}],
        [{"text": "Bad", "url": "javascript:alert(1)"}],
    ]
    html = html_of(text="pick", reply_markup={"inline_keyboard": rows})
    assert html.count('class="keyboard-row"') == 3
    assert 'data-callback-data="s:&quot;1&quot;"' in html
    assert re.search(r'<a class="key leads-out" href="https://e.com/"', html)
    assert "javascript" not in html
    assert "disabled" in html


def test_an_inline_result_names_the_bot_that_it_came_from() -> None:
    own = html_of(**{"from": ANN}, text="hi", via_bot={"username": 'tea"bot'})
    assert 'via <span data-say="@tea&quot;bot ">@tea&quot;bot</span>' in own
    assert "via" not in html_of(**{"from": ANN}, text="hi")
    group = View(viewer=5, shows_senders=True)
    sender: dict[str, Any] = {"from": ANN}
    told = message(**sender, text="hi", via_bot={"username": "tea_bot"})
    assert '<span dir="auto">Ann Lee</span><span class="via">via ' in bubble_html([told], group)


def test_an_edit_is_said_and_a_changed_keyboard_alone_is_not() -> None:
    assert ">edited<" in html_of(text="x", edit_date=MONDAY + 5)
    assert ">edited<" not in html_of(text="x")


def test_times_stand_on_the_viewers_clock() -> None:
    from zoneinfo import ZoneInfo

    view = View(zone=ZoneInfo("Asia/Kolkata"))
    assert ">01:56</time>" in bubble_html([message(text="x")], view)
    assert ">20:26</time>" in html_of(text="x")


def test_an_album_is_one_unit_with_its_only_caption_below() -> None:
    messages = [message(n, photo=photo(f"p{n}"), media_group_id="7") for n in range(1, 6)]
    messages[0]["caption"] = "Five cups"
    day, album = conversation(messages, VIEW)
    assert day.message_ids == ()
    assert album.key == "album-7"
    assert album.message_ids == (1, 2, 3, 4, 5)
    assert album.html.count('class="album-row"') == 2
    assert album.html.count("<img") == 5
    assert album.html.count(">Five cups<") == 1


def test_several_captions_of_an_album_show_only_with_their_pictures() -> None:
    messages = [
        message(n, photo=photo(f"p{n}"), media_group_id="7", caption=f"Cup {n}") for n in (1, 2)
    ]
    html = conversation(messages, VIEW)[1].html
    assert ">Cup 1<" not in html
    assert 'alt="Cup 1"' in html


def test_only_the_last_message_of_a_run_has_a_tail_and_only_the_first_a_name() -> None:
    view = View(viewer=111, shows_senders=True)
    units = conversation(
        [message(1, text="a"), message(2, text="b"), message(3, text="c", **{"from": ANN})], view
    )[1:]
    assert [("first" in unit.html, "last" in unit.html) for unit in units] == [
        (True, False),
        (False, True),
        (True, True),
    ]
    assert [">Gazette<" in unit.html for unit in units] == [True, False, False]


def test_a_new_day_is_announced_once() -> None:
    messages = [message(1, text="a"), message(2, text="b"), message(3, text="c")]
    messages[2]["date"] = MONDAY + 86400
    keys = [unit.key for unit in conversation(messages, VIEW)]
    assert keys == ["day-2026-05-28", "message-1", "message-2", "day-2026-05-29", "message-3"]


def test_service_messages_stand_in_the_middle() -> None:
    html = html_of(new_chat_members=[{"id": 5, "first_name": "<Bob>"}])
    assert html.startswith('<div class="service"')
    assert "&lt;Bob&gt; joined" in html


def test_hostile_names_are_shown_as_text() -> None:
    view = View(shows_senders=True)
    rude = {"id": 3, "first_name": "<script>alert(1)</script>"}
    messages = [message(text="x", reply_to_message={"from": rude, "text": "<img src=x>"})]
    messages[0]["from"] = rude
    html = conversation(messages, view)[1].html
    assert "<script" not in html
    assert "<img" not in html


def test_a_page_needs_nothing_but_itself() -> None:
    html = page([message(text="x")], title="A & B", theme="both", view=VIEW)
    assert "<title>A &amp; B</title>" in html
    assert CSS in html
    assert 'data-theme="light"' in html
    assert 'data-theme="dark"' in html
    assert not re.search(r"<script|<link|@import|url\(", html)


def test_parameters_of_a_call_are_shown_before_it_is_made() -> None:
    html = page([{"photo": "https://e.com/a.png", "caption": "Not sent yet"}], title="Preview")
    assert 'src="https://e.com/a.png"' in html
    assert "<time" not in html


def test_a_service_message_ends_a_run() -> None:
    messages = [message(1, new_chat_members=[BOT]), message(2, text="hi")]
    assert "first" in conversation(messages, VIEW)[-1].html


def test_a_message_fits_one_line_of_the_list() -> None:
    assert summary(message(text="two\n  lines")) == "two lines"
    assert len(summary(message(text="word " * 900))) <= 120
    assert summary(message(photo=photo("p"))) == "Photo"
    assert summary(message(photo=photo("p"), caption="Cup")) == "Cup"
    assert summary(message(left_chat_member={"first_name": "Bob"})) == "Bob left"
    assert summary(message(document={"file_name": "a.pdf"})) == "a.pdf"


def test_reactions_are_counted() -> None:
    given = [{"type": "emoji", "emoji": "🔥"}, {"type": "emoji", "emoji": "🔥"}]
    assert "🔥<i>2</i>" in html_of(text="x", _reactions=given)


def test_a_file_is_a_link_where_it_can_be_had_and_a_name_elsewhere() -> None:
    file = {"file_id": 'f"1', "file_name": "<own>.json", "file_size": 2048}
    html = html_of(document=file, caption="Everything")
    assert 'href="/file/f&quot;1" download>&lt;own&gt;.json</a>' in html
    assert "2 KB" in html
    assert "<a " not in bubble_html([message(document=file)], View())
