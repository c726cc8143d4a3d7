"""What is written of the files that were read: their rows, table by table, and the statements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.domain.article import Article, StoryKey, story_id
from bot.domain.facts import Facts, as_facts, moment_of, provider_key_of, story_key_of
from bot.domain.problem import Problem
from bot.store.database import Database
from bot.store.facts_text import text_of
from bot.store.schema import articles, files, metadata, problems

Stamp = tuple[int, int, int]
"""`mtime_ns`, size and inode of a file: unchanged while all three are the same."""

_LARGEST = 2**31 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """One reading of one file; `article` None: unusable, the last good facts stay."""

    path: str
    stamp: Stamp
    article: Article | Facts | None
    """The facts alone say the same, and a large import makes nothing else."""
    problems: tuple[Problem, ...] = ()


COLUMNS = (
    ("stories", ("story_key", "story_id", "first_seen_at")),
    ("problems", tuple(problems.c.keys())),
    ("articles", tuple(articles.c.keys())),
    ("files", tuple(files.c.keys())),
)
"""Tables in the order in which they are written, and the columns of `Rows`."""


def insert_into(db: Database, name: str) -> sa.Insert:
    """Give the statement that takes rows over: stories stay as they are, facts are replaced."""
    table = metadata.tables[name]
    insert = db.insert(table)
    if name == "stories":
        return insert.on_conflict_do_nothing()
    if name == "problems":
        return insert
    others = {c.name: insert.excluded[c.name] for c in table.c if not c.primary_key}
    return insert.on_conflict_do_update(index_elements=["path"], set_=others)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """The rows of one batch of files, table by table."""

    stories: list[tuple[Any, ...]]
    problems: list[tuple[Any, ...]]
    articles: list[tuple[Any, ...]]
    files: list[tuple[Any, ...]]

    def by_table(self) -> tuple[tuple[str, list[tuple[Any, ...]]], ...]:
        """Give the rows of each table in the order in which they are written."""
        return tuple((name, getattr(self, name)) for name, _ in COLUMNS)


def rows_of(read: Sequence[StoredFile], first_seen_at: datetime | None, now: datetime) -> Rows:
    """Make the rows; a story that is new gets `first_seen_at`."""
    facts = as_facts([file.article for file in read if file.article is not None])
    usable = [(one, story_key_of(one)) for one in facts]
    return Rows(
        stories=[(key, story_id(key), first_seen_at) for key in {key: 0 for _, key in usable}],
        problems=[
            _problem_row(file.path, number, problem)
            for file in read
            if file.problems
            for number, problem in enumerate(file.problems)
        ],
        articles=[_article_row(one, key, now) for one, key in usable],
        files=[(file.path, *file.stamp[:2], str(file.stamp[2])) for file in read],
    )


def _article_row(facts: Facts, key: StoryKey, now: datetime) -> tuple[Any, ...]:
    get = facts.get
    return (
        facts["path"],
        key,
        facts["title"],
        moment_of(get("dated_at")),
        _bounded(get("heat")),
        _bounded(get("quality")),
        get("marked_published"),
        get("is_removed", False),
        provider_key_of(facts),
        now,
        text_of(facts),
    )


def _problem_row(path: str, number: int, problem: Problem) -> tuple[Any, ...]:
    return (
        path,
        number,
        problem.line,
        problem.column,
        problem.key,
        problem.problem,
        problem.mend,
        problem.is_fatal,
    )


def _bounded(number: int | None) -> int | None:
    """Fit a number into its column; the facts keep it as it is."""
    return None if number is None else max(-_LARGEST, min(number, _LARGEST))
