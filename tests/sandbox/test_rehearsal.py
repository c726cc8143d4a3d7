"""Rehearsing trouble: asked for in words, over HTTP, and what the bot then meets."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from bot.sandbox.chats import Person
from bot.sandbox.server import serve
from bot.sandbox.state import Sandbox
from bot.sandbox.troubles import TROUBLES, read_wish
from bot.sandbox.web import routes

SEND = "/bot999:sandbox-token/sendMessage"


def start(sandbox: Sandbox, text: str) -> Any:
    (one,) = sandbox.rehearsal.start(read_wish(text))
    return one


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("earthquake", "is no effect: 429, flood"),
        ("", "is no effect"),
        ("429:33", "is not understood"),
        ("429:when=now", "is not understood"),
        ("429:times=", "is not understood"),
        ("429:times=0", "times is a whole number from 1 to 10000"),
        ("429:times=٣", "times is a whole number"),
        ("429:retry=soon", "retry is a whole number from 1 to 3600"),
        ("502:retry=3", "502 takes no retry"),
        ("429:seconds=3", "429 takes no seconds"),
        ("blocked:times=3", "takes only chat="),
        ("429:hours=3", "429 takes no hours"),
        ("clock-back:chat=ann", "happens to the bot's machine and takes only hours="),
        ("clock-ahead:hours=9000", "hours is a whole number from 1 to 8784"),
    ],
)
def test_what_is_not_understood_is_said_in_words(text: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        read_wish(text)


def test_a_wish_names_chat_count_and_numbers() -> None:
    wish = read_wish("flood:chat=@tea_news:times=always:retry=7:seconds=2:method=getMe")
    assert (wish.chat, wish.times, wish.retry, wish.seconds) == ("@tea_news", None, 7, 2)
    assert wish.methods == frozenset({"getme"})
    plain = read_wish("slow:chat=all:method=any")
    assert (plain.chat, plain.times, plain.seconds, plain.methods) == (None, 1, 60, None)


async def test_calls_that_carry_no_message_are_spared(
    api: Any, sandbox: Sandbox, ann: Person
) -> None:
    trouble = start(sandbox, "429:retry=9:times=always")
    assert (await api("getMe")).status == 200
    assert (await api("sendChatAction", chat_id=ann.id, action="typing")).status == 200
    reply = await api("sendMessage", chat_id=ann.id, text="x")
    assert (reply.status, reply.body["parameters"]) == (429, {"retry_after": 9})
    assert (trouble.hits, trouble.is_over) == (1, False)
    sandbox.rehearsal.end(trouble.id)
    assert (await api("sendMessage", chat_id=ann.id, text="x")).status == 200
    assert sandbox.rehearsal.started == ()


async def test_the_server_waits_silently_before_it_refuses(
    api: Any, sandbox: Sandbox, ann: Person, clock: Any
) -> None:
    start(sandbox, "flood:seconds=8:retry=12")
    reply = await api("sendMessage", chat_id=ann.id, text="x")
    assert clock.slept == [8]
    assert (reply.status, reply.headers["retry-after"]) == (429, "12")
    assert len(sandbox.messages(ann)) == 1


@pytest.mark.parametrize(("effect", "status"), [("500", 500), ("502", 502)])
async def test_servers_in_trouble_answer_with_a_page(
    api: Any, sandbox: Sandbox, ann: Person, effect: str, status: int
) -> None:
    start(sandbox, effect)
    reply = await api.http.post(SEND, json={"chat_id": ann.id, "text": "x"})
    assert (reply.status_code, reply.headers["content-type"]) == (status, "text/html")
    assert reply.text.startswith("<html>")
    assert len(sandbox.messages(ann)) == 1


@pytest.mark.parametrize(
    ("effect", "is_taken"), [("cut-before", False), ("cut-after", True), ("malformed", True)]
)
async def test_what_was_taken_stands_in_the_chat(
    api: Any, sandbox: Sandbox, ann: Person, effect: str, is_taken: bool
) -> None:
    start(sandbox, effect)
    broken = (httpx.ReadError, httpx.RemoteProtocolError, json.JSONDecodeError)
    with pytest.raises(broken):
        (await api.http.post(SEND, json={"chat_id": ann.id, "text": "x"})).json()
    assert (len(sandbox.messages(ann)) == 2) is is_taken


async def test_a_slow_answer_comes_after_its_seconds(
    api: Any, sandbox: Sandbox, ann: Person, clock: Any
) -> None:
    start(sandbox, "slow:seconds=70")
    assert (await api("sendMessage", chat_id=ann.id, text="x")).status == 200
    assert clock.slept == [70]


async def test_a_picture_is_refused_and_words_are_not(
    api: Any, sandbox: Sandbox, ann: Person
) -> None:
    start(sandbox, "bad-picture:times=always")
    assert (await api("sendMessage", chat_id=ann.id, text="x")).status == 200
    by_address = await api("sendPhoto", chat_id=ann.id, photo="https://example.com/a.png")
    assert by_address.error == "wrong type of the web page content"
    by_id = await api("sendPhoto", chat_id=ann.id, photo="AgACsomething")
    assert by_id.error == "IMAGE_PROCESS_FAILED"


async def test_a_person_blocks_and_comes_back(api: Any, sandbox: Sandbox, ann: Person) -> None:
    trouble = start(sandbox, "blocked:chat=ann")
    reply = await api("sendMessage", chat_id=ann.id, text="x")
    assert reply.body["description"] == "Forbidden: bot was blocked by the user"
    assert (trouble.hits, trouble.is_over) == (1, False)
    sandbox.rehearsal.end(trouble.id)
    assert (await api("sendMessage", chat_id=ann.id, text="x")).status == 200


async def test_who_unblocks_by_themselves_ends_it(api: Any, sandbox: Sandbox, ann: Person) -> None:
    trouble = start(sandbox, "blocked:chat=ann")
    sandbox.unblock(ann)
    assert trouble.is_over
    sandbox.block(ann)
    sandbox.rehearsal.end_all()
    sandbox.unblock(ann)
    assert (await api("sendMessage", chat_id=ann.id, text="x")).status == 200


async def test_a_channel_throws_the_bot_out_and_gives_its_rights_back(
    api: Any, sandbox: Sandbox
) -> None:
    channel = sandbox.add_channel("Tea news", username="tea_news")
    before = channel.bot
    trouble = start(sandbox, "kicked:chat=@tea_news")
    reply = await api("sendMessage", chat_id=channel.id, text="x")
    assert reply.body["description"] == "Forbidden: bot was kicked from the channel chat"
    sandbox.rehearsal.end(trouble.id)
    assert channel.bot == before
    assert (await api("sendMessage", chat_id=channel.id, text="x")).status == 200


async def test_a_group_gets_another_id_for_good(api: Any, sandbox: Sandbox, ann: Person) -> None:
    group = sandbox.add_group("Tea club", kind="group", members=(ann,))
    trouble = start(sandbox, "migrated")
    assert sandbox.rehearsal.active_count == 0
    reply = await api("sendMessage", chat_id=group.id, text="x")
    new_id = reply.body["parameters"]["migrate_to_chat_id"]
    assert (await api("sendMessage", chat_id=new_id, text="x")).status == 200
    sandbox.rehearsal.end(trouble.id)
    assert (await api("sendMessage", chat_id=group.id, text="x")).status == 400
    with pytest.raises(ValueError, match="migrated does not fit any chat"):
        start(sandbox, "migrated")


async def test_topics_close_and_open_again(api: Any, sandbox: Sandbox, ann: Person) -> None:
    forum = sandbox.add_group("Forum", forum=True, members=(ann,))
    thread = sandbox.add_topic(ann, forum, "News")
    trouble = start(sandbox, "closed")
    sent = {"chat_id": forum.id, "message_thread_id": thread, "text": "x"}
    assert (await api("sendMessage", **sent)).error == "TOPIC_CLOSED"
    sandbox.rehearsal.end(trouble.id)
    assert (await api("sendMessage", **sent)).status == 200


def test_a_state_of_all_chats_is_one_entry_each(sandbox: Sandbox, ann: Person) -> None:
    ben = sandbox.add_person("Ben")
    sandbox.say(ben, ben, "/start")
    sandbox.add_person("Cleo, whom the bot never met")
    started = sandbox.rehearsal.start(read_wish("blocked"))
    assert [one.chat and one.chat.id for one in started] == [ann.id, ben.id]
    sandbox.rehearsal.end_all()
    assert sandbox.rehearsal.active_count == 0
    assert {sandbox.chat(one).bot.status for one in (ann, ben)} == {"member"}


def test_a_chat_that_is_not_there_is_told_with_those_that_are(
    sandbox: Sandbox, ann: Person
) -> None:
    with pytest.raises(ValueError, match=rf"no chat 'moon'; there are Ann \({ann.id}\)"):
        start(sandbox, "429:chat=moon")
    with pytest.raises(ValueError, match="kicked does not fit Ann"):
        start(sandbox, "kicked:chat=Ann")


async def test_the_clock_that_is_handed_out_jumps_and_is_set_right(
    sandbox: Sandbox, ann: Person, clock: Any
) -> None:
    machine = sandbox.machine_clock
    assert machine.now() == clock.now()
    start(sandbox, "clock-ahead:hours=5")
    back = start(sandbox, "clock-back")
    assert machine.now() - clock.now() == timedelta(hours=3)
    sandbox.say(ann, ann, "Tea")
    assert sandbox.messages(ann)[-1]["date"] == int(clock.now().timestamp()), "Telegram is right"
    async with (
        serve(sandbox, extra_routes=routes(sandbox)) as address,
        httpx.AsyncClient(base_url=address, trust_env=False) as http,
    ):
        shown = (await http.get("/sandbox/clock")).json()
        assert datetime.fromisoformat(shown["now"]) == machine.now()
        assert datetime.fromisoformat(shown["right"]) == clock.now()
        told = (await http.get("/sandbox/troubles")).json()["started"]
        assert [(one["where"], one["note"]) for one in told] == [
            ("the bot's machine", "2 hours back"),
            ("the bot's machine", "5 hours ahead"),
        ]
        assert (await http.post("/sandbox/calm", json={"id": back.id})).status_code == 200
        assert machine.now() - clock.now() == timedelta(hours=5)
        year = {"effect": "clock-back", "hours": 8784}
        for status in (*[200] * 10, 400):
            assert (await http.post("/sandbox/trouble", json=year)).status_code == status
    sandbox.rehearsal.end_all()
    assert machine.now() == clock.now()


async def test_the_page_starts_sees_and_ends_trouble(sandbox: Sandbox, ann: Person) -> None:
    async with (
        serve(sandbox, extra_routes=routes(sandbox)) as address,
        httpx.AsyncClient(base_url=address, trust_env=False) as http,
    ):
        told = (await http.get("/sandbox/troubles")).json()
        assert [one["name"] for one in told["troubles"]] == list(TROUBLES)
        assert told["started"] == []
        wish = {"effect": "429", "chat": ann.id, "times": 2, "retry": 3, "seconds": None}
        assert (await http.post("/sandbox/trouble", json=wish)).status_code == 200
        assert (await http.post(SEND, json={"chat_id": ann.id, "text": "x"})).status_code == 429
        (started,) = (await http.get("/sandbox/troubles")).json()["started"]
        assert (started["where"], started["hits"], started["times"]) == ("Ann", 1, 2)
        assert (await http.get("/sandbox/state")).json()["troubles"] == 1
        assert (await http.post("/sandbox/calm", json={"id": started["id"]})).status_code == 200
        assert (await http.get("/sandbox/state")).json()["troubles"] == 0
        assert (await http.post(SEND, json={"chat_id": ann.id, "text": "x"})).status_code == 200
        for wrong in ({"effect": "earthquake"}, {"effect": "kicked"}, {**wish, "times": 0}, {}):
            reply = await http.post("/sandbox/trouble", json=wrong)
            assert reply.status_code == 400, wrong
            assert reply.json()["error"].endswith(".")
        reply = await http.post(
            "/sandbox/trouble", json=wish, headers={"Origin": "http://evil.example"}
        )
        assert reply.status_code == 403
