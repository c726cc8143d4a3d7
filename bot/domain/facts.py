"""Facts: an article as plain values that JSON can hold, and back, without loss.

Fields at their defaults are left out. Front matter may hold what JSON does not know (dates,
bytes, keys that are no strings): such values are wrapped in an object with one `$` key. A large
import makes facts of files and rows of facts, and no article in between.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from operator import attrgetter
from typing import Any

from bot.domain.article import (
    Article,
    DateSource,
    Picture,
    Provider,
    RelatedStory,
    StoryKey,
    key_of_story,
    provider_key,
)
from bot.domain.quick import quick
from bot.domain.urls import host_of, usable_link

Facts = dict[str, Any]
"""What `facts_of` gives, or the same read from JSON; nobody changes it."""

# A moment that was written has a zone, which is all that an article checks by itself.
_make_article = quick(Article)
_make_related = quick(RelatedStory)
_make_picture = quick(Picture)
_MICROSECOND = timedelta(microseconds=1)
_PLAIN = (str, bool, type(None))
_MOST_EXACT = 2**53


def as_facts(articles: Iterable[Article | Facts]) -> list[Facts]:
    """Give the facts of articles, those that are facts already as they are."""
    return [facts_of(one) if isinstance(one, Article) else one for one in articles]


def link_of(facts: Facts) -> str | None:
    """Give the `link` of the article."""
    return usable_link(facts.get("web_url")) or usable_link(facts.get("original_url"))


def story_key_of(facts: Facts) -> StoryKey:
    """Give the `story_key` of the article."""
    get = facts.get
    return key_of_story(facts["path"], (get("web_url"), get("original_url"), *get("amp_urls", ())))


def provider_key_of(facts: Facts) -> str | None:
    """Give the `provider_key` of the article."""
    provider = facts.get("provider")
    key = provider_key(provider.get("domain") or provider.get("name")) if provider else None
    return key or host_of(link_of(facts))


def facts_of(article: Article) -> Facts:
    """Give the facts of an article; a moment in UTC may still be one."""
    value: Facts = {"path": article.path, "title": article.title}
    if article.kind != "article":
        value["kind"] = article.kind
    fields = zip(_AS_THEY_ARE, _as_they_are(article), _USUAL, strict=True)
    value.update([(name, field) for name, field, usual in fields if field != usual])
    if article.dated_at is not None:
        value["dated_at"] = _moment_json(article.dated_at)
    if article.updated_at is not None:
        value["updated_at"] = _moment_json(article.updated_at)
    if article.date_source is not None:
        value["date_source"] = article.date_source.value
    if article.is_removed:
        value["is_removed"] = True
    _add_parts(value, article)
    return value


_AS_THEY_ARE = {
    "category": None,
    "excerpt": "",
    "web_url": None,
    "original_url": None,
    "quality": None,
    "heat": None,
    "marked_published": None,
    "body": "",
}
"""Fields that JSON holds as they are, with the values that stay out."""
_as_they_are = attrgetter(*_AS_THEY_ARE)
_USUAL = tuple(_AS_THEY_ARE.values())


def _add_parts(value: dict[str, Any], article: Article) -> None:
    if article.provider is not None:
        value["provider"] = _provider_json(article.provider)
    if article.amp_urls:
        value["amp_urls"] = article.amp_urls
    if article.topics:
        value["topics"] = article.topics
    if article.pictures:
        value["pictures"] = [_picture_json(picture) for picture in article.pictures]
    if article.related:
        value["related"] = [_related_json(story) for story in article.related]
    if article.duration is not None:
        value["duration"] = article.duration // _MICROSECOND
    if article.extra:
        value["extra"] = _any_json(article.extra)


def article_from(value: Facts) -> Article:
    """Make the article of which these are the facts."""
    get = value.get
    duration = get("duration")
    date_source = get("date_source")
    return _make_article(
        path=value["path"],
        title=value["title"],
        kind=get("kind", "article"),
        category=get("category"),
        excerpt=get("excerpt", ""),
        dated_at=moment_of(get("dated_at")),
        date_source=DateSource(date_source) if date_source else None,
        updated_at=moment_of(get("updated_at")),
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


def _moment_json(moment: datetime) -> datetime | str:
    """Leave what orjson writes as `isoformat` does to it: it is five times as fast."""
    return moment if moment.tzinfo is UTC else moment.isoformat()


def moment_of(value: datetime | str | None) -> datetime | None:
    """Read a moment of the facts."""
    return datetime.fromisoformat(value) if isinstance(value, str) else value


def _picture_json(picture: Picture) -> dict[str, Any]:
    value: dict[str, Any] = {"url": picture.url}
    if picture.width is not None:
        value["width"] = picture.width
    if picture.height is not None:
        value["height"] = picture.height
    if picture.title is not None:
        value["title"] = picture.title
    if picture.attribution is not None:
        value["attribution"] = picture.attribution
    if picture.is_cached:
        value["is_cached"] = True
    return value


def _read_picture(value: Mapping[str, Any]) -> Picture:
    return _make_picture(**value)


def _provider_json(provider: Provider) -> dict[str, Any]:
    value: dict[str, Any] = {}
    if provider.name is not None:
        value["name"] = provider.name
    if provider.domain is not None:
        value["domain"] = provider.domain
    if provider.pictures:
        value["pictures"] = [_picture_json(picture) for picture in provider.pictures]
    if provider.authors:
        value["authors"] = provider.authors
    return value


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
    value: dict[str, Any] = {"title": story.title}
    if story.url is not None:
        value["url"] = story.url
    if story.excerpt:
        value["excerpt"] = story.excerpt
    if story.dated_at is not None:
        value["dated_at"] = _moment_json(story.dated_at)
    if story.kind != "article":
        value["kind"] = story.kind
    if story.provider is not None:
        value["provider"] = _provider_json(story.provider)
    if story.quality is not None:
        value["quality"] = story.quality
    if story.pictures:
        value["pictures"] = [_picture_json(picture) for picture in story.pictures]
    return value


def _read_related(value: Mapping[str, Any]) -> RelatedStory:
    return _make_related(
        title=value["title"],
        url=value.get("url"),
        excerpt=value.get("excerpt", ""),
        dated_at=moment_of(value.get("dated_at")),
        kind=value.get("kind", "article"),
        provider=_read_provider(value.get("provider")),
        quality=value.get("quality"),
        pictures=tuple(_read_picture(picture) for picture in value.get("pictures", ())),
    )


def _any_json(value: Any) -> Any:
    """Write whatever front matter may hold; a value of an unknown type becomes its text."""
    if isinstance(value, _PLAIN):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else {"$float": repr(value)}
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
    "$float": float,
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
