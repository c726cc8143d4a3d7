"""Leanings: what a reader's taps and reactions say, as few steps up or down. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from bot.domain.article import StoryKey
from bot.domain.rules import Leaning

ONE_STEP, TWO_STEPS = 2, 6
"""Points for one step and for two: a tap on one story moves its topic a step, a reaction to a whole
digest only what stands in it twice; a second step takes three taps."""
MOST_LEANINGS = 12
"""So many topics and providers bend a reader's order; the others have to wait."""
MOST_VOTES = 200
"""Older votes than these are forgotten: tastes change."""
FEWEST_COUNTED = 3
"""Reactions below a channel's post that say something of the channel; fewer may be chance."""

GLAD = frozenset("👍❤🔥🥰👏😁🎉🤩🙏👌🕊😍🐳💯⚡🏆🍾💋😇🤗🎅🎄☃💅🆒💘😘🦄👾😎🙌🤝✍🫡")
SORRY = frozenset("👎🤬🤮💩🥱🤡🖕😴😡")
"""Reactions that say yes and no to a story; others (such as 😢 below sad news) say neither."""


class Source(Enum):
    """How somebody said it; a tap means one story, a reaction may mean a whole digest."""

    TAP = "tap"
    REACTION = "reaction"
    COUNT = "count"


@dataclass(frozen=True, slots=True, kw_only=True)
class Vote:
    """What a chat said about a story: `points` above 0 for more like it, below for less.

    `topics` are folded names, the main one first; they and the provider are kept with the vote,
    because the article may go.
    """

    story: StoryKey
    points: int
    source: Source
    topics: tuple[str, ...] = ()
    provider: str | None = None


def points_of(emojis: Iterable[str], *, is_alone: bool) -> int:
    """Weigh the reactions of one reader to a message; `is_alone`: it shows one story."""
    sign = sum(_sign(emoji) for emoji in emojis)
    return (ONE_STEP if is_alone else 1) * ((sign > 0) - (sign < 0))


def counted_points(counts: Iterable[tuple[str, int]], *, is_alone: bool) -> int:
    """Weigh the reactions below a channel's post, given as emoji and number."""
    glad = sorry = 0
    for emoji, number in counts:
        sign = _sign(emoji)
        glad += number * (sign > 0)
        sorry += number * (sign < 0)
    if glad + sorry < FEWEST_COUNTED or glad == sorry:
        return 0
    return (ONE_STEP if is_alone else 1) * (1 if glad > sorry else -1)


def leanings(votes: Iterable[Vote]) -> frozenset[Leaning]:
    """Sum votes up: each counts for its main topic and its provider; the strongest stay."""
    points: Counter[tuple[str, bool]] = Counter()
    for vote in votes:
        if vote.topics:
            points[vote.topics[0], False] += vote.points
        if vote.provider:
            points[vote.provider, True] += vote.points
    strongest = sorted(points.items(), key=lambda pair: (-abs(pair[1]), pair[0]))
    found = (
        Leaning(name=name, is_provider=is_provider, steps=_steps(sum_))
        for (name, is_provider), sum_ in strongest
        if abs(sum_) >= ONE_STEP
    )
    return frozenset(list(found)[:MOST_LEANINGS])


def _steps(points: int) -> int:
    steps = 2 if abs(points) >= TWO_STEPS else 1
    return steps if points > 0 else -steps


def _sign(emoji: str) -> int:
    first = emoji[:1]
    return (first in GLAD) - (first in SORRY)
