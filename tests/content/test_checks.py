"""What shows when articles are looked at together."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.content.checks import across
from bot.domain.article import Article, DateSource, RelatedStory
from bot.domain.problem import Problem
from bot.domain.topic import Topic, TopicTree

NOW = datetime(2024, 3, 1, 12, tzinfo=UTC)
FINE = Article(
    path="a.md", title="Tea", web_url="https://example.com/tea", topics=("Tea",), dated_at=NOW
)


def found(*articles: Article, topics: tuple[Topic, ...] = ()) -> list[tuple[str, str | None, str]]:
    problems = across(articles, TopicTree(topics), now=NOW)
    assert not any(problem.is_fatal for problem in problems)
    return [(problem.path, problem.key, problem.mend) for problem in problems]


def test_a_good_article_has_no_problem() -> None:
    assert found(FINE) == []


@pytest.mark.parametrize(
    ("web_url", "original_url", "key"),
    [
        (None, None, "webUrl"),
        ("http://localhost/x", None, "webUrl"),
        (None, "mailto:a@example.com", "originalUrl"),
        ("/relative", "ftp://example.com/", "webUrl"),
    ],
)
def test_an_article_without_a_link_that_telegram_keeps(
    web_url: str | None, original_url: str | None, key: str
) -> None:
    article = replace(FINE, web_url=web_url, original_url=original_url)
    assert [(path, name) for path, name, _ in found(article)] == [("a.md", key)]


def test_two_files_of_one_story_name_each_other() -> None:
    other = replace(FINE, path="b.md", web_url="http://www.example.com/tea/?utm_source=x")
    [problem] = across([FINE, other], TopicTree(), now=NOW, lines={"b.md": {"webUrl": 7}})
    assert (problem.path, problem.line, problem.key) == ("b.md", 7, "webUrl")
    assert "a.md" in problem.problem


def test_two_files_without_any_address_are_two_stories() -> None:
    first, second = (replace(FINE, path=path, web_url=None) for path in ("a.md", "b.md"))
    assert [key for _, key, _ in found(first, second)] == ["webUrl", "webUrl"]


def test_a_date_may_be_a_day_ahead_and_no_more() -> None:
    ahead = replace(FINE, dated_at=NOW + timedelta(days=1), date_source=DateSource.FIELD)
    assert found(ahead) == []
    late = replace(ahead, dated_at=NOW + timedelta(days=1, seconds=1))
    assert [key for _, key, _ in found(late)] == ["publishedDateTime"]


def test_an_unknown_topic_is_told_with_the_nearest_one_where_topics_are_described() -> None:
    article = replace(FINE, topics=("Te", "Quasars", "drinks"))
    assert found(article) == []
    described = (Topic(name="Tea", keywords=("drinks",)),)
    problems = found(article, topics=described)
    assert [key for _, key, _ in problems] == ["topics[0]", "topics[1]"]
    assert "`Tea`" in problems[0][2]
    assert "`" not in problems[1][2]


def test_a_related_story_without_an_address_is_told_by_its_line() -> None:
    article = replace(
        FINE, related=(RelatedStory(title="x", url="https://e.com/"), RelatedStory(title="y"))
    )
    problems = across([article], TopicTree(), now=NOW, lines={"a.md": {"related": 9}})
    assert [(problem.key, problem.line) for problem in problems] == [("related[1].webUrl", 9)]


def test_a_withdrawn_story_is_left_in_peace() -> None:
    gone = replace(FINE, path="b.md", is_removed=True)
    bare = Article(path="c.md", title="", is_removed=True)
    problems: tuple[Problem, ...] = across([FINE, gone, bare], TopicTree(), now=NOW)
    assert problems == ()
