"""Which story a message shows that was opened in place: Telegram tells of reactions by number."""

from __future__ import annotations

from collections import OrderedDict

from bot.domain.article import StoryId
from bot.domain.subscription import ChatId

MOST = 20_000


class ShownStories:
    """Remembers the last stories that were opened; after a restart they count as closed."""

    def __init__(self) -> None:
        self._stories: OrderedDict[tuple[ChatId, int], StoryId] = OrderedDict()

    def note(self, chat_id: ChatId, message_id: int, story: StoryId) -> None:
        """Note that a message shows a story."""
        self._stories[chat_id, message_id] = story
        self._stories.move_to_end((chat_id, message_id))
        while len(self._stories) > MOST:
            self._stories.popitem(last=False)

    def forget(self, chat_id: ChatId, message_id: int) -> None:
        """Note that a message shows what it was sent with again."""
        self._stories.pop((chat_id, message_id), None)

    def get(self, place: tuple[ChatId, int]) -> StoryId | None:
        """Give the story that a message shows; None when it was not opened in place."""
        return self._stories.get(place)
