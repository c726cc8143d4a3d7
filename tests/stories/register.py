"""The list of all stories; each module of stories adds its own by `@story`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from tests.stories.telling import Tale, tea
from tests.support.world import Story as Article

Telling = Callable[[Tale], Awaitable[None]]


@dataclass(frozen=True, kw_only=True)
class Story:
    """A telling, the languages that it is told in, and the world in which it happens."""

    telling: Telling
    languages: tuple[str, str]
    """The first runs from right to left."""
    articles: Callable[[], list[Article]]
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The sentence that the story shows to be true."""
        return self.telling.__name__


STORIES: list[Story] = []


def story(
    *languages: str,
    articles: Callable[[], list[Article]] = tea,
    settings: Mapping[str, str] | None = None,
) -> Callable[[Telling], Telling]:
    """Enter a telling into the list."""
    from_the_right, from_the_left = languages

    def enter(telling: Telling) -> Telling:
        STORIES.append(
            Story(
                telling=telling,
                languages=(from_the_right, from_the_left),
                articles=articles,
                settings=settings or {},
            )
        )
        return telling

    return enter
