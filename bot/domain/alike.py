"""Alike: readers of one wish whose histories differ only in what no choice looked at."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from typing import cast

from bot.domain.article import StoryKey
from bot.domain.digest import Item
from bot.domain.rules import Rules
from bot.domain.selection import Pool


class Chooser:
    """Chooses under the same rules for many histories, each different choice once.

    A choice asks of some stories whether they were received, and what it asks next follows from
    the answers so far. So the questions of all choices form a tree, and a history that gives the
    answers of another one has its items: ten thousand histories of a slot are a few thousand
    choices at most.
    """

    def __init__(self, pool: Pool, rules: Rules) -> None:
        self._pool = pool
        self._rules = rules
        self._tree: _Node = None
        self._first: tuple[Item, ...] | None = None

    def items(self, received: frozenset[StoryKey]) -> tuple[Item, ...]:
        """Choose the items of a digest; whoever has received nothing gets a first digest."""
        if not received:
            if self._first is None:
                self._first = self._pool.choose_first(self._rules, accounts=False).items
            return self._first
        found = self._tree
        while isinstance(found, _Question):
            found = found.yes if found.key in received else found.no
        if found is None:
            asked = _Asked(received)
            found = self._pool.choose(self._rules, received=asked, accounts=False).items
            self._keep(asked, found)
        return found

    def _keep(self, asked: _Asked, items: tuple[Item, ...]) -> None:
        """Hang a choice into the tree, below the questions that it asked."""
        below: _Node = items
        path = list(asked.answers.items())
        place = self._tree
        known: list[_Question] = []
        while isinstance(place, _Question):
            known.append(place)
            place = place.yes if asked.answers[place.key] else place.no
        for key, is_received in reversed(path[len(known) :]):
            below = _Question(key, yes=below) if is_received else _Question(key, no=below)
        if not known:
            self._tree = below
        elif asked.answers[known[-1].key]:
            known[-1].yes = below
        else:
            known[-1].no = below


@dataclass(slots=True)
class _Question:
    """Whether a story was received, and where each answer leads; None: nobody has given it yet."""

    key: StoryKey
    yes: _Node = None
    no: _Node = None


_Node = _Question | tuple[Item, ...] | None


class _Asked(Container[StoryKey]):
    """A history that notes what it is asked, in order."""

    def __init__(self, received: frozenset[StoryKey]) -> None:
        self._received = received
        self.answers: dict[StoryKey, bool] = {}

    def __contains__(self, key: object) -> bool:
        """Tell whether a story was received."""
        is_received = key in self._received
        self.answers.setdefault(cast("StoryKey", key), is_received)
        return is_received
