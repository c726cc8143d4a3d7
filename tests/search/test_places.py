"""Where the index is kept: one process a file, and memory where there is no room for a file."""

from __future__ import annotations

import logging
import resource
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.errors import IndexLost
from bot.search import Index
from bot.search.places import opened_index
from bot.settings import load
from bot.store.database import Database
from bot.wiring import index_path
from tests.support.questions import article, ask, filled, paths

MEMORY = "made anew in memory"


def test_a_second_process_leaves_the_file_alone(tmp_path: Path) -> None:
    place = tmp_path / "news.db.index"
    with opened_index(place, language=None) as first:
        first.replace([article("a.md", "Rain")])
        with opened_index(place, language=None) as second:
            assert second.article_count == 0
            second.replace([article("b.md", "Tea")])
        assert ask(first, "tea").total == 0
    with opened_index(place, language=None) as again:
        assert paths(ask(again, "rain")) == ["a.md"]


@pytest.mark.parametrize("harm", ["no folder", "a folder in its place", "no lock"])
def test_where_no_file_can_be_written_memory_does_and_a_warning_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, harm: str
) -> None:
    place = tmp_path / "news.db.index"
    if harm == "no folder":
        place = tmp_path / "nowhere" / "news.db.index"
    elif harm == "a folder in its place":
        place.mkdir()
    else:
        place.with_name("news.db.index.lock").mkdir()
    with opened_index(place, language=None) as index:
        index.replace([article("a.md", "Rain")])
        assert paths(ask(index, "rain")) == ["a.md"]
    (told,) = [record for record in caplog.records if MEMORY in record.message]
    assert told.levelno == logging.WARNING


@contextmanager
def room_for(size: int) -> Iterator[None]:
    """Let no file of this process grow beyond a size, as a full disk would."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_costs_the_file_and_not_the_answers(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    index = filled(article("a.md", "Rain"), path=tmp_path / "words.db")
    more = [article(f"{n}.md", f"Lantern {n} {n * 7919}", body=f"{n} tea" * 900) for n in range(99)]
    with room_for(200_000), pytest.raises(IndexLost):
        index.replace(more)
    assert (index.article_count, index.state, index.age) == (0, None, 1)
    index.replace(more)
    assert ask(index, "lantern").total == 99
    assert "goes on in memory" in caplog.text
    index.close()


@pytest.mark.parametrize("is_asked_first", [True, False])
def test_a_file_that_is_deleted_under_us_begins_anew(tmp_path: Path, is_asked_first: bool) -> None:
    file = tmp_path / "words.db"
    index = filled(article("a.md", "Rain"), path=file)
    file.unlink()
    if is_asked_first:
        assert ask(index, "rain").total == 0
    else:
        with pytest.raises(IndexLost):
            index.replace([article("b.md", "Tea")])
    index.replace([article("b.md", "Tea")], state="1")
    index.close()
    again = Index(file)
    assert (paths(ask(again, "tea")), again.state) == (["b.md"], "1")
    again.close()


def test_a_disk_that_damages_the_file_twice_is_not_asked_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "words.db"
    index = Index(file)
    for _ in range(3):
        index.replace([article(f"{n}.md", f"Rain {n}") for n in range(300)])
        if file.exists():
            with sqlite3.connect(file) as connection:
                connection.execute("UPDATE text_data SET block = x'ffffffff' WHERE id > 100")
            connection.close()
        ask(index, "rain")
    assert (ask(index, "rain").total, index.age) == (300, 2)
    assert "goes on in memory" in caplog.text
    index.close()


def test_every_database_has_an_index_of_its_own_and_no_password_in_its_name(tmp_path: Path) -> None:
    def place(url: str) -> Path:
        loaded = load(folder=tmp_path, changes={"DATABASE_URL": url})
        return index_path(loaded, Database.open(url, folder=tmp_path))

    assert place("sqlite:///data/news.db") == tmp_path / "data" / "news.db.index"
    urls = [
        "postgresql://ann:secret@db.example/news",
        "postgresql://ann:secret@db.example/other",
        "postgresql://ann:secret@db.example:5433/news",
        "postgresql://ann:secret@elsewhere.example/news",
    ]
    places = {place(url) for url in urls}
    assert len(places) == 4
    assert {one.parent for one in places} == {tmp_path}
    assert place("postgresql://ben:other@db.example/news") in places
    assert not any("secret" in one.name for one in places)
