"""A reader's story told in Arabic through the chat page: the program beside a real browser."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from bot.clock import SystemClock
from bot.rendering.phrases import phrases_in
from bot.sandbox.server import serve
from bot.sandbox.state import Sandbox
from bot.sandbox.web import routes
from tests.support.world import TOKEN, stories, world

pytestmark = [pytest.mark.browser, pytest.mark.long, pytest.mark.asyncio(loop_scope="module")]

# Long, for a browser on a busy machine; what is there at once is not waited for.
expect.set_options(timeout=15_000)

_ = phrases_in("ar")
ARABIC = re.compile("[\u0600-\u06ff]")
DIRECTION = "one => getComputedStyle(one).direction"


def button(message: Locator, english: str) -> Locator:
    """The button that says a text of ours in Arabic."""
    return message.get_by_role("button", name=_(english), exact=True)


async def lines_from_the_right(message: Locator) -> int:
    """Count the lines that hold Arabic words; fails unless each runs from the right."""
    lines = [
        (await line.inner_text(), await line.evaluate(DIRECTION))
        for line in await message.locator(".line").all()
    ]
    arabic = [(words, direction) for words, direction in lines if ARABIC.search(words)]
    assert {direction for _words, direction in arabic} == {"rtl"}, arabic
    return len(arabic)


async def write(page: Page, words: str) -> None:
    box = page.locator("#text")
    await box.fill(words)
    await box.press("Enter")


async def test_an_arabic_reader_from_start_to_a_digest_at_the_page(
    browser: Browser, tmp_path: Path
) -> None:
    sandbox = Sandbox(TOKEN, clock=SystemClock())
    amal = sandbox.add_person("أمل", language_code="ar")
    async with (
        world(tmp_path, articles=stories(3, topic="شاي", age=timedelta(days=1)), sandbox=sandbox),
        serve(sandbox, extra_routes=routes(sandbox)) as address,
    ):
        context = await browser.new_context(viewport={"width": 390, "height": 844})
        page = await context.new_page()
        failures: list[str] = []
        page.on("pageerror", lambda error: failures.append(str(error)))
        await page.goto(f"{address}/#{amal.id}/{amal.id}")
        await page.get_by_role("button", name="Start", exact=True).click()
        messages = page.locator(".message.other")
        hello = messages.first
        await expect(hello).to_contain_text(_("Tap topics to have them first."))
        await hello.get_by_role("button", name="شاي · 3").click()
        await expect(hello).to_contain_text("أنت تتابع شاي")
        await button(hello, "Subscribe").click()
        await expect(page.locator(".toast")).to_contain_text(_("Subscribed."))
        done = messages.nth(1)
        await expect(done).to_contain_text("ستصلك النشرة")
        digest = page.locator(".message.other", has_text="شاي story number 2")
        await expect(digest).to_contain_text(_("yesterday"))
        await expect(digest.locator(".line").first).to_contain_text("Gazette · ")
        assert await lines_from_the_right(digest) > 3, "its head with a Latin name among them"
        assert await lines_from_the_right(hello) > 2
        label = button(done, "When shall it come?").locator(".label")
        assert await label.evaluate(DIRECTION) == "rtl"
        # The panel is shaped by taps and stays one message.
        await write(page, "/settings")
        panel = messages.nth(3)
        await expect(panel).to_contain_text(_("Settings"))
        await button(panel, "Times").click()
        await panel.get_by_role("button", name="21:00", exact=True).click()
        await expect(panel).to_contain_text("21:00 · كل يوم")
        await button(panel, "◀ Back").click()
        await button(panel, "Size and layout").click()
        await panel.get_by_role("button", name="3", exact=True).click()
        await expect(panel.get_by_role("button", name="✓ 3", exact=True)).to_be_visible()
        await expect(messages).to_have_count(4)
        assert await lines_from_the_right(panel) > 3
        assert await page.evaluate("document.documentElement.scrollWidth") <= 390
        await context.close()
        assert failures == []
