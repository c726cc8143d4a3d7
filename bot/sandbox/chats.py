"""People, and the chats they share with the bot."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from bot.sandbox.errors import ApiError, bad_request, forbidden

Kind = Literal["private", "group", "supergroup", "channel"]
Status = Literal["creator", "administrator", "member", "restricted", "left", "kicked"]

GENERAL_TOPIC = 1
PRESENT: frozenset[Status] = frozenset({"creator", "administrator", "member", "restricted"})
RULING: frozenset[Status] = frozenset({"creator", "administrator"})
# What the bot may do where people made it an administrator, unless they say otherwise.
USUAL_RIGHTS = ("can_post_messages", "can_edit_messages", "can_delete_messages")
# What a restricted member lacks here, all of it.
MEMBER_RIGHTS = (
    *("can_send_messages", "can_send_audios", "can_send_documents", "can_send_photos"),
    *("can_send_videos", "can_send_video_notes", "can_send_voice_notes", "can_send_polls"),
    *("can_send_other_messages", "can_add_web_page_previews", "can_react_to_messages"),
    *("can_edit_tag", "can_change_info", "can_invite_users", "can_pin_messages"),
    "can_manage_topics",
)
ADMINISTRATOR_RIGHTS = (
    "can_be_edited",
    "can_manage_chat",
    "can_change_info",
    "can_delete_messages",
    "can_invite_users",
    "can_restrict_members",
    "can_promote_members",
    "can_manage_video_chats",
    "can_post_stories",
    "can_edit_stories",
    "can_delete_stories",
    "is_anonymous",
)
GROUP_RIGHTS = ("can_pin_messages", "can_manage_topics")
CHANNEL_RIGHTS = ("can_post_messages", "can_edit_messages")


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody with a Telegram account."""

    id: int
    first_name: str
    username: str | None = None
    language_code: str = "en"

    def to_json(self) -> dict[str, object]:
        """Build the User object."""
        body: dict[str, object] = {
            "id": self.id,
            "is_bot": False,
            "first_name": self.first_name,
        }
        if self.username:
            body["username"] = self.username
        if self.language_code:
            body["language_code"] = self.language_code
        return body


@dataclass(slots=True, kw_only=True)
class Topic:
    """A thread of a forum."""

    id: int
    name: str
    is_closed: bool = False
    is_deleted: bool = False


@dataclass(slots=True, kw_only=True)
class Membership:
    """What somebody is in a chat; `rights` count for administrators only."""

    status: Status
    rights: frozenset[str] = frozenset()
    # An administrator who writes as the group.
    is_anonymous: bool = False

    def to_json(self, user: dict[str, object], *, chat_kind: Kind) -> dict[str, object]:
        """Build the ChatMember object."""
        body: dict[str, object] = {"user": user, "status": self.status}
        if self.status == "administrator":
            extra = CHANNEL_RIGHTS if chat_kind == "channel" else GROUP_RIGHTS
            names = (*ADMINISTRATOR_RIGHTS, *extra)
            body |= {name: name in self.rights for name in names}
            body |= {"can_manage_chat": True, "is_anonymous": self.is_anonymous}
        elif self.status == "creator":
            body["is_anonymous"] = self.is_anonymous
        elif self.status == "kicked":
            body["until_date"] = 0
        elif self.status == "restricted":
            body |= {"is_member": True, "until_date": 0, **dict.fromkeys(MEMBER_RIGHTS, False)}
        return body


@dataclass(slots=True, kw_only=True)
class Chat:
    """A place where messages stand, with all that decides whether the bot may write there."""

    id: int
    kind: Kind
    title: str = ""
    username: str | None = None
    person: Person | None = None
    is_forum: bool = False
    topics: dict[int, Topic] = field(default_factory=dict)
    members: dict[int, Membership] = field(default_factory=dict)
    bot: Membership = field(default_factory=lambda: Membership(status="left"))
    migrated_to: int | None = None
    is_deleted: bool = False
    # Rights that members of a group lack, such as "text messages" or "photos".
    forbidden_kinds: frozenset[str] = frozenset()
    pinned: list[int] = field(default_factory=list)

    def to_json(self) -> dict[str, object]:
        """Build the Chat object that messages carry."""
        body: dict[str, object] = {"id": self.id, "type": self.kind}
        if self.person is not None:
            body["first_name"] = self.person.first_name
            if self.person.username:
                body["username"] = self.person.username
            return body
        body["title"] = self.title
        if self.username:
            body["username"] = self.username
        if self.is_forum:
            body["is_forum"] = True
        if self.kind == "group":
            body["all_members_are_administrators"] = False
        return body

    def has_right(self, right: str) -> bool:
        """Tell whether the bot is an administrator here with this right."""
        return self.bot.status == "administrator" and right in self.bot.rights

    def status_of(self, user_id: int) -> Membership:
        """Tell what a person is here."""
        if self.person is not None:
            return Membership(status="member" if user_id == self.person.id else "left")
        return self.members.get(user_id, Membership(status="left"))


class Chats:
    """All people and chats, found by id or name."""

    def __init__(self) -> None:
        self._chats: dict[int, Chat] = {}
        self._people: dict[int, Person] = {}
        self._person_ids = itertools.count(1001)
        self._group_ids = itertools.count(-4001, -1)
        self._large_ids = itertools.count(-1001000000001, -1)

    def __iter__(self) -> Iterator[Chat]:
        return iter(tuple(self._chats.values()))

    def people(self) -> tuple[Person, ...]:
        """All persons in the order in which they came."""
        return tuple(self._people.values())

    def add_person(
        self, first_name: str, *, user_id: int | None, username: str | None, language_code: str
    ) -> Person:
        person = Person(
            id=user_id if user_id is not None else self._free(self._person_ids),
            first_name=first_name,
            username=username,
            language_code=language_code,
        )
        if person.id in self._chats or person.id <= 0:
            raise ValueError(f"the user id {person.id} is taken or not positive")
        self._people[person.id] = person
        self.add(Chat(id=person.id, kind="private", person=person, username=username))
        return person

    def add(self, chat: Chat) -> Chat:
        if chat.id in self._chats:
            raise ValueError(f"the chat id {chat.id} is taken")
        self._chats[chat.id] = chat
        return chat

    def free_id(self, kind: Kind) -> int:
        """Choose an id for a new group, supergroup or channel."""
        return self._free(self._group_ids if kind == "group" else self._large_ids)

    def _free(self, ids: Iterator[int]) -> int:
        return next(number for number in ids if number not in self._chats)

    def person(self, user_id: int) -> Person | None:
        """The person with this id."""
        return self._people.get(user_id)

    def get(self, chat_id: int) -> Chat:
        """The chat with this id; KeyError when there is none."""
        return self._chats[chat_id]

    def find(self, given: object) -> Chat | None:
        """The chat that a chat_id parameter means, by number or public @name."""
        if isinstance(given, str) and given.startswith("@"):
            wanted = given[1:].lower()
            public = (chat for chat in self if chat.person is None and chat.username)
            return next((one for one in public if str(one.username).lower() == wanted), None)
        try:
            return self._chats.get(int(str(given)))
        except ValueError:
            return None

    def reachable(self, given: object) -> Chat:
        """The chat that a call is about, if the bot has access to it; else the refusal."""
        if given is None or given == "":
            raise bad_request("chat_id is empty")
        chat = self.find(given)
        if chat is None:
            raise bad_request("chat not found")
        if chat.migrated_to is not None:
            raise bad_request(
                "group chat was upgraded to a supergroup chat",
                migrate_to_chat_id=chat.migrated_to,
            )
        refusal = _refusal(chat)
        if refusal is not None:
            raise refusal
        return chat


def _refusal(chat: Chat) -> ApiError | None:
    if chat.kind == "private":
        return None  # blocked or never met: only a send finds out
    if chat.is_deleted:
        return forbidden("the group chat was deleted")
    name = {"group": "group chat", "supergroup": "supergroup chat", "channel": "channel chat"}
    if chat.bot.status == "kicked":
        return forbidden(f"bot was kicked from the {name[chat.kind]}")
    if chat.bot.status == "left":
        return forbidden(f"bot is not a member of the {name[chat.kind]}")
    return None


def check_thread(chat: Chat, thread_id: int) -> int | None:
    """Give the topic that a message goes to, None for the main thread; else refuse."""
    if thread_id == 0 or not chat.is_forum:
        return None
    topic = chat.topics.get(thread_id)
    if thread_id == GENERAL_TOPIC or topic is None or topic.is_deleted:
        raise bad_request("message thread not found")
    return thread_id


def check_may_write(chat: Chat, kind: str = "text messages") -> None:
    """Refuse where the bot may not write messages of this kind."""
    if chat.kind == "channel" and not chat.has_right("can_post_messages"):
        raise bad_request("need administrator rights in the channel chat")
    if chat.kind in {"group", "supergroup"} and chat.bot.status == "restricted":
        raise bad_request(f"not enough rights to send {kind} to the chat")
    if chat.bot.status == "member" and kind in chat.forbidden_kinds and chat.kind != "private":
        raise bad_request(f"not enough rights to send {kind} to the chat")


def check_servers_word(chat: Chat, thread_id: int | None) -> None:
    """Refuse what only Telegram's servers know: blocked, never met, closed topic."""
    if chat.kind == "private":
        if chat.is_deleted:
            raise forbidden("user is deactivated")
        if chat.bot.status == "kicked":
            raise forbidden("bot was blocked by the user")
        if chat.bot.status == "left":
            raise forbidden("bot can't initiate conversation with a user")
    if thread_id is not None and chat.topics[thread_id].is_closed:
        may = chat.has_right("can_manage_topics")
        if not may:
            raise bad_request("TOPIC_CLOSED")
