"""The index: what can be asked of it, and how articles come in.

Any thread may call it. Of an index in a file many can ask at once, also while articles come in:
they get what was there before. It holds nothing that the articles do not hold: when its file is
missing, of another form, damaged or deleted under us it begins empty, where it cannot be written
it goes on in memory, and the caller fills it again (`age`, `state`).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import partial
from itertools import islice
from pathlib import Path
from threading import Lock
from typing import TypeVar

from bot.domain.article import Article
from bot.domain.facts import Facts, as_facts
from bot.domain.topic import Topic, TopicTree
from bot.errors import IndexLost
from bot.search import lists, marks, vocabulary
from bot.search.answer import Asking, Setting
from bot.search.expressions import Clause
from bot.search.files import File
from bot.search.languages import Learned, Stems
from bot.search.pages import best_pool, folded_page
from bot.search.prepared import Prepared, can_be_found, prepared
from bot.search.query import Query, topic_of
from bot.search.ranking import Found
from bot.search.walk import Question, seconds
from bot.search.writing import Batch

SLICE = 2_000
"""Articles in one transaction."""

LARGE = 1_000
"""From so many articles on a slice leaves the joining of pieces to `tidy`."""

NEVER = -1
"""No generation of learned words."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """Articles that were made ready for an index, each path once."""

    facts: list[Facts]
    prepared: list[Prepared]
    """Those that can be found."""
    generation: int
    """What the index had learned of words; when it has forgotten them, all is made anew."""

    @classmethod
    def joined(cls, parts: Sequence[Ready]) -> Ready:
        """Give all parts in one; they hold different paths."""
        generations = {part.generation for part in parts}
        return cls(
            facts=[facts for part in parts for facts in part.facts],
            prepared=[article for part in parts for article in part.prepared],
            generation=generations.pop() if len(generations) == 1 else NEVER,
        )


class Index:
    """Finds articles by words and topics; see the module for threads and durability."""

    def __init__(self, path: Path | None = None, *, language: str | None = None) -> None:
        """Open the index in a file, or in memory.

        `language`: the one that all articles are written in; None: told for each. An index of
        another language begins anew. Raises StoreError where the file cannot be used.
        """
        self._file = File(path, form=language or "")
        self._stems = Stems()
        self._language = language
        self._learned = Learned()
        self._filling = Lock()
        self._counting = Lock()
        self._counted: tuple[object, Mapping[str, int]] | None = None

    def close(self) -> None:
        """Close it; a file stays."""
        self._file.close()

    def begin_anew(self) -> None:
        """Forget everything at once."""
        self._file.begin_anew()

    @property
    def age(self) -> int:
        """Tell this index from the empty one that takes its place when it is lost."""
        return self._file.age

    @property
    def article_count(self) -> int:
        """Count the articles that can be found."""
        return self._asked(lists.article_count)

    @property
    def state(self) -> str | None:
        """Tell what was said by the last `replace` with a state; None: new, and to be filled."""
        return self._asked(lists.state)

    @property
    def topic_names(self) -> tuple[str, ...]:
        """Give the names of topics that articles held, each as it was written."""
        return self._asked(lists.topic_names)

    def paths_after(self, number: int) -> tuple[tuple[str, ...], int]:
        """Give some paths of articles that can be found, and the number to go on from.

        Begin with -1; when there are no more, no path is given.
        """
        return self._asked(partial(lists.paths_after, number=number))

    def ready(self, articles: Iterable[Article | Facts]) -> Ready:
        """Make articles ready for `replace`; of a path that comes twice the last one counts."""
        with self._filling:
            return self._made_ready(as_facts(articles))

    def replace(
        self,
        articles: Iterable[Article | Facts] | Ready,
        gone: Iterable[str] = (),
        *,
        state: str | None = None,
    ) -> None:
        """Take in articles by their paths, in place of what was known, and forget the gone.

        Withdrawn articles and those without title or link cannot be found. Many articles are
        taken in slices, each all or nothing; `state` is kept with the last of them and names what
        the index then corresponds to. An article that has not changed costs next to nothing.
        Raises IndexLost when nothing is left of what was there before: age and state tell so too.
        """
        lost = set(gone)
        if isinstance(articles, Ready) and len(articles.facts) <= SLICE:
            self._write(articles, lost, state)
            return
        waiting = iter(articles.facts if isinstance(articles, Ready) else articles)
        batch = list(islice(waiting, SLICE))
        while following := list(islice(waiting, SLICE)):
            lost -= self._write(self.ready(batch), (), None)
            batch = following
        self._write(self.ready(batch), lost, state)

    def give_way(self) -> None:
        """Wait a moment if somebody asks: for work beside it that would hold answers up."""
        self._file.manners.give_way()

    def file_words(self) -> bool:
        """File away some of the new words; True while there are more.

        Until then typing errors cost a few milliseconds more. Worth calling after every change.
        """
        with self._file.writing() as connection:
            return vocabulary.file_away(connection, self._file.manners)

    def tidy(self) -> bool:
        """Join some of the pieces that batches leave behind; True while there is more to do.

        Answers take up to twice as long from an index in many pieces. Worth calling after a
        large import, again and again, when nothing else waits to be taken in.
        """
        with self._file.writing() as connection:
            return lists.merged(connection)

    def search(
        self,
        query: Query,
        *,
        topics: TopicTree,
        now: datetime,
        half_life: timedelta,
        limit: int,
        offset: int = 0,
        zone: tzinfo = UTC,
    ) -> Found:
        """Answer a question, best first; the same page for the same index, query and time.

        `zone` tells where "today" begins. See `Asking.found` for what is tried.
        """
        if query.is_empty:
            return Found(total=0)
        setting = Setting(
            topics=topics, now=now, zone=zone, half_life=half_life, limit=limit, offset=offset
        )
        return self._asked(
            lambda connection: Asking(
                connection, stems=self._stems, setting=setting, query=query
            ).found()
        )

    def by_topic(
        self,
        name: str,
        *,
        topics: TopicTree,
        now: datetime,
        half_life: timedelta,
        limit: int,
        offset: int = 0,
    ) -> Found:
        """Give a topic's stories and those of the topics below it, by freshness × heat."""
        topic = topic_of(name, topics) or Topic(name=name)
        own = marks.topic_family(topic.name, topics)
        if not own:
            return Found(total=0)
        moment, life = seconds(now, half_life)
        filed = Clause(typed=(name,), topic=topic, marks=own).expression
        question = Question(clauses=(), filters=(filed,), now=moment, half_life=life)

        def found(connection: sqlite3.Connection) -> Found:
            pool = best_pool(connection, question, limit + offset)
            page = folded_page(connection, pool, limit=limit, offset=offset)
            total = page.total if pool.is_whole else lists.estimate(connection, question, pool)
            return Found(
                total=max(total, page.total),
                hits=page.hits,
                total_is_exact=pool.is_whole,
                topics=(topic.name,) if page.hits else (),
            )

        return self._asked(found)

    def latest(self, limit: int, offset: int = 0, *, now: datetime | None = None) -> Found:
        """Give the newest stories by the source's date; with `now` none of a date to come."""
        until = None if now is None else int(now.timestamp())

        def found(connection: sqlite3.Connection) -> Found:
            pool = lists.newest(connection, stories=limit + offset, until=until)
            page = folded_page(connection, pool, limit=limit, offset=offset, shown=lists.dated)
            total = page.total if pool.is_whole else lists.story_count(connection, until=until)
            return Found(total=total, hits=page.hits, total_is_exact=pool.is_whole)

        return self._asked(found)

    def hot(self, *, now: datetime, half_life: timedelta, limit: int, offset: int = 0) -> Found:
        """Give the hottest stories: heat, halved for every `half_life` of age."""
        moment, life = seconds(now, half_life)
        shown = partial(lists.heat_left, now=moment, half_life=life)

        def found(connection: sqlite3.Connection) -> Found:
            pool = lists.hottest(connection, stories=limit + offset, half_life=life)
            page = folded_page(connection, pool, limit=limit, offset=offset, shown=shown)
            return Found(total=page.total, hits=page.hits, total_is_exact=pool.is_whole)

        return self._asked(found)

    def topic_counts(self, topics: TopicTree, since: datetime | None = None) -> Mapping[str, int]:
        """Count the stories of every topic by folded name, each story once, parents with theirs.

        `since`: only those dated then or later. Topics without a story are left out.
        """
        moment = None if since is None else int(since.timestamp())

        def counted(connection: sqlite3.Connection) -> Mapping[str, int]:
            mark = (self.age, lists.revision(connection), topics, moment)
            with self._counting:
                if self._counted is None or self._counted[0] != mark:
                    self._counted = (mark, lists.topic_counts(connection, topics, since=moment))
                return self._counted[1]

        return self._asked(counted)

    def _asked(self, answer: Callable[[sqlite3.Connection], T]) -> T:
        """Answer from one state of the index; when it is lost meanwhile, from what begins anew."""
        try:
            with self._file.reading() as connection:
                return answer(connection)
        except IndexLost:
            with self._file.reading() as connection:
                return answer(connection)

    def _write(self, ready: Ready, gone: Iterable[str], state: str | None) -> Set[str]:
        """Write one slice; gives its paths."""
        with self._filling:
            try:
                self._write_ready(ready, gone, state)
            except BaseException:
                self._learned.forget()
                raise
            self._learned.keep()
        return {facts["path"] for facts in ready.facts}

    def _write_ready(self, ready: Ready, gone: Iterable[str], state: str | None) -> None:
        manners = self._file.manners
        with self._file.writing() as connection:
            # It may have become another file meanwhile, which knows no words yet.
            if self._learned.begin(self._file.age) != ready.generation:
                ready = self._made_ready(ready.facts)
            lost = {*gone, *[facts["path"] for facts in ready.facts]}
            lost.difference_update([article.path for article in ready.prepared])
            lists.join_as_it_comes(connection, is_wanted=len(ready.prepared) < LARGE)
            Batch(connection, manners).write(ready.prepared, lost)
            vocabulary.add(connection, self._learned.new(), manners)
            while vocabulary.has_too_many_fresh(connection):
                vocabulary.file_away(connection, manners)
            names = {name for facts in ready.facts for name in facts.get("topics", ())}
            lists.keep_topic_names(connection, names)
            lists.mark(connection, state)

    def _made_ready(self, articles: Iterable[Facts]) -> Ready:
        latest = {facts["path"]: facts for facts in articles}
        generation = self._learned.begin(self._file.age)
        polite = self._file.manners.among(latest.values())
        return Ready(
            facts=list(latest.values()),
            prepared=[
                prepared(facts, stems=self._learned, language=self._language)
                for facts in polite
                if can_be_found(facts)
            ],
            generation=generation,
        )
