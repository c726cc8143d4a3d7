"""The requests by which people of the chat page change who is there: people, chats, topics.

A place on the map and a picture are here, too: what is more than words goes the same ways.
"""

from __future__ import annotations

from base64 import b64decode
from binascii import Error as NoBase64
from typing import Literal, cast

from starlette.requests import Request
from starlette.responses import Response

from bot.sandbox import deeds
from bot.sandbox.chats import PRESENT, Chat, Person, Status
from bot.sandbox.errors import ApiError
from bot.sandbox.messages import Json
from bot.sandbox.photos import MAX_PHOTO
from bot.sandbox.requests import Refusal, body_of, json_response, words
from bot.sandbox.state import Sandbox
from bot.sandbox.visitors import Visitors

MAX_NAME = 64
MAX_TITLE = 128
MAX_PEOPLE = 200
MAX_CAPTION = 1024
_KINDS = frozenset({"supergroup", "group", "forum", "channel"})
_MEMBERSHIPS: frozenset[Status] = frozenset({"administrator", "member", "left"})


class PlacesPage:
    """Newcomers, new chats, members, topics; one method for each request."""

    def __init__(self, sandbox: Sandbox, visitors: Visitors) -> None:
        self._sandbox = sandbox
        self._visitors = visitors

    async def person(self, request: Request) -> Response:
        """Somebody opens an account."""
        body = await body_of(request)
        name = _named(body, "name", MAX_NAME)
        language = words(body, "language", 8) or "en"
        if len(self._sandbox.people) >= MAX_PEOPLE:
            raise Refusal(409, "There are people enough in this sandbox.")
        person = self._sandbox.add_person(name, language_code=language)
        return json_response({"ok": True, "person": person.id})

    async def found(self, request: Request) -> Response:
        """A person opens a group, a forum or a channel."""
        body = await body_of(request)
        founder, title = self._visitors.person(body), _named(body, "title", MAX_TITLE)
        kind = words(body, "kind", 16)
        if kind not in _KINDS:
            raise Refusal(400, f"`kind` must be one of {', '.join(sorted(_KINDS))}.")
        with_bot = body.get("with_bot") is True
        if kind == "channel":
            name = words(body, "username", 32).removeprefix("@") or None
            if name and self._sandbox.world.chats.find(f"@{name}") is not None:
                raise Refusal(409, f"@{name} is taken.")
            chat = self._sandbox.add_channel(
                title, username=name, administrators=(founder,), with_bot=with_bot
            )
        else:
            chat = self._sandbox.add_group(
                title,
                members=self._people(body),
                administrators=(founder,),
                kind="group" if kind == "group" else "supergroup",
                forum=kind == "forum",
                with_bot=with_bot,
            )
        return json_response({"ok": True, "chat": chat.id})

    def _people(self, body: dict[str, object]) -> list[Person]:
        given = body.get("members", [])
        if not isinstance(given, list) or len(given) > MAX_PEOPLE:
            raise Refusal(400, "`members` must be a list of people.")
        return [self._visitors.person({"me": one}) for one in given]

    async def member(self, request: Request) -> Response:
        """Somebody is let in, made an administrator or none, or goes."""
        body = await body_of(request)
        person, status = self._visitors.person(body, "person"), _membership(body)
        is_leaving = status == "left" and person.id == body.get("me")
        by, chat = (self._visitors.both if is_leaving else self._visitors.ruled)(body)
        if chat.person is not None:
            raise Refusal(400, "A private chat has no members.")
        if chat.status_of(person.id).status == "creator":
            raise Refusal(409, "Who founded a chat stays in it.")
        self._sandbox.set_member(by, person, chat, status)
        return json_response({"ok": True})

    async def hide(self, request: Request) -> Response:
        """An administrator writes as the group from now on, or under their own name again."""
        body = await body_of(request)
        person, chat = self._visitors.ruled(body)
        try:
            self._sandbox.hide(person, chat, is_hidden=body.get("is_hidden") is True)
        except ValueError as error:
            raise Refusal(409, "Only large groups have anonymous administrators.") from error
        return json_response({"ok": True})

    async def bot(self, request: Request) -> Response:
        """The bot is brought along, made an administrator or none, or thrown out."""
        body = await body_of(request)
        by, chat = self._visitors.ruled(body)
        status, rights = _membership(body), _rights(body)
        if status == "left":
            self._sandbox.kick_bot(by, chat)
        elif chat.bot.status not in PRESENT:
            is_ruler = status == "administrator"
            self._sandbox.add_bot(by, chat, rights=rights if is_ruler else None)
        elif status == "administrator":
            self._sandbox.promote_bot(by, chat, rights or ())
        elif chat.kind == "channel":
            raise Refusal(409, "In a channel the bot is an administrator or not there.")
        else:
            self._sandbox.demote_bot(by, chat)
        return json_response({"ok": True})

    async def topic(self, request: Request) -> Response:
        """A topic of a forum is opened, closed, opened again or deleted."""
        body = await body_of(request)
        by, chat = self._visitors.ruled(body)
        if not chat.is_forum:
            raise Refusal(400, "Only forums have topics.")
        if not body.get("topic"):
            thread = self._sandbox.add_topic(by, chat, _named(body, "name", MAX_TITLE))
            return json_response({"ok": True, "topic": thread})
        found = self._visitors.topic(body, chat)
        if found is None:
            raise Refusal(409, "This topic stays.")
        change = {
            "close": lambda: self._sandbox.close_topic(by, chat, found),
            "reopen": lambda: self._sandbox.reopen_topic(by, chat, found),
            "delete": lambda: self._sandbox.delete_topic(chat, found),
        }.get(words(body, "change", 16))
        if change is None:
            raise Refusal(400, "`change` must be one of close, reopen, delete.")
        change()
        return json_response({"ok": True})

    async def location(self, request: Request) -> Response:
        """A person sends a place on the map."""
        body = await body_of(request)
        person, chat = self._visitors.both(body)
        where = {"latitude": _degrees(body, "latitude", 90)}
        where["longitude"] = _degrees(body, "longitude", 180)
        self._send(person, chat, {"location": where}, self._visitors.topic(body, chat))
        return json_response({"ok": True})

    async def photo(self, request: Request) -> Response:
        """A person sends a picture, perhaps with words below it."""
        body = await body_of(request, most=2 * MAX_PHOTO)
        person, chat = self._visitors.both(body)
        caption, thread = words(body, "caption", MAX_CAPTION), self._visitors.topic(body, chat)
        try:
            data = b64decode(words(body, "data", 2 * MAX_PHOTO), validate=True)
            world, name = self._sandbox.world, words(body, "name", 255)
            deeds.show_photo(
                world, person, chat, data, name=name, caption=caption, thread_id=thread
            )
        except (ApiError, NoBase64) as error:
            raise Refusal(400, "Telegram would not take this for a picture.") from error
        except ValueError as error:
            raise Refusal(400, f"This cannot be sent: {error}.") from error
        return json_response({"ok": True})

    def _send(self, person: Person, chat: Chat, content: Json, thread: int | None) -> None:
        try:
            deeds.share(self._sandbox.world, person, chat, content, thread_id=thread)
        except ValueError as error:
            raise Refusal(400, f"This cannot be sent: {error}.") from error


def _named(body: dict[str, object], name: str, most: int) -> str:
    said = words(body, name, most).strip()
    if not said:
        raise Refusal(400, "It needs a name.")
    return said


def _membership(body: dict[str, object]) -> Literal["administrator", "member", "left"]:
    status = words(body, "status", 16)
    if status not in _MEMBERSHIPS:
        raise Refusal(400, f"`status` must be one of {', '.join(sorted(_MEMBERSHIPS))}.")
    return cast("Literal['administrator', 'member', 'left']", status)  # judged above


def _rights(body: dict[str, object]) -> tuple[str, ...] | None:
    """The rights that the bot gets; None for the usual ones."""
    given = body.get("rights")
    if given is None:
        return None
    if not isinstance(given, list) or not all(isinstance(one, str) for one in given):
        raise Refusal(400, "`rights` must be a list of names.")
    return tuple(given)


def _degrees(body: dict[str, object], name: str, most: int) -> float:
    value = body.get(name)
    if not isinstance(value, int | float) or isinstance(value, bool) or not -most <= value <= most:
        raise Refusal(400, f"`{name}` must be a number from -{most} to {most}.")
    return float(value)
