"""The quick way from values to facts gives what the careful way gives, or nothing."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from bot.content.fields import KNOWN, article_of
from bot.content.findings import Findings
from bot.content.plainfields import plain_facts
from bot.content.values import Part
from bot.domain.article import Article
from bot.domain.facts import article_from, facts_of
from bot.domain.quick import quick, quick_replace
from bot.store.facts_text import text_of
from tests.support.examples import examples


class Written:
    """Stands in for the file that the values are from."""

    def written(self, key: object) -> str:
        return "as written"


moments = st.sampled_from(
    [
        datetime(2020, 9, 17, 1, 49, tzinfo=UTC),
        datetime(2020, 9, 17, 1, 49),  # noqa: DTZ001 - YAML has them
        datetime(2020, 9, 17, tzinfo=timezone(timedelta(hours=2))),
        datetime(1960, 1, 1, tzinfo=UTC),
        date(2020, 9, 17),
    ]
)
texts = st.text(max_size=6) | st.sampled_from(["A title", " a  b ", "PT5M", "", "https://a.b/c"])
odd = st.none() | st.booleans() | st.integers(-2, 2**40) | st.floats(0, 9) | moments | texts
numbers = st.integers(0, 120) | st.none() | odd
flags = st.booleans() | odd
urls = st.sampled_from(["https://a.example/b", " https://a.example/b "]) | odd
providers = st.fixed_dictionaries({"name": texts, "domain": texts}) | odd
pictures = st.fixed_dictionaries(
    {"url": urls}, optional={"width": numbers, "height": numbers, "isCached": flags, "title": texts}
)
picture_lists = st.lists(pictures | odd, max_size=2) | odd
stories = st.fixed_dictionaries(
    {"title": texts, "webUrl": urls},
    optional={
        "excerpt": texts,
        "publishedDateTime": moments | odd,
        "type": texts,
        "provider": providers,
        "quality": numbers,
        "images": picture_lists,
    },
)
metadata = st.fixed_dictionaries(
    {"title": texts, "publishedDateTime": moments},
    optional={
        "excerpt": texts | odd,
        "type": texts,
        "webUrl": urls,
        "ampWebUrl": urls,
        "heat": numbers,
        "published": flags,
        "removed": flags,
        "provider": providers,
        "topics": st.lists(texts | odd, max_size=3) | odd,
        "images": picture_lists,
        "related": st.lists(stories | odd, max_size=2) | odd,
        "length": st.just("PT5M") | odd,
        "Heat": numbers,
        "anything": odd,
    },
)


@given(metadata)
@settings(max_examples=examples(300))
def test_values_give_the_facts_of_the_careful_way_or_none(values: dict[str, Any]) -> None:
    findings = Findings("a.md", lambda key: (1, 1))
    careful = article_of(Part(values, Written(), findings), path="a.md", body="b")
    found = plain_facts(values, path="a.md", body="b")
    event("read" if found is not None else "left alone")
    if found is not None:
        assert article_from(found) == careful
        assert text_of(found) == text_of(facts_of(careful))
        assert not findings.problems


def test_a_known_field_of_an_article_is_no_reason_to_leave_it_alone() -> None:
    values = {"title": "T", "publishedDateTime": datetime(2026, 1, 1, tzinfo=UTC)}
    for name in KNOWN - values.keys():
        values[name] = None
    found = plain_facts(values, path="a.md", body="")
    assert found is not None


def test_a_quickly_made_value_is_the_frozen_one() -> None:
    made = quick(Article)(path="a.md", title="T", heat=5)
    assert type(made) is Article
    assert made == Article(path="a.md", title="T", heat=5)
    with pytest.raises(FrozenInstanceError):
        made.title = "U"  # type: ignore[misc]


def test_a_quickly_changed_value_is_what_replace_gives() -> None:
    made = Article(path="a.md", title="T", heat=5)
    changed = quick_replace(Article)(made, title="U", heat=None)
    assert type(changed) is Article
    assert changed == replace(made, title="U", heat=None)
    assert made == Article(path="a.md", title="T", heat=5)
    with pytest.raises(TypeError):
        quick_replace(Article)(made, colour="red")
