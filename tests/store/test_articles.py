"""Articles: facts are replaced whole, status outlives files, bad files keep the last good facts."""

from __future__ import annotations

import asyncio
import math
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.domain.article import (
    Article,
    DateSource,
    Picture,
    Provider,
    RelatedStory,
    StoryId,
    StoryKey,
)
from bot.domain.facts import (
    article_from,
    facts_of,
    link_of,
    provider_key_of,
    story_key_of,
)
from bot.domain.problem import Problem
from bot.store import articles as stored
from bot.store.articles import Articles, StoredFile
from bot.store.columns import storable
from bot.store.database import Database
from bot.store.facts_text import facts_from, text_of
from tests.support.examples import examples
from tests.support.store_values import MINUTE, NOW, a_file, an_article, import_articles

DAY = timedelta(days=1)
PROBLEM = Problem(
    path="_news/tea.md", line=3, column=9, key="heat", problem="not a number", mend="write 49"
)


def bad_file(article: Article, *, stamp: int = 2) -> StoredFile:
    problem = replace(PROBLEM, path=article.path)
    return StoredFile(
        path=article.path, stamp=(stamp, 1, 1), article=None, problems=(problem, problem)
    )


async def stamps_of(articles: Articles) -> dict[str, tuple[int, int, int]]:
    rows = await articles.stamps_after("")
    return {path: (mtime_ns, size, int(inode)) for path, mtime_ns, size, inode in rows}


async def test_facts_are_replaced_whole(db: Database) -> None:
    articles = Articles(db)
    await articles.apply([a_file(an_article(excerpt="old", heat=40))], now=NOW)
    await articles.apply([a_file(an_article(heat=90), stamp=2)], now=NOW + MINUTE)
    (known,) = [known async for known in articles.all()]
    assert known.article == an_article(heat=90)
    assert known.first_seen_at == NOW
    assert not known.is_written_back


async def test_a_bad_file_keeps_the_last_good_facts_and_tells_its_problems(db: Database) -> None:
    articles = Articles(db)
    good, never_good = an_article(), an_article("coffee")
    await articles.apply([a_file(good)], now=NOW)
    await articles.apply([bad_file(good), bad_file(never_good)], now=NOW)
    assert (await articles.by_paths([good.path, never_good.path])).keys() == {good.path}
    assert await stamps_of(articles) == {good.path: (2, 1, 1), never_good.path: (2, 1, 1)}
    assert [p.path for p in await articles.problems()] == [never_good.path] * 2 + [good.path] * 2
    await articles.apply([a_file(good, stamp=3)], now=NOW)
    assert await articles.problems() == (replace(PROBLEM, path=never_good.path),) * 2


async def test_a_problem_that_is_not_fatal_stands_beside_good_facts(db: Database) -> None:
    articles = Articles(db)
    problem = replace(PROBLEM, is_fatal=False, line=None, column=None, key=None)
    await articles.apply([replace(a_file(an_article()), problems=(problem,))], now=NOW)
    assert await articles.problems() == (problem,)
    assert await articles.count() == 1


async def test_a_file_that_went_and_returns_is_no_news(db: Database) -> None:
    articles = Articles(db)
    await import_articles(articles, "tea", "coffee")
    await articles.apply([], ["_news/tea.md"], now=NOW + MINUTE)
    assert [known.article.title async for known in articles.all()] == ["Coffee"]
    assert (await stamps_of(articles)).keys() == {"_news/coffee.md"}
    renamed = an_article(path="_news/again.md")
    await articles.apply([a_file(renamed)], now=NOW + DAY)
    assert (await articles.by_paths([renamed.path]))[renamed.path].first_seen_at == NOW


async def test_what_the_first_import_finds_was_first_seen_at_no_known_time(db: Database) -> None:
    articles = Articles(db)
    assert not await articles.has_imported()
    old, new = an_article("old", dated_at=None), an_article("new", dated_at=None)
    await articles.apply([a_file(old)], now=NOW, is_first_import=True)
    await articles.set_imported(now=NOW)
    await articles.set_imported(now=NOW)
    assert await articles.has_imported()
    await articles.apply([a_file(old, stamp=2), a_file(new)], now=NOW + DAY)
    known = await articles.by_paths([old.path, new.path])
    assert known[old.path].first_seen_at is None
    assert known[new.path].first_seen_at == NOW + DAY


async def test_known_since_goes_by_the_date_and_without_one_by_first_sight(db: Database) -> None:
    articles = Articles(db)
    files = [
        a_file(an_article("exact", dated_at=NOW)),
        a_file(an_article("older", dated_at=NOW - MINUTE)),
        a_file(an_article("undated", dated_at=None)),
    ]
    await articles.apply(files, now=NOW)
    later = an_article("seen-before", dated_at=None)
    await articles.apply([a_file(later)], now=NOW - MINUTE)
    found = await articles.known(since=NOW)
    assert [known.article.title for known in found] == ["Exact", "Undated"]


async def test_a_story_is_led_by_its_hottest_file_then_by_path(db: Database) -> None:
    articles = Articles(db)
    same = "https://example.org/tea"
    files = [
        an_article("c", web_url=same, heat=70),
        an_article("b", web_url=same + "?utm_source=x", heat=70),
        an_article("a", web_url=same, heat=None),
        an_article("z"),
    ]
    await articles.apply([a_file(article) for article in files], now=NOW)
    key = files[0].story_key
    best = await articles.by_story_id(files[0].story_id)
    assert best is not None
    assert best.article.path == "_news/b.md"
    found = await articles.by_story_keys([key, files[3].story_key, StoryKey("unknown")])
    assert {key: known.article.path for key, known in found.items()} == {
        key: "_news/b.md",
        files[3].story_key: "_news/z.md",
    }
    assert await articles.by_story_id(StoryId("0" * 12)) is None


async def test_many_files_go_in_and_come_out_in_the_order_of_paths(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.store.articles.BATCH", 30)
    articles = Articles(db)
    names = [f"n{number:04}" for number in range(120)]
    await import_articles(articles, *reversed(names))
    assert [known.article.title.lower() async for known in articles.all()] == names
    assert len(await articles.known(since=NOW)) == len(names)
    assert len(await articles.by_paths(f"_news/{name}.md" for name in names)) == len(names)
    await articles.apply([], [f"_news/{name}.md" for name in names[1:]], now=NOW)
    assert await articles.count() == 1


async def test_stamps_come_by_pages_in_the_order_of_code_points(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stored, "STAMPS", 3)
    articles = Articles(db)
    paths = ["B.md", "a b.md", "a-b/c.md", "a.md", "a/b.md", "a0.md", "é.md", "日.md"]
    largest = 2**64 - 1
    files = [replace(a_file(an_article(path=path)), stamp=(7, 8, largest)) for path in paths]
    await articles.apply(files[::-1], now=NOW)
    assert await articles.file_count() == len(paths)
    found: list[tuple[Any, ...]] = []
    while page := await articles.stamps_after(found[-1][0] if found else ""):
        assert len(page) <= 3
        found += [tuple(row) for row in page]
    assert found == [(path, 7, 8, str(largest)) for path in paths]


async def test_topic_names_are_given_once_as_they_are_written(db: Database) -> None:
    articles = Articles(db)
    assert await articles.topic_names() == ()
    for name, topics in {"a": ("Tea", "Żółw"), "b": ("Tea", "tea"), "c": ()}.items():
        await articles.apply([a_file(an_article(name, topics=topics))], now=NOW)
    assert sorted(await articles.topic_names()) == ["Tea", "tea", "Żółw"]


async def test_a_walk_that_is_left_early_holds_nothing(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.store.articles.BATCH", 30)
    articles = Articles(db)
    await import_articles(articles, *(f"n{number}" for number in range(10, 90)))
    walks = [articles.all() for _ in range(20)]
    firsts = [await anext(walk) for walk in walks]
    assert len(firsts) == 20
    await articles.apply([], ["_news/n89.md"], now=NOW)
    assert [k async for k in walks[0]][-1].article.path == "_news/n88.md"


async def test_of_a_path_read_twice_the_last_reading_counts(db: Database) -> None:
    articles = Articles(db)
    await articles.apply([a_file(an_article(heat=1)), a_file(an_article(heat=2))], now=NOW)
    assert (await articles.by_paths(["_news/tea.md"]))["_news/tea.md"].article.heat == 2


async def test_odd_values_of_strangers_stop_nothing(db: Database) -> None:
    articles = Articles(db)
    odd = an_article(
        "odd",
        title="nul \x00 and half \ud83d",
        web_url="https://example.org/" + "long" * 3000,
        heat=10**30,
        quality=-(10**30),
        dated_at=datetime(1, 1, 1, tzinfo=UTC),
        provider=Provider(name="\udfff"),
        extra={"nul": "\x00"},
    )
    await articles.apply([a_file(odd), a_file(an_article())], now=NOW)
    assert len([known async for known in articles.all()]) == 2
    found = await articles.by_paths([odd.path])
    assert found[odd.path].article == odd
    assert (await articles.by_story_keys([odd.story_key]))[odd.story_key].article == odd


TEXT = st.text(st.characters(codec=None, categories=None), max_size=20)
MAYBE = st.none() | TEXT
NUMBERS = st.none() | st.integers()
MOMENTS = st.none() | st.datetimes(timezones=st.just(UTC))
LENGTHS = st.timedeltas(timedelta(-999), timedelta(999))
PICTURES = st.builds(
    Picture,
    url=TEXT,
    width=NUMBERS,
    height=NUMBERS,
    title=MAYBE,
    attribution=MAYBE,
    is_cached=st.booleans(),
)
PROVIDERS = st.none() | st.builds(
    Provider,
    name=MAYBE,
    domain=MAYBE,
    pictures=st.lists(PICTURES, max_size=2).map(tuple),
    authors=st.lists(TEXT, max_size=2).map(tuple),
)
RELATED = st.builds(
    RelatedStory,
    title=TEXT,
    url=MAYBE,
    excerpt=TEXT,
    dated_at=MOMENTS,
    kind=TEXT,
    provider=PROVIDERS,
    quality=NUMBERS,
    pictures=st.lists(PICTURES, max_size=2).map(tuple),
)
HASHABLE = (
    TEXT
    | st.integers()
    | st.booleans()
    | st.none()
    | st.dates()
    | st.datetimes()
    | st.binary(max_size=5)
    | st.floats(allow_nan=False)
    | st.just("$date")
)
ANYTHING = st.recursive(
    HASHABLE | LENGTHS | st.times(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.sets(HASHABLE, max_size=3)
        | st.dictionaries(HASHABLE, inner, max_size=3)
    ),
    max_leaves=6,
)
ARTICLES = st.builds(
    Article,
    path=TEXT,
    title=TEXT,
    kind=TEXT,
    category=MAYBE,
    excerpt=TEXT,
    dated_at=MOMENTS,
    date_source=st.none() | st.sampled_from(DateSource),
    updated_at=MOMENTS,
    web_url=MAYBE,
    original_url=MAYBE,
    amp_urls=st.lists(TEXT, max_size=2).map(tuple),
    quality=NUMBERS,
    heat=NUMBERS,
    marked_published=st.none() | st.booleans(),
    is_removed=st.booleans(),
    provider=PROVIDERS,
    topics=st.lists(TEXT, max_size=2).map(tuple),
    pictures=st.lists(PICTURES, max_size=2).map(tuple),
    related=st.lists(RELATED, max_size=2).map(tuple),
    duration=st.none() | LENGTHS,
    body=TEXT,
    extra=st.dictionaries(TEXT, ANYTHING, max_size=3),
)


@settings(max_examples=examples(60))
@given(ARTICLES)
@example(Article(path="a.md", title="Beyond 64 bits", heat=-(2**63) - 1, quality=2**64))
def test_an_article_comes_back_the_same(article: Article) -> None:
    facts = facts_of(article)
    text = text_of(facts)
    assert storable(text) == text  # both databases take it as it is
    assert article_from(facts_from(text)) == article
    assert article_from(facts) == article
    assert link_of(facts) == article.link
    assert story_key_of(facts) == article.story_key
    assert provider_key_of(facts) == article.provider_key


def test_a_value_of_an_unknown_kind_becomes_its_text_and_kinds_are_told_apart() -> None:
    extra: dict[str, Any] = {
        "unknown": 1j,
        "day": date(2026, 3, 1),
        "moment": NOW,
        "nan": math.nan,
        "endless": 16**5000,
    }
    back = article_from(facts_from(text_of(facts_of(an_article(extra=extra))))).extra
    assert back["unknown"] == "1j"
    assert type(back["day"]) is date
    assert back["moment"] == NOW
    assert math.isnan(back["nan"])
    assert back["endless"] == 16**5000


async def test_each_batch_gives_the_state_a_name_and_tells_the_one_before(db: Database) -> None:
    articles = Articles(db)
    assert await articles.revision() == ""
    assert await articles.apply([a_file(an_article(path="a.md"))], now=NOW, revision="one") == ""
    assert await articles.revision() == "one"
    assert await articles.apply([], ["a.md"], now=NOW) == "one"
    unnamed = await articles.revision()
    assert unnamed not in ("", "one")
    beside = Articles(db)
    before = await asyncio.gather(
        *(one.apply([], now=NOW, revision=f"{n}") for n, one in enumerate((articles, beside) * 5))
    )
    # Whoever comes second sees the name that the first has given: nobody's change is passed over.
    assert sorted({*before, await articles.revision()} - {unnamed}) == [str(n) for n in range(10)]
    assert len(set(before)) == 10


async def test_paths_without_an_article_are_told(db: Database) -> None:
    articles = Articles(db)
    long = "x" * 5_000 + ".md"
    await articles.apply([a_file(an_article(path=path)) for path in ("a.md", long)], now=NOW)
    paths = ["a.md", long, *(f"{number}.md" for number in range(1_500))]
    assert await articles.missing(paths) == {*paths[2:]}
    assert [one.article.path for one in await articles.after("a.md")] == [long]
    assert await articles.after(long) == []
