"""The first minute: the greeting with topics to follow, and the hour of the first subscription."""

from __future__ import annotations

from datetime import time

from bot.domain.callback import Action
from bot.domain.message import Draft, Message
from bot.domain.panel import Deed, View
from bot.domain.topic import folded
from bot.rendering import keyboards
from bot.rendering.blocks import block
from bot.rendering.settings import Facts, Keys, frame, when_in_words
from bot.rendering.settings_hours import paged
from bot.rendering.style import Style

TOPICS_AT_ONCE = 8
FIRST_HOURS = (7, 8, 9, 12, 18, 20, 21, 22)


def start(facts: Facts, keys: Keys, style: Style) -> Message:
    """Say what this is; a tap follows a topic, and *Subscribe* subscribes."""
    _ = style.phrases
    mine = {folded(name) for name in facts.wish.followed}
    buttons = []
    for one in facts.named:
        is_mine = folded(one.name) in mine
        text = f"{'· ' * one.depth}{one.name} · {one.count}" if one.count else one.name
        deed = Deed.UNFOLLOW if is_mine else Deed.FOLLOW
        buttons.append(keys.do(text, deed, one.key, chosen=is_mine))
    shown, pager = paged(buttons, facts.where, keys, View.START, size=TOPICS_AT_ONCE)
    if pager and facts.where in ("", "1"):
        pager = keyboards.row(keys.go(_("More topics"), View.START, "2"))
    subscribe = keyboards.tap(_("Subscribe"), Action.SUBSCRIBE)
    read = [
        keyboards.tap(_("Topics"), Action.TOPICS, 1),
        keyboards.tap(_("Hot right now"), Action.HOT, 1),
    ]
    settings = keys.go(_("Settings"), View.MAIN)
    keyboard = keyboards.grid(shown, widest=2) + keyboards.rows(
        pager, [settings if facts.wish.is_active else subscribe], read
    )
    words = block(
        "panels/start",
        style=style,
        title=style.title or "Gazette",
        is_subscribed=facts.wish.is_active,
        is_operator=facts.is_operator,
        has_topics=bool(facts.named),
        followed=tuple(facts.wish.followed[:20]),
    )
    return Draft(text=words, keyboard=keyboard).finished()


def first_hour(facts: Facts, keys: Keys, style: Style) -> Message:
    """Ask for one hour, and for the clock that it is meant by."""
    _ = style.phrases
    chosen = facts.times or ()
    hours = [
        keys.do(f"{at:%H:%M}", Deed.ONLY_TIME, f"{at:%H%M}", chosen=chosen == (at,))
        for at in (time(hour) for hour in FIRST_HOURS)
    ]
    keyboard = keyboards.grid(keyboards.row(*hours), widest=4) + keyboards.rows(
        [keys.do(_("Another time"), Deed.TYPE), keys.usual()],
        [keys.go(_("Time zone"), View.ZONE), keys.go(_("All settings"), View.MAIN)],
    )
    rows = [(_("Comes"), when_in_words(facts, style))]
    return frame(facts, rows, keyboard, style=style, title=_("When shall it come?"))
