"""A process is killed in the middle of a digest: every chat has it, doubled only where named."""

from __future__ import annotations

import signal
import sqlite3
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.clock import SystemClock
from bot.demo.library import lay_out
from bot.domain.subscription import Chat, ChatId, ChatKind, Subscription
from bot.sandbox.chats import Membership
from bot.sandbox.server import serve
from bot.sandbox.state import Sandbox
from bot.store.database import Database
from bot.store.migrate import migrate
from bot.store.subscriptions import Subscriptions
from tests.support.processes import ROOT, finished, line_with, start

READERS = 200
TOKEN = "999:sandbox-token"


@pytest.mark.parametrize(
    "kill_at",
    [pytest.param(1, marks=pytest.mark.long), 40, pytest.param(150, marks=pytest.mark.long)],
)
async def test_a_kill_in_the_middle_loses_nothing_and_names_what_it_doubled(
    tmp_path: Path, kill_at: int
) -> None:
    sandbox = Sandbox(TOKEN, clock=SystemClock())
    readers = [sandbox.add_person(f"Reader {number}") for number in range(READERS)]
    for reader in readers:
        sandbox.chat(reader).bot = Membership(status="member")
    lay_out(ROOT / "seeds", tmp_path / "articles", now=datetime.now(UTC))
    await _subscribe(tmp_path, [ChatId(reader.id) for reader in readers])

    def received() -> Counter[int]:
        return Counter({r.id: len(sandbox.messages(r.id)) for r in readers})

    async with serve(sandbox) as address:
        env = {
            "BOT_TOKEN": TOKEN,
            "BOT_API_URL": address,
            "MESSAGES_PER_SECOND": "200",
            "MAX_IN_FLIGHT": "30",
        }
        first = await start("post", "--to", "subscribers", "--yes", folder=tmp_path, env=env)
        await sandbox.wait_for(lambda: received().total() >= kill_at, timeout=30)
        first.send_signal(signal.SIGKILL)
        await first.wait()
        assert received().total() < READERS, "it was killed too late to prove anything"

        second = await start("run", folder=tmp_path, env=env)
        await line_with(second.stderr, "is running")
        await sandbox.wait_for(lambda: all(received()[reader.id] for reader in readers), timeout=30)
        second.send_signal(signal.SIGINT)
        said = await finished(second)
        assert second.returncode == 0, said

    states = _states(tmp_path / "gazette.db")
    assert set(states) <= {"sent", "uncertain"}
    assert states["sent"] == READERS
    assert states["uncertain"] <= 30
    doubled = {chat for chat, number in received().items() if number > 1}
    assert all(received()[chat] == 2 for chat in doubled)
    assert doubled <= _uncertain_chats(tmp_path / "gazette.db")


async def _subscribe(folder: Path, chats: list[ChatId]) -> None:
    database = Database.open("sqlite:///gazette.db", folder=folder)
    await migrate(database)
    subscriptions = Subscriptions(database)
    now = datetime.now(UTC)
    for chat_id in chats:
        await subscriptions.see_chat(Chat(id=chat_id, kind=ChatKind.PRIVATE), now)
        await subscriptions.subscribe(Subscription(chat_id=chat_id), now)
    await database.close()


def _states(database: Path) -> Counter[str]:
    with sqlite3.connect(database) as connection:
        return Counter(state for (state,) in connection.execute("SELECT state FROM deliveries"))


def _uncertain_chats(database: Path) -> set[int]:
    with sqlite3.connect(database) as connection:
        rows = connection.execute("SELECT chat_id FROM deliveries WHERE state = 'uncertain'")
        return {chat_id for (chat_id,) in rows}
