"""An article as JSON text and back, without loss.

Fields at their defaults are left out. Front matter may hold what JSON does not know (dates,
bytes, keys that are no strings): such values are wrapped in an object with one `$` key.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from bot.domain.article import Article, DateSource, Picture, Provider, RelatedStory

_MICROSECOND = timedelta(microseconds=1)
_PLAIN = (str, bool, float, type(None))
_MOST_EXACT = 2**53


def article_text(article: Article) -> str:
    """Write an article as JSON in ASCII, which every database takes."""
    return json.dumps(article_json(article), separators=(",", ":"))


def article_from_text(text: str) -> Article:
    """Read what `article_text` wrote."""
    return article_from_json(json.loads(text))


def article_json(article: Article) -> dict[str, Any]:
    """Give the JSON form of an article."""
    return _filled(
        path=article.path,
        title=article.title,
        kind=None if article.kind == "article" else article.kind,
        category=article.category,
        excerpt=article.excerpt or None,
        dated_at=_moment(article.dated_at),
        date_source=article.date_source.value if article.date_source else None,
        updated_at=_moment(article.updated_at),
        web_url=article.web_url,
        original_url=article.original_url,
        amp_urls=list(article.amp_urls) or None,
        quality=article.quality,
        heat=article.heat,
        marked_published=article.marked_published,
        is_removed=article.is_removed or None,
        provider=_provider_json(article.provider),
        topics=list(article.topics) or None,
        pictures=[_picture_json(picture) for picture in article.pictures] or None,
        related=[_related_json(story) for story in article.related] or None,
        duration=None if article.duration is None else article.duration // _MICROSECOND,
        body=article.body or None,
        extra=_any_json(article.extra) if article.extra else None,
    )


def article_from_json(value: Mapping[str, Any]) -> Article:
    """Read an article from its JSON form."""
    get = value.get
    duration = get("duration")
    date_source = get("date_source")
    return Article(
        path=value["path"],
        title=value["title"],
        kind=get("kind", "article"),
        category=get("category"),
        excerpt=get("excerpt", ""),
        dated_at=_read_moment(get("dated_at")),
        date_source=DateSource(date_source) if date_source else None,
        updated_at=_read_moment(get("updated_at")),
        web_url=get("web_url"),
        original_url=get("original_url"),
        amp_urls=tuple(get("amp_urls", ())),
        quality=get("quality"),
        heat=get("heat"),
        marked_published=get("marked_published"),
        is_removed=get("is_removed", False),
        provider=_read_provider(get("provider")),
        topics=tuple(get("topics", ())),
        pictures=tuple(_read_picture(picture) for picture in get("pictures", ())),
        related=tuple(_read_related(story) for story in get("related", ())),
        duration=None if duration is None else duration * _MICROSECOND,
        body=get("body", ""),
        extra=_read_any(get("extra", {})),
    )


def _filled(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _read_moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _picture_json(picture: Picture) -> dict[str, Any]:
    return _filled(
        url=picture.url,
        width=picture.width,
        height=picture.height,
        title=picture.title,
        attribution=picture.attribution,
        is_cached=picture.is_cached or None,
    )


def _read_picture(value: Mapping[str, Any]) -> Picture:
    return Picture(**value)


def _provider_json(provider: Provider | None) -> dict[str, Any] | None:
    if provider is None:
        return None
    return _filled(
        name=provider.name,
        domain=provider.domain,
        pictures=[_picture_json(picture) for picture in provider.pictures] or None,
        authors=list(provider.authors) or None,
    )


def _read_provider(value: Mapping[str, Any] | None) -> Provider | None:
    if value is None:
        return None
    return Provider(
        name=value.get("name"),
        domain=value.get("domain"),
        pictures=tuple(_read_picture(picture) for picture in value.get("pictures", ())),
        authors=tuple(value.get("authors", ())),
    )


def _related_json(story: RelatedStory) -> dict[str, Any]:
    return _filled(
        title=story.title,
        url=story.url,
        excerpt=story.excerpt or None,
        dated_at=_moment(story.dated_at),
        kind=None if story.kind == "article" else story.kind,
        provider=_provider_json(story.provider),
        quality=story.quality,
        pictures=[_picture_json(picture) for picture in story.pictures] or None,
    )


def _read_related(value: Mapping[str, Any]) -> RelatedStory:
    return RelatedStory(
        title=value["title"],
        url=value.get("url"),
        excerpt=value.get("excerpt", ""),
        dated_at=_read_moment(value.get("dated_at")),
        kind=value.get("kind", "article"),
        provider=_read_provider(value.get("provider")),
        quality=value.get("quality"),
        pictures=tuple(_read_picture(picture) for picture in value.get("pictures", ())),
    )


def _any_json(value: Any) -> Any:
    """Write whatever front matter may hold; a value of an unknown type becomes its text."""
    if isinstance(value, _PLAIN):
        return value
    if isinstance(value, int):
        # Python reads and writes long decimals slowly, then not at all; hexadecimal it does.
        return value if abs(value) < _MOST_EXACT else {"$int": hex(value)}
    if isinstance(value, list):
        return [_any_json(part) for part in value]
    if isinstance(value, Mapping):
        return _mapping_json(value)
    for kind, (name, write) in _WRAPPED.items():
        if isinstance(value, kind):
            return {name: write(value)}
    return str(value)


def _mapping_json(value: Mapping[Any, Any]) -> Any:
    if all(isinstance(key, str) and not key.startswith("$") for key in value):
        return {key: _any_json(part) for key, part in value.items()}
    return {"$pairs": [[_any_json(key), _any_json(part)] for key, part in value.items()]}


def _read_any(value: Any) -> Any:
    if isinstance(value, list):
        return [_read_any(part) for part in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        ((name, content),) = value.items()
        if name in _UNWRAP:
            return _UNWRAP[name](content)
    return {key: _read_any(part) for key, part in value.items()}


def _parts_json(value: Any) -> list[Any]:
    return [_any_json(part) for part in value]


# A datetime is a date: the order matters.
_WRAPPED: dict[type, tuple[str, Callable[[Any], Any]]] = {
    datetime: ("$datetime", datetime.isoformat),
    date: ("$date", date.isoformat),
    time: ("$time", time.isoformat),
    timedelta: ("$timedelta", lambda value: value // _MICROSECOND),
    bytes: ("$bytes", lambda value: base64.b64encode(value).decode()),
    tuple: ("$tuple", _parts_json),
    frozenset: ("$frozenset", _parts_json),
    set: ("$set", _parts_json),
}
_UNWRAP: dict[str, Callable[[Any], Any]] = {
    "$int": lambda text: int(text, 16),
    "$pairs": lambda pairs: {_read_any(key): _read_any(part) for key, part in pairs},
    "$datetime": datetime.fromisoformat,
    "$date": date.fromisoformat,
    "$time": time.fromisoformat,
    "$timedelta": lambda count: count * _MICROSECOND,
    "$bytes": base64.b64decode,
    "$tuple": lambda parts: tuple(_read_any(part) for part in parts),
    "$frozenset": lambda parts: frozenset(_read_any(part) for part in parts),
    "$set": lambda parts: {_read_any(part) for part in parts},
}
