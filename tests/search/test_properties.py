"""What holds for any articles and any changes, told against plain ranking of every match."""

from __future__ import annotations

import random
import sqlite3
from datetime import UTC, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.article import Article, RelatedStory
from bot.search import Found, Index, Query
from bot.search.answer import Asking, Setting
from bot.search.languages import Stems
from tests.support.examples import examples
from tests.support.questions import NOW, TREE, WEEK, article, ask, filled, paths

pytestmark = pytest.mark.long

WORDS = ("rain", "tea", "harbour", "lantern", "comet", "violin")
EVERYTHING = 100_000
MOST_STATEMENTS = 600
"""Questions to the database for one answer, whatever was typed."""


def library(seed: int, count: int) -> list[Article]:
    chance = random.Random(seed)

    def words(most: int) -> str:
        return " ".join(
            chance.choices(WORDS, weights=(12, 6, 3, 2, 1, 1), k=chance.randint(1, most))
        )

    return [
        article(
            f"{number}.md",
            words(3),
            excerpt=words(5),
            dated_at=NOW - timedelta(seconds=chance.randrange(-2, 90 * 86_400)),
            heat=chance.choice((None, 0, chance.randint(1, 120))),
            quality=chance.choice((None, chance.randint(0, 110))),
            topics=("Tea",) if chance.random() < 0.1 else (),
            kind=chance.choice(("article", "article", "video")),
            related=(RelatedStory(title="x", url=f"https://news.example/{number - 1}.md"),)
            if chance.random() < 0.1
            else (),
        )
        for number in range(count)
    ]


def oracle(articles: list[Article], word: str) -> list[str]:
    """Rank every match of one word that is no topic: relevance × freshness × heat."""

    def score(one: Article) -> int:
        heat = 50 if one.heat is None else min(max(one.heat, 0), 100)
        bend = 0 if one.quality is None else min(one.quality, 100) / 50 - 1
        worth = round((0.5 + heat / 100) * (1 + 0.05 * bend) * 1000)
        assert one.dated_at is not None
        age = max((NOW - one.dated_at) / WEEK, 0)
        return int(1e6 * worth * (1.0 if word in one.title else 0.25) / (1 + age))

    matches = [one for one in articles if word in f"{one.title} {one.excerpt}"]
    ranked = sorted(matches, key=lambda one: (-score(one), -(one.dated_at or NOW).timestamp()))
    seen: set[str] = set()
    kept = []
    for one in ranked:
        if one.story_key not in seen and not any(r.url in seen for r in one.related):
            kept.append(one.path)
            seen |= {one.story_key, *(r.url for r in one.related if r.url)}
    return kept


@settings(max_examples=examples(12), deadline=None)
@given(st.integers(0, 10**6), st.sampled_from(("rain", "harbour", "comet")))
def test_the_walk_finds_what_ranking_every_match_finds(seed: int, word: str) -> None:
    articles = library(seed, 700)
    index = filled(*articles)
    expected = oracle(articles, word)
    assert paths(ask(index, word, limit=10)) == expected[:10]
    whole = ask(index, word, limit=EVERYTHING)
    assert (paths(whole), whole.total, whole.total_is_exact) == (expected, len(expected), True)


QUESTIONS = (
    "rain", "tea", "rain harbour", "tea comet lantern", "type:video", "rain type:video",
    "rain -tea", "since 2026-02-01", "harbour february 2026", '"rain tea"', "what about comets",
)  # fmt: skip


@settings(max_examples=examples(15), deadline=None)
@given(st.integers(0, 10**6), st.sampled_from(QUESTIONS), st.integers(1, 30))
def test_pages_joined_are_the_whole_list(seed: int, words: str, size: int) -> None:
    index = filled(*library(seed, 400))
    whole = ask(index, words, limit=EVERYTHING)
    assert len(set(paths(whole))) == len(whole.hits) == whole.total
    joined: list[str] = []
    while page := ask(index, words, limit=size, offset=len(joined)).hits:
        joined += [hit.path for hit in page]
    assert joined == paths(whole)
    assert ask(index, words, limit=10).hits == whole.hits[:10]


@settings(max_examples=examples(25), deadline=None)
@given(
    st.lists(
        st.tuples(
            st.lists(st.integers(0, 25), max_size=8), st.lists(st.integers(0, 25), max_size=4)
        ),
        max_size=6,
    ),
    st.integers(0, 10**6),
)
def test_after_any_changes_the_index_equals_a_fresh_one(
    changes: list[tuple[list[int], list[int]]], seed: int
) -> None:
    index, now_there, version = Index(), dict[str, Article](), seed
    for taken, gone in changes:
        version += 1
        stock = library(version % 7, 26)
        batch = {stock[number].path: stock[number] for number in taken}
        lost = {f"{number}.md" for number in gone}
        index.replace(batch.values(), lost)
        now_there = {p: a for p, a in now_there.items() if p not in lost} | batch
    fresh = filled(*now_there.values())
    for words in (*QUESTIONS, "hrabour", "lanterms", "vio"):
        assert ask(index, words) == ask(fresh, words), words
    assert index.latest(30) == fresh.latest(30)
    assert index.latest(3, now=NOW) == fresh.latest(3, now=NOW)
    assert _hot(index) == _hot(fresh)
    assert index.topic_counts(TREE) == fresh.topic_counts(TREE)
    assert index.article_count == fresh.article_count == len(now_there)
    assert {*index.paths_after(-1)[0]} == now_there.keys()


def _hot(index: Index) -> Found:
    return index.hot(now=NOW, half_life=WEEK, limit=30)


@settings(max_examples=examples(10), deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 20))
def test_the_hot_list_is_heat_halved_by_age(seed: int, limit: int) -> None:
    articles = [one for one in library(seed, 500) if not one.related]
    index = filled(*articles)

    def left(one: Article) -> float:
        assert one.dated_at is not None
        return float((one.heat or 0) * 2.0 ** -((NOW - one.dated_at) / WEEK))

    ranked = sorted((one for one in articles if one.heat), key=left, reverse=True)
    found = index.hot(now=NOW, half_life=WEEK, limit=limit)
    assert paths(found) == [one.path for one in ranked[:limit]]
    assert [hit.score for hit in found.hits] == pytest.approx(
        [left(o) for o in ranked[:limit]], 1e-2
    )


@settings(max_examples=examples(60), deadline=None)
@given(st.text(max_size=80), st.text(max_size=80))
def test_no_text_raises_and_every_hit_has_a_word_that_was_asked(text: str, words: str) -> None:
    index = filled(article("a.md", f"Rain {text}"), article("b.md", "Rain", body=text))
    ask(index, words)
    assert set(paths(ask(index, f"rain {words}", limit=EVERYTHING))) <= {"a.md", "b.md"}
    index.close()


PIECES = (
    *('"', "*", "NEAR(", ")", "-", ":", "^", "{title}", "AND", "OR", "NOT", "+", "'", "\\", ";"),
    *("\0", "\x1b", "\x7f", "\u202e", "\ud83e", "\udead", "🫖", "彗星", "ﷺ", "ß", "İ", " ", "\n"),
    *("rain", "tea", "rian", "from:", "type:", "since", "march", "2021", "today", "title:", "text"),
)
ANYTHING = st.one_of(
    st.text(max_size=500),
    st.lists(st.sampled_from(PIECES), max_size=300).map("".join),
    st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=6)), max_size=90).map(" ".join),
)


@pytest.fixture(scope="module")
def stock(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("stock") / "words.db"
    index = filled(*library(3, 300), path=file)
    index.close()
    return file


@settings(max_examples=examples(80), deadline=None)
@given(words=ANYTHING)
def test_whatever_is_typed_is_answered_with_bounded_work(stock: Path, words: str) -> None:
    connection = sqlite3.connect(stock, isolation_level=None)
    asked: list[str] = []
    connection.set_trace_callback(asked.append)
    setting = Setting(topics=TREE, now=NOW, zone=UTC, half_life=WEEK, limit=5, offset=0)
    query = Query.parse(words)
    found = Asking(connection, stems=Stems(), setting=setting, query=query).found()
    connection.close()
    assert found.total >= len(found.hits)
    assert len(asked) <= MOST_STATEMENTS
