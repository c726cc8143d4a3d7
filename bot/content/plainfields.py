"""The facts of a file whose fields are all as they should be, as in nearly every file.

What is made here are exactly the facts of the article that `fields.article_of` makes; where that
would have to note, mend or look closer at anything, there is None, and it is asked itself. It asks
every value for its place in the file, which takes twice as long as all the rest of reading.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from bot.content.fields import KNOWN
from bot.content.values import EARLIEST, LATEST, MAX_NUMBER, duration, one_line
from bot.domain.article import DateSource
from bot.domain.facts import Facts

_PICTURE = {"url", "width", "height", "isCached"}
_BY_FIELD = DateSource.FIELD.value
_MICROSECOND = timedelta(microseconds=1)
_Values = Mapping[str, Any]


class _NotSoPlain(Exception):
    """A value is missing, or of another kind than usual."""


def plain_facts(values: _Values, *, path: str, body: str) -> Facts | None:
    """Give the facts, or leave them to `article_of`."""
    if not values.keys() <= KNOWN:
        return None
    try:
        return _facts(values, path, body)
    except _NotSoPlain:
        return None


# Every import makes a hundred thousand of these: what is not there is not asked about twice.
def _facts(values: _Values, path: str, body: str) -> Facts:  # noqa: C901
    get = values.get
    title, dated_at = _text(get("title")), _moment(get("publishedDateTime"))
    if not title or dated_at is None:
        raise _NotSoPlain
    facts: Facts = {"path": path, "title": title}
    if (kind := _text(get("type"))) and kind != "article":
        facts["kind"] = kind
    if category := _text(get("category")):
        facts["category"] = category
    if excerpt := _text(get("excerpt")):
        facts["excerpt"] = excerpt
    if url := _url(get("webUrl")):
        facts["web_url"] = url
    if url := _url(get("originalUrl")):
        facts["original_url"] = url
    if (number := _number(get("quality"))) is not None:
        facts["quality"] = number
    if (number := _number(get("heat"))) is not None:
        facts["heat"] = number
    if (flag := _flag(get("published"))) is not None:
        facts["marked_published"] = flag
    if body:
        facts["body"] = body
    facts["dated_at"] = dated_at
    if (moment := _moment(get("updatedDateTime"))) is not None:
        facts["updated_at"] = moment
    facts["date_source"] = _BY_FIELD
    _add_parts(facts, values)
    return facts


def _add_parts(facts: Facts, values: _Values) -> None:
    get = values.get
    if (provider := get("provider")) is not None:
        facts["provider"] = _provider(provider)
    if amp_urls := [url for url in (_url(get("ampWebUrl")), _url(get("cdnAmpWebUrl"))) if url]:
        facts["amp_urls"] = tuple(amp_urls)
    if topics := _texts(get("topics")):
        facts["topics"] = topics
    if pictures := _pictures(get("images")):
        facts["pictures"] = pictures
    if related := _related(get("related")):
        facts["related"] = related
    if (length := get("length")) is not None:
        lasts = duration(length)
        if lasts is None:
            raise _NotSoPlain
        facts["duration"] = lasts // _MICROSECOND
    if _flag(get("removed")) or _flag(get("deleted")):
        raise _NotSoPlain


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
    return _lines(tuple(values))


@lru_cache(maxsize=5_000)
def _lines(values: tuple[str, ...]) -> tuple[str, ...]:
    found = dict.fromkeys(map(one_line, values))
    found.pop("", None)
    return tuple(found)


def _provider(value: object) -> Facts:
    if type(value) is dict and len(value) == 2:
        name, domain = value.get("name"), value.get("domain")
        if type(name) is str and type(domain) is str:
            return _provider_of(name, domain)
    raise _NotSoPlain


@lru_cache(maxsize=5_000)
def _provider_of(name: str, domain: str) -> Facts:
    name, domain = one_line(name), one_line(domain)
    if not (name and domain):
        raise _NotSoPlain
    return {"name": name, "domain": domain}


def _pictures(values: object) -> list[Facts]:
    if values is None:
        return []
    if type(values) is not list:
        raise _NotSoPlain
    return [_picture(value) for value in values]


def _picture(value: object) -> Facts:
    if type(value) is not dict or not value.keys() <= _PICTURE:
        raise _NotSoPlain
    get = value.get
    url, width, height = get("url"), get("width"), get("height")
    if type(url) is not str or not (url := url.strip()) or width == 0 or height == 0:
        raise _NotSoPlain
    picture: Facts = {"url": url}
    if _number(width) is not None:
        picture["width"] = width
    if _number(height) is not None:
        picture["height"] = height
    if _flag(get("isCached")):
        picture["is_cached"] = True
    return picture


def _related(values: object) -> list[Facts]:
    if values is None:
        return []
    if type(values) is not list:
        raise _NotSoPlain
    return [_related_story(value) for value in values]


def _related_story(value: object) -> Facts:
    if type(value) is not dict:
        raise _NotSoPlain
    get = value.get
    title = _text(get("title"))
    url = _url(get("webUrl")) or _url(get("originalUrl"))
    if not title or not url:
        raise _NotSoPlain
    story: Facts = {"title": title, "url": url}
    if excerpt := _text(get("excerpt")):
        story["excerpt"] = excerpt
    if (moment := _moment(get("publishedDateTime"))) is not None:
        story["dated_at"] = moment
    if (kind := _text(get("type"))) and kind != "article":
        story["kind"] = kind
    if (provider := get("provider")) is not None:
        story["provider"] = _provider(provider)
    if (number := _number(get("quality"))) is not None:
        story["quality"] = number
    if pictures := _pictures(get("images")):
        story["pictures"] = pictures
    return story
