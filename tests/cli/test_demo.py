"""`gazette demo`, as a newcomer types it, also with a clock one year ahead."""

from __future__ import annotations

import asyncio
import re
import signal
import socket
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from bot.cli.main import app, main
from bot.sandbox.troubles import TROUBLES
from tests.support.processes import ROOT, finished, line_with, start

ONE_YEAR_AHEAD = """
import datetime, sys, time_machine
ahead = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=365)
time_machine.travel(ahead, tick=True).start()
from bot.cli.main import main
sys.argv = ["gazette", "demo", "--once"]
main()
"""


async def test_once_posts_one_digest_and_prints_it(tmp_path: Path) -> None:
    process = await start("demo", "--once", folder=tmp_path)
    said = await finished(process)
    assert process.returncode == 0, said
    assert said.count("── posted to Gazette Daily") == 1
    assert "Two-tailed comet" in said


@pytest.mark.long
async def test_once_works_with_a_clock_one_year_ahead(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", ONE_YEAR_AHEAD),
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    said = await finished(process)
    assert process.returncode == 0, said
    ahead = datetime.now(UTC) + timedelta(days=365)
    days = {f"{day:%A} {day.day} {day:%B}" for day in (ahead, ahead + timedelta(minutes=5))}
    assert any(day in said for day in days), said


async def test_the_demo_posts_within_ten_seconds_and_ends_cleanly(tmp_path: Path) -> None:
    process = await start("demo", "--port", "0", folder=tmp_path)
    line = await line_with(process.stdout, "Open http://")
    address = re.search(r"http://\S+", line)
    assert address is not None
    async with httpx.AsyncClient(base_url=address[0], trust_env=False) as client:
        page = await client.get("/")
        assert page.status_code == 200
        async with asyncio.timeout(10), client.stream("GET", "/sandbox/events") as events:
            async for _ in events.aiter_lines():
                if await _have_digests(client, {"Gazette Daily", "Gazette"}):
                    break
    process.send_signal(signal.SIGINT)
    said = await finished(process)
    assert process.returncode == 0, said
    assert "Traceback" not in said


async def _have_digests(client: httpx.AsyncClient, titles: set[str]) -> bool:
    """Tell whether the last message in each of these chats is a digest."""
    state = (await client.get("/sandbox/state", params={"me": 111})).json()
    last = {chat["title"]: str(chat["last"]) for chat in state["chats"]}
    return all("Gazette ·" in last.get(title, "") for title in titles)


@pytest.mark.long
async def test_once_carries_its_digest_through_trouble(tmp_path: Path) -> None:
    faults = ("--fault", "429:chat=@gazette_demo:retry=1", "--fault", "cut-before")
    process = await start("demo", "--once", *faults, folder=tmp_path)
    said = await finished(process)
    assert process.returncode == 0, said
    assert said.count("── posted to Gazette Daily") == 1


def test_faults_that_are_not_understood_are_named_together(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["demo", "--fault", "earthquake", "--fault", "502:retry=2", "--fault", "429"])
    assert caught.value.code == 2
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 2
    assert told[0].startswith("gazette: --fault earthquake: 'earthquake' is no effect: 429,")
    assert told[1] == "gazette: --fault 502:retry=2: 502 takes no retry"


@pytest.mark.long
async def test_a_fault_in_a_chat_that_is_not_there_names_those_that_are(tmp_path: Path) -> None:
    process = await start("demo", "--once", "--fault", "429:chat=moon", folder=tmp_path)
    said = await finished(process)
    assert process.returncode == 2, said
    assert "there is no chat 'moon'; there are Reader (111), Operator (112)" in said
    assert "Traceback" not in said


def test_the_help_lists_every_effect() -> None:
    told = " ".join(CliRunner().invoke(app, ["demo", "--help"]).output.split())
    for trouble in TROUBLES.values():
        assert f"{trouble.name}: " in told or f"{trouble.name} (" in told
        assert trouble.says in told


@pytest.mark.long
async def test_a_taken_port_is_said_with_the_flag_that_changes_it(tmp_path: Path) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = str(holder.getsockname()[1])
        process = await start("demo", "--port", port, folder=tmp_path)
        said = await finished(process)
    assert process.returncode == 2
    assert f"port {port} is taken" in said
    assert "--port" in said
    assert "Traceback" not in said
