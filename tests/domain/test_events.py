from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.article import Article, RelatedStory
from bot.domain.events import groups
from tests.support.examples import examples


def article(path: str, url: str | None = None, *related: str, **fields: str) -> Article:
    return Article(
        path=path,
        title=path,
        web_url=url,
        original_url=fields.get("original"),
        related=tuple(RelatedStory(title="x", url=f"https://x.example/{link}") for link in related),
    )


def grouped(*articles: Article) -> list[list[str]]:
    return [[one.path for one in group] for group in groups(articles)]


def test_strangers_stay_apart_in_their_order() -> None:
    assert grouped(article("b", "https://x.example/b"), article("a", "https://x.example/a")) == [
        ["b"], ["a"],
    ]  # fmt: skip


def test_one_page_in_two_files_is_one_event() -> None:
    twin = article("b", "http://www.x.example/a/?utm_source=feed")
    assert grouped(article("a", "https://x.example/a"), twin) == [["a", "b"]]


def test_either_may_name_the_other() -> None:
    names = article("names", "https://x.example/a", "b")
    named = article("named", "https://x.example/b")
    assert grouped(names, named) == [["names", "named"]]
    assert grouped(named, names) == [["named", "names"]]


def test_two_that_name_the_same_page_belong_together_though_it_is_no_file() -> None:
    assert grouped(
        article("a", "https://x.example/a", "third"), article("b", "https://x.example/b", "third")
    ) == [["a", "b"]]


def test_a_page_is_known_by_the_place_where_it_was_found_too() -> None:
    found = article("a", "https://x.example/a", original="https://x.example/old")
    assert grouped(found, article("b", "https://x.example/b", "old")) == [["a", "b"]]


def test_belonging_is_passed_on() -> None:
    chain = [article(f"{n}", f"https://x.example/{n}", f"{n + 1}") for n in range(6)]
    assert grouped(*chain) == [["0", "1", "2", "3", "4", "5"]]


def test_articles_without_any_address_are_strangers() -> None:
    assert grouped(article("a"), article("b")) == [["a"], ["b"]]


places = st.sampled_from("abcdef")


@settings(max_examples=examples(200), deadline=None)
@given(st.lists(st.tuples(places, st.lists(places, max_size=2)), max_size=10))
def test_groups_are_the_connected_parts_each_article_in_one(
    described: list[tuple[str, list[str]]],
) -> None:
    articles = [
        article(f"{n}", f"https://x.example/{place}", *links)
        for n, (place, links) in enumerate(described)
    ]
    found = [[one.path for one in group] for group in groups(articles)]
    assert sorted(path for group in found for path in group) == sorted(a.path for a in articles)
    pages = {f"{n}": {place, *links} for n, (place, links) in enumerate(described)}
    for group in found:
        assert [int(path) for path in group] == sorted(int(path) for path in group)
        others = set().union(*(pages[p] for p in pages if p not in group))
        assert not set().union(*(pages[p] for p in group)) & others, "two groups share a page"
        joined = pages[group[0]]
        for _ in group:
            joined = joined.union(*(pages[p] for p in group if pages[p] & joined))
        assert all(pages[path] & joined for path in group), "a group falls apart"
    firsts = [int(group[0]) for group in found]
    assert firsts == sorted(firsts)


def test_parts_of_a_series_are_no_event() -> None:
    parts = [
        replace(article(f"{n}"), title=f"Tea story number {n} from the harbour") for n in "123"
    ]
    assert grouped(*parts) == [["1"], ["2"], ["3"]]
    again = [replace(one, title="Tea story told at the harbour") for one in parts]
    assert grouped(*again) == [["1", "2", "3"]]
