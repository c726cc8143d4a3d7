"""The program as a process: Ctrl-C once and twice, and a send that the command line steers."""

from __future__ import annotations

import asyncio
import json
import signal
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.clock import SystemClock
from bot.demo.library import lay_out
from bot.domain.sends import SendId
from bot.domain.subscription import Chat, ChatId, ChatKind, Subscription
from bot.sandbox.chats import Membership, Person
from bot.sandbox.faults import Effect, Fault
from bot.sandbox.server import serve
from bot.sandbox.state import Sandbox
from bot.store.database import Database
from bot.store.migrate import migrate
from bot.store.sends import Sends
from bot.store.subscriptions import Subscriptions
from tests.support.processes import ROOT, finished, line_with, start
from tests.support.terminal import at_a_terminal

pytestmark = pytest.mark.timeout(240)

READERS = 30
IN_FLIGHT = 5
TOKEN = "999:sandbox-token"


@dataclass(frozen=True, kw_only=True)
class Press:
    """A folder with articles and subscribers, and the world that the program talks to."""

    folder: Path
    database: Database
    sandbox: Sandbox
    readers: list[Person]
    env: dict[str, str]

    async def gazette(self, *words: str, **env: str) -> asyncio.subprocess.Process:
        return await start(*words, folder=self.folder, env=self.env | env)

    async def says(self, *words: str) -> str:
        """Run a command to its end; it must succeed."""
        process = await self.gazette(*words)
        said = await finished(process)
        assert process.returncode == 0, said
        return said

    async def counts(self) -> dict[str, int]:
        """Count the messages of the only send by state."""
        send = await Sends(self.database).get(SendId(1), now=datetime.now(UTC))
        assert send is not None
        return {state.value: count for state, count in send.counts.items()}

    def received(self) -> Counter[int]:
        return Counter({one.id: len(self.sandbox.messages(one.id)) for one in self.readers})

    def silence(self) -> Fault:
        """Let the next messages be taken and not answered until they are released."""
        return self.sandbox.faults.add(Effect.SILENT, method="sendMessage", times=None)


@pytest.fixture
async def press(tmp_path: Path) -> AsyncIterator[Press]:
    sandbox = Sandbox(TOKEN, clock=SystemClock())
    readers = [sandbox.add_person(f"Reader {number}") for number in range(READERS)]
    for reader in readers:
        sandbox.chat(reader).bot = Membership(status="member")
    lay_out(ROOT / "seeds", tmp_path / "articles", now=datetime.now(UTC))
    database = Database.open("sqlite:///gazette.db", folder=tmp_path)
    await migrate(database)
    subscriptions = Subscriptions(database)
    for reader in readers:
        chat = Chat(id=ChatId(reader.id), kind=ChatKind.PRIVATE)
        await subscriptions.see_chat(chat, datetime.now(UTC))
        await subscriptions.subscribe(Subscription(chat_id=chat.id), datetime.now(UTC))
    async with serve(sandbox) as address:
        env = {
            "BOT_TOKEN": TOKEN,
            "BOT_API_URL": address,
            "MESSAGES_PER_SECOND": "200",
            "MAX_IN_FLIGHT": str(IN_FLIGHT),
            "UNCERTAIN": "ask",
            "DIGEST_CRON": "0 0 29 2 *",
        }
        yield Press(folder=tmp_path, database=database, sandbox=sandbox, readers=readers, env=env)
    await database.close()


async def until_hit(press: Press, fault: Fault) -> None:
    await press.sandbox.wait_for(lambda: fault.hits == IN_FLIGHT, timeout=40)


@pytest.mark.long
async def test_ctrl_c_ends_with_the_last_call_and_twice_ends_now(press: Press) -> None:
    fault = press.silence()
    posting = await press.gazette("post", "--to", "subscribers", "--yes")
    await until_hit(press, fault)
    posting.send_signal(signal.SIGINT)
    said = await line_with(posting.stderr, "a second Ctrl-C ends at once")
    assert f"Ending when the {IN_FLIGHT} messages under way are settled (at most 45 s)" in said
    press.sandbox.faults.remove(fault)
    said = await finished(posting)
    assert posting.returncode == 0
    assert f"Stopped: {READERS - IN_FLIGHT} pending, {IN_FLIGHT} sent." in said
    assert press.received().total() == IN_FLIGHT, "nothing is claimed after the first Ctrl-C"

    fault = press.silence()
    running = await press.gazette("run")
    await until_hit(press, fault)
    running.send_signal(signal.SIGINT)
    await line_with(running.stderr, "a second Ctrl-C ends at once")
    running.send_signal(signal.SIGINT)
    said = await finished(running)
    assert running.returncode == 0
    assert "Stopped at once" in said
    assert "Traceback" not in said
    assert await press.counts() == {
        "sent": IN_FLIGHT,
        "sending": IN_FLIGHT,  # no call was waited for: after a read timeout they were uncertain
        "pending": READERS - 2 * IN_FLIGHT,
    }
    press.sandbox.faults.remove(fault)

    running = await press.gazette("run")
    await line_with(running.stderr, "is running")
    await press.sandbox.wait_for(lambda: press.received().total() == READERS, timeout=60)
    said = await press.says("sends", "1", "--uncertain", "resend")
    assert f"{IN_FLIGHT} messages will be sent again." in said
    await press.sandbox.wait_for(
        lambda: press.received().total() == READERS + IN_FLIGHT, timeout=30
    )
    running.send_signal(signal.SIGTERM)
    await finished(running)
    assert await press.counts() == {"sent": READERS, "uncertain": IN_FLIGHT}
    assert sorted(press.received().values()) == [1] * (READERS - IN_FLIGHT) + [2] * IN_FLIGHT


@pytest.mark.long
async def test_the_command_line_holds_a_send_of_the_running_bot(press: Press) -> None:
    fault = press.silence()
    running = await press.gazette("run")
    await line_with(running.stderr, "is running")
    posting = await press.gazette("post", "--to", "subscribers", "--yes")
    await until_hit(press, fault)
    assert "Paused." in await press.says("sends", "1", "--pause")
    press.sandbox.faults.remove(fault)
    async with asyncio.timeout(60):
        while "sending" in await press.counts():
            await asyncio.sleep(0.05)  # only the database knows
    running.send_signal(signal.SIGINT)
    await finished(running)
    assert press.received().total() == IN_FLIGHT

    running = await press.gazette("run")  # a pause outlives a restart
    await line_with(running.stderr, "is running")
    listed = json.loads(await press.says("sends", "--json"))["sends"]
    assert [(one["id"], one["state"], one["open"]) for one in listed] == [
        (1, "paused", READERS - IN_FLIGHT)
    ]
    assert press.received().total() == IN_FLIGHT
    said = await press.says("sends", "1", "--resume")
    assert "It goes on" in said
    await press.sandbox.wait_for(lambda: press.received().total() == READERS, timeout=60)
    said = await finished(posting)
    assert f"Done: {READERS} sent." in said
    running.send_signal(signal.SIGINT)
    await finished(running)
    assert set(press.received().values()) == {1}


@pytest.mark.long
async def test_a_cancelled_post_says_so_and_ends(press: Press) -> None:
    fault = press.silence()
    posting = await press.gazette("post", "--to", "subscribers", "--yes")
    await until_hit(press, fault)
    assert "Cancelled." in await press.says("sends", "1", "--cancel")
    press.sandbox.faults.remove(fault)
    said = await finished(posting)
    assert posting.returncode == 0
    assert f"Cancelled: {IN_FLIGHT} sent, {READERS - IN_FLIGHT} cancelled." in said
    process = await press.gazette("sends", "1", "--resume")
    assert "send 1 is cancelled" in await finished(process)
    assert process.returncode == 2


@pytest.mark.long
async def test_a_second_ctrl_c_ends_a_post_now(press: Press) -> None:
    fault = press.silence()
    posting = await press.gazette("post", "--to", "subscribers", "--yes")
    await until_hit(press, fault)
    posting.send_signal(signal.SIGINT)
    await line_with(posting.stderr, "a second Ctrl-C ends at once")
    posting.send_signal(signal.SIGINT)
    said = await finished(posting)
    assert posting.returncode == 0
    assert "Stopped at once" in said
    assert "Traceback" not in said
    assert (await press.counts())["sending"] == IN_FLIGHT
    press.sandbox.faults.remove(fault)


async def test_ctrl_c_at_the_question_of_a_post_is_heard_at_once(press: Press) -> None:
    async with at_a_terminal(press.folder, press.env, "post", "--to", "subscribers") as terminal:
        await terminal.shows("Post it? [y/N]: ")
        terminal.type("maybe\n")
        await terminal.shows("Post it? [y/N]: ", times=2)
        terminal.type("\x03")  # and no Enter
        await terminal.until_closed()
    assert terminal.process.returncode == 0
    assert "Please answer y or n." in terminal.shown
    assert "Stopped. Nothing was sent." in terminal.shown
    assert "Traceback" not in terminal.shown
    assert press.received().total() == 0


@pytest.mark.long
async def test_on_a_terminal_a_post_asks_and_shows_a_bar_with_rate_and_time_left(
    press: Press,
) -> None:
    env = {"MESSAGES_PER_SECOND": "10", "TERM": "xterm", "COLUMNS": "100"}
    async with at_a_terminal(
        press.folder, press.env, "post", "--to", "subscribers", **env
    ) as terminal:
        await terminal.shows("Post it? [y/N]: ")
        terminal.type("y\n")
        await terminal.until_closed()
    text = terminal.shown
    assert "posting" in text
    assert f"{READERS}/{READERS}" in text
    assert "a second" in text
    assert " left" in text
    assert f"Done: {READERS} sent." in text
