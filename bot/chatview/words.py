"""What a message is in one line: in a list of chats, in the head of a reply, as a service line."""

from collections.abc import Mapping, Sequence

from bot.chatview.rich import rich_words
from bot.chatview.view import Message, sender_of

_LONGEST = 120
_MEMBERS = {"new_chat_members": "joined", "left_chat_member": "left"}
_EVENTS = {
    "pinned_message": "pinned a message",
    "forum_topic_closed": "closed the topic",
    "forum_topic_reopened": "reopened the topic",
    "new_chat_title": "changed the name of the chat",
    "group_chat_created": "created the group",
    "supergroup_chat_created": "created the group",
    "channel_chat_created": "created the channel",
    "migrate_to_chat_id": "turned the group into a supergroup",
    "migrate_from_chat_id": "turned the group into a supergroup",
}


def summary(message: Message) -> str:
    """The message in one line of at most 120 characters."""
    service = service_text(message)
    if service is not None:
        return service
    text = str(message.get("text") or message.get("caption") or rich_words(message))
    line = " ".join(text[: 4 * _LONGEST].split())[:_LONGEST]
    if message.get("photo"):
        return line or ("Album" if message.get("media_group_id") else "Photo")
    document = message.get("document")
    if isinstance(document, Mapping):
        return line or str(document.get("file_name", "File"))
    if isinstance(message.get("location"), Mapping):
        return "Location"
    return line


def service_text(message: Message) -> str | None:
    """What a service message says, or None for an ordinary one."""
    for field, said in _MEMBERS.items():
        if field in message:
            given = message[field]
            people = given if isinstance(given, Sequence) else (given,)
            return f"{', '.join(sender_of({'from': person})[1] for person in people)} {said}"
    topic = message.get("forum_topic_created")
    if isinstance(topic, Mapping):
        return f"Topic “{topic.get('name', '')}” was created"
    for field, said in _EVENTS.items():
        if field in message:
            return f"{sender_of(message)[1]} {said}".strip()
    return None
