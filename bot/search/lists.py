"""Lists that need no words: the newest, the hottest, the topics and their counts."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping

from bot.domain.topic import TopicTree, folded
from bot.search import walk
from bot.search.files import LAST_NUMBER, NUMBER_BITS
from bot.search.folding import Folder
from bot.search.rows import LISTED, Row, best_first, best_of, damaged
from bot.search.walk import GROWTH, MOST_WALKED, Pool, Question

FIRST_STEP = 64
MOST_PATHS = 1_000
MERGED = 500
"""Pages written by one step of joining: some tens of milliseconds."""
USUALLY_JOINED = 4
"""Pieces of about one size that FTS5 joins while it writes, when it is left to it."""
_NEWEST = """
SELECT count(*), min(number), {listed} FROM (
    SELECT number, number AS score, keys FROM article
     WHERE number <= ? ORDER BY number DESC LIMIT ?)
"""
_HOTTEST = """
WITH step AS MATERIALIZED (
    SELECT number, CAST(1e3 * ((number >> 20) + log_heat * ?) AS INTEGER) AS score, keys
      FROM article WHERE number <= ? AND log_heat IS NOT NULL ORDER BY number DESC LIMIT ?)
SELECT (SELECT count(*) FROM step), (SELECT min(number) FROM step), {listed}
  FROM (SELECT * FROM step ORDER BY score DESC, number DESC LIMIT ?)
"""
_COUNTED = """
SELECT topics, count(*) FROM article WHERE topics <> '' AND NOT is_double GROUP BY topics
"""
_COUNTED_SINCE = """
SELECT topics, count(*) FROM article NOT INDEXED
 WHERE topics <> '' AND NOT is_double AND number >= :first GROUP BY topics
"""


def article_count(connection: sqlite3.Connection) -> int:
    """Count the articles."""
    return walk.articles_between(connection, 0, LAST_NUMBER)


def story_count(connection: sqlite3.Connection, *, until: int | None) -> int:
    """Count the stories dated up to a second."""
    last = _last(until)
    later = _count(connection, "SELECT count(*) FROM article WHERE number > ?", last)
    double = _count(
        connection, "SELECT count(*) FROM article WHERE is_double AND number <= ?", last
    )
    return article_count(connection) - later - double


def state(connection: sqlite3.Connection) -> str | None:
    """Read what `mark` wrote."""
    row = connection.execute("SELECT value FROM meta WHERE key = 'state'").fetchone()
    return None if row is None else str(row[0])


def revision(connection: sqlite3.Connection) -> int:
    """Count the changes so far."""
    return _count(connection, "SELECT coalesce((SELECT value FROM meta WHERE key = 'revision'), 0)")


def mark(connection: sqlite3.Connection, said: str | None) -> None:
    """Count a change, and keep what the caller calls the state after it."""
    connection.execute(
        "INSERT INTO meta VALUES ('revision', 1) ON CONFLICT (key) DO UPDATE SET value = value + 1"
    )
    if said is not None:
        connection.execute("INSERT OR REPLACE INTO meta VALUES ('state', ?)", (said,))


def join_as_it_comes(connection: sqlite3.Connection, *, is_wanted: bool) -> None:
    """Have FTS5 join its segments with every batch, or leave that to `merged`."""
    row = connection.execute("SELECT v FROM text_config WHERE k = 'automerge'").fetchone()
    wanted = USUALLY_JOINED if is_wanted else 0
    if (USUALLY_JOINED if row is None else row[0]) != wanted:
        connection.execute("INSERT INTO text (text, rank) VALUES ('automerge', ?)", (wanted,))


def merged(connection: sqlite3.Connection) -> bool:
    """Let FTS5 join some of its segments; False when they are one."""
    before = connection.total_changes
    connection.execute("INSERT INTO text (text, rank) VALUES ('merge', ?)", (-MERGED,))
    # FTS5's own way to tell: a merge that had something to do changes at least two rows.
    return connection.total_changes - before >= 2


def paths_after(connection: sqlite3.Connection, number: int) -> tuple[tuple[str, ...], int]:
    """Give the paths of the next MOST_PATHS articles after a number, and the last one's number."""
    rows = connection.execute(
        "SELECT number, path FROM article WHERE number > ? ORDER BY number LIMIT ?",
        (number, MOST_PATHS),
    ).fetchall()
    paths = tuple(path.decode("utf-8", "surrogatepass") for _, path in rows)
    return paths, rows[-1][0] if rows else number


def topic_names(connection: sqlite3.Connection) -> tuple[str, ...]:
    """Give what `keep_topic_names` kept."""
    rows = connection.execute("SELECT name FROM topic ORDER BY name")
    return tuple(name.decode("utf-8", "surrogatepass") for (name,) in rows)


def keep_topic_names(connection: sqlite3.Connection, names: Iterable[str]) -> None:
    """Keep the names of topics; a topic that no article holds any more is one all the same."""
    encoded = sorted(name.encode("utf-8", "surrogatepass") for name in names)
    connection.executemany("INSERT OR IGNORE INTO topic VALUES (?)", ((name,) for name in encoded))


def newest(connection: sqlite3.Connection, *, stories: int, until: int | None) -> Pool:
    """Give the newest articles, as many as hold that many stories."""
    rows: list[Row] = []
    last, size = _last(until), FIRST_STEP + stories
    while True:
        count, lowest, *listed = connection.execute(
            _NEWEST.format(listed=LISTED), (last, size)
        ).fetchone()
        rows += best_of(listed)
        is_whole = count < size
        if is_whole or len(Folder(connection).leaders(rows)) > stories:
            return Pool(rows=rows, is_whole=is_whole, seen=len(rows), lowest=lowest or 0)
        last = lowest - 1
        size *= GROWTH


def hottest(connection: sqlite3.Connection, *, stories: int, half_life: float) -> Pool:
    """Give the hottest articles; what is older than all that were looked at is cooler."""
    (largest,) = connection.execute(
        "SELECT coalesce((SELECT value FROM meta WHERE key = 'hottest'), 0)"
    ).fetchone()
    rows: dict[int, Row] = {}
    last, size, seen, wanted = LAST_NUMBER, FIRST_STEP + 4 * stories, 0, 2 * stories + 5
    while True:
        count, lowest, *listed = connection.execute(
            _HOTTEST.format(listed=LISTED), (half_life, last, size, max(wanted, 1))
        ).fetchone()
        rows.update((row.number, row) for row in best_of(listed))
        seen += count
        found = best_first(rows.values())
        if count < size:
            return Pool(rows=found, is_whole=len(found) >= seen, seen=seen)
        last = lowest - 1
        size = min(size * GROWTH, MOST_WALKED)
        most = 1e3 * ((lowest >> NUMBER_BITS) + largest * half_life)
        is_settled = len(found) >= wanted and most < found[wanted - 1].score
        if is_settled or seen >= MOST_WALKED:
            return Pool(rows=found, seen=seen, lowest=lowest)


def dated(number: int) -> float:
    """Give the second of an article's date: what the newest are ordered by."""
    return float(number >> NUMBER_BITS)


def heat_left(score: int, *, now: float, half_life: float) -> float:
    """Turn the order of hot stories into the heat that is left today."""
    return float(f"{2 ** min((score / 1e3 - now) / half_life, 60):.6g}")


def estimate(connection: sqlite3.Connection, question: Question, pool: Pool) -> int:
    """Guess how many match in two digits: more would pretend to know."""
    count = walk.estimate(connection, pool.seen, pool.lowest, question.first, question.last)
    return int(float(f"{count:.2g}"))


def topic_counts(
    connection: sqlite3.Connection, topics: TopicTree, *, since: int | None
) -> Mapping[str, int]:
    """Count the stories of every topic, with those of the topics below it."""
    above = _Ancestors(topics)
    counts: Counter[str] = Counter()
    first = max(since or 0, 0) << NUMBER_BITS
    rows = connection.execute(_COUNTED if since is None else _COUNTED_SINCE, {"first": first})
    for names, count in rows:
        if not isinstance(names, str):
            raise damaged()
        for name in above.of(names):
            counts[name] += count
    return counts


def _count(connection: sqlite3.Connection, statement: str, *values: object) -> int:
    return int(connection.execute(statement, values).fetchone()[0])


def _last(until: int | None) -> int:
    return LAST_NUMBER if until is None else ((max(until, 0) + 1) << NUMBER_BITS) - 1


class _Ancestors:
    """Remembers for each set of topic names all the topics that count it."""

    def __init__(self, topics: TopicTree) -> None:
        self._topics = topics
        self._above: dict[str, set[str]] = {}
        for topic in topics.topics:
            for member in topics.family(topic.name):
                self._above.setdefault(member, set()).add(folded(topic.name))

    def of(self, names: str) -> set[str]:
        """Give the folded names for a row's topics, one name a line."""
        found: set[str] = set()
        for name in filter(None, names.split("\n")):
            key = self._topics.canonical(name)
            found |= {key} | self._above.get(key, set())
        return found
