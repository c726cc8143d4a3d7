"""`gazette stats` beside a running bot: what it counts is what happened."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.world import stories, text_of, world

ROOT = Path(__file__).parents[2]


async def gazette(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command in another process, as an operator does beside the bot."""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    return await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "bot", *words],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )


@pytest.mark.long
async def test_what_is_counted_is_what_happened(tmp_path: Path) -> None:
    async with world(tmp_path, articles=stories(2)) as w:
        ben, cleo = w.sandbox.add_person("Ben"), w.sandbox.add_person("Cleo")
        for person in (w.reader, ben, cleo):
            await w.ask(person, "/subscribe tea")
            await w.until(lambda person=person: len(w.ours(person)) == 2)  # type: ignore[misc]
        await w.settled()
        question = await w.ask(w.reader, "tea")
        await w.forge(w.reader, w.reader, question["message_id"], "1:n")
        await w.inline(w.reader, "tea")
        await w.ask(ben, "/unsubscribe")
        forget = await w.ask(cleo, "/forget")
        await w.tap(cleo, forget, (0, 0))
        await w.until(lambda: "Erased" in text_of(w.shown(forget)))
        await w.gazette.tally.write()

        printed = await gazette(tmp_path, "stats", "--json", "--days", "7")
        assert printed.returncode == 0, printed.stderr
        found: dict[str, Any] = json.loads(printed.stdout)
        assert found["readers"] == {"private": {"awake": 1}}
        assert (found["new"], found["gone"], found["forgotten"]) == (1, 1, 1)
        assert found["asleep_since"] == 0
        assert found["sends"] == {"first": 3}
        assert found["deliveries"] == {"sent": 3}
        assert [one["chats"] for one in found["stories"]] == [3, 3]
        assert found["stories"][0]["title"] == "Tea story number 1"
        assert found["asked"] == {"inline": 1, "messages": 6, "questions": 1, "taps": 2}
        assert found["topics"] == [["Tea", 1]]
        assert found["muted"] == []

        told = (await gazette(tmp_path, "stats")).stdout
        assert "1 person" in told
        assert "In the last 30 days" in told
        assert "3 Tea story number 1" in told


@pytest.mark.long
async def test_without_a_database_none_is_made(tmp_path: Path) -> None:
    done = await gazette(tmp_path, "stats")
    assert (done.returncode, list(tmp_path.iterdir())) == (2, [])
    assert "there is no database" in done.stderr
