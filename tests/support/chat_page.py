"""A served sandbox with people in it, and a browser to look at its chat page."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import httpx
from PIL import Image
from playwright.async_api import Browser, Page

from bot.sandbox.chats import Person
from bot.sandbox.state import Sandbox

STORY = "https://example.com/tea"
WIDE = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A served sandbox, a reader in it, and a browser to look with."""

    sandbox: Sandbox
    http: httpx.AsyncClient
    ann: Person
    browser: Browser

    @asynccontextmanager
    async def page(self, **options: Any) -> AsyncIterator[Page]:
        """The page as Ann, at her chat with the bot; ends in failure if a script failed."""
        context = await self.browser.new_context(**{"viewport": WIDE, **options})
        page = await context.new_page()
        failures: list[str] = []
        page.on("pageerror", lambda error: failures.append(str(error)))
        await page.goto(f"{self.http.base_url}/#{self.ann.id}/{self.ann.id}")
        yield page
        await context.close()
        assert failures == []

    async def call(self, method: str, **parameters: Any) -> Any:
        """What the bot does."""
        reply = await self.http.post(f"/bot{self.sandbox.world.token}/{method}", json=parameters)
        assert reply.status_code == 200, reply.text
        return reply.json()["result"]

    async def send(self, text: str, **parameters: Any) -> Any:
        return await self.call("sendMessage", chat_id=self.ann.id, text=text, **parameters)

    async def send_photo(self, width: int = 600, height: int = 400, **parameters: Any) -> Any:
        out = BytesIO()
        Image.new("RGB", (width, height), "teal").save(out, "PNG")
        reply = await self.http.post(
            f"/bot{self.sandbox.world.token}/sendPhoto",
            data={"chat_id": str(self.ann.id), **parameters},
            files={"photo": ("tea.png", out.getvalue())},
        )
        assert reply.status_code == 200, reply.text
        return reply.json()["result"]

    async def said(self) -> list[str]:
        """What the bot was told, in order."""
        updates = await self.call("getUpdates")
        return [one["message"]["text"] for one in updates if "text" in one.get("message", {})]
