"""Files damaged in every way that machines and people damage them: none stops anything.

Each goes the whole way: library, `gazette check`, index, answer, write-back.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from typer.testing import CliRunner

from bot.cli.main import app
from bot.content.flag import with_published
from bot.content.header import read
from bot.content.library import Library, ReadFile
from bot.domain.article import Article
from bot.domain.callback import Action, Callback
from bot.domain.topic import TopicTree
from bot.rendering import inline
from bot.rendering.answers import Shown, results_page
from bot.rendering.stories import story_view
from bot.rendering.style import Style
from bot.search import Index, Query
from tests.rendering.telegram import judge

HERE = Path(__file__).parents[1]
SAMPLES = [
    file.read_bytes()
    for folder in (HERE.parent / "seeds", HERE / "articles", HERE / "articles-broken")
    for file in sorted(folder.rglob("*.m*"))
]
NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
WEEK = timedelta(days=7)
NASTY = (
    *(
        b"\0",
        b"\xff\xfe",
        b"\xef\xbb\xbf",
        b"\xed\xa0\x80",
        b"\r",
        b"\r\n",
        b"\t",
        b"\x0b",
        b"---\n",
    ),
    *(
        b"&a [*a, *a]",
        b"*a",
        b"<<: *a",
        b"!!python/object:os.system x",
        b"!!binary ?",
        b"? ",
        b"- ",
    ),
    *(b"{", b"}", b"[", b"]", b'"', b"'", b"|\n", b">-\n", b": ", b"#", b"%YAML 9.9\n", b"@", b"`"),
    *(b"9" * 400, b"1e999", b".inf", b".nan", b"0o777", b"0000-00-00", b"9999-12-31T23:59:60Z"),
    *(b"2026-02-30", b"-1", b"null", b"~", b"yes", b"published: false\n", b"removed: true\n"),
    *(b"heat: !!float x\n", b"topics: topics\n", b"images: [[[]]]\n", b"related: {a: {b: []}}\n"),
    *("\u202e".encode(), "\u2028".encode(), "😀".encode() * 40, b"<b>&amp;{{ 7*7 }}"),
    *(b"webUrl: javascript:alert(1)\n", b"webUrl: //x\n", b"a: " * 300, b"[" * 300, b"x" * 5000),
)


def mutated(random: Random) -> bytes:
    """Damage one of the samples in one to four places."""
    data = bytearray(random.choice(SAMPLES))
    for _ in range(random.randint(1, 4)):
        start = random.randint(0, min(len(data), random.choice((200, 100_000))))
        end = min(len(data), start + int(random.paretovariate(0.7)))
        match random.randrange(7):
            case 0:
                data[start:end] = random.choice(NASTY)
            case 1:
                data[start:start] = random.choice(NASTY)
            case 2:
                del data[start:end]
            case 3:
                data[start:start] = data[start:end] * random.randint(1, 9)
            case 4:
                data[start : start + 3] = random.randbytes(3)
            case 5:  # a line of another file, somewhere
                lines = random.choice(SAMPLES).splitlines(keepends=True) or [b""]
                data[start:start] = random.choice(lines)
            case _:  # half-written
                del data[start:]
    return bytes(data)


def written(folder: Path, count: int) -> dict[str, bytes]:
    """Write so many damaged files, the same ones every time."""
    files: dict[str, bytes] = {}
    for number in range(count):
        path = f"{number % 20:02}/{number:05}.md"
        files[path] = mutated(Random(number))
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(files[path])
    return files


def shown(articles: list[Article], *, words: str, is_shared: bool) -> None:
    """Fail unless Telegram takes answers and cards of these articles."""
    style = Style(now=NOW, is_shared=is_shared, bot_username="gazette_bot")
    page = results_page(
        [Shown(article=one, mark=lambda text: ((0, len(text) // 2),)) for one in articles],
        heading=words,
        total=len(articles),
        page=1,
        page_size=5,
        pager=lambda number: Callback(Action.QUERY, (str(number), "tea")),
        style=style,
    )
    judge(page)
    judge(story_view(articles[0], style=style, also=articles[1:]))
    json.dumps(inline.results(articles, style=style)).encode()


@pytest.mark.parametrize(
    "count",
    [200, pytest.param(20_000, marks=[pytest.mark.long, pytest.mark.timeout(1200)])],
)
def test_damaged_files_are_told_of_or_used_and_stop_nothing(tmp_path: Path, count: int) -> None:
    files = written(tmp_path, count)
    found: dict[str, ReadFile] = {}
    for scan in Library([tmp_path]).batches(iter(())):
        found |= {file.path: file for file in scan.read}
    assert found.keys() == files.keys()
    silent = [path for path, file in found.items() if file.article is None and not file.problems]
    assert silent == []

    result = CliRunner().invoke(app, ["check", str(tmp_path), "--json"], catch_exceptions=False)
    told = json.loads(result.stdout)
    assert (result.exit_code, told["files"]) == (1, count)
    unusable = {path for path, file in found.items() if file.article is None}
    assert unusable <= {problem["path"] for problem in told["problems"]}
    assert all(problem["problem"] and problem["mend"] for problem in told["problems"])

    usable = [file.article for file in found.values() if file.article is not None]
    assert len(usable) > count // 10
    index = Index()
    index.replace(usable)
    tree = TopicTree(mentioned=[name for article in usable for name in article.topics])
    hits = index.latest(count).hits
    assert {hit.path for hit in hits} <= found.keys()
    for article in usable[:: max(len(usable) // 200, 1)]:
        words = article.title[:200]
        answer = index.search(
            Query.parse(words), topics=tree, now=NOW, half_life=WEEK, limit=5, zone=UTC
        )
        articles = [one for hit in answer.hits if (one := found[hit.path].article) is not None]
        for is_shared in (False, True):
            shown([article, *articles[:4]], words=words, is_shared=is_shared)

    for path, data in files.items():
        marked = with_published(data)
        if isinstance(marked, bytes):
            again = read(path, marked).article
            assert again is not None
            assert again.marked_published
            assert abs(len(marked) - len(data)) < 40
