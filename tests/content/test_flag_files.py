"""The flag in real files: at once, with mode and owner, and never over somebody else's change."""

from __future__ import annotations

import os
import stat
import threading
import time
from pathlib import Path

import pytest

from bot.content.flag import Marked, Reason, mark_published, replace_unchanged
from bot.content.header import read
from bot.content.library import Library
from bot.domain.article import StoryKey

OLD = b"---\ntitle: Tea\r\nwebUrl: https://example.org/tea\nheat: 5\npublished: no # yet\n---\n"
NEW = OLD.replace(b"no #", b"true #")
KEY = StoryKey("https://example.org/tea")
HOUR = 3600 * 10**9


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "articles" / "tea.md"
    path.parent.mkdir()
    path.write_bytes(OLD)
    return path


def mark(file: Path, key: StoryKey = KEY, later: int = HOUR) -> Marked | Reason:
    """Mark a file as if it had been written a while ago."""
    return mark_published(
        file,
        root=file.parent,
        path=file.name,
        story_key=key,
        filesystem_now=lambda: time.time_ns() + later,
    )


def names(folder: Path) -> set[str]:
    return {entry.name for entry in folder.iterdir()}


def test_the_file_is_marked_and_nothing_is_left_beside_it(file: Path) -> None:
    file.chmod(0o640)
    assert mark(file) is Marked.WRITTEN
    assert file.read_bytes() == NEW
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert names(file.parent) == {"tea.md"}
    assert mark(file) is Marked.ALREADY


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")
def test_the_owner_is_kept(file: Path) -> None:
    os.chown(file, 1234, 2345)
    file.chmod(0o604)
    assert mark(file) is Marked.WRITTEN
    found = file.stat()
    assert (found.st_uid, found.st_gid, stat.S_IMODE(found.st_mode)) == (1234, 2345, 0o604)


def test_what_a_kill_left_beside_it_is_removed(file: Path) -> None:
    seen: set[str] = set()
    stop = threading.Event()

    def look() -> None:
        while not stop.is_set():
            seen.update(names(file.parent))

    watcher = threading.Thread(target=look)
    watcher.start()
    while seen <= {"tea.md"}:
        assert mark(file) is Marked.WRITTEN
        file.write_bytes(OLD)
    stop.set()
    watcher.join()
    beside = seen - {"tea.md"}
    assert all(name.startswith(".") for name in beside)
    for name in beside:
        (file.parent / name).write_bytes(b"left over")
    assert mark(file) is Marked.WRITTEN
    assert names(file.parent) == {"tea.md"}


def test_a_file_that_was_just_written_is_left_to_its_writer(file: Path) -> None:
    assert mark(file, later=0) is Marked.BUSY
    assert file.read_bytes() == OLD


def test_a_file_that_changed_is_kept_as_it_is(file: Path) -> None:
    file.write_bytes(OLD.replace(b"heat: 5", b"heat: 6"))
    assert replace_unchanged(file, expected=OLD, new=NEW) is False
    assert b"heat: 6\npublished: no" in file.read_bytes()
    assert names(file.parent) == {"tea.md"}


def test_a_file_that_holds_another_story_by_now_is_left_alone(file: Path) -> None:
    assert mark(file, StoryKey("https://example.org/coffee")) is Marked.ELSEWHERE
    assert file.read_bytes() == OLD


def test_a_file_that_is_gone_is_no_trouble(file: Path) -> None:
    file.unlink()
    assert mark(file) is Marked.ELSEWHERE


def test_a_read_only_file_is_left_alone(file: Path) -> None:
    file.chmod(0o444)
    result = mark(file)
    assert isinstance(result, Reason)
    assert "read-only" in result.text
    assert file.read_bytes() == OLD


def test_a_link_inside_the_folder_is_written_through(file: Path) -> None:
    link = file.parent / "link.md"
    link.symlink_to("tea.md")
    assert mark(link) is Marked.WRITTEN
    assert link.is_symlink()
    assert file.read_bytes() == NEW


def test_a_link_out_of_the_folder_is_left_alone(file: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside.md"
    outside.write_bytes(OLD)
    link = file.parent / "link.md"
    link.symlink_to(outside)
    result = mark(link)
    assert isinstance(result, Reason)
    assert "outside" in result.text
    assert outside.read_bytes() == OLD


@pytest.mark.parametrize("kind", ["folder", "pipe", "huge"])
def test_what_is_no_article_file_is_left_alone(file: Path, kind: str) -> None:
    file.unlink()
    if kind == "folder":
        file.mkdir()
    elif kind == "pipe":
        os.mkfifo(file)
    else:
        file.write_bytes(OLD + b"x" * 2**20)
    assert isinstance(mark(file), Reason)


def test_who_rewrites_the_file_in_place_all_the_time_loses_nothing(file: Path) -> None:
    last = 400
    done = threading.Event()

    def publish() -> None:
        for heat in range(last + 1):
            file.write_bytes(OLD.replace(b"heat: 5", b"heat: %d" % heat))
        done.set()

    writer = threading.Thread(target=publish)
    writer.start()
    while not done.is_set():
        mark(file)
    writer.join()
    article = read("tea.md", file.read_bytes()).article
    assert article is not None
    assert article.heat == last
    assert mark(file) in (Marked.WRITTEN, Marked.ALREADY)
    assert names(file.parent) == {"tea.md"}


def test_the_library_knows_where_its_files_are(tmp_path: Path) -> None:
    tea, more, other = (tmp_path / name for name in ("tea", "more/tea", "other"))
    for folder in (tea, more, other):
        folder.mkdir(parents=True)
        (folder / "a.md").write_bytes(OLD)
    library = Library([tea, more, other])
    for found in library.walk().files:
        place = library.locate(found.path)
        assert place is not None
        assert str(place[1]) == found.location
        assert place[1].parent == place[0]
    assert library.locate("elsewhere/a.md") is None
    assert Library([tea]).locate("_news/a.md") == (tea, tea / "_news/a.md")
