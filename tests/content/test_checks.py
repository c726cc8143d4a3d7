"""What shows when articles are looked at together, against the clock and beside their files."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.content.checks import Checks, Found, Measure
from bot.content.header import read
from bot.content.origin import Origin
from bot.domain.problem import Problem
from bot.domain.topic import Topic, TopicTree
from bot.errors import PictureError

NOW = datetime(2024, 3, 1, 12, tzinfo=UTC)
TITLE = "title: Tea"
LINK = "webUrl: https://example.com/tea"


def unknown_size(url: str) -> None:
    """No picture of these articles lies below a folder."""


class Desk:
    """Reads files as they are written and looks at them, one after the other."""

    def __init__(self, *topics: Topic, measure: Measure = unknown_size) -> None:
        self._topics = TopicTree(topics)
        self._measure = measure
        self._checks = Checks(now=NOW)

    def found(self, *lines: str, path: str = "a.md") -> Found:
        data = "\n".join(["---", *lines, "---", ""]).encode()
        parsed = read(path, data)
        assert parsed.article is not None, parsed.problems
        origin = Origin(path, lambda: data, lines=parsed.lines)
        found = self._checks.look_at(
            parsed.article, origin, topics=self._topics, measure=self._measure
        )
        assert not any(problem.is_fatal for problem in (*found.problems, *found.warnings))
        return found

    def problems(self, *lines: str, path: str = "a.md") -> tuple[Problem, ...]:
        found = self.found(*lines, path=path)
        assert found.warnings == ()
        return found.problems


def places(problems: tuple[Problem, ...]) -> list[tuple[str | None, int | None, int | None]]:
    return [(problem.key, problem.line, problem.column) for problem in problems]


def test_a_good_article_has_no_problem() -> None:
    assert Desk().problems(TITLE, LINK, "publishedDateTime: 2024-03-01") == ()


@pytest.mark.parametrize(
    "address",
    [
        "http://localhost/x",
        "mailto:a@example.com",
        "/relative",
        "ftp://example.com/",
        "https://user:word@example.com/",
        "https://exa mple.com/",
        "https://:80/",
    ],
)
@pytest.mark.parametrize("field", ["webUrl", "originalUrl"])
def test_an_address_that_is_no_link_is_told_though_another_one_is_fine(
    address: str, field: str
) -> None:
    other = {"webUrl": "originalUrl", "originalUrl": "webUrl"}[field]
    problems = Desk().problems(TITLE, f"{other}: https://example.com/", f"{field}: {address}")
    assert places(problems) == [(field, 4, len(field) + 3)]
    assert address not in problems[0].problem + problems[0].mend


def test_an_article_without_an_address_is_told_once() -> None:
    assert places(Desk().problems(TITLE)) == [("webUrl", None, None)]
    assert places(Desk().problems(TITLE, "ampWebUrl: https://example.com/amp")) == [
        ("webUrl", None, None)
    ]


def test_the_second_file_of_a_story_names_the_first_with_its_line() -> None:
    desk = Desk()
    assert desk.problems(TITLE, LINK) == ()
    same = "originalUrl: http://www.example.com/tea/?utm_source=x"
    [problem] = desk.problems(TITLE, "heat: 1", same, path="b.md")
    assert (problem.path, problem.key, problem.line, problem.column) == (
        "b.md",
        "originalUrl",
        4,
        14,
    )
    assert "a.md:3;" in problem.problem
    [third] = desk.problems(TITLE, LINK, path="c.md")
    assert "a.md:3;" in third.problem


def test_a_story_known_by_its_mobile_page_alone_is_found_twice_too() -> None:
    desk = Desk()
    amp = "cdnAmpWebUrl: https://example-com.cdn.ampproject.org/c/s/example.com/tea"
    desk.found(TITLE, amp)
    problems = desk.problems(TITLE, amp, path="b.md")
    assert [problem.key for problem in problems] == ["webUrl", "cdnAmpWebUrl"]


def test_two_files_without_any_address_are_two_stories() -> None:
    desk = Desk()
    keys = [desk.problems(TITLE, path=path)[0].key for path in ("a.md", "b.md")]
    assert keys == ["webUrl", "webUrl"]


def test_a_date_may_be_a_day_ahead_and_no_more() -> None:
    field = "publishedDateTime: 2024-03-02T12:00:0"
    assert Desk().problems(TITLE, LINK, f"{field}0Z") == ()
    assert places(Desk().problems(TITLE, LINK, f"{field}1Z")) == [("publishedDateTime", 4, 20)]


def test_every_date_in_the_future_is_told() -> None:
    problems = Desk().problems(
        TITLE,
        LINK,
        "updatedDateTime: 2031-01-01T00:00:00Z",
        "related:",
        "  - webUrl: https://example.com/1",
        "  - webUrl: https://example.com/2",
        "    publishedDateTime: 2031-01-01T00:00:00Z",
    )
    assert places(problems) == [
        ("updatedDateTime", 4, 18),
        ("related[1].publishedDateTime", 8, 24),
    ]
    [named] = Desk().problems(TITLE, LINK, path="_news/2031-01-01-tea.md")
    assert (named.key, named.line) == (None, None)
    assert "file's name" in named.problem


def test_an_unknown_topic_is_told_with_the_nearest_one_where_topics_are_described() -> None:
    lines = (TITLE, LINK, "topics:", "  - Te", "  - Quasars", "  - drinks", "  - tea")
    assert Desk().problems(*lines) == ()
    problems = Desk(Topic(name="Tea", keywords=("drinks",))).problems(*lines)
    assert places(problems) == [("topics[0]", 5, 5), ("topics[1]", 6, 5)]
    assert "`Te`" in problems[0].problem
    assert "`Tea`" in problems[0].mend
    assert "`Quasars`" in problems[1].problem
    assert "`" not in problems[1].mend


def test_a_topic_keeps_its_place_behind_repeated_and_empty_ones() -> None:
    desk = Desk(Topic(name="Tea"))
    problems = desk.problems(TITLE, LINK, "topics: [Tea, Tea, '', Quasars]")
    assert places(problems) == [("topics[3]", 4, 24)]
    assert places(desk.problems(TITLE, "webUrl: https://e.com/", "topics: Tea, Quasars")) == [
        ("topics", 4, 9)
    ]


def test_a_long_topic_is_told_shortened() -> None:
    [problem] = Desk(Topic(name="Tea")).problems(TITLE, LINK, "topics:", f"  - {'x' * 5000}")
    assert len(problem.problem) < 120


def test_related_stories_without_a_usable_link_are_told_by_their_lines() -> None:
    problems = Desk().problems(
        TITLE,
        LINK,
        "related:",
        "  - {}",
        "  - title: fine",
        "    webUrl: https://example.com/fine",
        "  - title: without",
        "  - title: relative",
        "    webUrl: /news/relative",
        "  - title: video",
        "    originalUrl: example.com",
    )
    assert places(problems) == [
        ("related[2].webUrl", 8, 5),
        ("related[3].webUrl", 10, 13),
        ("related[4].originalUrl", 12, 18),
    ]


def test_a_picture_without_a_size_is_told_with_what_is_missing() -> None:
    problems = Desk().problems(
        TITLE,
        LINK,
        "images:",
        "  - title: without an address",
        "  - url: https://example.com/a.png",
        "  - url: https://example.com/b.png",
        "    width: 300",
        "  - url: https://example.com/c.png",
        "    width: 300",
        "    height: 200",
    )
    assert places(problems) == [("images[1].width", 6, 5), ("images[2].height", 7, 5)]
    assert "`width` and `height`" in problems[0].mend
    assert "width" not in problems[1].problem + problems[1].mend


def test_a_size_that_cannot_be_read_is_told_by_the_reader_alone() -> None:
    image = ("images:", "  - url: https://example.com/a.png", "    width: wide", "    height: 0")
    assert Desk().problems(TITLE, LINK, *image) == ()


def test_a_picture_that_stands_outside_a_list_is_told_at_its_place() -> None:
    problems = Desk().problems(TITLE, LINK, "images:", "  url: https://example.com/a.png")
    assert places(problems) == [("images.width", 5, 3)]


def test_a_picture_with_an_address_of_no_use_is_told() -> None:
    problems = Desk().problems(
        TITLE, LINK, "images:", "  - {url: 'data:image/png;base64,AA==', width: 1, height: 1}"
    )
    assert places(problems) == [("images[0].url", 5, 11)]


def measured(url: str) -> tuple[int, int] | None:
    match url:
        case "/missing.jpg":
            raise FileNotFoundError(url)
        case "/text.jpg":
            raise PictureError("it is no picture")
        case "/unknown.jpg":
            return None
        case _:
            return 640, 480


@pytest.mark.parametrize(
    "parents", [("images:",), ("provider:", "  images:"), ("related:", "  - webUrl: https://e.com")]
)
def test_a_picture_whose_file_is_missing_or_none_is_told_wherever_it_stands(
    parents: tuple[str, ...],
) -> None:
    before = (*parents, "    images:") if parents[0] == "related:" else parents
    for url in ("/missing.jpg", "/text.jpg", "/unknown.jpg", "/fine.jpg"):
        image = f"      - {{url: {url}, width: 640, height: 480}}"
        problems = Desk(measure=measured).problems(TITLE, LINK, *before, image)
        assert len(problems) == (url in ("/missing.jpg", "/text.jpg"))
        assert all(str(problem.key).endswith("images[0].url") for problem in problems)


def test_a_wrong_size_is_a_warning_and_a_missing_one_is_given() -> None:
    desk = Desk(measure=measured)
    lines = (TITLE, LINK, "images:", "  - url: /a.jpg", "    width: 640", "    height: 999")
    found = desk.found(*lines)
    assert found.problems == ()
    assert places(found.warnings) == [("images[0].height", 7, 13)]
    assert "640 × 480" in found.warnings[0].problem
    [problem] = Desk(measure=measured).problems(*lines[:4])
    assert "`width: 640` and `height: 480`" in problem.mend


def test_a_withdrawn_story_is_left_in_peace() -> None:
    desk = Desk(Topic(name="Tea"))
    desk.problems(TITLE, LINK)
    gone = ("removed: true", "topics: [Quasars]", "images: [{url: 'data:,'}]")
    assert desk.problems(TITLE, LINK, *gone, path="b.md") == ()


def test_a_file_that_changed_meanwhile_is_told_by_the_lines_known_before() -> None:
    data = b"---\ntitle: Tea\nwebUrl: /tea\n---\n"
    parsed = read("a.md", data)
    assert parsed.article is not None

    def gone() -> bytes:
        raise FileNotFoundError

    for load in (gone, lambda: b"---\nhalf written"):
        found = Checks(now=NOW).look_at(
            parsed.article,
            Origin("a.md", load, lines=parsed.lines),
            topics=TopicTree(),
            measure=unknown_size,
        )
        assert places(found.problems) == [("webUrl", 3, None)]


def test_lines_count_from_the_start_of_the_file_whatever_its_line_ends() -> None:
    data = "\ufeff\r\n---\r\ntitle: Tee\r\n\r\nwebUrl: /tee\r\n---\r\n".encode()
    parsed = read("a.md", data)
    assert parsed.article is not None
    found = Checks(now=NOW).look_at(
        parsed.article,
        Origin("a.md", lambda: data, lines=parsed.lines),
        topics=TopicTree(),
        measure=unknown_size,
    )
    assert places(found.problems) == [("webUrl", 5, 9)]
