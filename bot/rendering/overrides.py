"""Templates that an operator wrote in place of ours, taken up while we run and never trusted.

A file is named like the block that it replaces: `line.html` in every layout, `cover/line.html` in
one. What cannot be used is left out, told, and ours is used instead.
"""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

from jinja2 import FunctionLoader, PackageLoader, TemplateSyntaxError, UndefinedError
from jinja2 import nodes as tree
from jinja2.exceptions import SecurityError

from bot.domain.message import MAX_ENTITIES, Text
from bot.domain.problem import Problem
from bot.domain.subscription import Layout
from bot.rendering.bounded import (
    MAX_SOURCE,
    RUN,
    BoundedEnvironment,
    Fault,
    Overrun,
    Run,
    Unwritable,
    look_at,
)
from bot.rendering.cleaning import is_visible
from bot.rendering.finish import QUOTED, UNQUOTED, finish
from bot.rendering.markup import Misplaced, check_markup, unknown_tags
from bot.rendering.pages import MAX_BLOCK, MAX_LINK_CHARACTERS
from bot.rendering.phrases import Phrases, phrases_in
from bot.rendering.speech import speech_in
from bot.rendering.tracing import SUFFIX, Written, place_of

STORY = frozenset(
    [
        *("title", "url", "source", "source_url", "facts", "date", "kind", "length", "price"),
        *("topics", "hashtags", "excerpt", "also", "more", "update", "heat", "quality"),
        *("language", "shared"),
    ]
)
"""What every block about a story is given."""
PARTIALS = ("_also", "_source", "_title")
BLOCKS: Mapping[str, frozenset[str]] = {
    "header": frozenset(("title", "day", "marker", "language")),
    "heading": frozenset(("heading", "language")),
    "footer": frozenset(("title", "day", "count", "language")),
    "lead": STORY,
    "line": STORY | {"number", "passage"},
    "card": STORY,
    "rich": STORY | {"number"},
    "story": STORY,
    "inline": STORY,
    **dict.fromkeys(PARTIALS, STORY),
}
"""The blocks that can be replaced, with the variables of each: docs/templates.md tells them."""
MAY_BE_EMPTY = frozenset(("header", "heading", "footer", *PARTIALS))
MAX_HEAD = {"header": 200, "heading": 120, "footer": 200}
"""Characters of what stands above and below stories."""
MOST_ENTITIES = 80
"""Of one block, what Telegram links by itself among them; the head needs some too."""


@dataclass(frozen=True, slots=True)
class _Source:
    path: Path
    text: str


class Overrides:
    """The usable templates of one moment; they never change."""

    def __init__(
        self, sources: Mapping[str, _Source], report: Callable[[Problem], None], folder: Path
    ) -> None:
        self._sources = sources
        self._report = report
        self._folder = folder
        self._environments = cache(self._environment)

    def has(self, name: str, layout: Layout) -> bool:
        """Whether a block is not ours alone in this layout."""
        return any(self._find(one, layout) is not None for one in (name, *PARTIALS))

    def has_footer(self, layout: Layout) -> bool:
        """Whether something stands below the stories: ours is empty."""
        return self._find("footer", layout) is not None

    @property
    def layouts(self) -> tuple[Layout, ...]:
        """The layouts that differ: those with a folder of their own, and one for all others."""
        own = {name.partition("/")[0] for name in self._sources if "/" in name}
        others = next((one for one in Layout if one.value not in own), None)
        return tuple(one for one in Layout if one.value in own or one is others)

    def render(
        self, name: str, layout: Layout, values: Mapping[str, Any], *, language: str
    ) -> Text | Problem:
        """Write a block, or tell why it cannot be used with these values."""
        environment = self._environments(layout)
        written = Written()
        try:
            template = environment.get_template(name + SUFFIX)
            phrases = phrases_in(language)
            ours = {**speech_in(phrases.language), "language": phrases.language}
            run = {RUN: Run(write_number=phrases.number)}
            written.take(template.generate({**ours, **values, **run}))
            check_markup(written.markup, ignored=QUOTED + UNQUOTED)
            text = finish(written.markup, is_right_to_left=phrases.is_right_to_left)
            return _within_limits(name, text)
        except Exception as error:  # noqa: BLE001 - whatever a template does, ours is used instead
            return self._problem(name, layout, error, written)

    def too_long(self, name: str, layout: Layout) -> None:
        """Report a block that fits by itself, but leaves no room for what stands beside it."""
        theirs = self._find(name, layout)
        if theirs is not None:
            self._report(
                Problem(
                    path=name_of(theirs.path, self._folder),
                    problem=f"{name} is too long for the message that it stands in",
                    mend="shorten what is long: {{ excerpt|shorten(200) }}",
                )
            )

    def tell(self, problem: Problem) -> None:
        """Report what a message was written without."""
        self._report(problem)

    def _environment(self, layout: Layout) -> BoundedEnvironment:
        ours = PackageLoader("bot.rendering")
        environment: BoundedEnvironment

        def load(name: str) -> tuple[str, str | None, Callable[[], bool] | None]:
            theirs = self._find(name.removesuffix(SUFFIX), layout)
            if theirs is not None:
                return theirs.text, str(theirs.path), None
            return ours.get_source(environment, name)

        environment = BoundedEnvironment(FunctionLoader(load))
        return environment

    def _find(self, name: str, layout: Layout) -> _Source | None:
        return self._sources.get(f"{layout.value}/{name}") or self._sources.get(name)

    def _problem(self, name: str, layout: Layout, error: Exception, written: Written) -> Problem:
        theirs = self._find(name, layout) or next(
            found for one in PARTIALS if (found := self._find(one, layout)) is not None
        )
        path, line = theirs.path, None
        if isinstance(error, Misplaced):
            place = written.place_of(error.at)
        else:
            place = place_of(error.__traceback__)
        known = {str(source.path) for source in self._sources.values()}
        if place is not None and place[0] in known:
            path, line = Path(place[0]), place[1]
        problem, mend = _in_words(error)
        return Problem(
            path=name_of(path, self._folder), line=line, problem=problem, mend=mend, is_fatal=False
        )


class Templates:
    """The folder of an operator's templates, looked at again whenever a message is written.

    `on_problem` is called when something is wrong that has not been fetched yet; it may be called
    in any thread.
    """

    def __init__(self, folder: Path, *, on_problem: Callable[[], None] = lambda: None) -> None:
        self.folder = folder
        self.on_problem = on_problem
        self._looked_at: datetime | None = None
        self._state: tuple[object, ...] | None = None
        self._current: Overrides | None = None
        self._lasting: tuple[Problem, ...] = ()
        self._problems: dict[Problem, None] = {}
        self._lock = Lock()

    def at(self, now: datetime) -> Overrides | None:
        """Give the templates of this moment, None when all are ours; a moment has one answer."""
        with self._lock:
            if self._looked_at == now:
                return self._current
            self._looked_at = now
            self._look_again()
            news = self._note(self._lasting)
            current = self._current
        if news:
            self.on_problem()
        return current

    def problems(self) -> tuple[Problem, ...]:
        """Fetch what was found wrong since it was fetched last."""
        with self._lock:
            found = tuple(self._problems)
            self._problems.clear()
        return found

    def _look_again(self) -> None:
        files, trouble = _files(self.folder)
        state = (trouble, *((file.name, file.stamp) for file in files))
        if state == self._state:
            return
        self._state = state
        read = [_read(file, self.folder) for file in files]
        sources = {file.name: one for file, (one, _) in zip(files, read, strict=True) if one}
        lasting = [problem for _, problems in read for problem in problems]
        if trouble is not None:
            lasting.insert(0, trouble)
        self._lasting = tuple(lasting)
        self._current = Overrides(sources, self._report, self.folder) if sources else None

    def _report(self, problem: Problem) -> None:
        with self._lock:
            news = self._note((problem,))
        if news:
            self.on_problem()

    def _note(self, problems: Iterable[Problem]) -> bool:
        """Keep what is to be fetched; says whether somebody has to be told."""
        new = dict.fromkeys(one for one in problems if one not in self._problems)
        self._problems |= new
        return bool(new)


def notice_of(problem: Problem, _: Phrases) -> str:
    """Tell operators of a template that is not used; what is wrong stays in English."""
    place = problem.path
    if problem.line:
        # Note: a file and the number of a line in it
        place = _("%(file)s, line %(line)s", file=place, line=str(problem.line))
    return _(
        "Your template %(place)s: %(problem)s (%(mend)s). Ours is used instead; `gazette check` "
        "tells more.",
        place=place,
        problem=problem.problem,
        mend=problem.mend,
    )


@dataclass(frozen=True, slots=True)
class _File:
    name: str
    path: Path
    stamp: tuple[int, int, int]
    is_plain: bool


def name_of(path: Path, folder: Path) -> str:
    """Name a template as its operator does, the folder's own name first."""
    return f"{folder.name}/{path.relative_to(folder).as_posix()}"


def _files(folder: Path) -> tuple[list[_File], Problem | None]:
    """Find the templates; hidden files and other endings are none."""
    found: list[_File] = []
    try:
        below = (one for one in folder.iterdir() if not one.name.startswith(".") and one.is_dir())
        for at in (folder, *below):
            found += _files_in(at, folder)
    except OSError as error:
        return [], Problem(
            path=folder.name,
            problem=f"the templates cannot be read: {error.strerror}",
            mend="TEMPLATES_DIR names the folder; see that it is there and readable",
        )
    return sorted(found, key=lambda file: file.name), None


def _files_in(at: Path, folder: Path) -> Iterator[_File]:
    for path in at.iterdir():
        if path.suffix != SUFFIX or path.name.startswith("."):
            continue
        try:
            about = path.stat()
        except FileNotFoundError:  # it vanished since, or is a link to nowhere
            continue
        stamp = (about.st_mtime_ns, about.st_size, about.st_ino)
        name = path.relative_to(folder).as_posix().removesuffix(SUFFIX)
        yield _File(name, path, stamp, stat.S_ISREG(about.st_mode))


def _read(file: _File, folder: Path) -> tuple[_Source | None, list[Problem]]:
    try:
        text = _text_of(file)
        faults = list(_faults(text, file.name))
    except Fault as fault:
        text, faults = "", [fault]
    path = name_of(file.path, folder)
    problems = [
        Problem(path=path, line=one.line, problem=one.problem, mend=one.mend) for one in faults
    ]
    return (None if problems else _Source(file.path, text)), problems


def _text_of(file: _File) -> str:
    """Read a template. Raises Fault for what is none."""
    if not file.is_plain:
        raise Fault("this is no file", "remove it")
    if file.stamp[1] > MAX_SOURCE:
        raise Fault(f"the file is larger than {MAX_SOURCE:,} bytes", "shorten it")
    layout, _, block = file.name.rpartition("/")
    layouts = [one.value for one in Layout]
    if layout and layout not in layouts:
        mend = f"rename the folder: {_nearest(layout, layouts)}"
        raise Fault(f"there is no layout {layout!r}", mend)
    if block not in BLOCKS:
        raise Fault(f"there is no block {block!r}", f"rename it: {_nearest(block, BLOCKS)}")
    try:
        with file.path.open(encoding="utf-8") as opened:
            return opened.read(MAX_SOURCE)
    except (OSError, UnicodeDecodeError) as error:
        raise Fault("the file cannot be read", "save it as UTF-8, readable by us") from error


def _nearest(name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name, list(known), n=1)
    return f"perhaps {near[0]}" if near else ", ".join(known)


def _faults(text: str, name: str) -> Iterator[Fault]:
    """Say what is wrong with a template whatever it is given."""
    block = name.rpartition("/")[2]
    environment = BoundedEnvironment(FunctionLoader(lambda _: None))
    try:
        template = environment.parse(text)
        partials = () if block in PARTIALS else PARTIALS
        found = list(look_at(template, names=BLOCKS[block], partials=partials))
        if not found:
            environment.compile(text)
    except TemplateSyntaxError as error:
        found = [Fault(str(error.message), "mend the line", line=error.lineno)]
    except Exception as error:  # noqa: BLE001 - Python's own limits show in many ways
        found = [Fault(f"this cannot be read: {type(error).__name__}", "make it simpler")]
        template = tree.Template([])
    else:
        for data in template.find_all(tree.TemplateData):
            found += unknown_tags(data.data, line=data.lineno)
    yield from found


def _within_limits(name: str, text: Text) -> Text:
    """Give the text back. Raises Fault for one that does not fit its place."""
    limit = MAX_HEAD.get(name, MAX_BLOCK)
    if len(text) > limit:
        raise Fault(
            f"it becomes {len(text):,} characters long, {limit:,} fit",
            "shorten what is long: {{ excerpt|shorten(200) }}",
        )
    count = len(text.entities) + text.live
    if count > min(MOST_ENTITIES, MAX_ENTITIES):
        raise Fault(f"it holds {count} formats and links, {MOST_ENTITIES} fit", "use fewer")
    if sum(len(entity.url or "") for entity in text.entities) > MAX_LINK_CHARACTERS:
        raise Fault("its links are too long together", "link to the story once")
    if name not in MAY_BE_EMPTY and not is_visible(text.value):
        raise Fault("it shows nothing: the story would be lost", "show {{ title }}")
    return text


def _in_words(error: Exception) -> tuple[str, str]:
    if isinstance(error, (Fault, Misplaced)):
        return error.problem, error.mend
    if isinstance(error, Overrun):
        return f"it {error}", "use fewer loops, and shorten what is long"
    if isinstance(error, UndefinedError):
        return str(error.message), "docs/templates.md tells what there is"
    if isinstance(error, Unwritable):
        return str(error), "docs/templates.md tells what there is"
    if isinstance(error, SecurityError):
        return "it asks for what is not a template's business", "leave it out"
    if isinstance(error, RecursionError):
        return "it goes too deep", "make it simpler"
    return f"it fails: {type(error).__name__}: {error}", "make it simpler"
