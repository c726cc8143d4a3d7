"""What only shows when articles are looked at together, or against the clock."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from bot.domain.article import Article, DateSource
from bot.domain.problem import Problem
from bot.domain.topic import TopicTree

_TOMORROW = timedelta(days=1)


def across(
    articles: Sequence[Article],
    topics: TopicTree,
    *,
    now: datetime,
    lines: Mapping[str, Mapping[str, int]] | None = None,
) -> tuple[Problem, ...]:
    """Find what is wrong with articles that can be read; nothing here is fatal.

    `topics` holds the described topics alone; without any, every topic is fine. `lines` gives,
    by path, the lines of the outermost keys.
    """
    known_lines = lines or {}
    problems: list[Problem] = []
    first_with: dict[str, str] = {}
    for article in articles:
        where = known_lines.get(article.path, {})
        problems += _about(article, topics, now=now, lines=where)
        if article.is_removed or article.story_key.startswith("path:"):
            continue
        other = first_with.setdefault(article.story_key, article.path)
        if other != article.path:
            key = _link_field(article)
            problems.append(
                _problem(
                    article,
                    where,
                    key,
                    f"this is the same story as {other}; it goes out once",
                    "remove one of the files, or correct the address",
                )
            )
    return tuple(problems)


def _about(
    article: Article, topics: TopicTree, *, now: datetime, lines: Mapping[str, int]
) -> Iterator[Problem]:
    if article.is_removed:
        return
    if article.link is None:
        yield _link_problem(article, lines)
    if article.dated_at is not None and article.dated_at > now + _TOMORROW:
        is_field = article.date_source is DateSource.FIELD
        key = "publishedDateTime" if is_field else None
        yield _problem(
            article, lines, key, "the date lies more than a day ahead", "correct the date"
        )
    if topics.topics:
        yield from _topic_problems(article, topics, lines)
    for index, story in enumerate(article.related):
        if story.url is None:
            yield _problem(
                article,
                lines,
                f"related[{index}].webUrl",
                "a related story has no address, so nothing can be joined by it",
                "add `webUrl`, or remove the entry",
            )


def _link_field(article: Article) -> str:
    return "webUrl" if article.web_url or not article.original_url else "originalUrl"


def _link_problem(article: Article, lines: Mapping[str, int]) -> Problem:
    if article.web_url or article.original_url:
        return _problem(
            article,
            lines,
            _link_field(article),
            "Telegram drops this address: it is no whole web address of a public site",
            "write it whole, such as https://example.com/story",
        )
    return _problem(
        article,
        lines,
        "webUrl",
        "the article has no address, so it is never chosen",
        "add `webUrl` or `originalUrl`",
    )


def _topic_problems(
    article: Article, topics: TopicTree, lines: Mapping[str, int]
) -> Iterator[Problem]:
    for index, name in enumerate(article.topics):
        if topics.find(name) is not None:
            continue
        near = topics.nearest(name, limit=1)
        advice = "describe it in the topics file"
        yield _problem(
            article,
            lines,
            f"topics[{index}]",
            "the topics file does not describe this topic",
            f"write `{near[0].name}`, or {advice}" if near else advice,
        )


def _problem(
    article: Article, lines: Mapping[str, int], key: str | None, problem: str, mend: str
) -> Problem:
    outermost = (key or "").partition(".")[0].partition("[")[0]
    return Problem(
        path=article.path,
        line=lines.get(outermost),
        key=key,
        problem=problem,
        mend=mend,
        is_fatal=False,
    )
