"""What only shows when articles are looked at together, against the clock, or beside their files.

Nothing here is fatal: the article can be read, and something in it will not work as meant.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.content.findings import Key
from bot.content.origin import Origin
from bot.domain.article import Article, DateSource, Picture, StoryKey
from bot.domain.problem import Problem
from bot.domain.topic import TopicTree
from bot.domain.urls import canonical_url, usable_link
from bot.errors import PictureError

AHEAD = timedelta(days=1)
"""A date may lie so far ahead: local times without a zone are read as UTC."""

LONGEST_NAME = 60
"""Characters of a topic's name in a message."""

Measure = Callable[[str], tuple[int, int] | None]
"""Gives width and height of the file that a picture's address names below the articles folder.

None when the address names no file of ours, or one that cannot be measured; raises
FileNotFoundError when the file is missing and PictureError when it is no picture.
"""

_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_SIDES = ("width", "height")
_IN_FUTURE = "the date lies more than a day ahead"
_WHOLE_ADDRESS = "write it whole, such as https://example.com/story"
_UNUSABLE = "this address cannot be used as a link: it is not the whole address of a public page"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What was found: problems, and warnings that are no reason to refuse a file."""

    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class _Remark:
    """A problem whose place is not looked up yet; the key is the Article's."""

    key: Key
    problem: str
    mend: str
    is_warning: bool = False


class Checks:
    """Looks at one article after the other and remembers their stories."""

    def __init__(self, *, now: datetime) -> None:
        self._now = now
        self._stories: dict[StoryKey, str] = {}
        self._nearest: dict[tuple[TopicTree, str], str | None] = {}

    def look_at(
        self, article: Article, origin: Origin, *, topics: TopicTree, measure: Measure
    ) -> Found:
        """Find what is wrong with an article that can be read, and which story it repeats.

        `topics` holds the described topics alone; without any, every topic is fine.
        """
        if article.is_removed:
            return Found()
        remarks = [
            *_links(article, origin),
            *self._dates(article),
            *(self._topics(article, topics) if topics.topics else ()),
            *_pictures(article, origin, measure),
            *self._repeats(article, origin),
        ]
        told = [(remark.is_warning, _told(remark, origin)) for remark in remarks]
        return Found(
            problems=tuple(problem for is_warning, problem in told if not is_warning),
            warnings=tuple(problem for is_warning, problem in told if is_warning),
        )

    def _repeats(self, article: Article, origin: Origin) -> Iterator[_Remark]:
        if article.story_key.startswith("path:"):
            return
        field = _identifying_field(article, origin)
        here = _place(article.path, origin.line_of(field))
        other = self._stories.setdefault(article.story_key, here)
        if other != here:
            yield _Remark(
                (field,),
                f"this is the same story as {other}; it goes out once",
                "remove one of the two files, or correct the address",
            )

    def _dates(self, article: Article) -> Iterator[_Remark]:
        latest = self._now + AHEAD
        if article.dated_at is not None and article.dated_at > latest:
            if article.date_source is DateSource.FIELD:
                yield _Remark(("publishedDateTime",), _IN_FUTURE, "correct the date")
            else:
                yield _Remark(
                    (),
                    "the date in the file's name lies more than a day ahead",
                    "add `publishedDateTime`, or rename the file",
                )
        if article.updated_at is not None and article.updated_at > latest:
            yield _Remark(("updatedDateTime",), _IN_FUTURE, "correct the date")
        for number, story in enumerate(article.related):
            if story.dated_at is not None and story.dated_at > latest:
                key = ("related", number, "publishedDateTime")
                yield _Remark(key, _IN_FUTURE, "correct the date")

    def _topics(self, article: Article, topics: TopicTree) -> Iterator[_Remark]:
        for number, name in enumerate(article.topics):
            if topics.find(name) is not None:
                continue
            near = self._nearest_to(name, topics)
            advice = "describe it in the topics file"
            yield _Remark(
                ("topics", number),
                f"the topics file does not describe `{_short(name)}`",
                f"write `{near}`, or {advice}" if near else advice,
            )

    def _nearest_to(self, name: str, topics: TopicTree) -> str | None:
        # Comparing with every spelling takes milliseconds, and a wrong name stands in many files.
        key = (topics, name)
        if key not in self._nearest:
            near = topics.nearest(name, limit=1)
            self._nearest[key] = near[0].name if near else None
        return self._nearest[key]


def _told(remark: _Remark, origin: Origin) -> Problem:
    return origin.problem(remark.key, remark.problem, remark.mend)


def _place(path: str, line: int | None) -> str:
    return path if line is None else f"{path}:{line}"


def _short(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"


def _links(article: Article, origin: Origin) -> Iterator[_Remark]:
    for name, url in (("webUrl", article.web_url), ("originalUrl", article.original_url)):
        if url and usable_link(url) is None:
            yield _Remark((name,), _UNUSABLE, _WHOLE_ADDRESS)
    if not (article.web_url or article.original_url):
        yield _Remark(
            ("webUrl",),
            "the article has no address, so it is never chosen",
            "add `webUrl` or `originalUrl`",
        )
    for number, story in enumerate(article.related):
        if story.url is None:
            yield _Remark(
                ("related", number, "webUrl"),
                "a related story has no address, so nothing can be joined by it",
                "add `webUrl`, or remove the entry",
            )
        elif usable_link(story.url) is None:
            name = "webUrl" if origin.value(("related", number, "webUrl")) else "originalUrl"
            key = ("related", number, name)
            yield _Remark(key, _UNUSABLE, f"{_WHOLE_ADDRESS}, or remove the entry")


def _identifying_field(article: Article, origin: Origin) -> str:
    """Name the field that the story key was made of."""
    for name, url in (("webUrl", article.web_url), ("originalUrl", article.original_url)):
        if url and canonical_url(url):
            return name
    return next(name for name in ("ampWebUrl", "cdnAmpWebUrl") if origin.value((name,)))


def _pictures(article: Article, origin: Origin, measure: Measure) -> Iterator[_Remark]:
    for key, picture in _own_pictures(article):
        size, remarks = _about_file(key, picture, measure)
        yield from remarks
        if picture.width is None or picture.height is None:
            yield from _about_size(key, picture, origin, size)
    # A provider's logo is not shown: its size decides nothing, but its file may be missing.
    for number, picture in enumerate(article.provider.pictures if article.provider else ()):
        yield from _about_file(("provider", "images", number), picture, measure)[1]


def _own_pictures(article: Article) -> Iterator[tuple[Key, Picture]]:
    for number, picture in enumerate(article.pictures):
        yield ("images", number), picture
    for place, story in enumerate(article.related):
        for number, picture in enumerate(story.pictures):
            yield ("related", place, "images", number), picture


def _about_file(
    key: Key, picture: Picture, measure: Measure
) -> tuple[tuple[int, int] | None, tuple[_Remark, ...]]:
    """Give the real size as far as it is known, and what is wrong with address and file."""
    if _SCHEME.match(picture.url):
        if usable_link(picture.url) is not None:
            return None, ()
        problem = "this address of a picture cannot be used: it is not a whole public one"
        mend = "write it whole, such as https://example.com/picture.jpg"
        return None, (_Remark((*key, "url"), problem, mend),)
    try:
        size = measure(picture.url)
    except FileNotFoundError:
        problem = "there is no such picture below the folder of articles"
        return None, (_Remark((*key, "url"), problem, "add the file, or correct the address"),)
    except PictureError as error:
        problem = f"the file of this picture cannot be used: {error}"
        mend = "put a JPEG or PNG picture in its place"
        return None, (_Remark((*key, "url"), problem, mend),)
    return size, tuple(_wrong_size(key, picture, size) if size else ())


def _wrong_size(key: Key, picture: Picture, size: tuple[int, int]) -> Iterator[_Remark]:
    declared = (picture.width, picture.height)
    wrong = [
        name
        for name, said, real in zip(_SIDES, declared, size, strict=True)
        if said is not None and said != real
    ]
    if wrong:
        yield _Remark(
            (*key, wrong[0]),
            f"the picture is {size[0]} × {size[1]} pixels large, and the file says otherwise",
            f"write {_fields(_SIDES, size)}",
            is_warning=True,
        )


def _about_size(
    key: Key, picture: Picture, origin: Origin, size: tuple[int, int] | None
) -> Iterator[_Remark]:
    missing = [name for name in _SIDES if getattr(picture, name) is None]
    # A size that is written and could not be read was told while reading.
    missing = [name for name in missing if origin.value((*key, name)) is None]
    if missing:
        yield _Remark(
            (*key, missing[0]),
            f"the picture has no {' and no '.join(missing)}, so that its size is a guess",
            f"add {_fields(missing, size)}",
        )


def _fields(names: Sequence[str], size: tuple[int, int] | None) -> str:
    if size is None:
        return " and ".join(f"`{name}`" for name in names) + " in pixels"
    real = dict(zip(_SIDES, size, strict=True))
    return " and ".join(f"`{name}: {real[name]}`" for name in names)
