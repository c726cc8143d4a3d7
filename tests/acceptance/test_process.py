"""The program as a process: what it says and how it ends when things are wrong."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.clock import SystemClock
from bot.sandbox.chats import Chat
from bot.sandbox.server import serve
from bot.sandbox.state import Sandbox
from bot.store.database import Database
from bot.store.deliveries import Deliveries
from bot.store.lock import delivering
from bot.store.migrate import migrate
from tests.support.processes import finished, line_with, start
from tests.support.world import TOKEN, a_story, judge_calls, text_of, write


@dataclass(frozen=True, kw_only=True)
class Place:
    """A folder to run in, and the world that the program talks to."""

    folder: Path
    sandbox: Sandbox
    channel: Chat
    env: dict[str, str]


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    sandbox = Sandbox(TOKEN, clock=SystemClock())
    channel = sandbox.add_channel("News", username="process_news")
    async with serve(sandbox) as address:
        env = {"BOT_TOKEN": TOKEN, "BOT_API_URL": address, "CHANNELS": "@process_news"}
        yield Place(folder=tmp_path, sandbox=sandbox, channel=channel, env=env)
    judge_calls(sandbox)


@pytest.mark.long
async def test_a_missing_folder_is_said_and_the_bot_runs_on(place: Place) -> None:
    process = await start("run", folder=place.folder, env=place.env)
    said = await line_with(process.stderr, "articles cannot be read")
    assert "articles" in said
    await line_with(process.stderr, "is running")
    process.send_signal(signal.SIGINT)
    await finished(process)
    assert process.returncode == 0


@pytest.mark.long
async def test_an_empty_folder_is_said_and_the_bot_runs_on(place: Place) -> None:
    (place.folder / "articles").mkdir()
    process = await start("run", folder=place.folder, env=place.env)
    await line_with(process.stderr, "no articles yet")
    await line_with(process.stderr, "is running")
    process.send_signal(signal.SIGTERM)
    await finished(process)
    assert process.returncode == 0


@pytest.mark.long
async def test_a_post_in_the_quiet_hours_is_previewed_with_a_word_about_them(place: Place) -> None:
    write(place.folder / "articles", [a_story("Late news")])
    env = place.env | {"QUIET_HOURS": "22:00-07:00", "TIMEZONE": "Europe/Lisbon"}
    for at, is_quiet in (("2099-01-05T23:30", True), ("2099-01-05T21:30", False)):
        post = await start("post", "--dry-run", "--at", at, folder=place.folder, env=env)
        said = await finished(post)
        assert post.returncode == 0, said
        assert ("Quiet hours last until 07:00; a post by hand does not wait" in said) is is_quiet


@pytest.mark.long
async def test_a_second_delivering_process_is_refused_and_other_commands_work_beside(
    place: Place,
) -> None:
    write(place.folder / "articles", [a_story("Two at once")])
    first = await start("run", folder=place.folder, env=place.env)
    await line_with(first.stderr, "is running")

    second = await start("run", folder=place.folder, env=place.env)
    said = await finished(second)
    assert second.returncode == 2
    assert "deliver" in said
    assert "Traceback" not in said

    posting = await start("post", "--yes", folder=place.folder, env=place.env)
    said = await finished(posting)
    assert posting.returncode == 0, said
    assert "1 sent" in said
    assert "Two at once" in text_of(place.sandbox.messages(place.channel)[-1])

    checking = await start("check", folder=place.folder, env=place.env)
    said = await finished(checking)
    assert checking.returncode == 0, said

    first.send_signal(signal.SIGINT)
    await finished(first)
    assert first.returncode == 0


@pytest.mark.long
async def test_a_lone_401_stops_everything_and_says_so(place: Place) -> None:
    write(place.folder / "articles", [a_story("Unsent")])
    process = await start("run", folder=place.folder, env=place.env)
    await line_with(process.stderr, "is running")
    place.sandbox.faults.add("401", method="getUpdates", times=1000)
    reader = place.sandbox.add_person("Ann")
    place.sandbox.say(reader, reader, "hello")
    said = await finished(process)
    assert process.returncode == 3, said
    assert "token" in said
    assert TOKEN.partition(":")[2] not in said


@pytest.mark.long
@pytest.mark.parametrize("method", ["sendMessage", "setMyCommands"])
async def test_a_lone_401_on_any_call_stops_everything(place: Place, method: str) -> None:
    write(place.folder / "articles", [a_story("Unsent")])
    place.sandbox.faults.add("401", method=method)
    process = await start("run", folder=place.folder, env=place.env)
    await line_with(process.stderr, "is running")
    reader = place.sandbox.add_person("Ann")
    place.sandbox.say(reader, reader, "hello")
    said = await finished(process)
    assert process.returncode == 3, said
    assert "token" in said


@pytest.mark.long
async def test_a_401_while_the_channels_are_looked_up_stops_everything(place: Place) -> None:
    write(place.folder / "articles", [a_story("Unsent")])
    place.sandbox.faults.add("401", method="getChat")
    process = await start("run", folder=place.folder, env=place.env)
    said = await finished(process)
    assert process.returncode == 3, said
    assert "token" in said
    assert place.sandbox.messages(place.channel) == ()


@pytest.mark.long
async def test_a_wrong_token_is_said_at_the_start(place: Place) -> None:
    process = await start(
        "run", folder=place.folder, env=place.env | {"BOT_TOKEN": "123:not-the-one-here"}
    )
    said = await finished(process)
    assert process.returncode == 3, said
    assert "not-the-one-here" not in said


@pytest.mark.long
async def test_posting_by_hand_needs_a_yes_where_nobody_can_be_asked(place: Place) -> None:
    write(place.folder / "articles", [a_story("Ask first")])
    process = await start("post", folder=place.folder, env=place.env)
    said = await finished(process)
    assert process.returncode == 2
    assert "--yes" in said
    assert place.sandbox.messages(place.channel) == ()


@pytest.mark.long
async def test_a_dry_run_shows_everything_and_sends_nothing(place: Place) -> None:
    write(place.folder / "articles", [a_story("Only look")])
    process = await start("post", "--dry-run", folder=place.folder, env=place.env)
    said = await finished(process)
    assert process.returncode == 0, said
    assert "Only look" in said
    assert "@process_news" in said
    assert place.sandbox.messages(place.channel) == ()


@pytest.mark.long
async def test_the_set_up_is_checked_online(place: Place) -> None:
    write(place.folder / "articles", [a_story("Checked")])
    process = await start("check", "--online", folder=place.folder, env=place.env)
    said = await finished(process)
    assert process.returncode == 0, said
    assert "@process_news: fine" in said

    missing = place.env | {"CHANNELS": "@nobody_has_this"}
    process = await start("check", "--online", folder=place.folder, env=missing)
    said = await finished(process)
    assert process.returncode == 2
    assert "@nobody_has_this" in said


@pytest.mark.long
async def test_the_token_is_in_nothing_that_is_printed(place: Place) -> None:
    write(place.folder / "articles", [a_story("Secret")])
    env = place.env | {"LOG_LEVEL": "DEBUG", "LOG_FORMAT": "json"}
    process = await start("run", folder=place.folder, env=env)
    place.sandbox.faults.add("500", method="getUpdates", times=1)
    said = await line_with(process.stderr, "is running")
    process.send_signal(signal.SIGINT)
    said += await finished(process)
    assert TOKEN.partition(":")[2] not in said


@pytest.mark.long
async def test_a_post_goes_on_in_the_place_of_a_process_that_delivered_and_ended(
    place: Place,
) -> None:
    write(place.folder / "articles", [a_story("In your place")])
    database = Database.open("sqlite:///gazette.db", folder=place.folder)
    await migrate(database)
    async with delivering(database):
        process = await start("post", "--yes", folder=place.folder, env=place.env)
        ledger = Deliveries(database)
        async with asyncio.timeout(30):
            while not await ledger.open_count():
                await asyncio.sleep(0.05)  # only the database knows
        assert place.sandbox.messages(place.channel) == ()
    said = await finished(process)
    await database.close()
    assert process.returncode == 0, said
    assert "Done: 1 sent." in said
    assert "In your place" in text_of(place.sandbox.messages(place.channel)[-1])


@pytest.mark.long
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_start_that_waits_for_telegram_ends_cleanly(
    place: Place, number: signal.Signals
) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # bound and not listening: refused
        address = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        env = place.env | {"BOT_API_URL": address}
        process = await start("run", folder=place.folder, env=env)
        await line_with(process.stderr, "cannot be reached")
        process.send_signal(number)
        said = await finished(process)
    assert process.returncode == 0, said
    assert "Stopped." in said
    assert "Unclosed" not in said
    assert "uncertain" not in said


@pytest.mark.long
async def test_a_stopped_post_says_what_waits(place: Place) -> None:
    write(place.folder / "articles", [a_story("Half way")])
    fault = place.sandbox.faults.add("429", method="sendMessage", retry_after=600)
    process = await start("post", "--yes", folder=place.folder, env=place.env)
    await place.sandbox.wait_for(lambda: fault.hits, timeout=30)
    process.send_signal(signal.SIGINT)
    said = await finished(process)
    assert process.returncode == 0, said
    assert "1 pending" in said
    assert "waits in the database" in said
