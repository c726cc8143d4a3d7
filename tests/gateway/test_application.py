"""Starting, polling, the order within a chat, and stopping: against both servers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from telegram import Update
from telegram.ext import TypeHandler

from bot.clock import SystemClock
from bot.errors import BotDisabled, PollingConflict
from bot.gateway.application import Identity, Listeners, Telegram
from bot.gateway.updates import ALLOWED_UPDATES
from bot.sandbox.server import serve
from bot.sandbox.state import Sandbox
from tests.support.odd_server import (
    TOKEN,
    Act,
    OddServer,
    Request,
    cut,
    odd_server,
    refuses,
    result,
    says,
)

ME = {"id": 999, "is_bot": True, "first_name": "Digest", "username": "digest_bot"}


@dataclass
class Desk:
    """Hears what the bot's end of the line tells, and handles updates as the test wants."""

    conflicts: list[PollingConflict] = field(default_factory=list)
    disabled: list[BotDisabled] = field(default_factory=list)
    pauses: list[float] = field(default_factory=list)
    handled: list[str] = field(default_factory=list)
    told: asyncio.Condition = field(default_factory=asyncio.Condition)
    gates: dict[str, asyncio.Event] = field(default_factory=dict)

    def line(self, address: str) -> Telegram:
        line = Telegram(
            TOKEN,
            api_url=address,
            listeners=Listeners(on_conflict=self.conflicts.append, on_disabled=self._disable),
            sleep=self._sleep,
        )
        line.application.add_handler(TypeHandler(Update, self._handle))
        return line

    async def until(self, enough: Callable[[], bool]) -> None:
        async with asyncio.timeout(10), self.told:
            await self.told.wait_for(enough)

    async def _handle(self, update: Update, _context: object) -> None:
        message = update.effective_message
        text = (message.text if message else None) or str(update.update_id)
        if text in self.gates:
            await self._note(f"began {text}")
            await self.gates[text].wait()
        if text == "broken":
            raise ValueError("a handler's mistake")
        await self._note(text)

    async def _note(self, what: str) -> None:
        async with self.told:
            self.handled.append(what)
            self.told.notify_all()

    async def _sleep(self, seconds: float) -> None:
        async with self.told:
            self.pauses.append(seconds)
            self.told.notify_all()
        await asyncio.sleep(0)

    def _disable(self, error: BotDisabled) -> None:
        self.disabled.append(error)
        asyncio.get_running_loop().create_task(self._note("disabled"))


@pytest.fixture
def desk() -> Desk:
    return Desk()


@dataclass
class Town:
    sandbox: Sandbox
    address: str


@pytest.fixture
async def town() -> AsyncIterator[Town]:
    sandbox = Sandbox(TOKEN, clock=SystemClock())
    async with serve(sandbox) as address:
        yield Town(sandbox, address)


def said(number: int, text: str, chat: int = 111) -> dict[str, Any]:
    who = {"id": chat, "is_bot": False, "first_name": "Ann"}
    return {
        "update_id": number,
        "message": {
            "message_id": number,
            "from": who,
            "chat": {"id": chat, "first_name": "Ann", "type": "private"},
            "date": 1780000000,
            "text": text,
        },
    }


def playing(*batches: Act) -> Act:
    """Be a bot's server: getMe, then one act per poll, then silence."""
    left = list(batches)

    async def act(request: Request) -> None:
        match request.endpoint.lower():
            case "getme":
                await result(ME)(request)
            case "getupdates" if left and request.parameters["timeout"]:
                await left.pop(0)(request)
            case "getupdates" if request.parameters["timeout"]:
                await asyncio.Event().wait()
            case _:
                await result(True)(request) if "updates" not in request.path else await result([])(
                    request
                )

    return act


def polls(server: OddServer) -> list[dict[str, Any]]:
    return [one.parameters for one in server.requests if one.endpoint == "getUpdates"]


async def test_the_bot_learns_who_it_is(town: Town, desk: Desk) -> None:
    line = desk.line(town.address + "/")
    me = await line.start()
    await line.close()
    assert isinstance(me, Identity)
    assert (me.id, me.username, me.name) == (999, "gazette_demo_bot", "Gazette")


@pytest.mark.parametrize("status", [401, 404])
async def test_a_refused_token_ends_the_start(server: OddServer, desk: Desk, status: int) -> None:
    server.otherwise = refuses(status, "Unauthorized")
    line = desk.line(server.address)
    with pytest.raises(BotDisabled):
        await line.start()
    await line.close()
    assert desk.pauses == []


async def test_a_start_waits_for_the_server(server: OddServer, desk: Desk) -> None:
    server.acts.extend([cut, says(502, b"<html>"), refuses(429, "x", retry_after=9), result(ME)])
    line = desk.line(server.address)
    assert (await line.start()).username == "digest_bot"
    await line.close()
    assert desk.pauses == [1.0, 2.0, 9.0]


async def test_what_people_say_comes_in(town: Town, desk: Desk) -> None:
    line = desk.line(town.address)
    await line.start()
    await line.listen()
    ann = town.sandbox.add_person("Ann")
    for text in ("/start", "hello"):
        town.sandbox.say(ann, ann, text)
    await desk.until(lambda: len(desk.handled) == 2)
    await line.close()
    assert desk.handled == ["/start", "hello"]


async def test_what_was_handled_does_not_come_again(town: Town, desk: Desk) -> None:
    ann = town.sandbox.add_person("Ann")
    town.sandbox.say(ann, ann, "once")
    line = desk.line(town.address)
    await line.start()
    await line.listen()
    await desk.until(lambda: desk.handled == ["once"])
    await line.close()
    town.sandbox.say(ann, ann, "twice")
    line = desk.line(town.address)
    await line.start()
    await line.listen()
    await desk.until(lambda: len(desk.handled) == 2)
    await line.close()
    assert desk.handled == ["once", "twice"]


async def test_the_kinds_of_updates_are_named_and_updates_confirmed(
    server: OddServer, desk: Desk
) -> None:
    server.otherwise = playing(result([said(41, "a"), said(42, "b")]))
    line = desk.line(server.address)
    await line.start()
    await line.listen()
    await desk.until(lambda: len(desk.handled) == 2)
    await server.until(lambda: len(polls(server)) == 2)
    await line.close()
    first, second, last = polls(server)
    assert first["allowed_updates"] == list(ALLOWED_UPDATES)
    assert "offset" not in first
    assert second["offset"] == 43
    assert (last["offset"], last["timeout"]) == (43, 0)


async def test_one_chat_is_handled_in_order_and_others_pass(server: OddServer, desk: Desk) -> None:
    desk.gates["slow"] = asyncio.Event()
    batch = [said(1, "slow"), said(2, "second"), said(3, "other", chat=222)]
    server.otherwise = playing(result(batch))
    line = desk.line(server.address)
    await line.start()
    await line.listen()
    await desk.until(lambda: "other" in desk.handled)
    assert desk.handled == ["began slow", "other"]
    desk.gates["slow"].set()
    await desk.until(lambda: "second" in desk.handled)
    await line.close()
    assert desk.handled[2:] == ["slow", "second"]


async def test_a_thousand_messages_of_one_person_hold_up_nobody(
    server: OddServer, desk: Desk
) -> None:
    desk.gates["slow"] = asyncio.Event()
    flood = [said(n, "slow") for n in range(1, 1001)]
    server.otherwise = playing(result([*flood, said(1001, "other", chat=222)]))
    line = desk.line(server.address)
    await line.start()
    await line.listen()
    await desk.until(lambda: "other" in desk.handled)
    assert desk.handled == ["began slow", "other"]
    desk.gates["slow"].set()
    await line.close()
    assert desk.handled.count("slow") == 1000


async def test_stopping_waits_for_what_is_being_handled(server: OddServer, desk: Desk) -> None:
    desk.gates["slow"] = asyncio.Event()
    server.otherwise = playing(result([said(1, "slow")]))
    line = desk.line(server.address)
    await line.start()
    await line.listen()
    await desk.until(lambda: desk.handled == ["began slow"])
    stopping = asyncio.create_task(line.stop_listening())
    await asyncio.sleep(0)
    assert not stopping.done()
    desk.gates["slow"].set()
    await stopping
    assert desk.handled == ["began slow", "slow"]
    await line.close()


async def test_a_handlers_mistake_stops_nothing(
    server: OddServer, desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    server.otherwise = playing(result([said(1, "broken"), said(2, "after")]))
    line = desk.line(server.address)
    await line.start()
    await line.listen()
    await desk.until(lambda: desk.handled == ["after"])
    await line.close()
    assert "update not handled" in [record.message for record in caplog.records]


async def test_an_update_that_cannot_be_read_is_passed_over(server: OddServer, desk: Desk) -> None:
    unreadable = {"update_id": 1, "message": {"message_id": "?", "chat": 5}}
    server.otherwise = playing(result([unreadable, "nonsense", said(2, "after")]))
    line = desk.line(server.address)
    await line.start()
    await line.listen()
    await desk.until(lambda: desk.handled == ["after"])
    await server.until(lambda: len(polls(server)) == 2)
    await line.close()
    assert polls(server)[1]["offset"] == 3


async def test_polling_outlives_a_server_that_goes_away(desk: Desk) -> None:
    async with odd_server() as first:
        first.otherwise = playing(result([said(1, "before")]))
        line = desk.line(first.address)
        port = int(first.address.rpartition(":")[2])
        await line.start()
        await line.listen()
        await desk.until(lambda: desk.handled == ["before"])
    await desk.until(lambda: len(desk.pauses) >= 3)
    async with odd_server(port=port) as second:
        second.otherwise = playing(result([said(2, "after")]))
        await desk.until(lambda: desk.handled == ["before", "after"])
        assert polls(second)[0]["offset"] == 2
        await line.close()
    assert desk.pauses[:3] == [1.0, 2.0, 4.0]
    assert desk.disabled == []


async def test_odd_answers_are_coped_with(server: OddServer, desk: Desk) -> None:
    server.otherwise = playing(
        says(502, b"<html>"),
        says(200, b"{"),
        cut,
        refuses(429, "Too Many Requests: retry after 7", retry_after=7),
        result([said(1, "after")]),
    )
    line = desk.line(server.address)
    await line.start()
    await line.listen()
    await desk.until(lambda: desk.handled == ["after"])
    await line.close()
    assert desk.pauses == [1.0, 2.0, 4.0, 7.5]


async def test_a_second_process_is_reported(town: Town, desk: Desk) -> None:
    town.sandbox.faults.clear()
    line = desk.line(town.address)
    await line.start()
    await line.listen()
    rival = Desk()
    other = rival.line(town.address)
    await other.start()
    await other.listen()
    await desk.until(lambda: bool(desk.pauses))
    assert "terminated by other getUpdates" in str(desk.conflicts[0])
    await line.close()
    await other.close()


async def test_a_webhook_in_the_way_is_removed(server: OddServer, desk: Desk) -> None:
    webhook = "Conflict: can't use getUpdates method while webhook is active"
    server.otherwise = playing(refuses(409, webhook), result([said(1, "after")]))
    line = desk.line(server.address)
    await line.start()
    await line.listen()
    await desk.until(lambda: desk.handled == ["after"])
    await line.close()
    assert [one.endpoint for one in server.requests][1:5] == [
        "deleteWebhook",
        "getUpdates",
        "deleteWebhook",
        "getUpdates",
    ]
    assert len(desk.conflicts) == 1


async def test_a_single_401_disables_the_bot(server: OddServer, desk: Desk) -> None:
    server.otherwise = playing(refuses(401, "Unauthorized"))
    line = desk.line(server.address)
    await line.start()
    await line.listen()
    await desk.until(lambda: desk.handled == ["disabled"])
    await line.close()
    assert len(desk.disabled) == 1
    assert len([one for one in polls(server) if one["timeout"]]) == 1
