"""Which picture stands for a story, judged by what its file declares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import unquote, urljoin, urlsplit

from bot.domain.article import Article, Picture
from bot.domain.message import ATTACHED
from bot.domain.urls import usable_link

SMALLEST_SIDE = 200
"""Smaller ones are logos; Telegram shows them as a thumbnail beside the text."""
WIDEST = 3.0
TALLEST = 0.5
"""Width to height: beyond these it is a banner or a ribbon, cropped beyond recognition."""
LARGEST_SIDES = 10_000
"""Width and height together (Bot API, sendPhoto)."""
USUAL_AREA = 640 * 360
"""What a picture without a declared size is taken for."""
NO_PHOTOS = (".svg", ".svgz", ".gif", ".ico", ".pdf", ".mp4", ".webm")


@dataclass(frozen=True, slots=True)
class Illustration:
    """A picture to show: `address` for a link preview (None: not on the web), `photo` to send."""

    address: str | None
    photo: str


def lead_picture(article: Article, *, site_url: str | None = None) -> Illustration | None:
    """Choose the picture of a story: its own largest fitting one, then one of its coverage."""
    return _best(article.pictures, site_url) or _best(
        [picture for story in article.related for picture in story.pictures], site_url
    )


def _best(pictures: Sequence[Picture], site_url: str | None) -> Illustration | None:
    for picture in sorted(filter(_fits, pictures), key=_area, reverse=True):
        found = _illustration(picture.url, site_url)
        if found is not None:
            return found
    return None


def _fits(picture: Picture) -> bool:
    path = _path_of(picture.url).casefold()
    if path.endswith(NO_PHOTOS):
        return False
    width, height = picture.width, picture.height
    if width is None or height is None:
        return all(side is None or side >= SMALLEST_SIDE for side in (width, height))
    return (
        min(width, height) >= SMALLEST_SIDE
        and TALLEST <= width / height <= WIDEST
        and width + height <= LARGEST_SIDES
    )


def _area(picture: Picture) -> int:
    if picture.width is None or picture.height is None:
        return USUAL_AREA
    return picture.width * picture.height


def _illustration(url: str, site_url: str | None) -> Illustration | None:
    path = site_path(url)
    if path is None:
        link = usable_link(f"https:{url}" if url.startswith("//") else url)
        return Illustration(link, link) if link else None
    below = unquote(path)
    if not _is_safe(below):
        return None
    address = usable_link(urljoin(site_url.rstrip("/") + "/", path)) if site_url else None
    return Illustration(address, ATTACHED + below)


def _is_safe(path: str) -> bool:
    """Whether a path stays below its folder and can be written as text."""
    return ".." not in path.split("/") and "\\" not in path and path.isprintable()


def site_path(url: str) -> str | None:
    """Give the path below the site's root of a site-relative address; None for any other.

    Doubled slashes are one. `//cdn.example.com/x.png` names another host, `//assets/x.png` is
    a path with a slash too many: a host has a dot.
    """
    url = url.strip()
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    if parts.scheme or "." in parts.netloc or not url:
        return None
    rest = "/".join(part for part in (parts.netloc, parts.path) if part)
    segments = [part for part in rest.split("/") if part not in ("", ".")]
    return "/".join(segments) or None


def _path_of(url: str) -> str:
    """Give the path of an address; of one that is none, all of it."""
    try:
        return urlsplit(url).path
    except ValueError:
        return url
