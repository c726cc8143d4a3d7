"""The one change that we make to files of others: `published` becomes true, and no other byte.

Nothing is written from values: the place is found in the text, the new word is put there, and
the result is read again. Unless it is the same article but for the flag, the file stays as it is.
"""

from __future__ import annotations

import codecs
import contextlib
import hashlib
import os
import re
import stat
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from typing import Any

import yaml

from bot.content.fences import MAX_FILE_SIZE, decode, find_fences, too_large
from bot.content.findings import Unusable
from bot.content.header import read
from bot.domain.article import StoryKey

FLAG = "published"
NEIGHBOUR = "heat"

QUIET_SECONDS = 0.25
"""A file that changed within this time may be half written: whoever writes it goes first."""

_Loader: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_SAYS_NO = re.compile(
    r"(?P<quote>[\"'])(?:false|no|off)?(?P=quote)|false|no|off|null|~", re.IGNORECASE
)
_LINE_END = re.compile(r"\r\n|\r|\n")
# What the reader mends before YAML sees it; here with as many other characters, so that places
# stay where they are.
_ODD = re.compile(
    r"(?<!\\)(?P<before>(?:\\\\)*)\\u[dD][89a-fA-F][0-9a-fA-F]{2}"
    "|[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a file was left alone, in words that follow "not written back: "."""

    text: str


class Marked(Enum):
    """What became of a file that was to be marked."""

    WRITTEN = "written"
    ALREADY = "already"
    """It says so by itself."""
    BUSY = "busy"
    """It is being written, or was changed under our hands: look again after QUIET_SECONDS."""
    ELSEWHERE = "elsewhere"
    """The file is gone, or holds another story by now."""


_NOT_PLAIN = Reason("`published` is not plainly true or false (an anchor, a tag, another value)")
_TWICE = Reason("`published` stands there more than once")
_FLOW = Reason("the fields stand in one pair of braces, not one on each line")
_NOT_ALONE = Reason("the flag cannot be changed without touching other fields")
_READ_ONLY = Reason("the file or its folder is read-only")
_OUTSIDE = Reason("the file lies outside the articles folder")


@dataclass(frozen=True, slots=True)
class _Splice:
    """Put `new` in place of the characters from `start` to `end`."""

    start: int
    end: int
    new: str


@dataclass(frozen=True, slots=True)
class _Field:
    """One outermost field: its name, and the places of its key and value in the header."""

    name: str
    key_start: int
    value_start: int
    value_end: int
    is_scalar: bool


def with_published(data: bytes) -> bytes | Reason:
    """Give the bytes of an article file with its `published` true; the same bytes if it is.

    A flag in quotes stays in quotes. A missing one is added on a line of its own below `heat`,
    else at the end of the front matter.
    """
    before = read("", data)
    if before.article is None:
        return Reason(f"the file cannot be used: {before.problems[0].problem}")
    if before.article.marked_published:
        return data
    marked = replace(before.article, marked_published=True)
    text = decode(data)
    splices = _splices(text)
    if isinstance(splices, Reason):
        return splices
    for splice in splices:
        result = _spliced(data, text, splice)
        if read("", result).article == marked:
            return result
    return _NOT_ALONE


def _spliced(data: bytes, text: str, splice: _Splice) -> bytes:
    mark = len(codecs.BOM_UTF8) if data.startswith(codecs.BOM_UTF8) else 0
    start = mark + len(text[: splice.start].encode())
    end = start + len(text[splice.start : splice.end].encode())
    return data[:start] + splice.new.encode() + data[end:]


def _splices(text: str) -> list[_Splice] | Reason:
    """Find the changes that could do it, the best first."""
    fences = find_fences(text)
    header = text[fences.header_start : fences.header_end]
    fields = _fields(header)
    if isinstance(fields, Reason):
        return fields
    flags = [field for field in fields if field.name == FLAG]
    if len(flags) > 1:
        return _TWICE
    if flags:
        found = [_in_place(header, flags[0])]
    else:
        found = [_below(header, field) for field in fields if field.name == NEIGHBOUR]
        found.append(_at_the_end(header, fields))
    moved = [
        _Splice(one.start + fences.header_start, one.end + fences.header_start, one.new)
        for one in found
        if one is not None
    ]
    return moved or _NOT_PLAIN


def _in_place(header: str, flag: _Field) -> _Splice | None:
    """Say how to change the value that is there; None when it is no plain "no"."""
    start, end = flag.value_start, flag.value_end
    if not flag.is_scalar:
        return None
    if start == end:  # nothing, or null left out: YAML places it right behind the colon
        return _Splice(start, end, " true") if header[start - 1 : start] == ":" else None
    said = _SAYS_NO.fullmatch(header, start, end)
    if said is None:
        return None
    quote = said["quote"] or ""
    return _Splice(start, end, f"{quote}true{quote}")


def _below(header: str, neighbour: _Field) -> _Splice | None:
    """Say how to add a line after the neighbour's; None when that takes several lines."""
    is_one_line = not _LINE_END.search(header, neighbour.key_start, neighbour.value_end)
    line_end = _LINE_END.search(header, neighbour.value_end)
    if not neighbour.is_scalar or not is_one_line or line_end is None:
        return None
    indent = _indent(header, neighbour.key_start)
    return _Splice(line_end.end(), line_end.end(), f"{indent}{FLAG}: true{line_end[0]}")


def _at_the_end(header: str, fields: list[_Field]) -> _Splice:
    # The header always ends with a line end: the closing fence begins a line.
    *_, last = _LINE_END.finditer(header)
    indent = _indent(header, fields[0].key_start) if fields else ""
    return _Splice(len(header), len(header), f"{indent}{FLAG}: true{last[0]}")


def _indent(header: str, key_start: int) -> str:
    line_start = max(header.rfind("\n", 0, key_start), header.rfind("\r", 0, key_start)) + 1
    before = header[line_start:key_start]
    return before if before.strip(" ") == "" else ""


def _fields(header: str) -> list[_Field] | Reason:
    """List the outermost fields; raises nothing that the reader would not have refused."""
    masked = _ODD.sub(lambda odd: (odd["before"] or "").ljust(len(odd[0])), header)
    try:
        return list(_outermost(masked))
    except _InBracesError:
        return _FLOW
    except (yaml.YAMLError, ValueError):
        return _NOT_ALONE


class _InBracesError(Exception):
    """The whole front matter is written as a flow mapping."""


def _outermost(header: str) -> Iterator[_Field]:
    name: str | None = None  # a key is expected, not a value
    key_start = 0
    for start, end, text in _top_values(header):
        if name is None:
            name, key_start = text or "", start
        else:
            yield _Field(name, key_start, start, end, is_scalar=text is not None)
            name = None


def _top_values(header: str) -> Iterator[tuple[int, int, str | None]]:
    """Give place and text of the outermost keys and values in turn; only scalars have a text."""
    depth = 0
    start = 0
    # Events and not nodes: an alias' node is the one at its anchor, in another place.
    for event in yaml.parse(header, Loader=_Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            if depth == 0 and event.flow_style:
                raise _InBracesError
            depth += 1
            if depth == 2:
                start = _index(event.start_mark)
            continue
        if isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
            if depth == 1:
                yield start, _index(event.end_mark), None
        elif depth == 1:
            text = event.value if isinstance(event, yaml.ScalarEvent) else None
            yield _index(event.start_mark), _index(event.end_mark), text


def _index(mark: Any) -> int:
    return int(mark.index)


def mark_published(
    location: Path,
    *,
    root: Path,
    path: str,
    story_key: StoryKey,
    filesystem_now: Callable[[], int] = time.time_ns,
) -> Marked | Reason:
    """Write `published: true` into a file below `root`, if it still holds the story; never raises.

    `path` is how the library calls the file. `location` may be a link; what it leads to is
    changed when that lies below `root`. `filesystem_now` tells nanoseconds since 1970 as the
    clock that stamps files does.
    """
    try:
        target = Path(os.path.realpath(location))
        if not target.is_relative_to(os.path.realpath(root)):
            return _OUTSIDE
        data = _quiet_bytes(target, filesystem_now)
        return Marked.BUSY if data is None else _mark(target, data, path, story_key)
    except FileNotFoundError:
        return Marked.ELSEWHERE
    except Unusable as trouble:
        return Reason(trouble.problem)
    except PermissionError:
        return _READ_ONLY
    except OSError as error:
        return Reason(f"the file cannot be changed: {error.strerror}")


def _mark(target: Path, data: bytes, path: str, story_key: StoryKey) -> Marked | Reason:
    article = read(path, data).article
    if article is not None and article.story_key != story_key:
        return Marked.ELSEWHERE
    new = with_published(data)
    if isinstance(new, Reason):
        return new
    if new == data:
        return Marked.ALREADY
    is_ours = replace_unchanged(target, expected=data, new=new)
    return Marked.WRITTEN if is_ours else Marked.BUSY


def _quiet_bytes(target: Path, filesystem_now: Callable[[], int]) -> bytes | None:
    """Read a file; None when somebody may be just writing it.

    Raises PermissionError for a read-only one.
    """
    # As in the library: a pipe in the place of a file would block us.
    descriptor = os.open(target, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    with os.fdopen(descriptor, "rb") as file:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise Unusable("it is no file", "")
        if found.st_size > MAX_FILE_SIZE:
            raise too_large()
        # The owner's wish counts also where we could go round it by replacing the file.
        if not found.st_mode & 0o222 or not os.access(target, os.W_OK):
            raise PermissionError
        age = filesystem_now() - found.st_mtime_ns
        # A date in the future tells nothing, and waiting for it could take for ever.
        return None if 0 <= age < QUIET_SECONDS * 1e9 else file.read(MAX_FILE_SIZE + 1)


def replace_unchanged(target: Path, *, expected: bytes, new: bytes) -> bool:
    """Put `new` in the place of a file at once, if it holds `expected`; False: it does not.

    Mode is kept, and the owner where we may. A kill leaves the old file or the new one, and at
    worst hidden files beside it that the next attempt removes. Raises OSError.

    A second name holds on to the old file: who opened it before us and writes into it after us
    would write into nothing, so in that case the old file is put back. What stays open is the
    moment between the last look and the replacement, for those who replace the file as we do.
    """
    mark = hashlib.blake2b(os.fsencode(target.name), digest_size=8).hexdigest()
    fresh, old = (target.with_name(f".gazette-{mark}.{kind}") for kind in ("new", "old"))
    try:
        for left_over in (fresh, old):
            left_over.unlink(missing_ok=True)
        _write(fresh, new, like=target.stat())
        with contextlib.suppress(OSError):  # not every file system knows second names
            os.link(target, old)
        if not _holds(target, expected):
            return False
        fresh.replace(target)
        if old.exists() and not _holds(old, expected):
            if _holds(target, new):
                old.replace(target)
            return False
        _sync_folder(target.parent)
        return True
    finally:
        for left_over in (fresh, old):
            left_over.unlink(missing_ok=True)


def _write(fresh: Path, data: bytes, *, like: os.stat_result) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
    with os.fdopen(os.open(fresh, flags, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        if (like.st_uid, like.st_gid) != (os.geteuid(), os.getegid()):
            with contextlib.suppress(PermissionError):
                os.fchown(file.fileno(), like.st_uid, like.st_gid)
        os.fchmod(file.fileno(), stat.S_IMODE(like.st_mode))  # after the owner: that clears bits
        os.fsync(file.fileno())


def _holds(path: Path, expected: bytes) -> bool:
    with contextlib.suppress(FileNotFoundError):
        return path.stat().st_size == len(expected) and path.read_bytes() == expected
    return False


def _sync_folder(folder: Path) -> None:
    # Some file systems cannot; the file itself is safe by then, only its name may be lost.
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
