"""Deeds: what a tap on the settings panel makes of a chat's wishes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.domain.languages import INTERFACE_LANGUAGES
from bot.domain.panel import Deed, View, short
from bot.domain.rules import MOST_WEIGHT, Weights
from bot.domain.sections import MOST_PLACES, Section
from bot.domain.subscription import NO_QUIET, Layout, Subscription
from bot.domain.timetable import is_zone
from bot.domain.topic import TopicTree, folded
from bot.rendering.phrases import Phrases

MOST_TIMES = 12
MOST_SIZE = 30
MOST_CAP = 30
LONGEST_PAUSE = timedelta(days=366)
_CLOCK = re.compile(r"(\d{1,2})(?:[:.h](\d{2}))?\s*([ap]\.?m\.?)?", re.IGNORECASE | re.ASCII)


class Wrong(Exception):
    """A value that cannot be; its text is for whoever gave it. `offered`: what may be meant."""

    def __init__(self, text: str, offered: tuple[str, ...] = ()) -> None:
        super().__init__(text)
        self.offered = offered


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What values are read by: the publication's times, days and zone, and all names."""

    times: tuple[time, ...] | None
    days: frozenset[int]
    zone: str
    sections: tuple[Section, ...]
    weights: Weights
    topics: TopicTree
    sources: tuple[str, ...]
    kinds: tuple[str, ...]
    say: Phrases
    now: datetime


Change = Callable[[Subscription, str, Known], Subscription | None]


def done(
    wish: Subscription, deed: Deed, value: str, view: View, known: Known
) -> Subscription | None:
    """Do what a button says; None when there is no such button (any more).

    Raises Wrong with a sentence when that would leave nothing that could come.
    """
    if deed is Deed.USUAL:
        return _USUAL[view](wish) if view in _USUAL else None
    change = _CHANGES.get(deed)
    return None if change is None else change(wish, value, known)


def clock_of(text: str) -> time | None:
    """Read a time in figures: `0730`, `7:30`, `8 pm`; None for all else."""
    if re.fullmatch(r"\d{4}", text, re.ASCII):
        text = f"{text[:2]}:{text[2:]}"
    found = _CLOCK.fullmatch(text)
    if found is None:
        return None
    hour, minute, half = int(found[1]), int(found[2] or 0), (found[3] or "").lower()
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half.startswith("p") else 0)
    return time(hour, minute) if hour <= 23 and minute <= 59 else None


def with_times(wish: Subscription, new: Iterable[time], known: Known) -> Subscription:
    """Add times to those in force; Wrong when there are too many."""
    times = tuple(sorted({*(wish.hours.times or known.times or ()), *new}))
    if len(times) > MOST_TIMES:
        text = known.say.ngettext(
            "At most %(number)s time a day.", "At most %(number)s times a day.", MOST_TIMES
        )
        raise Wrong(text)
    return replace(wish, hours=replace(wish.hours, times=times))


def _with_time(wish: Subscription, value: str, known: Known) -> Subscription | None:
    at = clock_of(value)
    return None if at is None else with_times(wish, (at,), known)


def _only_time(wish: Subscription, value: str, known: Known) -> Subscription | None:
    at = clock_of(value)
    return None if at is None else replace(wish, hours=replace(wish.hours, times=(at,)))


def _without_time(wish: Subscription, value: str, known: Known) -> Subscription | None:
    at = clock_of(value)
    times = wish.hours.times or known.times or ()
    if at is None or at not in times:
        return wish
    if len(times) == 1:
        raise Wrong(
            known.say("One time must stay. To get nothing for a while, pause; or unsubscribe.")
        )
    kept = tuple(one for one in times if one != at)
    return replace(wish, hours=replace(wish.hours, times=kept))


def _days(wish: Subscription, value: str, known: Known) -> Subscription | None:
    if not re.fullmatch(r"[1-7]{1,7}", value, re.ASCII):
        return None
    days = frozenset(map(int, value))
    if days == known.days and len(days) == 1:  # the last one was tapped: it names itself
        raise Wrong(
            known.say("One day must stay. To get nothing for a while, pause; or unsubscribe.")
        )
    return replace(wish, hours=replace(wish.hours, days=days))


def _zone_named(wish: Subscription, value: str, known: Known) -> Subscription | None:
    return replace(wish, hours=replace(wish.hours, zone=value)) if is_zone(value) else None


def _quiet(wish: Subscription, value: str, known: Known) -> Subscription | None:
    begin, _, end = value.partition("-")
    first, last = clock_of(begin), clock_of(end)
    if first is None or last is None or (first == last and (first, last) != NO_QUIET):
        return None
    return replace(wish, hours=replace(wish.hours, quiet=(first, last)))


def with_topic(wish: Subscription, name: str, *, is_followed: bool) -> Subscription:
    """Follow or mute a topic: it is never both at once."""
    followed = [one for one in wish.followed if folded(one) != folded(name)]
    muted = [one for one in wish.muted if folded(one) != folded(name)]
    (followed if is_followed else muted).append(name)
    return replace(wish, followed=tuple(sorted(followed)), muted=tuple(sorted(muted)))


def _topic_deed(*, is_followed: bool) -> Change:
    def change(wish: Subscription, value: str, known: Known) -> Subscription | None:
        name = next((one.name for one in known.topics.topics if short(one.name) == value), None)
        return None if name is None else with_topic(wish, name, is_followed=is_followed)

    return change


def _unfollow(wish: Subscription, value: str, known: Known) -> Subscription | None:
    return replace(wish, followed=tuple(one for one in wish.followed if short(one) != value))


def _unmute(wish: Subscription, value: str, known: Known) -> Subscription | None:
    return replace(wish, muted=tuple(one for one in wish.muted if short(one) != value))


def _forget_word(wish: Subscription, value: str, known: Known) -> Subscription | None:
    return replace(
        wish,
        words_in=tuple(one for one in wish.words_in if short("+" + one) != value),
        words_out=tuple(one for one in wish.words_out if short("\u2212" + one) != value),
    )


def _mute_source(wish: Subscription, value: str, known: Known) -> Subscription | None:
    name = next((one for one in known.sources if short(one) == value), None)
    if name is None:
        return None
    return replace(wish, muted_providers=tuple(sorted({*wish.muted_providers, name})))


def _unmute_source(wish: Subscription, value: str, known: Known) -> Subscription | None:
    kept = tuple(one for one in wish.muted_providers if short(one) != value)
    return replace(wish, muted_providers=kept)


def _number(name: str, most: int) -> Change:
    def change(wish: Subscription, value: str, known: Known) -> Subscription | None:
        is_number = value.isascii() and value.isdecimal() and len(value) <= 3
        if not is_number or not 1 <= int(value) <= most:
            return None
        return replace(wish, **{name: int(value)})  # type: ignore[arg-type] # a field of numbers

    return change


def _switch(name: str) -> Change:
    def change(wish: Subscription, value: str, known: Known) -> Subscription | None:
        if value not in ("0", "1"):
            return None
        return replace(wish, **{name: value == "1"})  # type: ignore[arg-type] # a yes or no

    return change


def _layout(wish: Subscription, value: str, known: Known) -> Subscription | None:
    found = next((one for one in Layout if one.value == value), None)
    return None if found is None else replace(wish, layout=found)


def _language(wish: Subscription, value: str, known: Known) -> Subscription | None:
    return replace(wish, language=value) if value in INTERFACE_LANGUAGES else None


def _section(wish: Subscription, value: str, known: Known) -> Subscription | None:
    key, _, budget = value.partition(",")
    kind = next((one for one in known.kinds if short(one) == key), None)
    if kind is None or not (budget == "no" or (budget.isascii() and budget.isdecimal())):
        return None
    sections = known.sections if wish.sections is None else wish.sections
    parted = []
    for one in sections:
        kinds = tuple(name for name in one.kinds if name != kind)
        if kinds:
            parted.append(replace(one, kinds=kinds))
    if budget != "no":
        if len(budget) > 3 or int(budget) > MOST_PLACES:
            return None
        parted.append(Section(kinds=(kind,), budget=int(budget)))
    return replace(wish, sections=tuple(parted))


def _no_sections(wish: Subscription, value: str, known: Known) -> Subscription | None:
    return replace(wish, sections=())


def _weight(wish: Subscription, value: str, known: Known) -> Subscription | None:
    name, _, number = value.partition(",")
    if name not in {one.name for one in fields(Weights)}:
        return None
    if not re.fullmatch(r"\d(\.\d)?", number, re.ASCII) or float(number) > MOST_WEIGHT:
        return None
    weights = wish.weights or known.weights
    return replace(wish, weights=replace(weights, **{name: float(number)}))


def _pause(wish: Subscription, value: str, known: Known) -> Subscription | None:
    if value == "no":
        return replace(wish, paused_until=None)
    if not re.fullmatch(r"\d{8}", value, re.ASCII):
        return None
    try:
        day = datetime.strptime(value, "%Y%m%d").replace(tzinfo=UTC)
        return replace(wish, paused_until=begin_of(day, known))
    except (ValueError, OverflowError):
        return None


def begin_of(day: datetime, known: Known) -> datetime:
    """Give the begin of a day in the reader's zone. Raises ValueError outside the coming year."""
    begin = datetime.combine(day.date(), time(0), tzinfo=ZoneInfo(known.zone)).astimezone(UTC)
    if not known.now < begin <= known.now + LONGEST_PAUSE:
        raise ValueError("not in the coming year")
    return begin


def _usual_hours(**none: None) -> Callable[[Subscription], Subscription]:
    return lambda wish: replace(wish, hours=replace(wish.hours, **none))


_CHANGES: Mapping[Deed, Change] = {
    Deed.WITH_TIME: _with_time,
    Deed.WITHOUT_TIME: _without_time,
    Deed.ONLY_TIME: _only_time,
    Deed.DAYS: _days,
    Deed.ZONE: _zone_named,
    Deed.QUIET: _quiet,
    Deed.FOLLOW: _topic_deed(is_followed=True),
    Deed.UNFOLLOW: _unfollow,
    Deed.MUTE: _topic_deed(is_followed=False),
    Deed.UNMUTE: _unmute,
    Deed.FORGET_WORD: _forget_word,
    Deed.MUTE_SOURCE: _mute_source,
    Deed.UNMUTE_SOURCE: _unmute_source,
    Deed.SIZE: _number("size", MOST_SIZE),
    Deed.LAYOUT: _layout,
    Deed.PICTURES: _switch("has_pictures"),
    Deed.SECTION: _section,
    Deed.NO_SECTIONS: _no_sections,
    Deed.WEIGHT: _weight,
    Deed.PROVIDER_CAP: _number("provider_cap", MOST_CAP),
    Deed.TOPIC_CAP: _number("topic_cap", MOST_CAP),
    Deed.SILENT: _switch("is_silent"),
    Deed.FLASH: _switch("has_flash"),
    Deed.LEARNING: _switch("is_learning"),
    Deed.LANGUAGE: _language,
    Deed.PAUSE: _pause,
}

_USUAL: Mapping[View, Callable[[Subscription], Subscription]] = {
    View.TIMES: _usual_hours(times=None),
    View.FIRST_HOUR: _usual_hours(times=None),
    View.DAYS: _usual_hours(days=None),
    View.ZONE: _usual_hours(zone=None),
    View.QUIET: _usual_hours(quiet=None),
    View.SOURCES: lambda wish: replace(wish, provider_cap=None),
    View.LOOK: lambda wish: replace(wish, size=None, layout=None, has_pictures=None),
    View.SECTIONS: lambda wish: replace(wish, sections=None),
    View.ORDER: lambda wish: replace(wish, weights=None, topic_cap=None),
    View.MANNER: lambda wish: replace(wish, is_silent=None, has_flash=None, is_learning=None),
    View.LANGUAGE: lambda wish: replace(wish, language=None),
}
