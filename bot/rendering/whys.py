"""Why a story came or did not: the ledger of a choice in the words of its readers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.domain.callback import Action
from bot.domain.languages import N_
from bot.domain.message import MAX_TEXT, Draft, Keyboard, Message, Text, join
from bot.rendering import accounts, keyboards
from bot.rendering.blocks import block
from bot.rendering.cleaning import echo, one_line
from bot.rendering.dates import coarse_date, time_of_day
from bot.rendering.finish import cut
from bot.rendering.pages import GAP, Room, page, split
from bot.rendering.phrases import COMMA, Phrases
from bot.rendering.shortening import shortened
from bot.rendering.style import Style

MAX_TITLE = 200
MAX_WORDS = 120
MAX_PATH = 120
MAX_STORY = 2500
MOST_REASONS = 6
NOTHING = Text()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """What became of a story in one chat.

    `came_at`: when it came there, with the account (`reasons`) of that choice where it led a line,
    or `beside` the title of the story that did. Else it is `place` (a number, from 1) of the next
    digest, or `left` out for a reason, `rank` many lines being before it.
    """

    title: str
    url: str | None
    came_at: datetime | None = None
    beside: str = ""
    place: int | None = None
    left: str = ""
    reasons: Mapping[str, Any] = field(default_factory=dict)
    score: float | None = None
    path: str = ""


def of_digest(fates: Sequence[Fate], *, came_at: datetime, style: Style, in_full: bool) -> Message:
    """Tell why each story of a digest came."""
    _ = style.phrases
    heading = _("Why these stories came: %(moment)s", moment=_moment(came_at, style))
    tail = block("why_how", style=style)
    buttons = keyboards.rows([keyboards.tap(_("What would come now"), Action.WHY)])
    blocks = _tell(fates, style=style, in_full=in_full, is_dated=False)
    return _message(heading, blocks, style=style, tail=tail, keyboard=buttons)


def of_stories(
    groups: Sequence[tuple[str, Sequence[Fate]]], *, words: str, style: Style, in_full: bool
) -> Message:
    """Tell what became of the stories that were asked for (`words` "": by a button).

    `groups` are chats by name, the one in which it was asked first and without one.
    """
    _ = style.phrases
    heading = _("Why this")
    if words:
        heading = _("Why, for “%(words)s”", words=shortened(echo(words), MAX_WORDS))
    blocks: list[Text] = []
    for name, fates in groups:
        told = _tell(fates, style=style, in_full=in_full)
        if name:
            title = block("heading", style=style, heading=_("In %(chat)s", chat=one_line(name)))
            told[0] = join([title, GAP, told[0]])
        blocks += told
    return _message(heading, blocks, style=style)


def of_next(
    fates: Sequence[Fate], left: Sequence[tuple[str, int]], *, style: Style, in_full: bool
) -> Message:
    """Tell what the next digest would hold if it came now, and how many are left out for what."""
    _ = style.phrases
    heading = _("What would come now, and why") if fates else _("Nothing would come now")
    counted = [f"{_.number(count)} × {_reader(reason, _)}" for reason, count in left[:MOST_REASONS]]
    others = sum(count for _reason, count in left[MOST_REASONS:])
    if others:
        reason = _("For other reasons.")
        counted.append(f"{_.number(others)} × {reason}")
    tail = block("why_left", style=style, counted=tuple(counted))
    blocks = _tell(fates, style=style, in_full=in_full, is_dated=False)
    return _message(heading, blocks, style=style, tail=tail)


def nothing(*, words: str, style: Style) -> Message:
    """Say that nothing is known of what was asked for, and how to ask."""
    words = shortened(echo(words), MAX_WORDS)
    return Draft(text=block("why_nothing", style=style, words=words)).finished()


def _message(
    heading: str,
    blocks: Sequence[Text],
    *,
    style: Style,
    tail: Text = NOTHING,
    keyboard: Keyboard = (),
) -> Message:
    """Put on one message what fits, and count the rest."""
    head = block("heading", style=style, heading=heading)
    around = len(head) + len(tail) + 100
    pages = split(blocks, room=Room(characters=MAX_TEXT - around))
    shown = list(blocks[pages[0].start : pages[0].stop]) if pages else []
    if len(shown) < len(blocks):
        shown.append(block("why_more", style=style, count=len(blocks) - len(shown)))
    return Draft(text=page(head, [*shown, tail]), keyboard=keyboard).finished()


def _tell(
    fates: Sequence[Fate], *, style: Style, in_full: bool, is_dated: bool = True
) -> list[Text]:
    return [
        _told(number, fate, style, in_full=in_full, is_dated=is_dated)
        for number, fate in enumerate(fates, start=1)
    ]


def _told(number: int, fate: Fate, style: Style, *, in_full: bool, is_dated: bool) -> Text:
    _ = style.phrases
    figures: list[str] = []
    if in_full:
        if fate.score is not None:
            figures.append(
                " · ".join(
                    (
                        _("score %(score)s", score=_.decimal(fate.score)),
                        *accounts.factors(fate.reasons, _),
                    )
                )
            )
        figures += [*accounts.circumstances(fate.reasons, _), shortened(fate.path, MAX_PATH)]
    said = [*(_fate(fate, style) if is_dated else ()), *because(fate.reasons, style=style)]
    text = block(
        "why_story",
        style=style,
        number=number,
        title=shortened(one_line(fate.title), MAX_TITLE),
        url=fate.url,
        said=style.phrases.space.join(said),
        figures=tuple(filter(None, figures)),
    )
    return cut(text, MAX_STORY)


def _fate(fate: Fate, style: Style) -> Iterator[str]:
    _ = style.phrases
    beside = shortened(one_line(fate.beside), MAX_TITLE)
    if fate.came_at is not None:
        yield _("It came here: %(moment)s.", moment=_moment(fate.came_at, style))
        if beside:
            yield _("It stood beside “%(title)s”, of the same event.", title=beside)
    elif fate.place is not None:
        yield _("It would come now as number %(number)s.", number=fate.place)
    elif beside:
        yield _("It would come now beside “%(title)s”, of the same event.", title=beside)
    else:
        yield _("It would not come now.")
        yield _reader(fate.left, _)


def because(reasons: Mapping[str, Any], *, style: Style) -> Iterator[str]:
    """Say in sentences what moved a story up or down; what changed nothing is not said."""
    _ = style.phrases
    if "heat_used" not in reasons:
        if "asked for" in reasons.get("because", ()):
            yield _("The editors chose it by hand.")
        elif "reminder" in reasons.get("because", ()):
            yield _("You asked to see it again.")
        return
    heat = _.decimal(reasons["heat_used"])
    if reasons["heat"] is None:
        yield _("Nobody says how hot it is: it counts as %(heat)s, as usual.", heat=heat)
    elif "hot" in reasons["because"]:
        yield _("It is hot (%(heat)s).", heat=heat)
    else:
        yield _("Its heat is %(heat)s.", heat=heat)
    yield _age(reasons["age_hours"], _)
    if reasons.get("words"):
        yield _("It holds %(words)s, which is wanted here.", words=_.listed(reasons["words"]))
    elif reasons.get("follow_factor", 1.0) != 1.0:
        yield _("Its topic is followed here.")
    yield from _moved(reasons, _)
    if reasons.get("joined"):
        count = len(reasons["joined"]) + 1
        yield _.ngettext(
            "It stands for %(number)s article about one event.",
            "It stands for %(number)s articles about one event.",
            count,
        )
    if "update_of" in reasons:
        yield _("It is later news of an event that came here before.")


def _moved(reasons: Mapping[str, Any], _: Phrases) -> Iterator[str]:
    steps = reasons.get("leaning", 0)
    if steps > 0:
        yield _.ngettext(
            "Taps and reactions moved it %(number)s step up.",
            "Taps and reactions moved it %(number)s steps up.",
            steps,
        )
    elif steps < 0:
        yield _.ngettext(
            "Taps and reactions moved it %(number)s step down.",
            "Taps and reactions moved it %(number)s steps down.",
            -steps,
        )
    quality = reasons.get("quality_factor", 1.0)
    if quality >= 1.05:
        yield _("Its quality moved it up.")
    elif quality <= 0.95:
        yield _("Its quality moved it down.")


# Note: each says why a story is left out of a digest
_READERS: Sequence[tuple[str, str]] = (
    (r"withdrawn by its publisher", N_("Its publisher has withdrawn it.")),
    (r"no title", N_("It has no title.")),
    (r"no usable link", N_("It has no link to read it at.")),
    (r"no date, .*", N_("Nobody knows how old it is.")),
    (r"its date has not come yet", N_("Its date has not come yet.")),
    (r"older than .*", N_("It is too old.")),
    (
        r"already published and heat below (\d+)",
        N_("Its publisher has put it out already, and its heat is below %(value)s."),
    ),
    (r"quality below (\d+)", N_("Its quality is below %(value)s.")),
    (r"this chat has received it", N_("It has come here before.")),
    (r"sent before, too long ago.*", N_("It went out long ago.")),
    (r"muted topic", N_("Its topic is muted here.")),
    (r"muted provider", N_("Its source is muted here.")),
    (r"other topics were asked for", N_("Other topics were asked for.")),
    (r"holds “(.*)”, which is to stay out", N_("It holds “%(value)s”, which stays out here.")),
    (r"its event was sent, .*", N_("Its event has come here, and it tells nothing newer.")),
    (r"the digest is full", N_("Others were stronger, and the digest is full.")),
    (r"(\d+) of its provider", N_("So many of its source (%(value)s) were stronger.")),
    (r"(\d+) of its topic", N_("So many of its topic (%(value)s) were stronger.")),
    (r"(\d+) of its section", N_("So many of its section (%(value)s) were stronger.")),
)
"""The reasons of `domain.selection`, and how they are said to a reader."""


def _reader(reason: str, _: Phrases) -> str:
    """Say a reason to a reader; as it stands in the account if it is not known here."""
    for pattern, text in _READERS:
        found = re.fullmatch(pattern, reason, re.DOTALL)
        if found is not None:
            values = {"value": found[1]} if found.groups() else {}
            return _(text, **values)
    return reason


def _age(hours: float, _: Phrases) -> str:
    if hours < 1:
        return _("It is less than an hour old.")
    if hours < 48:
        return _.ngettext("It is %(number)s hour old.", "It is %(number)s hours old.", round(hours))
    return _.ngettext("It is %(number)s day old.", "It is %(number)s days old.", round(hours / 24))


def _moment(moment: datetime, style: Style) -> str:
    _ = style.phrases
    day = coarse_date(moment, now=style.now, zone=style.zone, phrases=_)
    hour = time_of_day(moment, now=moment, zone=style.zone, phrases=_)
    return f"{day}{_(COMMA)}{hour}"
