"""A copy of the seeds in which the newest story is an hour old, and a script of what happens next.

Files are treated as bytes, so that line ends, quoting and order stay as a publisher wrote them.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from bot.content.header import read

NEWEST_AGE = timedelta(hours=1)
HELD_BACK = 12
"""Stories that appear one by one while the demo runs."""
SHOWN_AT_ONCE = 8
"""Stories that are never held back: the first digest shall be a full one."""
COOL = 70
"""Published stories below this heat are no candidates until they heat up."""
HOT = 96
"""The heat of a story that heats up."""

_DATE_LINE = re.compile(
    rb"""^(?P<key>[ ]*(?:-[ ])?(?:publishedDateTime|updatedDateTime):[ ]*)
    (?P<quote>["']?)(?P<date>\d{4}-\d\d-\d\d)
    (?P<time>[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?)?(?P=quote)""",
    re.MULTILINE | re.VERBOSE,
)
_HEAT_LINE = re.compile(rb"^heat:[ ]*\d+", re.MULTILINE)
_NAME_DATE = re.compile(r"^(\d{4}-\d\d-\d\d)(?=-)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Appears:
    """A story that is held back: its path below the folder and its bytes."""

    path: str
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatsUp:
    """A story that was published before and becomes hot."""

    path: str


Event = Appears | HeatsUp


def lay_out(seeds: Path, folder: Path, *, now: datetime) -> tuple[Event, ...]:
    """Copy the seeds into `folder` with all dates moved by one amount; give what happens next.

    The newest publishing date becomes `now` less an hour. Some fresh stories are held back: they
    are the first events; then stories that nobody would see any more heat up.
    """
    files = sorted(path for path in seeds.rglob("*") if path.is_file())
    articles = {path: path.read_bytes() for path in files if path.suffix == ".md"}
    shift = now - NEWEST_AGE - max(_dates(articles.values()))
    laid_out: dict[str, bytes] = {}
    for path, data in articles.items():
        name = _moved_name(path.name, shift)
        relative = (path.relative_to(seeds).parent / name).as_posix()
        laid_out[relative] = moved(data, shift)
    held = _held_back(laid_out, now)
    for relative, data in laid_out.items():
        if relative not in held:
            _write(folder / relative, data)
    for path in files:
        if path not in articles:
            target = folder / path.relative_to(seeds)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
    appearing = tuple(Appears(path=path, data=laid_out[path]) for path in held)
    return appearing + tuple(HeatsUp(path=path) for path in _sleepers(laid_out, held, now))


def happen(event: Event, folder: Path, *, now: datetime) -> str:
    """Make an event true in the folder; gives a sentence that says what happened."""
    path = folder / event.path
    match event:
        case Appears(data=data):
            shift = now - max(_dates([data]))
            _write(path, moved(data, shift))
            return f"a story appeared: {event.path}"
        case HeatsUp():
            data = path.read_bytes()
            _write(path, _HEAT_LINE.sub(b"heat: %d" % HOT, data, count=1))
            return f"a story heated up to {HOT}: {event.path}"


def moved(data: bytes, shift: timedelta) -> bytes:
    """Move every date of an article by `shift`; what has no time of day moves by whole days."""

    def move(found: re.Match[bytes]) -> bytes:
        text = (found["date"] + (found["time"] or b"")).decode()
        quote = found["quote"]
        if found["time"] is None:
            day = date.fromisoformat(text) + timedelta(days=round(shift / timedelta(days=1)))
            return found["key"] + quote + day.isoformat().encode() + quote
        later = (datetime.fromisoformat(text) + shift).replace(microsecond=0)
        written = later.isoformat()
        if text.endswith("Z"):
            written = written.removesuffix("+00:00") + "Z"
        return found["key"] + quote + written.encode() + quote

    return _DATE_LINE.sub(move, data)


def _dates(files: Iterable[bytes]) -> Iterator[datetime]:
    for data in files:
        for found in _DATE_LINE.finditer(data):
            if found["key"].startswith(b"publishedDateTime") and found["time"]:
                at = datetime.fromisoformat((found["date"] + found["time"]).decode())
                yield at if at.tzinfo else at.replace(tzinfo=UTC)


def _moved_name(name: str, shift: timedelta) -> str:
    found = _NAME_DATE.match(name)
    if found is None:
        return name
    day = date.fromisoformat(found[1]) + timedelta(days=round(shift / timedelta(days=1)))
    return day.isoformat() + name[found.end() :]


def _held_back(laid_out: dict[str, bytes], now: datetime) -> tuple[str, ...]:
    """Choose which stories wait: not the hottest, and not those that could never be sent."""
    waiting = []
    for path, data in laid_out.items():
        article = read(path, data).article
        if article is None or article.is_removed or article.dated_at is None:
            continue
        is_of_the_week = now - article.dated_at < timedelta(days=6)
        if is_of_the_week and article.link and not article.marked_published:
            waiting.append((-(article.heat or 0), path))
    return tuple(path for _, path in sorted(waiting)[SHOWN_AT_ONCE:][:HELD_BACK])


def _sleepers(laid_out: dict[str, bytes], held: tuple[str, ...], now: datetime) -> Iterator[str]:
    """Give published, cool stories of the week: hot, they become candidates again."""
    for path, data in laid_out.items():
        article = read(path, data).article
        if path in held or article is None or article.is_removed or article.dated_at is None:
            continue
        is_of_the_week = now - article.dated_at < timedelta(days=6)
        is_cool = article.heat is not None and article.heat < COOL
        if article.marked_published and is_of_the_week and is_cool and _HEAT_LINE.search(data):
            yield path


def _write(path: Path, data: bytes) -> None:
    """Write a file whole or not at all, as a careful publisher's tool does."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    part.write_bytes(data)
    part.replace(path)
