"""The settings panel: what a chat wants, what comes of it next, and a button for every change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time

from bot.domain.languages import DEFAULT_LANGUAGE
from bot.domain.message import Button, Draft, Keyboard, Message
from bot.domain.panel import Ask, Deed, Target, View
from bot.domain.rules import Weights
from bot.domain.sections import Section
from bot.domain.subscription import Layout, Subscription
from bot.rendering import keyboards
from bot.rendering.blocks import block
from bot.rendering.cleaning import echo
from bot.rendering.hours import moment_in_words, quiet_in_words, times_in_words
from bot.rendering.phrases import Phrases
from bot.rendering.shortening import shortened
from bot.rendering.style import Style

MAX_NAME = 60
NAMES_SHOWN = 5
"""Topics, words and providers that the first page names; the pages behind it have them all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Usual:
    """What the publication does where a chat says nothing; `times` None: by a plan of its own."""

    size: int
    layout: Layout
    provider_cap: int
    topic_cap: int
    weights: Weights
    sections: tuple[Section, ...]
    language: str = DEFAULT_LANGUAGE


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """Something to choose: how it is named, by what a button names it, how many stories it has."""

    name: str
    key: str
    count: int = 0
    depth: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that a page of the panel can show.

    `times`, `days`, `quiet` and `zone` are those in force; times None: a plan of the publication.
    `titles` are the stories that the next digest would hold now, `more` counts the others.
    """

    wish: Subscription
    usual: Usual
    times: tuple[time, ...] | None
    days: frozenset[int]
    quiet: tuple[time, time] | None
    zone: str
    next_at: datetime | None
    titles: tuple[str, ...] = ()
    more: int = 0
    chat: str = ""
    target: Target | None = None
    where: str = ""
    hint: str = ""
    named: tuple[Named, ...] = ()
    """What the page lists: topics, providers, kinds, zones, chats."""
    is_operator: bool = False
    is_standing: bool = False
    """The chat gets the digest because the publication's settings name it."""
    has_places: bool = False
    """Whether there are groups or channels that the person may look after."""

    @property
    def is_own(self) -> bool:
        """Whether the panel is about the chat it stands in."""
        return self.target is None


class Keys:
    """Makes the buttons of one page."""

    def __init__(self, view: View, facts: Facts, phrases: Phrases) -> None:
        self._view = view
        self._facts = facts
        self.say = phrases

    def go(self, text: str, view: View, where: str = "") -> Button | None:
        """Offer another page."""
        ask = Ask(view=view, where=where, target=self._facts.target)
        return keyboards.callback_button(text, ask.callback)

    def do(
        self,
        text: str,
        deed: Deed,
        value: str = "",
        *,
        chosen: bool = False,
        where: str | None = None,
    ) -> Button | None:
        """Offer a change; `chosen`: it is so already."""
        ask = Ask(
            view=self._view,
            where=self._facts.where if where is None else where,
            deed=deed,
            value=value,
            target=self._facts.target,
        )
        return keyboards.callback_button(f"✓ {text}" if chosen else text, ask.callback)

    def foot(self, *more: Button | None) -> Keyboard:
        """Give the last row: what the page adds, the publication's way, the way back."""
        back = self.go(self.say("◀ Back"), View.MAIN)
        return keyboards.rows(more, [back])

    def usual(self) -> Button | None:
        """Offer what the publication does."""
        return self.do(self.say("As the publication"), Deed.USUAL)


def frame(
    facts: Facts,
    rows: Sequence[tuple[str, str]],
    keyboard: Keyboard,
    *,
    style: Style,
    title: str = "",
    view: View | None = None,
) -> Message:
    """Put a page together: its rows, and what the next digest will be, where it is of one chat."""
    _ = style.phrases
    coming = "" if view is View.PLACES else _coming(facts, style)
    stories = facts.titles if coming else ()
    text = block(
        "panels/settings",
        style=style,
        title=title or _("Settings"),
        chat=shortened(echo(facts.chat), MAX_NAME),
        rows=tuple(rows),
        hint=facts.hint,
        coming=coming,
        stories=tuple(shortened(echo(one), MAX_NAME + 20) for one in stories),
        more=_.ngettext("and %(number)s more", "and %(number)s more", facts.more)
        if stories and facts.more
        else "",
    )
    return Draft(text=text, keyboard=keyboard).finished()


def main_page(facts: Facts, *, style: Style) -> Message:
    """Show all settings in short, with a button for each page."""
    _ = style.phrases
    keys = Keys(View.MAIN, facts, _)
    wish = facts.wish
    rows = [
        (_("Comes"), when_in_words(facts, style)),
        (_("Quiet hours"), quiet_in_words(facts.quiet, _)),
        (_("Size"), _.ngettext("%(number)s story", "%(number)s stories", size_of(facts))),
        (_("Layout"), layout_name(wish.layout or facts.usual.layout, _)),
        *(
            (label, names(values, _))
            for label, values in (
                (_("Follows"), wish.followed),
                (_("Mutes"), wish.muted),
                (_("Words wanted"), wish.words_in),
                (_("Words unwanted"), wish.words_out),
                (_("Sources muted"), wish.muted_providers),
            )
            if values
        ),
    ]
    if wish.is_silent:
        rows.append((_("Sound"), _("off")))
    subscribed = None if facts.is_standing else keys.do(_("Unsubscribe"), Deed.UNSUBSCRIBE)
    if not wish.is_active:
        subscribed = keys.do(_("Subscribe"), Deed.SUBSCRIBE)
    others = Ask(view=View.PLACES).callback  # where the panel is of another chat, this is private
    is_private = facts.has_places or not facts.is_own
    keyboard = keyboards.rows(
        [keys.go(_("Times"), View.TIMES), keys.go(_("Time zone"), View.ZONE)],
        [keys.go(_("Days"), View.DAYS), keys.go(_("Quiet hours"), View.QUIET)],
        [keys.go(_("Topics"), View.FOLLOW, "1"), keys.go(_("Muted topics"), View.MUTE, "1")],
        [keys.go(_("Words"), View.WORDS), keys.go(_("Sources"), View.SOURCES, "1")],
        [keys.go(_("Size and layout"), View.LOOK), keys.go(_("Sections"), View.SECTIONS)],
        [keys.go(_("Order"), View.ORDER), keys.go(_("Sound and more"), View.MANNER)],
        [keys.go(_("Language"), View.LANGUAGE), keys.go(_("Pause"), View.PAUSE)],
        [
            subscribed,
            keyboards.callback_button(_("A group or channel"), others) if is_private else None,
        ],
    )
    return frame(facts, rows, keyboard, style=style)


def _coming(facts: Facts, style: Style) -> str:
    _ = style.phrases
    wish = facts.wish
    if not wish.is_active:
        return _("Not subscribed: no digest comes by itself. It would hold now:")
    if facts.next_at is None:
        return _("No digest will come at these hours.")
    when = moment_in_words(facts.next_at, style=style, zone=facts.zone)
    if facts.titles:
        return _("The next digest comes %(when)s. It would hold now:", when=when)
    return _("The next digest comes %(when)s. There is nothing new for it yet.", when=when)


def when_in_words(facts: Facts, style: Style) -> str:
    """Say when digests come: `08:00, 18:00, Monday to Friday, Lisbon`."""
    _ = style.phrases
    paused = facts.wish.paused_until
    if paused is not None and paused > style.now:
        return _(
            "paused until %(when)s", when=moment_in_words(paused, style=style, zone=facts.zone)
        )
    return times_in_words(facts.times, facts.days, facts.zone, _)


def size_of(facts: Facts) -> int:
    """Give the size in force."""
    return facts.wish.size or facts.usual.size


def names(values: Sequence[str], _: Phrases) -> str:
    """Write a few names, and how many there are beside them."""
    shown = _.listed(shortened(echo(one), 30) for one in values[:NAMES_SHOWN])
    more = len(values) - NAMES_SHOWN
    if more <= 0:
        return shown
    return _.ngettext(
        "%(names)s and %(number)s more", "%(names)s and %(number)s more", more, names=shown
    )


def layout_name(layout: Layout, _: Phrases) -> str:
    """Name a layout."""
    return {
        "list": _("list"),
        "cards": _("cards"),
        "album": _("album"),
        "cover": _("cover"),
        "rich": _("rich"),
    }.get(layout.value, layout.value)
