"""The demo as a process: its clock jumps, and it is suspended; `run`, whose clock never does."""

from __future__ import annotations

import asyncio
import json
import re
import signal
import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest

from bot.clock import SystemClock
from bot.demo.library import lay_out
from bot.sandbox.server import serve
from bot.sandbox.state import Sandbox
from bot.sandbox.troubles import read_wish
from bot.sandbox.web import routes
from tests.support.processes import ROOT, finished, line_with, start

pytestmark = [pytest.mark.long, pytest.mark.timeout(300)]

OPERATOR = 112
READERS = 8
"""The demo's chats: four channels, three groups, and the reader who subscribes."""
HOUR = timedelta(hours=1)
TOKEN = "999:sandbox-token"

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Demo:
    """A running demo, its own HTTP door, and its ledger to look into."""

    process: asyncio.subprocess.Process
    http: httpx.AsyncClient
    folder: Path

    async def jump(self, effect: str, hours: int) -> None:
        reply = await self.http.post("/sandbox/trouble", json={"effect": effect, "hours": hours})
        assert reply.status_code == 200, reply.text

    async def set_right(self) -> None:
        assert (await self.http.post("/sandbox/calm", json={})).status_code == 200
        shown = (await self.http.get("/sandbox/clock")).json()
        assert shown["now"] == shown["right"]

    async def until(self, found: Callable[[], T], *, seconds: float = 60) -> T:
        """Wait for something that only the ledger tells."""
        async with asyncio.timeout(seconds):
            while not (value := await asyncio.to_thread(found)):
                await asyncio.sleep(0.1)
        return value

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        (path,) = self.folder.glob("gazette-demo-*/gazette.db")
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
            return connection.execute(query).fetchall()

    def digests(self, kind: str) -> int:
        """Count the digests of a kind that were stored."""
        return int(self.rows(f"SELECT count(*) FROM digests WHERE kind = '{kind}'")[0][0])

    def states(self) -> Counter[str]:
        """Count the deliveries by state."""
        return Counter(dict(self.rows("SELECT state, count(*) FROM deliveries GROUP BY state")))

    async def through(self, *, digests: int) -> None:
        """Wait until so many digests of slots were begun and all deliveries have ended."""

        def found() -> bool:
            waiting = self.states().keys() & {"pending", "sending"}
            return self.digests("slot") >= digests and not waiting

        await self.until(found, seconds=90)

    async def asleep(self) -> None:
        """Suspend the process; gives back when the system says so."""
        self.process.send_signal(signal.SIGSTOP)
        stat = Path(f"/proc/{self.process.pid}/stat")
        await self.until(lambda: stat.read_text().rpartition(")")[2].split()[0] == "T")

    async def last_id(self, chat_id: int) -> int:
        """Ask the page for the newest message of a chat."""
        asked = {"me": OPERATOR, "chat": chat_id}
        state = (await self.http.get("/sandbox/state", params=asked)).json()
        return int(state["chat"]["last_id"])


async def test_a_demo_whose_clock_jumps_and_that_is_suspended_loses_and_doubles_nothing(
    tmp_path: Path,
) -> None:
    process = await start("demo", "--port", "0", folder=tmp_path, env={"TMPDIR": str(tmp_path)})
    address = re.search(r"http://\S+", await line_with(process.stdout, "Open http://"))
    assert address is not None
    async with httpx.AsyncClient(base_url=address[0], trust_env=False, timeout=30) as http:
        demo = Demo(process=process, http=http, folder=tmp_path)
        await demo.until(lambda: demo.states()["sent"])
        await demo.jump("clock-ahead", 2)  # in the middle of the first digest
        await demo.through(digests=1)

        await demo.asleep()
        waking = asyncio.create_task(demo.jump("clock-ahead", 3))
        await asyncio.sleep(0.2)  # its request lies in the socket of the process that sleeps
        process.send_signal(signal.SIGCONT)
        await waking
        await demo.until(lambda: len(demo.rows("SELECT 1 FROM slots")) >= 120)

        await demo.set_right()  # five hours back
        await demo.jump("clock-back", 26)
        await demo.set_right()

        said = await line_with(process.stdout, "a story appeared", timeout=120)
        before = demo.digests("slot")
        await demo.jump("clock-ahead", 1)
        await demo.through(digests=before + 1)
        await demo.set_right()

        await nothing_was_lost_or_doubled(demo, new=said.partition(": ")[2].strip())
    process.send_signal(signal.SIGINT)
    said = await finished(process)
    assert process.returncode == 0, said
    assert "Traceback" not in said


async def nothing_was_lost_or_doubled(demo: Demo, *, new: str) -> None:
    assert set(demo.states()) == {"sent"}
    had = demo.rows(
        "SELECT d.chat_id, s.story_key, count(DISTINCT d.digest_id) FROM deliveries d"
        " JOIN digest_stories s ON s.digest_id = d.digest_id AND s.position = d.position"
        " GROUP BY d.chat_id, s.story_key"
    )
    assert {count for *_, count in had} == {1}, "a chat had a story twice"
    stories: dict[int, set[str]] = {}
    for chat, story, _ in had:
        stories.setdefault(chat, set()).add(story)
    assert len(stories) == READERS
    channels = [chat for (chat,) in demo.rows("SELECT id FROM chats WHERE kind = 'channel'")]
    assert len(channels) == 4
    ((key,),) = demo.rows(f"SELECT story_key FROM articles WHERE path = '{new}'")
    for chat in channels:
        assert key in stories[chat]
        assert stories[chat] == stories[channels[0]], "the same wishes bring the same stories"
        ids = [
            number
            for (told,) in demo.rows(f"SELECT message_ids FROM deliveries WHERE chat_id = {chat}")
            for number in json.loads(told)
        ]
        first, last = min(ids), await demo.last_id(chat)
        assert sorted(ids) == list(range(first, last + 1)), "the chat shows what the ledger says"


async def test_run_keeps_its_own_time_whatever_the_server_says(tmp_path: Path) -> None:
    sandbox = Sandbox(TOKEN, clock=SystemClock())
    sandbox.add_channel("News", username="clock_news")
    lay_out(ROOT / "seeds", tmp_path / "articles", now=datetime.now(UTC))
    async with serve(sandbox, extra_routes=routes(sandbox)) as address:
        sandbox.rehearsal.start(read_wish("clock-ahead:hours=48"))
        hour_ago, in_an_hour = (datetime.now(UTC) + HOUR * way for way in (-1, 1))
        env = {
            "BOT_TOKEN": TOKEN,
            "BOT_API_URL": address,
            "CHANNELS": "@clock_news",
            "DIGEST_TIMES": f"{hour_ago:%H:%M},{in_an_hour:%H:%M}",
        }
        process = await start("run", folder=tmp_path, env=env)
        said = await line_with(process.stderr, "The next digest is due at")
        assert f"{in_an_hour:%Y-%m-%d %H:%M} UTC" in said
        process.send_signal(signal.SIGINT)
        await finished(process)
