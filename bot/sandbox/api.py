"""The Bot API over HTTP: finds the method, carries out faults, shapes the answer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Literal

import orjson
from starlette.types import Receive, Scope, Send

from bot.sandbox import editing, inline, profile, queries, rich, sending
from bot.sandbox.errors import ApiError, bad_request, forbidden, too_many_requests
from bot.sandbox.faults import Effect, Fault
from bot.sandbox.parameters import Parameters, read_parameters
from bot.sandbox.world import Call, World

Method = Callable[[World, Parameters], Awaitable[object]]
MAX_TOKEN = 80
# How the server in front of the application cuts a connection (see server.py).
CUT = "sandbox.cut"

METHODS: Mapping[str, Method] = {
    "getMe": profile.get_me,
    "getUpdates": queries.get_updates,
    "setWebhook": queries.set_webhook,
    "deleteWebhook": queries.delete_webhook,
    "getWebhookInfo": queries.get_webhook_info,
    "logOut": queries.refuse_log_out,
    "close": queries.refuse_log_out,
    "sendMessage": sending.send_message,
    "sendPhoto": sending.send_photo,
    "sendDocument": sending.send_document,
    "sendMediaGroup": sending.send_media_group,
    "sendRichMessage": rich.send_rich_message,
    "sendChatAction": sending.send_chat_action,
    "copyMessage": sending.copy_message,
    "forwardMessage": sending.forward_message,
    "editMessageText": editing.edit_message_text,
    "editMessageCaption": editing.edit_message_caption,
    "editMessageMedia": editing.edit_message_media,
    "editMessageReplyMarkup": editing.edit_message_reply_markup,
    "deleteMessage": editing.delete_message,
    "deleteMessages": editing.delete_messages,
    "pinChatMessage": editing.pin_chat_message,
    "unpinChatMessage": editing.unpin_chat_message,
    "unpinAllChatMessages": editing.unpin_all_chat_messages,
    "answerCallbackQuery": queries.answer_callback_query,
    "answerInlineQuery": inline.answer_inline_query,
    "setMessageReaction": queries.set_message_reaction,
    "getFile": queries.get_file,
    "setMyCommands": profile.set_my_commands,
    "getMyCommands": profile.get_my_commands,
    "deleteMyCommands": profile.delete_my_commands,
    "setMyName": profile.set_my_name,
    "getMyName": profile.get_my_name,
    "setMyDescription": profile.set_my_description,
    "getMyDescription": profile.get_my_description,
    "setMyShortDescription": profile.set_my_short_description,
    "getMyShortDescription": profile.get_my_short_description,
    "setChatMenuButton": profile.set_chat_menu_button,
    "getChatMenuButton": profile.get_chat_menu_button,
    "getChat": profile.get_chat,
    "getChatMember": profile.get_chat_member,
    "getChatMemberCount": profile.get_chat_member_count,
    "getChatAdministrators": profile.get_chat_administrators,
    "leaveChat": profile.leave_chat,
}
_BY_LOWER_NAME = {name.lower(): name for name in METHODS}


class _Gone(Exception):
    """The caller hung up."""


class BotApi:
    """An ASGI application that answers `/bot<token>/<method>` and `/file/bot<token>/<path>`."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        if path.startswith("/file/bot"):
            await self._download(path.removeprefix("/file/bot"), send)
            return
        token, _, name = path.removeprefix("/bot").partition("/")
        exchange = _Exchange(self._world, scope, receive, send)
        refusal = _token_refusal(token, self._world.token) if name else _not_found()
        if refusal is not None:
            await exchange.refuse(refusal)
            return
        await exchange.run(name.removeprefix("test/"))

    async def _download(self, rest: str, send: Send) -> None:
        token, _, path = rest.partition("/")
        file = self._world.files.at(path) if token == self._world.token else None
        if file is None:
            await _send_json(send, 404, _not_found().to_json())
            return
        await _send(send, 200, file.media_type.encode(), await file.read())


def _not_found() -> ApiError:
    return ApiError(404, "Not Found")


def _token_refusal(token: str, right: str) -> ApiError | None:
    if token == right:
        return None
    if ":" not in token or token.startswith("0") or len(token) > MAX_TOKEN:
        return ApiError(401, "Unauthorized: invalid token specified")
    return ApiError(401, "Unauthorized")


class _Exchange:
    """One request and its answer."""

    __slots__ = ("_method", "_parameters", "_receive", "_scope", "_send", "_world")

    def __init__(self, world: World, scope: Scope, receive: Receive, send: Send) -> None:
        self._world = world
        self._scope = scope
        self._receive = receive
        self._send = send
        self._method = ""
        self._parameters = Parameters({})

    async def run(self, name: str) -> None:
        self._method = _BY_LOWER_NAME.get(name.lower(), name)
        try:
            self._parameters = await read_parameters(self._scope, self._receive)
        except ConnectionResetError:
            return
        except ApiError as error:
            await self.refuse(error)
            return
        fault = self._world.faults.take(self._method, self._parameters.integer("chat_id"))
        try:
            if fault is None:
                await self._answer(*await self._outcome())
            else:
                await self._go_wrong(fault)
        except _Gone:
            self._record(0, "the caller hung up")

    async def refuse(self, error: ApiError) -> None:
        await self._answer(error.code, error.to_json())

    async def _outcome(self) -> tuple[int, dict[str, object]]:
        method = METHODS.get(self._method)
        try:
            if method is None:
                raise ApiError(404, "Not Found: method not found")
            if self._method == "getUpdates":
                result = await self._unless_gone(method(self._world, self._parameters))
            else:
                result = await method(self._world, self._parameters)
        except ApiError as error:
            return error.code, error.to_json()
        return 200, {"ok": True, "result": result}

    async def _unless_gone(self, work: Awaitable[object]) -> object:
        """Wait for `work`, but give it up when the caller hangs up: nobody would read it."""
        working = asyncio.ensure_future(work)
        gone = asyncio.ensure_future(self._hung_up())
        try:
            await asyncio.wait({working, gone}, return_when=asyncio.FIRST_COMPLETED)
            if not working.done():
                raise _Gone
            return working.result()
        finally:
            for task in (working, gone):
                task.cancel()

    async def _hung_up(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass

    async def _go_wrong(self, fault: Fault) -> None:
        status = 0
        body: dict[str, object] = {}
        if fault.effect is Effect.FLOOD:
            await self._unless_gone(self._stay_silent(fault))
        if fault.is_taken:
            status, body = await self._outcome()
        match fault.effect:
            case Effect.CUT_BEFORE | Effect.CUT_AFTER:
                await self._cut()
            case Effect.SILENT:
                await self._unless_gone(self._stay_silent(fault))
                await self._answer(*((status, body) if status else await self._outcome()))
            case Effect.BAD_GATEWAY:
                await self._answer_raw(502, b"text/html", _GATEWAY_PAGE)
            case Effect.SERVER_PAGE:
                await self._answer_raw(500, b"text/html", _SERVER_PAGE)
            case Effect.TOO_LARGE:
                await self._answer_raw(413, b"text/plain", b"Request Entity Too Large")
            case Effect.MALFORMED:
                await self._answer_raw(200, b"application/json", b'{"ok":true,"result":{"mess')
            case Effect.ANSWER:
                await self._answer(fault.status, _in_its_words(fault))
            case _:
                await self.refuse(_refusal(fault, self._parameters))

    async def _stay_silent(self, fault: Fault) -> None:
        waits = [
            asyncio.ensure_future(fault.released.wait()),
            asyncio.ensure_future(self._world.closed.wait()),
        ]
        if fault.seconds is not None:
            waits.append(asyncio.ensure_future(self._sleep(fault.seconds)))
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()

    async def _sleep(self, seconds: float) -> Literal[True]:
        await self._world.clock.sleep(seconds)
        return True

    async def _cut(self) -> None:
        cut = self._scope.get("extensions", {}).get(CUT)
        if cut is None:
            raise RuntimeError("only the sandbox's own server can cut connections")
        cut()
        self._record(0, "connection cut")
        await self._hung_up()

    async def _answer(self, status: int, body: Mapping[str, object]) -> None:
        self._record(status, str(body.get("description", "")))
        retry_after = None
        hints = body.get("parameters")
        if status == 429 and isinstance(hints, dict) and "retry_after" in hints:
            retry_after = str(hints["retry_after"]).encode()
        await _send_json(self._send, status, body, retry_after=retry_after)

    async def _answer_raw(self, status: int, content_type: bytes, body: bytes) -> None:
        self._record(status, "")
        await _send(self._send, status, content_type, body)

    def _record(self, status: int, description: str) -> None:
        world = self._world
        world.record(
            Call(
                method=self._method,
                parameters=self._parameters.plain(),
                status=status,
                at=world.clock.now(),
                description=description,
            )
        )


_SERVER_PAGE = b"<html>\r\n<head><title>500 Internal Server Error</title></head>\r\n</html>\r\n"
_GATEWAY_PAGE = b"<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n</html>\r\n"


def _in_its_words(fault: Fault) -> dict[str, object]:
    answer: dict[str, object] = {
        "ok": False,
        "error_code": fault.status,
        "description": fault.description,
    }
    return answer | ({"parameters": dict(fault.parameters)} if fault.parameters else {})


def _refusal(fault: Fault, parameters: Parameters) -> ApiError:
    if fault.effect in (Effect.TOO_MANY_REQUESTS, Effect.FLOOD):
        return too_many_requests(fault.retry_after)
    if fault.effect is Effect.UNAUTHORIZED:
        return ApiError(401, "Unauthorized")
    if fault.effect is Effect.BLOCKED:
        return forbidden("bot was blocked by the user")
    if fault.effect is Effect.BAD_PICTURE:
        is_address = "://" in parameters.text("photo")
        return bad_request(
            "wrong type of the web page content" if is_address else "IMAGE_PROCESS_FAILED"
        )
    return ApiError(500, "Internal Server Error: restart")


async def _send_json(
    send: Send, status: int, body: Mapping[str, object], *, retry_after: bytes | None = None
) -> None:
    if status == 413:
        await _send(send, status, b"text/plain", b"Request Entity Too Large")
        return
    encoded = orjson.dumps(body)
    await _send(send, status, b"application/json", encoded, retry_after=retry_after)


async def _send(
    send: Send,
    status: int,
    content_type: bytes,
    body: bytes,
    *,
    retry_after: bytes | None = None,
) -> None:
    headers = [(b"content-type", content_type), (b"content-length", b"%d" % len(body))]
    if retry_after is not None:
        headers.append((b"retry-after", retry_after))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
