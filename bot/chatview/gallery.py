"""Several chats beside each other on one page, with a switch for light and dark."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.chatview.conversation import CSS, conversation
from bot.chatview.text import escape
from bot.chatview.view import Message, View

_THEMES = (("auto", "As the system"), ("light", "Light"), ("dark", "Dark"))

_STYLE = Path(__file__).with_name("gallery.css").read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A chat on the page: its name, a few words about it, and its messages."""

    name: str
    note: str
    messages: Sequence[Message]


def gallery(chats: Iterable[Shown], *, title: str, view: View | None = None) -> str:
    """One HTML document with the chats and its styles in it, no script and no foreign file.

    It follows the reader's system until the switch at its head says light or dark.
    """
    sections = "".join(_section(chat, view or View()) for chat in chats)
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{CSS}{_STYLE}</style></head>"
        f'<body class="chatview-page gallery"><header><h1>{escape(title)}</h1>{_switch()}</header>'
        f'<div class="chats">{sections}</div></body></html>\n'
    )


def _section(chat: Shown, view: View) -> str:
    inside = "".join(unit.html for unit in conversation(chat.messages, view))
    return (
        f'<section id="{escape(chat.name)}"><h2>{escape(chat.name)} '
        f"<span>{escape(chat.note)}</span></h2>"
        f'<main class="chatview wallpaper" data-theme="auto"><div class="conversation">{inside}'
        "</div></main></section>"
    )


def _switch() -> str:
    choices = "".join(
        f'<label><input type="radio" name="theme" id="theme-{name}"'
        f"{' checked' if name == 'auto' else ''}>{said}</label>"
        for name, said in _THEMES
    )
    return f'<fieldset class="themes" aria-label="Colours">{choices}</fieldset>'
