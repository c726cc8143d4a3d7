"""A served sandbox and a caller who plays the bot."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from bot.sandbox.chats import Person
from bot.sandbox.previews import WebPage
from bot.sandbox.server import serve
from bot.sandbox.state import Sandbox

TOKEN = "999:sandbox-token"


class ManualClock:
    """Stands still until it is moved; sleeping moves it."""

    def __init__(self) -> None:
        self._now = datetime(2026, 11, 22, 18, tzinfo=UTC)
        self.slept: list[float] = []

    def now(self) -> datetime:
        return self._now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.move(seconds=seconds)
        await asyncio.sleep(0)

    def move(self, **by: float) -> None:
        self._now += timedelta(**by)


@dataclass(frozen=True, slots=True)
class Reply:
    """What the Bot API answered."""

    status: int
    body: dict[str, Any]
    headers: httpx.Headers

    @property
    def result(self) -> Any:
        assert self.status == 200, self.body
        return self.body["result"]

    @property
    def error(self) -> str:
        """The description of a 400 without its prefix."""
        assert self.status == 400, self.body
        return str(self.body["description"]).removeprefix("Bad Request: ")


class Api:
    """Calls methods as the bot does."""

    def __init__(self, http: httpx.AsyncClient, address: str) -> None:
        self.http = http
        self.address = address

    async def __call__(self, method: str, **parameters: Any) -> Reply:
        return self.read(await self.http.post(f"/bot{TOKEN}/{method}", json=parameters))

    async def form(self, method: str, files: Any = None, **fields: Any) -> Reply:
        path = f"/bot{TOKEN}/{method}"
        return self.read(await self.http.post(path, data=fields, files=files))

    async def updates(self, **parameters: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self("getUpdates", **parameters)).result
        return found

    @staticmethod
    def read(reply: httpx.Response) -> Reply:
        return Reply(reply.status_code, reply.json(), reply.headers)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder with pictures, good and bad."""
    assets = tmp_path / "site" / "assets"
    assets.mkdir(parents=True)
    for name, size in (
        ("tea.png", (60, 40)),
        ("wide.jpg", (1600, 900)),
        ("ribbon.png", (2100, 100)),
    ):
        Image.new("RGB", size, "teal").save(assets / name)
    (assets / "lie.png").write_text("<html>no picture</html>")
    (tmp_path / "secret.png").write_bytes(b"outside")
    return tmp_path / "site"


@pytest.fixture
def sandbox(clock: ManualClock, site: Path) -> Sandbox:
    page = WebPage(title="Tea", description="Two cups.", image="/assets/tea.png", html="<p>Tea</p>")
    return Sandbox(clock=clock, web={"https://example.com/tea": page}, site=site)


@pytest.fixture
async def api(sandbox: Sandbox) -> AsyncIterator[Api]:
    async with serve(sandbox) as address, client(address) as http:
        yield Api(http, address)


def client(address: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=address, trust_env=False, verify=False, timeout=10)


@pytest.fixture
def ann(sandbox: Sandbox) -> Person:
    """Somebody who pressed Start, with the update already confirmed."""
    person = sandbox.add_person("Ann", user_id=111, username="ann")
    sandbox.say(person, person, "/start")
    sandbox.world.updates.forget()
    return person
