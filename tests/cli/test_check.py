"""`gazette check` as people, hooks and build servers use it."""

from __future__ import annotations

import io
import json
import os
import pty
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from PIL import Image
from typer.testing import CliRunner

from bot.cli.main import app, main
from bot.cli.progress import Progress
from bot.settings import NOT_YET, Settings

ROOT = Path(__file__).parents[2]
SECRET = "k664mDdW9phmpVn7iE"
FINE = """\
title: Tea
webUrl: https://example.com/tea
"""


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in {*Settings.model_fields, *NOT_YET}:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)


class Folder:
    """Files below the current folder, and what the command says about them."""

    def write(self, path: str, text: str) -> None:
        file = Path(path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def article(self, path: str, *lines: str, link: str | None = None) -> None:
        address = link or f"https://example.com/{path}"
        fields = "\n".join(["title: Tea", f"webUrl: {address}", *lines])
        self.write(path, f"---\n{fields}\n---\n")

    def picture(self, path: str, width: int, height: int) -> None:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (width, height), "teal").save(path)

    def check(self, *words: str) -> tuple[int, list[dict[str, Any]]]:
        """Give the exit code and the problems, as machines see them."""
        result = CliRunner().invoke(app, ["check", *words, "--json"], catch_exceptions=False)
        value = json.loads(result.stdout)
        assert list(value) == ["files", "problems"]
        for problem in value["problems"]:
            assert list(problem) == ["path", "line", "column", "key", "problem", "mend"]
        assert (result.exit_code == 1) is bool(value["problems"])
        return value["files"], value["problems"]

    def said(self, *words: str) -> str:
        result = CliRunner().invoke(app, ["check", *words], catch_exceptions=False)
        return result.stdout


@pytest.fixture
def folder() -> Folder:
    return Folder()


def paths(problems: list[dict[str, Any]]) -> list[str]:
    return [problem["path"] for problem in problems]


def keys(problems: list[dict[str, Any]]) -> list[str | None]:
    return [problem["key"] for problem in problems]


# --- templates -------------------------------------------------------------------------------


def test_templates_are_tried_on_the_library_and_on_hostile_articles(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.article("articles/1.md", "topics: [Tea]", "excerpt: hot")
    folder.write("looks/line.html", "{{ number }} {{ title }}")
    folder.write("looks/story.html", "<b>{{ title }}</b>\n{{ also.0.name }}")
    folder.write("looks/card.html", "{{ title }}\n{{ excerpt|uper }}")
    folder.write("looks/album/line.html", "{{ title }}{% if not topics %}\n<b>{% endif %}")
    folder.write("looks/titel.html", "{{ title }}")
    monkeypatch.setenv("TEMPLATES_DIR", "looks")
    count, problems = folder.check()
    assert count == 1
    told = [(one["path"], one["line"], one["problem"]) for one in problems]
    assert told == [
        ("looks/album/line.html", 2, "<b> is not closed"),
        ("looks/card.html", 2, "there is no filter 'uper'"),
        ("looks/story.html", 2, "tuple object has no element 0"),
        ("looks/titel.html", None, "there is no block 'titel'"),
    ]
    assert folder.check("articles") == (1, []), "with paths, files alone are looked at"
    monkeypatch.setenv("TEMPLATES_DIR", "nowhere")
    result = CliRunner().invoke(app, ["check"])
    assert "TEMPLATES_DIR: there is no folder nowhere" in str(result.exception) + result.output


# --- what is found ---------------------------------------------------------------------------


def test_every_kind_of_problem_has_its_place_and_mend(folder: Folder) -> None:
    folder.write("lib/topics.yaml", "- name: Drinks\n")
    folder.article("lib/1.md", "topics:", "  - Drink")
    folder.article("lib/2.md", link="https://example.com/lib/1.md")
    folder.article("lib/3.md", link="nowhere")
    folder.article("lib/4.md", "publishedDateTime: 2199-01-01T00:00:00Z")
    folder.article("lib/5.md", "images:", "  - url: https://example.com/a.jpg")
    folder.article("lib/6.md", "images:", "  - {url: /a.jpg, width: 300, height: 300}")
    folder.article("lib/7.md", "related:", "  - title: Other")
    folder.write("lib/8.md", "---\ntitle: Tea: green\n---\n")
    folder.write("lib/9.md", "---\ntype: profile\nwebUrl: https://example.com/9\n---\n")
    count, problems = folder.check("lib")
    assert count == 9
    assert [(p["path"], p["line"], p["column"], p["key"]) for p in problems] == [
        ("1.md", 5, 5, "topics[0]"),
        ("2.md", 3, 9, "webUrl"),
        ("3.md", 3, 9, "webUrl"),
        ("4.md", 4, 20, "publishedDateTime"),
        ("5.md", 5, 5, "images[0].width"),
        ("6.md", 5, 11, "images[0].url"),
        ("7.md", 5, 5, "related[0].webUrl"),
        ("8.md", 2, 11, "title"),
        ("9.md", None, None, problems[-1]["key"]),
    ]
    assert "`Drinks`" in problems[0]["mend"]
    assert "1.md:3" in problems[1]["problem"]
    assert "name" in problems[8]["mend"]
    assert all(problem["problem"] and problem["mend"] for problem in problems)


def test_files_of_every_bad_kind_are_problems_and_stop_nothing(folder: Folder) -> None:
    folder.article("lib/fine.md")
    bombs = {
        "alias.md": b"---\na: &a [x,x,x,x,x,x,x,x,x]\n"
        + b"".join(
            b"%c: &%c [%s]\n" % (n, n, b",".join([b"*%c" % (n - 1)] * 9)) for n in range(98, 106)
        )
        + b"---\n",
        "binary.md": bytes(range(256)),
        "deep.md": b"---\na: " + b"[" * 60_000 + b"\n---\n",
        "empty.md": b"",
        "half.md": b"---\ntitle: Te",
        "large.md": b"---\ntitle: Tea\n---\n" + b"x" * 50_000_000,
        "list.md": b"---\n- title\n---\n",
        "utf16.md": "---\ntitle: Tea\n---\n".encode("utf-16"),
    }
    for name, data in bombs.items():
        (Path("lib") / name).write_bytes(data)
    Path("outside.md").write_text("x")
    Path("lib/link.md").symlink_to("../outside.md")
    count, problems = folder.check("lib")
    assert count == 1 + len(bombs)
    assert paths(problems) == sorted([*bombs, "link.md"])


def test_problems_in_the_description_of_topics_are_told(folder: Folder) -> None:
    folder.article("lib/a.md")
    folder.write("lib/topics.yaml", "- name: A\n  parent: B\n- name: B\n  parent: A\n- parent: A\n")
    _, problems = folder.check("lib")
    assert paths(problems) == ["topics.yaml"] * len(problems)
    assert {"circle", "no name"} <= {
        words for words in ("circle", "no name") for p in problems if words in p["problem"]
    }


def test_pictures_below_the_folder_are_opened(folder: Folder) -> None:
    folder.picture("lib/assets/fine.png", 640, 480)
    folder.picture("lib/assets/small.jpg", 64, 48)
    folder.write("lib/assets/drawing.svg", "<svg/>")
    folder.write("lib/assets/text.jpg", "no picture at all")
    folder.article(
        "lib/a.md",
        "images:",
        "  - {url: /assets/fine.png, width: 640, height: 480}",
        "  - {url: '//assets//fine.png?v=2', width: 640, height: 480}",
        "  - {url: assets/small.jpg, width: 640, height: 480}",
        "  - {url: /assets/drawing.svg, width: 10, height: 10}",
        "  - {url: /assets/text.jpg, width: 10, height: 10}",
        "  - {url: /assets/missing.svg, width: 10, height: 10}",
        "  - {url: /../lib/assets/fine.png, width: 640, height: 480}",
        "  - {url: //cdn.example.com/assets/x.png, width: 640, height: 480}",
        "  - {url: /assets/fine.png}",
    )
    _, problems = folder.check("lib")
    assert keys(problems) == [f"images[{n}].url" for n in (4, 5, 6)] + ["images[8].width"]
    assert "`width: 640` and `height: 480`" in problems[3]["mend"]


def test_a_photo_lying_on_its_side_has_the_size_that_is_seen(folder: Folder) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    Path("lib").mkdir()
    Image.new("RGB", (640, 480)).save("lib/turned.jpg", exif=exif)
    folder.article("lib/a.md", "images:", "  - {url: /turned.jpg, width: 480, height: 640}")
    assert "no problems\n" in folder.said("lib")


def test_a_wrong_size_is_a_warning_for_people_and_fails_nothing(folder: Folder) -> None:
    folder.picture("lib/a.png", 640, 480)
    folder.article("lib/a.md", "images:", "  - {url: /a.png, width: 1280, height: 960}")
    result = CliRunner().invoke(app, ["check", "lib"])
    assert result.exit_code == 0
    assert "warning: images[0].width: the picture is 640 × 480" in result.stdout
    assert result.stdout.endswith("1 file checked: no problems, 1 warning\n")
    result = CliRunner().invoke(app, ["check", "lib", "--json"])
    assert json.loads(result.stdout)["problems"] == []
    assert "warning: a.md:5: images[0].width" in result.stderr


def test_a_missing_picture_may_lie_on_the_site(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.article("lib/a.md", "images:", "  - {url: /a.png, width: 640, height: 480}")
    assert keys(folder.check("lib")[1]) == ["images[0].url"]
    monkeypatch.setenv("SITE_URL", "https://example.com")
    assert folder.check("lib") == (1, [])


# --- how files are called --------------------------------------------------------------------


def test_paths_are_relative_to_the_folder_or_as_given(folder: Folder) -> None:
    folder.article("one/_news/a.md", link="x")
    folder.article("two/b.md", link="x")
    folder.write("two/topics.yaml", "- {}\n")
    assert paths(folder.check("one")[1]) == ["_news/a.md"]
    assert paths(folder.check("./one/")[1]) == ["_news/a.md"]
    assert paths(folder.check("one", "two")[1]) == [
        "one/_news/a.md",
        "two/b.md",
        "two/topics.yaml",
    ]
    assert paths(folder.check("one/_news/a.md", "./two/../two/b.md")[1]) == [
        "one/_news/a.md",
        "two/../two/b.md",
    ]
    whole = str(Path("two/b.md").absolute())
    assert paths(folder.check("one", whole)[1]) == [whole, "_news/a.md"]


def test_folders_of_one_name_are_told_apart(folder: Folder) -> None:
    for site in ("x", "y"):
        folder.article(f"{site}/lib/a.md", link="x")
    folder.write("y/lib/topics.yaml", "- {}\n")
    assert paths(folder.check("x/lib", "y/lib")[1]) == [
        "lib-2/a.md",
        "lib-2/topics.yaml",
        "lib/a.md",
    ]


def test_a_file_that_is_named_twice_is_read_once(folder: Folder) -> None:
    folder.article("lib/_news/a.md")
    folder.article("lib/.drafts/b.md")
    assert folder.check("lib", "lib/_news", "lib/_news/a.md", "lib/_news/../_news/a.md") == (1, [])
    assert folder.check("lib/_news/a.md", "./lib/_news/a.md") == (1, [])
    assert folder.check("lib", "lib/.drafts/b.md") == (2, [])


def test_a_file_inside_a_library_is_judged_by_its_topics_and_pictures(folder: Folder) -> None:
    folder.write("lib/topics.yaml", "- name: Coffee\n- {}\n")
    folder.picture("lib/assets/a.png", 640, 480)
    image = "  - {url: /assets/%s.png, width: 640, height: 480}"
    lines = ("topics: [Tea]", "images:", image % "a", image % "b")
    folder.article("lib/_news/2024/a.md", *lines)
    for given in ("lib/_news/2024/a.md", "lib/_news/2024", "lib/_news"):
        assert keys(folder.check(given)[1]) == ["topics[0]", "images[1].url"]


def test_libraries_of_single_files_are_kept_apart(folder: Folder) -> None:
    folder.write("tea/topics.yaml", "- name: Tea\n")
    folder.write("coffee/_topics/coffee.yaml", "name: Coffee\n")
    for name in ("tea", "coffee", "none"):
        folder.article(f"{name}/a.md", "topics: [Tea]")
    _, problems = folder.check("tea/a.md", "coffee/a.md", "none/a.md")
    assert paths(problems) == ["coffee/a.md"]


def test_the_way_up_ends_at_the_repository_and_at_the_folder_of_the_settings(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.write("topics.yaml", "- name: Coffee\n")
    folder.article("site/articles/a.md", "topics: [Tea]")
    assert keys(folder.check("site/articles")[1]) == ["topics[0]"]
    monkeypatch.setenv("ARTICLES_DIR", "site/articles")
    assert folder.check("site/articles") == folder.check() == (1, [])
    monkeypatch.delenv("ARTICLES_DIR")
    Path("site/.git").mkdir()
    assert folder.check("site/articles/a.md") == (1, [])


def test_topics_of_the_settings_go_before_those_of_the_folder(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.write("lib/topics.yaml", "- name: Coffee\n")
    folder.write("mine.yaml", "- name: Tea\n- {}\n")
    folder.article("lib/a.md", "topics: [Tea]")
    monkeypatch.setenv("TOPICS_FILE", "mine.yaml")
    assert paths(folder.check("lib")[1]) == ["mine.yaml"]


def test_a_description_of_topics_may_be_named_by_itself(folder: Folder) -> None:
    folder.write("lib/topics.yaml", "- {}\n")
    folder.write("other/_topics/tea.yaml", "name: Tea\nparent: Drinks\n")
    folder.write("other/_topics/drinks.yaml", "name: Drinks\nparent: Nothing\n")
    count, problems = folder.check("lib/topics.yaml", "other/_topics/tea.yaml")
    assert (count, paths(problems)) == (2, ["lib/topics.yaml"])
    count, problems = folder.check("other/_topics")
    assert (count, paths(problems)) == (2, ["other/_topics/drinks.yaml"])


def test_a_name_that_is_no_text_is_shown_harmless(folder: Folder) -> None:
    Path("lib").mkdir()
    name = os.fsdecode(b"lib/\xff\x1b[2J.md")
    Path(name).write_bytes(b"x")
    _, [problem] = folder.check(name)
    assert problem["path"] == "lib/\ufffd\x1b[2J.md"
    assert "\x1b" not in folder.said(name)
    assert "lib/\ufffd\ufffd[2J.md" in folder.said(name)


# --- secrets ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        f'secured: "{SECRET}',
        f"secured: a: {SECRET}",
        f"Secured: [{SECRET}",
        f"secured: &x {SECRET}\ntopics: [*x]\nheat: *x",
        f"secured: {SECRET}\nsecured: {SECRET}",
        f"secured: {{secured: {SECRET}, published: {SECRET}}}",
    ],
)
def test_the_secured_field_is_in_no_output(folder: Folder, line: str) -> None:
    folder.write("lib/topics.yaml", "- name: Tea\n")
    folder.article("lib/a.md", line, "topics: [nothing]", link="nowhere")
    said = folder.said("lib") + json.dumps(folder.check("lib"))
    assert "1 file" in said
    assert SECRET not in said
    assert "secured" not in said.casefold()


# --- what people see -------------------------------------------------------------------------


def test_problems_are_grouped_by_file_with_a_summary(folder: Folder) -> None:
    folder.article("lib/a.md", "heat: warm", link="nowhere")
    folder.article("lib/b.md")
    folder.write("lib/c.md", "---\ntitle: a: b\n---\n")
    result = CliRunner().invoke(app, ["check", "lib"])
    lines = result.stdout.splitlines()
    assert lines[0] == "a.md"
    assert lines[1].startswith("  3:9  webUrl: ")
    assert lines[2].startswith("      mend: ")
    assert lines[3].startswith("  4:7  heat: ")
    assert lines[5:7] == ["", "c.md"]
    assert lines[-1] == "3 files checked: 3 problems in 2 files, 1 file cannot be used"
    assert "\x1b" not in result.stdout
    assert result.exit_code == 1
    assert folder.said("lib/b.md") == "1 file checked: no problems\n"


def on_a_terminal(*words: str, **environ: str) -> bytes:
    """Give what the command writes when a person sits before it."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "bot", *words],
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "TERM": "xterm", **environ},
        stdout=theirs,
        stderr=theirs,
    ) as process:
        os.close(theirs)
        written = b""
        try:
            while part := os.read(ours, 4096):
                written += part
        except OSError:  # Linux says so when the other end is closed
            pass
        os.close(ours)
        assert process.wait(timeout=20) == 1
    return written


@pytest.mark.long
def test_colours_are_for_terminals_alone(folder: Folder) -> None:
    folder.article("lib/a.md", link="nowhere")
    assert b"\x1b[" in on_a_terminal("check", "lib")
    assert b"\x1b" not in on_a_terminal("check", "lib", NO_COLOR="1")
    assert b"\x1b" not in on_a_terminal("check", "lib", "--json")


class Terminal(io.StringIO):
    """A stream that claims to be one."""

    def isatty(self) -> bool:
        return True


def ticking(step: float) -> Callable[[], float]:
    def moments() -> Iterator[float]:
        now = 0.0
        while True:
            yield now
            now += step

    return moments().__next__


def test_progress_is_shown_after_a_second_and_erased(capsys: pytest.CaptureFixture[str]) -> None:
    slow = Terminal()
    progress = Progress(2000, stream=slow, seconds_now=ticking(0.3))
    assert list(progress.count(range(2000))) == list(range(2000))
    shown = slow.getvalue()
    assert "1,200 of 2,000 files  60 %" in shown
    progress.close()
    assert slow.getvalue() == shown + "\r\x1b[K"
    for stream, step in ((Terminal(), 0.0001), (io.StringIO(), 0.3)):
        quick = Progress(2000, stream=stream, seconds_now=ticking(step))
        assert len(list(quick.count(range(2000)))) == 2000
        quick.close()
        assert stream.getvalue() == ""


# --- the set-up, and wrong use ---------------------------------------------------------------


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    with pytest.raises(SystemExit) as stopped:
        main(["check", *words])
    assert stopped.value.code == 2
    output = capsys.readouterr()
    assert output.out == ""
    return output.err


def test_wrong_use_ends_with_two_and_a_sentence_for_each(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    os.mkfifo("pipe")
    said = refused(capsys, "nowhere", "pipe", "nothing.md", "--json")
    assert len(said.splitlines()) == 3
    monkeypatch.setenv("TOPICS_FILE", "no.yaml")
    Path("lib").mkdir()
    assert "TOPICS_FILE" in refused(capsys, "lib")


def test_all_that_is_wrong_with_the_set_up_comes_at_once(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("here").mkdir()
    Path("broken.db").write_bytes(b"no database " * 1000)
    monkeypatch.setenv("ARTICLES_DIR", "here:gone:away")
    monkeypatch.setenv("TOPICS_FILE", "no.yaml")
    monkeypatch.setenv("DATABASE_URL", "sqlite:///broken.db")
    said = refused(capsys)
    assert [line.split(":")[1].strip() for line in said.splitlines()] == [
        "ARTICLES_DIR",
        "ARTICLES_DIR",
        "TOPICS_FILE",
        "DATABASE_URL",
    ]


def test_without_paths_the_set_up_is_told_and_its_folders_are_read(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.article("articles/a.md", link="nowhere")
    said = folder.said()
    assert "settings: fine" in said
    assert "folders: articles" in said
    assert "database: none yet" in said
    assert "1 problem in 1 file" in said
    assert not Path("gazette.db").exists()
    assert paths(folder.check()[1]) == ["a.md"]
    folder.article("more/b.md", link="nowhere")
    monkeypatch.setenv("ARTICLES_DIR", "articles:more")
    assert paths(folder.check()[1]) == ["articles/a.md", "more/b.md"]


def test_wrong_settings_do_not_keep_files_from_being_checked(
    folder: Folder, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder.article("lib/a.md")
    monkeypatch.setenv("BOT_TOKEN", "hunter2")
    result = CliRunner().invoke(app, ["check", "lib", "--json"])
    assert (result.exit_code, json.loads(result.stdout)["files"]) == (0, 1)
    assert "the settings are wrong" in result.stderr
    said = refused(capsys)
    assert "BOT_TOKEN" in said
    assert "hunter2" not in said + result.stderr


def test_the_seeds_have_no_problem_and_one_warning_on_purpose(folder: Folder) -> None:
    said = folder.said(str(ROOT / "seeds"))
    assert said.splitlines()[-1].endswith("files checked: no problems, 1 warning")


def test_the_same_files_give_the_same_bytes(folder: Folder) -> None:
    for number in range(5):
        folder.article(f"lib/{number}.md", "topics: [x, y]", "images: [{url: /a.png}]", link="x")
    folder.write("lib/topics.yaml", "- name: Tea\n")
    first, second = (
        subprocess.run(
            [sys.executable, "-m", "bot", "check", "lib", "--json"],
            env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": seed},
            capture_output=True,
            check=False,
            timeout=20,
        )
        for seed in ("1", "2")
    )
    assert (first.returncode, first.stderr) == (1, b"")
    assert first.stdout == second.stdout
    places = [(p["path"], p["line"], p["column"]) for p in json.loads(first.stdout)["problems"]]
    assert places == sorted(places)
    assert len(places) == 25


def test_the_hooks_of_the_documentation_are_yaml_and_run(folder: Folder) -> None:
    text = (ROOT / "docs" / "checking.md").read_text(encoding="utf-8")
    blocks = [yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)]
    assert len(blocks) == 5
    config, _, published, actions, gitlab = blocks
    [hook] = config["repos"][0]["hooks"]
    entries = [hook["entry"], published[0]["entry"], *gitlab["articles"]["script"]]
    folder.article("articles/a.md")
    for entry in entries:
        command, *words = shlex.split(entry)
        assert command == "gazette"
        assert CliRunner().invoke(app, [*words, "articles"]).exit_code == 0
    assert "gazette check articles --json" in actions["jobs"]["check"]["steps"][-1]["run"]
