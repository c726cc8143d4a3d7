"""The description of a site's topics: one YAML file, or a folder with one file per topic."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from bot.content.fences import MAX_FILE_SIZE, decode, too_large
from bot.content.findings import Findings, Unusable
from bot.content.header import FrontMatter
from bot.content.library import TOPICS_FOLDER
from bot.content.values import Part, kind_of
from bot.content.yamltext import Document, load_yaml
from bot.domain.problem import Problem
from bot.domain.topic import Topic, folded
from bot.errors import ContentError

_YAML = (".yaml", ".yml")
_MARKDOWN = (".md", ".markdown")


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicsRead:
    """The topics in the order of their description, and what is wrong with it."""

    topics: tuple[Topic, ...] = ()
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """A topic with the part of a file that describes it."""

    topic: Topic
    part: Part


def find_topics_file(folder: Path) -> Path | None:
    """Find the description of the topics in a folder of articles; None without one."""
    for name in ("topics.yaml", "topics.yml"):
        if (folder / name).is_file():
            return folder / name
    topics = folder / TOPICS_FOLDER
    return topics if topics.is_dir() else None


def read_topics(path: Path) -> TopicsRead:
    """Read a description of topics; raises ContentError when there is none at `path`.

    A file holds a list, or a mapping with the list as `topics`. In a folder each `*.yaml`,
    `*.yml` or `*.md` file holds one topic (or a list).
    """
    reading = _Reading()
    for location, name in _files(path):
        reading.read(location, name)
    return reading.result()


def _files(path: Path) -> list[tuple[Path, str]]:
    try:
        if not path.is_dir():
            with path.open("rb"):
                return [(path, path.name)]
        with os.scandir(path) as entries:
            names = sorted(
                entry.name
                for entry in entries
                if entry.name.endswith(_YAML + _MARKDOWN)
                and not entry.name.startswith(".")
                and entry.is_file()
            )
    except FileNotFoundError:
        raise ContentError(f"there is no topics file {path}") from None
    except OSError as error:
        raise ContentError(f"the topics file {path} cannot be read: {error.strerror}") from error
    return [(path / name, f"{path.name}/{name}") for name in names]


class _Reading:
    """Collects the topics of all files, then looks at how they hang together."""

    def __init__(self) -> None:
        self._entries: dict[str, _Entry] = {}
        self._findings: list[Findings] = []
        self._fatal: list[Problem] = []

    def read(self, location: Path, name: str) -> None:
        """Read one file."""
        try:
            document = _document(location, name)
            findings = Findings(name, document.place_of)
            for place, key, problem, mend in document.oddities:
                findings.add_at(place, (key,) if key else (), problem, mend)
            self._findings.append(findings)
            for part in _parts(document, findings):
                self._take(part)
        except Unusable as trouble:
            self._fatal.append(trouble.as_problem(name))

    def result(self) -> TopicsRead:
        """Give the topics, with parents that make sense."""
        topics = {key: entry.topic for key, entry in self._entries.items()}
        spellings = {folded(word): key for key, topic in topics.items() for word in topic.spellings}
        spellings |= {key: key for key in topics}
        for key, entry in self._entries.items():
            topics[key] = self._checked_parent(entry, topics, spellings)
        problems = [problem for findings in self._findings for problem in findings.problems]
        return TopicsRead(topics=tuple(topics.values()), problems=(*self._fatal, *problems))

    def _take(self, part: Part) -> None:
        name = part.text("name")
        if name is None or not folded(name):
            part.note("name", "the topic has no name", "add `name`")
            return
        topic = Topic(
            name=name,
            shortname=part.text("shortname"),
            parent=part.text("parent"),
            keywords=part.texts("keywords"),
            hashtags=part.texts("hashtags"),
        )
        if folded(name) in self._entries:
            part.note("name", "another topic has this name; the first one counts", "join the two")
            return
        self._entries[folded(name)] = _Entry(topic=topic, part=part)

    def _checked_parent(
        self, entry: _Entry, topics: dict[str, Topic], spellings: dict[str, str]
    ) -> Topic:
        topic = entry.topic
        if topic.parent is None:
            return topic
        parent = spellings.get(folded(topic.parent))
        if parent is None:
            entry.part.note(
                "parent",
                "no topic has the name of this parent",
                "correct it, or describe the topic",
            )
            return topic
        if folded(topic.name) in _line_of_parents(parent, topics, spellings):
            entry.part.note(
                "parent", "the parents of this topic form a circle; it stands alone", "remove one"
            )
            return replace(topic, parent=None)
        return replace(topic, parent=topics[parent].name)


def _line_of_parents(
    key: str, topics: dict[str, Topic], spellings: dict[str, str]
) -> dict[str, None]:
    line: dict[str, None] = {}
    while key not in line:
        line[key] = None
        above = topics[key].parent
        key = spellings.get(folded(above), key) if above else key
    return line


def _document(location: Path, name: str) -> Document:
    try:
        with location.open("rb") as file:
            data = file.read(MAX_FILE_SIZE + 1)
    except OSError as error:
        raise Unusable(f"the file cannot be read: {error.strerror}", "look at its rights") from None
    if len(data) > MAX_FILE_SIZE:
        raise too_large()
    text = decode(data)
    if name.endswith(_MARKDOWN):
        handler = FrontMatter()
        handler.read(text)
        return handler.document
    return load_yaml(text.replace("\r\n", "\n"))


def _parts(document: Document, findings: Findings) -> Iterator[Part]:
    value = document.value
    at: tuple[str | int, ...] = ()
    if isinstance(value, dict) and "topics" in value:
        at, value = ("topics",), value["topics"]
    if isinstance(value, dict):
        if "name" not in value:
            findings.add(at, "no topic is described here", "write a list: - name: …")
        else:
            yield Part(value, document, findings, at=at)
        return
    if not isinstance(value, list):
        if value is not None:
            findings.add(
                at, f"this is {kind_of(value)}, not a list of topics", "write a list: - name: …"
            )
        return
    for index, item in enumerate(value):
        if isinstance(item, dict):
            yield Part(item, document, findings, at=(*at, index))
        elif isinstance(item, str) and item.strip():
            yield Part({"name": item}, document, findings, at=(*at, index))
        else:
            findings.add((*at, index), f"this is {kind_of(item)}, not a topic", "write name: …")
