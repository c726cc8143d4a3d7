"""Deeds: what a tap on the settings panel, or a value typed for it, makes of a chat's wishes."""

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
from bot.domain.wording import MOST_WORD, folded_words
from bot.publishing.values import apart
from bot.publishing.zones import zone_meant
from bot.rendering.phrases import Phrases

MOST_TIMES = 12
MOST_SIZE = 30
MOST_CAP = 30
MOST_WORDS = 50
LONGEST_PAUSE = timedelta(days=366)
_CLOCK = re.compile(r"(\d{1,2})(?:[:.h](\d{2}))?\s*([ap]\.?m\.?)?", re.IGNORECASE | re.ASCII)
_APART = re.compile(r"[,;\n]+|\s+(?=\d)")
_STRETCH = re.compile(r"\s*(?:-|\u2013|\u2014|\u2212|to|until)\s*", re.IGNORECASE)


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


def typed(wish: Subscription, view: View, value: str, words: str, known: Known) -> Subscription:
    """Do what somebody wrote for a page. Raises Wrong with a sentence that helps."""
    words = " ".join(words.split())
    match view:
        case View.FIRST_HOUR:
            times = tuple(sorted(set(read_times(words, known.say))))[:MOST_TIMES]
            return replace(wish, hours=replace(wish.hours, times=times))
        case View.TIMES:
            return _with_times(wish, read_times(words, known.say), known)
        case View.ZONE:
            return replace(wish, hours=replace(wish.hours, zone=_zone(words, known)))
        case View.QUIET:
            return replace(wish, hours=replace(wish.hours, quiet=_stretch(words, known.say)))
        case View.FOLLOW | View.MUTE:
            name = _topic(words, known)
            return _with_topic(wish, name, is_followed=view is View.FOLLOW)
        case View.WORDS:
            return _with_words(wish, words, known.say, is_wanted=value != "out")
        case View.PAUSE:
            return replace(wish, paused_until=_day(words, known))
    raise Wrong(known.say("Nothing can be written there."))


def read_times(words: str, say: Phrases) -> tuple[time, ...]:
    """Read times as people write them: `7:30`, `0730`, `8 pm`, `8, 18:30`. Raises Wrong."""
    found = []
    for part in filter(None, (one.strip() for one in _APART.split(apart(words, say.language)))):
        at = _clock(part)
        if at is None:
            raise Wrong(
                say(
                    "%(words)s is no time of the day. Write one such as 07:30, or several: "
                    "08:00, 18:30.",
                    words=part[:40],
                )
            )
        found.append(at)
    if not found:
        raise Wrong(say("Write a time such as 07:30, or several: 08:00, 18:30."))
    return tuple(found)


def _clock(text: str) -> time | None:
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


def _with_times(wish: Subscription, new: Iterable[time], known: Known) -> Subscription:
    times = tuple(sorted({*(wish.hours.times or known.times or ()), *new}))
    if len(times) > MOST_TIMES:
        text = known.say.ngettext(
            "At most %(number)s time a day.", "At most %(number)s times a day.", MOST_TIMES
        )
        raise Wrong(text)
    return replace(wish, hours=replace(wish.hours, times=times))


def _with_time(wish: Subscription, value: str, known: Known) -> Subscription | None:
    at = _clock(value)
    return None if at is None else _with_times(wish, (at,), known)


def _only_time(wish: Subscription, value: str, known: Known) -> Subscription | None:
    at = _clock(value)
    return None if at is None else replace(wish, hours=replace(wish.hours, times=(at,)))


def _without_time(wish: Subscription, value: str, known: Known) -> Subscription | None:
    at = _clock(value)
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
    return replace(wish, hours=replace(wish.hours, days=frozenset(map(int, value))))


def _zone_named(wish: Subscription, value: str, known: Known) -> Subscription | None:
    return replace(wish, hours=replace(wish.hours, zone=value)) if is_zone(value) else None


def _zone(words: str, known: Known) -> str:
    meant = zone_meant(words, language=known.say.language, now=known.now)
    if meant.zone is not None:
        return meant.zone
    if meant.offered:
        raise Wrong(known.say("Which one do you mean?"), meant.offered)
    raise Wrong(
        known.say(
            "I know no time zone called %(words)s. Write a large city nearby, a country, or a "
            "difference such as UTC+3.",
            words=words[:40],
        )
    )


def _quiet(wish: Subscription, value: str, known: Known) -> Subscription | None:
    begin, _, end = value.partition("-")
    first, last = _clock(begin), _clock(end)
    if first is None or last is None or (first == last and (first, last) != NO_QUIET):
        return None
    return replace(wish, hours=replace(wish.hours, quiet=(first, last)))


def _stretch(words: str, say: Phrases) -> tuple[time, time]:
    begin, *rest = _STRETCH.split(words)
    first, last = _clock(begin.strip()), _clock(rest[0].strip()) if len(rest) == 1 else None
    if first is None or last is None or first == last:
        text = say(
            "%(words)s is no part of the day. Write it such as 22:00-07:00.", words=words[:40]
        )
        raise Wrong(text)
    return first, last


def _topic(words: str, known: Known) -> str:
    found = known.topics.find(words) or known.topics.meant(words)
    if found is not None:
        return found.name
    near = tuple(one.name for one in known.topics.nearest(words, limit=4))
    if near:
        text = known.say("There is no topic %(words)s. Do you mean one of these?", words=words[:40])
        raise Wrong(text, near)
    raise Wrong(known.say("There is no topic %(words)s.", words=words[:40]))


def _with_topic(wish: Subscription, name: str, *, is_followed: bool) -> Subscription:
    followed = [one for one in wish.followed if folded(one) != folded(name)]
    muted = [one for one in wish.muted if folded(one) != folded(name)]
    (followed if is_followed else muted).append(name)
    return replace(wish, followed=tuple(sorted(followed)), muted=tuple(sorted(muted)))


def _topic_deed(*, is_followed: bool) -> Change:
    def change(wish: Subscription, value: str, known: Known) -> Subscription | None:
        name = next((one.name for one in known.topics.topics if short(one.name) == value), None)
        return None if name is None else _with_topic(wish, name, is_followed=is_followed)

    return change


def _unfollow(wish: Subscription, value: str, known: Known) -> Subscription | None:
    return replace(wish, followed=tuple(one for one in wish.followed if short(one) != value))


def _unmute(wish: Subscription, value: str, known: Known) -> Subscription | None:
    return replace(wish, muted=tuple(one for one in wish.muted if short(one) != value))


def _with_words(wish: Subscription, words: str, say: Phrases, *, is_wanted: bool) -> Subscription:
    new = [one for one in (part.strip() for part in re.split(r"[,;]+", words)) if one]
    usable = [one for one in new if folded_words(one) and len(one) <= MOST_WORD]
    if not usable or len(usable) < len(new):
        text = say.ngettext(
            "Write a word, or several with commas between; each of at most %(number)s letter.",
            "Write a word, or several with commas between; each of at most %(number)s letters.",
            MOST_WORD,
        )
        raise Wrong(text)
    keys = {folded_words(one) for one in usable}
    wanted = [one for one in wish.words_in if folded_words(one) not in keys]
    unwanted = [one for one in wish.words_out if folded_words(one) not in keys]
    first = {folded_words(one): one for one in reversed(usable)}
    (wanted if is_wanted else unwanted).extend(first.values())
    if len(wanted) > MOST_WORDS or len(unwanted) > MOST_WORDS:
        text = say.ngettext("At most %(number)s word.", "At most %(number)s words.", MOST_WORDS)
        raise Wrong(text)
    return replace(wish, words_in=tuple(sorted(wanted)), words_out=tuple(sorted(unwanted)))


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
        return replace(wish, paused_until=_begin_of(day, known))
    except (ValueError, OverflowError):
        return None


def _day(words: str, known: Known) -> datetime:
    """Read a day: `2026-12-24`, `24.12.2026`, or a number of days."""
    try:
        if words.isascii() and words.isdecimal() and len(words) <= 3:
            local = known.now.astimezone(ZoneInfo(known.zone))
            return _begin_of(local + timedelta(days=int(words)), known)
        form = "%d.%m.%Y" if "." in words else "%Y-%m-%d"
        return _begin_of(datetime.strptime(words, form).replace(tzinfo=UTC), known)
    except (ValueError, OverflowError):
        text = known.say(
            "Write a day of the coming year such as %(day)s, or a number of days.",
            day=f"{known.now + timedelta(days=7):%Y-%m-%d}",
        )
        raise Wrong(text) from None


def _begin_of(day: datetime, known: Known) -> datetime:
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
