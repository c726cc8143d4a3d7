"""HTTP to the Bot API server, underneath python-telegram-bot.

The library is given a masked address (`…/bot<hidden>`) and never the secret: only this module
puts the token into an address, so nothing else can write it into a log, a message or a dump.
No call is ever repeated here, and no redirect followed: the Bot API has no idempotency key.
"""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import aiohttp
import orjson
from telegram.request import BaseRequest, RequestData
from yarl import URL

from bot.gateway.failures import CallFailed, Stage
from bot.gateway.wire import Answer, Wire, WireError

HIDDEN = "<hidden>"
"""Stands for the token in every address outside this module."""

READ_TIMEOUT = 35.0
"""Telegram waits out short floods by itself, up to 8 s; an early end makes sends uncertain."""
CONNECT_TIMEOUT = 10.0
KEEP_ALIVE = 4.0
"""Shorter than any server's: a call on a connection that the server has just given up is a call
with an unknown outcome."""
SLOWEST_UPLOAD = 50_000
"""Bytes a second; a call with a file gets this much more time."""
LONGEST_REASON = 300


_NEVER_CONNECTED = (
    aiohttp.ClientConnectorError,  # refused, no such host, certificate
    aiohttp.ConnectionTimeoutError,  # also: no place among the connections
    aiohttp.InvalidURL,
)
"""What aiohttp raises before it has a connection."""


class AiohttpRequest(BaseRequest):
    """A lean transport for python-telegram-bot; every failure is a CallFailed.

    `connections` bounds the open connections: further calls wait for a place, together with
    connecting at most `connect_timeout` seconds. An answer may take `read_timeout` seconds more.
    """

    def __init__(
        self,
        token: str,
        *,
        connections: int = 128,
        read_timeout: float = READ_TIMEOUT,
        connect_timeout: float = CONNECT_TIMEOUT,
        time: Callable[[], float] = time.monotonic,
    ) -> None:
        self._secret = quote(token, safe=":")
        self._to_mask = tuple(
            sorted({token, self._secret, token.partition(":")[2]} - {""}, key=len, reverse=True)
        )
        self._connections = connections
        self._read_timeout = read_timeout
        self._connect_timeout = connect_timeout
        self._time = time
        self._session: aiohttp.ClientSession | None = None
        self._addresses: dict[str, URL] = {}
        self._wires: dict[str, Wire] = {}
        self._heads: dict[str, tuple[Wire, bytes]] = {}

    @property
    def read_timeout(self) -> float:
        """The seconds to wait for an answer, once connected."""
        return self._read_timeout

    async def initialize(self) -> None:
        """Open the session; doing it twice is harmless."""
        if self._session is not None:
            return
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=self._connections, keepalive_timeout=KEEP_ALIVE, ttl_dns_cache=60
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
            skip_auto_headers=("Accept-Encoding", "Accept", "User-Agent"),
        )

    async def shutdown(self) -> None:
        """Close every connection."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()
        wires = list(self._wires.values())
        self._wires.clear()
        self._heads.clear()
        for wire in wires:
            await wire.close()

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """Read the body of a good answer. Raises CallFailed when it is not the Bot API's."""
        answer = _json_object(payload)
        if "result" not in answer:
            raise CallFailed("the answer is not the Bot API's", status=int(HTTPStatus.OK))
        return answer

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: object = BaseRequest.DEFAULT_NONE,
        write_timeout: object = BaseRequest.DEFAULT_NONE,
        connect_timeout: object = BaseRequest.DEFAULT_NONE,
        pool_timeout: object = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """Make one call; a status other than 2xx and every failure are raised as CallFailed."""
        wait = read_timeout if isinstance(read_timeout, int | float) else self._read_timeout
        if method != "POST":
            return await self._exchange(url, method, {}, wait)
        if request_data is not None and request_data.contains_files:
            wait += _size_of_files(request_data) / SLOWEST_UPLOAD
            return await self._exchange(url, method, {"data": _form(request_data)}, wait)
        parameters = {} if request_data is None else request_data.parameters
        return await self._asked(url, _json(parameters), wait)

    async def ask(
        self, url: str, parameters: Mapping[str, Any], *, read_timeout: float | None = None
    ) -> Any:
        """Make one call without a file and give its result. Raises CallFailed.

        The short way for what is called often: python-telegram-bot's own way to `do_request`
        costs as much again as the call.
        """
        wait = self._read_timeout if read_timeout is None else read_timeout
        _, payload = await self._asked(url, _json(parameters), wait)
        return self.parse_json_payload(payload)["result"]

    async def _asked(self, url: str, body: bytes, wait: float) -> tuple[int, bytes]:
        """Make a call without a file."""
        if self._session is None:
            raise CallFailed("the connection is closed", url=url, stage=Stage.BEFORE)
        wire, head = self._heads.get(url) or self._wire_for(url)
        answer: Answer | None = None
        try:
            answer = await wire.ask(
                b"%b%d\r\n\r\n%b" % (head, len(body), body),
                connect_timeout=self._connect_timeout,
                timeout=wait,
            )
        except WireError as error:
            failure = self._failed(str(error), url, is_before=error.is_before)
        else:
            if 200 <= answer.status <= 299:
                return answer.status, answer.body
            pause = answer.header(b"retry-after")
            failure = _refusal(url, answer.status, answer.body, pause)
        raise failure

    def _wire_for(self, url: str) -> tuple[Wire, bytes]:
        """Give the connections that a call takes, and its head up to the length of its body."""
        address = self._address(url)
        host, port = address.host, address.port
        if host is None or port is None:
            raise CallFailed("this is no address", url=url, stage=Stage.BEFORE)
        wire = self._wires.get(address.authority)
        if wire is None:
            wire = self._wires[address.authority] = Wire(
                host=host,
                port=port,
                is_secure=address.scheme == "https",
                connections=self._connections,
                keep_alive=KEEP_ALIVE,
                time=self._time,
            )
        head = (
            f"POST {address.raw_path_qs} HTTP/1.1\r\nHost: {address.authority}\r\n"
            "Content-Type: application/json\r\nContent-Length: "
        ).encode("latin-1")
        self._heads[url] = (wire, head)
        return wire, head

    async def _exchange(
        self, url: str, method: str, body: dict[str, Any], wait: float
    ) -> tuple[int, bytes]:
        session = self._session
        if session is None:
            raise CallFailed("the connection is closed", url=url, stage=Stage.BEFORE)
        address = self._address(url)
        limit = self._connect_timeout
        timeout = aiohttp.ClientTimeout(total=limit + wait, connect=limit)
        try:
            async with session.request(
                method, address, allow_redirects=False, timeout=timeout, **body
            ) as response:
                status, headers = response.status, response.headers
                payload = await response.read()
        except (aiohttp.ClientError, OSError) as error:
            words = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
            failure = self._failed(words, url, is_before=isinstance(error, _NEVER_CONNECTED))
        else:
            if 200 <= status <= 299:
                return status, payload
            failure = _refusal(url, status, payload, headers.get("Retry-After", ""))
        # Raised out here so that neither cause nor context leads to an aiohttp error: those
        # quote the whole address.
        raise failure

    def _address(self, url: str) -> URL:
        address = self._addresses.get(url)
        if address is None:
            with contextlib.suppress(ValueError):  # its words may quote the address
                address = URL(url.replace(HIDDEN, self._secret, 1), encoded=True)
            if address is None:
                raise CallFailed("this is no address", url=url, stage=Stage.BEFORE)
            if "/file/" not in url:  # addresses of methods are few, those of files are not
                self._addresses[url] = address
        return address

    def _failed(self, words: str, url: str, *, is_before: bool) -> CallFailed:
        for secret in self._to_mask:
            words = words.replace(secret, HIDDEN)
        stage = Stage.BEFORE if is_before else Stage.AFTER
        return CallFailed(words[:LONGEST_REASON], url=url, stage=stage)


def _form(data: RequestData) -> aiohttp.FormData:
    form = aiohttp.FormData(quote_fields=False)
    for name, value in data.parameters.items():
        form.add_field(name, value if isinstance(value, str) else _json(value).decode())
    for name, (filename, content, content_type) in data.multipart_data.items():
        form.add_field(name, content, filename=filename, content_type=content_type)
    return form


def _json(value: object) -> bytes:
    try:
        return orjson.dumps(value)
    except TypeError:  # a lone surrogate: the server shall be the one to refuse it
        return json.dumps(value).encode()


def _size_of_files(data: RequestData) -> int:
    contents = (content for _, content, _ in data.multipart_data.values())
    return sum(len(content) for content in contents if isinstance(content, bytes))


def _json_object(payload: bytes) -> dict[str, Any]:
    try:
        value = orjson.loads(payload)
    except orjson.JSONDecodeError:
        return {}
    return value if isinstance(value, dict) else {}


def _refusal(url: str, status: int, payload: bytes, retry_after: str) -> CallFailed:
    """Read a refusal; a proxy's has no JSON, then the status speaks for itself."""
    answer = _json_object(payload)
    try:
        words = HTTPStatus(status).phrase
    except ValueError:
        words = "unknown status"
    parameters = answer.get("parameters")
    parameters = dict(parameters) if isinstance(parameters, dict) else {}
    if status == HTTPStatus.TOO_MANY_REQUESTS and retry_after.isdecimal():
        parameters.setdefault("retry_after", int(retry_after))
    description = str(answer.get("description") or words)[:LONGEST_REASON]
    return CallFailed(description, url=url, status=status, parameters=parameters)
