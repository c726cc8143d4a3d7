"""What every request of the chat page goes through: who may ask, what came, what goes back.

The sandbox listens on the loopback interface only, but any page that a browser has open can send
requests there: every route refuses foreign hosts (a name that was pointed at 127.0.0.1) and every
change refuses foreign origins.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Awaitable, Callable
from contextlib import aclosing, suppress
from urllib.parse import urlsplit

import orjson
from starlette.requests import Request
from starlette.responses import Response

from bot.chatview import safe_href

Handler = Callable[[Request], Awaitable[Response]]

MAX_BODY = 65_536
_HEADERS = {
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class Refusal(Exception):
    """A request that cannot be carried out: the HTTP status and what to say."""

    def __init__(self, status: int, said: str) -> None:
        super().__init__(said)
        self.status = status
        self.said = said


def guarded(handler: Handler) -> Handler:
    """Let a handler see only requests that may come, and make answers of its refusals."""

    async def guard(request: Request) -> Response:
        try:
            _check_host(request)
            if request.method == "POST":
                _check_origin(request)
            response = await handler(request)
        except Refusal as refusal:
            response = json_response({"error": refusal.said}, status=refusal.status)
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    return guard


def _check_host(request: Request) -> None:
    with suppress(ValueError):
        name = urlsplit(f"//{request.headers.get('host', '')}").hostname or ""
        if name == "localhost" or ipaddress.ip_address(name).is_loopback:
            return
    raise Refusal(403, "The sandbox answers on this machine only.")


def _check_origin(request: Request) -> None:
    site = request.headers.get("sec-fetch-site", "same-origin")
    origin = request.headers.get("origin")
    own = f"{request.url.scheme}://{request.headers.get('host', '')}"
    if site not in {"same-origin", "none"} or origin not in {None, own}:
        raise Refusal(403, "Another page may not act in the sandbox.")
    # A form of a foreign page can send text, but not this type.
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise Refusal(415, "The body must be JSON.")


def address(request: Request) -> str:
    """The web address that is asked for."""
    url = safe_href(request.query_params.get("url", ""))
    if url is None or url.lower().startswith("tg:"):
        raise Refusal(400, "`url` must be an http or https address.")
    return url


async def body_of(request: Request, *, most: int = MAX_BODY) -> dict[str, object]:
    """The JSON object that came, of at most so many bytes."""
    received = bytearray()
    async with aclosing(request.stream()) as chunks:
        async for chunk in chunks:
            received += chunk
            if len(received) > most:
                raise Refusal(413, "The body is too long.")
    try:
        body = orjson.loads(received)
    except orjson.JSONDecodeError as error:
        raise Refusal(400, "The body is no JSON.") from error
    if not isinstance(body, dict):
        raise Refusal(400, "The body must be a JSON object.")
    return body


def whole(body: dict[str, object], name: str) -> int:
    """A whole number of the body."""
    value = body.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise Refusal(400, f"`{name}` must be a whole number.")
    return value


def words(body: dict[str, object], name: str, most: int) -> str:
    """A text of the body; one that is missing is empty."""
    value = body.get(name, "")
    if not isinstance(value, str) or len(value) > most:
        raise Refusal(400, f"`{name}` must be text of at most {most} characters.")
    return value


def number(given: str, name: str) -> int:
    """A whole number of the address."""
    try:
        return int(given[:20])
    except ValueError:
        raise Refusal(400, f"`{name}` must be a whole number.") from None


def json_response(body: object, *, status: int = 200) -> Response:
    """An answer that is never kept."""
    return Response(
        orjson.dumps(body),
        status_code=status,
        media_type="application/json",
        headers={"Cache-Control": "no-store"},
    )


def text_response(
    content: bytes, media_type: str, policy: str = "", *, status: int = 200
) -> Response:
    """A page, a script or a sheet; `policy` says what it may load."""
    headers = {"Cache-Control": "no-cache"}
    if policy:
        headers["Content-Security-Policy"] = policy
    return Response(content, status, media_type=f"{media_type}; charset=utf-8", headers=headers)
