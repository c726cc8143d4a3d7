"""Telegram's flood limits, measured with a clock that stands still until it is moved."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from bot.sandbox.chats import Chat, Person
from bot.sandbox.flood import Allowance, FloodLimits
from bot.sandbox.server import serve
from bot.sandbox.state import Sandbox
from tests.sandbox.conftest import Api, ManualClock, client


@pytest.fixture
def sandbox(clock: ManualClock) -> Sandbox:
    return Sandbox(clock=clock, flood=True)


@pytest.fixture
async def api(sandbox: Sandbox) -> AsyncIterator[Api]:
    async with serve(sandbox) as address, client(address) as http:
        yield Api(http, address)


@pytest.fixture
def group(sandbox: Sandbox, ann: Person) -> Chat:
    return sandbox.add_group("G", administrators=[ann])


async def test_a_short_burst_to_a_person_passes_then_the_server_waits_by_itself(
    api: Any, ann: Person, clock: Any
) -> None:
    for _ in range(4):
        assert (await api("sendMessage", chat_id=ann.id, text="x")).status == 200
    assert clock.slept == [3]


async def test_a_group_takes_twenty_a_minute_then_429(api: Any, group: Chat, clock: Any) -> None:
    for _ in range(20):
        assert (await api("sendMessage", chat_id=group.id, text="x")).status == 200
        clock.move(seconds=1)
    reply = await api("sendMessage", chat_id=group.id, text="x")
    assert (reply.status, reply.headers["retry-after"]) == (429, "40")
    assert reply.body["parameters"] == {"retry_after": 40}
    clock.move(seconds=39)
    assert (await api("sendMessage", chat_id=group.id, text="x")).status == 200
    assert clock.slept == [1]


async def test_an_album_counts_each_of_its_pictures(
    api: Any, sandbox: Sandbox, group: Chat
) -> None:
    media = [{"type": "photo", "media": "nonsense"}] * 10
    for status in (400, 400, 429):  # an album that fails has still been counted
        reply = await api("sendMediaGroup", chat_id=group.id, media=media)
        assert reply.status == status


async def test_all_chats_together_have_a_limit(api: Any, sandbox: Sandbox, clock: Any) -> None:
    people = [sandbox.add_person(f"P{n}") for n in range(31)]
    for person in people:
        sandbox.say(person, person, "/start")
    for person in people:
        assert (await api("sendMessage", chat_id=person.id, text="x")).status == 200
    assert clock.slept == [1]


async def test_edits_in_a_group_have_their_own_budget(api: Any, group: Chat, clock: Any) -> None:
    sent = (await api("sendMessage", chat_id=group.id, text="x")).result["message_id"]
    statuses = [
        (await api("editMessageText", chat_id=group.id, message_id=sent, text=str(n))).status
        for n in range(21)
    ]
    assert statuses == [200] * 20 + [429]
    assert (await api("sendMessage", chat_id=group.id, text="x")).status == 200


async def test_other_numbers_can_be_given(clock: ManualClock) -> None:
    once = Allowance(count=1, period=timedelta(hours=1))
    sandbox = Sandbox(clock=clock, flood=FloodLimits(private=once))
    ann = sandbox.add_person("Ann")
    sandbox.say(ann, ann, "/start")
    async with serve(sandbox) as address, client(address) as http:
        api = Api(http, address)
        statuses = [(await api("sendMessage", chat_id=ann.id, text="x")).status for _ in range(2)]
    assert statuses == [200, 429]
