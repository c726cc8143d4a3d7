"""Who is in a chat: coming, going, blocking, promoting, and what the bot hears of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from bot.sandbox.chats import PRESENT, RULING, USUAL_RIGHTS, Chat, Membership, Person, Status, Topic
from bot.sandbox.messages import Json, Message, sender_in
from bot.sandbox.world import ANONYMOUS, World

TOPIC_COLOR = 7322096


def service_message(
    world: World,
    chat: Chat,
    user: Json,
    content: Json,
    *,
    thread_id: int | None = None,
    is_told: bool = True,
) -> Message:
    """Put a message into a chat that tells of an event, and tell the bot."""
    message = world.post(
        Message(
            id=world.messages.next_id(chat),
            chat=chat,
            sent_at=world.clock.now(),
            content=content,
            sender=sender_in(chat, user),
            thread_id=thread_id,
            is_editable=False,
        )
    )
    if is_told:
        kind = "channel_post" if chat.kind == "channel" else "message"
        world.push(kind, message.to_json())
    return message


def set_bot(world: World, chat: Chat, by: Person, membership: Membership) -> None:
    """Change what the bot is in a chat, by the hand of `by`."""
    before, chat.bot = chat.bot, membership
    _tell_change(world, chat, by, world.bot, before, membership, kind="my_chat_member")


def set_person(
    world: World, chat: Chat, by: Person, person: Person, membership: Membership
) -> None:
    """Change what a person is in a group or channel."""
    before = chat.status_of(person.id)
    chat.members[person.id] = membership
    if chat.bot.status == "administrator":  # others' comings and goings are for administrators
        user = person.to_json()
        _tell_change(world, chat, by, user, before, membership, kind="chat_member")
    world.tell("chat", chat)


def set_member(world: World, chat: Chat, by: Person, person: Person, status: Status) -> None:
    """Let a person be something else in a chat; members of a group read of coming and going."""
    was_present = chat.status_of(person.id).status in PRESENT
    set_person(world, chat, by, person, Membership(status=status))
    is_present = status in PRESENT
    if chat.kind == "channel" or was_present == is_present:
        return
    user = person.to_json()
    told: Json = {"new_chat_members": [user]} if is_present else {"left_chat_member": user}
    service_message(world, chat, by.to_json(), told)


def hide(world: World, chat: Chat, person: Person, *, is_hidden: bool) -> None:
    """Let an administrator of a group write as the group, or under their own name again."""
    if chat.kind != "supergroup" or chat.status_of(person.id).status not in RULING:
        raise ValueError("only administrators of large groups can be anonymous")
    set_person(
        world, chat, person, person, replace(chat.members[person.id], is_anonymous=is_hidden)
    )


def _tell_change(
    world: World,
    chat: Chat,
    by: Person,
    user: Json,
    before: Membership,
    after: Membership,
    *,
    kind: str,
) -> None:
    body: Json = {
        "chat": chat.to_json(),
        "from": by.to_json(),
        "date": int(world.clock.now().timestamp()),
        "old_chat_member": before.to_json(user, chat_kind=chat.kind),
        "new_chat_member": after.to_json(user, chat_kind=chat.kind),
    }
    world.push(kind, body)
    world.tell("chat", chat)


def found(
    world: World,
    chat: Chat,
    *,
    rulers: Iterable[Person],
    members: Iterable[Person],
    brings_bot: Person | None,
) -> Chat:
    """Open a group or channel; the first of its rulers has founded it."""
    for index, person in enumerate(rulers):
        status: Status = "administrator" if index else "creator"
        chat.members[person.id] = Membership(status=status)
    for person in members:
        chat.members.setdefault(person.id, Membership(status="member"))
    world.chats.add(chat)
    if brings_bot is not None:
        add_bot(world, chat, brings_bot)
    world.tell("chat", chat)
    return chat


def add_bot(world: World, chat: Chat, by: Person, *, rights: Iterable[str] | None = None) -> None:
    """Bring the bot into a group or channel; with `rights` as an administrator."""
    is_ruler = rights is not None or chat.kind == "channel"
    membership = Membership(status="member")
    if is_ruler:
        given = USUAL_RIGHTS if rights is None else rights
        membership = Membership(status="administrator", rights=frozenset(given))
    set_bot(world, chat, by, membership)
    if chat.kind != "channel":
        service_message(world, chat, by.to_json(), {"new_chat_members": [world.bot]})


def remove_bot(world: World, chat: Chat, by: Person) -> None:
    """Throw the bot out."""
    if chat.kind == "group":
        left: Json = {"left_chat_member": world.bot}
        service_message(world, chat, by.to_json(), left)
    set_bot(world, chat, by, Membership(status="kicked"))


def add_topic(world: World, chat: Chat, by: Person, name: str) -> int:
    """Open a topic in a forum; gives its thread id."""
    created: Json = {"forum_topic_created": {"name": name, "icon_color": TOPIC_COLOR}}
    root = service_message(world, chat, by.to_json(), created, is_told=False)
    root.thread_id = root.id
    chat.topics[root.id] = Topic(id=root.id, name=name)
    world.push("message", root.to_json())
    return root.id


def close_topic(world: World, chat: Chat, by: Person, thread: int) -> None:
    """Let nobody but administrators write in a topic."""
    chat.topics[thread].is_closed = True
    closed: Json = {"forum_topic_closed": {}}
    service_message(world, chat, by.to_json(), closed, thread_id=thread)


def reopen_topic(world: World, chat: Chat, by: Person, thread: int) -> None:
    """Let everybody write in a topic again."""
    chat.topics[thread].is_closed = False
    reopened: Json = {"forum_topic_reopened": {}}
    service_message(world, chat, by.to_json(), reopened, thread_id=thread)


def migrate(world: World, group: Chat, by: Person, new_id: int | None) -> Chat:
    """Turn a basic group into a supergroup with another id."""
    if group.kind != "group":
        raise ValueError("only basic groups become supergroups")
    large = world.chats.add(
        Chat(
            id=new_id if new_id is not None else world.chats.free_id("supergroup"),
            kind="supergroup",
            title=group.title,
            members=dict(group.members),
            bot=group.bot,
        )
    )
    service_message(world, group, by.to_json(), {"migrate_to_chat_id": large.id})
    group.migrated_to = large.id
    message = service_message(
        world, large, dict(ANONYMOUS), {"migrate_from_chat_id": group.id}, is_told=False
    )
    message.sender["sender_chat"] = large.to_json()
    world.push("message", message.to_json())
    world.tell("chat", group)
    world.tell("chat", large)
    return large
