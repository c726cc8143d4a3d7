"""`gazette preview`, `search` and `check` as a user types them."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot.cli.main import main
from bot.settings import Settings

ROOT = Path(__file__).parents[2]
SEED_NAME = "_news/2020-09-17-more-than-1000-parents-sign-open-letter.md"
SEED = ROOT / "tests" / "articles" / SEED_NAME
NOW = "2020-09-18T12:00:00Z"


def gazette(*words: str, folder: Path, env: dict[str, str] | None = None) -> Any:
    """Run the command in a folder of its own, without anything of ours in the environment."""
    return subprocess.run(
        [sys.executable, "-m", "bot", *words],
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), **(env or {})},
        capture_output=True,
        text=True,
        timeout=50,
    )


@dataclass(frozen=True, kw_only=True)
class Done:
    """How a command ended, and what it printed."""

    returncode: int
    stdout: str
    stderr: str


Here = Callable[..., Done]


@pytest.fixture
def here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Here:
    """Run commands in this process: the same door, without the second that Python takes."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)

    def run(*words: str) -> Done:
        with pytest.raises(SystemExit) as ended:
            main(list(words))
        said = capsys.readouterr()
        code = ended.value.code
        return Done(
            returncode=code if isinstance(code, int) else 0, stdout=said.out, stderr=said.err
        )

    return run


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    folder = tmp_path / "articles"
    target = folder / SEED_NAME
    target.parent.mkdir(parents=True)
    shutil.copyfile(SEED, target)
    return folder


def test_the_seed_article_is_chosen_with_its_account(articles: Path, tmp_path: Path) -> None:
    done = gazette("preview", "--articles", "articles", "--now", NOW, "--json", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    value = json.loads(done.stdout)
    (item,) = value["items"]
    assert item["path"] == SEED_NAME
    assert item["url"].startswith("https://www.commondreams.org/newswire/")
    assert item["reasons"]["because"] == ["unpublished"]
    assert item["reasons"]["heat"] == 49
    assert item["event"] == []
    (message,) = value["messages"]
    assert message["method"] == "sendMessage"
    assert "chat_id" not in message
    assert "parse_mode" not in message
    assert "Campus Safety Magazine" in message["text"]
    assert "secured" not in done.stdout
    assert "k664mDdW9" not in done.stdout


@pytest.mark.long
def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    words = ("preview", "--articles", str(ROOT / "seeds"), "--now", "2026-11-22T19:00:00Z")
    first = gazette(*words, "--json", folder=tmp_path)
    second = gazette(*words, "--json", folder=tmp_path)
    assert first.returncode == 0, first.stderr
    assert first.stdout == second.stdout
    assert len(json.loads(first.stdout)["items"]) == 8


def test_topics_hold_their_children_and_size_is_kept(here: Here, tmp_path: Path) -> None:
    done = here(
        *("preview", "--articles", str(ROOT / "seeds"), "--now", "2026-11-22T19:00:00Z"),
        *("--topics", "Science", "--size", "2", "--json"),
    )
    items = json.loads(done.stdout)["items"]
    assert [item["path"] for item in items] == [
        "_news/2026-11-22-two-tailed-comet-brightens-overnight.md",
        "_news/2026-11-22-young-humpback-whale-spends-the-morning.md",
    ]


def test_the_whole_ledger_of_a_choice_is_told(here: Here) -> None:
    words = ("preview", "--articles", str(ROOT / "seeds"), "--now", "2026-11-22T19:00:00Z")
    value = json.loads(here(*words, "--size", "3", "--json").stdout)
    told = [item["path"] for item in value["items"]]
    told += [path for item in value["items"] for path in item["event"]]
    left = {one["path"]: one for one in value["left"]}
    files = json.loads(here("check", str(ROOT / "seeds"), "--json").stdout)["files"]
    assert len(told) + len(left) == files, "every article has its account"
    missed = left["_news/2026-11-21-village-side-reaches-the-quarter-final.md"]
    assert missed["reason"] == "the digest is full"
    assert missed["reasons"]["rank"] == 4
    assert 0 < missed["score"] < value["items"][2]["score"]
    text = here(*words, "--size", "3").stdout
    assert "with _news/2026-11-22-ferries-slow-to-walking-pace.md (by related)" in text
    assert "(--ledger tells of all)" in text
    whole = here(*words, "--size", "3", "--ledger").stdout
    assert all(path in whole for path in (*told, *left))
    assert "--ledger" not in whole


def test_cards_are_photos_with_captions(here: Here, tmp_path: Path) -> None:
    done = here(
        *("preview", "--articles", str(ROOT / "seeds"), "--now", "2026-11-22T19:00:00Z"),
        *("--layout", "cards", "--json"),
    )
    messages = json.loads(done.stdout)["messages"]
    assert len(messages) == 8
    photos = [message for message in messages if message["method"] == "sendPhoto"]
    assert photos
    assert all(message["photo"].startswith("attach://assets/") for message in photos)


def test_nothing_to_say_is_no_failure(here: Here, articles: Path, tmp_path: Path) -> None:
    done = here("preview", "--articles", "articles", "--now", "2022-01-01", "--json")
    assert done.returncode == 0
    value = json.loads(done.stdout)
    assert value["items"] == value["messages"] == []


def test_a_bad_file_is_a_warning_and_stops_nothing(
    here: Here, articles: Path, tmp_path: Path
) -> None:
    (articles / "broken.md").write_bytes(b"---\ntitle: a: b\n---\n")
    done = here("preview", "--articles", "articles", "--now", NOW, "--json")
    assert done.returncode == 0
    assert len(json.loads(done.stdout)["items"]) == 1
    assert "broken.md:2" in done.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("preview", "--articles", "nowhere"),
        ("preview", "--articles", "articles", "--now", "yesterday"),
        ("preview", "--articles", "articles", "--layout", "origami"),
        ("preview", "--articles", "articles", "--size", "0"),
        ("check", "nowhere.md"),
        ("search", "x", "--articles", "nowhere"),
        ("post", "--to", "everybody"),
        ("run",),
        ("unknown",),
    ],
)
def test_wrong_use_ends_with_two_and_a_sentence(
    here: Here, words: tuple[str, ...], articles: Path, tmp_path: Path
) -> None:
    done = here(*words)
    assert done.returncode == 2
    assert done.stderr.strip()
    assert "Traceback" not in done.stderr


def test_wrong_settings_come_in_one_list(articles: Path, tmp_path: Path) -> None:
    env = {"BOT_TOKEN": "not-a-token-7777", "TIMEZONE": "Mars", "DIGEST_SIZE": "x"}
    done = gazette("run", folder=tmp_path, env=env | {"PYTHONPROFILEIMPORTTIME": "1"})
    assert done.returncode == 2
    assert all(name in done.stderr for name in env)
    assert "7777" not in done.stderr
    assert "sqlalchemy" not in done.stderr  # they are told before the bot is loaded


def test_the_page_of_a_preview_is_written(here: Here, articles: Path, tmp_path: Path) -> None:
    seed = SEED.read_text(encoding="utf-8")
    odd = seed.replace("https://www.commondreams.org", "https://nobody.invalid")
    odd = re.sub(r'title: "[^"]*"', r'title: "The \\u202Eturned one"', odd, count=1)
    (articles / "_news" / "2020-09-18-odd.md").write_text(odd, encoding="utf-8")
    done = here(*("preview", "--articles", "articles", "--now", NOW, "--html", "page.html"))
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "page.html").read_text()
    assert "More than 1,000 Parents Sign Open Letter" in page
    assert "<script" not in page
    assert "The turned one" in page
    # A picture that cannot be had is a grey one: whoever looks at the page asks nobody for it.
    assert not re.search(r"""(?:src=|url\()["']?https?:""", page)
    assert "data:image/png;base64," in page


def test_search_finds_the_seed_by_its_topic(here: Here, articles: Path, tmp_path: Path) -> None:
    done = here(*("search", "computer", "vision", "--articles", "articles", "--now", NOW, "--json"))
    value = json.loads(done.stdout)
    assert (value["query"], value["total"]) == ("computer vision", 1)
    assert value["items"][0]["path"] == SEED_NAME


def test_search_without_a_find_is_no_failure(here: Here, articles: Path, tmp_path: Path) -> None:
    done = here("search", "zebra", "--articles", "articles", "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout) == {"query": "zebra", "total": 0, "items": []}


def test_check_names_file_line_and_mend(here: Here, articles: Path, tmp_path: Path) -> None:
    (articles / "broken.md").write_bytes(b"---\ntitle: a: b\n---\n")
    done = here("check", "articles", "--json")
    assert done.returncode == 1
    value = json.loads(done.stdout)
    assert value["files"] == 2
    (problem,) = value["problems"]
    assert problem["path"] == "broken.md"
    assert problem["line"] == 2
    assert "quote" in problem["mend"]


def test_check_without_problems_ends_with_zero(here: Here, tmp_path: Path) -> None:
    done = here("check", str(ROOT / "seeds"))
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("layout", "methods"),
    [
        ("list", ["sendMessage"]),
        ("cards", ["sendPhoto"] * 6 + ["sendMessage"] * 2),
        ("album", ["sendMediaGroup"]),
        ("cover", ["sendPhoto"]),
    ],
)
def test_every_layout_can_be_previewed(here: Here, layout: str, methods: list[str]) -> None:
    seeds = str(ROOT / "seeds")
    now = "2026-11-22T10:00:00Z"
    words = ("preview", "--articles", seeds, "--now", now, "--layout", layout, "--json")
    first, second = here(*words), here(*words)
    assert first.returncode == 0, first.stderr
    value = json.loads(first.stdout)
    assert sorted(m["method"] for m in value["messages"]) == sorted(methods)
    assert len(value["items"]) == 8
    assert first.stdout == second.stdout


def test_a_picture_that_nobody_can_reach_is_left_to_telegram(here: Here, articles: Path) -> None:
    words = ("preview", "--articles", "articles", "--now", NOW, "--layout", "cards", "--json")
    (message,) = json.loads(here(*words).stdout)["messages"]
    assert message["method"] == "sendPhoto"
    assert message["photo"].startswith("https://www.commondreams.org/")


def test_the_help_names_every_command_in_a_whole_sentence(here: Here) -> None:
    done = here("--help")
    named = re.findall(r"^  (\w+) +(\S.*)$", done.stdout.partition("Commands:")[2], re.MULTILINE)
    assert {"demo", "run", "check", "preview", "post", "search", "stats"} <= {n for n, _ in named}
    assert all(said.endswith(".") and not said.endswith("...") for _, said in named), named


@pytest.mark.parametrize(
    ("words", "unneeded"),
    [
        (("--help",), ("rich", "pydantic", "sqlalchemy", "telegram", "aiohttp")),
        (
            ("preview", "--articles", str(ROOT / "seeds"), "--json"),
            ("rich", "sqlalchemy", "telegram", "aiohttp", "babel", "bot.chatview"),
        ),
    ],
)
def test_a_command_imports_what_it_needs_and_no_more(
    tmp_path: Path, words: tuple[str, ...], unneeded: tuple[str, ...]
) -> None:
    done = gazette(*words, folder=tmp_path, env={"PYTHONPROFILEIMPORTTIME": "1"})
    assert done.returncode == 0
    imported = set(re.findall(r"^import time:.*\| +(\S+)$", done.stderr, re.MULTILINE))
    assert "typer" in imported
    assert not imported & set(unneeded)


def story(title: str, excerpt: str, *, hour: str, provider: str) -> str:
    """Write the file of an article."""
    return (
        f'---\ntitle: "{title}"\nexcerpt: "{excerpt}"\npublishedDateTime: 2026-03-10T{hour}:00Z\n'
        f'webUrl: "https://{hour.replace(":", "-")}.example/one"\ntype: article\nquality: 60\n'
        f"heat: 60\nprovider: {{name: {provider}}}\ntopics: [news]\n---\n"
    )


def test_a_german_and_an_english_story_of_one_event_share_a_line(
    here: Here, tmp_path: Path
) -> None:
    files = {
        "meridian.md": story(
            "Train drivers walk out across Germany",
            "The union's stoppage over pay stranded commuters in Munich on Tuesday.",
            hour="08:00",
            provider="Meridian Press",
        ),
        "kurier.md": story(
            "Streik der Gewerkschaft: Lokführer legen die Bahn lahm",
            "In München standen am Dienstag die Züge still. Es geht um mehr Lohn.",
            hour="08:40",
            provider="Kurier am Abend",
        ),
        "ledger.md": story(
            "Airline pilots accept pay deal in Spain",
            "Members of the union voted in Madrid on Tuesday to end the dispute.",
            hour="09:10",
            provider="City Ledger",
        ),
    }
    (tmp_path / "folder").mkdir()
    for name, text in files.items():
        (tmp_path / "folder" / name).write_text(text, encoding="utf-8")
    done = here("preview", "--articles", "folder", "--now", "2026-03-10T12:00:00Z", "--json")
    assert done.returncode == 0, done.stderr
    items = {item["path"]: item for item in json.loads(done.stdout)["items"]}
    assert items.keys() == {"kurier.md", "ledger.md"}, "the strike has one line, the deal another"
    assert items["kurier.md"]["event"] == ["meridian.md"]
    assert items["ledger.md"]["event"] == []
    words = items["kurier.md"]["reasons"]
    assert {"strike", "munich"} <= set(json.dumps(words).replace('"', " ").split()), words
