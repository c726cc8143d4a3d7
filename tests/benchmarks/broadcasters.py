"""Broadcasters to compare, each in a process of its own: `python broadcasters.py NAME URL COUNT`.

Prints one line of JSON: what it took, and how long each answer to a person took meanwhile.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

TOKEN = "999:sandbox-token"
FIRST_ANSWER = 9_000_000
BETWEEN_ANSWERS = 0.4
Answer = Callable[[int], Awaitable[object]]


def peak_mb() -> float:
    """Give the most memory that this process has had; getrusage tells the parent's, too."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


class Asking:
    """People who ask something every 0.4 seconds while a broadcast runs."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._calls: list[asyncio.Task[None]] = []
        self.seconds: dict[int, float | None] = {}

    async def until_done(self, broadcast: Awaitable[object]) -> None:
        sending = asyncio.ensure_future(broadcast)
        number = FIRST_ANSWER
        while not sending.done():
            await asyncio.wait({sending}, timeout=BETWEEN_ANSWERS)
            number += 1
            self._calls.append(asyncio.create_task(self._one(number)))
        await sending
        await asyncio.gather(*self._calls)

    async def _one(self, chat: int) -> None:
        begun = time.perf_counter()
        self.seconds[chat] = None
        with contextlib.suppress(Exception):
            await self._answer(chat)
            self.seconds[chat] = time.perf_counter() - begun


@dataclass
class Gazette:
    """The parts that deliver."""

    ledger: Any
    pace: Any
    messenger: Any
    courier: Any

    async def broadcast(self, count: int) -> None:
        """Store a digest for so many chats and carry it."""
        from bot.domain.subscription import ChatId
        from tests.support.store_values import NOW, new_digest

        chats = [ChatId(number) for number in range(1, count + 1)]
        await self.ledger.digests.store([new_digest(["tea"], to=chats)], now=NOW)
        await self.carry(count)

    async def carry(self, count: int) -> None:
        """Carry until so many have come to an end."""
        running = asyncio.create_task(self.courier.run())
        while self.settled < count:
            await asyncio.sleep(0.05)
        self.courier.stop()
        await running

    settled: int = 0


@contextlib.asynccontextmanager
async def gazette(url: str, folder: Path, *, is_paced: bool) -> AsyncIterator[Gazette]:
    """Build what delivers, on SQLite in a folder."""
    from bot.clock import SystemClock
    from bot.domain.pacing import Limits
    from bot.gateway.application import Listeners, Telegram
    from bot.gateway.messenger import TelegramMessenger
    from bot.gateway.pace import PacedCalls
    from bot.ledger import Ledger
    from bot.publishing.courier import Courier, Policy
    from bot.publishing.notices import Notices
    from bot.store.database import Database
    from bot.store.migrate import migrate

    database = Database.open("sqlite:///gazette.db", folder=folder)
    await migrate(database)
    ledger, clock = Ledger.on(database), SystemClock()
    line = Telegram(TOKEN, api_url=url, listeners=Listeners(on_conflict=print, on_disabled=print))
    await line.bot.request.initialize()
    free = Limits(per_second=1e6, burst=1e6, private_per_second=1e3, private_burst=1e3)
    pace = PacedCalls(Limits() if is_paced else free)
    built = Gazette(ledger, pace, TelegramMessenger(line.bot), None)

    def settled(_: object) -> None:
        built.settled += 1

    built.courier = Courier(
        deliveries=ledger.deliveries,
        digests=ledger.digests,
        messenger=built.messenger,
        permits=pace,
        notices=Notices(clock=clock),
        clock=clock,
        policy=Policy(owner="bench"),
        on_disabled=print,
        on_settled=settled,
    )
    yield built
    await line.bot.request.shutdown()
    await database.close()


async def ours(url: str, count: int) -> Asking:
    """Gazette: the whole way from the ledger's rows to their ends."""
    from bot.domain.message import Draft, Text
    from bot.domain.pacing import Priority
    from bot.domain.subscription import ChatId

    tea = Draft(text=Text("Tea")).finished()
    with tempfile.TemporaryDirectory() as folder:
        async with gazette(url, Path(folder), is_paced=True) as parts:

            async def answer(chat: int) -> None:
                await parts.pace.permit(ChatId(chat), Priority.ANSWER)
                await parts.messenger.send(tea, chat_id=ChatId(chat), thread_id=0)

            asking = Asking(answer)
            await asking.until_done(_until_delivered(parts, count))
    return asking


async def _until_delivered(parts: Gazette, count: int) -> None:
    from bot.domain.subscription import ChatId
    from tests.support.store_values import NOW, new_digest

    chats = [ChatId(number) for number in range(1, count + 1)]
    await parts.ledger.digests.store([new_digest(["tea"], to=chats)], now=NOW)
    running = asyncio.create_task(parts.courier.run())
    while await parts.ledger.deliveries.open_count():
        await asyncio.sleep(0.2)
    parts.courier.stop()
    await running


async def bulk(url: str, count: int, *, over_aiohttp: bool = False) -> dict[str, float]:
    """Give the processor time of one message from claim to end, without any pace."""
    with tempfile.TemporaryDirectory() as folder:
        async with gazette(url, Path(folder), is_paced=False) as parts:
            if over_aiohttp:
                _call_over_aiohttp(parts)
            await asyncio.sleep(1)  # the pace begins with a full bucket
            await parts.broadcast(200)
            parts.settled = 0
            begun, busy = time.perf_counter(), time.process_time()
            parts.courier._stopping = False
            await parts.broadcast(count)
            took, cpu = time.perf_counter() - begun, time.process_time() - busy
    return {"cpu_each": cpu / count, "each_second": count / took}


def _call_over_aiohttp(parts: Gazette) -> None:
    """Let calls without a file go the way of those with one."""
    request = parts.messenger._request

    async def asked(url: str, body: bytes, wait: float) -> tuple[int, bytes]:
        json_body = {"data": body, "headers": {"Content-Type": "application/json"}}
        found: tuple[int, bytes] = await request._exchange(url, "POST", json_body, wait)
        return found

    request._asked = asked


async def ptb_alone(url: str, count: int) -> dict[str, float]:
    """Give the processor time of `Bot.send_message`, as it comes, 100 in flight."""
    from telegram import Bot

    bot = Bot(TOKEN, base_url=f"{url}/bot")
    await bot.initialize()
    numbers = iter(range(1, count + 1))

    async def some() -> None:
        for number in numbers:
            await bot.send_message(number, "Tea", read_timeout=60, pool_timeout=60)

    busy = time.process_time()
    await asyncio.gather(*(some() for _ in range(100)))
    cpu = time.process_time() - busy
    await bot.shutdown()
    return {"cpu_each": cpu / count}


async def ptb(url: str, count: int) -> Asking:
    """python-telegram-bot with its AIORateLimiter, as it comes."""
    from telegram.ext import AIORateLimiter, ExtBot

    bot: Any = ExtBot(TOKEN, base_url=f"{url}/bot", rate_limiter=AIORateLimiter())
    await bot.initialize()

    async def broadcast() -> None:
        calls = (bot.send_message(number, "Tea") for number in range(1, count + 1))
        await asyncio.gather(*calls, return_exceptions=True)

    asking = Asking(lambda chat: bot.send_message(chat, "Tea"))
    await asking.until_done(broadcast())
    await bot.shutdown()
    return asking


async def aiogram(url: str, count: int) -> Asking:
    """aiogram-broadcaster with an interval of a thirtieth of a second."""
    from aiogram import Bot  # type: ignore[import-not-found]
    from aiogram.client.session.aiohttp import AiohttpSession  # type: ignore[import-not-found]
    from aiogram.client.telegram import TelegramAPIServer  # type: ignore[import-not-found]
    from aiogram_broadcaster import Broadcaster  # type: ignore[import-not-found]
    from aiogram_broadcaster.contents import TextContent  # type: ignore[import-not-found]
    from aiogram_broadcaster.intervals import SimpleInterval  # type: ignore[import-not-found]

    bot = Bot(TOKEN, session=AiohttpSession(api=TelegramAPIServer.from_base(url)))
    broadcaster = Broadcaster(bot)
    mailer = await broadcaster.create_mailer(
        chats=list(range(1, count + 1)),
        content=TextContent(text="Tea"),
        interval=SimpleInterval(interval=1 / 30),
    )
    asking = Asking(lambda chat: bot.send_message(chat, "Tea"))
    await asking.until_done(mailer.start())
    await bot.session.close()
    return asking


async def one_by_one(url: str, count: int) -> Asking:
    """What aiogram-broadcaster does, without aiogram: send, wait a thirtieth of a second, next."""
    from bot.domain.message import Draft, Text
    from bot.domain.subscription import ChatId
    from bot.gateway.application import Listeners, Telegram
    from bot.gateway.messenger import TelegramMessenger

    line = Telegram(TOKEN, api_url=url, listeners=Listeners(on_conflict=print, on_disabled=print))
    await line.bot.request.initialize()
    messenger, tea = TelegramMessenger(line.bot), Draft(text=Text("Tea")).finished()

    async def send(chat: int) -> object:
        return await messenger.send(tea, chat_id=ChatId(chat), thread_id=0)

    async def broadcast() -> None:
        for number in range(1, count + 1):
            with contextlib.suppress(Exception):
                await send(number)
            await asyncio.sleep(1 / 30)

    asking = Asking(send)
    await asking.until_done(broadcast())
    await line.bot.request.shutdown()
    return asking


ALONE: dict[str, Callable[[str, int], Awaitable[dict[str, float]]]] = {
    "bulk": bulk,
    "bulk-over-aiohttp": partial(bulk, over_aiohttp=True),
    "ptb-alone": ptb_alone,
}
SUBJECTS = {"gazette": ours, "ptb": ptb, "aiogram": aiogram, "one-by-one": one_by_one}


async def main() -> None:
    name, url, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
    if name in ALONE:
        print(json.dumps(await ALONE[name](url, count)))
        return
    begun, busy = time.perf_counter(), time.process_time()
    asking = await SUBJECTS[name](url, count)
    figures = {
        "elapsed": time.perf_counter() - begun,
        "cpu": time.process_time() - busy,
        "peak_mb": peak_mb(),
        "answers": asking.seconds,
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    asyncio.run(main())
