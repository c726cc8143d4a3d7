"""The list of topics as buttons, children under their parents."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.domain.callback import Action, Callback
from bot.domain.message import Button, Draft, Keyboard, Message
from bot.domain.topic import folded
from bot.rendering import keyboards
from bot.rendering.blocks import block
from bot.rendering.style import Style

TOPICS_ON_A_PAGE = 24
LONGEST_IN_A_COLUMN = 22
"""A longer label is cut by a phone when two stand side by side: it gets a row of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicRow:
    """A topic with its number of stories; `key` is its folded name, `parent` its parent's key."""

    name: str
    count: int
    key: str
    parent: str | None = None


def topics_page(
    rows: Sequence[TopicRow],
    page: int = 1,
    *,
    style: Style,
    followed: frozenset[str] = frozenset(),
) -> Message:
    """Show one page of the topic list (pages count from 1); followed topics carry a check mark.

    The order of `rows` is kept, but children stand right after their parent.
    """
    ordered = families(rows)
    pages = max(1, -(-len(ordered) // TOPICS_ON_A_PAGE))
    page = min(max(page, 1), pages)
    shown = ordered[(page - 1) * TOPICS_ON_A_PAGE : page * TOPICS_ON_A_PAGE]
    draft = Draft(
        text=block("panels/topics", style=style, total=len(rows), page=page, pages=pages),
        keyboard=_columns(shown, followed)
        + keyboards.rows(
            keyboards.pager(
                page, pages, lambda number: Callback(Action.TOPICS, (str(number),)), style.phrases
            )
        ),
    )
    return draft.finished()


def families(rows: Sequence[TopicRow]) -> list[tuple[TopicRow, int]]:
    """Give every topic once with its depth; a circle of parents is cut where it is met first."""
    keys = {row.key for row in rows}
    children: dict[str | None, list[TopicRow]] = {}
    for row in rows:
        parent = row.parent if row.parent in keys and row.parent != row.key else None
        children.setdefault(parent, []).append(row)
    placed: dict[str, tuple[TopicRow, int]] = {}

    def place(family: Iterable[TopicRow], depth: int) -> None:
        for row in family:
            if row.key not in placed:
                placed[row.key] = (row, depth)
                place(children.get(row.key, ()), depth + 1)

    place(children.get(None, ()), 0)
    place(rows, 0)  # what is left hangs in a circle
    return list(placed.values())


def _columns(shown: Sequence[tuple[TopicRow, int]], followed: frozenset[str]) -> Keyboard:
    """Lay topics out in two columns; a parent and a long name get a row of their own."""
    keyboard: list[tuple[Button, ...]] = []
    half: Button | None = None
    half_depth = 0
    for number, (row, depth) in enumerate(shown):
        button = _button(row, depth, is_followed=row.key in followed)
        if button is None:
            continue
        is_parent = number + 1 < len(shown) and shown[number + 1][1] > depth
        if half is not None and (is_parent or depth != half_depth or _is_long(button)):
            keyboard.append((half,))
            half = None
        if is_parent or _is_long(button):
            keyboard.append((button,))
        elif half is not None:
            keyboard.append((half, button))
            half = None
        else:
            half, half_depth = button, depth
    if half is not None:
        keyboard.append((half,))
    return tuple(keyboard)


def _button(row: TopicRow, depth: int, *, is_followed: bool) -> Button | None:
    name = keyboards.label(row.name, room=30)
    mark = "✓ " if is_followed else ""
    branch = "↳ " if depth else ""
    text = f"{branch}{mark}{name} · {row.count}"
    return keyboards.tap(text, Action.TOPIC, 1, row.key) or keyboards.tap(
        text, Action.TOPIC, 1, folded(row.name)
    )


def _is_long(button: Button) -> bool:
    return len(button.text) > LONGEST_IN_A_COLUMN
