"""The desk's panel: a draft in words, with the buttons that shape and send it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot.domain.article import StoryKey
from bot.domain.callback import Action, Callback
from bot.domain.digest import Item
from bot.domain.hand import (
    HASH_SHOWN,
    NO_HEAD,
    USUAL_HEAD,
    Deed,
    Sheet,
    Step,
    minute_of,
)
from bot.domain.languages import N_
from bot.domain.message import Button, Draft, Keyboard, Message
from bot.domain.subscription import Layout
from bot.rendering import keyboards
from bot.rendering.blocks import block
from bot.rendering.cleaning import echo, one_line
from bot.rendering.dates import length_in_words, time_of_day
from bot.rendering.lines import title_of
from bot.rendering.phrases import Phrases
from bot.rendering.shortening import shortened
from bot.rendering.style import Style

MAX_NAMED_CHATS = 8
MAX_CHAT_NAME = 60
MAX_LINE = 70
PAGE = 5
"""Stories that are offered at once."""

# Note: how a digest looks; a button
_LAYOUTS = {
    Layout.LIST: N_("List"),
    Layout.CARDS: N_("Cards"),
    Layout.ALBUM: N_("Album"),
    Layout.COVER: N_("Cover"),
    Layout.RICH: N_("Rich"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a post would do: to whom (`chats` names the first ones), how much and how long."""

    chats: Sequence[str]
    chat_count: int
    message_count: int
    duration: timedelta
    stars: float = 0.0
    digest: str
    layout: Layout
    quiet_until: str = ""
    """The time of day until which it is quiet, as people say it; empty outside quiet hours."""
    troubles: Mapping[StoryKey, str] = field(default_factory=dict)
    """Why stories of it cannot be sent any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What is offered below the panel: stories, or moments with whether it is quiet then."""

    stories: Sequence[Item] = ()
    moments: Sequence[tuple[datetime, bool]] = ()
    words: str = ""
    why_not: str = ""


def panel(
    sheet: Sheet, plan: Plan, *, style: Style, at: Deed, offer: Offer | None = None
) -> Message:
    """Show a draft below its preview; `at` says which draft and which part of the desk."""
    offer = offer or Offer()
    pages = max(-(-len(offer.stories) // PAGE), 1)
    page = min(at.page, pages) if at.step in (Step.SWAPS, Step.ADDS) else 1
    shown = offer.stories[(page - 1) * PAGE : page * PAGE]
    keyboard = _keyboard(sheet, plan, at, shown, (page, pages), offer, style)
    hint = _hint(sheet, at, offer, style.phrases)
    return _written(sheet, plan, keyboard, style=style, hint=hint, offered=shown)


def seen(sheet: Sheet, plan: Plan, *, style: Style) -> Message:
    """Show what a post would be to somebody who may only look."""
    return _written(sheet, plan, (), style=style)


def _written(
    sheet: Sheet,
    plan: Plan,
    keyboard: Keyboard,
    *,
    style: Style,
    hint: str = "",
    offered: Sequence[Item] = (),
) -> Message:
    _ = style.phrases
    names = tuple(shortened(echo(name), MAX_CHAT_NAME) for name in plan.chats[:MAX_NAMED_CHATS])
    lines = tuple(
        (number, _title(line, _), sheet.is_pinned(line), _trouble(line, plan))
        for number, line in enumerate(sheet.lines, start=1)
    )
    text = block(
        "desk/post",
        style=style,
        has_buttons=bool(keyboard),
        lines=lines,
        chats=names,
        more=max(plan.chat_count - len(names), 0),
        chat_count=plan.chat_count,
        story_count=len(sheet.lines),
        message_count=plan.message_count,
        duration=sending(plan.duration, plan.stars, _),
        layout=_(_LAYOUTS[plan.layout]),
        digest=plan.digest[:HASH_SHOWN],
        quiet_until=plan.quiet_until,
        hint=hint,
        offered=tuple(
            (number, _title(item, _), shortened(one_line(item.article.source or ""), MAX_LINE))
            for number, item in enumerate(offered, start=1)
        ),
    )
    return Draft(text=text, keyboard=keyboard).finished()


def _title(item: Item, _: Phrases) -> str:
    return echo(shortened(title_of(item.article, _), MAX_LINE))


def _trouble(line: Item, plan: Plan) -> str:
    return next((plan.troubles[key] for key in line.story_keys if key in plan.troubles), "")


def _hint(sheet: Sheet, at: Deed, offer: Offer, _: Phrases) -> str:
    line = sheet.line(at.number)
    match at.step:
        case Step.STORY if line is not None:
            return _("Story %(number)s: what shall become of it?", number=at.number)
        case Step.SWAPS if offer.stories:
            return _("In place of story %(number)s:", number=at.number)
        case Step.SWAPS:
            return _("There is no other story.")
        case Step.ADDS if offer.words:
            return offer.why_not or _("Found for %(words)s:", words=offer.words)
        case Step.ADDS if not offer.stories:
            return _(
                "Nothing else is waiting. Reply to this message with words, a link or a story's id."
            )
        case Step.ADDS:
            return _(
                "Add one of these, or reply to this message with words, a link or a story's id:"
            )
        case Step.HEADS:
            # Note: the head line stands above the stories of a post, in place of its title
            return _("Reply to this message with the head line.")
        case Step.TIMES:
            # Note: the example is understood in the language of the text: tomorrow 9:00
            return _("When? Choose, or reply to this message with a time, such as tomorrow 9:00.")
    return "" if sheet.lines else _("No story is left: add one, or cancel.")


def _keyboard(
    sheet: Sheet,
    plan: Plan,
    at: Deed,
    shown: Sequence[Item],
    pages: tuple[int, int],
    offer: Offer,
    style: Style,
) -> Keyboard:
    _ = style.phrases
    back = [_tap(_("Back"), at, Step.MAIN)]
    match at.step:
        case Step.STORY if sheet.line(at.number) is not None:
            return keyboards.rows(*_story_rows(sheet, at, _), back)
        case Step.SWAPS | Step.ADDS:
            return keyboards.rows(*_offer_rows(at, shown, pages, _), back)
        case Step.LAYOUTS:
            layouts = [_tap(_(name), at, Step.LAYOUT, one.value) for one, name in _LAYOUTS.items()]
            return keyboards.rows(layouts, back)
        case Step.HEADS:
            usual = _tap(_("The usual one"), at, Step.HEAD, USUAL_HEAD)
            return keyboards.rows(
                [usual, _tap(_.pgettext("head line", "None"), at, Step.HEAD, NO_HEAD)], back
            )
        case Step.TIMES:
            taps = [
                _moment(at, plan, moment, style, is_quiet) for moment, is_quiet in offer.moments
            ]
            return keyboards.rows(*keyboards.grid(keyboards.row(*taps), widest=2), back)
    return _main(sheet, plan, at, _)


def _main(sheet: Sheet, plan: Plan, at: Deed, _: Phrases) -> Keyboard:
    numbers = [
        _tap(str(number), at, Step.STORY, str(number))
        for number, _line in enumerate(sheet.lines, start=1)
    ]
    shape = [
        _tap(_("Add…"), at, Step.ADDS, "1"),
        _tap(_("Layout…"), at, Step.LAYOUTS),
        _tap(_("Head line…"), at, Step.HEADS),
    ]
    shown = plan.digest[:HASH_SHOWN]
    send: list[Button | None] = []
    if sheet.lines:
        send = [_tap(_("Post now"), at, Step.NOW, shown), _tap(_("At a time…"), at, Step.TIMES)]
    test = [_tap(_("Test to me"), at, Step.TEST, shown) if sheet.lines else None]
    return keyboards.rows(
        *keyboards.numbers(keyboards.row(*numbers)),
        [*shape],
        [_tap(_("Choose anew"), at, Step.ANEW), *test],
        send,
        [_tap(_("Cancel"), at, Step.CANCEL)],
    )


def _story_rows(sheet: Sheet, at: Deed, _: Phrases) -> list[list[Button | None]]:
    number, line = at.number, sheet.line(at.number)
    is_pinned = line is not None and sheet.is_pinned(line)
    here = str(number)
    pin = (
        _tap(_("Unpin"), at, Step.UNPIN, here) if is_pinned else _tap(_("Pin"), at, Step.PIN, here)
    )
    above, below = sheet.line(number - 1), sheet.line(number + 1)
    is_up = above is not None and sheet.is_pinned(above) == is_pinned
    is_down = below is not None and sheet.is_pinned(below) == is_pinned
    return [
        [_tap(_("Swap…"), at, Step.SWAPS, here, "1"), _tap(_("Drop"), at, Step.DROP, here), pin],
        [
            _tap(_("Up"), at, Step.UP, here) if is_up else None,
            _tap(_("Down"), at, Step.DOWN, here) if is_down else None,
        ],
    ]


def _offer_rows(
    at: Deed, shown: Sequence[Item], pages: tuple[int, int], _: Phrases
) -> list[list[Button | None]]:
    is_swap = at.step is Step.SWAPS
    place = (str(at.number),) if is_swap else ()
    step = Step.SWAP if is_swap else Step.ADD
    take = [
        _tap(str(number), at, step, *place, item.article.story_id)
        for number, item in enumerate(shown, start=1)
    ]
    page, last = pages
    turn = keyboards.turners(
        lambda label, by: _tap(label, at, at.step, *place, str(page + by)),
        _,
        is_back=page > 1,
        is_on=page < last,
    )
    return [[*take], [*turn]]


def _moment(at: Deed, plan: Plan, moment: datetime, style: Style, is_quiet: bool) -> Button | None:  # noqa: FBT001
    _ = style.phrases
    label = time_of_day(moment, now=style.now, zone=style.zone, phrases=_)
    if is_quiet:
        # Note: a button with a time of day that lies in the quiet hours
        label = _("%(time)s (quiet)", time=label)
    return _tap(label, at, Step.AT, plan.digest[:HASH_SHOWN], minute_of(moment))


def _tap(text: str, at: Deed, step: Step, *what: str) -> Button | None:
    deed = replace(at, step=step, what=what)
    return keyboards.callback_button(text, Callback(Action.DESK, deed.encoded()))


def sending(length: timedelta, stars: float, _: Phrases) -> str:
    """Say how long a send takes, and what it costs at most."""
    duration = _("at once")
    if length >= timedelta(seconds=2):
        duration = _("about %(length)s", length=length_in_words(length, _))
    if not stars:
        return duration
    # Note: how long a send takes, and what it costs: about 40 s, at most 120 Stars
    return _("%(duration)s, at most %(stars)s Stars", duration=duration, stars=_.decimal(stars))
