"""The settings panel's pages about time: hours, days, zones, quiet hours, pauses."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import time, timedelta

from bot.domain.message import Button, Message
from bot.domain.panel import Deed, View
from bot.domain.subscription import NO_QUIET
from bot.rendering import keyboards
from bot.rendering.hours import EVERY_DAY, WORKDAYS, city, day_names, days_in_words, quiet_in_words
from bot.rendering.settings import Facts, Keys, frame, when_in_words
from bot.rendering.style import Style

ON_A_PAGE = 16
HOURS = (*range(6, 24), 0)
QUIETS = ((21, 6), (22, 7), (23, 8), (0, 9))
PAUSES = (1, 3, 7, 14, 30)


def times(facts: Facts, keys: Keys, style: Style) -> Message:
    """Choose the times of the day."""
    _ = style.phrases
    chosen = facts.times or ()
    hours = []
    for hour in HOURS:
        at = time(hour)
        is_chosen = at in chosen
        deed = Deed.WITHOUT_TIME if is_chosen else Deed.WITH_TIME
        hours.append(keys.do(f"{at:%H:%M}", deed, f"{at:%H%M}", chosen=is_chosen))
    others = [
        keys.do(f"{at:%H:%M}", Deed.WITHOUT_TIME, f"{at:%H%M}", chosen=True)
        for at in chosen
        if at.minute or at.hour not in HOURS
    ]
    keyboard = (
        keyboards.grid(keyboards.row(*hours), widest=4)
        + keyboards.grid(keyboards.row(*others), widest=4)
        + keys.foot(keys.do(_("Another time"), Deed.TYPE), keys.usual())
    )
    return frame(facts, [(_("Comes"), when_in_words(facts, style))], keyboard, style=style)


def days(facts: Facts, keys: Keys, style: Style) -> Message:
    """Choose the days of the week."""
    _ = style.phrases
    buttons = []
    for number, name in enumerate(day_names(_.language), start=1):
        is_chosen = number in facts.days
        wanted = facts.days - {number} if is_chosen else facts.days | {number}
        value = _digits(wanted) if wanted else _digits(facts.days)
        buttons.append(keys.do(name, Deed.DAYS, value, chosen=is_chosen))
    sets = [
        keys.do(days_in_words(one, _), Deed.DAYS, _digits(one)) for one in (EVERY_DAY, WORKDAYS)
    ]
    keyboard = (
        keyboards.grid(keyboards.row(*buttons), widest=4)
        + keyboards.rows(sets)
        + keys.foot(keys.usual())
    )
    return frame(facts, [(_("Comes"), when_in_words(facts, style))], keyboard, style=style)


def zone(facts: Facts, keys: Keys, style: Style) -> Message:
    """Regions; the cities of one; or what was offered for typed words."""
    _ = style.phrases
    rows = [(_("Time zone"), city(facts.zone, _))]
    region, _comma, number = facts.where.partition(",")
    regions = {
        "Europe": _("Europe"),
        "Asia": _("Asia"),
        "Africa": _("Africa"),
        "America": _("America"),
        "Atlantic": _("Atlantic"),
        "Australia": _("Australia"),
        "Indian": _("Indian Ocean"),
        "Pacific": _("Pacific"),
        "Antarctica": _("Antarctica"),
    }
    offered = [keys.do(city(one.name, _), Deed.ZONE, one.name, where="") for one in facts.named]
    if region in regions:
        shown, pager = paged(offered, number, keys, View.ZONE, prefix=f"{region},")
        back = [keys.go(_("Regions"), View.ZONE)]
        keyboard = keyboards.grid(shown, widest=2) + keyboards.rows(pager, back)
        return frame(facts, rows, keyboard + keys.foot(), style=style)
    choose = [keys.go(name, View.ZONE, f"{key},1") for key, name in regions.items()]
    keyboard = (
        keyboards.grid(keyboards.row(*offered), widest=2)
        + keyboards.grid(keyboards.row(*choose), widest=3)
        + keys.foot(keys.do(_("Write a city"), Deed.TYPE), keys.usual())
    )
    return frame(facts, rows, keyboard, style=style)


def quiet(facts: Facts, keys: Keys, style: Style) -> Message:
    """Choose the hours in which nothing starts."""
    _ = style.phrases
    buttons = [
        keys.do(
            quiet_in_words(quiet, _),
            Deed.QUIET,
            f"{quiet[0]:%H%M}-{quiet[1]:%H%M}",
            chosen=facts.quiet == quiet,
        )
        for quiet in ((time(begin), time(end)) for begin, end in QUIETS)
    ]
    value = f"{NO_QUIET[0]:%H%M}-{NO_QUIET[1]:%H%M}"
    none = keys.do(_("No quiet hours"), Deed.QUIET, value, chosen=facts.quiet is None)
    keyboard = (
        keyboards.grid(keyboards.row(*buttons), widest=2)
        + keyboards.rows([none, keys.do(_("Other hours"), Deed.TYPE)])
        + keys.foot(keys.usual())
    )
    rows = [(_("Quiet hours"), quiet_in_words(facts.quiet, _))]
    return frame(facts, rows, keyboard, style=style)


def pause(facts: Facts, keys: Keys, style: Style) -> Message:
    """Choose the day on which digests come again."""
    _ = style.phrases
    begin = style.now
    buttons = [
        keys.do(
            _.ngettext("%(number)s day", "%(number)s days", number),
            Deed.PAUSE,
            f"{begin + timedelta(days=number):%Y%m%d}",
        )
        for number in PAUSES
    ]
    is_paused = facts.wish.paused_until is not None and facts.wish.paused_until > begin
    resume = keys.do(_("Go on now"), Deed.PAUSE, "no") if is_paused else None
    keyboard = keyboards.grid(keyboards.row(*buttons), widest=3) + keys.foot(
        resume, keys.do(_("Another day"), Deed.TYPE)
    )
    return frame(facts, [(_("Comes"), when_in_words(facts, style))], keyboard, style=style)


def paged(
    buttons: Sequence[Button | None],
    where: str,
    keys: Keys,
    view: View,
    *,
    prefix: str = "",
    size: int = ON_A_PAGE,
) -> tuple[tuple[Button, ...], tuple[Button, ...]]:
    """Give one page of many buttons, and arrows."""
    found = keyboards.row(*buttons)
    pages = max(1, -(-len(found) // size))
    number = int(where.rpartition(",")[2]) if where.rpartition(",")[2].isdecimal() else 1
    number = min(max(number, 1), pages)
    shown = found[(number - 1) * size : number * size]
    if pages == 1:
        return shown, ()
    arrows = keyboards.turners(
        lambda label, step: keys.go(label, view, f"{prefix}{number + step}"),
        keys.say,
        is_back=number > 1,
        here=keys.go(f"{number} / {pages}", view, f"{prefix}{number}"),
        is_on=number < pages,
    )
    return shown, arrows


def _digits(days: frozenset[int]) -> str:
    return "".join(str(day) for day in sorted(days))
