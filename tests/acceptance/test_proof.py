"""The proof of the guarantee: killed, cut off, throttled and cramped, the program loses nothing.

The real program delivers a digest to many chats while it is killed at random moments and the
server fails at random calls. In the end every chat that should has every message, in order, and
who has one twice is named by a row in `uncertain`. PROOF_RUNS says how often it is killed in the
long form, PROOF_SEED repeats a run.
"""

from __future__ import annotations

import asyncio
import os
import random
import resource
import signal
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.engine.interfaces import DBAPIConnection

from bot.clock import SystemClock
from bot.demo.library import lay_out
from bot.domain.pacing import Limits
from bot.domain.subscription import Chat, ChatId, ChatKind, Layout, Subscription
from bot.errors import StoreError
from bot.parts import Options
from bot.publishing.slots import TAKEN_FOR
from bot.sandbox.chats import Membership, Person
from bot.sandbox.server import serve
from bot.sandbox.state import Sandbox
from bot.store.database import Database
from bot.store.migrate import migrate
from bot.store.subscriptions import Subscriptions
from tests.support.processes import ROOT, finished, line_with, start
from tests.support.world import TOKEN, World, stories, world

IN_FLIGHT = 30
KILLS = int(os.environ.get("PROOF_RUNS", "100"))
SEED = os.environ.get("PROOF_SEED", "17")
CUTS = ("cut-after", "cut-before", "malformed", "502")
"""Answers after which nobody knows whether the message arrived, or that never left us."""
BRISK = Limits(
    per_second=400, burst=40, private_burst=1000, shared_per_minute=1000, shared_burst=1000
)
Digest = tuple[str, ...]


@dataclass(kw_only=True)
class Post:
    """What the readers have received, counted as it comes."""

    sandbox: Sandbox
    readers: tuple[Person, ...]
    received: Counter[int] = field(default_factory=Counter)
    _came: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def total(self) -> int:
        return self.received.total()

    async def count(self) -> None:
        """Count for ever; belongs into a task."""
        ours = {reader.id for reader in self.readers}
        async for change in self.sandbox.changes():
            if change.type == "message" and change.chat_id in ours:
                self.received[change.chat_id or 0] += 1
                self._came.set()

    async def reaches(self, total: int) -> None:
        """Wait until so many messages have come in all."""
        while self.total < total:
            self._came.clear()
            await self._came.wait()


@asynccontextmanager
async def post_office(readers: int) -> AsyncIterator[tuple[Post, str]]:
    """A served sandbox whose readers have all pressed Start, and what counts their post."""
    sandbox = Sandbox(TOKEN, clock=SystemClock())
    people = tuple(sandbox.add_person(f"Reader {number}") for number in range(readers))
    for person in people:
        sandbox.chat(person).bot = Membership(status="member")
    post = Post(sandbox=sandbox, readers=people)
    async with serve(sandbox) as address:
        counting = asyncio.create_task(post.count())
        yield post, address
        counting.cancel()


@dataclass(frozen=True, kw_only=True)
class Plan:
    """One form of the proof."""

    readers: int
    kills: int
    layout: Layout = Layout.LIST
    uncertain: str = "resend"


SHORT = Plan(readers=60, kills=2)
LONG = (
    Plan(readers=2_000, kills=KILLS),
    Plan(readers=300, kills=KILLS // 5 or 1, layout=Layout.CARDS),
    Plan(readers=300, kills=KILLS // 10 or 1, uncertain="skip"),
)


def named(plan: Plan) -> str:
    return f"{plan.readers}-readers-{plan.kills}-kills-{plan.layout.value}-{plan.uncertain}"


@pytest.mark.parametrize(
    "plan", [SHORT, *(pytest.param(one, marks=pytest.mark.long) for one in LONG)], ids=named
)
@pytest.mark.timeout(1_500)
async def test_kills_and_faults_lose_nothing_and_what_is_doubled_is_named(
    tmp_path: Path, plan: Plan, capsys: pytest.CaptureFixture[str]
) -> None:
    chance = random.Random(f"{SEED} {named(plan)}")
    lay_out(ROOT / "seeds", tmp_path / "articles", now=datetime.now(UTC))
    async with post_office(plan.readers) as (post, address):
        await _subscribe(tmp_path, post.readers, plan.layout)
        leaving = chance.sample(post.readers, plan.readers // 50)
        for person in leaving:
            post.sandbox.block(person)
        program = Program(
            folder=tmp_path,
            env={
                "BOT_TOKEN": TOKEN,
                "BOT_API_URL": address,
                "DIGEST_TIMES": _twelve_hours_away(),
                "DIGEST_SIZE": "3",
                "MESSAGES_PER_SECOND": "200",
                "MAX_IN_FLIGHT": str(IN_FLIGHT),
                "UNCERTAIN": plan.uncertain,
            },
        )
        weather = Weather(post, chance)
        each = plan.readers // (plan.kills + 2)
        for number in range(plan.kills):
            weather.worsen(each // 6 + 1)
            if number:
                await program.killed("run", when=_some_moment(chance, post, each))
            else:
                when = _while_sending(chance, post, each)
                await program.killed("post", "--to", "subscribers", "--yes", when=when)
        left = _states(program.database)["pending"]
        post.sandbox.faults.clear()
        await program.ends_well()
    verdict = Verdict(post, program.database, set(p.id for p in leaving), plan)
    with capsys.disabled():
        print(f"\n  {named(plan)}: {verdict}; {left} rows were left after the last kill")
    verdict.judge()


class Weather:
    """Faults of the server, at most one of each reader's calls with an unknown end.

    More would make the program give a chat up (`MAX_RESENDS`), which is another promise.
    """

    def __init__(self, post: Post, chance: random.Random) -> None:
        self._faults = post.sandbox.faults
        self._chance = chance
        self._waiting = [reader.id for reader in post.readers]
        chance.shuffle(self._waiting)

    def worsen(self, number: int) -> None:
        """Let calls to so many more chats fail in some way."""
        for _ in range(min(number, len(self._waiting))):
            chat_id = self._waiting.pop()
            effect = self._chance.choice((*CUTS, "429", "silent"))
            self._faults.add(effect, chat_id=chat_id, retry_after=1, seconds=0.2)


def _some_moment(chance: random.Random, post: Post, each: int) -> Callable[[], Awaitable[None]]:
    """Choose when to kill: while the program starts, or after some messages more."""
    if chance.random() < 0.8:
        return _while_sending(chance, post, each)
    patience = chance.uniform(0.0, 1.2)

    async def starting() -> None:
        try:
            async with asyncio.timeout(patience):
                await post.reaches(post.total + each)
        except TimeoutError:
            pass

    return starting


def _while_sending(chance: random.Random, post: Post, each: int) -> Callable[[], Awaitable[None]]:
    more = chance.randint(1, max(2 * each - 1, 1))

    async def sending() -> None:
        async with asyncio.timeout(60):
            await post.reaches(min(post.total + more, _most(post)))

    return sending


def _most(post: Post) -> int:
    """Give a number of messages that is reached for certain: the last tenth is left to the end."""
    return max(post.total + 1, len(post.readers) * 9 // 10)


@dataclass(frozen=True, kw_only=True)
class Program:
    """The real program, started and killed again and again in one folder."""

    folder: Path
    env: dict[str, str]

    @property
    def database(self) -> Path:
        return self.folder / "gazette.db"

    async def killed(self, *words: str, when: Callable[[], Awaitable[None]]) -> None:
        """Start it and kill it at a moment."""
        process = await start(*words, folder=self.folder, env=self.env)
        reading = asyncio.create_task(process.communicate())
        moment = asyncio.ensure_future(when())
        await asyncio.wait({reading, moment}, return_when=asyncio.FIRST_COMPLETED)
        assert process.returncode is None, f"it ended by itself: {reading.result()}"
        process.send_signal(signal.SIGKILL)
        moment.cancel()
        await reading

    async def ends_well(self) -> None:
        """Start it a last time and let it bring everything to an end."""
        process = await start("run", folder=self.folder, env=self.env)
        async with asyncio.timeout(240):
            await line_with(process.stderr, "is running", timeout=60)
            reading = asyncio.create_task(process.communicate())
            while _open(self.database):
                assert not reading.done(), reading.result()
                await asyncio.sleep(0.1)
            process.send_signal(signal.SIGINT)
            _, said = await reading
        assert process.returncode == 0, said.decode()


class Verdict:
    """What the chats show against what the ledger says."""

    def __init__(self, post: Post, database: Path, gone: set[int], plan: Plan) -> None:
        self._post = post
        self._gone = gone
        self._plan = plan
        self._states = _states(database)
        with closing(sqlite3.connect(database)) as connection:
            self._uncertain = Counter(
                dict(
                    connection.execute(
                        "SELECT chat_id, count(*) FROM deliveries"
                        " WHERE state = 'uncertain' GROUP BY chat_id"
                    )
                )
            )
            self._messages = connection.execute(
                "SELECT count(*) FROM digest_messages"
                " WHERE digest_id = (SELECT min(digest_id) FROM deliveries)"
            ).fetchone()[0]
        self._shown = {reader.id: self._show(reader) for reader in post.readers}

    def __str__(self) -> str:
        doubled = sum(max(n - self._messages, 0) for n in self._post.received.values())
        told = ", ".join(f"{number} {state}" for state, number in sorted(self._states.items()))
        return f"{self._post.total} messages in the chats, {doubled} doubled; rows: {told}"

    def judge(self) -> None:
        """Fail unless every chat has all it should, and no more than the ledger admits."""
        assert set(self._states) <= {"sent", "uncertain", "refused", "cancelled"}
        for chat_id, shown in self._shown.items():
            if chat_id in self._gone:
                assert shown == ()
                continue
            uncertain = self._uncertain[chat_id]
            distinct = tuple(dict.fromkeys(shown))
            assert len(shown) <= self._messages + uncertain, f"{chat_id} has unknown doubles"
            if self._plan.uncertain == "skip":
                assert len(distinct) == len(shown), f"{chat_id} has something twice"
                assert len(distinct) >= self._messages - uncertain, f"{chat_id} lost a message"
                continue
            assert len(distinct) == self._messages, f"{chat_id} lost a message"
            assert distinct == self._order, f"{chat_id} has its messages out of order"
        living = len(self._post.readers) - len(self._gone)
        if self._plan.uncertain == "resend":
            assert self._states["sent"] == living * self._messages
        assert self._uncertain.total() > 0, "nothing was cut off: this proved nothing"

    @property
    def _order(self) -> Digest:
        return next(shown for shown in self._shown.values() if len(shown) == self._messages)

    def _show(self, reader: Person) -> Digest:
        return tuple(
            str(message.get("text") or message.get("caption"))
            for message in self._post.sandbox.messages(reader)
        )


@pytest.mark.long
@pytest.mark.parametrize("readers", [60, 1_000])
@pytest.mark.timeout(240)
async def test_a_locked_database_only_holds_things_up(tmp_path: Path, readers: int) -> None:
    lay_out(ROOT / "seeds", tmp_path / "articles", now=datetime.now(UTC))
    async with post_office(readers) as (post, address):
        await _subscribe(tmp_path, post.readers, Layout.LIST)
        program = Program(
            folder=tmp_path,
            env={
                "BOT_TOKEN": TOKEN,
                "BOT_API_URL": address,
                "DIGEST_TIMES": _twelve_hours_away(),
                "MESSAGES_PER_SECOND": "200",
                "MAX_IN_FLIGHT": "10",
            },
        )

        async def locked() -> None:
            await post.reaches(readers // 4)
            with _write_lock(program.database):
                # What was on its way arrives and cannot be noted: the program must stand still.
                await _stands_still(post)
                assert post.total < readers

        await program.killed("post", "--to", "subscribers", "--yes", when=locked)
        await program.ends_well()
    verdict = Verdict(post, program.database, set(), Plan(readers=readers, kills=1))
    verdict.judge()
    assert _states(program.database)["uncertain"] <= 10


@pytest.mark.long
@pytest.mark.parametrize("readers", [150, 2_000])
@pytest.mark.timeout(240)
async def test_a_disk_that_takes_no_more_loses_nothing_and_the_operator_is_told(
    tmp_path: Path, readers: int
) -> None:
    """The system lets the program's files grow no further, then lets them again."""
    lay_out(ROOT / "seeds", tmp_path / "articles", now=datetime.now(UTC))
    async with post_office(readers) as (post, address):
        await _subscribe(tmp_path, post.readers, Layout.LIST)
        env = {
            "BOT_TOKEN": TOKEN,
            "BOT_API_URL": address,
            "MESSAGES_PER_SECOND": "200",
            "MAX_IN_FLIGHT": "30",
        }
        process = await start("post", "--to", "subscribers", "--yes", folder=tmp_path, env=env)
        await post.reaches(readers // 5)
        log = tmp_path / "gazette.db-wal"
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (log.stat().st_size, -1))
        await line_with(process.stderr, "database is in trouble", timeout=60)
        assert post.total < readers
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (-1, -1))
        said = await finished(process, timeout=120)
        assert process.returncode == 0, said
    assert _states(tmp_path / "gazette.db") == {"sent": readers}
    assert set(post.received.values()) == {1}


@pytest.mark.long
async def test_a_digest_for_which_there_is_no_room_is_stored_whole_later(tmp_path: Path) -> None:
    disk, clock = Disk(), MovedClock()
    with disk.watched():
        async with about_to_deliver(tmp_path, 400, clock=clock) as w:
            disk.fill()
            with pytest.raises(StoreError, match="disk is full"):
                await w.gazette.slots.tick(clock.now())
            assert (_states(tmp_path / "gazette.db"), _received(w)) == ({}, 0)
            disk.empty()
            clock.move(2 * TAKEN_FOR)  # nobody else can be at it any more
            await w.gazette.slots.tick(clock.now())
            await w.settled()
        assert _states(tmp_path / "gazette.db") == {"sent": 400}
        assert _received(w) == 400


@pytest.mark.parametrize("readers", [80, pytest.param(1_000, marks=pytest.mark.long)])
@pytest.mark.timeout(240)
async def test_a_clock_that_jumps_loses_and_doubles_nothing(tmp_path: Path, readers: int) -> None:
    chance = random.Random(f"{SEED} {readers}")
    clock = MovedClock()
    async with about_to_deliver(tmp_path, readers, clock=clock) as w:
        await w.gazette.slots.tick(clock.now())
        for part in range(1, 8):
            wanted = partial(_has_received, w, readers * part // 8)
            await w.sandbox.wait_for(wanted, timeout=120)
            # By seconds, by an hour as at a clock change, by days; forward and back.
            length = chance.choice((2.0, 90.0, 3_600.0, 36 * 3_600.0))
            clock.move(chance.choice((-1, 1)) * timedelta(seconds=length))
        await w.settled()
    assert _states(tmp_path / "gazette.db") == {"sent": readers}
    assert _received(w) == readers


class MovedClock:
    """The real clock, set back and forward at will."""

    def __init__(self) -> None:
        self._real = SystemClock()
        self._ahead = timedelta(0)

    def now(self) -> datetime:
        return self._real.now() + self._ahead

    async def sleep(self, seconds: float) -> None:
        await self._real.sleep(seconds)

    def move(self, length: timedelta) -> None:
        """Set the clock forward, or back."""
        self._ahead += length


class Disk:
    """Lets SQLite's files take no new page while it is full; all connections of the process."""

    def __init__(self) -> None:
        self._is_full = False

    def fill(self) -> None:
        self._is_full = True

    def empty(self) -> None:
        self._is_full = False

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Have every connection that is taken from a pool begin with the limit of the moment."""
        sa.event.listen(sa.Pool, "checkout", self._lent)
        try:
            yield
        finally:
            sa.event.remove(sa.Pool, "checkout", self._lent)

    def _lent(self, connection: DBAPIConnection, *_: object) -> None:
        # The number of pages can't be set below what the file has: 1 means no page more.
        most = 1 if self._is_full else 2**31
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA max_page_count={most}")
        cursor.close()


@asynccontextmanager
async def about_to_deliver(
    folder: Path, readers: int, *, clock: MovedClock
) -> AsyncIterator[World]:
    """The running program when a digest to so many readers is due."""
    sandbox = Sandbox(TOKEN, clock=SystemClock())
    people = [sandbox.add_person(f"Reader {number}") for number in range(readers)]
    for person in people:
        sandbox.chat(person).bot = Membership(status="member")
    await _subscribe(folder, people, Layout.LIST)
    due = clock.now() + timedelta(minutes=2)
    async with world(
        folder,
        articles=stories(3),
        sandbox=sandbox,
        clock=clock,
        settings={"DIGEST_TIMES": f"{due:%H:%M}"},
        options=Options(limits=BRISK, rescan_every=timedelta(hours=1)),
    ) as w:
        clock.move(due - clock.now())
        yield w


def _has_received(w: World, number: int) -> bool:
    return _received(w) >= number


def _received(w: World) -> int:
    return sum(call.method.lower() == "sendmessage" for call in w.sandbox.calls)


async def _subscribe(folder: Path, people: Iterable[Person], layout: Layout) -> None:
    database = Database.open("sqlite:///gazette.db", folder=folder)
    await migrate(database)
    subscriptions = Subscriptions(database)
    now = datetime.now(UTC)
    for person in people:
        chat_id = ChatId(person.id)
        await subscriptions.see_chat(Chat(id=chat_id, kind=ChatKind.PRIVATE), now)
        await subscriptions.subscribe(Subscription(chat_id=chat_id, layout=layout), now)
    await database.close()


async def _stands_still(post: Post) -> None:
    """Wait until a second passes without a message."""
    while True:
        before = post.total
        try:
            async with asyncio.timeout(1):
                await post.reaches(before + 1)
        except TimeoutError:
            return


@contextmanager
def _write_lock(database: Path) -> Iterator[None]:
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")


def _states(database: Path) -> Counter[str]:
    with closing(sqlite3.connect(database)) as connection:
        return Counter(
            dict(connection.execute("SELECT state, count(*) FROM deliveries GROUP BY state"))
        )


def _open(database: Path) -> int:
    states = _states(database)
    return states["pending"] + states["sending"]


def _twelve_hours_away() -> str:
    """Give a time of day at which no digest comes by itself during a test."""
    return f"{datetime.now(UTC) + timedelta(hours=12):%H:%M}"
