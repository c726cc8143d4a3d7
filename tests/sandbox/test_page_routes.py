"""What the chat page asks of the sandbox, over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from bot.clock import SystemClock
from bot.sandbox.chats import Person
from bot.sandbox.previews import WebPage
from bot.sandbox.server import serve
from bot.sandbox.state import Sandbox
from bot.sandbox.web import routes

STORY = "https://example.com/tea"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A served sandbox with somebody in it."""

    sandbox: Sandbox
    http: httpx.AsyncClient
    ann: Person

    async def call(self, method: str, **parameters: Any) -> Any:
        """What the bot does."""
        path = f"/bot{self.sandbox.world.token}/{method}"
        reply = await self.http.post(path, json=parameters)
        assert reply.status_code == 200, reply.text
        return reply.json()["result"]

    async def state(self, **query: Any) -> Any:
        reply = await self.http.get("/sandbox/state", params={"me": self.ann.id, **query})
        assert reply.status_code == 200, reply.text
        return reply.json()

    async def post(self, action: str, **body: Any) -> httpx.Response:
        return await self.http.post(f"/sandbox/{action}", json={"me": self.ann.id, **body})

    async def html(self, **query: Any) -> str:
        opened = (await self.state(chat=self.ann.id, **query))["chat"]
        return "".join(unit["html"] for unit in opened["units"])


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    Image.new("RGB", (60, 40), "teal").save(tmp_path / "tea.png")
    page = WebPage(
        title="Tea <now>",
        description="Two cups.",
        site_name="Example",
        image="/tea.png",
        html="<p>It is hot.</p><script>alert(1)</script>",
    )
    sandbox = Sandbox(clock=SystemClock(), web={STORY: page}, site=tmp_path)
    ann = sandbox.add_person("Ann")
    async with (
        serve(sandbox, extra_routes=routes(sandbox)) as address,
        httpx.AsyncClient(base_url=address, trust_env=False) as http,
    ):
        yield Stage(sandbox=sandbox, http=http, ann=ann)


@pytest.fixture
async def started(stage: Stage) -> Stage:
    assert (await stage.post("say", chat=stage.ann.id, text="/start")).status_code == 200
    return stage


async def test_the_page_and_its_files_come_from_here_alone(stage: Stage) -> None:
    page = await stage.http.get("/")
    assert page.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "unsafe-eval" not in page.headers["content-security-policy"]
    folder = Path(__file__).parents[2] / "bot" / "sandbox" / "page"
    names = [path.name for path in folder.iterdir() if path.suffix in {".js", ".css", ".svg"}]
    for name in [*names, "chatview.css"]:
        reply = await stage.http.get(f"/sandbox/page/{name}")
        assert reply.status_code == 200, name
        # Addresses of the web stand in none of them, but for the name space of SVG.
        assert "https://" not in reply.text.replace("https://e", "")
        assert "@import" not in reply.text
    assert (await stage.http.get("/sandbox/page/web.py")).status_code == 404
    assert (await stage.http.get("/sandbox/page/..%2fweb.py")).status_code == 404


async def test_before_the_first_word_there_is_a_start_button(stage: Stage) -> None:
    await stage.call("setMyDescription", description="News at your hour.")
    opened = (await stage.state(chat=stage.ann.id))["chat"]
    assert (opened["mode"], opened["units"]) == ("start", [])
    assert opened["welcome"] == "News at your hour."


async def test_what_a_person_says_reaches_the_bot_and_the_chat(started: Stage) -> None:
    updates = await started.call("getUpdates")
    assert [one["message"]["text"] for one in updates if "message" in one] == ["/start"]
    html = await started.html()
    assert 'class="message own' in html
    assert 'data-say="/start"' in html
    assert (await started.state(chat=started.ann.id))["chat"]["mode"] == "write"


async def test_what_the_bot_sends_is_unread_until_it_was_read(started: Stage) -> None:
    sent = await started.call("sendMessage", chat_id=started.ann.id, text="News & more")
    entry = (await started.state())["chats"][0]
    assert (entry["unread"], entry["last"]["text"]) == (1, "News & more")
    assert "News &amp; more" in await started.html()
    await started.post("read", chat=started.ann.id, message=sent["message_id"])
    assert (await started.state())["chats"][0]["unread"] == 0


async def test_a_tapped_button_turns_until_the_bot_answers(started: Stage) -> None:
    rows = [[{"text": "More", "callback_data": "m:1"}]]
    sent = await started.call(
        "sendMessage",
        chat_id=started.ann.id,
        text="Pick",
        reply_markup={"inline_keyboard": rows},
    )
    place = {"chat": started.ann.id, "message": sent["message_id"]}
    query = (await started.post("press", **place, data="m:1")).json()["query"]
    assert (await started.state(queries=query))["answers"] == {}
    asked = [one for one in await started.call("getUpdates") if "callback_query" in one]
    assert asked[0]["callback_query"]["data"] == "m:1"
    await started.call("answerCallbackQuery", callback_query_id=query, text="Here", show_alert=True)
    answers = (await started.state(queries=query))["answers"]
    assert answers[query]["text"] == "Here"
    assert answers[query]["show_alert"] is True


async def test_a_button_that_is_gone_is_refused_in_words(started: Stage) -> None:
    sent = await started.call("sendMessage", chat_id=started.ann.id, text="Plain")
    place = {"chat": started.ann.id, "message": sent["message_id"]}
    reply = await started.post("press", **place, data="m:1")
    assert (reply.status_code, reply.json()["error"]) == (409, "This button is gone.")
    reply = await started.post("press", chat=started.ann.id, message=999_999, data="m:1")
    assert reply.status_code == 409


async def test_a_query_that_nobody_knows_does_not_turn_for_ever(stage: Stage) -> None:
    assert (await stage.state(queries="123"))["answers"]["123"]["text"] == ""


async def test_blocking_and_unblocking(started: Stage) -> None:
    await started.post("block")
    assert (await started.state(chat=started.ann.id))["chat"]["mode"] == "unblock"
    path = f"/bot{started.sandbox.world.token}/sendMessage"
    refused = await started.http.post(path, json={"chat_id": started.ann.id, "text": "x"})
    assert refused.status_code == 403
    await started.post("unblock")
    assert (await started.state(chat=started.ann.id))["chat"]["mode"] == "write"


async def test_a_reaction_shows_and_is_taken_back(started: Stage) -> None:
    sent = await started.call("sendMessage", chat_id=started.ann.id, text="Nice")
    place = {"chat": started.ann.id, "message": sent["message_id"]}
    assert (await started.post("react", **place, emoji="👍")).status_code == 200
    assert "👍" in await started.html()
    await started.post("react", **place, emoji="👍")
    assert "👍" not in await started.html()


async def test_each_person_sees_own_chats_and_own_commands(stage: Stage) -> None:
    bob = stage.sandbox.add_person("Bob")
    group = stage.sandbox.add_group("Tea friends", members=[bob])
    channel = stage.sandbox.add_channel("Tea news", username="tea_news")
    commands = [{"command": "hot", "description": "Hottest stories"}]
    await stage.call("setMyCommands", commands=commands)
    own = [{"command": "post", "description": "Send now"}]
    scope = {"type": "chat", "chat_id": bob.id}
    assert (await stage.post("say", me=bob.id, chat=bob.id, text="/start")).status_code == 200
    await stage.call("setMyCommands", commands=own, scope=scope)
    assert {chat["id"] for chat in (await stage.state())["chats"]} == {stage.ann.id, channel.id}
    seen = await stage.state(me=bob.id, chat=bob.id)
    assert {chat["id"] for chat in seen["chats"]} == {bob.id, group.id, channel.id}
    assert seen["chat"]["commands"] == own
    assert (await stage.state(chat=stage.ann.id))["chat"]["commands"] == commands
    in_channel = (await stage.state(chat=channel.id))["chat"]
    assert (in_channel["mode"], in_channel["type"]) == ("read", "channel")


async def test_nobody_looks_into_a_chat_of_others(stage: Stage) -> None:
    bob = stage.sandbox.add_person("Bob")
    assert (await stage.state(chat=bob.id))["chat"] is None
    reply = await stage.post("say", chat=bob.id, text="hi")
    assert reply.status_code == 400


async def test_pictures_are_served_as_they_were_sent(started: Stage) -> None:
    out = BytesIO()
    Image.new("RGB", (300, 200), "red").save(out, "PNG")
    reply = await started.http.post(
        f"/bot{started.sandbox.world.token}/sendPhoto",
        data={"chat_id": str(started.ann.id), "caption": "Red"},
        files={"photo": ("red.png", out.getvalue())},
    )
    file_id = reply.json()["result"]["photo"][-1]["file_id"]
    assert f'src="/sandbox/file/{file_id}"' in await started.html()
    picture = await started.http.get(f"/sandbox/file/{file_id}")
    assert picture.headers["content-type"].startswith("image/")
    assert Image.open(BytesIO(picture.content)).size == (300, 200)
    assert (await started.http.get("/sandbox/file/none")).status_code == 404


async def test_older_messages_come_when_asked_for(started: Stage) -> None:
    for number in range(6):
        await started.call("sendMessage", chat_id=started.ann.id, text=f"story {number}")
    short = (await started.state(chat=started.ann.id, limit=3))["chat"]
    assert short["has_more"] is True
    assert sum('class="message' in unit["html"] for unit in short["units"]) == 3
    assert (await started.state(chat=started.ann.id, limit=50))["chat"]["has_more"] is False


async def test_the_typing_line_lasts_until_the_message(started: Stage) -> None:
    await started.call("sendChatAction", chat_id=started.ann.id, action="typing")
    assert (await started.state())["chats"][0]["typing"] == "typing"
    await started.call("sendMessage", chat_id=started.ann.id, text="Done")
    assert (await started.state())["chats"][0]["typing"] is None


async def test_the_stream_tells_that_something_changed(started: Stage) -> None:
    async with asyncio.timeout(10), started.http.stream("GET", "/sandbox/events") as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        lines = stream.aiter_lines()
        assert await anext(lines) == "retry: 1000"
        await started.call("sendMessage", chat_id=started.ann.id, text="News")
        assert "data: changed" in [await anext(lines) for _ in range(2)]


async def test_an_open_stream_does_not_hold_up_the_end(tmp_path: Path) -> None:
    sandbox = Sandbox(clock=SystemClock(), site=tmp_path)
    sandbox.add_person("Ann")
    async with asyncio.timeout(2.5), httpx.AsyncClient(trust_env=False) as http:
        async with serve(sandbox, extra_routes=routes(sandbox)) as address:
            request = http.build_request("GET", f"{address}/sandbox/events")
            stream = await http.send(request, stream=True)
            lines = stream.aiter_lines()
            assert await anext(lines) == "retry: 1000"
        rest = [line async for line in lines]
        assert not any(line.startswith("data") for line in rest[1:-2])
        await stream.aclose()


async def test_a_known_page_is_shown_without_its_scripts(stage: Stage) -> None:
    opened = await stage.http.get("/sandbox/open", params={"url": STORY})
    assert opened.status_code == 302
    page = await stage.http.get(opened.headers["location"])
    assert page.status_code == 200
    assert "Tea &lt;now&gt;" in page.text
    assert "<p>It is hot.</p>" in page.text
    assert 'src="/tea.png"' in page.text
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy


async def test_an_unknown_address_leads_out_and_only_to_the_web(stage: Stage) -> None:
    opened = await stage.http.get("/sandbox/open", params={"url": "https://other.example/a?b=1"})
    assert opened.headers["location"] == "https://other.example/a?b=1"
    assert (
        await stage.http.get("/web", params={"url": "https://other.example/"})
    ).status_code == 404
    for bad in ("javascript:alert(1)", "//e.com", "tg://x", "", "https://e.com/\r\nX-A: b"):
        assert (await stage.http.get("/sandbox/open", params={"url": bad})).status_code == 400
        assert (await stage.http.get("/web", params={"url": bad})).status_code == 400


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1", 200),
        ("localhost:99", 200),
        ("[::1]:8080", 200),
        ("127.0.0.1.example.com", 403),
        ("evil.example", 403),
        ("localhost.evil.example:80", 403),
        ("10.0.0.1", 403),
        ("[::1", 403),
        ("", 403),
    ],
)
async def test_a_name_pointed_at_this_machine_gets_nothing(
    stage: Stage, host: str, status: int
) -> None:
    for path in ("/", "/sandbox/state", "/sandbox/page/app.js"):
        assert (await stage.http.get(path, headers={"Host": host})).status_code == status


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://127.0.0.1:1"}, 403),
        ({"Content-Type": "text/plain"}, 415),
        ({"Content-Type": "application/x-www-form-urlencoded"}, 415),
    ],
)
async def test_other_pages_change_nothing(
    stage: Stage, headers: dict[str, str], status: int
) -> None:
    body = b'{"me": %d, "chat": %d, "text": "hi"}' % (stage.ann.id, stage.ann.id)
    sent = {"Content-Type": "application/json", **headers}
    reply = await stage.http.post("/sandbox/say", content=body, headers=sent)
    assert reply.status_code == status
    assert len(stage.sandbox.messages(stage.ann.id)) == (1 if status == 200 else 0)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"nonsense",
        b"[]",
        b"\xff\xfe",
        b'{"me": "1001", "chat": 1001, "text": "hi"}',
        b'{"me": true, "chat": 1001, "text": "hi"}',
        b'{"me": 5, "chat": 1001, "text": "hi"}',
        b'{"me": 1001, "chat": 7, "text": "hi"}',
        b'{"me": 1001, "chat": 1001}',
        b'{"me": 1001, "chat": 1001, "text": "   "}',
        b'{"me": 1001, "chat": 1001, "text": 5}',
        b'{"me": 1001, "chat": 1001, "text": "' + b"a" * 4097 + b'"}',
    ],
)
async def test_rubbish_is_refused_in_words(stage: Stage, body: bytes) -> None:
    assert stage.ann.id == 1001
    headers = {"Content-Type": "application/json"}
    reply = await stage.http.post("/sandbox/say", content=body, headers=headers)
    assert reply.status_code == 400
    assert reply.json()["error"]


async def test_a_body_without_end_is_cut(stage: Stage) -> None:
    headers = {"Content-Type": "application/json"}
    reply = await stage.http.post("/sandbox/say", content=b" " * 100_000, headers=headers)
    assert reply.status_code == 413


@pytest.mark.parametrize("query", ["me=x", "chat=x", "limit=x", "limit=1e3"])
async def test_a_snapshot_asked_for_in_rubbish_is_refused(stage: Stage, query: str) -> None:
    reply = await stage.http.get(f"/sandbox/state?{query}")
    assert reply.status_code == 400


async def test_an_unknown_zone_is_taken_as_utc(started: Stage) -> None:
    for zone in ("Europe/Nowhere", "../../etc/passwd", "\x00", "Asia/Kolkata"):
        assert "<time" in await started.html(zone=zone)
