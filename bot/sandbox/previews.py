"""The web as the sandbox knows it: a few pages handed in and a folder of pictures.

Nothing is fetched from anywhere; an address that is not known here cannot be reached.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from bot.sandbox.entities import Entity
from bot.sandbox.errors import bad_request
from bot.sandbox.links import BadLink, check_link

PICTURE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".gif", ".webp", ".bmp", ".tif", ".tiff"})


@dataclass(frozen=True, slots=True, kw_only=True)
class WebPage:
    """A page of the little web."""

    title: str
    description: str = ""
    site_name: str = ""
    # An address, or a path on the sandbox's own site.
    image: str | None = None
    html: str = field(default="", repr=False)


class LittleWeb:
    """Finds pages and pictures by address."""

    def __init__(self, pages: Mapping[str, WebPage], site: Path | None) -> None:
        self._pages = pages
        self._site = site.resolve() if site is not None else None
        # Where the sandbox is served, such as http://127.0.0.1:8080.
        self.addresses: set[str] = set()

    def page(self, url: str) -> WebPage | None:
        """The page at `url`; a closing slash more or less does not matter."""
        for known in (url, url.removesuffix("/"), f"{url}/"):
            if known in self._pages:
                return self._pages[known]
        return None

    def picture(self, url: str) -> Path | None:
        """The picture that the sandbox itself serves at `url`."""
        parts = urlsplit(url)
        if f"{parts.scheme}://{parts.netloc}".lower() not in self.addresses:
            return None
        return self.picture_at(unquote(parts.path))

    def picture_at(self, path: str) -> Path | None:
        """The picture at a path of the site; nothing outside of the folder is ever found."""
        if self._site is None or "\0" in path:
            return None
        found = (self._site / path.lstrip("/")).resolve()
        inside = found.is_relative_to(self._site) and found.suffix.lower() in PICTURE_SUFFIXES
        return found if inside and found.is_file() else None

    def preview(
        self, text: str, entities: Sequence[Entity], options: Mapping[str, object]
    ) -> dict[str, object] | None:
        """Build what a client shows under or above a message, None for nothing."""
        if options.get("is_disabled"):
            return None
        chosen = options.get("url")
        url = str(chosen) if chosen else _first_link(text, entities)
        if url is None:
            return None
        page = self.page(url)
        is_picture = page is None and self.picture(url) is not None
        if page is None and not is_picture:
            return None
        is_large = is_picture
        if chosen:  # without an address of its own, a message has no say in the size
            is_large = bool(options.get("prefer_large_media")) or (
                is_picture and not options.get("prefer_small_media")
            )
        return {
            "url": url,
            "site_name": page.site_name if page else "",
            "title": page.title if page else "",
            "description": page.description if page else "",
            "image": page.image if page else url,
            "large": is_large,
            "above": bool(options.get("show_above_text")),
        }


def _first_link(text: str, entities: Sequence[Entity]) -> str | None:
    for entity in entities:
        if entity.kind == "text_link":
            return str(entity.details["url"])
        if entity.kind == "url":
            units = text.encode("utf-16-le", "surrogatepass")
            found = units[entity.offset * 2 : entity.end * 2].decode("utf-16-le", "surrogatepass")
            try:
                return check_link(found)
            except BadLink:
                continue
    return None


def parse_preview_options(value: object) -> dict[str, object]:
    """Read link_preview_options; empty when the parameter was not given."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise bad_request("can't parse link preview options: expected an Object")
    names = ("is_disabled", "prefer_small_media", "prefer_large_media", "show_above_text")
    options: dict[str, object] = {name: True for name in names if value.get(name) is True}
    url = value.get("url")
    if isinstance(url, str) and url:
        options["url"] = url
    return options
