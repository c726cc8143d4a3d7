"""One browser for all tests, a fresh sandbox for each."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from PIL import Image
from playwright.async_api import Browser, async_playwright

from bot.clock import SystemClock
from bot.sandbox.previews import WebPage
from bot.sandbox.server import serve
from bot.sandbox.state import Sandbox
from bot.sandbox.web import routes
from tests.support.chat_page import STORY, Stage

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def browser() -> AsyncIterator[Browser]:
    if not Path(CHROMIUM).exists():
        pytest.skip(f"no Chromium at {CHROMIUM}")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def stage(browser: Browser, tmp_path: Path) -> AsyncIterator[Stage]:
    Image.new("RGB", (800, 420), "olive").save(tmp_path / "tea.png")
    page = WebPage(
        title="Tea", description="Two cups.", site_name="Example", image="/tea.png", html="<p>Hot"
    )
    sandbox = Sandbox(clock=SystemClock(), web={STORY: page}, site=tmp_path)
    ann = sandbox.add_person("Reader")
    sandbox.add_person("Operator")
    sandbox.add_channel("Tea news", username="tea_news")
    async with (
        serve(sandbox, extra_routes=routes(sandbox)) as address,
        httpx.AsyncClient(base_url=address, trust_env=False) as http,
    ):
        yield Stage(sandbox=sandbox, http=http, ann=ann, browser=browser)


@pytest_asyncio.fixture(loop_scope="session")
async def started(stage: Stage) -> Stage:
    chat = stage.sandbox.world.chats.get(stage.ann.id)
    stage.sandbox.say(stage.ann, chat, "/start")
    return stage
