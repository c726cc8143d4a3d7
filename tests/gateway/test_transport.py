"""The transport against a server that misbehaves: what is raised, and what never is written."""

from __future__ import annotations

import asyncio
import logging
import traceback

import pytest
from telegram.request import RequestData

from bot.gateway.application import Telegram
from bot.gateway.failures import CallFailed, Stage
from bot.gateway.transport import HIDDEN, AiohttpRequest
from bot.gateway.wire import WireError
from tests.support.odd_server import (
    SECRET,
    TOKEN,
    OddServer,
    Request,
    cut,
    refuses,
    result,
    says,
    sent,
    silent,
)

HTML = b"<html><body><h1>502 Bad Gateway</h1></body></html>"


def url_of(server: OddServer, method: str = "SendMessage") -> str:
    return f"{server.address}/bot{HIDDEN}/{method}"


async def failure_of(request: AiohttpRequest, url: str) -> CallFailed:
    with pytest.raises(CallFailed) as caught:
        await request.post(url, RequestData())
    return caught.value


async def test_the_token_is_put_in_only_on_the_wire(
    server: OddServer, request_: AiohttpRequest
) -> None:
    await request_.post(url_of(server), RequestData())
    assert server.requests[0].path == f"/bot{TOKEN}/SendMessage"


async def test_parameters_travel_as_json_and_connections_are_kept(
    server: OddServer, telegram: Telegram
) -> None:
    wanted = {"chat_id": 5, "text": "ж 𝄞", "entities": [{"type": "bold", "offset": 0, "length": 1}]}
    for _ in range(3):
        await telegram.bot.do_api_request("SendMessage", api_kwargs=dict(wanted))
    assert [one.parameters for one in server.requests] == [wanted] * 3
    assert server.requests[0].headers["content-type"] == "application/json"
    assert "cookie" not in server.requests[0].headers
    assert server.connections == 1


async def test_cookies_are_never_kept(server: OddServer, request_: AiohttpRequest) -> None:
    server.acts.append(says(200, b'{"ok":true,"result":true}', Set_Cookie="a=b"))
    for _ in range(2):
        await request_.post(url_of(server), RequestData())
    assert "cookie" not in server.requests[1].headers


async def test_an_unreadable_character_is_left_for_the_server_to_refuse(
    server: OddServer, telegram: Telegram
) -> None:
    await telegram.bot.do_api_request("SendMessage", api_kwargs={"text": "\ud83d"})
    assert server.requests[0].body == b'{"text": "\\ud83d"}'


async def test_a_refused_connection_is_before(request_: AiohttpRequest, closed_port: int) -> None:
    failure = await failure_of(request_, f"http://127.0.0.1:{closed_port}/bot{HIDDEN}/SendMessage")
    assert failure.stage is Stage.BEFORE
    assert failure.status is None


async def test_no_place_among_the_connections_is_before(server: OddServer) -> None:
    released = asyncio.Event()
    server.acts.append(silent(released))
    request = AiohttpRequest(TOKEN, connections=1)
    await request.initialize()
    first = asyncio.create_task(request.post(url_of(server), RequestData(), read_timeout=10.0))
    await server.until(lambda: bool(server.requests))
    request._connect_timeout = 0.05  # only now: on a busy machine the first may take longer
    failure = await failure_of(request, url_of(server))
    released.set()
    await first
    await request.shutdown()
    assert failure.stage is Stage.BEFORE
    assert len(server.requests) == 1


async def test_a_place_goes_to_who_has_waited_longest_and_never_gets_lost(
    server: OddServer,
) -> None:
    """Also where who waited is given up: before its place, and together with it."""
    released = [asyncio.Event() for _ in range(4)]
    server.acts.extend(map(silent, released))
    request = AiohttpRequest(TOKEN, connections=1)
    await request.initialize()

    def ask(name: str) -> asyncio.Task[object]:
        return asyncio.create_task(request.ask(url_of(server, name), {}, read_timeout=10.0))

    first = ask("First")
    await server.until(lambda: len(server.requests) == 1)
    given_up, too_late, second, third = map(ask, ("GivenUp", "TooLate", "Second", "Third"))
    await asyncio.sleep(0)
    given_up.cancel()
    released[0].set()
    await first  # its place has gone to the next by now
    too_late.cancel()
    await asyncio.gather(given_up, too_late, return_exceptions=True)
    for event in released:
        event.set()
    await asyncio.gather(second, third)
    assert [one.endpoint for one in server.requests if one.endpoint != "TooLate"] == [
        "First",
        "Second",
        "Third",
    ]
    await request.ask(url_of(server), {})
    await request.shutdown()


async def test_each_answer_is_late_by_its_own_measure(
    server: OddServer, request_: AiohttpRequest
) -> None:
    """One timer serves all questions, also those that come later and are late sooner."""
    released = asyncio.Event()
    server.acts.extend(silent(released) for _ in range(4))
    late: list[float] = []

    async def ask(seconds: float) -> None:
        with pytest.raises(CallFailed, match=f"no answer in {seconds:g} s") as caught:
            await request_.ask(url_of(server), {}, read_timeout=seconds)
        assert caught.value.stage is Stage.AFTER
        late.append(seconds)

    patient = asyncio.create_task(request_.ask(url_of(server), {}, read_timeout=20.0))
    others = [asyncio.create_task(ask(one)) for one in (0.3, 0.1, 0.2)]
    await asyncio.gather(*others)
    assert late == [0.1, 0.2, 0.3]
    assert not patient.done()
    released.set()
    await patient


async def test_a_connection_is_used_again_for_four_seconds_and_no_longer(
    server: OddServer,
) -> None:
    """A server that keeps it for five never hangs up on a call."""
    now = [100.0]
    request = AiohttpRequest(TOKEN, time=lambda: now[0])
    await request.initialize()
    for later, connections in ((0.0, 1), (3.9, 1), (3.9, 1), (4.1, 2), (0.1, 2)):
        now[0] += later
        await request.post(url_of(server), RequestData())
        assert server.connections == connections
    await request.shutdown()


async def test_a_closed_transport_is_before(server: OddServer) -> None:
    request = AiohttpRequest(TOKEN)
    failure = await failure_of(request, url_of(server))
    assert failure.stage is Stage.BEFORE


async def test_a_kept_connection_that_was_closed_is_before(
    server: OddServer, request_: AiohttpRequest
) -> None:
    """A connection is taken and may close a moment before it is written to."""
    await request_.post(url_of(server), RequestData())
    (wire,) = request_._wires.values()
    (line,) = wire._free
    assert line.transport is not None
    line.transport.close()
    with pytest.raises(WireError) as caught:
        line.ask(b"POST / HTTP/1.1\r\n\r\n")
    assert caught.value.is_before
    # The next call looks first, and takes another one.
    await request_.post(url_of(server), RequestData())
    assert (len(server.requests), server.connections) == (2, 2)


async def test_a_connection_that_the_server_has_closed_is_not_used_again(
    server: OddServer, request_: AiohttpRequest
) -> None:
    await request_.post(url_of(server), RequestData())
    (wire,) = request_._wires.values()
    (line,) = wire._free
    server.writers[0].close()
    async with asyncio.timeout(5):
        while line.is_usable:
            await asyncio.sleep(0)
    await request_.post(url_of(server), RequestData())
    assert server.connections == 2


@pytest.mark.parametrize("pieces", [1, 7])
async def test_an_answer_in_chunks_is_read(
    server: OddServer, request_: AiohttpRequest, pieces: int
) -> None:
    body = b'{"ok":true,"result":{"message_id":7}}'

    async def chunked(request: Request) -> None:
        head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        size = -(-len(body) // pieces)
        parts = [body[at : at + size] for at in range(0, len(body), size)]
        for part in [head, *(b"%x\r\n%b\r\n" % (len(one), one) for one in parts), b"0\r\n\r\n"]:
            request.writer.write(part)
            await request.writer.drain()

    server.acts.extend([chunked, sent])
    assert (await request_.post(url_of(server), RequestData()))["message_id"] == 7  # type: ignore[index, call-overload]
    await request_.post(url_of(server), RequestData())
    assert server.connections == 1


async def test_an_answer_without_a_length_ends_with_the_connection(
    server: OddServer, request_: AiohttpRequest
) -> None:
    async def old(request: Request) -> None:
        request.writer.write(b'HTTP/1.0 200 OK\r\n\r\n{"ok":true,"result":{"message_id":7}}')
        request.writer.close()

    server.acts.append(old)
    assert (await request_.post(url_of(server), RequestData()))["message_id"] == 7  # type: ignore[index, call-overload]


async def test_words_that_come_before_the_answer_are_passed_over(
    server: OddServer, request_: AiohttpRequest
) -> None:
    async def early(request: Request) -> None:
        request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        await sent(request)

    server.acts.append(early)
    assert (await request_.post(url_of(server), RequestData()))["message_id"] == 7  # type: ignore[index, call-overload]


async def test_a_cut_without_an_answer_is_after_and_never_repeated(
    server: OddServer, request_: AiohttpRequest
) -> None:
    server.acts.append(cut)
    failure = await failure_of(request_, url_of(server))
    assert failure.stage is Stage.AFTER
    assert failure.status is None
    assert len(server.requests) == 1


async def test_a_cut_of_a_kept_connection_is_after_and_never_repeated(
    server: OddServer, request_: AiohttpRequest
) -> None:
    server.acts.extend([sent, cut])
    await request_.post(url_of(server), RequestData())
    failure = await failure_of(request_, url_of(server))
    assert failure.stage is Stage.AFTER
    assert len(server.requests) == 2
    assert server.connections == 1


async def test_an_answer_that_breaks_off_is_after(
    server: OddServer, request_: AiohttpRequest
) -> None:
    async def half(request: Request) -> None:
        request.writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{")
        request.writer.close()

    server.acts.append(half)
    failure = await failure_of(request_, url_of(server))
    assert failure.stage is Stage.AFTER
    assert failure.status is None


async def test_rubbish_in_place_of_http_is_after(
    server: OddServer, request_: AiohttpRequest
) -> None:
    async def rubbish(request: Request) -> None:
        request.writer.write(b"\x00\x01 not http at all\r\n\r\n")

    server.acts.append(rubbish)
    failure = await failure_of(request_, url_of(server))
    assert failure.stage is Stage.AFTER
    assert_no_token(failure)


async def test_silence_is_after(server: OddServer, request_: AiohttpRequest) -> None:
    released = asyncio.Event()
    server.acts.append(silent(released))
    request = AiohttpRequest(TOKEN, connect_timeout=0.3, read_timeout=0.1)
    await request.initialize()
    failure = await failure_of(request, url_of(server))
    released.set()
    await request.shutdown()
    assert failure.stage is Stage.AFTER
    assert "Timeout" in str(failure)


async def test_a_slow_answer_is_waited_for(server: OddServer, request_: AiohttpRequest) -> None:
    released = asyncio.Event()
    server.acts.append(silent(released))
    call = asyncio.create_task(request_.post(url_of(server), RequestData()))
    await server.until(lambda: bool(server.requests))
    assert not call.done()
    released.set()
    assert (await call)["message_id"] == 7  # type: ignore[index, call-overload]


async def test_a_refusal_keeps_status_words_and_parameters(
    server: OddServer, request_: AiohttpRequest
) -> None:
    server.acts.append(refuses(429, "Too Many Requests: retry after 33", retry_after=33))
    failure = await failure_of(request_, url_of(server))
    assert (failure.status, failure.parameters) == (429, {"retry_after": 33})
    assert failure.description == "Too Many Requests: retry after 33"
    assert failure.url == url_of(server)
    assert str(failure) == "SendMessage 429 Too Many Requests: retry after 33"


@pytest.mark.parametrize(
    ("status", "words"), [(502, "Bad Gateway"), (413, "Request Entity Too Large"), (599, "unknown")]
)
async def test_a_proxy_speaks_through_its_status(
    server: OddServer, request_: AiohttpRequest, status: int, words: str
) -> None:
    server.acts.append(says(status, HTML, content_type="text/html"))
    failure = await failure_of(request_, url_of(server))
    assert failure.status == status
    assert failure.description.startswith(words)


async def test_the_pause_may_stand_in_the_header_alone(
    server: OddServer, request_: AiohttpRequest
) -> None:
    server.acts.append(says(429, HTML, content_type="text/html", Retry_After="12"))
    failure = await failure_of(request_, url_of(server))
    assert failure.parameters == {"retry_after": 12}


@pytest.mark.parametrize("body", [HTML, b"", b"[]", b'{"ok":true}', b'{"ok":true,"resu'])
async def test_a_good_status_without_a_result_is_no_success(
    server: OddServer, request_: AiohttpRequest, body: bytes
) -> None:
    server.acts.append(says(200, body))
    failure = await failure_of(request_, url_of(server))
    assert (failure.status, failure.stage) == (200, Stage.AFTER)


async def test_a_redirect_is_not_followed(server: OddServer, request_: AiohttpRequest) -> None:
    server.acts.append(says(307, b"", Location=f"{server.address}/elsewhere"))
    failure = await failure_of(request_, url_of(server))
    assert failure.status == 307
    assert len(server.requests) == 1


async def test_a_file_is_downloaded(server: OddServer, request_: AiohttpRequest) -> None:
    server.acts.append(says(200, b"\x89PNG"))
    url = f"{server.address}/file/bot{HIDDEN}/photos/1.png"
    assert await request_.retrieve(url) == b"\x89PNG"
    assert server.requests[0].path == f"/file/bot{TOKEN}/photos/1.png"


async def test_who_cancels_a_call_is_not_told_about_it(
    server: OddServer, request_: AiohttpRequest
) -> None:
    released = asyncio.Event()
    server.acts.append(silent(released))
    call = asyncio.create_task(request_.post(url_of(server), RequestData()))
    await server.until(lambda: bool(server.requests))
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    released.set()


def assert_no_token(error: BaseException) -> None:
    """Look for the secret in an error, in all it stems from, and in its traceback."""
    seen: list[BaseException] = []
    todo: list[BaseException | None] = [error]
    while todo:
        one = todo.pop()
        if one is None or one in seen:
            continue
        seen.append(one)
        todo += [one.__cause__, one.__context__]
        words = [str(one), repr(one), repr(one.args), repr(vars(one))]
        assert not [text for text in words if SECRET in text]
    assert SECRET not in "".join(traceback.format_exception(error))


async def test_the_token_is_written_nowhere(
    server: OddServer,
    telegram: Telegram,
    closed_port: int,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    for name in ("telegram", "telegram.ext", "aiohttp", "asyncio"):
        caplog.set_level(logging.DEBUG, logger=name)
    asyncio.get_running_loop().set_debug(True)
    server.acts.extend(
        [
            cut,
            says(502, HTML),
            says(200, b"{"),
            says(200, b"x" * 20_000),
            refuses(401, "Unauthorized"),
            refuses(404, "Not Found"),
            refuses(400, f"Bad Request: no such path /bot{HIDDEN}/x"),
            result(True),
        ]
    )
    errors: list[BaseException] = []
    for _ in range(8):
        try:
            await telegram.bot.do_api_request("SendMessage", api_kwargs={"chat_id": 1})
        except CallFailed as error:
            errors.append(error)
    request = telegram.bot.request
    for url in (f"http://127.0.0.1:{closed_port}/bot{HIDDEN}/x", f"http://[::bad/bot{HIDDEN}/x"):
        with pytest.raises(CallFailed) as caught:
            await request.post(url, RequestData())
        errors.append(caught.value)
    asyncio.get_running_loop().set_debug(False)
    assert len(errors) == 9
    for one in errors:
        assert_no_token(one)
    assert caplog.records
    for record in caplog.records:
        assert SECRET not in record.getMessage() + repr(vars(record))
    for thing in (telegram.bot, telegram.application, request):
        assert SECRET not in repr(thing) + str(thing)
