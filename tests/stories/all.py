"""Every story in each of its languages."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tests.stories import places, readers
from tests.stories.register import STORIES, Story
from tests.stories.telling import Opener, told


@dataclass(frozen=True, kw_only=True)
class Edition:
    """A story in one language."""

    story: Story
    language: str

    def __str__(self) -> str:
        return f"{self.story.name}-{self.language}"

    @property
    def runs_from_the_right(self) -> bool:
        """Whether its language is written from right to left."""
        return self.language == self.story.languages[0]

    async def tell(self, folder: Path, *, through: Opener) -> None:
        """Tell it through a door, in a world of its own."""
        async with told(
            folder,
            self.language,
            through=through,
            articles=self.story.articles(),
            settings=self.story.settings,
        ) as tale:
            await self.story.telling(tale)


EDITIONS = [
    Edition(story=story, language=language)
    for module in (readers, places)
    for story in STORIES
    if story.telling.__module__ == module.__name__
    for language in story.languages
]
