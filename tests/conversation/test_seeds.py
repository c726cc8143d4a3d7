"""The forty questions of `tests/search/test_seeds.py`, asked in a chat."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.cli.inputs import read_library
from tests.search.test_seeds import NOW, QUESTIONS, SEEDS
from tests.support.clocks import StandingClock
from tests.support.world import text_of, world

INVISIBLE = re.compile("[\u2060\u2068\u2069]")
"""Keeps names from becoming links, and the directions of writing apart."""


@pytest.mark.long
async def test_the_right_article_comes_first_in_a_chat(tmp_path: Path) -> None:
    titles = {
        Path(file.path).stem: " ".join(file.article.title.split())
        for file in read_library([SEEDS])
        if file.article is not None
    }
    settings = {"ARTICLES_DIR": (SEEDS,), "TIMEZONE": "Europe/Berlin"}
    async with world(tmp_path, settings=settings, clock=StandingClock(NOW)) as w:
        wrong: dict[str, str] = {}
        for words, name in QUESTIONS.items():
            title = next(title for stem, title in titles.items() if name in stem)
            person = w.sandbox.add_person("Ann")
            answer = INVISIBLE.sub("", text_of(await w.ask(person, words)))
            if f"\n\n1. {title}\n" not in answer:
                wrong[words] = answer
        assert wrong == {}
