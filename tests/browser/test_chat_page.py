"""The chat page in a real browser; the test plays the bot over the sandbox's Bot API."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from bot.clock import SystemClock
from bot.sandbox.server import serve
from bot.sandbox.state import Sandbox
from bot.sandbox.web import routes
from tests.support.chat_page import PHONE, STORY, Stage

pytestmark = [pytest.mark.browser, pytest.mark.long, pytest.mark.asyncio(loop_scope="session")]

# Long, for a browser on a busy machine; what is there at once is not waited for.
expect.set_options(timeout=15_000)


async def width_of_content(page: Page) -> int:
    return int(await page.evaluate("document.documentElement.scrollWidth"))


async def test_start_then_messages_arrive_live(stage: Stage) -> None:
    async with stage.page() as page:
        await page.get_by_role("button", name="Start", exact=True).click()
        await expect(page.locator(".message.own .text")).to_have_text("/start")
        await stage.send("Good morning")
        await expect(page.locator(".message.other .text")).to_have_text("Good morning")
        await expect(page.locator("#chats .chat[aria-current=true] .last")).to_have_text(
            "Good morning"
        )
        assert await stage.said() == ["/start"]


async def test_text_is_sent_with_enter(started: Stage) -> None:
    async with started.page() as page:
        box = page.get_by_label("Message", exact=True)
        await box.fill("tea")
        await box.press("Shift+Enter")
        await box.type("and cups")
        await box.press("Enter")
        await expect(page.locator(".message.own .text").last).to_have_text("tea\nand cups")
        await expect(box).to_have_value("")
        assert await started.said() == ["/start", "tea\nand cups"]


async def test_the_command_menu_follows_the_scope_and_the_keyboard(started: Stage) -> None:
    wide = [
        {"command": "latest", "description": "What is new"},
        {"command": "hot", "description": "What is hot"},
        {"command": "help", "description": "What I can do"},
    ]
    await started.call("setMyCommands", commands=wide)
    async with started.page() as page:
        box = page.get_by_label("Message", exact=True)
        await expect(page.get_by_role("button", name="Commands")).to_be_visible()
        await box.type("/h")
        options = page.get_by_role("option")
        await expect(options).to_have_count(2)
        await box.press("ArrowDown")
        await expect(options.nth(1)).to_have_attribute("aria-selected", "true")
        await box.press("Enter")
        await expect(page.locator(".message.own .text").last).to_have_text("/help")


async def test_a_tapped_button_turns_until_it_is_answered(started: Stage) -> None:
    rows = [[{"text": "More", "callback_data": "m:1"}, {"text": "Less", "callback_data": "m:2"}]]
    await started.send("Pick", reply_markup={"inline_keyboard": rows})
    async with started.page() as page:
        more = page.get_by_role("button", name="More")
        await more.click()
        await expect(more).to_have_attribute("aria-busy", "true")
        asked = await started.sandbox.wait_for(
            lambda: [one for one in started.sandbox.answers.values() if one.is_pending]
        )
        await started.call("answerCallbackQuery", callback_query_id=asked[0].query_id, text="Ok!")
        await expect(page.locator(".toast")).to_have_text("Ok!")
        await expect(more).not_to_have_attribute("aria-busy", "true")
        await page.get_by_role("button", name="Less").click()
        asked = await started.sandbox.wait_for(
            lambda: [one for one in started.sandbox.answers.values() if one.is_pending]
        )
        await started.call(
            "answerCallbackQuery",
            callback_query_id=asked[0].query_id,
            text="Really?",
            show_alert=True,
        )
        await expect(page.locator("#alert[open] p")).to_have_text("Really?")
        await page.get_by_role("button", name="OK").click()
        await expect(page.locator("#alert[open]")).to_have_count(0)


async def test_edits_and_deletions_show(started: Stage) -> None:
    first = await started.send("Page 1")
    async with started.page() as page:
        message = page.locator(f'[data-message="{first["message_id"]}"]')
        await expect(message.locator(".text")).to_have_text("Page 1")
        await started.call(
            "editMessageText",
            chat_id=started.ann.id,
            message_id=first["message_id"],
            text="Page 2",
        )
        await expect(message.locator(".text")).to_have_text("Page 2")
        await expect(message.locator(".edited")).to_be_visible()
        await started.call("deleteMessage", chat_id=started.ann.id, message_id=first["message_id"])
        await expect(message).to_have_count(0)


async def test_typing_shows_until_the_message(started: Stage) -> None:
    async with started.page() as page:
        await expect(page.locator("#pane-subtitle")).to_have_text("bot")
        await started.call("sendChatAction", chat_id=started.ann.id, action="typing")
        await expect(page.locator("#pane-subtitle")).to_have_text("typing…")
        await started.send("Done")
        await expect(page.locator("#pane-subtitle")).to_have_text("bot")


async def test_pictures_load_and_open_large(started: Stage) -> None:
    await started.send_photo(caption="A cup")
    async with started.page() as page:
        picture = page.get_by_role("img", name="A cup")
        await expect(picture).to_be_visible()
        assert await picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
        await picture.click()
        await expect(page.locator("#zoomed[open] img")).to_be_visible()
        await page.keyboard.press("Escape")
        await expect(page.locator("#zoomed[open]")).to_have_count(0)


async def test_a_large_preview_stands_above_the_text(started: Stage) -> None:
    options = {"url": STORY, "prefer_large_media": True, "show_above_text": True}
    await started.send("1. Tea", link_preview_options=options)
    async with started.page() as page:
        card, text = page.locator(".preview.large"), page.locator(".message.other .text")
        await expect(card.locator("img")).to_be_visible()
        above, below = await card.bounding_box(), await text.bounding_box()
        assert above is not None
        assert below is not None
        assert above["y"] + above["height"] <= below["y"]
        async with page.context.expect_page() as opening:
            await card.click()
        story = await opening.value
        await expect(story.get_by_role("heading", name="Tea")).to_be_visible()


async def test_deep_links_and_commands_in_texts_are_said(started: Stage) -> None:
    name = started.sandbox.world.bot["username"]
    rows = [
        [{"text": "Story", "url": f"https://t.me/{name}?start=story-7"}],
        [{"text": "Topic", "url": f"tg://resolve?domain={name}&start=topic-tea"}],
    ]
    await started.send("See /hot or @tea_news", reply_markup={"inline_keyboard": rows})
    async with started.page() as page:
        chat = page.locator("#conversation")
        await chat.get_by_text("/hot").first.click()
        await expect(page.locator(".message.own .text").last).to_have_text("/hot")
        await page.get_by_role("link", name="Story").click()
        await expect(page.locator(".message.own .text").last).to_have_text("/start story-7")
        await page.get_by_role("link", name="Topic").click()
        await expect(page.locator(".message.own .text").last).to_have_text("/start topic-tea")
        await page.get_by_role("link", name="@tea_news").click()
        await expect(page.locator("#pane-title")).to_have_text("Tea news")
        assert await started.said() == ["/start", "/hot", "/start story-7", "/start topic-tea"]


async def test_blocking_and_coming_back(started: Stage) -> None:
    await started.send("Hello")
    async with started.page() as page:
        await page.get_by_label("Chat menu").click()
        await page.get_by_role("menuitem", name="Block the bot").click()
        await page.get_by_role("button", name="Unblock the bot").click()
        await expect(page.get_by_label("Message", exact=True)).to_be_visible()


async def test_one_can_be_somebody_else(started: Stage) -> None:
    await started.send("For the reader")
    async with started.page() as page:
        await expect(page.locator(".message.other")).to_have_count(1)
        await page.get_by_role("radio", name="Operator").click()
        await expect(page.get_by_role("button", name="Start", exact=True)).to_be_visible()
        await expect(page.locator(".message")).to_have_count(0)
        await page.get_by_role("radio", name="Operator").press("ArrowLeft")
        await expect(page.locator(".message.other .text")).to_have_text("For the reader")


async def test_reading_back_is_not_disturbed_by_new_messages(started: Stage) -> None:
    for number in range(40):
        await started.send(f"story {number}\nwith two lines")
    async with started.page() as page:
        chat = page.locator("#conversation")
        await expect(chat.get_by_text("story 0", exact=True)).to_be_in_viewport()  # unread: on top
        await page.locator("#pill").click()
        await expect(chat.get_by_text("story 39")).to_be_in_viewport()
        old = chat.get_by_text("story 10")
        await old.scroll_into_view_if_needed()
        await expect(page.locator("#pill")).to_be_visible()
        before = await old.bounding_box()
        await started.send("the newest")
        await expect(page.locator("#pill")).to_have_text("1 new message ↓")
        assert await old.bounding_box() == before
        await page.locator("#pill").click()
        await expect(chat.get_by_text("the newest")).to_be_in_viewport()
        await expect(page.locator("#pill")).to_be_hidden()


async def test_who_moves_up_while_the_page_glides_to_the_end_stays_there(started: Stage) -> None:
    for number in range(40):
        await started.send(f"story {number}\nwith two lines")
    async with started.page() as page:
        chat = page.locator("#conversation")
        await expect(chat.get_by_text("story 0", exact=True)).to_be_in_viewport()
        await page.evaluate(
            """() => new Promise((done) => {
                const box = document.getElementById("scroll");
                const start = box.scrollTop;
                document.getElementById("pill").click();
                box.addEventListener("scroll", function midway() {
                    if (box.scrollTop < start + 100) return;
                    box.removeEventListener("scroll", midway);
                    box.scrollTo({ top: start + 20, behavior: "instant" });
                    done();
                });
            })"""
        )
        await expect(page.locator("#pill")).to_be_visible()
        await started.send("the newest")
        await expect(page.locator("#pill")).to_have_text("1 new message ↓")
        await expect(chat.get_by_text("story 2", exact=True)).to_be_in_viewport()


async def test_what_happened_while_the_line_was_down_is_caught_up(browser: Browser) -> None:
    sandbox = Sandbox(clock=SystemClock())
    ann = sandbox.add_person("Reader")
    sandbox.say(ann, ann, "/start")
    page = await browser.new_page()
    async with serve(sandbox, extra_routes=routes(sandbox)) as address:
        await page.goto(f"{address}/#{ann.id}/{ann.id}")
        await expect(page.locator(".message .text")).to_have_text(["/start"])
        await expect(page.locator("#pane-subtitle")).to_have_text("bot")
    await expect(page.locator("#pane-subtitle")).to_have_text("connecting…")
    sandbox.say(ann, ann, "meanwhile")
    async with serve(sandbox, int(address.rpartition(":")[2]), extra_routes=routes(sandbox)):
        await expect(page.locator(".message .text")).to_have_text(["/start", "meanwhile"])
        await expect(page.locator("#pane-subtitle")).to_have_text("bot")
    await page.close()


async def test_right_to_left_lines_stand_at_the_right(started: Stage) -> None:
    await started.send("שלום\nand a much longer English line below it\nمرحبا")
    async with started.page() as page:
        lines = page.locator(".message.other .line")
        await expect(lines).to_have_count(3)
        sides = await lines.evaluate_all(
            """lines => lines.map((line) => {
              const range = document.createRange();
              range.selectNodeContents(line);
              const words = range.getBoundingClientRect(), box = line.getBoundingClientRect();
              return [words.left - box.left < 2, box.right - words.right < 2];
            })"""
        )
        assert [side[0] for side in sides] == [False, True, False]
        assert [sides[0][1], sides[2][1]] == [True, True]


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_colours_follow_the_system(started: Stage, scheme: Any) -> None:
    await started.send("Hello")
    async with started.page(color_scheme=scheme) as page:
        colours = await page.locator(".message.other .bubble").evaluate(
            "node => [getComputedStyle(node).backgroundColor, getComputedStyle(node).color]"
        )
        light = [sum(map(int, colour[4:-1].split(",")[:3])) for colour in colours]
        assert (light[0] > 600 > light[1]) if scheme == "light" else (light[0] < 200 < light[1])


async def test_a_phone_shows_one_pane_and_never_scrolls_sideways(started: Stage) -> None:
    words = "Averyveryverylongwordwithoutanyspaces" * 20
    rows = [[{"text": f"Button number {n}", "callback_data": str(n)} for n in range(8)]]
    await started.send(words, reply_markup={"inline_keyboard": rows})
    await started.send("https://example.com/" + "a" * 300)
    await started.send("x" * 4096)
    await started.send_photo(width=1200, height=300, caption="wide")
    async with started.page(viewport=PHONE, has_touch=True, is_mobile=True) as page:
        await expect(page.get_by_role("img", name="wide")).to_be_visible()
        assert await width_of_content(page) <= PHONE["width"]
        inner = await page.locator("#scroll").evaluate("box => box.scrollWidth - box.clientWidth")
        assert inner == 0
        await expect(page.locator("#chats")).to_be_hidden()
        await page.get_by_label("Back to the chats").click()
        await expect(page.locator("#chats")).to_be_visible()
        await expect(page.locator("#pane")).to_be_hidden()
        assert await width_of_content(page) <= PHONE["width"]
        await page.go_back()
        await expect(page.locator("#pane")).to_be_visible()


async def test_hostile_texts_run_nothing(started: Stage) -> None:
    script = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"
    await started.send(script)
    async with started.page() as page:
        await expect(page.locator(".message.other .text")).to_have_text(script)
        assert await page.locator(".message img, .message script").count() == 0
        assert "owned" not in await page.title()


async def test_a_spoiler_is_hidden_until_tapped(started: Stage) -> None:
    await started.send(
        "The end: all live", entities=[{"type": "spoiler", "offset": 9, "length": 8}]
    )
    async with started.page() as page:
        spoiler = page.locator(".spoiler")
        hidden = await spoiler.evaluate("node => getComputedStyle(node).color")
        await spoiler.click()
        assert hidden == "rgba(0, 0, 0, 0)"
        assert await spoiler.evaluate("node => getComputedStyle(node).color") != hidden


async def test_a_message_is_reacted_to(started: Stage) -> None:
    await started.send("Nice")
    async with started.page() as page:
        await page.locator(".message.other .bubble").click(button="right")
        await page.get_by_role("menuitem", name="React with 🔥").click()
        await expect(page.locator(".reaction")).to_contain_text("🔥")


async def test_unread_messages_are_counted_in_the_list(started: Stage) -> None:
    channel = next(chat for chat in started.sandbox.world.chats if chat.kind == "channel")
    await started.call("sendMessage", chat_id=channel.id, text="one")
    async with started.page() as page:
        entry = page.locator(f'[data-chat="{channel.id}"]')
        await expect(entry.locator(".unread")).to_have_text("1")
        await started.call("sendMessage", chat_id=channel.id, text="two")
        await expect(entry.locator(".unread")).to_have_text("2")
        await entry.get_by_role("button").click()
        await expect(page.locator(".message .text")).to_have_text(["one", "two"])
        await expect(entry.locator(".unread")).to_be_hidden()
