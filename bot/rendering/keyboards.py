"""Buttons: rows that fill evenly, and data that is always short enough."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bot.domain.article import StoryId
from bot.domain.callback import Action, Callback
from bot.domain.languages import N_
from bot.domain.message import Button, Keyboard
from bot.domain.topic import folded
from bot.domain.urls import usable_link
from bot.rendering.cleaning import is_visible, one_line
from bot.rendering.phrases import Phrases
from bot.rendering.shortening import shortened

MAX_LABEL = 40
"""Longer labels are cut by phones anyway."""
FIRST_PAGE = 1


def label(text: str, *, room: int = MAX_LABEL) -> str:
    """Give the text of a button: one line, never empty."""
    text = shortened(one_line(text), room)
    return text if is_visible(text) else "·"


def tap(text: str, action: Action, *arguments: str | int) -> Button | None:
    """Make a button that asks for something; None when its arguments do not fit 64 bytes."""
    return callback_button(text, Callback(action, tuple(str(argument) for argument in arguments)))


def callback_button(text: str, callback: Callback) -> Button | None:
    """Make a button from a callback; None when it does not fit 64 bytes."""
    try:
        data = callback.encoded()
    except ValueError:  # a long name, or one that UTF-8 cannot write
        return None
    return Button(text=label(text), callback_data=data)


def link(text: str, url: str | None) -> Button | None:
    """Make a button that opens an address; None when Telegram would not take it."""
    kept = usable_link(url)
    return Button(text=label(text), url=kept) if kept else None


def opens(story: StoryId) -> Callback:
    """Ask to open a story in place."""
    return Callback(Action.STORY, (story,))


def read(url: str | None, _: Phrases) -> Button | None:
    """Offer the story's page; Telegram draws the arrow that says "leads out" itself."""
    # Note: a button that opens the page of a story
    return link(_("Read"), url)


def more_on(topic: str, _: Phrases) -> Button | None:
    """Offer the stories of a topic."""
    name = shortened(one_line(topic), 28)
    return tap(_("More on %(topic)s", topic=name), Action.TOPIC, FIRST_PAGE, folded(topic))


def follow(topic: str, _: Phrases, *, is_followed: bool) -> Button | None:
    """Offer to follow a topic, or to stop."""
    name = shortened(one_line(topic), 28)
    if is_followed:
        return tap(_("✓ Following %(topic)s", topic=name), Action.UNFOLLOW, folded(topic))
    return wish(Action.FOLLOW, topic, _)


_WISHES = {
    Action.FOLLOW: N_("Follow %(topic)s"),
    Action.UNFOLLOW: N_("Unfollow %(topic)s"),
    Action.MUTE: N_("Mute %(topic)s"),
    Action.UNMUTE: N_("Unmute %(topic)s"),
}


def wish(action: Action, topic: str, _: Phrases) -> Button | None:
    """Offer to follow or mute a topic, or to end either; the label says which."""
    name = shortened(one_line(topic), 28)
    return tap(_(_WISHES[action], topic=name), action, folded(topic))


def row(*buttons: Button | None) -> tuple[Button, ...]:
    """Put those buttons in a row that there are."""
    return tuple(button for button in buttons if button is not None)


def rows(*candidates: Sequence[Button | None]) -> Keyboard:
    """Make a keyboard of the rows that hold a button."""
    found = (row(*candidate) for candidate in candidates)
    return tuple(buttons for buttons in found if buttons)


def numbers(buttons: Sequence[Button]) -> Keyboard:
    """Lay number buttons out: short rows while they are few, Telegram's widest when many."""
    return grid(buttons, widest=5 if len(buttons) <= 15 else 8)


def grid(buttons: Sequence[Button], *, widest: int) -> Keyboard:
    """Lay buttons out in rows of nearly the same length: eight become 4 + 4, not 5 + 3."""
    if not buttons:
        return ()
    count = -(-len(buttons) // widest)
    width = -(-len(buttons) // count)
    return tuple(tuple(buttons[at : at + width]) for at in range(0, len(buttons), width))


def turners(
    make: Callable[[str, int], Button | None],
    _: Phrases,
    *,
    is_back: bool,
    here: Button | None = None,
    is_on: bool,
) -> tuple[Button, ...]:
    """Give arrows back and on with what stands between them; `make` gets a label and -1 or 1.

    Who reads from the right turns pages to the left; Telegram keeps the order of a row.
    """
    left, right = (1, -1) if _.is_right_to_left else (-1, 1)
    there = {-1: is_back, 1: is_on}
    return row(
        make("◀", left) if there[left] else None, here, make("▶", right) if there[right] else None
    )


def pager(
    page: int, pages: int, callback: Callable[[int], Callback], _: Phrases
) -> tuple[Button, ...]:
    """Give arrows with the page number between them; nothing when there is one page."""
    if pages <= 1:
        return ()
    return turners(
        lambda label, step: callback_button(label, callback(page + step)),
        _,
        is_back=page > 1,
        here=tap(f"{page} / {pages}", Action.NOTHING),
        is_on=page < pages,
    )
