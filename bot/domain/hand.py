"""The editor's hand: the lines of a post that is being made, and what may be done to them. Pure.

Lines are numbered from 1, as operators see them. What was pinned stands first, in the order of the
pinning, and stays when everything else is chosen anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import Enum

from bot.domain.article import StoryKey
from bot.domain.digest import Item
from bot.domain.sections import Section
from bot.domain.subscription import Layout

MOST_LINES = 30
"""A post holds no more; what is added beyond that is not taken."""
HASH_SHOWN = 8
"""Digits of a digest's hash in buttons and panels."""
NO_HEAD, USUAL_HEAD = "none", "usual"
_MINUTE = timedelta(minutes=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What a post will say: its lines, and how it looks.

    `words`: what was searched for; empty: the rules of the digest have chosen. `layout` and `head`
    None: the publication's; an empty `head` leaves the head line out.
    """

    lines: tuple[Item, ...] = ()
    pinned: frozenset[StoryKey] = frozenset()
    words: str = ""
    layout: Layout | None = None
    head: str | None = None

    @property
    def stories(self) -> frozenset[StoryKey]:
        """Every story that stands in a line of it."""
        return frozenset(key for line in self.lines for key in line.story_keys)

    @property
    def items(self) -> tuple[Item, ...]:
        """Give the lines as a digest holds them.

        An order that mixes the stories of sections knows no sections: a heading would stand above
        stories that are not of it.
        """
        seen: list[Section | None] = [None]
        for line in self.lines:
            if line.section != seen[-1]:
                if line.section in seen:
                    return tuple(replace(one, section=None) for one in self.lines)
                seen.append(line.section)
        return self.lines

    def line(self, number: int) -> Item | None:
        """Give a line by its number; None when there is none."""
        return self.lines[number - 1] if 1 <= number <= len(self.lines) else None

    def is_pinned(self, line: Item) -> bool:
        """Whether a line stays where it is."""
        return line.article.story_key in self.pinned

    def dropped(self, number: int) -> Sheet:
        """Take a line out."""
        line = self.line(number)
        if line is None:
            return self
        kept = (*self.lines[: number - 1], *self.lines[number:])
        return self._with(kept, self.pinned - {line.article.story_key})

    def moved(self, number: int, to: int) -> Sheet:
        """Put a line in another place; pinned and other lines do not mix."""
        line = self.line(number)
        if line is None or self.line(to) is None:
            return self
        rest = [one for one in self.lines if one is not line]
        rest.insert(to - 1, line)
        return self._with(rest, self.pinned)

    def swapped(self, number: int, other: Item) -> Sheet:
        """Put another story in a line's place; it is pinned if the one before was."""
        line = self.line(number)
        if line is None or self._holds(other, besides=line):
            return self
        pinned = self.pinned - {line.article.story_key}
        if self.is_pinned(line):
            pinned |= {other.article.story_key}
        return self._with([other if one is line else one for one in self.lines], pinned)

    def pinned_to_top(self, number: int) -> Sheet:
        """Pin a line behind those that are pinned already."""
        line = self.line(number)
        if line is None or self.is_pinned(line):
            return self
        above = [one for one in self.lines if self.is_pinned(one)]
        below = [one for one in self.lines if one is not line and not self.is_pinned(one)]
        return self._with([*above, line, *below], self.pinned | {line.article.story_key})

    def unpinned(self, number: int) -> Sheet:
        """Let a line move again."""
        line = self.line(number)
        if line is None:
            return self
        return self._with(self.lines, self.pinned - {line.article.story_key})

    def added(self, item: Item) -> Sheet:
        """Put a story last; nothing changes when it is there already, or the sheet is full."""
        if len(self.lines) >= MOST_LINES or self._holds(item):
            return self
        return self._with((*self.lines, item), self.pinned)

    def chosen_anew(self, chosen: Iterable[Item], *, taken: frozenset[StoryKey]) -> Sheet:
        """Keep the pinned lines that nobody has `taken` and choose the others anew."""
        kept = [one for one in self.lines if self.is_pinned(one) and not _any_of(one, taken)]
        held = {key for one in kept for key in one.story_keys}
        fresh = [one for one in chosen if not held.intersection(one.story_keys)]
        room = max(len(self.lines) - len(kept), 0) if self.lines else len(fresh)
        return self._with((*kept, *fresh[:room]), self.pinned)

    def without(self, stories: frozenset[StoryKey]) -> Sheet:
        """Take out every line that holds one of these stories."""
        return self._with([one for one in self.lines if not _any_of(one, stories)], self.pinned)

    def _holds(self, item: Item, *, besides: Item | None = None) -> bool:
        others = (one for one in self.lines if one is not besides)
        held = {key for one in others for key in one.story_keys}
        return bool(held.intersection(item.story_keys))

    def _with(self, lines: Sequence[Item], pinned: frozenset[StoryKey]) -> Sheet:
        """Take these lines, pinned ones first; what is not there is not pinned."""
        there = pinned & {one.article.story_key for one in lines}
        ordered = sorted(lines, key=lambda one: one.article.story_key not in there)
        return replace(self, lines=tuple(ordered), pinned=there)


def _any_of(line: Item, stories: frozenset[StoryKey]) -> bool:
    return not stories.isdisjoint(line.story_keys)


class Step(Enum):
    """What a button of the desk's panel asks for; the value stands in its callback data."""

    MAIN = "m"
    """Show the panel as it is."""
    STORY = "s"
    """Show what may be done with a line: its number."""
    SWAPS = "w"
    """Show the stories that could take a line's place: its number, a page."""
    ADDS = "a"
    """Show the stories that could be added: a page."""
    LAYOUTS = "l"
    HEADS = "h"
    TIMES = "t"
    DROP = "d"
    """Take a line out: its number."""
    UP = "u"
    DOWN = "v"
    PIN = "p"
    UNPIN = "q"
    SWAP = "x"
    """Put a story in a line's place: its number, the story id."""
    ADD = "i"
    """Add a story: its id."""
    LAYOUT = "k"
    """Change the layout: its name."""
    HEAD = "g"
    """The usual head line (`usual`), or none (`none`)."""
    ANEW = "r"
    """Choose everything anew that is not pinned."""
    NOW = "n"
    """Send it now: the first digits of its hash."""
    AT = "o"
    """Send it later: the first digits of its hash, the minute."""
    TEST = "e"
    """Send it to the operator alone: the first digits of its hash."""
    CANCEL = "c"

    @property
    def is_look(self) -> bool:
        """Whether it only shows something."""
        return self in _LOOKS


_LOOKS = frozenset((Step.MAIN, Step.STORY, Step.SWAPS, Step.ADDS, Step.LAYOUTS, Step.HEADS))
_LOOKS |= {Step.TIMES}


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """A step on one version of one draft, with what it is about."""

    draft: int
    version: int
    step: Step
    what: tuple[str, ...] = ()

    def encoded(self) -> tuple[str, ...]:
        """Write it as the arguments of a button."""
        return (f"{self.draft}.{self.version}", ".".join((self.step.value, *self.what)))

    @property
    def number(self) -> int:
        """The line that it is about; 0 when it names none."""
        return int(self.what[0]) if self.what and is_number(self.what[0]) else 0

    @property
    def page(self) -> int:
        """The page of the list that it asks for, from 1 on."""
        last = self.what[-1] if self.what else ""
        return max(int(last), 1) if is_number(last) else 1


def shaped(sheet: Sheet, deed: Deed) -> Sheet:
    """Do a step that needs nothing but the sheet; the same sheet when it cannot be done."""
    number = deed.number
    match deed.step:
        case Step.DROP:
            return sheet.dropped(number)
        case Step.UP:
            return sheet.moved(number, number - 1)
        case Step.DOWN:
            return sheet.moved(number, number + 1)
        case Step.PIN:
            return sheet.pinned_to_top(number)
        case Step.UNPIN:
            return sheet.unpinned(number)
        case Step.LAYOUT:
            return replace(sheet, layout=_layout(deed.what[-1] if deed.what else ""))
        case Step.HEAD:
            return replace(sheet, head="" if deed.what == (NO_HEAD,) else None)
    return sheet


def look_after(deed: Deed) -> Deed | None:
    """Tell where the panel stands after a step; None: at its beginning."""
    shift = {Step.UP: -1, Step.DOWN: 1}.get(deed.step)
    if shift is None:
        return None
    return replace(deed, step=Step.STORY, what=(str(deed.number + shift),))


def _layout(name: str) -> Layout | None:
    return next((layout for layout in Layout if layout.value == name), None)


def deed_of(arguments: Sequence[str]) -> Deed | None:
    """Read the arguments of a button; None when we never wrote them so."""
    if len(arguments) != 2:
        return None
    numbers, (step, *what) = arguments[0].split("."), arguments[1].split(".")
    if len(numbers) != 2 or not all(map(is_number, numbers)):
        return None
    try:
        return Deed(
            draft=int(numbers[0]), version=int(numbers[1]), step=Step(step), what=tuple(what)
        )
    except ValueError:
        return None


def is_number(text: str) -> bool:
    """Whether a text is a number as we write it."""
    return text.isascii() and text.isdecimal() and len(text) <= 18


def minute_of(moment: datetime) -> str:
    """Write a moment for a button, to the minute."""
    return str((moment - _EPOCH) // _MINUTE)


def moment_of(minute: str) -> datetime | None:
    """Read what `minute_of` wrote."""
    if not is_number(minute) or len(minute) > 9:
        return None
    return _EPOCH + int(minute) * _MINUTE
