"""A process is killed while it makes its index anew: the next one completes it, and answers."""

from __future__ import annotations

import re
import signal
import sqlite3
from pathlib import Path

import pytest

from bot.clock import SystemClock
from bot.sandbox.server import serve
from bot.sandbox.state import Sandbox
from tests.support.processes import finished, line_with, start
from tests.support.world import TOKEN, stories, text_of

COUNT = 4_000
"""Four batches: the second process is killed in the first of them."""
LONGEST = 120
"""Seconds for one start, on a machine that has other things to do."""


@pytest.mark.long
@pytest.mark.timeout(300)
async def test_a_kill_while_the_index_is_being_filled_costs_no_story(tmp_path: Path) -> None:
    sandbox = Sandbox(TOKEN, clock=SystemClock())
    reader = sandbox.add_person("Ann", username="ann_reads")
    _write(tmp_path / "articles")
    index = tmp_path / "gazette.db.index"
    async with serve(sandbox) as address:
        env = {"BOT_TOKEN": TOKEN, "BOT_API_URL": address}
        first = await start("run", folder=tmp_path, env=env)
        await line_with(first.stderr, "is running", timeout=LONGEST)
        first.send_signal(signal.SIGINT)
        await finished(first, timeout=LONGEST)
        for left in (index, *tmp_path.glob("gazette.db.index-*")):
            left.unlink(missing_ok=True)

        second = await start("run", folder=tmp_path, env=env)
        await line_with(second.stderr, "the search index is being filled", timeout=LONGEST)
        second.send_signal(signal.SIGKILL)
        await second.wait()
        assert _held(index) < COUNT, "it was killed too late to prove anything"

        third = await start("run", folder=tmp_path, env=env)
        await line_with(third.stderr, "the search index is complete", timeout=LONGEST)
        sandbox.say(reader, reader, f"story {COUNT}")
        answer = await sandbox.wait_for(lambda: sandbox.messages(reader)[1:], timeout=LONGEST)
        assert f"Tea story number {COUNT}" in text_of(answer[0])
        third.send_signal(signal.SIGINT)
        said = await finished(third, timeout=LONGEST)
        assert third.returncode == 0, said
    assert _held(index) == COUNT


def _write(folder: Path) -> None:
    """Write the files by copying one text: to compose each as YAML would take half of the test."""
    (pattern,) = stories(1)
    (folder / pattern.path).parent.mkdir(parents=True)
    for number in range(1, COUNT + 1):
        name, text = (
            re.sub(r"(number.)1\b", rf"\g<1>{number}", one) for one in (pattern.path, pattern.text)
        )
        (folder / name).write_text(text, encoding="utf-8")


def _held(index: Path) -> int:
    with sqlite3.connect(index) as connection:
        (count,) = connection.execute("SELECT coalesce(sum(articles), 0) FROM language").fetchone()
    connection.close()
    return int(count)
