"""The index: what can be asked of it, and how articles come in.

Any thread may call it. Of an index in a file many can ask at once, also while articles come in:
they get what was there before. It holds nothing that the articles do not hold: when its file is
missing, of an older form or damaged it begins empty, and the caller fills it again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from functools import partial
from itertools import islice
from pathlib import Path
from threading import Lock

from bot.domain.article import Article
from bot.domain.topic import Topic, TopicTree
from bot.search import lists, marks
from bot.search.answer import Asking, Setting
from bot.search.expressions import Clause
from bot.search.files import File
from bot.search.languages import Stems
from bot.search.pages import best_pool, folded_page
from bot.search.prepared import can_be_found, prepared
from bot.search.query import Query, topic_of
from bot.search.ranking import Found
from bot.search.walk import Question, seconds
from bot.search.writing import Batch, Learned

SLICE = 2_000
"""Articles in one transaction."""


class Index:
    """Finds articles by words and topics; see the module for threads and durability."""

    def __init__(self, path: Path | None = None, *, language: str | None = None) -> None:
        """Open the index in a file, or in memory.

        `language`: the one that all articles are written in; None: told for each.
        """
        self._file = File(path)
        self._stems = Stems()
        self._language = language
        self._learned = Learned(self._stems, self._file.manners)
        self._counting = Lock()
        self._counted: tuple[object, Mapping[str, int]] | None = None

    def close(self) -> None:
        """Close it; a file stays."""
        self._file.close()

    @property
    def article_count(self) -> int:
        """Count the articles that can be found; 0: new, and to be filled."""
        with self._file.reading() as connection:
            return lists.article_count(connection)

    @property
    def state(self) -> str | None:
        """Tell what was said by the last `replace` with a state; None: new, and to be filled."""
        with self._file.reading() as connection:
            return lists.state(connection)

    def paths(self) -> frozenset[str]:
        """Give the paths of all articles that can be found."""
        with self._file.reading() as connection:
            return lists.paths(connection)

    def replace(
        self, articles: Iterable[Article], gone: Iterable[str] = (), *, state: str | None = None
    ) -> None:
        """Take in articles by their paths, in place of what was known, and forget the gone.

        Withdrawn articles and those without title or link cannot be found. Many articles are
        taken in slices, each all or nothing; `state` is kept with the last of them and names what
        the index then corresponds to. An article that has not changed costs next to nothing.
        """
        gone = set(gone)
        waiting = iter(articles)
        is_first = True
        while batch := list(islice(waiting, SLICE)):
            latest = {article.path: article for article in batch}
            gone -= latest.keys()
            self._write(latest.values(), ())
            is_first = False
        if gone or is_first or state is not None:
            self._write((), gone, state)

    def give_way(self) -> None:
        """Wait a moment if somebody asks: for work beside it that would hold answers up."""
        self._file.manners.give_way()

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
        with self._file.reading() as connection:
            return Asking(connection, stems=self._stems, setting=setting, query=query).found()

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
        with self._file.reading() as connection:
            pool = best_pool(connection, question, limit + offset)
            page = folded_page(connection, pool, limit=limit, offset=offset)
            total = page.total if pool.is_whole else lists.estimate(connection, question, pool)
        return Found(
            total=max(total, page.total),
            hits=page.hits,
            total_is_exact=pool.is_whole,
            topics=(topic.name,) if page.hits else (),
        )

    def latest(self, limit: int, offset: int = 0, *, now: datetime | None = None) -> Found:
        """Give the newest stories by the source's date; with `now` none of a date to come."""
        until = None if now is None else int(now.timestamp())
        with self._file.reading() as connection:
            pool = lists.newest(connection, stories=limit + offset, until=until)
            page = folded_page(connection, pool, limit=limit, offset=offset, shown=lists.dated)
            total = page.total if pool.is_whole else lists.story_count(connection, until=until)
        return Found(total=total, hits=page.hits, total_is_exact=pool.is_whole)

    def hot(self, *, now: datetime, half_life: timedelta, limit: int, offset: int = 0) -> Found:
        """Give the hottest stories: heat, halved for every `half_life` of age."""
        moment, life = seconds(now, half_life)
        with self._file.reading() as connection:
            pool = lists.hottest(connection, stories=limit + offset, half_life=life)
            page = folded_page(
                connection,
                pool,
                limit=limit,
                offset=offset,
                shown=partial(lists.heat_left, now=moment, half_life=life),
            )
        return Found(total=page.total, hits=page.hits, total_is_exact=pool.is_whole)

    def topic_counts(self, topics: TopicTree, since: datetime | None = None) -> Mapping[str, int]:
        """Count the stories of every topic by folded name, each story once, parents with theirs.

        `since`: only those dated then or later. Topics without a story are left out.
        """
        moment = None if since is None else int(since.timestamp())
        with self._file.reading() as connection:
            mark = (lists.revision(connection), topics, moment)
            with self._counting:
                if self._counted is None or self._counted[0] != mark:
                    self._counted = (mark, lists.topic_counts(connection, topics, since=moment))
                return self._counted[1]

    def _write(
        self, articles: Iterable[Article], gone: Iterable[str], state: str | None = None
    ) -> None:
        stems, language = self._stems, self._language
        articles = tuple(articles)
        found = [one for one in self._file.manners.among(articles) if can_be_found(one)]
        lost = {*gone, *(article.path for article in articles)} - {a.path for a in found}
        manners = self._file.manners
        polite = manners.among(found)
        ready = [prepared(article, stems=stems, language=language) for article in polite]
        words: dict[str, set[str]] = {}
        for one in manners.among(ready):
            words.setdefault(one.language, set()).update(one.words)
        with self._file.writing() as connection:
            Batch(connection, manners).write(ready, lost)
            learned = self._learned.learn(connection, words, age=self._file.age)
            lists.mark(connection, state)
        self._learned.keep(learned)
