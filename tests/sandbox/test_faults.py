"""Things that go wrong on demand, seen from the caller's side."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import pytest

from bot.sandbox.chats import Person
from bot.sandbox.faults import Effect
from bot.sandbox.state import Sandbox

SEND = "/bot999:sandbox-token/sendMessage"


@pytest.mark.parametrize(
    ("effect", "status", "description"),
    [
        ("429", 429, "Too Many Requests: retry after 33"),
        ("500", 500, "Internal Server Error: restart"),
        ("401", 401, "Unauthorized"),
        ("403", 403, "Forbidden: bot was blocked by the user"),
    ],
)
async def test_a_fault_refuses_the_next_call_only(
    api: Any, sandbox: Sandbox, ann: Person, effect: str, status: int, description: str
) -> None:
    sandbox.faults.add(effect, method="sendmessage", retry_after=33)
    assert (await api("getMe")).status == 200
    reply = await api("sendMessage", chat_id=ann.id, text="lost")
    assert (reply.status, reply.body["description"]) == (status, description)
    if status == 429:
        assert reply.headers["retry-after"] == "33"
        assert reply.body["parameters"] == {"retry_after": 33}
    assert (await api("sendMessage", chat_id=ann.id, text="kept")).status == 200
    assert [one["text"] for one in sandbox.messages(ann)[1:]] == ["kept"]


@pytest.mark.parametrize(
    ("effect", "status", "is_stored"),
    [("502", 502, False), ("413", 413, False), ("malformed", 200, True)],
)
async def test_some_answers_are_no_json(
    api: Any, sandbox: Sandbox, ann: Person, effect: str, status: int, is_stored: bool
) -> None:
    sandbox.faults.add(effect)
    reply = await api.http.post(SEND, json={"chat_id": ann.id, "text": "x"})
    assert reply.status_code == status
    with pytest.raises(json.JSONDecodeError):
        reply.json()
    assert (len(sandbox.messages(ann)) == 2) == is_stored


@pytest.mark.parametrize(
    ("effect", "is_stored"), [(Effect.CUT_BEFORE, False), (Effect.CUT_AFTER, True)]
)
async def test_a_connection_is_cut_before_or_after_the_message_was_taken(
    api: Any, sandbox: Sandbox, ann: Person, effect: Effect, is_stored: bool
) -> None:
    sandbox.faults.add(effect, chat_id=ann.id)
    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        await api.http.post(SEND, json={"chat_id": ann.id, "text": "x"})
    assert (len(sandbox.messages(ann)) == 2) == is_stored
    assert sandbox.calls[-1].status == 0
    assert (await api("sendMessage", chat_id=ann.id, text="y")).status == 200


async def test_a_silent_call_is_answered_when_it_is_released(
    api: Any, sandbox: Sandbox, ann: Person
) -> None:
    fault = sandbox.faults.add("silent", method="sendMessage")
    call = asyncio.create_task(api("sendMessage", chat_id=ann.id, text="x"))
    await fault.reached.wait()
    await sandbox.wait_for(lambda: len(sandbox.messages(ann)) == 2)
    assert not call.done()
    fault.release()
    assert (await call).result["text"] == "x"


async def test_a_silent_call_can_be_answered_by_the_clock(
    api: Any, sandbox: Sandbox, ann: Person, clock: Any
) -> None:
    sandbox.faults.add("silent", seconds=9)
    assert (await api("sendMessage", chat_id=ann.id, text="x")).status == 200
    assert clock.slept == [9]


async def test_a_caller_who_loses_patience_leaves_a_stored_message(
    api: Any, sandbox: Sandbox, ann: Person
) -> None:
    sandbox.faults.add("silent")
    with pytest.raises(httpx.ReadTimeout):
        await api.http.post(SEND, json={"chat_id": ann.id, "text": "x"}, timeout=0.2)
    await sandbox.wait_for(lambda: sandbox.calls and sandbox.calls[-1].status == 0)
    assert len(sandbox.messages(ann)) == 2


async def test_faults_fit_by_method_and_chat_and_count(
    api: Any, sandbox: Sandbox, ann: Person
) -> None:
    bob = sandbox.add_person("Bob")
    sandbox.say(bob, bob, "/start")
    fault = sandbox.faults.add("500", chat_id=bob.id, times=2)
    statuses = [
        (await api("sendMessage", chat_id=person.id, text="x")).status
        for person in (ann, bob, bob, bob)
    ]
    assert statuses == [200, 500, 500, 200]
    assert fault.hits == 2
    assert list(sandbox.faults) == []


async def test_a_standing_fault_stays_until_it_is_removed(api: Any, sandbox: Sandbox) -> None:
    fault = sandbox.faults.add("401", times=None)
    assert [(await api("getMe")).status for _ in range(3)] == [401] * 3
    sandbox.faults.remove(fault)
    assert (await api("getMe")).status == 200


async def test_a_message_can_be_taken_although_the_answer_is_an_error(
    api: Any, sandbox: Sandbox, ann: Person
) -> None:
    sandbox.faults.add("502", is_taken=True)
    reply = await api.http.post(SEND, json={"chat_id": ann.id, "text": "x"})
    assert reply.status_code == 502
    assert len(sandbox.messages(ann)) == 2
