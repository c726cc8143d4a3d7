"""getUpdates: confirming, waiting, filtering, conflicts and expiry."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bot.sandbox.chats import Person
from bot.sandbox.state import Sandbox


async def texts(api: Any, **parameters: Any) -> list[str]:
    return [update["message"]["text"] for update in await api.updates(**parameters)]


async def test_updates_stay_until_they_are_confirmed(
    api: Any, sandbox: Sandbox, ann: Person
) -> None:
    for text in ("a", "b", "c"):
        sandbox.say(ann, ann, text)
    first = (await api.updates(limit=1))[0]["update_id"]
    assert await texts(api) == ["a", "b", "c"]
    assert await texts(api, offset=first + 1) == ["b", "c"]
    assert await texts(api) == ["b", "c"]
    assert await texts(api, offset=-1) == ["c"]
    assert await texts(api, offset=first + 3) == []


async def test_a_poll_is_answered_when_something_happens(
    api: Any, sandbox: Sandbox, ann: Person
) -> None:
    poll = asyncio.create_task(texts(api, timeout=50))
    await sandbox.wait_for(lambda: sandbox.world.updates.is_polled)
    sandbox.say(ann, ann, "hello")
    assert await poll == ["hello"]


async def test_a_poll_gives_up_after_its_timeout(api: Any) -> None:
    assert await api.updates(timeout=1) == []


async def test_of_two_polls_the_older_is_refused(api: Any, sandbox: Sandbox, ann: Person) -> None:
    older = asyncio.create_task(api("getUpdates", timeout=50))
    await sandbox.wait_for(lambda: sandbox.world.updates.is_polled)
    assert await api.updates() == []
    reply = await older
    assert reply.status == 409
    assert reply.body["description"].startswith("Conflict: terminated by other getUpdates request")


async def test_a_poll_whose_caller_hung_up_conflicts_with_nobody(
    api: Any, sandbox: Sandbox
) -> None:
    poll = asyncio.create_task(api("getUpdates", timeout=50))
    await sandbox.wait_for(lambda: sandbox.world.updates.is_polled)
    poll.cancel()
    await sandbox.wait_for(lambda: sandbox.calls and sandbox.calls[-1].status == 0)
    assert not sandbox.world.updates.is_polled


async def test_only_allowed_kinds_are_queued_and_the_setting_stays(
    api: Any, sandbox: Sandbox, ann: Person
) -> None:
    await api.updates(allowed_updates=["callback_query", "nonsense"])
    sandbox.say(ann, ann, "unheard")
    assert await api.updates() == []
    await api.updates(allowed_updates=[])
    sandbox.say(ann, ann, "heard")
    assert await texts(api) == ["heard"]


async def test_reactions_must_be_asked_for(api: Any, sandbox: Sandbox, ann: Person) -> None:
    message_id = (await api("sendMessage", chat_id=ann.id, text="x")).result["message_id"]
    sandbox.react(ann, ann, message_id, "👍")
    assert await api.updates(allowed_updates=["message_reaction"]) == []
    sandbox.react(ann, ann, message_id, "🔥")
    (update,) = await api.updates()
    assert update["message_reaction"]["old_reaction"] == [{"type": "emoji", "emoji": "👍"}]
    assert update["message_reaction"]["new_reaction"] == [{"type": "emoji", "emoji": "🔥"}]


@pytest.mark.parametrize(("seconds", "left"), [(149, 1), (151, 0)])
async def test_a_tap_waits_150_seconds(
    api: Any, sandbox: Sandbox, ann: Person, clock: Any, seconds: int, left: int
) -> None:
    markup = {"inline_keyboard": [[{"text": "Go", "callback_data": "go"}]]}
    sent = await api("sendMessage", chat_id=ann.id, text="x", reply_markup=markup)
    sandbox.press(ann, ann, sent.result["message_id"], "go")
    clock.move(seconds=seconds)
    assert len(await api.updates()) == left


async def test_messages_wait_a_day(api: Any, sandbox: Sandbox, ann: Person, clock: Any) -> None:
    sandbox.say(ann, ann, "x")
    clock.move(hours=23)
    assert await texts(api) == ["x"]
    clock.move(hours=2)
    assert await texts(api) == []


async def test_pending_updates_can_be_dropped(api: Any, sandbox: Sandbox, ann: Person) -> None:
    sandbox.say(ann, ann, "x")
    assert (await api("getWebhookInfo")).result["pending_update_count"] == 1
    await api("deleteWebhook", drop_pending_updates=True)
    assert await api.updates() == []
