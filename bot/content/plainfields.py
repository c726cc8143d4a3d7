"""The article of a file whose fields are all as they should be, as in nearly every file.

What is made here is exactly what `fields.article_of` makes; where that would have to note, mend or
look closer at anything, there is None, and it is asked itself. It asks every value for its place
in the file, which takes twice as long as all the rest of reading.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from bot.content.fields import KNOWN
from bot.content.values import EARLIEST, LATEST, MAX_NUMBER, duration, one_line
from bot.domain.article import Article, DateSource, Picture, Provider, RelatedStory
from bot.domain.quick import quick

_PICTURE = {"url", "width", "height", "isCached"}
_Values = Mapping[str, Any]

# No moment without a zone gets here, which is all that an article checks by itself.
_make_article = quick(Article)
_make_related = quick(RelatedStory)
_make_picture = quick(Picture)


class _NotSoPlain(Exception):
    """A value is missing, or of another kind than usual."""


def plain_article(values: _Values, *, path: str, body: str) -> Article | None:
    """Make the article, or leave it to `article_of`."""
    if not values.keys() <= KNOWN:
        return None
    try:
        return _article(values, path, body)
    except _NotSoPlain:
        return None


def _article(values: _Values, path: str, body: str) -> Article:
    get = values.get
    title, dated_at = _text(get("title")), _moment(get("publishedDateTime"))
    amp, cdn = _url(get("ampWebUrl")), _url(get("cdnAmpWebUrl"))
    removed, deleted = get("removed"), get("deleted")
    if not title or dated_at is None or removed or deleted:
        raise _NotSoPlain
    _flag(removed)
    _flag(deleted)
    length = get("length")
    lasts = None if length is None else duration(length)
    if lasts is None and length is not None:
        raise _NotSoPlain
    return _make_article(
        path=path,
        title=title,
        kind=_text(get("type")) or "article",
        category=_text(get("category")),
        excerpt=_text(get("excerpt")) or "",
        dated_at=dated_at,
        date_source=DateSource.FIELD,
        updated_at=_moment(get("updatedDateTime")),
        web_url=_url(get("webUrl")),
        original_url=_url(get("originalUrl")),
        amp_urls=tuple([url for url in (amp, cdn) if url]),
        quality=_number(get("quality")),
        heat=_number(get("heat")),
        marked_published=_flag(get("published")),
        provider=_provider(get("provider")),
        topics=_texts(get("topics")),
        pictures=_pictures(get("images")),
        related=_related(get("related")),
        duration=lasts,
        body=body,
    )


def _text(value: object) -> str | None:
    if value is None:
        return None
    if type(value) is not str:
        raise _NotSoPlain
    return one_line(value) or None


def _url(value: object) -> str | None:
    if value is None:
        return None
    if type(value) is not str:
        raise _NotSoPlain
    return value.strip() or None


def _moment(value: object) -> datetime | None:
    if value is None:
        return None
    if type(value) is datetime and value.tzinfo is UTC and EARLIEST <= value < LATEST:
        return value
    raise _NotSoPlain


def _number(value: object) -> int | None:
    if value is None or (type(value) is int and 0 <= value <= MAX_NUMBER):
        return value
    raise _NotSoPlain


def _flag(value: object) -> bool | None:
    if value is None or value is True or value is False:
        return value
    raise _NotSoPlain


def _texts(values: object) -> tuple[str, ...]:
    if values is None:
        return ()
    if type(values) is not list or not all([type(value) is str for value in values]):
        raise _NotSoPlain
    found = dict.fromkeys(map(one_line, values))
    found.pop("", None)
    return tuple(found)


def _provider(value: object) -> Provider | None:
    if value is None:
        return None
    if type(value) is dict and len(value) == 2:
        name, domain = value.get("name"), value.get("domain")
        if type(name) is str and type(domain) is str:
            return _provider_of(name, domain)
    raise _NotSoPlain


@lru_cache(maxsize=5_000)
def _provider_of(name: str, domain: str) -> Provider:
    name, domain = one_line(name), one_line(domain)
    if not (name and domain):
        raise _NotSoPlain
    return Provider(name=name, domain=domain)


def _pictures(values: object) -> tuple[Picture, ...]:
    if values is None:
        return ()
    if type(values) is not list:
        raise _NotSoPlain
    return tuple([_picture(value) for value in values])


def _picture(value: object) -> Picture:
    if type(value) is not dict or not value.keys() <= _PICTURE:
        raise _NotSoPlain
    get = value.get
    url, width, height = get("url"), get("width"), get("height")
    if type(url) is not str or not (url := url.strip()) or width == 0 or height == 0:
        raise _NotSoPlain
    return _make_picture(
        url=url,
        width=_number(width),
        height=_number(height),
        is_cached=bool(_flag(get("isCached"))),
    )


def _related(values: object) -> tuple[RelatedStory, ...]:
    if values is None:
        return ()
    if type(values) is not list:
        raise _NotSoPlain
    return tuple([_related_story(value) for value in values])


def _related_story(value: object) -> RelatedStory:
    if type(value) is not dict:
        raise _NotSoPlain
    get = value.get
    title = _text(get("title"))
    url = _url(get("webUrl")) or _url(get("originalUrl"))
    if not title or not url:
        raise _NotSoPlain
    return _make_related(
        title=title,
        url=url,
        excerpt=_text(get("excerpt")) or "",
        dated_at=_moment(get("publishedDateTime")),
        kind=_text(get("type")) or "article",
        provider=_provider(get("provider")),
        quality=_number(get("quality")),
        pictures=_pictures(get("images")),
    )
