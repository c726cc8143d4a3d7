"""Whatever a stranger types gets an answer, and a topics file that goes in circles does no harm."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from tests.support.world import a_story, labels, stories, text_of, world

HOSTILE = (
    *("🫖" * 256, "tea " * 1024, "x" * 4096, "\0\x01\x07\x1b[31m\x7f\x85", "tea\0tea"),
    *('"tea', 'tea"', '"*"', "^tea", "tea^2", "te*", "*", "NEAR(", "NEAR(tea story, 1", "tea:"),
    *("{title marks}: tea", "marks:tea", "-", "--tea", "- tea", "tea - -", "+tea", "(tea", "tea)"),
    *("tea AND", "OR", "NOT tea", "tea NOT NOT", "rowid:1", "rank", "'; DROP TABLE text; --", "\\"),
)
CIRCLE: list[dict[str, object]] = [
    {"name": "Tea", "parent": "Cups"},
    {"name": "Cups", "parent": "Kettles"},
    {"name": "Kettles", "parent": "Tea"},
    {"name": "Alone", "parent": "Alone"},
]


@pytest.mark.long
async def test_what_a_stranger_types_is_answered(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with world(tmp_path, articles=stories(3)) as w:
        for number, words in enumerate(HOSTILE):
            answer = await w.ask(w.sandbox.add_person(f"Eve {number}"), words)
            assert "Something went wrong" not in text_of(answer), words
        assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []
        assert "Tea story number 1" in text_of(await w.ask(w.reader, "NEAR(tea"))


async def test_topics_whose_parents_go_in_a_circle_are_answered_and_warned_of(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    articles = [*stories(2), a_story("A kettle that sings", topics=["Kettles"])]
    async with world(tmp_path, articles=articles, topics=CIRCLE) as w:
        for name in ("tea", "cups", "kettles", "alone"):
            answer = await w.ask(w.reader, f"/topic {name}")
            assert "Something went wrong" not in text_of(answer), name
        assert "A kettle that sings" in text_of(await w.ask(w.reader, "/topic kettles"))
        assert "Tea story number 1" in text_of(await w.ask(w.reader, "/topic tea"))
        assert "Tea" in " ".join(labels(await w.ask(w.reader, "/topics")))
        await w.ask(w.reader, "/follow cups")
    assert "problem in the topics" in caplog.text
