from __future__ import annotations

import contextlib
import random
import sqlite3
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import IndexLost, StoreError
from bot.search import Index
from tests.support.examples import examples
from tests.support.questions import NOW, TREE, WEEK, article, ask, filled, paths


def test_an_index_in_a_file_is_still_there(tmp_path: Path) -> None:
    index = filled(article("a.md", "Rain"), path=tmp_path / "words.db")
    index.replace((), state="12")
    index.close()
    again = Index(tmp_path / "words.db")
    assert (paths(ask(again, "rain")), again.state) == (["a.md"], "12")
    assert again.paths_after(-1)[0] == ("a.md",)
    again.close()


@pytest.mark.parametrize("damage", [b"not a database at all" * 100, b"", b"SQLite format 3\0" * 9])
def test_a_file_that_is_no_index_begins_anew(tmp_path: Path, damage: bytes) -> None:
    file = tmp_path / "words.db"
    file.write_bytes(damage)
    index = Index(file)
    assert (index.article_count, index.state) == (0, None)
    index.replace([article("a.md", "Rain")])
    assert paths(ask(index, "rain")) == ["a.md"]
    index.close()


def test_an_index_of_another_form_begins_anew(tmp_path: Path) -> None:
    file = tmp_path / "words.db"
    filled(article("a.md", "Rain"), path=file).close()
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE meta SET value = 'older' WHERE key = 'form'")
    connection.close()
    index = Index(file)
    assert (index.article_count, ask(index, "rain").total) == (0, 0)
    index.close()


def test_an_index_damaged_while_it_is_open_begins_anew_and_can_be_filled(tmp_path: Path) -> None:
    file = tmp_path / "words.db"
    index = filled(*(article(f"{n}.md", f"Rain {n}") for n in range(300)), path=file)
    index.replace((), state="full")
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE text_data SET block = x'ffffffffffffffffff' WHERE id > 100")
    connection.close()
    age = index.age
    assert ask(index, "rain").total == 0
    assert (index.state, index.article_count, index.age == age) == (None, 0, False)
    index.replace([article("a.md", "Rain")])
    assert paths(ask(index, "rain")) == ["a.md"]
    index.close()


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE text_config SET v = 0 WHERE k = 'version'",
        "ALTER TABLE language RENAME TO longuage",
        "UPDATE article SET keys = x''",
    ],
)
@pytest.mark.parametrize("is_open", [True, False])
def test_tables_that_are_not_as_we_made_them_begin_anew(
    tmp_path: Path, damage: str, is_open: bool
) -> None:
    file = tmp_path / "words.db"
    index = filled(article("a.md", "Rain"), path=file)
    if not is_open:
        index.close()
    with sqlite3.connect(file) as other:
        other.execute(damage)
    other.close()
    if not is_open:
        index = Index(file)
    with contextlib.suppress(IndexLost):
        assert ask(index, "rain").total == 0
    assert index.article_count == 0
    index.replace([article("a.md", "Rain")])
    assert paths(ask(index, "rain")) == ["a.md"]
    index.close()


def test_a_place_that_cannot_be_written_is_a_store_error(tmp_path: Path) -> None:
    with pytest.raises(StoreError):
        Index(tmp_path / "no such folder" / "words.db")


def test_memory_and_file_give_the_same_answers(tmp_path: Path) -> None:
    articles = [
        article(f"{n}.md", f"Rain {'and tea' * (n % 2)}", days=n / 3, heat=n) for n in range(300)
    ]
    memory, file = filled(*articles), filled(*articles, path=tmp_path / "words.db")
    for words in ("rain", "tea rain", "rian", "since 2026-03-01", "tea -rain", "nothing"):
        assert ask(memory, words) == ask(file, words)
    file.close()


@pytest.mark.parametrize("is_in_file", [True, False])
def test_many_threads_may_ask_while_articles_come_in(tmp_path: Path, is_in_file: bool) -> None:
    index = filled(article("a.md", "Rain"), path=tmp_path / "words.db" if is_in_file else None)
    failures: list[BaseException] = []

    def asking() -> None:
        try:
            for _ in range(30):
                assert ask(index, "rain").total >= 1
        except (StoreError, AssertionError) as error:
            failures.append(error)

    threads = [threading.Thread(target=asking) for _ in range(3)]
    for thread in threads:
        thread.start()
    for number in range(30):
        index.replace([article(f"{number}.md", "Rain")])
    for thread in threads:
        thread.join(20)
    assert failures == []
    index.close()


def test_who_asks_does_not_wait_for_a_batch_that_is_being_written(tmp_path: Path) -> None:
    file = tmp_path / "words.db"
    index = filled(article("a.md", "Rain"), path=file)
    writer = sqlite3.connect(file, isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    writer.execute("DELETE FROM article")
    answers: list[list[str]] = []
    thread = threading.Thread(target=lambda: answers.append(paths(ask(index, "rain"))))
    thread.start()
    thread.join(10)
    assert answers == [["a.md"]]
    writer.execute("ROLLBACK")
    writer.close()
    index.close()


def test_joining_the_pieces_ends_and_changes_no_answer(tmp_path: Path) -> None:
    index = Index(tmp_path / "words.db")
    for batch in range(6):
        index.replace(article(f"{batch}-{n}.md", f"Rain {n} tea", days=n) for n in range(120))
    before = [ask(index, words, limit=30) for words in ("rain", "tea 7", "type:article")]
    steps = 0
    while index.tidy():
        steps += 1
        assert steps < 100
    assert steps > 0
    assert [ask(index, words, limit=30) for words in ("rain", "tea 7", "type:article")] == before
    index.close()


def test_another_process_of_ours_may_fill_the_same_file(tmp_path: Path) -> None:
    file = tmp_path / "words.db"
    one, other = Index(file), Index(file)
    one.replace([article("a.md", "Rain")])
    assert paths(ask(other, "rain")) == ["a.md"]
    other.replace([article("b.md", "Lanterns")], gone=["a.md"])
    assert (paths(ask(one, "lanterns")), ask(one, "rain").total) == (["b.md"], 0)
    one.close()
    other.close()


@pytest.mark.long
@settings(max_examples=examples(60), deadline=None)
@given(st.integers(0, 10**9))
def test_no_damage_of_the_file_is_more_than_a_beginning_anew(
    tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    chance, file = random.Random(seed), tmp_path_factory.mktemp("damaged") / "words.db"
    stock = [
        article(f"{n}.md", f"Rain {n} lantern", body="tea comet " * (n % 40), topics=("Tea",))
        for n in range(200)
    ]
    filled(*stock, path=file).close()
    data = bytearray(file.read_bytes())
    for _ in range(chance.choice((1, 5, 50))):
        at, length = chance.randrange(len(data)), chance.choice((1, 8, 300))
        data[at : at + length] = chance.randbytes(min(length, len(data) - at))
    file.write_bytes(data[: chance.randrange(len(data))] if chance.random() < 0.2 else data)
    index = Index(file)
    for words in ("rain", "tea 7", "lantren", "since 2026-03-01", "type:article", "comt"):
        ask(index, words, limit=20)
    index.latest(5)
    index.topic_counts(TREE)
    index.hot(now=NOW, half_life=WEEK, limit=9)
    while True:
        with contextlib.suppress(IndexLost):
            index.replace(stock[::7], ["3.md"])
            break
    index.close()
