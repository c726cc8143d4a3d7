"""The dozen stories of `tests/stories`, told through the chat page in a real browser.

Whoever reads from the right holds a phone, the others sit at a wide screen.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page

from bot.sandbox.server import serve
from bot.sandbox.state import Sandbox
from bot.sandbox.web import routes
from tests.stories.all import EDITIONS, Edition
from tests.stories.doors import Door
from tests.stories.page_door import WATCH, PageDoor
from tests.stories.telling import HERO
from tests.support.chat_page import PHONE, WIDE

pytestmark = [pytest.mark.browser, pytest.mark.long, pytest.mark.asyncio(loop_scope="session")]

ARABIC = re.compile("[\u0600-\u06ff]")
LINES = """lines => lines.map(line => [line.textContent, getComputedStyle(line).direction])"""


@pytest.mark.parametrize("edition", EDITIONS, ids=str)
async def test_story(edition: Edition, browser: Browser, tmp_path: Path) -> None:
    def page_door(sandbox: Sandbox) -> AbstractAsyncContextManager[Door]:
        return opened(sandbox, browser, from_the_right=edition.runs_from_the_right)

    await edition.tell(tmp_path, through=page_door)


@asynccontextmanager
async def opened(
    sandbox: Sandbox, browser: Browser, *, from_the_right: bool
) -> AsyncIterator[Door]:
    """Open the page as the hero of a story; in the end it must have kept its manners."""
    viewport: Any = PHONE if from_the_right else WIDE
    async with serve(sandbox, extra_routes=routes(sandbox)) as address:
        context = await browser.new_context(
            viewport=viewport, timezone_id="UTC", reduced_motion="reduce"
        )
        await context.add_init_script(WATCH)
        page = await context.new_page()
        page.set_default_timeout(15_000)
        failures: list[str] = []
        page.on("pageerror", lambda error: failures.append(str(error)))
        await page.goto(f"{address}/#{HERO}/{HERO}")
        await page.wait_for_selector(f'#conversation[data-shown="{HERO}/{HERO}"]')
        yield PageDoor(sandbox=sandbox, page=page)
        assert await page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
        if from_the_right:
            await lines_run_from_the_right(page)
        await context.close()
        assert failures == []


async def lines_run_from_the_right(page: Page) -> None:
    """Fail unless each line with Arabic words runs from the right."""
    lines = await page.locator("#conversation .other .line").evaluate_all(LINES)
    arabic = [(words, direction) for words, direction in lines if ARABIC.search(words)]
    assert arabic
    assert {direction for _words, direction in arabic} == {"rtl"}, arabic
