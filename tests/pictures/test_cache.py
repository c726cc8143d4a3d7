"""The folder of fetched pictures: bounded, shared, and never trusted."""

from __future__ import annotations

import multiprocessing
import os
from pathlib import Path

import pytest

from bot.pictures.cache import PictureCache
from bot.pictures.judge import PictureFile, judged
from tests.support.drawing import photo

URL = "https://pictures.test/a.jpg"


def picture(number: int = 1) -> PictureFile:
    return judged(photo(number))


def files(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.exists() else []


def test_a_picture_comes_back_as_it_was_put(tmp_path: Path) -> None:
    cache = PictureCache(tmp_path / "pictures")
    assert cache.get(URL) is None
    cache.put(URL, picture())
    assert cache.get(URL) == picture()
    assert PictureCache(tmp_path / "pictures").get(URL) == picture()
    assert cache.get(URL + "?2") is None


@pytest.mark.parametrize("damage", [b"", b"{}\n", b"not json", b'{"sum": 1}\nx', b"[1]\nx"])
def test_a_damaged_file_is_no_picture_and_goes(tmp_path: Path, damage: bytes) -> None:
    cache = PictureCache(tmp_path)
    cache.put(URL, picture())
    (file,) = files(tmp_path)
    file.write_bytes(damage)
    assert cache.get(URL) is None
    assert files(tmp_path) == []


def test_a_file_that_was_cut_off_is_no_picture(tmp_path: Path) -> None:
    cache = PictureCache(tmp_path)
    cache.put(URL, picture())
    (file,) = files(tmp_path)
    file.write_bytes(file.read_bytes()[:-1])
    assert cache.get(URL) is None


def test_the_longest_unused_go_first_and_the_size_is_kept(tmp_path: Path) -> None:
    size = len(picture().data)
    cache = PictureCache(tmp_path, max_bytes=4 * size)
    for number in range(3):
        cache.put(str(number), picture())
        for file in files(tmp_path):  # a second passes
            facts = file.stat()
            os.utime(file, (facts.st_atime, facts.st_mtime - 10))
    assert cache.get("0") is not None  # used again: it is the youngest now
    cache.put("3", picture())
    assert [cache.get(str(number)) is not None for number in range(4)] == [True, False, True, True]
    assert sum(file.stat().st_size for file in files(tmp_path)) <= 4 * size


def test_a_picture_larger_than_the_cache_is_not_kept(tmp_path: Path) -> None:
    cache = PictureCache(tmp_path, max_bytes=100)
    cache.put(URL, picture())
    assert cache.get(URL) is None


def test_what_a_killed_process_left_half_written_goes_after_a_while(tmp_path: Path) -> None:
    left = tmp_path / "abc.part"
    left.write_bytes(b"half")
    cache = PictureCache(tmp_path)
    cache.put("1", picture())
    assert left.exists()
    os.utime(left, (1, 1))
    cache.put("2", picture())
    assert not left.exists()


def test_a_folder_that_cannot_be_made_costs_nothing_but_the_cache(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    cache = PictureCache(tmp_path / "file" / "pictures")
    cache.put(URL, picture())
    assert cache.get(URL) is None


def _use(folder: Path, start: int) -> None:
    cache = PictureCache(folder, max_bytes=6 * len(picture().data))
    for number in range(start, start + 60):
        cache.put(str(number % 12), picture(number % 12))
        found = cache.get(str((number * 7) % 12))
        assert found is None or found == picture((number * 7) % 12)


@pytest.mark.long
def test_two_processes_use_one_folder_at_once(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_use, args=(tmp_path, start)) for start in (0, 5)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(50)
    assert [worker.exitcode for worker in workers] == [0, 0]
    assert all(file.suffix == ".picture" for file in files(tmp_path))
