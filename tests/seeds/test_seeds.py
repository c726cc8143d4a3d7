"""The demo's articles keep what README.txt and the demo promise about them.

Read with PyYAML alone, so that a fault of our own reader cannot hide one of the files.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from PIL import Image

SEEDS = Path(__file__).parents[2] / "seeds"
NEWEST = datetime(2026, 11, 22, 18, tzinfo=UTC)
BOM = b"\xef\xbb\xbf"
FRONT_MATTER = re.compile(r"\A---\r?\n(?P<meta>.*?)\r?\n---\r?(?:\n(?P<body>.*))?\Z", re.DOTALL)
ADDRESS = re.compile(r"https?://[^\s\"'<>)\]]+")
WRONG_SIZE = "/assets/old-computer.png"


Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seed:
    path: str
    raw: bytes
    meta: dict[str, Any]
    body: str

    @property
    def title(self) -> str:
        return str(self.meta.get("title") or self.meta["name"])

    @property
    def urls(self) -> tuple[str, ...]:
        keys = ("webUrl", "originalUrl")
        return tuple(dict.fromkeys(self.meta[key] for key in keys if key in self.meta))

    @property
    def dated_at(self) -> datetime:
        value = self.meta["publishedDateTime"]
        if isinstance(value, str):
            value = datetime.fromisoformat(value)
        if isinstance(value, datetime):
            return value if value.tzinfo else value.replace(tzinfo=UTC)
        assert isinstance(value, date)
        return datetime.combine(value, time(), tzinfo=UTC)

    @property
    def related_urls(self) -> frozenset[str]:
        return frozenset(item["webUrl"] for item in self.meta.get("related") or ())


def read(path: Path) -> Seed:
    raw = path.read_bytes()
    found = FRONT_MATTER.match(raw.removeprefix(BOM).decode("utf-8"))
    assert found, f"{path}: no front matter"
    meta = yaml.load(found["meta"], Loader)
    assert isinstance(meta, dict), f"{path}: front matter is no mapping"
    body = (found["body"] or "").strip()
    return Seed(path=path.relative_to(SEEDS).as_posix(), raw=raw, meta=meta, body=body)


SEED_LIST = tuple(read(path) for path in sorted(SEEDS.rglob("*.md")))
LIVE = tuple(seed for seed in SEED_LIST if not seed.meta.get("removed"))
BY_URL = {url: seed for seed in SEED_LIST for url in seed.urls}
TOPICS = yaml.load((SEEDS / "topics.yaml").read_text("utf-8"), Loader)


def pictures(seed: Seed) -> Iterator[dict[str, Any]]:
    yield from seed.meta.get("images") or ()
    yield from seed.meta["provider"].get("images") or ()
    for item in seed.meta.get("related") or ():
        yield from item.get("images") or ()


def of_type(name: str) -> list[Seed]:
    return [seed for seed in SEED_LIST if seed.meta["type"] == name]


@pytest.fixture(params=SEED_LIST, ids=lambda seed: seed.path)
def seed(request: pytest.FixtureRequest) -> Seed:
    assert isinstance(request.param, Seed)
    return request.param


def test_a_seed_has_what_a_story_needs(seed: Seed) -> None:
    meta = seed.meta
    assert 30 <= len(seed.title) <= 110 or meta["type"] == "profile"
    assert 120 <= len(meta["excerpt"]) <= 300
    assert 20 <= meta["heat"] <= 140
    assert meta["provider"]["name"]
    assert 1 <= len(meta["topics"]) <= 4
    assert meta.get("originalUrl")
    assert meta.get("webUrl") or meta["type"] == "video"


def test_a_seed_lies_where_its_kind_belongs(seed: Seed) -> None:
    folder = seed.path.rpartition("/")[0]
    kinds = {
        "_news": {"article", "forum"},
        "_learning/videos": {"video"},
        "_learning/courses": {"course", "collection"},
        "_downloads": {"download"},
        "_people": {"profile"},
    }
    assert seed.meta["type"] in kinds[folder]
    assert ("category" in seed.meta) is (folder == "_news")
    assert re.fullmatch(r"\d{4}-\d\d-\d\d-[a-z0-9-]+\.md", seed.path.rpartition("/")[2])
    assert seed.path.rpartition("/")[2][:10] == seed.dated_at.date().isoformat()


def test_a_seed_leads_to_no_real_place(seed: Seed) -> None:
    addresses = ADDRESS.findall(seed.raw.decode("utf-8-sig"))
    assert addresses
    for address in addresses:
        assert (urlsplit(address).hostname or "").endswith(".example"), address
    assert seed.meta["provider"]["domain"].endswith(".example")


def test_a_seeds_pictures_exist_in_their_declared_size(seed: Seed) -> None:
    for picture in pictures(seed):
        url = picture["url"]
        assert url.startswith("/assets/"), url
        with Image.open(SEEDS / url.lstrip("/").replace("//", "/")) as image:
            declared = (picture["width"], picture["height"])
            assert (declared == image.size) is (url != WRONG_SIZE), url


def test_a_secured_blob_looks_like_one(seed: Seed) -> None:
    if "secured" in seed.meta:
        assert re.fullmatch(r"[A-Za-z0-9+/]{200,600}=*;[A-Za-z0-9+/]{22}==", seed.meta["secured"])


def test_types_are_spread() -> None:
    types = Counter(seed.meta["type"] for seed in SEED_LIST)
    assert types.pop("article") >= 20
    assert types == {
        "video": 2,
        "course": 2,
        "download": 1,
        "forum": 1,
        "collection": 1,
        "profile": 1,
    }
    assert len(SEED_LIST) >= 30


def test_videos_have_one_link_a_length_and_an_embed() -> None:
    for video in of_type("video"):
        assert "webUrl" not in video.meta
        assert re.fullmatch(r"PT\d+M\d+S", video.meta["length"])
        assert video.meta["featuredContent"].startswith("<iframe ")


def test_the_profile_is_named_and_not_titled() -> None:
    (profile,) = of_type("profile")
    assert profile.meta["name"]
    assert "title" not in profile.meta


def test_one_story_is_withdrawn() -> None:
    assert sum(bool(seed.meta.get("removed")) for seed in SEED_LIST) == 1


def test_heats_and_flags_are_spread() -> None:
    heats = [seed.meta["heat"] for seed in SEED_LIST]
    assert (min(heats), max(heats)) == (20, 140)
    assert sum(heat >= 70 for heat in heats) >= 8
    assert sum(heat < 50 for heat in heats) >= 5
    flags = Counter(seed.meta.get("published") for seed in SEED_LIST)
    assert flags[True] >= 5
    assert flags[False] >= 10
    assert flags[None] >= 5


def test_dates_are_spread_over_the_week_before_the_newest() -> None:
    ages = [NEWEST - seed.dated_at for seed in LIVE]
    assert min(ages) == timedelta(0)
    assert sum(age < timedelta(hours=24) for age in ages) >= 12
    old = [seed for seed in LIVE if seed.dated_at < NEWEST - timedelta(days=30)]
    assert 3 <= len(old) <= 5
    assert any(seed.meta["heat"] >= 70 for seed in old)
    assert any(seed.meta["heat"] < 30 for seed in old)
    assert all(NEWEST - seed.dated_at <= timedelta(days=200) for seed in old)
    week = [seed for seed in LIVE if seed not in old]
    assert all(NEWEST - seed.dated_at <= timedelta(days=8) for seed in week)
    assert len({seed.dated_at.date() for seed in week}) == 8


def test_dates_are_written_in_every_way() -> None:
    values = [seed.meta["publishedDateTime"] for seed in SEED_LIST]
    assert sum(isinstance(value, str) for value in values) == 1
    assert sum(type(value) is date for value in values) == 1
    with_offset = rb"publishedDateTime: \S+[+-]\d\d:\d\d\r?\n"
    assert sum(bool(re.search(with_offset, seed.raw)) for seed in SEED_LIST) == 1
    assert sum("updatedDateTime" in seed.meta for seed in SEED_LIST) >= 3


def test_bytes_are_as_odd_as_real_ones() -> None:
    crlf = [seed for seed in SEED_LIST if b"\r\n" in seed.raw]
    mixed = [seed for seed in crlf if re.search(rb"(?<!\r)\n", seed.raw)]
    assert 7 <= len(crlf) - len(mixed) <= 10
    assert len(mixed) == 1
    assert sum(seed.raw.startswith(BOM) for seed in SEED_LIST) == 1
    titles = [re.search(rb"^(?:title|name): (.)", seed.raw, re.MULTILINE) for seed in SEED_LIST]
    assert {found[1] for found in titles if found} > {b'"', b"'"}


@pytest.mark.parametrize(
    "pattern",
    [
        *("&", "<", '"', ": ", "\U0001f35e", "[\u0621-\u064a]", "[\u3040-\u30ff]"),
        *("[äöü]", "é", "«", r"README\.md"),
    ],
)
def test_some_title_holds(pattern: str) -> None:
    assert any(re.search(pattern, seed.title) for seed in SEED_LIST)


@pytest.mark.parametrize("pattern", ["…$", "\r\n", "\t", "  ", "•", r"www\.\S+\.example"])
def test_some_excerpt_holds(pattern: str) -> None:
    assert any(re.search(pattern, seed.meta["excerpt"]) for seed in SEED_LIST)


def test_no_two_files_tell_one_story() -> None:
    counts = Counter(url for seed in SEED_LIST for url in seed.urls)
    assert {url: count for url, count in counts.items() if count > 1} == {}


def test_some_stories_have_mobile_pages() -> None:
    mobile = [seed for seed in SEED_LIST if "ampWebUrl" in seed.meta]
    assert len(mobile) == 2
    assert all("cdnAmpWebUrl" in seed.meta for seed in mobile)


def test_related_stories_form_two_pairs_and_one_event_of_three() -> None:
    event_of = {seed.path: {seed.path} for seed in SEED_LIST}
    for seed in SEED_LIST:
        for url in seed.related_urls & BY_URL.keys():
            joined = event_of[seed.path] | event_of[BY_URL[url].path]
            event_of.update(dict.fromkeys(joined, joined))
    events = {frozenset(event) for event in event_of.values() if len(event) > 1}
    assert sorted(len(event) for event in events) == [2, 2, 3]


def test_some_stories_have_coverage_elsewhere() -> None:
    assert sum(bool(seed.related_urls - BY_URL.keys()) for seed in SEED_LIST) >= 3


def test_most_stories_have_pictures_and_many_have_a_text() -> None:
    with_picture = sum(bool(seed.meta.get("images")) for seed in SEED_LIST)
    assert len(SEED_LIST) * 0.6 <= with_picture < len(SEED_LIST)
    texts = [seed for seed in SEED_LIST if seed.body]
    assert len(texts) >= 22
    assert all(len(re.split(r"\r?\n\r?\n", seed.body)) >= 2 for seed in texts)
    assert sum("secured" in seed.meta for seed in SEED_LIST) >= 10


def test_topics_form_a_tree() -> None:
    parents = {topic["name"]: topic.get("parent") for topic in TOPICS}
    assert len(parents) == len(TOPICS) >= 18
    assert len({topic["shortname"] for topic in TOPICS}) == len(TOPICS)
    assert {parent for parent in parents.values() if parent} <= parents.keys()
    depths = []
    for name in parents:
        depth, above = 1, parents[name]
        while above:
            depth, above = depth + 1, parents[above]
            assert depth <= len(parents), f"{name} lies in a circle"
        depths.append(depth)
    assert max(depths) == 3
    for topic in TOPICS:
        for key in ("keywords", "hashtags"):
            assert topic[key]
            assert all(isinstance(word, str) for word in topic[key])


def test_every_topic_is_described_and_used() -> None:
    described = {topic["name"] for topic in TOPICS}
    mentioned = {name for seed in LIVE for name in seed.meta["topics"]}
    assert described == mentioned


def test_pictures_are_many_varied_used_and_small() -> None:
    files = [path for path in (SEEDS / "assets").iterdir() if path.is_file()]
    assert len(files) >= 16
    assert {path.suffix for path in files} == {".jpg", ".png", ".webp"}
    sizes = []
    for path in files:
        with Image.open(path) as image:
            image.load()
            sizes.append(image.size)
    assert (50, 50) in sizes
    assert any(width == height > 50 for width, height in sizes)
    assert any(height > width for width, height in sizes)
    used = {picture["url"].rpartition("/")[2] for seed in SEED_LIST for picture in pictures(seed)}
    assert used == {path.name for path in files}
    total = sum(path.stat().st_size for path in SEEDS.rglob("*") if path.is_file())
    assert total < 3_000_000
