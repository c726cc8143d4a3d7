"""The description of topics: files, folders, slips."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.content.topics import TopicsRead, find_topics_file, read_topics
from bot.domain.topic import Topic, TopicTree
from bot.errors import ContentError


def topics(tmp_path: Path, text: str) -> TopicsRead:
    file = tmp_path / "topics.yaml"
    file.write_bytes(text.encode())
    return read_topics(file)


def test_a_list_of_topics_is_read_with_every_field(tmp_path: Path) -> None:
    text = """
- name: Power Apps
  shortname: PA
  keywords: [powerapps, canvas apps]
  hashtags: ["#PowerApps"]
- name: Portals
  parent: pa
"""
    for written in (text, text.replace("\n", "\r\n"), "topics:" + text):
        assert topics(tmp_path, written) == TopicsRead(
            topics=(
                Topic(
                    name="Power Apps",
                    shortname="PA",
                    keywords=("powerapps", "canvas apps"),
                    hashtags=("#PowerApps",),
                ),
                Topic(name="Portals", parent="Power Apps"),
            )
        )


def test_a_folder_holds_one_file_per_topic(tmp_path: Path) -> None:
    folder = tmp_path / "_topics"
    folder.mkdir()
    (folder / "b.md").write_text("---\nname: Black tea\nparent: Tea\n---\nWords.\n")
    (folder / "a.yaml").write_text("name: Tea\n")
    (folder / "c.yml").write_text("name: [Coffee\n")
    (folder / ".keep").write_text("")
    (folder / "note.txt").write_text("no topic")
    result = read_topics(folder)
    assert result.topics == (Topic(name="Tea"), Topic(name="Black tea", parent="Tea"))
    assert [(found.path, found.is_fatal) for found in result.problems] == [("_topics/c.yml", True)]


def test_plain_names_are_topics(tmp_path: Path) -> None:
    assert topics(tmp_path, "- Tea\n- Coffee\n").topics == (Topic(name="Tea"), Topic(name="Coffee"))


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "topics: []\n", "topics:\n"])
def test_no_topics_are_no_problem(tmp_path: Path, text: str) -> None:
    assert topics(tmp_path, text) == TopicsRead()


@pytest.mark.parametrize(
    ("text", "key", "line", "count"),
    [
        ("- name: Tea\n  parent: Drinks\n", "[0].parent", 2, 1),
        ("- name: Tea\n- name: tea\n", "[1].name", 2, 1),
        ("- name: Tea\n- keywords: [x]\n", "[1].name", 2, 1),
        ("- name: Tea\n  keywords: 5\n", "[0].keywords", 2, 1),
        ("- name: Tea\n  keywords: a, b\n", "[0].keywords", 2, 1),
        ("- name: Tea\n- 5\n", "[1]", 2, 1),
        ("- name: '#'\n", "[0].name", 1, 0),
        ("topics:\n  - name: Tea\n    shortname: [x]\n", "topics[0].shortname", 3, 1),
        ("Tea: {keywords: []}\n", None, 1, 0),
        ("just text\n", None, 1, 0),
    ],
)
def test_slips_are_told_and_cost_no_other_topic(
    tmp_path: Path, text: str, key: str | None, line: int, count: int
) -> None:
    result = topics(tmp_path, text)
    assert [(found.path, found.key, found.line) for found in result.problems] == [
        ("topics.yaml", key, line)
    ]
    assert not result.problems[0].is_fatal
    assert len(result.topics) == count


def test_a_circle_of_parents_is_broken_and_told(tmp_path: Path) -> None:
    result = topics(
        tmp_path, "- {name: A, parent: B}\n- {name: B, parent: C}\n- {name: C, parent: A}\n"
    )
    assert [problem.key for problem in result.problems] == ["[0].parent"]
    assert [topic.parent for topic in result.topics] == [None, "C", "A"]
    assert TopicTree(result.topics).family("A") == {"a", "b", "c"}


def test_a_topic_that_is_its_own_parent_stands_alone(tmp_path: Path) -> None:
    assert topics(tmp_path, "- {name: A, parent: a}\n").topics == (Topic(name="A"),)


def test_a_topic_above_a_circle_is_not_blamed(tmp_path: Path) -> None:
    result = topics(
        tmp_path, "- {name: X, parent: A}\n- {name: A, parent: B}\n- {name: B, parent: A}\n"
    )
    assert [problem.key for problem in result.problems] == ["[1].parent"]
    assert result.topics[0].parent == "A"


@pytest.mark.parametrize(
    "data", [b"- name: [\n", b"\xff\xfe\x00", b"- \xff\n", b"- name: Tea\n" * 200_000]
)
def test_a_file_that_cannot_be_read_is_one_fatal_problem(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "topics.yaml"
    file.write_bytes(data)
    result = read_topics(file)
    assert result.topics == ()
    assert [problem.is_fatal for problem in result.problems] == [True]


def test_a_missing_file_is_said_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match="there is no topics file"):
        read_topics(tmp_path / "topics.yaml")


def test_the_description_is_found_by_its_usual_names(tmp_path: Path) -> None:
    assert find_topics_file(tmp_path) is None
    (tmp_path / "_topics").mkdir()
    assert find_topics_file(tmp_path) == tmp_path / "_topics"
    (tmp_path / "topics.yml").write_text("")
    assert find_topics_file(tmp_path) == tmp_path / "topics.yml"
    (tmp_path / "topics.yaml").write_text("")
    assert find_topics_file(tmp_path) == tmp_path / "topics.yaml"
