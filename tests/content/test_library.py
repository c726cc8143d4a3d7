"""Folders of files: what is new, changed, gone, passed over."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from bot.content.fences import MAX_FILE_SIZE
from bot.content.library import BATCH, Found, Library, ReadFile, Scan, Stamp, read_all, read_file
from bot.content.walker import Walker
from bot.errors import ContentError

LONG_AGO = 1_700_000_000 * 10**9


def write(path: Path, title: str = "Tea", *, at: int = LONG_AGO) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"---\ntitle: {title}\nwebUrl: https://example.com/{path.stem}\n---\n")
    os.utime(path, ns=(at, at))
    return path


def stamps(scan: Scan, known: Mapping[str, Stamp] | None = None) -> dict[str, Stamp]:
    kept = {path: stamp for path, stamp in (known or {}).items() if path not in scan.gone}
    return kept | {file.path: file.stamp for file in scan.read}


def known_of(file: ReadFile) -> tuple[str, int, int, str]:
    return file.path, file.stamp.mtime_ns, file.stamp.size, str(file.stamp.inode)


def paths(scan: Scan) -> list[str]:
    return [file.path for file in scan.read]


def test_articles_are_found_in_order_and_other_files_left_alone(tmp_path: Path) -> None:
    for name in ("b.md", "a/z.markdown", "a/a.md", "c/d/e.md"):
        write(tmp_path / name)
    for name in (".hidden.md", ".git/x.md", "page.html", "picture.png", "a.md.bak", "_topics/t.md"):
        write(tmp_path / name)
    walk = Library([tmp_path]).walk()
    assert [file.path for file in walk.files] == ["a/a.md", "a/z.markdown", "b.md", "c/d/e.md"]
    assert walk.problems == ()
    assert walk.hidden_count == 2


def test_a_first_scan_reads_everything_and_a_second_one_nothing(tmp_path: Path) -> None:
    write(tmp_path / "a.md")
    write(tmp_path / "b.md")
    library = Library([tmp_path])
    first = library.scan({})
    assert paths(first) == ["a.md", "b.md"]
    assert [file.article and file.article.title for file in first.read] == ["Tea", "Tea"]
    assert first.read[0].lines == {"title": 2, "webUrl": 3}
    second = library.scan(stamps(first))
    assert second == Scan(unchanged=2)


def test_only_what_changed_is_read_again(tmp_path: Path) -> None:
    changed = write(tmp_path / "a.md")
    write(tmp_path / "b.md")
    known = stamps(Library([tmp_path]).scan({}))
    write(changed, "Coffee", at=LONG_AGO + 1)
    scan = Library([tmp_path]).scan(known)
    assert paths(scan) == ["a.md"]
    assert scan.unchanged == 1


def test_a_file_replaced_by_another_of_the_same_size_and_time_is_read(tmp_path: Path) -> None:
    write(tmp_path / "a.md", "Tea")
    known = stamps(Library([tmp_path]).scan({}))
    write(tmp_path / "new", "Pie").rename(tmp_path / "a.md")
    # The name in the address differs in length, so the size is made the same.
    text = (tmp_path / "a.md").read_text().replace("/new", "/a")
    (tmp_path / "a.md").write_text(text)
    os.utime(tmp_path / "a.md", ns=(LONG_AGO, LONG_AGO))
    assert (tmp_path / "a.md").stat().st_size == known["a.md"].size
    [fresh] = Library([tmp_path]).scan(known).read
    assert fresh.article is not None
    assert fresh.article.title == "Pie"


def test_a_file_written_this_very_moment_is_read_again_until_the_clock_moved_on(
    tmp_path: Path,
) -> None:
    write(tmp_path / "a.md", at=LONG_AGO)
    soon = Library([tmp_path], filesystem_now=lambda: LONG_AGO + 10**9)
    known = stamps(soon.scan({}))
    assert known["a.md"].inode == 0
    later = Library([tmp_path], filesystem_now=lambda: LONG_AGO + 3 * 10**9)
    again = later.scan(known)
    assert paths(again) == ["a.md"]
    assert later.scan(stamps(again)).unchanged == 1


def test_gone_and_renamed_files_are_told(tmp_path: Path) -> None:
    old = write(tmp_path / "a.md")
    write(tmp_path / "b.md").unlink()
    known = {"a.md": Stamp(1, 1, 1), "b.md": Stamp(1, 1, 1)}
    old.rename(tmp_path / "c.md")
    scan = Library([tmp_path]).scan(known)
    assert (paths(scan), scan.gone) == (["c.md"], ("a.md", "b.md"))


def test_a_bad_file_is_told_and_stops_no_good_one(tmp_path: Path) -> None:
    write(tmp_path / "a.md", "Breaking: tea")
    write(tmp_path / "b.md")
    bad, fine = Library([tmp_path]).scan({}).read
    assert bad.article is None
    assert [(found.path, found.line) for found in bad.problems] == [("a.md", 2)]
    assert fine.article is not None


def test_a_huge_file_is_told_once_and_never_read(tmp_path: Path) -> None:
    huge = tmp_path / "a.md"
    with huge.open("wb") as file:
        file.truncate(50 * MAX_FILE_SIZE)
    os.utime(huge, ns=(LONG_AGO, LONG_AGO))
    first = Library([tmp_path]).scan({})
    assert "larger than" in first.read[0].problems[0].problem
    assert Library([tmp_path]).scan(stamps(first)).unchanged == 1


def test_links_out_of_the_folder_are_not_followed(tmp_path: Path) -> None:
    outside = write(tmp_path / "outside/secret.md")
    folder = tmp_path / "articles"
    write(folder / "a.md")
    (folder / "leak.md").symlink_to(outside)
    (folder / "up").symlink_to(tmp_path)
    (folder / "nowhere.md").symlink_to(folder / "missing.md")
    scan = Library([folder]).scan({})
    assert paths(scan) == ["a.md"]
    assert [problem.path for problem in scan.problems] == ["leak.md", "nowhere.md", "up"]
    assert not any(problem.is_fatal for problem in scan.problems)


def test_links_within_the_folder_are_followed_as_in_a_mounted_configmap(tmp_path: Path) -> None:
    write(tmp_path / "..2024/a.md")
    (tmp_path / "..data").symlink_to("..2024")
    (tmp_path / "a.md").symlink_to("..data/a.md")
    scan = Library([tmp_path]).scan({})
    assert paths(scan) == ["a.md"]
    assert scan.problems == ()


def test_the_folder_itself_may_be_a_link(tmp_path: Path) -> None:
    write(tmp_path / "real/a.md")
    (tmp_path / "current").symlink_to("real")
    assert paths(Library([tmp_path / "current"]).scan({})) == ["a.md"]


def test_a_pipe_with_the_name_of_an_article_blocks_nothing(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.md")
    assert Library([tmp_path]).scan({}) == Scan()
    assert read_file(tmp_path / "a.md").article is None


def test_a_name_that_is_not_utf_8_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"caf\xe9.md")).touch()
    scan = Library([tmp_path]).scan({})
    assert scan.read == ()
    assert [problem.path for problem in scan.problems] == ["caf\ufffd.md"]


def test_below_a_subfolder_that_cannot_be_read_nothing_counts_as_gone(tmp_path: Path) -> None:
    library = tmp_path / "library"
    library.mkdir()
    here = Path.cwd()
    names = ["d" * 250] * 20  # longer than any path that the system takes
    try:
        os.chdir(library)
        for name in names:
            Path(name).mkdir()
            os.chdir(name)
    finally:
        os.chdir(here)
    known = {"/".join((*names, "a.md")): Stamp(1, 1, 1), "b.md": Stamp(1, 1, 1)}
    scan = Library([library]).scan(known)
    assert scan.gone == ("b.md",)
    [problem] = scan.problems
    assert "cannot be read" in problem.problem
    assert next(iter(known)).startswith(problem.path)


def test_a_file_that_cannot_be_opened_is_tried_again_at_the_next_scan(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as closed:
        closed.bind(str(tmp_path / "a.md"))
        found = read_file(tmp_path / "a.md")
    assert found.article is None
    assert "cannot be read" in found.problems[0].problem
    assert found.stamp.inode == 0


def test_a_link_to_itself_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.md").symlink_to("a.md")
    scan = Library([tmp_path]).scan({"a.md": Stamp(1, 1, 1)})
    assert (scan.read, scan.gone) == ((), ())
    assert [problem.path for problem in scan.problems] == ["a.md"]


def test_several_folders_have_their_names_in_front(tmp_path: Path) -> None:
    folders = [tmp_path / "x/news", tmp_path / "y/news", tmp_path / "videos"]
    for folder in folders:
        write(folder / "a.md")
    scan = Library([*folders, folders[0]]).scan({})
    assert sorted(paths(scan)) == ["news-2/a.md", "news/a.md", "videos/a.md"]
    assert all(file.article and file.article.path == file.path for file in scan.read)


def test_an_empty_folder_is_an_empty_scan(tmp_path: Path) -> None:
    assert Library([tmp_path]).scan({}) == Scan()


def test_a_missing_folder_is_said_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match="there is no folder"):
        Library([tmp_path / "missing"]).scan({})
    with pytest.raises(ContentError, match="is a file, not a folder"):
        Library([write(tmp_path / "a.md")]).scan({})


def test_folders_nested_deeper_than_python_calls_are_walked(tmp_path: Path) -> None:
    folders = [tmp_path]
    for _ in range(1100):
        folders.append(folders[-1] / "d")
        folders[-1].mkdir()
    file = write(folders[-1] / "a.md")
    scan = Library([tmp_path]).scan({})
    assert [found.path.count("/") for found in scan.read] == [1100]
    file.unlink()
    for folder in reversed(folders[1:]):  # pytest's own clean-up is recursive
        folder.rmdir()


def test_reading_all_names_what_was_passed_over(tmp_path: Path) -> None:
    write(tmp_path / "a.md")
    (tmp_path / "b.md").symlink_to("/nowhere/at/all.md")
    files = read_all([tmp_path])
    assert [(file.path, file.article is None) for file in files] == [
        ("a.md", False),
        ("b.md", True),
    ]
    assert files[1].problems[0].path == "b.md"


def test_one_file_is_read_by_its_path(tmp_path: Path) -> None:
    file = write(tmp_path / "2024-02-03-a.md")
    found = read_file(file)
    assert found.path == file.as_posix()
    assert found.article is not None
    assert found.article.dated_at is not None
    with pytest.raises(ContentError, match="there is no file"):
        read_file(tmp_path / "missing.md")


def test_a_file_that_vanishes_between_listing_and_reading_counts_as_gone(tmp_path: Path) -> None:
    write(tmp_path / "a.md")
    victim = write(tmp_path / "b.md")

    class Vanishing(Library):
        """Loses a file after it was listed, as a publisher's tool may."""

        def _found(self, walker: Walker) -> Iterator[Found]:
            for found in tuple(super()._found(walker)):
                victim.unlink(missing_ok=True)
                yield found

    scan = Vanishing([tmp_path]).scan({"b.md": Stamp(1, 1, 1)})
    assert paths(scan) == ["a.md"]
    assert scan.gone == ("b.md",)


def test_a_file_that_never_holds_still_is_not_trusted() -> None:
    restless = Path("/proc/self/status")  # the size that it claims is never the size read
    if restless.exists():
        assert read_file(restless).stamp.inode == 0


@pytest.mark.long
def test_many_files_come_in_parts_and_the_gone_with_the_last(tmp_path: Path) -> None:
    for number in range(BATCH + 2):
        write(tmp_path / f"{number:04}.md")
    told: list[ReadFile] = []
    parts = []
    for part in Library([tmp_path]).batches([("x.md", 1, 1, "1")], at_hand=told.extend):
        parts.append(part)
        assert told == list(part.read)
        told.clear()
    assert [len(part.read) for part in parts] == [BATCH, 2]
    assert [part.gone for part in parts] == [(), ("x.md",)]
    again = [known_of(file) for part in parts for file in part.read]
    assert list(Library([tmp_path]).batches(again)) == [Scan(unchanged=BATCH + 2)]


def test_a_look_at_named_files_reads_them_and_no_other(tmp_path: Path) -> None:
    for name in ("a.md", "b.md", ".git/c.md", ".hidden.md", "_topics/d.md", "page.html"):
        write(tmp_path / name)
    outside = write(tmp_path.parent / "outside.md")
    names = ["a.md", "gone.md", ".git/c.md", ".hidden.md", "_topics/d.md", "page.html", "old.png"]
    scan = Library([tmp_path]).look([*(f"{tmp_path}/{name}" for name in names), str(outside)])
    assert scan is not None
    assert (paths(scan), scan.gone) == (["a.md"], ("gone.md",))


def test_a_look_at_what_only_a_walk_can_tell_says_so(tmp_path: Path) -> None:
    library = Library([tmp_path / "library"])
    write(tmp_path / "library/folder/a.md")
    (tmp_path / "library/link.md").symlink_to("folder/a.md")
    for name in ("folder", "vanished", "2024.05", "link.md", "..data"):
        assert library.look([f"{tmp_path}/library/{name}"]) is None
    (tmp_path / "library").rename(tmp_path / "elsewhere")
    assert library.look([f"{tmp_path}/library/folder/a.md"]) is None


def test_a_look_does_not_go_behind_links_to_folders(tmp_path: Path) -> None:
    write(tmp_path / "outside/a.md")
    (tmp_path / "library").mkdir()
    (tmp_path / "library/up").symlink_to(tmp_path / "outside")
    (tmp_path / "current").symlink_to("library")
    write(tmp_path / "library/b.md")
    names = ["library/up/a.md", "library/b.md"]
    scan = Library([tmp_path / "library"]).look(f"{tmp_path}/{name}" for name in names)
    assert scan is not None
    assert paths(scan) == ["b.md"]
    scan = Library([tmp_path / "current"]).look([f"{tmp_path}/current/b.md"])
    assert scan is not None
    assert paths(scan) == ["b.md"]


def test_a_look_names_files_of_several_folders_as_a_walk_does(tmp_path: Path) -> None:
    folders = [tmp_path / "x/news", tmp_path / "y/news"]
    for folder in folders:
        write(folder / "a.md")
    scan = Library(folders).look(f"{folder}/a.md" for folder in folders)
    assert scan is not None
    assert sorted(paths(scan)) == paths(Library(folders).scan({}))


def test_the_walk_is_in_the_order_of_paths_whatever_the_names_are(tmp_path: Path) -> None:
    names = ["a.md", "a/b.md", "a-b/c.md", "a b.md", "a0/x.md", "é.md", "日本/z.md", "b.md/c.md"]
    for name in names:
        write(tmp_path / "x" / name)
        write(tmp_path / "x-y" / name)
    for folders in ([tmp_path], [tmp_path / "x", tmp_path / "x-y"]):
        library = Library(folders)
        first = library.scan({})
        assert paths(first) == sorted(paths(first))
        assert len(paths(first)) == 2 * len(names)
        assert library.scan(stamps(first)) == Scan(unchanged=2 * len(names))
        (tmp_path / "x/a-b/c.md").unlink()
        (tmp_path / "x-y/日本/z.md").unlink()
        gone = library.scan(stamps(first)).gone
        assert len(gone) == 2
        write(tmp_path / "x/a-b/c.md")
        write(tmp_path / "x-y/日本/z.md")


def test_many_gone_files_come_in_parts_too(tmp_path: Path) -> None:
    write(tmp_path / "0.md")
    known = [(f"{number:04}.md", 1, 1, "1") for number in range(BATCH * 2 + 10)]
    told: list[ReadFile] = []
    parts = []
    for part in Library([tmp_path]).batches(known, at_hand=told.extend):
        parts.append(part)
        assert told == list(part.read)
        told.clear()
    assert [path for part in parts for path in part.gone] == [path for path, *_ in known]
    assert [file.path for part in parts for file in part.read] == ["0.md"]
    assert len(parts) > 1
