"""`@bot words` on the chat page in a real browser; the test plays the bot."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
from playwright.async_api import Locator, Page, expect

from tests.support.chat_page import PHONE, STORY, Stage

pytestmark = [pytest.mark.browser, pytest.mark.long, pytest.mark.asyncio(loop_scope="session")]

expect.set_options(timeout=15_000)

PAGE_SIZE = 20
BOT = "gazette_demo_bot"


def results(words: str, offset: str, picture: str) -> list[dict[str, Any]]:
    """Twenty stories whose titles say what was asked; nothing for nonsense."""
    if words == "nonsense":
        return []
    first = (int(offset or 1) - 1) * PAGE_SIZE
    return [
        {
            "type": "article",
            "id": f"{number:012x}",
            "title": f"Story {number} on {words or 'what is hot'}",
            "description": f"The Paper · today · What story {number} is about. " * 4,
            "thumbnail_url": picture,
            "input_message_content": {
                "message_text": f"Posted story {number}",
                "link_preview_options": {"url": STORY},
            },
            "reply_markup": {"inline_keyboard": [[{"text": "Read", "url": STORY}]]},
        }
        for number in range(first + 1, first + PAGE_SIZE + 1)
    ]


class Bot:
    """Answers inline queries and writes down what it was asked."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self.asked: list[tuple[str, str]] = []

    async def run(self) -> None:
        offset = 0
        while True:
            updates = await self._stage.call("getUpdates", offset=offset, timeout=30)
            for update in updates:
                offset = update["update_id"] + 1
                if "inline_query" in update:
                    await self._answer(update["inline_query"])

    async def _answer(self, query: dict[str, Any]) -> None:
        words, offset = query["query"], query["offset"]
        self.asked.append((words, offset))
        page = int(offset or 1)
        found = results(words, offset, f"{self._stage.http.base_url}/tea.png")
        await self._stage.call(
            "answerInlineQuery",
            inline_query_id=query["id"],
            results=found,
            next_offset=str(page + 1) if found and page < 3 else "",
            button={
                "text": "Open Gazette" if found else "Nothing found, ask me here",
                "start_parameter": "hot",
            },
        )


@asynccontextmanager
async def answering(stage: Stage) -> AsyncIterator[Bot]:
    bot = Bot(stage)
    running = asyncio.create_task(bot.run())
    yield bot
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


def panel(page: Page) -> Locator:
    return page.locator("#inline")


async def test_typing_shows_results_and_a_click_sends_one(started: Stage) -> None:
    async with answering(started) as bot, started.page() as page:
        box = page.get_by_label("Message", exact=True)
        await box.fill(f"@{BOT}")
        await expect(panel(page)).to_be_hidden()
        await box.type(" ")
        await expect(page.get_by_role("option").first).to_contain_text("Story 1 on what is hot")
        await box.type("tea")
        await expect(page.get_by_role("option").first).to_contain_text("Story 1 on tea")
        first = page.get_by_role("option").first
        await expect(first).to_contain_text("The Paper · today")
        picture = first.locator("img")
        await expect(picture).to_be_visible()
        assert await picture.evaluate("image => image.naturalWidth") > 0
        await page.get_by_text("Story 3 on tea").click()
        posted = page.locator(".message.own").last
        await expect(posted.locator(".text")).to_have_text("Posted story 3")
        await expect(posted.locator(".via")).to_have_text(f"via @{BOT}")
        await expect(posted.get_by_role("link", name="Read")).to_be_visible()
        await expect(posted.locator(".preview img")).to_be_visible()
        await expect(panel(page)).to_be_hidden()
        await expect(box).to_have_value("")
        assert bot.asked[0] == ("", "")
        assert bot.asked[-1] == ("tea", "")


async def test_scrolling_to_the_end_asks_for_the_next_page(started: Stage) -> None:
    async with answering(started) as bot, started.page() as page:
        await page.get_by_label("Message", exact=True).fill(f"@{BOT} tea")
        options = page.get_by_role("option")
        for count in (20, 40, 60):
            await expect(options).to_have_count(count)
            await options.last.scroll_into_view_if_needed()
        await expect(options.last).to_contain_text("Story 60 on tea")
        await options.last.click()
        await expect(page.locator(".message.own .text").last).to_have_text("Posted story 60")
        assert bot.asked == [("tea", ""), ("tea", "2"), ("tea", "3")]


async def test_keys_choose_and_escape_closes(started: Stage) -> None:
    async with answering(started), started.page() as page:
        box = page.get_by_label("Message", exact=True)
        await box.fill(f"@{BOT} tea")
        options = page.get_by_role("option")
        await expect(options).to_have_count(20)
        await box.press("ArrowDown")
        await expect(options.nth(1)).to_have_attribute("aria-selected", "true")
        await expect(box).to_have_attribute("aria-activedescendant", "inline-1")
        await box.press("Enter")
        await expect(page.locator(".message.own .text").last).to_have_text("Posted story 2")
        await box.fill(f"@{BOT} cups")
        await expect(options.first).to_contain_text("on cups")
        await box.press("Escape")
        await expect(panel(page)).to_be_hidden()
        await expect(box).to_have_value(f"@{BOT} cups")
        await box.type(" two")
        await expect(options.first).to_contain_text("on cups two")


async def test_enter_never_sends_what_is_still_being_looked_up(started: Stage) -> None:
    async with started.page() as page:  # nobody answers
        box = page.get_by_label("Message", exact=True)
        await box.fill(f"@{BOT} tea")
        await box.press("Enter")
        await expect(box).to_have_value(f"@{BOT} tea")
        await started.sandbox.wait_for(lambda: started.sandbox.inline_answers)
        assert [one["text"] for one in started.sandbox.messages(started.ann)] == ["/start"]


async def test_nothing_found_leads_to_the_bot(started: Stage) -> None:
    channel = started.sandbox.add_channel("My notes", administrators=[started.ann])
    async with answering(started), started.page() as page:
        await page.goto(f"{started.http.base_url}/#{started.ann.id}/{channel.id}")
        await expect(page.locator("#pane-title")).to_have_text("My notes")
        await page.get_by_label("Message", exact=True).fill(f"@{BOT} nonsense")
        await page.get_by_role("button", name="Nothing found, ask me here").click()
        await expect(page.locator("#pane-title")).to_have_text("Gazette")
        await expect(page.locator(".message.own .text").last).to_have_text("/start hot")


async def test_a_switch_button_begins_the_query_here_or_in_another_chat(started: Stage) -> None:
    group = started.sandbox.add_group("Friends", members=[started.ann], with_bot=False)
    rows = [
        [{"text": "Here", "switch_inline_query_current_chat": "tea"}],
        [{"text": "Share", "switch_inline_query": "cups"}],
    ]
    await started.send("Look", reply_markup={"inline_keyboard": rows})
    async with answering(started), started.page() as page:
        box = page.get_by_label("Message", exact=True)
        await page.get_by_role("button", name="Here").click()
        await expect(box).to_have_value(f"@{BOT} tea")
        await expect(page.get_by_role("option").first).to_contain_text("on tea")
        await box.fill("")
        await expect(panel(page)).to_be_hidden()
        await page.get_by_role("button", name="Share").click()
        picker = page.get_by_role("dialog")
        # The channel is not offered: only its administrators write there.
        await expect(picker.locator(".chat-line")).to_have_count(2)
        await picker.get_by_text("Friends").click()
        await expect(page.locator("#pane-title")).to_have_text("Friends")
        await expect(box).to_have_value(f"@{BOT} cups")
        await page.get_by_text("Story 1 on cups").click()
        await expect(page.locator(".message.own .text")).to_have_text("Posted story 1")
        assert started.sandbox.messages(group)[-1]["text"] == "Posted story 1"


async def test_a_tap_on_the_via_line_begins_the_next_query(started: Stage) -> None:
    async with answering(started), started.page() as page:
        box = page.get_by_label("Message", exact=True)
        await box.fill(f"@{BOT} tea")
        await page.get_by_text("Story 1 on tea").click()
        await page.locator(".via [data-say]").click()
        await expect(box).to_have_value(f"@{BOT} ")
        await expect(page.get_by_role("option").first).to_contain_text("what is hot")


async def test_on_a_phone_the_panel_fits_and_leaves_the_chat_in_sight(started: Stage) -> None:
    async with answering(started), started.page(viewport=PHONE) as page:
        await page.get_by_label("Message", exact=True).fill(f"@{BOT} tea")
        await expect(page.get_by_role("option")).to_have_count(20)
        box = await panel(page).bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["width"] <= PHONE["width"]
        assert box["y"] >= PHONE["height"] / 3
        assert await page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
