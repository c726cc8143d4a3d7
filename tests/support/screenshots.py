"""The screenshots of all layouts that docs/ shows: `make screenshots` takes them anew."""

from __future__ import annotations

import asyncio
import io
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.async_api import Browser, async_playwright

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
SCHEMES = ("light", "dark")
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
VIEW = {"width": 1900, "height": 1560}
WIDTH = 1380
QUALITY = 84

PREVIEW = ("preview", "--articles", str(ROOT / "seeds"), "--now", "2026-11-22T13:00:00Z")
SETTINGS = {"SITE_URL": "https://news.example", "BOT_NAME": "gazette_bot"}


def page(folder: Path) -> Path:
    """Write the page that `gazette preview --html` makes of the seeds, with our own settings."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    file = folder / "layouts.html"
    subprocess.run(
        [sys.executable, "-m", "bot", *PREVIEW, "--html", str(file)],
        cwd=folder,
        env={**kept, **SETTINGS, "PYTHONPATH": str(ROOT)},
        check=True,
        capture_output=True,
    )
    return file


async def shot(browser: Browser, file: Path, scheme: str) -> Image.Image:
    """Take the part of the page that docs/ shows."""
    context = await browser.new_context(viewport=VIEW, color_scheme=scheme)  # type: ignore[arg-type]
    opened = await context.new_page()
    await opened.goto(file.as_uri())
    with Image.open(io.BytesIO(await opened.screenshot())) as taken:
        height = round(taken.height * WIDTH / taken.width)
        image = taken.convert("RGB").resize((WIDTH, height), Image.Resampling.LANCZOS)
    await context.close()
    return image


def place(scheme: str) -> Path:
    """Name the file of a screenshot."""
    return DOCS / f"layouts-{scheme}.jpg"


async def main() -> None:
    """Take all of them."""
    with tempfile.TemporaryDirectory() as folder:
        file = page(Path(folder))
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(
                executable_path=CHROMIUM, args=["--no-sandbox"]
            )
            for scheme in SCHEMES:
                image = await shot(browser, file, scheme)
                image.save(place(scheme), quality=QUALITY, optimize=True)
            await browser.close()


if __name__ == "__main__":
    asyncio.run(main())
