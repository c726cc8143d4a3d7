"""Makes a folder of article files as publishers write them: any number, the same ones each time.

`python -m tests.benchmarks.make_articles FOLDER --files 20000` writes them. Words follow Zipf's
law, as those of real texts do; fields, lengths, quoting, line ends and the opaque `secured` blob
follow the article format.
"""

from __future__ import annotations

import argparse
import base64
import itertools
import os
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

NEWEST = datetime(2026, 11, 1, 12, tzinfo=UTC)
SPAN = timedelta(days=3 * 365)
PER_FOLDER = 5_000
CRLF_SHARE = 0.25
BODY_SHARE = 0.1
VOCABULARY = 30_000
TOPICS = (
    "AI",
    "Computer Vision",
    "Robotics",
    "Energy",
    "Oceans",
    "Wildlife",
    "Food",
    "Culture",
    "Railways",
    "Astronomy",
    "Schools",
    "Open Source",
)
KINDS = ("article",) * 16 + ("video",) * 2 + ("course", "download")
_ONSETS = ("b", "br", "c", "ch", "d", "f", "g", "gr", "h", "l", "m", "n", "p", "r", "s", "st", "t")
_CORES = ("a", "e", "i", "o", "u", "ea", "ou", "ai")
_ENDS = ("", "n", "r", "s", "t", "l", "nd", "ck", "ng")
_COMMON = (
    "the",
    "of",
    "and",
    "to",
    "in",
    "a",
    "is",
    "that",
    "for",
    "it",
    "as",
    "was",
    "with",
    "be",
)
_EXOTIC = ("Zürich", "café", "naïve", "Łódź", "🚀", "日本", "“quoted”", "–", "l’été")


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """One file: its path below the folder, and its bytes."""

    path: str
    data: bytes


@cache
def vocabulary(size: int = VOCABULARY) -> tuple[str, ...]:
    """Give distinct words, the frequent ones first and shorter."""
    words = dict.fromkeys(_COMMON)
    chance = random.Random("words")
    while len(words) < size:
        syllables = 1 + (len(words) > 200) + (chance.random() < 0.5) + (chance.random() < 0.2)
        parts = (
            chance.choice(_ONSETS) + chance.choice(_CORES) + chance.choice(_ENDS)
            for _ in range(syllables)
        )
        words["".join(parts)] = None
    return tuple(words)


class Maker:
    """Makes one article after the other; the same `seed` makes the same ones."""

    def __init__(self, seed: int = 1) -> None:
        self._chance = random.Random(seed)
        self._words = vocabulary()
        weights = [1 / rank for rank in range(2, len(self._words) + 2)]
        self._weights = list(itertools.accumulate(weights))
        self._stock: list[str] = []

    def article(self, number: int) -> Made:
        """Make the file of this number."""
        chance = self._chance
        dated_at = NEWEST - SPAN * chance.random()
        title = self._sentence(6, 14).title()
        kind = chance.choice(KINDS)
        slug = "-".join(self._sentence(4, 9).lower().split())
        path = f"_{kind}s/{number // PER_FOLDER:04}/{dated_at:%Y-%m-%d}-{slug}-{number}.md"
        lines = ["---", *self._fields(number, title, kind, dated_at, slug), "---", ""]
        if chance.random() < BODY_SHARE:
            lines += ["", self._sentence(80, 300), ""]
        end = "\r\n" if chance.random() < CRLF_SHARE else "\n"
        return Made(path=path, data=end.join(lines).encode())

    def _fields(
        self, number: int, title: str, kind: str, dated_at: datetime, slug: str
    ) -> Iterator[str]:
        chance = self._chance
        host = f"www.{self._words[100 + number % 900]}.example"
        url = f"https://{host}/{dated_at:%Y/%m/%d}/{slug}-{number}"
        if kind == "article":
            yield "category: news"
        yield f"title: {self._quoted(title)}"
        yield f"excerpt: {self._quoted(self._sentence(25, 50) + '.')}"
        yield f"publishedDateTime: {_utc(dated_at)}"
        yield f'originalUrl: "{url}"' if chance.random() < 0.5 else f"originalUrl: {url}"
        if kind != "video":
            yield f'webUrl: "{url}"' if chance.random() < 0.5 else f"webUrl: {url}"
        if chance.random() < 0.15:
            yield f'ampWebUrl: "{url}?amp"'
        yield f"type: {kind}"
        if kind == "article":
            yield f"quality: {chance.randint(5, 110)}"
        yield f"heat: {chance.randint(20, 130)}"
        if kind == "article":
            yield f"published: {'true' if chance.random() < 0.66 else 'false'}"
        if kind in ("video", "course"):
            yield f"length: PT{chance.randint(2, 90)}M{chance.randint(0, 59)}S"
        yield from self._parts(host, kind, dated_at)

    def _parts(self, host: str, kind: str, dated_at: datetime) -> Iterator[str]:
        chance = self._chance
        yield ""
        yield from self._provider(host, "")
        yield ""
        yield "topics:"
        for name in dict.fromkeys(chance.choices(TOPICS, k=chance.randint(1, 4))):
            yield f"  - {name}"
        yield ""
        if chance.random() < 0.85:
            yield from self._images(host, "", chance.randint(1, 2))
            yield ""
        if kind == "article" and chance.random() < 0.7:
            yield "related:"
            for _ in range(chance.randint(1, 3)):
                yield from self._related(dated_at)
            yield ""
        blob = base64.b64encode(chance.randbytes(320)).decode()
        yield f'secured: "{blob};{base64.b64encode(chance.randbytes(16)).decode()}"'

    def _provider(self, host: str, before: str) -> Iterator[str]:
        yield f"{before}provider:"
        yield f"{before}  name: {host.split('.')[1].title()} Daily"
        yield f"{before}  domain: {host.removeprefix('www.')}"

    def _images(self, host: str, before: str, count: int) -> Iterator[str]:
        yield f"{before}images:"
        for number in range(count):
            file = self._chance.randint(10_000, 99_999)
            yield f'{before}  - url: "https://{host}/wp-content/uploads/{file}-{number}.jpeg"'
            yield f"{before}    width: {self._chance.choice((50, 640, 1200, 2560))}"
            yield f"{before}    height: {self._chance.choice((50, 480, 675, 1483))}"
            yield f"{before}    isCached: true"

    def _related(self, dated_at: datetime) -> Iterator[str]:
        chance = self._chance
        host = f"{chance.choice(self._words[100:1000])}.example"
        slug = "-".join(self._sentence(4, 8).lower().split())
        yield f"  - title: {self._quoted(self._sentence(6, 14).title())}"
        yield f"    excerpt: {self._quoted(self._sentence(15, 35))}"
        yield f"    publishedDateTime: {_utc(dated_at + timedelta(hours=chance.randint(-30, 30)))}"
        yield f'    webUrl: "https://{host}/{slug}/"'
        yield "    type: article"
        yield from self._provider(host, "    ")
        yield f"    quality: {chance.randint(5, 100)}"
        if chance.random() < 0.7:
            yield from self._images(host, "    ", 1)

    def _sentence(self, least: int, most: int) -> str:
        words = [self._word() for _ in range(self._chance.randint(least, most))]
        if self._chance.random() < 0.05:
            words.append(self._chance.choice(_EXOTIC))
        return " ".join(words)

    def _word(self) -> str:
        # Drawn by the thousand: a single draw searches all weights again.
        if not self._stock:
            self._stock = self._chance.choices(self._words, cum_weights=self._weights, k=10_000)
        return self._stock.pop()

    def _quoted(self, text: str) -> str:
        style = self._chance.random()
        if style < 0.1 and "“" not in text and "🚀" not in text:
            return f"'{text}'"
        if style < 0.25:
            head, _, tail = text.partition(" ")
            text = f'{head} \\"{tail}\\"'
        return f'"{text}"'


def make(folder: Path, count: int, *, seed: int = 1) -> None:
    """Write `count` article files below `folder`, dated a month back so that stamps hold."""
    maker = Maker(seed)
    made_at = int(NEWEST.timestamp())
    for number in range(count):
        file = maker.article(number)
        path = folder / file.path
        try:
            path.write_bytes(file.data)
        except FileNotFoundError:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(file.data)
        os.utime(path, (made_at, made_at))


def _utc(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def main() -> None:
    """Write a folder from the command line."""
    parser = argparse.ArgumentParser(description="write article files for a benchmark")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--files", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    make(given.folder, given.files, seed=given.seed)


if __name__ == "__main__":
    main()
