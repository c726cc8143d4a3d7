"""Written: what somebody wrote for a page of the settings panel, read as people write it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.domain.panel import View
from bot.domain.subscription import Subscription
from bot.domain.wording import MOST_WORD, folded_words
from bot.publishing.deeds import (
    MOST_TIMES,
    Known,
    Wrong,
    begin_of,
    clock_of,
    with_times,
    with_topic,
)
from bot.publishing.values import apart
from bot.publishing.zones import zone_meant
from bot.rendering.phrases import Phrases
from bot.search.ahead import moment_ahead
from bot.search.clock import clock, stretch

MOST_WORDS = 50
_COMMAS = re.compile(r"[,;\n\u060c\u061b\uff0c\uff1b\u3001]+")
_APART = re.compile(r"\s+(?=\d)")

Change = Callable[[Subscription], Subscription]


def written(view: View, value: str, words: str, known: Known) -> Change:
    """Read what somebody wrote for a page; gives what it makes of a wish, which may be Wrong, too.

    Raises Wrong with a sentence that helps. Reading may load a library: it takes its time.
    """
    words = " ".join(words.split())
    match view:
        case View.FIRST_HOUR:
            times = tuple(sorted(set(read_times(words, known.say))))[:MOST_TIMES]
            return lambda wish: replace(wish, hours=replace(wish.hours, times=times))
        case View.TIMES:
            new = read_times(words, known.say)
            return lambda wish: with_times(wish, new, known)
        case View.ZONE:
            zone = _zone(words, known)
            return lambda wish: replace(wish, hours=replace(wish.hours, zone=zone))
        case View.QUIET:
            quiet = _stretch(words, known.say)
            return lambda wish: replace(wish, hours=replace(wish.hours, quiet=quiet))
        case View.FOLLOW | View.MUTE:
            name = _topic(words, known)
            return lambda wish: with_topic(wish, name, is_followed=view is View.FOLLOW)
        case View.WORDS:
            return lambda wish: _with_words(wish, words, known.say, is_wanted=value != "out")
        case View.PAUSE:
            day = _day(words, known)
            return lambda wish: replace(wish, paused_until=day)
    raise Wrong(known.say("Nothing can be written there."))


def read_times(words: str, say: Phrases) -> tuple[time, ...]:
    """Read times as people write them: `0730`, `8 pm`, `8 Uhr und 18 Uhr 30`. Raises Wrong."""
    found: list[time] = []
    for part in filter(None, map(str.strip, _COMMAS.split(apart(words, say.language)))):
        spoken = clock_of(part) or clock(part)
        # Who writes several with nothing but spaces between writes them in figures.
        pieces = [part] if spoken is not None else _APART.split(part)
        for piece in pieces:
            at = spoken or clock_of(piece) or clock(piece)
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


def _stretch(words: str, say: Phrases) -> tuple[time, time]:
    found = stretch(words)
    if found is None:
        text = say(
            "%(words)s is no part of the day. Write it such as 22:00-07:00.", words=words[:40]
        )
        raise Wrong(text)
    return found


def _topic(words: str, known: Known) -> str:
    found = known.topics.find(words) or known.topics.meant(words)
    if found is not None:
        return found.name
    near = tuple(one.name for one in known.topics.nearest(words, limit=4))
    if near:
        text = known.say("There is no topic %(words)s. Do you mean one of these?", words=words[:40])
        raise Wrong(text, near)
    raise Wrong(known.say("There is no topic %(words)s.", words=words[:40]))


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


def _day(words: str, known: Known) -> datetime:
    """Read the day on which it goes on: `2026-12-24`, `24.12.2026`, `monday`, a number of days."""
    zone = ZoneInfo(known.zone)
    try:
        if words.isdecimal() and len(words) <= 3:
            return begin_of(known.now.astimezone(zone) + timedelta(days=int(words)), known)
        for form in ("%Y-%m-%d", "%d.%m.%Y"):
            if (day := _by(form, words)) is not None:
                return begin_of(day, known)
        ahead = moment_ahead(words, now=known.now, zone=known.zone, language=known.say.language)
        if ahead is not None:
            return begin_of(ahead.astimezone(zone), known)
    except (ValueError, OverflowError):
        pass
    text = known.say(
        "Write a day of the coming year such as %(day)s, or a number of days.",
        day=f"{known.now + timedelta(days=7):%Y-%m-%d}",
    )
    raise Wrong(text)


def _by(form: str, words: str) -> datetime | None:
    try:
        return datetime.strptime(words, form).replace(tzinfo=UTC)
    except ValueError:
        return None
