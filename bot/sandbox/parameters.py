"""The parameters of one call, whichever of the four encodings they came in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

import orjson
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import Request
from starlette.types import Message, Receive, Scope

from bot.sandbox.errors import ApiError, bad_request

MAX_FORM = 1 << 20  # the server takes 1 MiB of parameters that are no files
MAX_BODY = 64 << 20
TRUE_WORDS = frozenset({"true", "yes", "1"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file that came with a call."""

    name: str
    data: bytes = field(repr=False)


class Parameters:
    """Parameters by name, read with the leniency of the Bot API server."""

    __slots__ = ("files", "values")

    def __init__(
        self, values: Mapping[str, object], files: Mapping[str, Upload] | None = None
    ) -> None:
        self.values = values
        self.files: Mapping[str, Upload] = files or {}

    def __contains__(self, name: str) -> bool:
        return name in self.values

    def text(self, name: str) -> str:
        """Give the parameter as text; one that was not given is empty."""
        value = self.values.get(name)
        if value is None:
            return ""
        if isinstance(value, str):
            return value
        return orjson.dumps(value).decode()

    def integer(self, name: str, default: int = 0) -> int:
        """Give the parameter as a whole number; rubbish counts as not given."""
        value = self.values.get(name)
        if isinstance(value, int):  # true and false too, as the numbers that they are
            return int(value)
        try:
            return int(value) if isinstance(value, str) else default
        except ValueError:
            return default

    def boolean(self, name: str) -> bool:
        """Tell whether the parameter was given as a true value."""
        value = self.values.get(name)
        return value is True or str(value).lower() in TRUE_WORDS

    def json(self, name: str, reason: str) -> object:
        """Give a nested value; `reason` is what the caller hears when it is no JSON."""
        value = self.values.get(name)
        if not isinstance(value, str):
            return value
        if not value.strip():
            return None
        try:
            return orjson.loads(value)
        except orjson.JSONDecodeError as error:
            raise bad_request(reason) from error

    def plain(self) -> dict[str, object]:
        """Give all values with nested JSON decoded, for the log of calls."""
        return {name: _decoded(value) for name, value in self.values.items()} | {
            name: f"<file {upload.name}, {len(upload.data)} bytes>"
            for name, upload in self.files.items()
        }

    def __iter__(self) -> Iterator[str]:
        return iter(self.values)


def _decoded(value: object) -> object:
    if isinstance(value, str) and value[:1] in {"{", "["}:
        try:
            return orjson.loads(value)
        except orjson.JSONDecodeError:
            return value
    return value


async def read_parameters(scope: Scope, receive: Receive) -> Parameters:
    """Read query string and body of a request; the body wins over the query."""
    values: dict[str, object] = dict(_pairs(scope["query_string"]))
    if scope["method"] != "POST":
        return Parameters(values)
    headers = dict(scope["headers"])
    content_type = headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
    if content_type == b"multipart/form-data":
        return await _multipart(scope, receive, values)
    body = await _body(receive, limit=MAX_FORM)
    if content_type == b"application/json":
        values.update(_object(body))
    elif content_type == b"application/x-www-form-urlencoded":
        values.update(_pairs(body))
    return Parameters(values)


def _pairs(encoded: bytes) -> list[tuple[str, str]]:
    if not encoded:
        return []
    try:
        return parse_qsl(encoded.decode(), keep_blank_values=True, errors="strict")
    except UnicodeDecodeError as error:
        raise bad_request("strings must be encoded in UTF-8") from error


def _object(body: bytes) -> dict[str, object]:
    if not body:
        return {}
    try:
        decoded = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise bad_request("can't parse request: JSON is malformed") from error
    if not isinstance(decoded, dict):
        raise bad_request("can't parse request: a JSON object was expected")
    return decoded


async def _body(receive: Receive, *, limit: int) -> bytes:
    parts = bytearray()
    while True:
        message: Message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionResetError
        parts += message.get("body", b"")
        if len(parts) > limit:
            raise ApiError(413, "Request Entity Too Large")
        if not message.get("more_body", False):
            return bytes(parts)


async def _multipart(scope: Scope, receive: Receive, values: dict[str, object]) -> Parameters:
    files: dict[str, Upload] = {}
    body = await _body(receive, limit=MAX_BODY)

    async def replay() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    try:
        async with Request(scope, replay).form(max_part_size=MAX_FORM) as form:
            for name, part in form.multi_items():
                if isinstance(part, UploadFile):
                    files[name] = Upload(name=part.filename or name, data=await part.read())
                else:
                    values[name] = part
    except (HTTPException, MultiPartException, ValueError) as error:
        raise bad_request("can't parse request: the form is malformed") from error
    return Parameters(values, files)
