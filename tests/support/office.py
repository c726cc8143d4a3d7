"""A post office: the real courier, ledger and transport in the sandbox, with a clock to move."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bot.domain.delivery import State, UncertainPolicy
from bot.domain.digest import Digest
from bot.domain.message import Message
from bot.domain.pacing import Limits
from bot.domain.subscription import Chat, ChatId, ChatKind
from bot.gateway.application import Listeners, Telegram
from bot.gateway.messenger import TelegramMessenger
from bot.gateway.pace import PacedCalls
from bot.gateway.photos import Pictures
from bot.gateway.transport import READ_TIMEOUT
from bot.ledger import Ledger
from bot.publishing.courier import Courier, Policy
from bot.publishing.notices import Buttons, Notices
from bot.publishing.purse import Purse
from bot.rendering.phrases import ENGLISH, Saying
from bot.sandbox.chats import Chat as SandboxChat
from bot.sandbox.chats import Person
from bot.sandbox.server import serve
from bot.sandbox.state import Sandbox
from bot.store.database import Database
from bot.store.digest_rows import NewDigest
from bot.store.migrate import migrate
from bot.store.schema import deliveries as table
from tests.support.gallery import Gallery, Memory, png

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
GENEROUS = Limits(
    per_second=10_000,
    burst=10_000,
    private_per_second=1000,
    private_burst=1000,
    shared_per_minute=60_000,
    shared_burst=1000,
)


class MovedClock:
    """Stands still until it is moved; who sleeps on it wakes when it has been moved far enough."""

    def __init__(self) -> None:
        self._now = NOON
        self._moved = asyncio.Event()

    def now(self) -> datetime:
        return self._now

    def time(self) -> float:
        return self._now.timestamp()

    async def sleep(self, seconds: float) -> None:
        end = self._now + timedelta(seconds=seconds)
        while self._now < end:
            await self._moved.wait()

    def move(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)
        self._moved.set()
        self._moved = asyncio.Event()


@dataclass(kw_only=True)
class Office:
    """The courier at work, its ledger, and the people in the sandbox."""

    sandbox: Sandbox
    ledger: Ledger
    clock: MovedClock
    gallery: Gallery
    memory: Memory
    ann: Person
    ben: Person
    group: SandboxChat
    pace: PacedCalls
    told: list[str] = field(default_factory=list)
    disabled: list[str] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    courier: Courier = field(init=False)
    running: asyncio.Task[None] = field(init=False)
    hire: Callable[[], Courier] = field(init=False)

    async def restart(self, meanwhile: Callable[[], Awaitable[None]]) -> None:
        """Let the courier end, and another begin after what happens meanwhile."""
        self.courier.stop()
        await self.running
        await meanwhile()
        self.courier = self.hire()
        self.running = asyncio.create_task(self.courier.run())

    async def post(self, *messages: Message, to: Iterable[int]) -> None:
        """Store a digest of these messages for chats."""
        for chat in to:
            kind = ChatKind.PRIVATE if chat > 0 else ChatKind.SUPERGROUP
            now = self.clock.now()
            await self.ledger.subscriptions.see_chat(Chat(id=ChatId(chat), kind=kind), now)
        digest = Digest(items=(), messages=messages)
        recipients = tuple((ChatId(chat), 0) for chat in to)
        new = NewDigest(digest=digest, recipients=recipients)
        await self.ledger.digests.store([new], now=self.clock.now())
        self.courier.wake()

    async def states(self, chat: int) -> list[str]:
        """Give the states of a chat's rows, in the order of the ledger."""
        query = sa.select(table.c.state).where(table.c.chat_id == chat).order_by(table.c.id)
        async with self.ledger.database.reading() as connection:
            return list(await connection.scalars(query))

    async def reasons(self, chat: int) -> list[str | None]:
        """Give the reasons of a chat's rows."""
        query = sa.select(table.c.reason).where(table.c.chat_id == chat).order_by(table.c.id)
        async with self.ledger.database.reading() as connection:
            return list(await connection.scalars(query))

    async def until_states(self, chat: int, *wanted: State) -> None:
        """Wait until a chat's rows are in these states."""
        values = [one.value for one in wanted]
        async with asyncio.timeout(10):
            while True:
                self.changed.clear()
                if await self.states(chat) == values:
                    return
                await self.changed.wait()

    async def done(self) -> None:
        """Wait until every row is final."""
        async with asyncio.timeout(20):
            while True:
                self.changed.clear()
                if not await self.ledger.deliveries.open_count():
                    return
                await self.changed.wait()

    async def until_disabled(self) -> str:
        """Wait until the courier has found that nothing can be sent, and tell why."""
        async with asyncio.timeout(10):
            while not self.disabled:
                self.changed.clear()
                await self.changed.wait()
        return self.disabled[0]

    def disable(self, why: str) -> None:
        """Hear that nothing can be sent."""
        self.disabled.append(why)
        self.changed.set()

    def shown(self, chat: int) -> list[dict[str, Any]]:
        """Give the messages that a chat shows of the bot, oldest first."""
        return [dict(one) for one in self.sandbox.messages(chat) if "Hello" not in str(one)]


_templates: list[bytes] = []


async def _empty_ledger() -> bytes:
    """Give an SQLite file with all tables; to migrate it anew for each test would take longer."""
    if not _templates:
        with tempfile.TemporaryDirectory() as folder:
            database = Database.open("sqlite:///office.db", folder=Path(folder))
            await migrate(database)
            await database.close()
            _templates.append((Path(folder) / "office.db").read_bytes())
    return _templates[0]


@contextlib.asynccontextmanager
async def office(
    folder: Path,
    *,
    limits: Limits = GENEROUS,
    stars_a_day: int = 0,
    uncertain: UncertainPolicy = UncertainPolicy.RESEND,
    pace_on_clock: bool = True,
    read_timeout: float = READ_TIMEOUT,
    policy: Callable[[Policy], Policy] = lambda one: one,
) -> AsyncIterator[Office]:
    """Open an office with a courier at work; it ends when its calls are settled."""
    clock = MovedClock()
    sandbox = Sandbox(clock=clock)
    ann, ben = sandbox.add_person("Ann"), sandbox.add_person("Ben")
    group = sandbox.add_group("Group", administrators=(ann,))
    for person in (ann, ben):
        sandbox.say(person, person, "Hello")
    (folder / "office.db").write_bytes(await _empty_ledger())
    database = Database.open("sqlite:///office.db", folder=folder)
    ledger = Ledger.on(database)
    gallery, memory = Gallery({"assets/a.png": png()}), Memory()
    async with serve(sandbox) as address:
        listeners = Listeners(on_conflict=print, on_disabled=print)
        line = Telegram(
            "999:sandbox-token", api_url=address, listeners=listeners, read_timeout=read_timeout
        )
        await line.start()
        pace = (
            PacedCalls(limits, time=clock.time, sleep=clock.sleep)
            if pace_on_clock
            else PacedCalls(limits)
        )
        purse = Purse(stars_a_day=stars_a_day, deliveries=ledger.deliveries, clock=clock)
        pace.may_pay = purse.take
        opened = Office(
            sandbox=sandbox,
            ledger=ledger,
            clock=clock,
            gallery=gallery,
            memory=memory,
            ann=ann,
            ben=ben,
            group=group,
            pace=pace,
        )
        notices = Notices(clock=clock)

        async def tell(text: Saying, _buttons: Buttons) -> None:
            opened.told.append(text(ENGLISH))

        notices.connect(tell)
        opened.hire = lambda: Courier(
            deliveries=ledger.deliveries,
            digests=ledger.digests,
            messenger=TelegramMessenger(line.bot, pictures=Pictures(source=gallery, store=memory)),
            permits=pace,
            notices=notices,
            clock=clock,
            policy=policy(Policy(owner="office", uncertain=uncertain)),
            on_disabled=opened.disable,
            on_settled=lambda _: opened.changed.set(),
            purse=purse,
        )
        opened.courier = opened.hire()
        clock.move(5)  # the pace begins with a full bucket
        opened.running = asyncio.create_task(opened.courier.run())
        try:
            yield opened
        finally:
            opened.courier.stop()
            await opened.running
            pace.close()
            await line.close()
            await database.close()
