"""`gazette preview --html` in a real browser: boxes, words and pictures of every layout."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageChops, ImageStat
from playwright.async_api import Browser, Page, expect

from bot.cli.main import main
from bot.settings import Settings
from tests.support import screenshots
from tests.support.chat_page import PHONE
from tests.support.world import a_story, write

pytestmark = [pytest.mark.browser, pytest.mark.long, pytest.mark.asyncio(loop_scope="session")]

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
WIDE = {"width": 1900, "height": 1100}
COLOURS = {
    "Kettles": (200, 40, 40),
    "Saucers": (40, 160, 60),
    "Bridges": (40, 80, 200),
    "Harbours": (230, 180, 30),
}
LAYOUTS = ("list", "cards", "album", "cover", "rich")
TOLERANCE = 14
"""Of 255, for what JPEG and scaling make of a colour."""

ALIKE = 2.0
"""Of 255, on average. Measured: the same page 0.8 (JPEG), without a font of emoji 0.9, without the
lines of sources 7.6, with one title that is a line shorter 13.7."""

Box = dict[str, float]
Colour = tuple[int, int, int]


@pytest.fixture
def page_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The page of a library in which every story has a picture of one colour."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SITE_URL", "https://news.example")
    monkeypatch.setenv("BOT_NAME", "gazette_bot")
    assets = tmp_path / "articles" / "assets"
    assets.mkdir(parents=True)
    articles = []
    for number, (name, colour) in enumerate(COLOURS.items()):
        Image.new("RGB", (960, 600), colour).save(assets / f"{name}.png")
        images = [{"url": f"/assets/{name}.png"}]
        articles.append(
            a_story(f"{name} are news", heat=90 - number, now=NOW, images=images, topics=[name])
        )
    write(tmp_path / "articles", articles)
    with pytest.raises(SystemExit) as ended:
        main(["preview", "--now", NOW.isoformat(), "--html", "page.html"])
    assert not ended.value.code
    return tmp_path / "page.html"


@dataclass(frozen=True, kw_only=True)
class Look:
    """The page in a browser, and a screenshot of all of it."""

    page: Page

    async def box(self, selector: str) -> Box:
        return (await self.boxes(selector))[0]

    async def boxes(self, selector: str) -> list[Box]:
        return [
            {"x": found["x"], "y": found["y"], "width": found["width"], "height": found["height"]}
            for one in await self.page.locator(selector).all()
            if (found := await one.bounding_box()) is not None
        ]

    async def colours(self, *spots: tuple[float, float]) -> list[Colour]:
        """The colours of spots on the page, as they are painted."""
        shot = await self.page.screenshot(full_page=True)
        with Image.open(io.BytesIO(shot)) as image:
            painted = image.convert("RGB")
            found = [painted.getpixel((int(x), int(y))) for x, y in spots]
        return [colour for colour in found if isinstance(colour, tuple)]  # type: ignore[misc]


@asynccontextmanager
async def looking(browser: Browser, file: Path, **options: Any) -> AsyncIterator[Look]:
    context = await browser.new_context(**{"viewport": WIDE, **options})
    page = await context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    await page.goto(file.as_uri())
    yield Look(page=page)
    await context.close()
    # Everything is in the file: no preview asks anybody for anything.
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []


def is_like(colour: Colour, wanted: Colour) -> bool:
    return all(abs(one - other) <= TOLERANCE for one, other in zip(colour, wanted, strict=True))


def centre(box: Box, across: float = 0.5, down: float = 0.5) -> tuple[float, float]:
    return box["x"] + across * box["width"], box["y"] + down * box["height"]


async def test_every_layout_has_its_words_and_its_boxes(browser: Browser, page_file: Path) -> None:
    async with looking(browser, page_file) as look:
        page = look.page
        assert await page.locator("section").evaluate_all("all => all.map(one => one.id)") == list(
            LAYOUTS
        )
        sections = [await look.box(f"#{name}") for name in LAYOUTS]
        assert len({round(box["y"]) for box in sections}) == 1  # beside each other
        for name, section in zip(LAYOUTS, sections, strict=True):
            for title in COLOURS:
                await expect(page.locator(f"#{name}")).to_contain_text(f"{title} are news")
            for bubble in await page.locator(f"#{name} .bubble").all():
                box = await bubble.bounding_box()
                assert box is not None
                assert section["x"] <= box["x"]
                assert box["x"] + box["width"] <= section["x"] + section["width"]
                assert box["width"] > 200
        assert [await page.locator(f"#{name} .bubble").count() for name in LAYOUTS] == [
            1,
            4,
            1,
            1,
            1,
        ]
        broken = await page.locator("img").evaluate_all(
            "all => all.filter(one => !one.complete || one.naturalWidth < 100).length"
        )
        assert broken == 0
        words = page.locator("#cover .text")
        picture, text = await look.box("#cover .photo"), await look.box("#cover .text")
        assert picture["y"] + picture["height"] <= text["y"] + 1
        await expect(words).to_contain_text("4. ")
        # Rich: each story's picture lies above its heading, from edge to edge.
        frame = await look.box("#rich .bubble")
        pictures, titles = await look.boxes("#rich .photo"), await look.boxes("#rich .size-4")
        assert len(pictures) == len(titles) == len(COLOURS)
        tops = [one["y"] for pair in zip(pictures, titles, strict=True) for one in pair]
        assert tops == sorted(tops)
        assert all(abs(one["x"] - frame["x"]) <= 1 for one in pictures)
        assert all(abs(one["width"] - frame["width"]) <= 2 for one in pictures)
        assert all(one["x"] > frame["x"] + 8 for one in titles)
        assert await page.locator("#rich .size-4 a").count() == len(COLOURS)


async def test_every_picture_is_where_it_belongs(browser: Browser, page_file: Path) -> None:
    async with looking(browser, page_file) as look:
        wanted = list(COLOURS.values())
        lead = await look.box("#list .preview img")
        cards, tiles = await look.boxes("#cards .photo img"), await look.boxes("#album .tile img")
        cover = await look.box("#cover .photo img")
        rich = await look.boxes("#rich .photo img")
        corners = [(0.35, 0.4), (0.85, 0.4), (0.35, 0.85), (0.85, 0.85)]
        spots = [centre(lead), *map(centre, cards), *map(centre, tiles)]
        spots += [centre(cover, *corner) for corner in corners]
        found = await look.colours(*spots)
        expected = [wanted[0], *wanted, *wanted, *wanted]
        found += await look.colours(*map(centre, rich))
        expected += wanted
        assert len(found) == len(expected)
        assert all(map(is_like, found, expected)), list(zip(found, expected, strict=True))
        # The number's white disc, in the corner of each tile.
        (disc,) = await look.colours(centre(cover, 0.022, 0.06))
        assert is_like(disc, (255, 255, 255))


async def test_light_and_dark_follow_the_system_and_then_the_switch(
    browser: Browser, page_file: Path
) -> None:
    def is_light(colour: Colour) -> bool:
        return min(colour) > 180

    for scheme in ("light", "dark"):
        async with looking(browser, page_file, color_scheme=scheme) as look:
            spot = centre(await look.box("#list .text"), 0.99, 0.02)
            (colour,) = await look.colours(spot)
            assert is_light(colour) == (scheme == "light")
            for choice in ("Dark", "Light", "As the system"):
                await look.page.get_by_label(choice).check()
                (colour,) = await look.colours(spot)
                light = choice == "Light" or (choice != "Dark" and scheme == "light")
                assert is_light(colour) == light


async def test_on_a_phone_the_layouts_stand_below_each_other(
    browser: Browser, page_file: Path
) -> None:
    async with looking(browser, page_file, viewport=PHONE) as look:
        tops = [(await look.box(f"#{name}"))["y"] for name in LAYOUTS]
        assert tops == sorted(set(tops))
        width = await look.page.evaluate("document.documentElement.scrollWidth")
        assert width <= PHONE["width"]


async def test_the_screenshots_in_docs_show_what_there_is(browser: Browser, tmp_path: Path) -> None:
    file = await asyncio.to_thread(screenshots.page, tmp_path)
    for scheme in screenshots.SCHEMES:
        now = small(await screenshots.shot(browser, file, scheme))
        with Image.open(screenshots.place(scheme)) as kept:
            difference = ImageChops.difference(now, small(kept))
        (mean,) = ImageStat.Stat(difference).mean
        assert mean < ALIKE, f"`make screenshots` takes them anew: {scheme}, {mean:.1f}"


def small(image: Image.Image) -> Image.Image:
    """Large enough to tell one story from another, too small for the edges of letters."""
    return image.convert("L").resize((345, 283), Image.Resampling.BOX)
