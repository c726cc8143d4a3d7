"""What the chat page shows to one person at one moment, as JSON.

The page asks for the whole of it after every change and compares: nothing can be missed, however
often its stream was cut.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime, tzinfo
from secrets import token_hex
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.chatview import (
    View,
    conversation,
    initials,
    peer_colour,
    sender_of,
    service_text,
    summary,
)
from bot.sandbox.chats import GENERAL_TOPIC, PRESENT, RULING, Chat, Person
from bot.sandbox.messages import Json, Message
from bot.sandbox.rehearsal import Rehearsal
from bot.sandbox.world import World

_ACTIONS = {"typing": "typing", "upload_photo": "sending a photo"}
_MOST_UNREAD = 999


def picture_url(file_id: str) -> str:
    """Where the page finds a picture."""
    return f"/sandbox/file/{file_id}"


def zone_named(name: str) -> tzinfo:
    """The time zone that a browser names; UTC for one that is not known here."""
    try:
        return ZoneInfo(name) if name else UTC
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


class Snapshots:
    """Builds snapshots and remembers what each person has read."""

    def __init__(self, world: World, rehearsal: Rehearsal) -> None:
        self._world = world
        self._rehearsal = rehearsal
        # Tells a page that it talks to another run of the sandbox.
        self._instance = token_hex(8)
        self._read: dict[tuple[int, int], int] = {}

    def chats_of(self, person: Person) -> tuple[Chat, ...]:
        """The chats that a person sees: with the bot, groups as a member, every channel."""
        return tuple(chat for chat in self._world.chats if _is_seen(chat, person))

    def read(self, person: Person, chat: Chat, message_id: int | None = None) -> None:
        """Remember that a chat was read up to a message, or to its end."""
        log = self._world.messages.of(chat.id)
        last = log[-1].id if log else 0
        key = (person.id, chat.id)
        wanted = last if message_id is None else min(message_id, last)
        self._read[key] = max(self._read.get(key, 0), wanted)

    async def take(
        self,
        person: Person,
        *,
        open_chat: Chat | None,
        topic: int = 0,
        limit: int,
        zone: tzinfo,
        queries: Iterable[str] = (),
    ) -> Json:
        """Build what `person` sees, with the last `limit` messages of the open chat or topic."""
        chats = sorted(self.chats_of(person), key=self._last_moment, reverse=True)
        opened = None
        if open_chat is not None:
            opened = await self._opened(open_chat, person, topic=topic, limit=limit, zone=zone)
        return {
            "instance": self._instance,
            "bot": {"id": self._world.bot_id, "username": self._world.bot["username"]},
            "people": [
                {"id": one.id, "name": one.first_name} for one in self._world.chats.people()
            ],
            "me": person.id,
            "chats": [self._entry(chat, person, zone) for chat in chats],
            "chat": opened,
            "troubles": self._rehearsal.active_count,
            "answers": {query: self._answer(query) for query in queries if self._is_over(query)},
        }

    def _last_moment(self, chat: Chat) -> datetime:
        log = self._world.messages.of(chat.id)
        return log[-1].sent_at if log else datetime.min.replace(tzinfo=UTC)

    def _head(self, chat: Chat, person: Person) -> Json:
        title = chat.title
        if chat.kind == "private":
            own_name = str(self._world.bot["first_name"])
            title = self._world.menus.text("name", person.language_code[:2], own_name)
        peer = self._world.bot_id if chat.kind == "private" else chat.id
        return {
            "id": chat.id,
            "type": chat.kind,
            "title": title,
            "username": chat.username if chat.kind != "private" else None,
            "initials": initials(title),
            "colour": peer_colour(peer),
            "typing": self._doing(chat),
        }

    def _doing(self, chat: Chat) -> str | None:
        action = self._world.action_in(chat.id)
        if action is None:
            return None
        said = _ACTIONS.get(action, "busy")
        return said if chat.kind == "private" else f"{self._world.bot['first_name']}: {said}"

    def _entry(self, chat: Chat, person: Person, zone: tzinfo) -> Json:
        sign = {"supergroup": "group", "group": "group", "channel": "channel"}.get(chat.kind)
        log = self._world.messages.of(chat.id)
        last = self._last_line(log[-1], person, zone) if log else None
        unread = self._unread(log, chat, person)
        mode, _ = _mode(chat, person)
        more: Json = {"sign": sign, "last": last, "unread": unread, "mode": mode}
        more["rules"] = _rules(chat, person)
        return {**self._head(chat, person), **more}

    def _last_line(self, message: Message, person: Person, zone: tzinfo) -> Json:
        at = message.sent_at.astimezone(zone)
        is_today = at.date() == self._world.clock.now().astimezone(zone).date()
        body = message.to_json(with_reply=False)
        sender_id, name = sender_of(body)
        if service_text(body) is not None:  # names who did it
            name = ""
        elif sender_id == person.id:
            name = "You"
        elif message.chat.kind in {"private", "channel"}:
            name = ""
        return {
            "text": summary(body),
            "sender": name,
            "time": f"{at:%H:%M}" if is_today else f"{at.day} {at:%b}",
        }

    def _unread(self, log: tuple[Message, ...], chat: Chat, person: Person) -> int:
        seen = self._read.get((person.id, chat.id), 0)
        count = 0
        for message in reversed(log):
            if message.id <= seen or count == _MOST_UNREAD:
                break
            count += not _is_by(message, person)
        return count

    async def _opened(
        self, chat: Chat, person: Person, *, topic: int, limit: int, zone: tzinfo
    ) -> Json:
        log = self._world.messages.of(chat.id)
        here = [one for one in log if _is_in(one, topic)] if chat.is_forum and topic else log
        shown = here[-limit:]
        view = View(
            picture_url=picture_url,
            viewer=person.id,
            shows_senders=chat.kind in {"group", "supergroup"},
            zone=zone,
        )
        today = self._world.clock.now().astimezone(zone).date()
        seen = {
            **self._head(chat, person),
            **self._footing(chat, person, topic),
            **_standing(chat, person),
            "subtitle": _subtitle(chat),
            "topic": topic if chat.is_forum else 0,
            "last_id": log[-1].id if log else 0,
            "has_more": len(here) > len(shown),
        }
        # Some 15 ms for a screenful: the event loop stays free for the bot meanwhile.
        messages = [message.to_view() for message in shown]
        units = await asyncio.to_thread(conversation, messages, view, today=today)
        return {
            **seen,
            "units": [{"key": unit.key, "html": unit.html} for unit in units],
        }

    def _footing(self, chat: Chat, person: Person, topic: int) -> Json:
        """What the person can write here."""
        mode, notice = _mode(chat, person, topic)
        description = self._world.menus.text("description", person.language_code[:2])
        welcome = description or "Press Start to talk to the bot."
        return {
            "mode": mode,
            "notice": notice,
            "welcome": welcome if chat.kind == "private" else "",
            "commands": self._world.menus.seen_by(person, chat),
            "suffix": "" if chat.kind == "private" else f"@{self._world.bot['username']}",
        }

    def _is_over(self, query_id: str) -> bool:
        answer = self._world.answers.get(query_id)
        return answer is None or not answer.is_pending

    def _answer(self, query_id: str) -> Json:
        answer = self._world.answers.get(query_id)
        if answer is None:  # asked of an earlier run: nobody will answer any more
            return {"text": "", "show_alert": False, "url": ""}
        return {"text": answer.text, "show_alert": answer.show_alert, "url": answer.url}


def _rules(chat: Chat, person: Person) -> bool:
    return chat.person is None and chat.status_of(person.id).status in RULING


def _standing(chat: Chat, person: Person) -> Json:
    """Who is here, and what the person may change about it."""
    return {
        "rules": _rules(chat, person),
        "isHidden": chat.status_of(person.id).is_anonymous,
        "bot": chat.bot.status,
        "members": {str(user): one.status for user, one in chat.members.items()},
        "topics": [
            {"id": one.id, "name": one.name, "isClosed": one.is_closed}
            for one in chat.topics.values()
            if not one.is_deleted
        ],
        "isForum": chat.is_forum,
    }


def _is_in(message: Message, topic: int) -> bool:
    return (message.thread_id or GENERAL_TOPIC) == topic


def _mode(chat: Chat, person: Person, topic: int = 0) -> tuple[str, str]:
    """Tell what the foot of a chat offers, and why if it is not the input line."""
    rules = chat.status_of(person.id).status in RULING
    if chat.kind == "channel" and not rules:
        return "read", "Only administrators write in this channel."
    opened = chat.topics.get(topic)
    if opened is not None and opened.is_closed and not rules:
        return "read", "Only administrators write in this topic: it is closed."
    if chat.kind == "private" and chat.bot.status == "kicked":
        return "unblock", ""
    if chat.kind == "private" and chat.bot.status == "left":
        return "start", ""
    return "write", ""


def _is_seen(chat: Chat, person: Person) -> bool:
    if chat.is_deleted or chat.migrated_to is not None:
        return False
    if chat.person is not None:
        return chat.person.id == person.id
    return chat.kind == "channel" or chat.status_of(person.id).status in PRESENT


def _is_by(message: Message, person: Person) -> bool:
    sender = message.sender.get("from")
    return isinstance(sender, dict) and sender.get("id") == person.id


def _subtitle(chat: Chat) -> str:
    if chat.kind == "private":
        return "bot"
    present = sum(member.status in PRESENT for member in chat.members.values())
    if chat.kind == "channel":
        return "channel" if not present else f"channel, {_count(present, 'person', 'people')}"
    return _count(present + (chat.bot.status in PRESENT), "member", "members")


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
