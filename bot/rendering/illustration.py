"""Which picture stands for a story, judged by what was seen of it, else by what is declared."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from urllib.parse import unquote, urljoin, urlsplit

from bot.domain.article import Article, Picture
from bot.domain.message import ATTACHED
from bot.domain.picture import Looks, PictureKey, Seen
from bot.domain.urls import usable_link

SMALLEST_SIDE = 200
"""Smaller ones are logos; Telegram shows them as a thumbnail beside the text."""
WIDEST = 3.0
TALLEST = 0.5
"""Width to height: beyond these it is a banner or a ribbon, cropped beyond recognition."""
BEST_SHAPES = (1.0, 2.0)
"""Width to height of what fills a chat well."""
LARGEST_SIDES = 10_000
"""Width and height together (Bot API, sendPhoto)."""
USUAL_AREA = 640 * 360
"""What a picture without a declared size is taken for."""
ENOUGH_AREA = 1280 * 720
"""More is not seen in a chat."""
NO_PHOTOS = (".svg", ".svgz", ".gif", ".ico", ".pdf", ".mp4", ".webm")
NEVER_PHOTOS = (".svg", ".svgz", ".ico", ".pdf", ".mp4", ".webm")
"""What is no picture even to those who look at its bytes."""
MOST_CANDIDATES = 4
"""Pictures of a story that are looked at, and as many of its coverage."""

_LOGO = re.compile(r"(?<![a-z])(?:logo|favicon|icon|avatar|sprite|placeholder|pixel)s?(?![a-z])")


@dataclass(frozen=True, slots=True)
class Illustration:
    """A picture to show: `address` for a link preview (None: not on the web), `photo` to send."""

    address: str | None
    photo: str

    @property
    def key(self) -> PictureKey:
        """Name the picture as whoever loads it does."""
        return self.photo.removeprefix(ATTACHED)

    @property
    def attached(self) -> str:
        """Give it as a `photo` that is uploaded, never fetched by Telegram."""
        return ATTACHED + self.key


@dataclass(frozen=True, slots=True)
class _Candidate:
    shown: Illustration
    width: int | None
    height: int | None
    is_elsewhere: bool
    is_logo: bool = False

    @property
    def rank(self) -> tuple[bool, bool, float]:
        """What is better comes first: no logo, the story's own, large and well shaped."""
        return self.is_logo, self.is_elsewhere, -_worth(self.width, self.height)


_Ways = tuple[_Candidate, ...]
"""The ways to one picture, the best first."""


def lead_picture(
    article: Article,
    *,
    site_url: str | None = None,
    looks: Looks | None = None,
    only_seen: bool = False,
) -> Illustration | None:
    """Choose the picture of a story: its own before those of its coverage, any before a logo.

    `looks` tells what was seen; a picture that nobody could look at is judged by its declaration,
    or left out where `only_seen` ones are of use (without `looks` nobody tried).
    """
    seen = looks or {}
    candidates = _candidates(article, site_url)
    if only_seen and looks is not None:
        found = (tuple(one for one in ways if one.shown.key in seen) for ways in candidates)
        candidates = (ways for ways in found if ways)
    fitting = (_looked_at(ways, seen) for ways in candidates)
    best = min((one for one in fitting if one is not None), key=_rank, default=None)
    return None if best is None else _as_sent(best.shown, seen)


def keys_to_look_at(article: Article, *, site_url: str | None = None) -> tuple[PictureKey, ...]:
    """Name the pictures that may stand for a story, as many as are worth fetching."""
    kept: list[_Ways] = []
    for elsewhere in (False, True):
        some = [one for one in _candidates(article, site_url) if one[0].is_elsewhere is elsewhere]
        kept += sorted(some, key=lambda ways: ways[0].rank)[:MOST_CANDIDATES]
    return tuple(dict.fromkeys(one.shown.key for ways in kept for one in ways))


def _rank(candidate: _Candidate) -> tuple[bool, bool, float]:
    return candidate.rank


def _candidates(article: Article, site_url: str | None) -> Iterator[_Ways]:
    related = article.related
    providers = [article.provider, *(story.provider for story in related)]
    logos = {logo.url for provider in providers if provider for logo in provider.pictures}
    yield from _shown(article.pictures, site_url, logos, is_elsewhere=False)
    pictures = [picture for story in related for picture in story.pictures]
    yield from _shown(pictures, site_url, logos, is_elsewhere=True)


def _shown(
    pictures: Iterable[Picture], site_url: str | None, logos: set[str], *, is_elsewhere: bool
) -> Iterator[_Ways]:
    for picture in pictures:
        path = _path_of(picture.url).casefold()
        if picture.url in logos or path.endswith(NEVER_PHOTOS):
            continue
        ways = tuple(
            _Candidate(shown, picture.width, picture.height, is_elsewhere)
            for shown in _illustrations(picture.url, site_url)
        )
        if ways:
            yield ways


def _looked_at(ways: _Ways, looks: Looks) -> _Candidate | None:
    """Give the first way to a picture that may lead to it, with what was seen there.

    None: it cannot stand for a story. Only what was seen is taken for a logo: a name alone is no
    reason to pass a picture over.
    """
    open_ways = (one for one in ways if looks.get(one.shown.key, one) is not None)
    candidate = next(open_ways, None)
    if candidate is None:
        return None
    key = candidate.shown.key
    path = _path_of(key).casefold()
    seen = looks.get(key)
    if seen is None:
        return candidate if not path.endswith(NO_PHOTOS) and _fits(candidate) else None
    is_logo = seen.is_drawn or _LOGO.search(path.rpartition("/")[2]) is not None
    real = replace(candidate, width=seen.width, height=seen.height, is_logo=is_logo)
    return real if _fits(real) else None


def _as_sent(shown: Illustration, looks: Looks) -> Illustration:
    """Let Telegram fetch what it can take as it is; the rest is uploaded."""
    seen: Seen | None = looks.get(shown.key)
    if seen is None or seen.is_plain:
        return shown
    return Illustration(shown.address, shown.attached)


def _fits(candidate: _Candidate) -> bool:
    width, height = candidate.width, candidate.height
    if width is None or height is None:
        return all(side is None or side >= SMALLEST_SIDE for side in (width, height))
    return (
        min(width, height) >= SMALLEST_SIDE
        and TALLEST <= width / height <= WIDEST
        and width + height <= LARGEST_SIDES
    )


def _worth(width: int | None, height: int | None) -> float:
    """Say how much a picture shows: its area, less for a shape that fills a chat badly."""
    if not width or not height:
        return float(USUAL_AREA)
    low, high = BEST_SHAPES
    shape = width / height
    fit = min(shape / low, high / shape, 1.0)
    return min(width * height, ENOUGH_AREA) * fit


def _illustrations(url: str, site_url: str | None) -> Iterator[Illustration]:
    """Give the ways to a picture: a site-relative one below the library first, then on the site."""
    path = site_path(url)
    if path is None:
        link = usable_link(f"https:{url}" if url.startswith("//") else url)
        if link:
            yield Illustration(link, link)
        return
    below = unquote(path)
    if not _is_safe(below):
        return
    address = usable_link(urljoin(site_url.rstrip("/") + "/", path)) if site_url else None
    yield Illustration(address, ATTACHED + below)
    if address:
        yield Illustration(address, address)


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
