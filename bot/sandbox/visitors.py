"""Who acts in a request of the chat page, and where."""

from __future__ import annotations

from bot.sandbox.chats import GENERAL_TOPIC, RULING, Chat, Person
from bot.sandbox.requests import Refusal, whole
from bot.sandbox.snapshot import Snapshots
from bot.sandbox.world import World


class Visitors:
    """Finds the person and the chat of a request; refuses what the person does not see."""

    def __init__(self, world: World, snapshots: Snapshots) -> None:
        self._world = world
        self._snapshots = snapshots

    def person(self, body: dict[str, object], name: str = "me") -> Person:
        """The person who is meant, by default the one who acts."""
        person = self._world.chats.person(whole(body, name))
        if person is None:
            raise Refusal(400, f"`{name}` is nobody in this sandbox.")
        return person

    def chat(self, body: dict[str, object]) -> Chat:
        """The chat that it is about; the person sees it."""
        wanted = whole(body, "chat")
        for chat in self._snapshots.chats_of(self.person(body)):
            if chat.id == wanted:
                return chat
        raise Refusal(400, "`chat` is no chat that this person sees.")

    def both(self, body: dict[str, object]) -> tuple[Person, Chat]:
        """The person who acts, and the chat that it is about."""
        return self.person(body), self.chat(body)

    def ruled(self, body: dict[str, object]) -> tuple[Person, Chat]:
        """The same, where the person is an administrator of the chat."""
        person, chat = self.both(body)
        if chat.person is not None or chat.status_of(person.id).status not in RULING:
            raise Refusal(403, "Only administrators of this chat can do that.")
        return person, chat

    @staticmethod
    def topic(body: dict[str, object], chat: Chat) -> int | None:
        """The topic that a message goes to; None for the chat itself."""
        thread = whole(body, "topic") if body.get("topic") else GENERAL_TOPIC
        if thread == GENERAL_TOPIC:
            return None
        topic = chat.topics.get(thread)
        if topic is None or topic.is_deleted:
            raise Refusal(409, "This topic is gone.")
        return thread
