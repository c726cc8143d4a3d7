"""Messages → bubbles in runs, with days between them; and a whole page for a file."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from pathlib import Path
from typing import Literal

from bot.chatview.bubble import Place, bubble_html
from bot.chatview.text import escape
from bot.chatview.view import Message, View, sender_of, sent_at
from bot.chatview.words import service_text

Theme = Literal["light", "dark", "auto", "both"]

# Everything in it hangs below `.chatview`, whose `data-theme` is light, dark or auto.
CSS = Path(__file__).with_name("chatview.css").read_text(encoding="utf-8")

_RUN = 300  # seconds after which a sender's next message starts a new run


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """What is shown and replaced as one piece: a bubble or the name of a day."""

    key: str
    message_ids: tuple[int, ...]
    html: str


def conversation(
    messages: Iterable[Message], view: View, *, today: date | None = None
) -> tuple[Unit, ...]:
    """The messages of one chat, in their order, as bubbles; albums in one."""
    return tuple(_units([tuple(group) for _, group in groupby(messages, _group)], view, today))


def page(
    messages: Iterable[Message],
    *,
    title: str,
    theme: Theme = "auto",
    view: View | None = None,
) -> str:
    """One HTML document with the messages and its styles in it, no script and no foreign file.

    `auto` follows the reader's system, `both` shows light and dark beside each other.
    """
    units = conversation(messages, view or View())
    inside = "".join(unit.html for unit in units)
    themes = ("light", "dark") if theme == "both" else (theme,)
    chats = "".join(
        f'<main class="chatview wallpaper" data-theme="{one}"><div class="conversation">{inside}'
        "</div></main>"
        for one in themes
    )
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{CSS}</style></head>"
        f'<body class="chatview-page">{chats}</body></html>\n'
    )


def _group(message: Message) -> str:
    album = message.get("media_group_id")
    return f"album-{album}" if album else f"message-{message.get('message_id', id(message))}"


def _units(groups: Sequence[Sequence[Message]], view: View, today: date | None) -> Iterator[Unit]:
    shown: date | None = None
    for index, group in enumerate(groups):
        at = sent_at(group[0], view.zone)
        if at is not None and at.date() != shown:
            shown = at.date()
            yield _day(shown, today)
        before = groups[index - 1] if index else None
        after = groups[index + 1] if index + 1 < len(groups) else None
        place = Place(
            is_first=before is None or not _is_run(before[-1], group[0], view),
            is_last=after is None or not _is_run(group[-1], after[0], view),
        )
        yield Unit(
            key=_group(group[0]),
            message_ids=tuple(int(message.get("message_id", 0)) for message in group),
            html=bubble_html(group, view, place),
        )


def _is_run(first: Message, second: Message, view: View) -> bool:
    """Whether the second message goes on where the first ended: same sender, soon, same day."""
    if sender_of(first) != sender_of(second) or service_text(first) or service_text(second):
        return False
    earlier, later = sent_at(first, view.zone), sent_at(second, view.zone)
    if earlier is None or later is None:
        return True
    return earlier.date() == later.date() and (later - earlier).total_seconds() <= _RUN


def _day(day: date, today: date | None) -> Unit:
    name = f"{day:%B} {day.day}"
    if today is None or day.year != today.year:
        name += f", {day.year}"
    elif day == today:
        name = "Today"
    elif day == today - timedelta(days=1):
        name = "Yesterday"
    return Unit(
        key=f"day-{day.isoformat()}",
        message_ids=(),
        html=f'<div class="day"><span>{name}</span></div>',
    )
