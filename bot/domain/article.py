"""An article: the facts of one file. The facts are the publisher's and are replaced whole."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from functools import lru_cache
from typing import Any, NewType

from bot.domain.urls import canonical_url, host_of, usable_link

StoryKey = NewType("StoryKey", str)
"""What makes two files the same story: the canonical URL, without one `path:` and the path."""

StoryId = NewType("StoryId", str)
"""A short public name of a story for buttons and deep links: 12 of `[0-9a-f]`."""


class DateSource(Enum):
    """Where `dated_at` was read."""

    FIELD = "field"
    FILE_NAME = "file name"


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture as the file declares it; the declared size may be wrong."""

    url: str
    width: int | None = None
    height: int | None = None
    title: str | None = None
    attribution: str | None = None
    is_cached: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """Who published the story."""

    name: str | None = None
    domain: str | None = None
    pictures: tuple[Picture, ...] = ()
    authors: tuple[str, ...] = ()

    @property
    def key(self) -> str | None:
        """Identify the provider for caps and mutes: the domain, else the name, in lower case."""
        return provider_key(self.domain or self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class RelatedStory:
    """Other coverage of the same story, as the file lists it."""

    title: str
    url: str | None = None
    excerpt: str = ""
    dated_at: datetime | None = None
    kind: str = "article"
    provider: Provider | None = None
    quality: int | None = None
    pictures: tuple[Picture, ...] = ()

    @property
    def story_key(self) -> StoryKey | None:
        """Identify the story, as an article with this address would; None without an address."""
        key = canonical_url(self.url) if self.url else None
        return None if key is None else _bounded(key)


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """The facts of one file; every time is aware and in UTC.

    `path` is relative to the articles folder with `/` between parts (several folders: it begins
    with the folder's name). `title` may be empty: such an article is no candidate. `extra` holds
    the fields we do not know by name; `secured` is never among them.
    """

    path: str
    title: str
    kind: str = "article"
    category: str | None = None
    excerpt: str = ""
    dated_at: datetime | None = None
    date_source: DateSource | None = None
    updated_at: datetime | None = None
    web_url: str | None = None
    original_url: str | None = None
    amp_urls: tuple[str, ...] = ()
    quality: int | None = None
    heat: int | None = None
    marked_published: bool | None = None
    is_removed: bool = False
    provider: Provider | None = None
    topics: tuple[str, ...] = ()
    pictures: tuple[Picture, ...] = ()
    related: tuple[RelatedStory, ...] = ()
    duration: timedelta | None = None
    body: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse times without a zone: nobody below asks again."""
        for name in ("dated_at", "updated_at"):
            moment = getattr(self, name)
            if moment is not None and moment.tzinfo is None:
                raise ValueError(f"article {self.path}: {name} has no time zone")

    @property
    def link(self) -> str | None:
        """Where a reader is sent: `webUrl`, then `originalUrl`, if Telegram keeps it as a link."""
        return usable_link(self.web_url) or usable_link(self.original_url)

    @property
    def story_key(self) -> StoryKey:
        """Identify the story; AMP forms identify it when nothing else does."""
        return key_of_story(self.path, (self.web_url, self.original_url, *self.amp_urls))

    @property
    def addresses(self) -> frozenset[StoryKey]:
        """Every story key that one of its addresses would give."""
        urls = (self.web_url, self.original_url, *self.amp_urls)
        keys = {_bounded(key) for url in urls if url and (key := canonical_url(url))}
        return frozenset((self.story_key, *keys))

    @property
    def story_id(self) -> StoryId:
        """Name the story in buttons and deep links."""
        return story_id(self.story_key)

    @property
    def source(self) -> str | None:
        """Name who published it, for people: the provider's name, its domain, the link's host."""
        if self.provider and (self.provider.name or self.provider.domain):
            return self.provider.name or self.provider.domain
        return host_of(self.link)

    @property
    def provider_key(self) -> str | None:
        """Identify the provider for caps and mutes; the link's host when the file names none."""
        key = self.provider.key if self.provider else None
        return key or host_of(self.link)


MAX_STORY_KEY = 1000
"""Bytes of a story key; a longer address is cut and told apart by a hash."""


def key_of_story(path: str, urls: Iterable[str | None]) -> StoryKey:
    """Identify the story of a file by the first of its addresses that identifies anything."""
    for url in urls:
        key = canonical_url(url) if url else None
        if key is not None:
            return _bounded(key)
    return _bounded(f"path:{path}")


def provider_key(name: str | None) -> str | None:
    """Identify a provider by its domain, or by its name."""
    return name.casefold().removeprefix("www.") if name else None


def _bounded(key: str) -> StoryKey:
    data = key.encode(errors="surrogatepass")
    if len(data) <= MAX_STORY_KEY:
        return StoryKey(key)
    digest = hashlib.blake2b(data, digest_size=16).hexdigest()
    return StoryKey(f"{data[: MAX_STORY_KEY - 40].decode(errors='ignore')}#{digest}")


@lru_cache(maxsize=8_192)
def story_id(key: StoryKey) -> StoryId:
    """Give the public name of a story: 48 bits, so a million stories collide with 1 in 500."""
    return StoryId(hashlib.blake2b(key.encode(errors="surrogatepass"), digest_size=6).hexdigest())
