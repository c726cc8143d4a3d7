"""What answers are read from: the topic tree and the search index, kept up with the library."""

from __future__ import annotations

from collections.abc import Iterable

from bot.domain.article import Article
from bot.domain.facts import Facts, as_facts
from bot.domain.topic import Topic, TopicTree
from bot.search.index import Index, Ready


class Catalogue:
    """The topics that a site describes and articles mention, and the index of all articles."""

    def __init__(self, index: Index) -> None:
        self.index = index
        self.topics = TopicTree()
        self._described: tuple[Topic, ...] = ()
        self._mentioned: dict[str, None] = {}
        self._whole: int | None = None
        self.is_importing = False

    @property
    def is_whole(self) -> bool:
        """Whether the index holds all that is stored."""
        return self._whole == self.index.age

    @property
    def is_being_read(self) -> bool:
        """Whether more may be found in a while."""
        return self.is_importing or not self.is_whole

    def set_whole(self, age: int | None) -> None:
        """Say that the index of this age holds all that is stored; None: none does."""
        self._whole = age

    def describe(self, topics: Iterable[Topic]) -> None:
        """Take the site's own description of its topics."""
        self._described = tuple(topics)
        self._grow()

    def take(
        self,
        articles: Iterable[Article | Facts] | Ready,
        gone: Iterable[str] = (),
        *,
        state: str | None = None,
    ) -> None:
        """Take new and changed articles in and vanished paths out. Blocks: call it in a thread.

        Raises IndexLost when the index begins anew; `state` is what it then corresponds to.
        """
        taken = articles if isinstance(articles, Ready) else as_facts(articles)
        facts = taken.facts if isinstance(taken, Ready) else taken
        self.mention(name for one in facts for name in one.get("topics", ()))
        self.index.replace(taken, gone, state=state)

    def mention(self, names: Iterable[str]) -> None:
        """Take in topics that articles name."""
        new = dict.fromkeys(names)
        if new.keys() - self._mentioned.keys():
            self._mentioned |= new
            self._grow()

    def _grow(self) -> None:
        self.topics = TopicTree(self._described, self._mentioned)
