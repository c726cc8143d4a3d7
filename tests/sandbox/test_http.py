"""The HTTP layer: addresses, encodings, tokens, and the server around it."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import httpx
import pytest

from bot.clock import SystemClock
from bot.sandbox.chats import Person
from bot.sandbox.server import PortTaken, serve
from bot.sandbox.state import Sandbox


async def test_methods_answer_to_get_and_post_in_any_case(api: Any) -> None:
    for reply in (
        await api.http.get("/bot999:sandbox-token/getme"),
        await api.http.post("/bot999:sandbox-token/GETME"),
    ):
        assert reply.json()["result"]["username"] == "gazette_demo_bot"


@pytest.mark.parametrize("encoding", ["query", "form", "json", "multipart"])
async def test_parameters_come_in_four_encodings(api: Any, ann: Person, encoding: str) -> None:
    path = "/bot999:sandbox-token/sendMessage"
    flat = {
        "chat_id": str(ann.id),
        "text": "Tëa ☕",
        "entities": '[{"type":"bold","offset":0,"length":3}]',
    }
    nested = {**flat, "entities": [{"type": "bold", "offset": 0, "length": 3}]}
    requests = {
        "query": lambda: api.http.get(path, params=flat),
        "form": lambda: api.http.post(path, data=flat),
        "json": lambda: api.http.post(path, json=nested),
        "multipart": lambda: api.http.post(
            path, files={name: (None, value) for name, value in flat.items()}
        ),
    }
    result = (await requests[encoding]()).json()["result"]
    assert (result["text"], result["entities"][0]["length"]) == ("Tëa ☕", 3)


async def test_an_unknown_method_is_not_found(api: Any) -> None:
    reply = await api("sendTelegraph", chat_id=1)
    assert (reply.status, reply.body["description"]) == (404, "Not Found: method not found")


async def test_a_path_of_no_bot_is_not_found(api: Any) -> None:
    reply = api.read(await api.http.get("/something"))
    assert reply.body == {"ok": False, "error_code": 404, "description": "Not Found"}


@pytest.mark.parametrize(
    ("token", "description"),
    [
        ("999:other", "Unauthorized"),
        ("rubbish", "Unauthorized: invalid token specified"),
        ("0:x", "Unauthorized: invalid token specified"),
        ("1:" + "x" * 80, "Unauthorized: invalid token specified"),
    ],
)
async def test_a_wrong_token_is_refused(api: Any, token: str, description: str) -> None:
    reply = api.read(await api.http.get(f"/bot{token}/getMe"))
    assert (reply.status, reply.body["description"]) == (401, description)


async def test_text_that_is_no_utf8_is_refused(api: Any) -> None:
    reply = await api.http.get("/bot999:sandbox-token/sendMessage?chat_id=1&text=%ff")
    assert reply.json()["description"] == "Bad Request: strings must be encoded in UTF-8"


async def test_a_body_over_the_limit_is_refused_without_json(api: Any) -> None:
    reply = await api.http.post(
        "/bot999:sandbox-token/sendMessage", data={"chat_id": "1", "text": "x" * (1 << 20)}
    )
    assert reply.status_code == 413
    assert reply.text == "Request Entity Too Large"


async def test_calls_are_logged_without_the_token(api: Any, sandbox: Sandbox, ann: Person) -> None:
    await api.form("sendMessage", chat_id=ann.id, text="x", reply_markup='{"inline_keyboard":[]}')
    call = sandbox.calls[-1]
    assert (call.method, call.status, call.chat_id) == ("sendMessage", 200, str(ann.id))
    assert call.parameters["reply_markup"] == {"inline_keyboard": []}
    assert "sandbox-token" not in repr(sandbox.calls)


async def test_webhooks_and_log_out_are_refused_honestly(api: Any) -> None:
    assert "getUpdates only" in (await api("setWebhook", url="https://e.com/")).error
    assert (await api("deleteWebhook")).result is True
    assert (await api("getWebhookInfo")).result["url"] == ""
    assert (await api("logOut")).status == 400
    assert (await api("close")).status == 400


async def test_a_taken_port_is_said() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(PortTaken) as error:
            async with serve(Sandbox(clock=SystemClock()), port=port):
                pytest.fail("served on a taken port")
    assert error.value.port == port


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::"])
async def test_only_loopback_is_served(host: str) -> None:
    with pytest.raises(ValueError, match="loopback"):
        async with serve(Sandbox(clock=SystemClock()), host=host):
            pytest.fail("served to the world")


async def test_the_server_stops_at_once_with_polls_and_streams_open() -> None:
    sandbox = Sandbox(clock=SystemClock())
    stream = sandbox.changes()
    async with httpx.AsyncClient(trust_env=False, verify=False) as http:
        async with asyncio.timeout(5), serve(sandbox) as address:
            url = f"{address}/bot999:sandbox-token/getUpdates"
            poll = asyncio.create_task(http.get(url, params={"timeout": 50}))
            await sandbox.wait_for(lambda: sandbox.world.updates.is_polled)
        assert (await poll).json() == {"ok": True, "result": []}
    changes = [change.type async for change in stream]
    assert changes[-1] == "closing"


async def test_a_sandbox_can_be_served_again(sandbox: Sandbox, ann: Person) -> None:
    for _ in range(2):
        async with serve(sandbox) as address, httpx.AsyncClient(trust_env=False) as http:
            url = f"{address}/bot999:sandbox-token/sendMessage"
            reply = await http.post(url, json={"chat_id": ann.id, "text": "x"})
            assert reply.status_code == 200
    assert len(sandbox.messages(ann)) == 3


async def test_pictures_of_the_site_are_served_and_nothing_else(api: Any) -> None:
    reply = await api.http.get("/assets/tea.png")
    assert (reply.status_code, reply.headers["content-type"]) == (200, "image/png")
    for path in ("/assets/none.png", "/..%2fsecret.png", "/assets", "/%2e%2e/secret.png"):
        assert (await api.http.get(path)).status_code == 404
