"""What holds for any file: nothing raises, and what was written is read again."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.content.fences import find_fences
from bot.content.findings import Unusable
from bot.content.header import Parsed, read
from bot.content.values import LATEST, MAX_NUMBER, one_line
from bot.domain.article import Article, DateSource, Picture, Provider, RelatedStory

calm = settings(deadline=None)  # machines pause; time is measured elsewhere
Dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
SAMPLES = [
    file.read_bytes()
    for folder in ("articles", "articles-broken")
    for file in sorted((Path(__file__).parents[1] / folder).rglob("*.m*"))
]
TEXT_FIELDS = ["title", "name", "excerpt", "category", "type", "length", "secured"]
DATE_FIELDS = ["publishedDateTime", "updatedDateTime"]
URL_FIELDS = ["originalUrl", "webUrl", "ampWebUrl"]
OTHER_FIELDS = ["quality", "heat", "published", "removed"]
DEEP_FIELDS = ["provider", "topics", "images", "related"]
FIELDS = [*TEXT_FIELDS, *DATE_FIELDS, *URL_FIELDS, *OTHER_FIELDS, *DEEP_FIELDS]

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
lines = texts.map(one_line)
words = lines.filter(bool)
urls = st.from_regex(r"https?://[a-z]{1,9}\.example/[a-z0-9/_-]{0,20}", fullmatch=True)
numbers = st.integers(0, MAX_NUMBER)
moments = st.integers(0, int(LATEST.timestamp()) - 1).map(
    lambda seconds: datetime.fromtimestamp(seconds, UTC)
)
optional_words = st.none() | words
scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | texts
    | st.dates()
    | st.datetimes()
    | st.binary(max_size=8)
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(words | st.integers(), inner, max_size=3)
    ),
    max_leaves=6,
)

pictures = st.builds(
    Picture,
    url=urls,
    width=st.none() | st.integers(1, MAX_NUMBER),
    height=st.none() | st.integers(1, MAX_NUMBER),
    title=optional_words,
    attribution=optional_words,
    is_cached=st.booleans(),
)
providers = st.builds(
    Provider,
    name=words,
    domain=optional_words,
    pictures=st.lists(pictures, max_size=2).map(tuple),
    authors=st.lists(words, max_size=2).map(tuple),
)
related = st.builds(
    RelatedStory,
    title=lines,
    url=urls,
    excerpt=lines,
    dated_at=st.none() | moments,
    kind=words,
    provider=st.none() | providers,
    quality=st.none() | numbers,
    pictures=st.lists(pictures, max_size=1).map(tuple),
)
articles = st.builds(
    Article,
    path=st.just("news/a.md"),
    title=words,
    kind=words,
    category=optional_words,
    excerpt=lines,
    dated_at=moments,
    date_source=st.just(DateSource.FIELD),
    updated_at=st.none() | moments,
    web_url=st.none() | urls,
    original_url=st.none() | urls,
    quality=st.none() | numbers,
    heat=st.none() | numbers,
    marked_published=st.none() | st.booleans(),
    is_removed=st.booleans(),
    provider=st.none() | providers,
    topics=st.lists(words, unique=True, max_size=3).map(tuple),
    pictures=st.lists(pictures, max_size=2).map(tuple),
    related=st.lists(related, max_size=2).map(tuple),
    duration=st.none() | st.integers(0, 10**6).map(lambda seconds: timedelta(seconds=seconds)),
    body=st.sampled_from(["", "Words.", "One\n\n---\n\ntwo"]),
    extra=st.dictionaries(
        st.sampled_from(["colour", "price", "levels"]), st.integers(-9, 9) | lines, max_size=2
    ),
)


def checked(data: bytes) -> Parsed:
    result = read("news/2024-01-02-a.md", data)
    assert (result.article is None) == any(problem.is_fatal for problem in result.problems)
    for problem in result.problems:
        json.dumps(problem.as_json()).encode()
        assert problem.line is None or 1 <= problem.line <= data.count(b"\n") + 5 + len(data)
    if result.article is not None:
        json.dumps(result.article.extra, allow_nan=False)
        repr(result.article).encode()
        assert "\0" not in json.dumps(result.article.extra)
    return result


@calm
@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    checked(data)
    checked(b"---\n" + data + b"\n---\n")


@calm
@given(st.sampled_from(SAMPLES), st.data())
def test_a_damaged_file_is_read_or_refused(sample: bytes, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(sample)))
    end = data.draw(st.integers(start, min(len(sample), start + 40)))
    other = data.draw(
        st.binary(max_size=5) | st.sampled_from([b"&a ", b"*a", b"!!int ", b"[", b"\t"])
    )
    checked(sample[:start] + other + sample[end:])


line_ends = st.sampled_from(["\n", "\r\n", "\r", "", " \n", "---\n"])


@calm
@given(
    st.lists(st.tuples(st.sampled_from(["---", "a: b", "", "-", "- ---"]), line_ends), max_size=8)
)
def test_a_blank_line_before_a_file_moves_its_fences_and_nothing_else(
    lines: list[tuple[str, str]],
) -> None:
    text = "".join(f"{line}{end}" for line, end in lines)

    def found(whole: str, shift: int) -> tuple[int, ...] | str:
        try:
            *places, line = find_fences(whole)
        except Unusable as trouble:
            return trouble.problem
        return (*(place - shift for place in places), line - shift)

    if text.strip():
        assert found(text, 0) == found(f"\n{text}", 1)


@calm
@given(st.text(alphabet="ab:-?*&!|>'\"{}[],#%@`\\ \t\n<=~.0", max_size=60))
def test_any_yaml_like_text_is_read_or_refused(text: str) -> None:
    checked(f"---\ntitle: T\n{text}\n---\n".encode())


@calm
@given(st.dictionaries(st.sampled_from(FIELDS) | texts, values, min_size=1, max_size=6))
def test_any_mapping_of_values_gives_an_article(metadata: dict[Any, Any]) -> None:
    text = yaml.dump(metadata, Dumper=Dumper, allow_unicode=True)
    assert checked(f"---\n{text}---\n".encode()).article is not None


@calm
@given(articles, st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_what_was_written_is_read_again(article: Article, line_end: str, in_json: bool) -> None:
    fields = as_fields(article)
    if in_json:  # JSON is YAML; it writes emoji as two escaped halves
        text = json.dumps(fields, default=iso) + "\n"
    else:
        text = yaml.dump(fields, Dumper=Dumper, allow_unicode=True, sort_keys=False)
    data = f"---\n{text}---\n{article.body}\n".replace("\n", line_end).encode()
    result = read(article.path, data)
    assert result.problems == ()
    assert result.article == article


def iso(value: date) -> str:
    return value.isoformat()


def as_fields(article: Article) -> dict[str, Any]:
    fields = {
        "title": article.title,
        "type": article.kind,
        "category": article.category,
        "excerpt": article.excerpt,
        "publishedDateTime": article.dated_at,
        "updatedDateTime": article.updated_at,
        "webUrl": article.web_url,
        "originalUrl": article.original_url,
        "quality": article.quality,
        "heat": article.heat,
        "published": article.marked_published,
        "removed": article.is_removed,
        "provider": provider_fields(article.provider),
        "topics": list(article.topics),
        "images": [picture_fields(picture) for picture in article.pictures],
        "related": [
            {
                "title": story.title,
                "excerpt": story.excerpt,
                "publishedDateTime": story.dated_at,
                "webUrl": story.url,
                "type": story.kind,
                "provider": provider_fields(story.provider),
                "quality": story.quality,
                "images": [picture_fields(picture) for picture in story.pictures],
            }
            for story in article.related
        ],
        "length": article.duration and f"PT{int(article.duration.total_seconds())}S",
        "secured": "c2VjcmV0;aXY=",
        **article.extra,
    }
    if article.duration == timedelta(0):
        fields["length"] = "PT0S"
    return fields


def picture_fields(picture: Picture) -> dict[str, Any]:
    return {
        "url": picture.url,
        "width": picture.width,
        "height": picture.height,
        "title": picture.title,
        "attribution": picture.attribution,
        "isCached": picture.is_cached,
    }


def provider_fields(provider: Provider | None) -> dict[str, Any] | None:
    if provider is None:
        return None
    return {
        "name": provider.name,
        "domain": provider.domain,
        "images": [picture_fields(picture) for picture in provider.pictures],
        "authors": [{"name": author} for author in provider.authors],
    }
