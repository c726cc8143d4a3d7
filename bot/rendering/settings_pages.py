"""The pages behind the settings panel's first one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from bot.domain.languages import INTERFACE_LANGUAGES
from bot.domain.message import Button, Message
from bot.domain.panel import Ask, Deed, View, short
from bot.domain.rules import Weights
from bot.domain.subscription import Layout
from bot.domain.topic import folded
from bot.rendering import keyboards
from bot.rendering.cleaning import echo
from bot.rendering.headings import kind_name
from bot.rendering.phrases import Phrases
from bot.rendering.settings import (
    MAX_NAME,
    Facts,
    Keys,
    frame,
    layout_name,
    main_page,
    names,
    size_of,
)
from bot.rendering.settings_hours import ON_A_PAGE, days, paged, pause, quiet, times, zone
from bot.rendering.settings_start import TOPICS_AT_ONCE, first_hour, start
from bot.rendering.shortening import shortened
from bot.rendering.style import Style

SIZES = (3, 5, 8, 10, 15, 20)
CAPS = (1, 2, 3, 4, 6)
WEIGHTS = (0.0, 0.5, 1.0, 1.5, 2.0, 3.0)
BUDGETS = (1, 2, 3, 5)
LANGUAGE_NAMES = dict(
    zip(
        INTERFACE_LANGUAGES,
        (
            *("English", "Deutsch", "Español", "Français", "Português", "Русский", "Українська"),
            *("Türkçe", "العربية", "فارسی", "हिन्दी", "Bahasa Indonesia", "中文"),
        ),
        strict=True,
    )
)

Page = Callable[[Facts, Keys, Style], Message]


def page(view: View, facts: Facts, *, style: Style) -> Message:
    """Write a page of the panel."""
    if view is View.MAIN:
        return main_page(facts, style=style)
    return _PAGES[view](facts, Keys(view, facts, style.phrases), style)


def leaf_of(ask: Ask) -> range:
    """Tell which of the topics of a page its leaf shows."""
    size = TOPICS_AT_ONCE if ask.view is View.START else ON_A_PAGE
    number = int(ask.where) if ask.where.isdecimal() else 1
    return range((max(number, 1) - 1) * size, max(number, 1) * size)


def _topics(view: View, on: Deed, off: Deed) -> Page:
    def write(facts: Facts, keys: Keys, style: Style) -> Message:
        _ = style.phrases
        is_follow = view is View.FOLLOW
        mine = facts.wish.followed if is_follow else facts.wish.muted
        keys_of_mine = {folded(name) for name in mine}
        buttons = []
        for one in facts.named:
            is_mine = folded(one.name) in keys_of_mine
            text = f"{'· ' * one.depth}{one.name} · {one.count}" if one.count else one.name
            buttons.append(keys.do(text, off if is_mine else on, one.key, chosen=is_mine))
        shown, pager = paged(buttons, facts.where, keys, view)
        label = _("Follows") if is_follow else _("Mutes")
        keyboard = (
            keyboards.grid(shown, widest=2)
            + keyboards.rows(pager)
            + keys.foot(keys.do(_("Write a topic"), Deed.TYPE))
        )
        rows = [(label, names(mine, _) if mine else _("nothing yet"))]
        return frame(facts, rows, keyboard, style=style)

    return write


def _words(facts: Facts, keys: Keys, style: Style) -> Message:
    _ = style.phrases
    wish = facts.wish
    rows = [
        (_("Words wanted"), names(wish.words_in, _) if wish.words_in else _("nothing yet")),
        (_("Words unwanted"), names(wish.words_out, _) if wish.words_out else _("nothing yet")),
    ]
    given = [("+", one) for one in wish.words_in] + [("\u2212", one) for one in wish.words_out]
    buttons = [
        keys.do(f"{sign} {word} ✕", Deed.FORGET_WORD, short(sign + word)) for sign, word in given
    ]
    shown, pager = paged(buttons, facts.where, keys, View.WORDS)
    add = [
        keys.do(_("Add a word"), Deed.TYPE, "in"),
        keys.do(_("Keep a word out"), Deed.TYPE, "out"),
    ]
    keyboard = keyboards.grid(shown, widest=2) + keyboards.rows(pager, add) + keys.foot()
    return frame(facts, rows, keyboard, style=style)


def _sources(facts: Facts, keys: Keys, style: Style) -> Message:
    _ = style.phrases
    wish = facts.wish
    cap = wish.provider_cap or facts.usual.provider_cap
    buttons = []
    for one in facts.named:
        is_muted = one.name in wish.muted_providers
        deed = Deed.UNMUTE_SOURCE if is_muted else Deed.MUTE_SOURCE
        text = f"{one.name} · {one.count}" if one.count else one.name
        buttons.append(keys.do(f"✕ {text}" if is_muted else text, deed, one.key))
    shown, pager = paged(buttons, facts.where, keys, View.SOURCES)
    caps = [keys.do(str(n), Deed.PROVIDER_CAP, str(n), chosen=n == cap) for n in CAPS]
    keyboard = (
        keyboards.grid(shown, widest=2) + keyboards.rows(pager, caps) + keys.foot(keys.usual())
    )
    muted = names(wish.muted_providers, _) if wish.muted_providers else _("none")
    rows = [
        (_("Sources muted"), muted),
        (_("Stories of one source at most"), _.number(cap)),
    ]
    return frame(facts, rows, keyboard, style=style)


def _look(facts: Facts, keys: Keys, style: Style) -> Message:
    _ = style.phrases
    layout = facts.wish.layout or facts.usual.layout
    size = size_of(facts)
    has_pictures = facts.wish.has_pictures is not False
    layouts = [
        keys.do(layout_name(one, _), Deed.LAYOUT, one.value, chosen=one is layout) for one in Layout
    ]
    sizes = [keys.do(str(n), Deed.SIZE, str(n), chosen=n == size) for n in SIZES]
    pictures = [
        keys.do(_("Pictures"), Deed.PICTURES, "1", chosen=has_pictures),
        keys.do(_("No pictures"), Deed.PICTURES, "0", chosen=not has_pictures),
    ]
    keyboard = (
        keyboards.grid(keyboards.row(*layouts), widest=2)
        + keyboards.grid(keyboards.row(*sizes), widest=6)
        + keyboards.rows(pictures)
        + keys.foot(keys.usual())
    )
    rows = [
        (_("Layout"), layout_name(layout, _)),
        (_("Size"), _.ngettext("%(number)s story", "%(number)s stories", size)),
        (_("Pictures"), _("on") if has_pictures else _("off")),
    ]
    return frame(facts, rows, keyboard, style=style)


def _sections(facts: Facts, keys: Keys, style: Style) -> Message:
    _ = style.phrases
    wish = facts.wish
    sections = facts.usual.sections if wish.sections is None else wish.sections
    budgets: dict[str, int] = {kind: one.budget for one in sections for kind in one.kinds}
    kind = next((one for one in facts.named if one.key == facts.where), None)
    if kind is not None:
        is_in = kind.name in budgets
        choose = [
            keys.do(_("No section"), Deed.SECTION, f"{kind.key},no", where="", chosen=not is_in)
        ]
        choose += [
            keys.do(
                str(n),
                Deed.SECTION,
                f"{kind.key},{n}",
                where="",
                chosen=budgets.get(kind.name) == n,
            )
            for n in BUDGETS
        ]
        keyboard = keyboards.grid(keyboards.row(*choose), widest=5)
        name = kind_name(kind.name, _)
        rows = [(_("Places for %(kind)s", kind=name), _.number(budgets.get(kind.name, 0)))]
        back = keyboards.rows([keys.go(_("◀ Back"), View.SECTIONS)])
        return frame(facts, rows, keyboard + back, style=style)
    buttons = [
        keys.go(
            f"✓ {kind_name(one.name, _)} · {budgets[one.name]}"
            if one.name in budgets
            else kind_name(one.name, _),
            View.SECTIONS,
            one.key,
        )
        for one in facts.named
    ]
    none = keys.do(_("No sections"), Deed.NO_SECTIONS, chosen=not sections)
    keyboard = (
        keyboards.grid(keyboards.row(*buttons), widest=2) + keyboards.rows([none])
    ) + keys.foot(keys.usual())
    said = _.listed(f"{kind_name(kind, _)} {budget}" for kind, budget in budgets.items()) or _(
        "none"
    )
    return frame(facts, [(_("Sections"), said)], keyboard, style=style)


def _order(facts: Facts, keys: Keys, style: Style) -> Message:
    _ = style.phrases
    weights = facts.wish.weights or facts.usual.weights
    cap = facts.wish.topic_cap or facts.usual.topic_cap
    labels = _weights(_)
    rows = [(label, f"{getattr(weights, name):g}") for name, label in labels.items()]
    rows.append((_("Stories of one topic at most"), _.number(cap)))
    keyboard = tuple(_weight_row(keys, weights, name, label) for name, label in labels.items())
    caps = [keys.do(str(n), Deed.TOPIC_CAP, str(n), chosen=n == cap) for n in CAPS]
    hint = facts.hint or _("1 counts as usual, 0 not at all, 2 twice.")
    return frame(
        replace(facts, hint=hint),
        rows,
        keyboard + keyboards.rows(caps) + keys.foot(keys.usual()),
        style=style,
    )


def _weights(_: Phrases) -> Mapping[str, str]:
    return {
        "heat": _("Heat"),
        "freshness": _("Freshness"),
        "quality": _("Quality"),
        "follows": _("What is followed"),
    }


def _weight_row(keys: Keys, weights: Weights, name: str, label: str) -> tuple[Button, ...]:
    value = getattr(weights, name)
    less = max((one for one in WEIGHTS if one < value), default=WEIGHTS[0])
    more = min((one for one in WEIGHTS if one > value), default=WEIGHTS[-1])
    return keyboards.row(
        keys.do(f"\u2212 {label}", Deed.WEIGHT, f"{name},{less:g}"),
        keys.do(f"+ {label}", Deed.WEIGHT, f"{name},{more:g}"),
    )


def _manner(facts: Facts, keys: Keys, style: Style) -> Message:
    _ = style.phrases
    wish = facts.wish
    switches = (
        (_("Without a sound"), Deed.SILENT, bool(wish.is_silent)),
        (_("Flash news at once"), Deed.FLASH, wish.wants_flash),
        (_("Learn from my taps"), Deed.LEARNING, wish.is_learning is not False),
    )
    buttons = [
        [keys.do(label, deed, "0" if is_on else "1", chosen=is_on)]
        for label, deed, is_on in switches
    ]
    rows = [(label, _("on") if is_on else _("off")) for label, _deed, is_on in switches]
    keyboard = keyboards.rows(*buttons) + keys.foot(keys.usual())
    return frame(facts, rows, keyboard, style=style)


def _language(facts: Facts, keys: Keys, style: Style) -> Message:
    _ = style.phrases
    own = facts.wish.language
    buttons = [
        keys.do(name, Deed.LANGUAGE, code, chosen=code == own)
        for code, name in LANGUAGE_NAMES.items()
    ]
    if facts.wish.chat_kind.is_shared:  # there is no one person whose language it could be
        as_usual, spoken = _("As the publication"), LANGUAGE_NAMES[facts.usual.language]
    else:
        as_usual, spoken = _("As Telegram says"), _("as Telegram says")
    usual = keys.do(as_usual, Deed.USUAL, chosen=own is None)
    keyboard = keyboards.grid(keyboards.row(*buttons), widest=2) + keys.foot(usual)
    rows = [(_("Language"), LANGUAGE_NAMES.get(own or "", spoken))]
    return frame(facts, rows, keyboard, style=style)


def _places(facts: Facts, keys: Keys, style: Style) -> Message:
    _ = style.phrases
    buttons = []
    for one in facts.named:
        ask = Ask(target=None)
        data = replace(ask.callback, arguments=(one.key, View.MAIN.value))
        buttons.append(keyboards.callback_button(shortened(echo(one.name), MAX_NAME), data))
    mine = keyboards.callback_button(_("Myself"), Ask().callback)
    add = []
    if style.bot_username:  # Telegram asks which one; what comes of it stands behind the name
        bot = f"https://t.me/{style.bot_username.removeprefix('@')}"
        rights = "post_messages+edit_messages+delete_messages"
        add = [
            keyboards.link(_("Add to a group"), f"{bot}?startgroup=subscribe"),
            keyboards.link(_("Add to a channel"), f"{bot}?startchannel&admin={rights}"),
        ]
    keyboard = keyboards.grid(keyboards.row(*buttons), widest=1) + keyboards.rows(add, [mine])
    hint = facts.hint or _(
        "Choose a chat that you are an administrator of, or write /settings and its @name."
    )
    empty = replace(facts, hint=hint)
    title = _("Whose settings?")
    return frame(empty, [], keyboard, style=style, title=title, view=View.PLACES)


_PAGES: Mapping[View, Page] = {
    View.TIMES: times,
    View.DAYS: days,
    View.ZONE: zone,
    View.QUIET: quiet,
    View.FOLLOW: _topics(View.FOLLOW, Deed.FOLLOW, Deed.UNFOLLOW),
    View.MUTE: _topics(View.MUTE, Deed.MUTE, Deed.UNMUTE),
    View.WORDS: _words,
    View.SOURCES: _sources,
    View.LOOK: _look,
    View.SECTIONS: _sections,
    View.ORDER: _order,
    View.MANNER: _manner,
    View.LANGUAGE: _language,
    View.PAUSE: pause,
    View.PLACES: _places,
    View.START: start,
    View.FIRST_HOUR: first_hour,
}
