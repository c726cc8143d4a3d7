from __future__ import annotations

import os
from pathlib import Path

import pytest

from bot.errors import PictureError
from bot.pictures.fetch import Fetcher
from bot.pictures.local import load_local
from bot.pictures.source import PictureSource
from tests.support.drawing import drawn


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "articles"
    (folder / "assets").mkdir(parents=True)
    (folder / "assets" / "rain drop.png").write_bytes(drawn("PNG"))
    (folder / "assets" / "100%.png").write_bytes(drawn("PNG"))
    (folder / ".hidden.png").write_bytes(drawn("PNG"))
    (tmp_path / "outside.png").write_bytes(drawn("PNG"))
    return folder


@pytest.mark.parametrize(
    "path",
    [
        "assets/rain drop.png", "/assets/rain drop.png", "//assets//rain drop.png",
        "./assets/rain drop.png", "/assets/rain%20drop.png?v=2#top", "assets/100%.png",
        "articles/assets/rain drop.png",
    ],
)  # fmt: skip
def test_a_picture_below_the_folder_is_found(folder: Path, path: str) -> None:
    assert load_local([folder], path).width == 300


def test_the_first_folder_that_has_it_wins(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "more"
    other.mkdir()
    (other / "b.png").write_bytes(drawn("PNG", (400, 400)))
    assert load_local([folder, other], "b.png").width == 400
    assert load_local([tmp_path / "missing", folder, other], "more/b.png").width == 400


@pytest.mark.parametrize(
    "path",
    [
        "../outside.png", "assets/../../outside.png", "/../outside.png", "%2e%2e/outside.png",
        "assets/%2e%2e/%2e%2e/outside.png", "..\\outside.png", "assets", "", "/", ".", "..",
        ".hidden.png", "assets/none.png", "a\0b.png", "x" * 5000, "a/" * 3000, "\ud800.png",
        "articles", "/etc/passwd", "file:///etc/passwd", "~/x.png",
    ],
)  # fmt: skip
def test_nothing_else_is_read(folder: Path, path: str) -> None:
    with pytest.raises(PictureError):
        load_local([folder], path)


def test_symbolic_links_count_when_they_stay_inside(folder: Path, tmp_path: Path) -> None:
    (folder / "inside.png").symlink_to(folder / "assets" / "100%.png")
    (folder / "out.png").symlink_to(tmp_path / "outside.png")
    (folder / "up").symlink_to(tmp_path)
    (folder / "circle.png").symlink_to(folder / "circle.png")
    assert load_local([folder], "inside.png").width == 300
    for path in ("out.png", "up/outside.png", "circle.png"):
        with pytest.raises(PictureError):
            load_local([folder], path)


def test_a_pipe_is_not_waited_for(folder: Path) -> None:
    os.mkfifo(folder / "pipe.png")
    with pytest.raises(PictureError):
        load_local([folder], "pipe.png")


def test_a_file_that_is_no_picture_is_a_picture_error(folder: Path) -> None:
    (folder / "text.png").write_text("no picture")
    with pytest.raises(PictureError, match="not a picture"):
        load_local([folder], "text.png")


async def test_the_source_takes_paths_and_addresses(folder: Path) -> None:
    source = PictureSource([folder], Fetcher())
    assert (await source.load("assets/100%.png")).format == "PNG"
    for key in ("http://127.0.0.1:1/x.png", "HTTPS://[::1]/x.png", "http://localhost/x", "http://"):
        with pytest.raises(PictureError):
            await source.load(key)
    await source.aclose()
