"""Folders that need no comparison file by file: the same is found as without them."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.content import walker
from bot.content.library import Library, Scan, Settled
from bot.content.walker import Known
from tests.support.examples import examples

LONG_AGO = 1_700_000_000 * 10**9
TEXT = "---\ntitle: Tea\nwebUrl: https://a.example/tea\n---\n"
PLACES = ["a.md", "b.md", "a/a.md", "a/b.md", "a/c.md", "a/.x.md", "a/x.png", "a-b/a.md", "a0/a.md"]
PLACES += ["a/b/a.md", "a/b/b.md", "é/a.md", "é/b.md"]
DEEDS = ("write", "touch", "remove", "link", "bad", "drop folder", "move folder", "nothing")


class Shelf:
    """A folder, what is known of it, and what was settled."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.known: dict[str, Known] = {}
        self.digests: Mapping[str, str] = {}
        self.asked: list[str] = []
        self._at = LONG_AGO

    def do(self, deed: str, place: str) -> None:
        path = self.folder / place
        self._at += 1
        if deed in ("write", "bad", "link") and not path.parent.is_file():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.unlink(missing_ok=True)
            if deed == "link":
                path.symlink_to("b.md")
                return
            path.write_text(TEXT if deed == "write" else "no fences")
            os.utime(path, ns=(self._at, self._at))
        elif deed == "touch" and path.is_file():
            os.utime(path, ns=(self._at, self._at))
        elif deed == "remove":
            path.unlink(missing_ok=True)
        elif deed == "drop folder" and path.parent != self.folder:
            shutil.rmtree(path.parent, ignore_errors=True)
        elif deed == "move folder" and path.parent != self.folder and path.parent.is_dir():
            shutil.rmtree(self.folder / "moved", ignore_errors=True)
            path.parent.rename(self.folder / "moved")

    def look(self, *, is_settling: bool) -> list[Scan]:
        rows = iter(sorted(self.known.values()))
        settled = Settled(digests=self.digests, after=self._after) if is_settling else None
        return list(Library([self.folder], filesystem_now=lambda: 0).batches(rows, settled))

    def take(self, scans: list[Scan]) -> None:
        for scan in scans:
            for path in scan.gone:
                self.known.pop(path)
            for file in scan.read:
                stamp = file.stamp
                self.known[file.path] = (file.path, *stamp[:2], str(stamp.inode))
        self.digests = scans[-1].digests

    def _after(self, path: str) -> Iterator[Known]:
        self.asked.append(path)
        return iter(sorted(row for row in self.known.values() if row[0] > path))


def told(scans: list[Scan]) -> object:
    return (
        [(file.path, file.stamp) for scan in scans for file in scan.read],
        sorted(path for scan in scans for path in scan.gone),
        scans[-1].unchanged,
        scans[-1].problems,
        scans[-1].hidden_count,
    )


@pytest.fixture
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walker, "LARGE", 1)
    monkeypatch.setattr(walker, "RUN", 2)


@pytest.mark.usefixtures("_small")
@settings(max_examples=examples(300), deadline=None)
@given(
    st.lists(
        st.lists(st.tuples(st.sampled_from(DEEDS), st.sampled_from(PLACES)), max_size=6),
        min_size=2,
        max_size=5,
    )
)
def test_settled_folders_change_nothing_that_is_found(
    rounds: list[list[tuple[str, str]]],
) -> None:
    with tempfile.TemporaryDirectory() as place:
        shelf = Shelf(Path(place))
        for number in range(1, 8):
            shelf.do("write", PLACES[number])
        for deeds in rounds:
            for deed, name in deeds:
                shelf.do(deed, name)
            plainly = shelf.look(is_settling=False)
            quickly = shelf.look(is_settling=True)
            assert told(quickly) == told(plainly)
            shelf.take(quickly)


@pytest.mark.usefixtures("_small")
def test_a_settled_folder_is_passed_over_until_something_in_it_changes(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    for place in ("a/a.md", "a/b.md", "b/a.md"):
        shelf.do("write", place)
    shelf.take(shelf.look(is_settling=True))
    assert shelf.digests.keys() == {"a/", "b/"}
    shelf.look(is_settling=True)
    assert shelf.asked == ["a0", "b0"]
    shelf.do("touch", "a/b.md")
    (scan,) = shelf.look(is_settling=True)
    assert [file.path for file in scan.read] == ["a/b.md"]
    assert shelf.asked == ["a0", "b0", "b0"]


def test_small_folders_are_compared_file_by_file(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    shelf.do("write", "a/a.md")
    shelf.take(shelf.look(is_settling=True))
    assert shelf.digests == {}
