"""The chat page in a browser: people of the sandbox read, write and tap buttons here."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from bot.chatview import CSS
from bot.sandbox import inline
from bot.sandbox.article import article_page, unknown_page
from bot.sandbox.chats import Chat, Person
from bot.sandbox.places_page import PlacesPage
from bot.sandbox.rehearse_page import RehearsePage
from bot.sandbox.requests import (
    Handler,
    Refusal,
    address,
    body_of,
    guarded,
    json_response,
    number,
    text_response,
    whole,
    words,
)
from bot.sandbox.snapshot import Snapshots, zone_named
from bot.sandbox.state import Sandbox
from bot.sandbox.visitors import Visitors
from bot.sandbox.watch import ChangeStream

_PAGE = Path(__file__).with_name("page")
_FILES = {
    "app.js": "text/javascript",
    "composer.js": "text/javascript",
    "conversation.js": "text/javascript",
    "dialogs.js": "text/javascript",
    "inline.js": "text/javascript",
    "list.js": "text/javascript",
    "morph.js": "text/javascript",
    "net.js": "text/javascript",
    "places.js": "text/javascript",
    "rehearse.js": "text/javascript",
    "taps.js": "text/javascript",
    "app.css": "text/css",
    "places.css": "text/css",
    "rehearse.css": "text/css",
    "icon.svg": "image/svg+xml",
}
_IMAGES = "'self' data: http://127.0.0.1:* http://localhost:*"
_PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    f"img-src {_IMAGES}; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
# Whoever wrote an article, no script of it runs beside the chats.
_ARTICLE_POLICY = (
    f"default-src 'none'; style-src 'unsafe-inline'; img-src {_IMAGES}; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)

MAX_TEXT = 4096
MAX_SHOWN = 2000
# A browser notices a dead line only by silence; proxies cut lines that stay silent.
HEARTBEAT = 15.0
# Changes that come together are told together.
GATHER = 0.03
# How long an app waits for an inline answer.
PATIENCE = 10.0
# Changes that show nowhere on the page.
_UNSEEN = frozenset({"call", "update"})


def routes(sandbox: Sandbox) -> list[BaseRoute]:
    """All routes of the chat page, to be mounted beside the Bot API."""
    snapshots = Snapshots(sandbox.world, sandbox.rehearsal)
    visitors = Visitors(sandbox.world, snapshots)
    page = ChatPage(sandbox, snapshots, visitors)
    places = PlacesPage(sandbox, visitors)
    rehearse = RehearsePage(sandbox.rehearsal)
    gets: dict[str, Handler] = {
        "/": page.index,
        "/web": page.article,
        "/sandbox/open": page.open,
        "/sandbox/page/{name}": page.static,
        "/sandbox/state": page.state,
        "/sandbox/events": page.events,
        "/sandbox/file/{file_id}": page.file,
        "/sandbox/troubles": rehearse.troubles,
        "/sandbox/clock": rehearse.clock,
    }
    posts: dict[str, Handler] = {
        "/sandbox/say": page.say,
        "/sandbox/press": page.press,
        "/sandbox/inline": page.inline,
        "/sandbox/choose": page.choose,
        "/sandbox/block": page.block,
        "/sandbox/unblock": page.unblock,
        "/sandbox/react": page.react,
        "/sandbox/read": page.read,
        "/sandbox/edit": page.edit,
        "/sandbox/delete": page.delete,
        "/sandbox/location": places.location,
        "/sandbox/photo": places.photo,
        "/sandbox/person": places.person,
        "/sandbox/found": places.found,
        "/sandbox/member": places.member,
        "/sandbox/hide": places.hide,
        "/sandbox/bot": places.bot,
        "/sandbox/topic": places.topic,
        "/sandbox/trouble": rehearse.start,
        "/sandbox/calm": rehearse.end,
    }
    return [
        *(Route(path, guarded(handler), methods=["GET"]) for path, handler in gets.items()),
        *(Route(path, guarded(handler), methods=["POST"]) for path, handler in posts.items()),
    ]


class ChatPage:
    """The requests of the page, one method each."""

    def __init__(self, sandbox: Sandbox, snapshots: Snapshots, visitors: Visitors) -> None:
        self._sandbox = sandbox
        self._world = sandbox.world
        self._snapshots = snapshots
        self._visitors = visitors

    async def index(self, request: Request) -> Response:
        """The page itself."""
        return text_response((_PAGE / "index.html").read_bytes(), "text/html", _PAGE_POLICY)

    async def static(self, request: Request) -> Response:
        """A script, a style sheet or the icon."""
        name = request.path_params["name"]
        if name == "chatview.css":
            return text_response(CSS.encode(), "text/css")
        if name not in _FILES:
            raise Refusal(404, "There is no such file.")
        return text_response((_PAGE / name).read_bytes(), _FILES[name])

    async def state(self, request: Request) -> Response:
        """What a person sees now."""
        asked = request.query_params
        person = self._person_or_first(asked.get("me", ""))
        if person is None:
            raise Refusal(404, "There is nobody in this sandbox.")
        limit = number(asked.get("limit", "80"), "limit")
        chat = None
        if asked.get("chat"):
            wanted = number(asked["chat"], "chat")
            visible = self._snapshots.chats_of(person)
            chat = next((one for one in visible if one.id == wanted), None)
        return json_response(
            await self._snapshots.take(
                person,
                open_chat=chat,
                topic=number(asked.get("topic", "0"), "topic"),
                limit=min(max(limit, 1), MAX_SHOWN),
                zone=zone_named(asked.get("zone", "")),
                queries=[query for query in asked.get("queries", "").split(",") if query],
            )
        )

    async def events(self, request: Request) -> Response:
        """A stream that says "look again" whenever something changed."""
        return StreamingResponse(
            _pulses(self._sandbox.changes()),
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )

    async def say(self, request: Request) -> Response:
        """A person writes."""
        body = await body_of(request)
        person, chat = self._visitors.both(body)
        text = body.get("text")
        if not isinstance(text, str) or not text.strip():
            raise Refusal(400, "There is nothing to say: `text` is missing or empty.")
        if len(text) > MAX_TEXT:
            raise Refusal(400, f"A message holds at most {MAX_TEXT} characters.")
        answered = whole(body, "reply_to") if body.get("reply_to") is not None else None
        thread = self._visitors.topic(body, chat)
        try:
            self._sandbox.say(person, chat, text, thread=thread, reply_to=answered)
        except (
            LookupError,
            ValueError,
        ) as error:  # blocked, nothing to see in it, what was answered
            raise Refusal(400, f"This cannot be sent: {error}.") from error
        self._snapshots.read(person, chat)
        return json_response({"ok": True})

    async def press(self, request: Request) -> Response:
        """A person taps a button; the answer comes with a later snapshot."""
        body = await body_of(request)
        person, chat = self._visitors.both(body)
        message_id, data = whole(body, "message"), body.get("data")
        if not isinstance(data, str):
            raise Refusal(400, "`data` must be text.")
        try:
            query = self._sandbox.press(person, chat, message_id, data)
        except (LookupError, ValueError) as error:
            raise Refusal(409, "This button is gone.") from error
        return json_response({"ok": True, "query": query})

    async def inline(self, request: Request) -> Response:
        """A person types `@bot words`; answered when the bot has answered."""
        body = await body_of(request)
        person, chat = self._visitors.both(body)
        typed = words(body, "query", inline.MAX_QUERY)
        offset = words(body, "offset", inline.MAX_NEXT_OFFSET)
        where = "sender" if chat.kind == "private" else chat.kind
        query = self._sandbox.ask_inline(person, typed, offset=offset, where=where)
        answer = self._sandbox.inline_answers[query]
        closed = self._world.closed
        with suppress(TimeoutError):
            await self._sandbox.wait_for(
                lambda: not answer.is_pending or closed.is_set(), timeout=PATIENCE
            )
        if answer.is_pending:
            raise Refusal(504, "The bot does not answer.")
        return json_response(inline.shown(answer))

    async def choose(self, request: Request) -> Response:
        """A person sends a result of an inline query."""
        body = await body_of(request)
        person, chat = self._visitors.both(body)
        query, result = words(body, "query", 64), words(body, "result", inline.MAX_RESULT_ID)
        try:
            thread = self._visitors.topic(body, chat)
            self._sandbox.choose(person, chat, query, result, thread=thread)
        except (LookupError, ValueError) as error:
            raise Refusal(409, "This result cannot be sent any more.") from error
        self._snapshots.read(person, chat)
        return json_response({"ok": True})

    async def block(self, request: Request) -> Response:
        """A person blocks the bot."""
        self._sandbox.block(self._visitors.person(await body_of(request)))
        return json_response({"ok": True})

    async def unblock(self, request: Request) -> Response:
        """A person lets the bot write again."""
        self._sandbox.unblock(self._visitors.person(await body_of(request)))
        return json_response({"ok": True})

    async def react(self, request: Request) -> Response:
        """A person puts an emoji to a message, or takes it back."""
        body = await body_of(request)
        person, chat = self._visitors.both(body)
        emoji = body.get("emoji")
        message = self._world.messages.find(chat, whole(body, "message"))
        if message is None:
            raise Refusal(409, "This message is gone.")
        if not isinstance(emoji, str) or not 0 < len(emoji) <= 8:
            raise Refusal(400, "`emoji` must be one emoji.")
        given = {str(one.get("emoji")) for one in message.reactions.get(person.id, ())}
        self._sandbox.react(person, chat, message.id, None if emoji in given else emoji)
        return json_response({"ok": True})

    async def edit(self, request: Request) -> Response:
        """A person changes a message of theirs."""
        body = await body_of(request)
        person, chat = self._visitors.both(body)
        text = words(body, "text", MAX_TEXT)
        if not text.strip():
            raise Refusal(400, "There is nothing left of the message: delete it instead.")
        self._sandbox.edit(chat, self._own(person, chat, body), text)
        return json_response({"ok": True})

    async def delete(self, request: Request) -> Response:
        """A person deletes a message of theirs."""
        body = await body_of(request)
        person, chat = self._visitors.both(body)
        self._sandbox.delete_message(chat, self._own(person, chat, body))
        return json_response({"ok": True})

    def _own(self, person: Person, chat: Chat, body: dict[str, object]) -> int:
        message = self._world.messages.find(chat, whole(body, "message"))
        if message is None:
            raise Refusal(409, "This message is gone.")
        sender = message.sender.get("from")
        if not isinstance(sender, dict) or sender.get("id") != person.id:
            raise Refusal(403, "This message is somebody else's.")
        return message.id

    async def read(self, request: Request) -> Response:
        """A person has seen a chat up to a message; without a chat, all of them."""
        body = await body_of(request)
        person = self._visitors.person(body)
        if body.get("chat") is None:
            for chat in self._snapshots.chats_of(person):
                self._snapshots.read(person, chat)
        else:
            message_id = whole(body, "message") if "message" in body else None
            self._snapshots.read(person, self._visitors.chat(body), message_id)
        return json_response({"ok": True})

    async def file(self, request: Request) -> Response:
        """A picture or file that was sent."""
        file = self._world.files.find(request.path_params["file_id"])
        if file is None:
            raise Refusal(404, "There is no such file.")
        headers = {"Cache-Control": "private, max-age=31536000, immutable"}
        if file.kind != "photo":
            headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(file.name)}"
        return Response(await file.read(), media_type=file.media_type, headers=headers)

    async def open(self, request: Request) -> Response:
        """Send a followed link to the little web if it knows the page, else into the world."""
        url = address(request)
        known = self._world.web.page(url) is not None
        return RedirectResponse(f"/web?url={quote(url, safe='')}" if known else url, 302)

    async def article(self, request: Request) -> Response:
        """A page of the little web."""
        url = address(request)
        page = self._world.web.page(url)
        if page is None:
            return text_response(
                unknown_page(url).encode(), "text/html", _ARTICLE_POLICY, status=404
            )
        return text_response(article_page(page, url).encode(), "text/html", _ARTICLE_POLICY)

    def _person_or_first(self, given: str) -> Person | None:
        people = self._world.chats.people()
        wanted = number(given, "me") if given else 0
        return self._world.chats.person(wanted) or (people[0] if people else None)


async def _pulses(stream: ChangeStream) -> AsyncIterator[bytes]:
    """One event per burst of changes, and a comment when nothing happens for long.

    Ends with the sandbox's word that it closes, so that the server need not wait.
    """
    yield b"retry: 1000\n\n"
    try:
        while True:
            try:
                async with asyncio.timeout(HEARTBEAT):
                    change = await anext(stream)
            except TimeoutError:
                yield b": still here\n\n"
                continue
            except StopAsyncIteration:
                return
            if change.type in _UNSEEN:
                continue
            with suppress(TimeoutError):
                async with asyncio.timeout(GATHER):
                    async for _ in stream:
                        pass
            yield b"data: changed\n\n"
    finally:
        stream.close()
