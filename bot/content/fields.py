"""The fields of an article file, by name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from bot.content.values import MAX_NUMBER, Part, as_flag, kind_of, moment
from bot.domain.article import Article, DateSource, Picture, Provider, RelatedStory

KNOWN = frozenset(
    {
        "title",
        "excerpt",
        "category",
        "type",
        "publishedDateTime",
        "updatedDateTime",
        "originalUrl",
        "webUrl",
        "ampWebUrl",
        "cdnAmpWebUrl",
        "quality",
        "heat",
        "published",
        "provider",
        "topics",
        "images",
        "related",
        "length",
        "removed",
        "deleted",
    }
)
_BY_FOLDED_NAME = {name.casefold(): name for name in KNOWN}
_FILE_DATE = re.compile(r"(\d{4}-\d{2}-\d{2})(?!\d)", re.ASCII)
_LARGEST = 2**63


def article_of(part: Part, *, path: str, body: str) -> Article:
    """Make an article of a file's fields; what does not fit is left out and noted in `part`."""
    title, extra = _title_and_extra(part)
    dated_at = part.moment("publishedDateTime")
    source = DateSource.FIELD if dated_at else None
    if dated_at is None:
        dated_at = date_in_name(path)
        source = DateSource.FILE_NAME if dated_at else None
    amp_urls = (part.url("ampWebUrl"), part.url("cdnAmpWebUrl"))
    return Article(
        path=path,
        title=title,
        kind=part.text("type") or "article",
        category=part.text("category"),
        excerpt=part.text("excerpt") or "",
        dated_at=dated_at,
        date_source=source,
        updated_at=part.moment("updatedDateTime"),
        web_url=part.url("webUrl"),
        original_url=part.url("originalUrl"),
        amp_urls=tuple(url for url in amp_urls if url),
        quality=part.number("quality"),
        heat=part.number("heat"),
        marked_published=part.flag("published"),
        is_removed=_is_withdrawn(part, "removed") | _is_withdrawn(part, "deleted"),
        provider=_provider(part),
        topics=part.texts("topics"),
        pictures=_pictures(part),
        related=_related(part),
        duration=part.duration("length"),
        body=body,
        extra=extra,
    )


def date_in_name(path: str) -> datetime | None:
    """Give midnight UTC of the date at the start of the file's name."""
    found = _FILE_DATE.match(path.rpartition("/")[2])
    return moment(found[1]) if found else None


def _title_and_extra(part: Part) -> tuple[str, Mapping[str, Any]]:
    """Give the title, or the `name` in its place, and every field we have no use for."""
    title = part.text("title")
    extra = {name: value for name, value in part.values.items() if name not in KNOWN}
    if title is None and "name" in extra:
        title = part.text("name")
        del extra["name"]
    if title is None:
        part.note(
            "title", "the file has no title", "add a title; a profile may have a name instead"
        )
    for name in extra:
        known = _BY_FOLDED_NAME.get(re.sub(r"[-_ ]", "", name).casefold())
        if known is not None:
            part.note(name, "a field of this name is not read", f"write `{known}`")
    return title or "", {name: _plain(value) for name, value in extra.items()}


def _plain(value: Any) -> Any:
    """Give a value that JSON can hold."""
    match value:
        case dict():
            return {name: _plain(item) for name, item in value.items()}
        case list():
            return [_plain(item) for item in value]
        case datetime():
            aware = value.replace(tzinfo=UTC) if value.tzinfo is None else value
            return aware.isoformat()
        case date():
            return value.isoformat()
        case bool() | None | str():
            return value
        case int():
            # Databases and JSON stop here; `str` would refuse thousands of digits.
            return value if -_LARGEST <= value < _LARGEST else hex(value)
        case float() if value - value == 0:  # neither infinite nor "not a number"
            return value
        case _:
            return str(value)


def _is_withdrawn(part: Part, name: str) -> bool:
    value = part.values.get(name)
    if value is None or isinstance(value, bool):
        return bool(value)
    # A date or a reason stands for "yes": to send a withdrawn story is worse than to hold one.
    withdrawn = as_flag(value) is not False
    what = "withdrawn" if withdrawn else "not withdrawn"
    part.note(
        name,
        f"this is {kind_of(value)}; the story counts as {what}",
        "write true or false, unquoted",
    )
    return withdrawn


def _provider(part: Part) -> Provider | None:
    inner = part.part("provider", short="name")
    if inner is None:
        return None
    name = inner.text("name")
    domain = inner.text("domain")
    if len(inner.values) == 2 and name and domain:  # as nearly all are
        return Provider(name=name, domain=domain)
    pictures = _pictures(inner)
    authors = tuple(
        author
        for author in (found.text("name") for found in inner.parts("authors", short="name"))
        if author
    )
    if not (name or domain or pictures or authors):
        return None
    return Provider(name=name, domain=domain, pictures=pictures, authors=authors)


def _pictures(part: Part) -> tuple[Picture, ...]:
    if "images" not in part.values:
        return ()
    pictures = (_picture(image) for image in part.parts("images", short="url"))
    return tuple(picture for picture in pictures if picture is not None)


def _picture(part: Part) -> Picture | None:
    get = part.values.get
    url, width, height = get("url"), get("width"), get("height")
    if (
        len(part.values) == 4
        and get("isCached") is True
        and _is_size(width)
        and _is_size(height)
        and isinstance(url, str)
        and (url := url.strip())
    ):  # as nearly all are
        return Picture(url=url, width=width, height=height, is_cached=True)
    return _any_picture(part)


def _is_size(value: object) -> bool:
    return type(value) is int and 0 < value <= MAX_NUMBER


def _any_picture(part: Part) -> Picture | None:
    url = part.url("url")
    if url is None:
        if part.values.get("url") is None or part.values["url"] == "":
            part.note("url", "the picture has no address", "add `url`, or remove the picture")
        return None
    return Picture(
        url=url,
        width=part.size("width"),
        height=part.size("height"),
        title=part.text("title"),
        attribution=part.text("attribution"),
        is_cached=bool(part.flag("isCached")),
    )


def _related(part: Part) -> tuple[RelatedStory, ...]:
    stories = (_related_story(entry) for entry in part.parts("related", short="webUrl"))
    return tuple(story for story in stories if story is not None)


def _related_story(part: Part) -> RelatedStory | None:
    title = part.text("title") or ""
    url = part.url("webUrl") or part.url("originalUrl")
    if not title and not url:
        part.note("title", "a related story has neither title nor address", "add `webUrl`")
        return None
    return RelatedStory(
        title=title,
        url=url,
        excerpt=part.text("excerpt") or "",
        dated_at=part.moment("publishedDateTime"),
        kind=part.text("type") or "article",
        provider=_provider(part),
        quality=part.number("quality"),
        pictures=_pictures(part),
    )
